//! What the hub does by itself: reactors are functions of the board, not of events.
//!
//! Caught up, a reactor asks the board what is undone and does it; every act is a command with a fixed id, so two
//! replicas, or one that starts again, do nothing twice.

mod tiers;

use std::time::Duration;

use domain::{
    board::Board,
    fact::command_key,
    id::{CommandId, IncidentId},
    incident::{Basis, ClockId, ClockName, Command, Handover, HandoverKind, Incident, clock::On},
    seat::Actor,
};
use tokio_util::sync::CancellationToken;

use crate::{
    execute::{Ask, Error, execute},
    fold,
    ports::Ports,
    trace,
};

/// How many timers are taken up in one look.
const AT_ONCE: usize = 256;
/// How often the board is asked when nothing is due.
const PAUSE: Duration = Duration::from_millis(200);

/// Records breaches of clocks as they fall due, the earliest first, each once; a transfer that nobody signed lapses, the desk
/// above whoever was late looks on, and what was set aside goes on at its bound.
///
/// Ends with `stop` wherever it is: the board follows no further then, and each of many commands would wait for it in vain.
/// What was asked and not answered is asked again, under the same id, by whoever starts next.
pub async fn keep_clocks(ports: Ports, service: &'static str, stop: CancellationToken) {
    stop.run_until_cancelled(keep(&ports, service)).await;
}

async fn keep(ports: &Ports, service: &'static str) {
    // A process that ended between a breach and its lapse left this undone.
    let mut unlapsed_left = true;
    // Likewise, between a breach and the upper desk that looks on.
    let mut unseen_left = true;
    loop {
        if unlapsed_left {
            unlapsed_left = false;
            for (incident, transfer) in ports.fold.look(unlapsed) {
                unlapsed_left |= !lapse(ports, service, incident, transfer).await;
            }
        }
        if unseen_left {
            unseen_left = false;
            for (incident, command) in ports.fold.look(tiers::unseen) {
                unseen_left |= !oversee(ports, service, incident, command).await;
            }
        }
        let now = ports.clock.now();
        let due: Vec<_> = ports.fold.look(|board| board.due(now).take(AT_ONCE).copied().collect());
        let idle = due.is_empty();
        for (_, incident, clock, version) in due {
            if !clock.promise() {
                resume(ports, service, incident, version).await;
                // Its clocks run again and may be due before what was seen after it: look anew, so that all comes in order.
                break;
            }
            breach(ports, service, incident, clock, version).await;
            if let Some(command) = ports.fold.look(|board| tiers::upper_desk(board, incident, clock)) {
                unseen_left |= !oversee(ports, service, incident, command).await;
            }
            if let (ClockName::Sign, On::Handover(transfer)) = (clock.name, clock.on) {
                unlapsed_left |= !lapse(ports, service, incident, transfer).await;
            }
        }
        if idle {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Transfers whose time to sign has run out and whose lapse is not on record.
fn unlapsed(board: &Board) -> Vec<(IncidentId, u16)> {
    let late = |incident: &Incident, transfer: &Handover| {
        let signing = incident.clock(ClockId::handover(ClockName::Sign, transfer.id));
        transfer.kind == HandoverKind::Transfer && transfer.open() && signing.is_some_and(|clock| clock.breached)
    };
    let of = |incident: &Incident| {
        let transfers = incident.handovers.iter().filter(|transfer| late(incident, transfer));
        transfers.map(|transfer| (incident.id, transfer.id)).collect::<Vec<_>>()
    };
    board.incidents().filter(|incident| !incident.stage.ended()).flat_map(|incident| of(incident)).collect()
}

async fn breach(ports: &Ports, service: &'static str, incident: IncidentId, clock: ClockId, version: u32) {
    let command = clock.timer(incident, version);
    by_itself(ports, service, incident, command, Command::Breach { clock, version }).await;
}

/// What was set aside goes on at its bound.
async fn resume(ports: &Ports, service: &'static str, incident: IncidentId, version: u32) {
    let command = format!("react/resume/incident/{incident}/{version}");
    by_itself(ports, service, incident, command, Command::Resume { version }).await;
}

/// What a lapse does stands in the relation table; an order is not a transfer, and the rules say so.
async fn lapse(ports: &Ports, service: &'static str, incident: IncidentId, transfer: u16) -> bool {
    let command = format!("react/lapse/incident/{incident}/h{transfer}");
    by_itself(ports, service, incident, command, Command::LapseTransfer { transfer }).await
}

/// Who sits above the holder of a clock that ran out looks on. The lead stays where it is.
async fn oversee(ports: &Ports, service: &'static str, incident: IncidentId, what: Command) -> bool {
    let Command::Oversee { clock, version, .. } = &what else { return true };
    let command = format!("react/oversee/incident/{incident}/{clock}/{version}");
    by_itself(ports, service, incident, command, what).await
}

/// Carries out a command of the hub's own under its fixed id. False where it has to be tried again.
async fn by_itself(ports: &Ports, service: &'static str, incident: IncidentId, command: String, what: Command) -> bool {
    let command: CommandId = command.parse().expect("ids are plain characters");
    let ask = Ask {
        digest: command_key(command.as_str()),
        command,
        actor: Actor::Machine("clock"),
        occurred: None,
        basis: Basis::Device,
        // It goes on from what happened last, in the trace of whoever did that.
        traceparent: ports.fold.last_span(&fold::subject(incident)).as_ref().and_then(trace::written),
        service,
    };
    match execute(ports, incident, &ask, &what).await {
        Ok(answer) => {
            tracing::info!(command = %ask.command, position = answer.position, "done by itself");
            true
        }
        // The matter moved on, or another replica was first: nothing is left to do.
        Err(Error::Refused(refusal)) => {
            tracing::debug!(command = %ask.command, refusal = refusal.code(), "nothing left to do");
            true
        }
        Err(error) => {
            tracing::warn!(command = %ask.command, %error, "not done; it is tried again");
            tokio::time::sleep(PAUSE).await;
            false
        }
    }
}
