//! A partner's frames on their way in: each in its order, once, decided, and on record in the same decision.

use std::collections::BTreeMap;

use domain::{
    area::AreaCode,
    board::Board,
    id::{IncidentId, SeatId},
    incident::{Basis, Incident, Refusal},
    partner::{self, Outcome},
    seat::{Actor, Role, Seat},
    view::{Sight, Viewer},
};
use journal::{AppendError, Subject};
use runtime::{
    Ask, Error, Ports, convert,
    execute::{Beside, Done, execute_all},
    fold::FoldError,
    identity::hex,
    report::{self, Given},
    sealing,
};
use sha2::{Digest as _, Sha256};
use tonic::{Code, Status};
use wire::{
    Message as _,
    v1::{self, partner_frame::Body},
};

use crate::{
    inbound::{self, Asked, Prepared, Wrong},
    partner::Partner,
};

/// A frame with more bytes says too much.
pub(crate) const MOST_FRAME: usize = 256 << 10;
/// Longest number of a person at the partner's, in bytes.
const MOST_PERSON: usize = 24;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is on record, with everything before it.
    In,
    /// It was there already.
    Before,
    /// The one that it names as the one before has not come yet.
    Early,
}

/// Takes frames of one partner.
#[derive(Clone)]
pub(crate) struct Inbox {
    ports: Ports,
    partner: Partner,
    scripted: bool,
}

/// A frame that was decided, as it is put on record.
struct Verdict {
    outcome: Outcome,
    code: Option<String>,
    args: BTreeMap<String, String>,
    incident: Option<IncidentId>,
}

impl Verdict {
    fn wrong(wrong: Wrong, incident: Option<IncidentId>) -> Self {
        Self { outcome: Outcome::Wrong, code: Some(wrong.code().to_owned()), args: BTreeMap::new(), incident }
    }

    fn refused(refusal: &Refusal, incident: IncidentId) -> Self {
        let args = refusal.args().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { outcome: Outcome::Refused, code: Some(refusal.code().to_owned()), args, incident: Some(incident) }
    }
}

impl Inbox {
    /// An inbox; `scripted` says that a simulator speaks, and every fact says so, too.
    pub(crate) const fn new(ports: Ports, partner: Partner, scripted: bool) -> Self {
        Self { ports, partner, scripted }
    }

    /// The last number that is on record.
    pub(crate) fn received(&self) -> u64 {
        let agency = self.partner.agency();
        self.ports.fold.look(|board| board.partner(&agency).map_or(0, |kept| kept.received))
    }

    /// Takes one frame.
    ///
    /// # Errors
    /// Something broke; the partner sends the frame again.
    pub(crate) async fn take(&self, frame: &v1::PartnerFrame) -> Result<Taken, Trouble> {
        let received = self.received();
        if frame.number <= received {
            return Ok(Taken::Before);
        }
        if frame.previous != received {
            return Ok(Taken::Early);
        }
        let bytes = frame.encode_to_vec();
        let digest = Sha256::digest(&bytes);
        let ask = self.ask(frame, &digest);
        let prepared = if bytes.len() > MOST_FRAME { Err(Wrong::TooLarge) } else { self.prepared(frame).await? };
        let verdict = match prepared {
            Ok((incident, prepared)) => match self.decide(frame, &ask, incident, &prepared, &hex(&digest)).await {
                Ok(None) => return Ok(Taken::In),
                Ok(Some(wrong)) => Verdict::wrong(wrong, Some(incident)),
                Err(Trouble::Write(Error::Refused(refusal))) => Verdict::refused(&refusal, incident),
                // Its words do not fit into a record.
                Err(Trouble::Write(Error::Draft(_) | Error::Journal(AppendError::TooLarge { .. }))) => {
                    Verdict::wrong(Wrong::TooLarge, Some(incident))
                }
                Err(broke) => return Err(broke),
            },
            Err(wrong) => Verdict::wrong(wrong, inbound::incident_of(self.partner, frame).ok()),
        };
        let steps = |_: &[std::sync::Arc<Incident>]| Ok(Vec::new());
        let record = |board: &Board, _: bool| self.record(board, frame, &hex(&digest), &verdict);
        execute_all(&self.ports, &[], &ask, steps, record).await?;
        Ok(Taken::In)
    }

    /// Carries out what the frame asks, with its record, in one decision. `Some` where it is wrong after all.
    async fn decide(
        &self,
        frame: &v1::PartnerFrame,
        ask: &Ask,
        incident: IncidentId,
        prepared: &Prepared,
        digest: &str,
    ) -> Result<Option<Wrong>, Trouble> {
        let other = match inbound::other_of(frame, ask.command.as_str()) {
            Ok(other) => other,
            Err(wrong) => return Ok(Some(wrong)),
        };
        if let Some(wrong) = self.hidden(frame, incident, other).await? {
            return Ok(Some(wrong));
        }
        let policies = self.ports.policies();
        let catalogue = &policies.catalogue;
        let asked = Asked { partner: self.partner, frame, prepared, other, catalogue };
        let ids: Vec<IncidentId> = std::iter::once(incident).chain(other).collect();
        let failed = std::sync::Mutex::new(None);
        let steps = |incidents: &[std::sync::Arc<Incident>]| match inbound::steps(&asked, &incidents[0]) {
            Ok(steps) => Ok(steps),
            Err(wrong) => {
                *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(wrong);
                Err(Refusal::Unknown {})
            }
        };
        let record = |board: &Board, facts: bool| {
            let outcome = if facts { Outcome::Taken } else { Outcome::Known };
            let verdict = Verdict { outcome, code: None, args: BTreeMap::new(), incident: Some(incident) };
            self.record(board, frame, digest, &verdict)
        };
        let done: Result<Done, Error> = execute_all(&self.ports, &ids, ask, steps, record).await;
        match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(wrong) => Ok(Some(wrong)),
            None => Ok(done.map(|_| None)?),
        }
    }

    /// What the partner may not see does not exist for it.
    async fn hidden(
        &self,
        frame: &v1::PartnerFrame,
        incident: IncidentId,
        other: Option<IncidentId>,
    ) -> Result<Option<Wrong>, Trouble> {
        if matches!(frame.body, Some(Body::Report(_))) {
            return Ok(None);
        }
        let viewer = Viewer::Seat(self.seat(self.partner.name().parse().expect("a plain name")));
        let split = matches!(frame.body, Some(Body::Split(_)));
        for id in std::iter::once(incident).chain(other.filter(|_| !split)) {
            let known = self.ports.fold.incident(id).await?;
            let alert = matches!(frame.body, Some(Body::Alert(_))) && viewer.sight(&known) == Sight::Outline;
            // One that is hidden and one that nobody has are told alike; a first word about its own report opens one.
            let first = known.version == 0 && matches!(frame.body, Some(Body::Supplement(_)));
            if !first && (known.version == 0 || viewer.sight(&known) != Sight::Whole && !alert) {
                return Ok(Some(Wrong::NoIncident));
            }
        }
        Ok(None)
    }

    /// Which incident, and its words sealed.
    async fn prepared(&self, frame: &v1::PartnerFrame) -> Result<Result<(IncidentId, Prepared), Wrong>, Trouble> {
        let incident = match inbound::incident_of(self.partner, frame) {
            Ok(incident) => incident,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let incident = self.goes_on_as(incident).await?;
        let mut prepared = Prepared::default();
        let words = match &frame.body {
            Some(Body::Report(said)) => {
                let area = said.area.parse::<AreaCode>().ok();
                if area.is_some_and(|area| !self.ports.fold.look(Board::district).contains(area)) {
                    return Ok(Err(Wrong::OtherDistrict));
                }
                match self.reported(frame, said) {
                    Ok(new) => prepared.report = Some(new),
                    Err(status) => return unfit(&status).map(Err),
                }
                ""
            }
            Some(Body::Supplement(said)) => {
                let report = v1::partner_frame::Report {
                    source: said.source.clone(),
                    reference: said.reference.clone(),
                    text: said.text.clone(),
                    ..v1::partner_frame::Report::default()
                };
                match self.reported(frame, &report) {
                    Ok(new) => prepared.report = Some(new),
                    Err(status) => return unfit(&status).map(Err),
                }
                ""
            }
            Some(Body::Order(it)) => &it.words,
            Some(Body::Transfer(it)) => &it.words,
            Some(Body::Finished(it)) => &it.words,
            Some(Body::FormAmended(it)) => &it.words,
            Some(Body::Note(it)) => &it.words,
            Some(Body::Told(it)) => &it.words,
            Some(Body::FollowUpDone(it)) => &it.words,
            Some(
                Body::Split(_)
                | Body::Withdrawn(_)
                | Body::Accepted(_)
                | Body::Progress(_)
                | Body::Designated(_)
                | Body::Recalled(_)
                | Body::CategoryCorrected(_)
                | Body::Linked(_)
                | Body::Checked(_)
                | Body::Closed(_)
                | Body::Alert(_)
                | Body::Moved(_)
                | Body::Receipt(_)
                | Body::Look(_)
                | Body::SelfHandled(_),
            ) => "",
            None => return Ok(Err(Wrong::Unknown)),
        };
        if !words.is_empty() {
            let known = self.ports.fold.incident(incident).await?;
            match sealing::words(&self.ports, &known, &self.partner.agency(), "words", words) {
                Ok(sealed) => prepared.sealed = sealed,
                Err(status) => return unfit(&status).map(Err),
            }
        }
        Ok(Ok((incident, prepared)))
    }

    /// The incident itself, or the one that goes on in its place.
    async fn goes_on_as(&self, mut id: IncidentId) -> Result<IncidentId, Trouble> {
        while let Some(into) = self.ports.fold.incident(id).await?.into {
            id = into;
        }
        Ok(id)
    }

    fn reported(&self, frame: &v1::PartnerFrame, said: &v1::partner_frame::Report) -> Result<domain::incident::NewReport, Status> {
        report::named(&said.source, &said.reference)?;
        let request = v1::ReportRequest {
            source: said.source.clone(),
            reference: said.reference.clone(),
            channel: said.channel,
            title: said.title.clone(),
            text: said.text.clone(),
            reporter: said.reporter.clone(),
            address: said.address.clone(),
            point: said.point,
            area: said.area.clone(),
            class: said.class,
            occurred: frame.occurred,
            basis: frame.basis,
            ..v1::ReportRequest::default()
        };
        let given = Given {
            priority: (said.priority != 0).then(|| convert::priority("priority", said.priority)).transpose()?,
            flags: convert::flags("flags", &said.flags)?,
        };
        report::checked(&self.ports, self.scripted, &request, &given)
    }

    fn seat(&self, id: SeatId) -> Seat {
        let working = Role::ALL.iter().copied().filter(|role| *role != Role::Auditor && !role.is_administrator());
        Seat {
            id,
            agency: self.partner.agency(),
            area: self.ports.fold.look(Board::district),
            roles: working.collect(),
            scripted: self.scripted,
        }
    }

    /// Who did it: a person at the partner's, for whom it vouches; or its machine.
    fn actor(&self, frame: &v1::PartnerFrame) -> Actor {
        let person = &frame.person;
        let plain = person.len() <= MOST_PERSON && person.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let id = format!("{}.{person}", self.partner.name()).parse();
        match id {
            Ok(id) if plain && !person.is_empty() => Actor::Seat(self.seat(id)),
            Ok(_) | Err(_) => Actor::Machine(self.partner.name()),
        }
    }

    fn ask(&self, frame: &v1::PartnerFrame, digest: &[u8]) -> Ask {
        let first = digest.first_chunk().expect("SHA-256 has 32 bytes");
        Ask {
            command: format!("frame/{}/{}", self.partner.name(), frame.number).parse().expect("plain characters"),
            digest: u128::from_be_bytes(*first),
            actor: self.actor(frame),
            // A partner's clock that runs ahead of ours does not set ours: then it happened now.
            occurred: convert::occurred(&self.ports, frame.occurred).unwrap_or_default(),
            basis: convert::word::<v1::Basis, _>("basis", frame.basis, Basis::from_word)
                .ok()
                .flatten()
                .filter(|basis| *basis != Basis::Import)
                .unwrap_or(Basis::Seat),
            traceparent: None,
            service: "bridge",
        }
    }

    /// The frame's place on record; none where it has one already.
    fn record(&self, board: &Board, frame: &v1::PartnerFrame, digest: &str, verdict: &Verdict) -> Option<Beside> {
        let agency = self.partner.agency();
        let (version, expected, received) =
            board.partner(&agency).map_or((0, 0, 0), |kept| (kept.version, kept.position, kept.received));
        if frame.number <= received {
            return None;
        }
        let fact: partner::Fact = partner::Received {
            number: frame.number,
            digest: digest.to_owned(),
            frame: inbound::kind(frame.body.as_ref()).to_owned(),
            outcome: verdict.outcome,
            code: verdict.code.clone(),
            args: verdict.args.clone(),
            incident: verdict.incident,
        }
        .into();
        Some(Beside { subject: subject(self.partner), version, expected, facts: vec![(fact.kind(), fact.data())] })
    }
}

/// The subject of the facts about the link to a partner.
pub(crate) fn subject(partner: Partner) -> Subject {
    Subject::of("partner", partner.agency().as_str()).expect("an agency's name is a subject's id")
}

/// What a report's own checks found wrong; what broke stays an error.
fn unfit(status: &Status) -> Result<Wrong, Trouble> {
    if matches!(status.code(), Code::InvalidArgument | Code::PermissionDenied) {
        let (code, ..) = runtime::status::explained(status);
        tracing::debug!(code, "a frame's report is unfit");
        return Ok(Wrong::Field);
    }
    Err(Trouble::Sealing(status.message().to_owned()))
}

/// A frame could not be decided now; the partner sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The write path.
    #[error(transparent)]
    Write(#[from] Error),
    /// The board.
    #[error(transparent)]
    Board(#[from] FoldError),
    /// There is no key to seal with.
    #[error("{0}")]
    Sealing(String),
}
