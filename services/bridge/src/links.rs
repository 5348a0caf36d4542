//! What seats are shown of the links: since when each is up or cut, how far frames have come, and the ledger of one link.

use std::pin::Pin;

use domain::{
    fact::Fact,
    id::{Agency, AgencyKind},
    partner::{self, Kept},
    view::Viewer,
};
use futures::{Stream, StreamExt as _};
use journal::Entry;
use runtime::{
    Caller, Ports,
    convert::{self, number_of, to_when},
    fold,
    identity::hex,
    status,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wire::{
    Message as _,
    v1::{
        self,
        links_server::{Links, LinksServer},
    },
};

use crate::{inbound, outbox::Outbox, partner::Partner};

/// Rows of a ledger that wait for whoever reads them.
const QUEUE: usize = 256;

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
}

/// The service over these ports, ready for a server or a road within the process.
#[must_use]
pub fn build(ports: Ports) -> LinksServer<Service> {
    LinksServer::new(Service { ports })
}

#[tonic::async_trait]
impl Links for Service {
    type LedgerStream = Pin<Box<dyn Stream<Item = Result<v1::LedgerRow, Status>> + Send>>;

    async fn list_links(&self, request: Request<v1::ListLinksRequest>) -> Result<Response<v1::ListLinksAnswer>, Status> {
        Caller::of(&request)?;
        self.ports.fold.reached(request.get_ref().at_least).await.map_err(|error| status::behind(&error))?;
        let answer = self.ports.fold.look(|board| v1::ListLinksAnswer {
            links: board.partners().map(|kept| link(kept)).collect(),
            position: board.position(),
        });
        Ok(Response::new(answer))
    }

    async fn ledger(&self, request: Request<v1::LedgerRequest>) -> Result<Response<Self::LedgerStream>, Status> {
        let caller = Caller::of(&request)?;
        let agency: Agency = convert::agency("agency", &request.get_ref().agency)?;
        if !may_read(&caller.viewer, &agency) {
            return Err(status::forbidden(
                "只有本单位席位和审计可以查看台账",
                "only that agency's seats and auditors read its ledger",
            ));
        }
        let zh = "该单位没有接入系统";
        let partner = Partner::of(&agency).ok_or_else(|| status::bad_field("agency", zh, "this agency's system is not linked"))?;
        let (to, rows) = mpsc::channel(QUEUE);
        let ports = self.ports.clone();
        tokio::spawn(async move {
            if let Err(status) = Ledger::new(ports, partner).write(&to).await {
                let _ = to.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(rows))))
    }
}

fn may_read(viewer: &Viewer, agency: &Agency) -> bool {
    let own = match viewer {
        Viewer::Seat(seat) => {
            seat.agency == *agency || (agency.kind() == AgencyKind::Grid && seat.agency.kind() == AgencyKind::Grid)
        }
        Viewer::Operator => true,
    };
    own || viewer.sees_all()
}

fn link(kept: &Kept) -> v1::Link {
    v1::Link {
        agency: kept.agency.to_string(),
        transport: kept.transport.map_or(0, |transport| number_of::<v1::Transport>(transport.word())),
        up: kept.cut.is_none(),
        since: Some(to_when(kept.since)),
        why: kept.cut.map(|why| why.word().to_owned()).unwrap_or_default(),
        received: kept.received,
        received_at: kept.received_at.map(to_when),
        taken: kept.taken,
        known: kept.known,
        refused: kept.refused,
        wrong: kept.wrong,
        sent: kept.sent,
        batch: kept.batch,
        committed: kept.committed,
    }
}

/// Reads the whole ledger out of the journal: the partner's frames from their records, the hub's as they are made.
struct Ledger {
    ports: Ports,
    partner: Partner,
    outbox: Outbox,
    sent: u64,
    committed: u64,
}

type Rows = mpsc::Sender<Result<v1::LedgerRow, Status>>;

impl Ledger {
    fn new(ports: Ports, partner: Partner) -> Self {
        let kept = ports.fold.look(|board| board.partner(&partner.agency()).cloned());
        let (sent, committed) = kept.map_or((0, 0), |kept| (kept.sent, kept.committed));
        Self { outbox: Outbox::counting(ports.clone(), partner), ports, partner, sent, committed }
    }

    async fn write(mut self, to: &Rows) -> Result<(), Status> {
        let end = self.ports.fold.position();
        let mut batches = self.ports.journal.follow(1);
        let mut at = 0;
        while at < end {
            let Some(batch) = batches.next().await else { return Ok(()) };
            let mut entries = batch.map_err(|error| Status::unavailable(error.to_string()))?;
            entries.retain(|entry| entry.position <= end);
            at = entries.last().map_or(end, |entry| entry.position);
            for row in self.rows(&entries).await? {
                if to.send(Ok(row)).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn rows(&mut self, entries: &[Entry]) -> Result<Vec<v1::LedgerRow>, Status> {
        let agency = self.partner.agency();
        let mut rows: Vec<(u64, v1::LedgerRow)> = Vec::new();
        for (fact, stamp) in fold::decode(entries).facts {
            if let Fact::Partner(whose, partner::Fact::Received(received)) = fact
                && whose == agency
            {
                rows.push((stamp.position, theirs(received)));
            }
        }
        for made in self.outbox.frames(entries).await.map_err(|error| status::of(&error))? {
            rows.push((made.frame.number, self.ours(&made.frame)));
        }
        rows.sort_by_key(|(position, row)| (*position, row.ours));
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    fn ours(&self, frame: &v1::PartnerFrame) -> v1::LedgerRow {
        let reach = match frame.number {
            number if number <= self.committed => v1::FrameReach::Delivered,
            number if number <= self.sent => v1::FrameReach::Sent,
            _ => v1::FrameReach::Waiting,
        };
        v1::LedgerRow {
            ours: true,
            number: frame.number,
            digest: hex(&Sha256::digest(frame.encode_to_vec())),
            kind: inbound::kind(frame.body.as_ref()).to_owned(),
            incident_id: frame.incident_id.clone(),
            outcome: 0,
            code: String::new(),
            reach: reach.into(),
        }
    }
}

fn theirs(received: partner::Received) -> v1::LedgerRow {
    v1::LedgerRow {
        ours: false,
        number: received.number,
        digest: received.digest,
        kind: received.frame,
        incident_id: received.incident.map(|id| id.to_string()).unwrap_or_default(),
        outcome: number_of::<v1::FrameOutcome>(received.outcome.word()),
        code: received.code.unwrap_or_default(),
        reach: 0,
    }
}
