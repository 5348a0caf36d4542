//! The rule of the exchange, the same for both sides and for both transports: frames in a chain, resent until committed.
//!
//! Nothing here waits or writes; who calls keeps what it is told on disk first.

use std::collections::VecDeque;

/// Most frames that are under way without a commit.
pub(crate) const WINDOW: usize = 256;

/// What one side sends: frames that the other has not committed, and how far they were said on this connection.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<(u64, Vec<u8>)>,
    /// The last number that was given out.
    last: u64,
    committed: u64,
    /// The last number said on this connection.
    said: u64,
}

impl Outbox {
    /// The last number that a frame has.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// The last number that the other side has.
    pub(crate) const fn committed(&self) -> u64 {
        self.committed
    }

    /// A frame to be sent, and its number.
    pub(crate) fn push(&mut self, number: u64, bytes: Vec<u8>) {
        debug_assert_eq!(number, self.last + 1, "own numbers have no gap");
        self.last = number;
        self.waiting.push_back((number, bytes));
    }

    /// The other side has everything up to `number`. Says whether that is news; a number never given out is none.
    pub(crate) fn commit(&mut self, number: u64) -> bool {
        if number <= self.committed || number > self.last {
            return false;
        }
        self.committed = number;
        self.said = self.said.max(number);
        while self.waiting.front().is_some_and(|(waiting, _)| *waiting <= number) {
            self.waiting.pop_front();
        }
        true
    }

    /// A new connection: everything that is not committed is said again.
    pub(crate) fn begin_again(&mut self) {
        self.said = self.committed;
    }

    /// The next frame to say, within the window.
    pub(crate) fn next(&self) -> Option<(u64, &[u8])> {
        let under_way = usize::try_from(self.said - self.committed).unwrap_or(usize::MAX);
        if under_way >= WINDOW {
            return None;
        }
        self.waiting.get(under_way).map(|(number, bytes)| (*number, bytes.as_slice()))
    }

    /// The frame that [`Outbox::next`] gave was said.
    pub(crate) fn said(&mut self) {
        self.said = (self.said + 1).min(self.last);
    }

    /// Was anything said that is not committed?
    pub(crate) const fn under_way(&self) -> bool {
        self.said > self.committed
    }

    /// Is there anything that the other side has not committed?
    pub(crate) fn open(&self) -> bool {
        !self.waiting.is_empty()
    }
}

/// What becomes of a frame that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next in the chain.
    Take,
    /// It is here already.
    Known,
    /// One before it is missing, and will be resent.
    Wait,
}

/// What one side has of the other's frames.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    last: u64,
    /// What the other side was told.
    told: u64,
}

impl Inbox {
    /// The last number that is here.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// May this frame be taken?
    pub(crate) const fn look(&self, number: u64, previous: u64) -> Verdict {
        if number <= self.last {
            Verdict::Known
        } else if previous == self.last {
            Verdict::Take
        } else {
            Verdict::Wait
        }
    }

    /// It is taken.
    pub(crate) const fn take(&mut self, number: u64) {
        self.last = number;
    }

    /// A new connection: what was told on the last one counts no more.
    pub(crate) const fn begin_again(&mut self, told: u64) {
        self.told = told;
    }

    /// Is there anything to commit?
    pub(crate) const fn news(&self) -> bool {
        self.told != self.last
    }

    /// The number to commit now, if there is news; it is then told.
    pub(crate) fn commit(&mut self) -> Option<u64> {
        if self.told == self.last {
            return None;
        }
        self.told = self.last;
        Some(self.last)
    }

    /// A frame came that is here already: the other side does not know that, and is told again.
    pub(crate) const fn tell_again(&mut self) {
        self.told = 0;
    }
}
