//! Reports that wait are carried out once the journal answers, the oldest first.

use std::{sync::Arc, time::Duration};

use domain::incident::{Command, Refusal};
use journal::AppendError;
use tokio_util::sync::CancellationToken;

use super::{Spool, SpoolError, Waiting};
use crate::{
    execute::{Ask, Error, execute},
    ports::Ports,
};

/// Reports under way at once, of different incidents.
const AT_ONCE: usize = 64;
/// Between two tries while the journal does not answer.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the journal may take over one report.
const PATIENCE: Duration = Duration::from_secs(8);

/// Delivers what waits until `stop`. Runs once a process.
pub async fn deliver(ports: Ports, spool: Arc<Spool>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let first = spool.first(AT_ONCE);
        let idle = first.is_empty();
        let away = !idle && (spool.options.away)();
        if away {
            // Asked for its end, the journal shows that it is back. Whether it does is seen at the next turn.
            let _ = tokio::time::timeout(PATIENCE, ports.journal.head()).await;
        }
        let went = if idle || away { Ok(0) } else { round(&ports, &spool, first).await };
        match went {
            Ok(0) => tokio::select! {
                () = stop.cancelled() => return,
                () = spool.woken.notified(), if idle => {}
                () = tokio::time::sleep(PAUSE), if !idle => {}
            },
            Ok(delivered) => tracing::info!(delivered, waiting = spool.waiting(), "reports that were kept here are in the journal"),
            Err(error) => {
                // They are in the journal; noted or not, asked again they are known there.
                tracing::error!(%error, "reports were delivered, and that could not be noted");
                tokio::time::sleep(PAUSE).await;
            }
        }
        if let Err(error) = spool.renew().await {
            tracing::warn!(%error, "the files of delivered reports are kept; it is tried again");
        }
    }
}

/// Carries out some reports; how many wait no more.
async fn round(ports: &Ports, spool: &Spool, first: Vec<(u64, Waiting)>) -> Result<usize, SpoolError> {
    let tries = first.into_iter().map(|(number, waiting)| async move {
        match one(ports, spool, &waiting).await {
            Went::In => Some((number, waiting)),
            Went::Nowhere => {
                spool.stuck(number);
                None
            }
            Went::Later => None,
        }
    });
    let delivered: Vec<_> = futures::future::join_all(tries).await.into_iter().flatten().collect();
    let number = delivered.len();
    spool.settle(delivered).await?;
    Ok(number)
}

/// Where a report went.
enum Went {
    /// Into the journal.
    In,
    /// Nowhere yet: the journal does not answer.
    Later,
    /// Nowhere, and asking again does not help.
    Nowhere,
}

async fn one(ports: &Ports, spool: &Spool, waiting: &Waiting) -> Went {
    let kept = &waiting.kept;
    let mut answer = attempt(ports, waiting, &kept.ask()).await;
    if let Err(Error::Refused(Refusal::CommandReused { .. })) = answer {
        // Its id belongs to another request. What was told is told: it goes in under an id of its own.
        answer = attempt(ports, waiting, &kept.renamed()).await;
    }
    let command = kept.command();
    match answer {
        Ok(_) => Went::In,
        Err(
            error @ (Error::Refused(_) | Error::Draft(_) | Error::Journal(AppendError::Invalid(_) | AppendError::TooLarge { .. })),
        ) => {
            tracing::error!(command, %error, "a report that was kept here does not go into the journal; it stays here");
            Went::Nowhere
        }
        Err(Error::Journal(AppendError::Moved { to })) => {
            tracing::error!(command, to, "the journal has moved: start this process there, and what is kept here is delivered");
            spool.moved(to);
            Went::Later
        }
        Err(error) => {
            tracing::debug!(command, %error, "not delivered yet; it is tried again");
            Went::Later
        }
    }
}

async fn attempt(ports: &Ports, waiting: &Waiting, ask: &Ask) -> Result<crate::Answer, Error> {
    let command = Command::Receive { new: Box::new(waiting.kept.new.clone()) };
    let carried = tokio::time::timeout(PATIENCE, execute(ports, waiting.kept.incident(), ask, &command)).await;
    carried.unwrap_or_else(|_| {
        let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Err(Error::Journal(AppendError::Unknown(Arc::new(late))))
    })
}
