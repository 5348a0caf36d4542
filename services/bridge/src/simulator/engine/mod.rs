//! What runs a simulator: its desk, and a road to the hub. The same for both partners and for both roads.

mod desk;
mod exchange;
mod faults;
mod ferry;
mod ledger;
mod rows;
mod stream;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{area::Areas, time::Time};
use runtime::Clock;
use tokio_util::sync::CancellationToken;
use wire::link::ClientTlsConfig;

use super::Partner;
use crate::ferry::{Signer, Verifier};
use desk::{Desk, Whose};

pub use faults::Faults;
pub use ledger::LedgerError;
pub use rows::{Row, kind, rows};

/// How often a desk looks what is due.
const TICK: Duration = Duration::from_millis(20);

/// How a simulator is run.
#[derive(Debug)]
pub struct Options {
    /// Which partner.
    pub partner: Partner,
    /// The district's six digits.
    pub district: String,
    /// Where its ledger lies.
    pub state: PathBuf,
    /// How it reaches the hub.
    pub road: Road,
    /// Town seconds in one second.
    pub speed: u32,
    /// What time it is in the town at `epoch_ms`.
    pub start: Time,
    /// Milliseconds since 1970 on the machine's clock when the town's clock showed `start`.
    pub epoch_ms: i64,
    /// The same seed, the same town.
    pub seed: u64,
    /// Ill behaviour.
    pub faults: Faults,
    /// Nothing new is written down: what is there is exchanged until both sides have everything.
    pub still: bool,
}

/// How frames travel.
#[derive(Debug)]
pub enum Road {
    /// Over a connection that the simulator holds.
    Stream {
        /// `https://127.0.0.1:7443`.
        uri: String,
        /// Its certificate, and whom it believes; none over plain HTTP, for tests.
        tls: Option<Box<ClientTlsConfig>>,
    },
    /// As files.
    Ferry {
        /// Where the hub's files appear.
        read: PathBuf,
        /// Where ours go.
        write: PathBuf,
        /// Signs ours.
        signer: Box<Signer>,
        /// Believes the hub's.
        verifier: Box<Verifier>,
        /// A file at least so often.
        beat: Duration,
        /// Frames that the hub has not committed for so long go into a file again.
        resend: Duration,
    },
}

/// What a simulator did, at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Outcome {
    /// Own frames written down.
    pub ours: u64,
    /// Of them those that the hub has on its disk.
    pub committed: u64,
    /// The number of the last frame of the hub's.
    pub theirs: u64,
    /// The last own file; 0 where frames went by connection.
    pub batch: u64,
    /// Own frames that became facts.
    pub taken: u64,
    /// Own frames that said nothing new.
    pub known: u64,
    /// Own frames that the rules refused.
    pub refused: u64,
    /// Own frames that say what cannot be.
    pub wrong: u64,
    /// Cases.
    pub cases: usize,
    /// Cases that came to their end.
    pub over: usize,
}

/// Runs a simulator until `stop`. `ready` is called once its ledger is read.
///
/// # Errors
/// The ledger cannot be used, the road cannot be laid at all, or the hub is another one than before.
pub async fn run(options: Options, stop: CancellationToken, ready: impl FnOnce()) -> anyhow::Result<Outcome> {
    let areas = Arc::new(Areas::pukou());
    anyhow::ensure!(areas.district().to_string() == options.district, "the simulators know the town of {} only", areas.district());
    let whose = Whose {
        partner: options.partner,
        district: options.district,
        seed: options.seed,
        begun: options.start,
        clock: town_clock(options.start, options.epoch_ms, options.speed),
        faults: options.faults,
        still: options.still,
    };
    let mut desk = Desk::open(whose, &options.state, &areas)?;
    ready();
    match options.road {
        Road::Stream { uri, tls } => {
            let connect = || {
                let (uri, tls) = (uri.clone(), tls.clone());
                async move { wire::link::connect(&uri, tls.map(|tls| *tls)).await }
            };
            stream::run(&mut desk, connect, &stop).await?;
        }
        Road::Ferry { read, write, signer, verifier, beat, resend } => {
            let mut road = ferry::Road::open(&read, &write, *signer, *verifier, ferry::Pace { beat, resend })?;
            ferry::run(&mut desk, &mut road, &stop).await?;
        }
    }
    let (counts, (cases, over)) = (desk.counts, desk.cases());
    Ok(Outcome {
        ours: desk.outbox.last(),
        committed: desk.outbox.committed(),
        theirs: desk.inbox.last(),
        batch: desk.batch,
        taken: counts.taken,
        known: counts.known,
        refused: counts.refused,
        wrong: counts.wrong,
        cases,
        over,
    })
}

/// The clock that the hub and both simulators share: the machine's, told as town time.
#[must_use]
pub fn town_clock(start: Time, epoch_ms: i64, speed: u32) -> Clock {
    let machine = Clock::system();
    Clock::from_fn(move || {
        let passed = machine.now().ms().saturating_sub(epoch_ms);
        start.ms().saturating_add(passed.saturating_mul(i64::from(speed)))
    })
}
