//! Frames over a connection that the partner holds: hello, welcome, what is missing, then live; laid anew after a cut.

use std::{future::Future, pin::pin, time::Duration};

use anyhow::bail;
use futures::FutureExt as _;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use wire::{
    Message as _,
    link::{Link, LinkError},
    v1::{
        Beat, Commit, ExchangeAnswer, ExchangeRequest, Hello, PartnerFrame, Welcome, exchange_answer::What as Answer,
        exchange_request::What as Request, partner_client::PartnerClient,
    },
};

use super::{TICK, desk::Desk, faults};

/// Both sides say something at least so often.
const BEAT: Duration = Duration::from_secs(5);
/// After so long without a word the connection is given up.
const SILENT: Duration = Duration::from_secs(15);
/// Frames without any news of a commit for so long are said again: one that came out of order was not taken.
const RESEND: Duration = Duration::from_secs(1);
/// Pauses between attempts, doubled each time.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// Frames of the hub's that are written down in one go.
const MOST_AT_ONCE: usize = 256;
/// How long a silent partner is silent, and how long a slow one waits.
const SULK: Duration = Duration::from_secs(20);
const DAWDLE: Duration = Duration::from_millis(400);

/// Why a connection ended.
enum Ended {
    /// We were asked to stop.
    Stop,
    /// It broke, or nobody answered.
    Cut(String),
}

/// Speaks to the hub until `stop`, over one connection after the other.
pub(super) async fn run<C, F>(desk: &mut Desk, connect: C, stop: &CancellationToken) -> anyhow::Result<()>
where
    C: Fn() -> F,
    F: Future<Output = Result<Link, LinkError>>,
{
    let mut pause = PAUSE.0;
    let mut flooded = false;
    loop {
        let Some(link) = beside(desk, connect(), stop).await? else { return Ok(()) };
        let ended = match link {
            Ok(link) => Session::new(desk, stop, &mut flooded).hold(link).await?,
            Err(error @ LinkError::Unreached { .. }) => (Ended::Cut(error.to_string()), false),
            Err(error) => return Err(error.into()),
        };
        match ended {
            (Ended::Stop, _) => return Ok(()),
            (Ended::Cut(why), welcome) => {
                tracing::info!(why, "the connection to the hub ended");
                if welcome {
                    pause = PAUSE.0;
                }
            }
        }
        if beside(desk, sleep(pause), stop).await?.is_none() {
            return Ok(());
        }
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Waits for something while the desk goes on; none where it is to stop.
async fn beside<T>(desk: &mut Desk, future: impl Future<Output = T>, stop: &CancellationToken) -> anyhow::Result<Option<T>> {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            out = &mut future => return Ok(Some(out)),
            () = sleep(TICK) => desk.tick()?,
        }
    }
}

/// One connection.
struct Session<'a> {
    desk: &'a mut Desk,
    stop: &'a CancellationToken,
    /// The flood was let out, on this connection or an earlier one.
    flooded: &'a mut bool,
    heard: Instant,
    spoke: Instant,
    /// When the hub committed something last, or nothing was under way.
    progress: Instant,
    /// A frame that waits for the one behind it to be said first.
    swapped: Option<PartnerFrame>,
    /// Nothing is said or read before.
    quiet_until: Option<Instant>,
}

impl<'a> Session<'a> {
    fn new(desk: &'a mut Desk, stop: &'a CancellationToken, flooded: &'a mut bool) -> Self {
        let now = Instant::now();
        Self { desk, stop, flooded, heard: now, spoke: now, progress: now, swapped: None, quiet_until: None }
    }

    /// Holds the connection as long as it lasts. Says too whether the hub welcomed us.
    async fn hold(mut self, link: Link) -> anyhow::Result<(Ended, bool)> {
        let (requests, outgoing) = mpsc::channel(16);
        let hello = Hello { district: self.desk.whose.district.clone(), committed: self.desk.inbox.last(), version: 1 };
        if requests.send(request(Request::Hello(hello))).await.is_err() {
            return Ok((Ended::Cut("it was closed at once".to_owned()), false));
        }
        let mut client = PartnerClient::new(link);
        let begin = timeout(SILENT, async {
            let mut answers = client.exchange(ReceiverStream::new(outgoing)).await?.into_inner();
            let first = answers.message().await?;
            Ok::<_, tonic::Status>((answers, first))
        });
        let (answers, first) = match beside(self.desk, begin, self.stop).await? {
            None => return Ok((Ended::Stop, false)),
            Some(Err(_)) => return Ok((Ended::Cut("nobody answered the hello".to_owned()), false)),
            Some(Ok(Err(status))) => return Ok((Ended::Cut(told(&status)), false)),
            Some(Ok(Ok(begun))) => begun,
        };
        let Some(Answer::Welcome(welcome)) = first.and_then(|answer| answer.what) else {
            return Ok((Ended::Cut("the hub did not begin with a welcome".to_owned()), false));
        };
        self.welcomed(&welcome)?;
        Ok((self.live(requests, answers).await?, true))
    }

    fn welcomed(&mut self, welcome: &Welcome) -> anyhow::Result<()> {
        let district = &self.desk.whose.district;
        if welcome.district != *district {
            bail!("the hub there is of district {}, not of {district}", welcome.district);
        }
        self.desk.behind_it_is(&welcome.journal)?;
        if welcome.committed > self.desk.outbox.last() {
            bail!(
                "the hub has our frames up to {}, our ledger only up to {}: it is not our ledger",
                welcome.committed,
                self.desk.outbox.last()
            );
        }
        self.desk.committed(welcome.committed)?;
        self.desk.outbox.begin_again();
        let last = self.desk.inbox.last();
        self.desk.inbox.begin_again(last);
        Ok(())
    }

    async fn live(
        mut self,
        requests: mpsc::Sender<ExchangeRequest>,
        mut answers: Streaming<ExchangeAnswer>,
    ) -> anyhow::Result<Ended> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let awake = self.quiet_until.is_none_or(|until| Instant::now() >= until);
            let ready = awake && self.anything_to_say();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(Ended::Stop),
                permit = requests.reserve(), if ready => {
                    let Ok(permit) = permit else { return Ok(Ended::Cut("the hub closed it".to_owned())) };
                    if let Some(what) = self.say() {
                        permit.send(request(what));
                        self.spoke = Instant::now();
                    }
                }
                answer = answers.message(), if awake => {
                    let mut came = match answer {
                        Ok(Some(answer)) => vec![answer],
                        Ok(None) => return Ok(Ended::Cut("the hub ended it".to_owned())),
                        Err(status) => return Ok(Ended::Cut(told(&status))),
                    };
                    self.heard = Instant::now();
                    while came.len() < MOST_AT_ONCE && let Some(Ok(Some(next))) = answers.message().now_or_never() {
                        came.push(next);
                    }
                    self.came(came)?;
                }
                _ = ticks.tick() => {
                    self.desk.tick()?;
                    self.resend();
                    if awake && self.heard.elapsed() > SILENT {
                        return Ok(Ended::Cut("nothing was heard for too long".to_owned()));
                    }
                }
            }
        }
    }

    fn came(&mut self, answers: Vec<ExchangeAnswer>) -> anyhow::Result<()> {
        let mut frames = Vec::new();
        for answer in answers {
            match answer.what {
                Some(Answer::Frame(frame)) => frames.push(frame),
                Some(Answer::Commit(commit)) => {
                    if self.desk.committed(commit.number)? {
                        self.progress = Instant::now();
                    }
                }
                Some(Answer::Welcome(_) | Answer::Beat(_)) | None => {}
            }
        }
        self.desk.take(frames)
    }

    fn resend(&mut self) {
        if !self.desk.outbox.under_way() {
            self.progress = Instant::now();
        } else if self.progress.elapsed() >= RESEND {
            self.progress = Instant::now();
            self.desk.outbox.begin_again();
        }
    }

    fn anything_to_say(&self) -> bool {
        self.swapped.is_some() || self.spoke.elapsed() >= BEAT || self.desk.outbox.next().is_some() || self.desk.inbox.news()
    }

    /// The next thing to say: a commit before a frame, a beat where there is nothing else.
    fn say(&mut self) -> Option<Request> {
        if let Some(number) = self.desk.inbox.commit() {
            return Some(Request::Commit(Commit { number }));
        }
        if let Some(frame) = self.swapped.take() {
            return Some(Request::Frame(frame));
        }
        if let Some(frame) = self.frame() {
            return Some(Request::Frame(frame));
        }
        let now = wire::time::timestamp(self.desk.whose.clock.now().ms());
        (self.spoke.elapsed() >= BEAT).then_some(Request::Beat(Beat { now: Some(now) }))
    }

    /// The next frame, or the ill behaviour that was drawn for it.
    fn frame(&mut self) -> Option<PartnerFrame> {
        let (number, bytes) = self.desk.outbox.next()?;
        let frame = PartnerFrame::decode(bytes).ok()?;
        let (seed, faults) = (self.desk.whose.seed, self.desk.whose.faults);
        let strikes = |fault, share| faults::strikes(seed, fault, number, share);
        if !*self.flooded && strikes("flood", faults.giant) {
            *self.flooded = true;
            return Some(faults::flood());
        }
        self.desk.outbox.said();
        if strikes("silent", faults.silent) {
            self.quiet_until = Some(Instant::now() + SULK);
        } else if strikes("slow", faults.slow) {
            self.quiet_until = Some(Instant::now() + DAWDLE);
        }
        if strikes("duplicate", faults.duplicate) {
            self.swapped = Some(frame.clone());
        } else if strikes("disorder", faults.disorder)
            && let Some(second) = self.desk.outbox.next().and_then(|(_, bytes)| PartnerFrame::decode(bytes).ok())
        {
            self.desk.outbox.said();
            self.swapped = Some(frame);
            return Some(second);
        }
        Some(frame)
    }
}

fn request(what: Request) -> ExchangeRequest {
    ExchangeRequest { what: Some(what) }
}

fn told(status: &tonic::Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}
