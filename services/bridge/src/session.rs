//! One conversation with a partner, whatever carries it: frames in and out, commits both ways, until it is cut.
//!
//! A stream and a ferry both give a session two bounded channels. What the session knows besides is on record in the
//! journal, so the next one goes on where this one was.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use domain::{
    fact::command_key,
    id::CommandId,
    incident::{Basis, Command},
    partner::{self, Transport, Why},
    seat::Actor,
    time::Time,
};
use futures::StreamExt as _;
use runtime::{
    Ask, Error, Ports,
    execute::{Beside, execute, execute_all},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use wire::v1;

use crate::{
    figures::Standing,
    inbox::{Inbox, Taken, Trouble, subject},
    outbox::{Offer, Outbox, Outgoing},
    partner::Partner,
};

/// Frames on their way that the partner has not committed; one more waits.
const WINDOW: usize = 256;
/// Frames of the partner's that wait for the one before them; one more is dropped, and comes again.
const EARLY: usize = 64;
/// How long a journal that does not answer is waited for before a frame is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// After so long without a commit it is put on record that frames have left.
const SLOW: Duration = Duration::from_secs(1);

/// From the partner.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Box<v1::PartnerFrame>),
    Commit(u64),
    /// Nothing but that it is there.
    Beat,
    /// Everything said before is dealt with: it is on record, or waits for a frame before it.
    End(oneshot::Sender<()>),
}

/// To the partner.
#[derive(Debug)]
pub(crate) enum Say {
    Frame(Box<v1::PartnerFrame>),
    Commit(u64),
    Beat,
}

/// How patient both sides are.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The hub says that it is there at least this often.
    pub beat: Duration,
    /// A partner that says nothing for so long is cut.
    pub silence: Duration,
    /// Frames without a commit are sent again after this, where files may be lost; never on a connection, which loses none.
    pub resend: Option<Duration>,
}

/// A conversation.
pub(crate) struct Session {
    pub(crate) ports: Ports,
    pub(crate) partner: Partner,
    pub(crate) transport: Transport,
    pub(crate) scripted: bool,
    pub(crate) pace: Pace,
    /// What is told of it to whoever measures.
    pub(crate) standing: Arc<Standing>,
}

/// A frame on its way.
struct Flying {
    number: u64,
    offer: Option<Offer>,
    /// When the fact behind it was recorded.
    recorded: Time,
}

/// Frames that the partner has not committed yet.
#[derive(Default)]
struct Flight {
    frames: VecDeque<Flying>,
    /// The last one of this flight.
    sent: u64,
    /// The partner has those up to here from an earlier flight: they need not leave again.
    had: u64,
    /// Since when nothing was committed.
    since: Option<Instant>,
}

impl Session {
    /// Talks until the partner is gone, silent, or `stop`; says why. `committed` is the last of our frames that it has.
    ///
    /// # Errors
    /// The live board stopped, or the facts about the link cannot be written.
    pub(crate) async fn run(
        &self,
        committed: u64,
        heard: &mut mpsc::Receiver<Heard>,
        say: &mpsc::Sender<Say>,
        stop: &CancellationToken,
    ) -> Result<Why, Trouble> {
        // Who holds a connection is there; who sends files is there once one has come.
        if self.transport == Transport::Stream {
            self.up().await?;
        }
        // It may have got them just before it was cut off: then nobody has heard of it yet.
        self.settle(committed).await?;
        let why = self.talk(committed, heard, say, stop).await;
        self.down(*why.as_ref().unwrap_or(&Why::Closed)).await?;
        why
    }

    /// A process that was killed could not put on record that its link ended.
    pub(crate) async fn begin(&self) {
        let left_up = self.kept().is_some_and(|kept| kept.cut.is_none());
        if left_up && let Err(error) = self.down(Why::Stopped).await {
            tracing::warn!(partner = self.partner.name(), %error, "that the link is down is not on record");
        }
    }

    async fn up(&self) -> Result<(), Trouble> {
        self.write(&partner::Connected { transport: self.transport }.into(), |kept| kept.cut.is_some()).await?;
        tracing::info!(partner = self.partner.name(), "connected");
        Ok(())
    }

    async fn down(&self, why: Why) -> Result<(), Trouble> {
        self.write(&partner::Cut { why }.into(), |kept| kept.cut.is_none()).await?;
        tracing::warn!(partner = self.partner.name(), why = why.word(), "cut");
        Ok(())
    }

    async fn talk(
        &self,
        committed: u64,
        heard: &mut mpsc::Receiver<Heard>,
        say: &mpsc::Sender<Say>,
        stop: &CancellationToken,
    ) -> Result<Why, Trouble> {
        let inbox = Inbox::new(self.ports.clone(), self.partner, self.scripted);
        let (frames, mut outgoing) = mpsc::channel(1);
        let mut writer = self.frames_from(committed.min(self.kept_committed()), frames.clone());
        let mut early: Vec<v1::PartnerFrame> = Vec::new();
        let mut flight = Flight::default();
        let mut beat = interval(self.pace.beat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heard = Instant::now();
        let mut up = self.transport == Transport::Stream;
        let why = loop {
            self.standing.sees(flight.frames.len(), flight.frames.front().map(|frame| frame.recorded));
            let room = flight.frames.len() < WINDOW;
            // Not in this order: a partner with much to say would never hear anything.
            tokio::select! {
                () = stop.cancelled() => break Ok(Why::Stopped),
                said = heard.recv() => {
                    last_heard = Instant::now();
                    if !up && said.is_some() {
                        up = true;
                        self.up().await?;
                    }
                    match said {
                        None => break Ok(Why::Closed),
                        Some(Heard::Beat) => {}
                        // Who asked may have stopped.
                        Some(Heard::End(dealt_with)) => _ = dealt_with.send(()),
                        Some(Heard::Commit(number)) => self.committed(number, &mut flight).await?,
                        Some(Heard::Frame(frame)) => {
                            early.push(*frame);
                            if !self.take(&inbox, &mut early, say, stop).await? {
                                break Ok(Why::Closed);
                            }
                        }
                    }
                }
                made = outgoing.recv(), if room => {
                    let Some(Outgoing { frame, offer, recorded }) = made else { break Err(self.stopped()) };
                    flight.sent = frame.number;
                    if frame.number <= flight.had {
                        continue;
                    }
                    flight.frames.push_back(Flying { number: frame.number, offer, recorded });
                    flight.since.get_or_insert_with(Instant::now);
                    if flight.sent <= committed {
                        // It has this one from a conversation that ended before its commit was on record.
                        self.committed(flight.sent, &mut flight).await?;
                        continue;
                    }
                    if !self.send(say, Say::Frame(Box::new(frame)), stop).await {
                        break Ok(Why::Closed);
                    }
                    self.standing.one_left();
                }
                _ = beat.tick() => {
                    if writer.is_finished() {
                        break Err(self.stopped());
                    }
                    if up && last_heard.elapsed() > self.pace.silence {
                        if self.transport == Transport::Stream {
                            break Ok(Why::Silent);
                        }
                        // Files go on being written: they wait for whoever carries them.
                        up = false;
                        self.down(Why::Silent).await?;
                    }
                    if !self.send(say, Say::Beat, stop).await {
                        break Ok(Why::Closed);
                    }
                    let waiting = flight.since.map(|since| since.elapsed());
                    if waiting.is_some_and(|waiting| waiting > SLOW) && self.transport == Transport::Stream {
                        self.sent(flight.sent, None).await?;
                    }
                    if let (Some(after), Some(waiting)) = (self.pace.resend, waiting)
                        && waiting > after
                        && up
                    {
                        writer.abort();
                        while outgoing.try_recv().is_ok() {}
                        writer = self.frames_from(self.kept_committed(), frames.clone());
                        flight = Flight::default();
                    }
                }
            }
        };
        writer.abort();
        why
    }

    /// Makes frames behind `last`, as fast as they are taken.
    fn frames_from(&self, last: u64, to: mpsc::Sender<Outgoing>) -> tokio::task::JoinHandle<()> {
        let (ports, partner) = (self.ports.clone(), self.partner);
        tokio::spawn(async move {
            let mut outbox = Outbox::new(ports.clone(), partner, last);
            let mut batches = ports.journal.follow(last + 1);
            while let Some(batch) = batches.next().await {
                let made = match batch {
                    Ok(entries) => outbox.frames(&entries).await,
                    Err(error) => {
                        tracing::warn!(%error, "the journal cannot be followed");
                        return;
                    }
                };
                match made {
                    Ok(frames) => {
                        for frame in frames {
                            if to.send(frame).await.is_err() {
                                return;
                            }
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "frames could not be made; the link begins anew");
                        return;
                    }
                }
            }
        })
    }

    /// Takes what has come, as far as each has the one before it; then commits. False where the partner is gone.
    async fn take(
        &self,
        inbox: &Inbox,
        early: &mut Vec<v1::PartnerFrame>,
        say: &mpsc::Sender<Say>,
        stop: &CancellationToken,
    ) -> Result<bool, Trouble> {
        early.sort_by_key(|frame| frame.number);
        // The same one again takes no room.
        early.dedup_by_key(|frame| (frame.number, frame.previous));
        let mut waiting = Vec::new();
        for frame in early.drain(..) {
            loop {
                match inbox.take(&frame).await {
                    Ok(Taken::In | Taken::Before) => break,
                    Ok(Taken::Early) => {
                        waiting.push(frame.clone());
                        break;
                    }
                    // The board itself tells whoever watches this process; here it only means that nothing more is taken.
                    Err(Trouble::Write(Error::Fold(stopped)) | Trouble::Board(stopped)) if self.ports.fold.stopped().is_some() => {
                        return Err(stopped.into());
                    }
                    Err(error) => {
                        tracing::warn!(partner = self.partner.name(), number = frame.number, %error, "a frame waits");
                        tokio::select! {
                            () = stop.cancelled() => return Ok(false),
                            () = say.closed() => return Ok(false),
                            () = tokio::time::sleep(AGAIN) => {}
                        }
                    }
                }
            }
        }
        waiting.truncate(EARLY);
        *early = waiting;
        Ok(self.send(say, Say::Commit(inbox.received()), stop).await)
    }

    async fn send(&self, say: &mpsc::Sender<Say>, what: Say, stop: &CancellationToken) -> bool {
        tokio::select! {
            () = stop.cancelled() => false,
            sent = tokio::time::timeout(self.pace.silence, say.send(what)) => matches!(sent, Ok(Ok(()))),
        }
    }

    /// The partner has these frames on its disk: orders and offers in them are delivered, and that is on record first.
    async fn committed(&self, number: u64, flight: &mut Flight) -> Result<(), Trouble> {
        // A number that was never sent commits nothing.
        let number = number.min(flight.sent.max(self.kept().map_or(0, |kept| kept.sent)));
        let mut moved = false;
        while let Some(frame) = flight.frames.pop_front_if(|frame| frame.number <= number) {
            moved = true;
            if let Some(offer) = frame.offer {
                self.deliver(offer).await?;
            }
        }
        if moved {
            flight.since = (!flight.frames.is_empty()).then(Instant::now);
        }
        if number > flight.sent {
            // An earlier flight brought it more than this one has made again so far.
            self.settle(number).await?;
            flight.had = flight.had.max(number);
        } else if moved {
            self.write(&partner::Committed { number }.into(), |kept| kept.committed < number).await?;
        }
        Ok(())
    }

    /// The partner has frames of an earlier conversation: what they order and offer is delivered, and that is on record.
    async fn settle(&self, number: u64) -> Result<(), Trouble> {
        let mut at = self.kept_committed();
        let mut outbox = Outbox::new(self.ports.clone(), self.partner, at);
        let mut batches = self.ports.journal.follow(at + 1);
        while at < number {
            let Some(batch) = batches.next().await else { return Err(self.stopped()) };
            let mut entries = batch.map_err(|error| Trouble::Sealing(error.to_string()))?;
            entries.retain(|entry| entry.position <= number);
            at = entries.last().map_or(number, |entry| entry.position);
            for offer in outbox.frames(&entries).await?.into_iter().filter_map(|made| made.offer) {
                self.deliver(offer).await?;
            }
        }
        self.write(&partner::Committed { number }.into(), |kept| kept.committed < number).await
    }

    async fn deliver(&self, offer: Offer) -> Result<(), Trouble> {
        let (incident, command, name) = match offer {
            Offer::Order(incident, order) => (incident, Command::DeliverOrder { order }, format!("h{order}")),
            Offer::Transfer(incident, transfer) => (incident, Command::DeliverTransfer { transfer }, format!("h{transfer}")),
        };
        let ask = self.ask(format!("react/deliver/incident/{incident}/{name}"));
        loop {
            match execute(&self.ports, incident, &ask, &command).await {
                // Answered already, or taken back: nothing is left to deliver.
                Ok(_) | Err(Error::Refused(_)) => return Ok(()),
                Err(Error::Contended { .. } | Error::Busy { .. }) => tokio::time::sleep(AGAIN).await,
                Err(broke) => return Err(broke.into()),
            }
        }
    }

    /// Frames have left and are not committed.
    pub(crate) async fn sent(&self, number: u64, batch: Option<u64>) -> Result<(), Trouble> {
        let news = move |kept: &partner::Kept| kept.sent < number || batch.is_some_and(|batch| kept.batch < batch);
        self.write(&partner::Sent { number, batch }.into(), news).await
    }

    pub(crate) fn kept_committed(&self) -> u64 {
        self.kept().map_or(0, |kept| kept.committed)
    }

    fn kept(&self) -> Option<Arc<partner::Kept>> {
        let agency = self.partner.agency();
        self.ports.fold.look(|board| board.partner(&agency).cloned())
    }

    fn ask(&self, command: String) -> Ask {
        Ask {
            digest: command_key(&command),
            command: command.parse::<CommandId>().expect("plain characters"),
            actor: Actor::Machine(self.partner.name()),
            occurred: None,
            basis: Basis::Device,
            traceparent: None,
            service: "bridge",
        }
    }

    /// Writes a fact about the link, where it is news.
    async fn write(&self, fact: &partner::Fact, news: impl Fn(&partner::Kept) -> bool + Send + Sync) -> Result<(), Trouble> {
        let agency = self.partner.agency();
        let blank = Arc::new(partner::Kept::new(agency.clone()));
        let kept = self.kept().unwrap_or_else(|| Arc::clone(&blank));
        if !news(&kept) {
            return Ok(());
        }
        // Its version makes the command's id: asked again after a crash it is another fact, and that is right. Its content,
        // too: what leaves and what comes in is put on record side by side, and one must not pass for the other.
        let content = command_key(&format!("{} {}", fact.kind(), fact.data())) >> 96;
        let ask = self.ask(format!("link/{}/{}/{content:08x}", self.partner.name(), kept.version + 1));
        let beside = |board: &domain::board::Board, _: bool| {
            let kept = board.partner(&agency).cloned().unwrap_or_else(|| Arc::clone(&blank));
            news(&kept).then(|| Beside {
                subject: subject(self.partner),
                version: kept.version,
                expected: kept.position,
                facts: vec![(fact.kind(), fact.data())],
            })
        };
        execute_all(&self.ports, &[], &ask, |_| Ok(Vec::new()), beside).await?;
        Ok(())
    }

    /// Frames cannot be made any more: the reason.
    fn stopped(&self) -> Trouble {
        match self.ports.fold.stopped() {
            Some(stopped) => stopped.into(),
            None => Trouble::Sealing("frames could not be made: the journal did not answer".to_owned()),
        }
    }
}
