//! A partner with numbers of its own, for tests. It keeps what it said and heard, as a small system of another agency would.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use wire::{
    link::ClientTlsConfig,
    v1::{self, exchange_answer::What as Answer, exchange_request::What, partner_frame::Body},
};

use super::{line::Line, quay::Quay};

/// A partner's end of the line, and what it has on its disk.
pub(crate) struct Peer {
    pub(crate) line: Line,
    /// Its last frame's number.
    pub(crate) number: u64,
    /// The hub's last frame that it has.
    pub(crate) has: u64,
    /// The last of its frames that the hub committed, as told on this line.
    pub(crate) committed: u64,
    /// Everything the hub has told, in order, once.
    pub(crate) heard: Vec<v1::PartnerFrame>,
    /// Everything it has told the hub, in order, once.
    pub(crate) said: Vec<v1::PartnerFrame>,
    /// What it has it says that it has.
    pub(crate) commits: bool,
}

impl Peer {
    fn on(line: Line, number: u64, has: u64, committed: u64) -> Self {
        Self { line, number, has, committed, heard: Vec::new(), said: Vec::new(), commits: true }
    }

    /// Connects with what it has from before.
    pub(crate) async fn connect(uri: &str, tls: ClientTlsConfig, number: u64, has: u64) -> Self {
        let hello = v1::Hello { district: crate::town::DISTRICT.to_owned(), committed: has, version: 1 };
        let (line, welcome) = Line::connect(uri, tls, hello).await.expect("the hub lets it in");
        Self::on(line, number, has, welcome.committed)
    }

    /// At the end of a ferry, with what it has from before.
    pub(crate) fn ferried(quay: &Quay, partner: &str, number: u64, has: u64) -> Self {
        let mut line = quay.line(partner);
        if let Line::Ferry(files) = &mut line {
            files.committed = has;
            files.write(Vec::new());
        }
        Self::on(line, number, has, 0)
    }

    /// A frame of its next number.
    pub(crate) fn frame(&mut self, incident: &str, person: &str, body: Body) -> v1::PartnerFrame {
        let previous = self.number;
        self.number += 1;
        v1::PartnerFrame {
            number: self.number,
            previous,
            incident_id: incident.to_owned(),
            person: person.to_owned(),
            body: Some(body),
            ..v1::PartnerFrame::default()
        }
    }

    /// Sends a frame, again where it was sent before. False where the hub is gone.
    pub(crate) async fn say(&mut self, frame: v1::PartnerFrame) -> bool {
        if !self.said.iter().any(|known| known.number == frame.number) {
            self.said.push(frame.clone());
        }
        self.line.say(What::Frame(frame)).await
    }

    /// Sends again what the hub has not committed on this line.
    pub(crate) async fn resend(&mut self) {
        let committed = self.committed;
        for frame in self.said.clone().into_iter().filter(|frame| frame.number > committed) {
            assert!(self.say(frame).await, "the hub is there");
        }
    }

    /// Tells the hub something and waits for the receipt, committing all that comes meanwhile.
    pub(crate) async fn tell(&mut self, incident: &str, person: &str, body: Body) -> (v1::partner_frame::Receipt, String) {
        let frame = self.frame(incident, person, body);
        self.tell_frame(frame).await
    }

    /// The same with a frame that the test made.
    pub(crate) async fn tell_frame(&mut self, frame: v1::PartnerFrame) -> (v1::partner_frame::Receipt, String) {
        let number = frame.number;
        assert!(self.say(frame).await, "the hub is there");
        self.receipt(number).await
    }

    /// Tells something that the rules allow and that is news; the incident.
    pub(crate) async fn does(&mut self, incident: &str, person: &str, body: Body) -> String {
        let (receipt, incident) = self.tell(incident, person, body).await;
        assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
        incident
    }

    /// Tells something that is refused or wrong; the code.
    pub(crate) async fn may_not(&mut self, incident: &str, person: &str, body: Body) -> String {
        let (receipt, _) = self.tell(incident, person, body).await;
        assert!(matches!(receipt.outcome(), v1::FrameOutcome::Refused | v1::FrameOutcome::Wrong), "{receipt:?}");
        assert!(!receipt.text_zh.is_ascii() && !receipt.text_en.is_empty(), "a sentence in each language: {receipt:?}");
        receipt.code
    }

    /// Hears until the receipt of this number, with the incident that it is about.
    pub(crate) async fn receipt(&mut self, number: u64) -> (v1::partner_frame::Receipt, String) {
        loop {
            let heard = self.hear().await;
            if let Some(Body::Receipt(receipt)) = &heard.body
                && receipt.number == number
            {
                return (receipt.clone(), heard.incident_id);
            }
        }
    }

    /// The hub's next frame, which is committed.
    pub(crate) async fn hear(&mut self) -> v1::PartnerFrame {
        loop {
            if let Some(frame) = self.step().await {
                return frame;
            }
        }
    }

    /// Hears the next message; the frame, where it is a new one.
    async fn step(&mut self) -> Option<v1::PartnerFrame> {
        let frame = match self.line.hear().await.expect("the hub is there") {
            Answer::Frame(frame) => frame,
            Answer::Commit(commit) => {
                assert!(commit.number >= self.committed, "a committed number never goes back");
                self.committed = commit.number;
                return None;
            }
            Answer::Welcome(_) | Answer::Beat(_) => return None,
        };
        if frame.number <= self.has {
            let first = self.heard.iter().find(|known| known.number == frame.number);
            assert!(first.is_none_or(|first| *first == frame), "sent again it is the same: {frame:?}");
            return None;
        }
        if frame.previous != self.has {
            // A file that this side lost in its own restart: the hub writes those frames again.
            assert!(matches!(self.line, Line::Ferry(_)), "a connection leaves nothing out before {frame:?}");
            return None;
        }
        self.has = frame.number;
        self.heard.push(frame.clone());
        if self.commits && !self.line.more() {
            self.commit().await;
        }
        Some(frame)
    }

    /// Says every second that it is there, as long as its connection lasts. A ferry needs nobody to be there.
    pub(crate) fn beats(&self) {
        let Line::Stream { to, .. } = &self.line else { return };
        let to = to.downgrade();
        tokio::spawn(async move {
            while let Some(to) = to.upgrade() {
                let beat = v1::ExchangeRequest { what: Some(What::Beat(v1::Beat { now: None })) };
                if to.send(beat).await.is_err() {
                    return;
                }
                drop(to);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
    }

    /// Says that it has on its disk what it has.
    pub(crate) async fn commit(&mut self) {
        self.line.say(What::Commit(v1::Commit { number: self.has })).await;
    }

    /// Hears until a frame is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Body) -> bool) -> v1::PartnerFrame {
        loop {
            let frame = self.hear().await;
            if frame.body.as_ref().is_some_and(&wanted) {
                return frame;
            }
        }
    }

    /// Hears until it has this number of the hub's.
    pub(crate) async fn has_up_to(&mut self, number: u64) {
        while self.has < number {
            self.hear().await;
        }
    }

    /// Hears until the hub has committed this number of its own.
    pub(crate) async fn committed_up_to(&mut self, number: u64) {
        while self.committed < number {
            self.step().await;
        }
    }

    /// For so long the hub tells nothing new, although this side says that it is there.
    pub(crate) async fn quiet(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.line.say(What::Beat(v1::Beat { now: None })).await;
            if let Ok(Some(frame)) = timeout(Duration::from_millis(500), self.step()).await {
                panic!("something new: {frame:?}");
            }
        }
    }
}
