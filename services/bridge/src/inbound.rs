//! What a partner's frame asks of the rules. Pure: a frame and the incident as it stands give the commands that follow,
//! or say what is wrong with the frame. The hub maps; a partner's forms keep their own numbers and names.

use std::collections::BTreeMap;

use domain::{
    id::{Agency, IncidentId, MatterCode, UnitId},
    incident::{
        Class, Command, Form, HandoverKind, HandoverStatus, Incident, Item, NewPart, NewReport, Outcome, Part, Priority, Refusal,
        Satisfaction, Sealed, SplitFrom, Stage, Topic,
    },
    policy::Catalogue,
    reason::{MOST_ARGUMENT, Reason, ReasonCode},
    seat::Language,
};
use runtime::{convert, execute::Steps};
use wire::v1::{self, partner_frame as frame, partner_frame::Body};

use crate::partner::Partner;

/// A frame says what cannot be. Stable codes, with a sentence in both languages each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Unknown,
    TooLarge,
    FromHubOnly,
    NoIncident,
    OtherDistrict,
    Code,
    Source,
    Field,
}

const WRONG: [(Wrong, &str, &str, &str); 8] = [
    (Wrong::Unknown, "frame.unknown", "不认识的帧类型", "this kind of frame is not known here"),
    (Wrong::TooLarge, "frame.too_large", "帧过大，最多256 KiB", "the frame is too large: 256 KiB at most"),
    (Wrong::FromHubOnly, "frame.from_hub_only", "此类帧只由中枢发出", "only the hub sends this kind of frame"),
    (
        Wrong::NoIncident,
        "frame.no_incident",
        "请填写事件编号或本系统接警单号",
        "name the incident, or your own intake number of it",
    ),
    (Wrong::OtherDistrict, "frame.other_district", "不在本区范围内，请转有关区", "lies in another district: send it there"),
    (Wrong::Code, "frame.code", "代码不在词表内", "a code is not in the vocabulary"),
    (Wrong::Source, "frame.source", "不是本系统的来源", "this source is another system's"),
    (Wrong::Field, "frame.field", "字段缺失或格式不对", "a field is missing or malformed"),
];

impl Wrong {
    pub(crate) fn code(self) -> &'static str {
        WRONG.iter().find(|(wrong, ..)| *wrong == self).map_or("", |(_, code, ..)| code)
    }
}

/// A receipt's sentence, Chinese and English: of a wrong frame, or of a refusal of the rules with its arguments.
pub(crate) fn explained(code: &str, args: &BTreeMap<String, String>) -> (String, String) {
    if let Some((_, _, zh, en)) = WRONG.iter().find(|(_, known, ..)| *known == code) {
        return ((*zh).to_owned(), (*en).to_owned());
    }
    let sentence = |language| Refusal::sentence(code, args, language).unwrap_or_default();
    (sentence(Language::Zh), sentence(Language::En))
}

/// What a body is called in ledgers.
pub(crate) fn kind(body: Option<&Body>) -> &'static str {
    match body {
        None => "unknown",
        Some(Body::Report(_)) => "report",
        Some(Body::Supplement(_)) => "supplement",
        Some(Body::Split(_)) => "split",
        Some(Body::Withdrawn(_)) => "withdrawn",
        Some(Body::Accepted(_)) => "accepted",
        Some(Body::Order(_)) => "order",
        Some(Body::Transfer(_)) => "transfer",
        Some(Body::Progress(_)) => "progress",
        Some(Body::Finished(_)) => "finished",
        Some(Body::Designated(_)) => "designated",
        Some(Body::Recalled(_)) => "recalled",
        Some(Body::CategoryCorrected(_)) => "category_corrected",
        Some(Body::FormAmended(_)) => "form_amended",
        Some(Body::Note(_)) => "note",
        Some(Body::Linked(_)) => "linked",
        Some(Body::Checked(_)) => "checked",
        Some(Body::Told(_)) => "told",
        Some(Body::FollowUpDone(_)) => "follow_up_done",
        Some(Body::Closed(_)) => "closed",
        Some(Body::Alert(_)) => "alert",
        Some(Body::Moved(_)) => "moved",
        Some(Body::Receipt(_)) => "receipt",
        Some(Body::Look(_)) => "look",
        Some(Body::SelfHandled(_)) => "self_handled",
    }
}

/// The incident a frame is about: by its id, or by the partner's own intake number.
pub(crate) fn incident_of(partner: Partner, frame: &v1::PartnerFrame) -> Result<IncidentId, Wrong> {
    let by_report = |source: &str, reference: &str| {
        if source == partner.name() { Ok(IncidentId::opened_by(source, reference)) } else { Err(Wrong::Source) }
    };
    match &frame.body {
        Some(Body::Report(report)) => return by_report(&report.source, &report.reference),
        Some(Body::Supplement(more)) if frame.incident_id.is_empty() => return by_report(&more.source, &more.reference),
        // Nobody changes what another system's reporter said.
        Some(Body::Supplement(more)) if more.source != partner.name() => return Err(Wrong::Source),
        Some(_) | None => {}
    }
    if !frame.incident_id.is_empty() {
        return frame.incident_id.parse().map_err(|_| Wrong::NoIncident);
    }
    let intake = frame.numbers.iter().find(|number| number.form() == v1::Form::Intake);
    intake.map(|number| IncidentId::opened_by(partner.name(), &number.number)).ok_or(Wrong::NoIncident)
}

/// A second incident that the frame is about: the one it goes on within, or the one that is split off.
pub(crate) fn other_of(frame: &v1::PartnerFrame, command: &str) -> Result<Option<IncidentId>, Wrong> {
    match &frame.body {
        Some(Body::Split(_)) => Ok(Some(IncidentId::split_by(command))),
        Some(Body::Linked(linked)) => linked.into.parse().map(Some).map_err(|_| Wrong::Field),
        Some(_) | None => Ok(None),
    }
}

/// What was sealed beforehand: the rules see no words.
#[derive(Default)]
pub(crate) struct Prepared {
    /// A report or supplement, sealed and located.
    pub(crate) report: Option<NewReport>,
    /// Words of the frame, sealed to the partner's key.
    pub(crate) sealed: Vec<Sealed>,
}

/// The frame, and what the mapping needs beside it.
pub(crate) struct Asked<'a> {
    pub(crate) partner: Partner,
    pub(crate) frame: &'a v1::PartnerFrame,
    pub(crate) prepared: &'a Prepared,
    pub(crate) other: Option<IncidentId>,
    pub(crate) catalogue: &'a Catalogue,
}

/// The commands that follow from a frame on the incident as it stands; the second incident is the one of [`other_of`].
pub(crate) fn steps(asked: &Asked<'_>, incident: &Incident) -> Result<Steps, Wrong> {
    let Asked { partner, frame, prepared, other, catalogue } = asked;
    let body = frame.body.as_ref().ok_or(Wrong::Unknown)?;
    let agency = partner.agency();
    let at = On { incident, agency: &agency, frame, sealed: &prepared.sealed, catalogue };
    let matter = |text: &str| at.matter(text);
    let received = || prepared.report.clone().map(|new| Command::Receive { new: Box::new(new) }).ok_or(Wrong::Field);
    let one = |command| Ok(vec![(0, command)]);
    match body {
        Body::Report(_) | Body::Supplement(_) => one(received()?),
        Body::Split(split) => at.split(split, other.ok_or(Wrong::Field)?),
        Body::Withdrawn(it) => one(Command::Withdraw { reason: reason(it.reason.as_ref())? }),
        Body::Accepted(it) => one(Command::Accept {
            category: matter(&it.category)?,
            priority: priority(it.priority)?,
            place: None,
            reasons: Vec::new(),
        }),
        Body::Order(order) => at.order(order),
        Body::Transfer(transfer) => at.transfer(transfer),
        Body::Progress(progress) => at.progress(progress),
        Body::Finished(finished) => at.finished(finished),
        Body::Recalled(it) => one(Command::Recall { reason: reason(it.reason.as_ref())? }),
        Body::CategoryCorrected(it) => one(Command::Correct { category: matter(&it.category)? }),
        Body::FormAmended(_) => one(Command::Note { topic: Topic::FormAmended, sealed: prepared.sealed.clone() }),
        Body::Note(_) => one(Command::Note { topic: Topic::Note, sealed: prepared.sealed.clone() }),
        Body::Linked(linked) => at.linked(linked, other.ok_or(Wrong::Field)?),
        Body::Checked(it) if incident.stage == Stage::Verifying => one(Command::Verify { found: it.passed }),
        Body::Checked(it) => {
            let ask = (incident.stage == Stage::Done).then(|| (0, Command::AskCheck { agency: agency.clone() }));
            let check = Command::Check { passed: it.passed, reason: reason(it.reason.as_ref())? };
            let form = at.form(frame, Form::Inspection, None)?;
            Ok(ask.into_iter().chain([(0, check)]).chain(form).collect())
        }
        Body::Told(it) => {
            let report = domain::id::ReportId::of(&it.source, &it.reference);
            one(Command::Tell { report, sealed: prepared.sealed.clone() })
        }
        Body::FollowUpDone(it) => one(Command::FollowUp {
            report: domain::id::ReportId::of(&it.source, &it.reference),
            reached: it.reached,
            contacted: it.contacted,
            solved: it.solved,
            satisfaction: word::<v1::Satisfaction, _>(it.satisfaction, Satisfaction::from_word)?,
            sealed: prepared.sealed.clone(),
        }),
        Body::Closed(_) => one(Command::Close {}),
        Body::SelfHandled(it) => {
            one(Command::SelfHandle { unit: it.unit.parse().map_err(|_| Wrong::Field)?, category: matter(&it.category)? })
        }
        Body::Alert(it) => one(Command::Raise {
            flags: convert::flags("flags", &it.flags).map_err(|_| Wrong::Code)?,
            class: word::<v1::Class, _>(it.class, Class::from_word)?,
        }),
        Body::Designated(_) | Body::Moved(_) | Body::Receipt(_) | Body::Look(_) => Err(Wrong::FromHubOnly),
    }
}

/// One incident under one frame.
struct On<'a> {
    incident: &'a Incident,
    agency: &'a Agency,
    frame: &'a v1::PartnerFrame,
    sealed: &'a [Sealed],
    catalogue: &'a Catalogue,
}

impl On<'_> {
    /// A code of the catalogue.
    fn matter(&self, text: &str) -> Result<MatterCode, Wrong> {
        text.parse().ok().filter(|code| self.catalogue.get(code).is_some()).ok_or(Wrong::Code)
    }

    /// The part that is meant: the one named, else the partner's own open one, else its last.
    fn part(&self, named: u32) -> Result<u16, Wrong> {
        if named != 0 {
            return u16::try_from(named).map_err(|_| Wrong::Field);
        }
        let own = || self.incident.parts.iter().rev().filter(|part| part.agency == *self.agency);
        let open = own().find(|part| !part.over());
        // A part that nobody has is refused by the rules, which name it.
        Ok(open.or_else(|| own().next()).map_or(1, |part: &Part| part.id))
    }

    /// The order that is meant: the one named, else the latest of that unit on the partner's own parts.
    fn order_number(&self, named: u32, unit: &str) -> Result<u16, Wrong> {
        if named != 0 {
            return u16::try_from(named).map_err(|_| Wrong::Field);
        }
        let own = |order: &&domain::incident::Handover| {
            order.kind == HandoverKind::Order
                && order.to == *self.agency
                && (unit.is_empty() || order.unit.as_ref().is_some_and(|known| known.as_str() == unit))
        };
        Ok(self.incident.handovers.iter().rev().find(own).map_or(0, |order| order.id))
    }

    /// The numbers of the partner's forms in this frame, except the intake's, which is the report's own.
    fn form(&self, frame: &v1::PartnerFrame, usual: Form, part: Option<u16>) -> Result<Steps, Wrong> {
        let mut steps = Vec::new();
        for number in frame.numbers.iter().filter(|number| number.form() != v1::Form::Intake) {
            let form = word::<v1::Form, _>(number.form, Form::from_word)?.unwrap_or(usual);
            let part = if number.part == 0 { part } else { Some(u16::try_from(number.part).map_err(|_| Wrong::Field)?) };
            steps.push((0, Command::Number { form, number: number.number.clone(), part }));
        }
        Ok(steps)
    }

    fn split(&self, split: &frame::Split, into: IncidentId) -> Result<Steps, Wrong> {
        let (category, reason) = (self.matter(&split.category)?, reason(split.reason.as_ref())?);
        let from = SplitFrom {
            incident: self.incident.id,
            place: self.incident.place,
            class: self.incident.class,
            flags: std::collections::BTreeSet::new(),
            category: category.clone(),
            priority: priority(split.priority)?,
            lead: self.agency.clone(),
            reason: reason.clone(),
        };
        let open = Command::OpenSplit { matter: Box::new(from) };
        Ok(vec![(0, Command::Split { into, category, reason }), (1, open)])
    }

    fn linked(&self, linked: &frame::Linked, into: IncidentId) -> Result<Steps, Wrong> {
        let from = self.incident;
        let reports = from.reports.iter().map(domain::incident::ReportState::linked);
        let take = Command::TakeReports { from: from.id, class: from.class, flags: from.flags.clone(), reports: reports.collect() };
        Ok(vec![(0, Command::Link { into, reason: reason(linked.reason.as_ref())? }), (1, take)])
    }

    fn order(&self, order: &frame::Order) -> Result<Steps, Wrong> {
        let step = v1::OrderStep::try_from(order.step).map_err(|_| Wrong::Code)?;
        if step == v1::OrderStep::Issued {
            return self.issued(order);
        }
        let number = self.order_number(order.order, &order.unit)?;
        let standing = self.incident.handover(number).map(|known| known.status);
        let deliver = (standing == Some(HandoverStatus::Issued)).then_some((0, Command::DeliverOrder { order: number }));
        let then = match step {
            v1::OrderStep::Delivered => return Ok(vec![(0, Command::DeliverOrder { order: number })]),
            v1::OrderStep::Signed => Command::SignOrder { order: number },
            v1::OrderStep::Cannot => {
                Command::CannotOrder { order: number, reason: reason(order.reason.as_ref())?, sealed: self.sealed.to_vec() }
            }
            v1::OrderStep::Issued | v1::OrderStep::Unspecified => return Err(Wrong::Code),
        };
        // Whoever answers an order has got it.
        Ok(deliver.into_iter().chain([(0, then)]).collect())
    }

    /// A partner's desk sends a unit. What it had not taken on before it takes on with it.
    fn issued(&self, order: &frame::Order) -> Result<Steps, Wrong> {
        let mut steps = Vec::new();
        let own = NewPart { agency: self.agency.clone(), mandatory: true, task: None };
        let route = |category, priority| Command::Route { category, priority, parts: vec![own], reasons: Vec::new() };
        match self.incident.stage {
            Stage::Received | Stage::Verifying => {
                let (category, priority) = (self.matter(&order.category)?, priority(order.priority)?);
                if priority.emergency() && self.incident.stage == Stage::Received {
                    steps.push((0, route(Some(category), Some(priority))));
                } else {
                    steps.push((0, Command::Accept { category, priority, place: None, reasons: Vec::new() }));
                    steps.push((0, route(None, None)));
                }
            }
            Stage::Accepted => steps.push((0, route(None, None))),
            Stage::New
            | Stage::Routed
            | Stage::Handling
            | Stage::Done
            | Stage::Checking
            | Stage::Followup
            | Stage::Closed
            | Stage::Declined
            | Stage::Merged
            | Stage::Withdrawn
            | Stage::Void => {}
        }
        let part = if steps.is_empty() {
            self.part(order.part)?
        } else {
            u16::try_from(self.incident.parts.len() + 1).map_err(|_| Wrong::Field)?
        };
        let unit: UnitId = order.unit.parse().map_err(|_| Wrong::Field)?;
        let task = if order.task.is_empty() { None } else { Some(self.matter(&order.task)?) };
        steps.push((0, Command::IssueOrder { part, unit, task, reasons: Vec::new() }));
        steps.extend(self.form(self.frame, Form::Dispatch, Some(part))?);
        Ok(steps)
    }

    fn transfer(&self, transfer: &frame::Transfer) -> Result<Steps, Wrong> {
        let number = u16::try_from(transfer.transfer).map_err(|_| Wrong::Field)?;
        let standing = self.incident.handover(number).map(|known| known.status);
        let deliver = (standing == Some(HandoverStatus::Offered)).then_some((0, Command::DeliverTransfer { transfer: number }));
        let then = match v1::TransferStep::try_from(transfer.step).map_err(|_| Wrong::Code)? {
            v1::TransferStep::Offered => return self.offered(transfer),
            v1::TransferStep::Delivered => return Ok(vec![(0, Command::DeliverTransfer { transfer: number })]),
            v1::TransferStep::Accepted => Command::AcceptTransfer { transfer: number },
            v1::TransferStep::Returned => {
                let reason = reason(transfer.reason.as_ref())?;
                Command::ReturnTransfer { transfer: number, reason, sealed: self.sealed.to_vec() }
            }
            v1::TransferStep::Withdrawn => {
                let withdraw = Command::WithdrawTransfer { transfer: number, reason: reason(transfer.reason.as_ref())? };
                return Ok(vec![(0, withdraw)]);
            }
            // The hub's own timers say when nobody answered in time.
            v1::TransferStep::Lapsed => return Err(Wrong::FromHubOnly),
            v1::TransferStep::Unspecified => return Err(Wrong::Code),
        };
        // Whoever answers an offer has got it.
        Ok(deliver.into_iter().chain([(0, then)]).collect())
    }

    /// An offer of the lead or of a part; with neither, the other agency is asked to assist.
    fn offered(&self, transfer: &frame::Transfer) -> Result<Steps, Wrong> {
        let to: Agency = transfer.to.parse().map_err(|_| Wrong::Code)?;
        let reason = reason(transfer.reason.as_ref())?;
        if transfer.part == 0 && !transfer.lead {
            let task = if transfer.task.is_empty() { None } else { Some(self.matter(&transfer.task)?) };
            let part = NewPart { agency: to, mandatory: false, task };
            return Ok(vec![(0, Command::AddPart { part, reason })]);
        }
        let plain = |text: &str| text.len() <= MOST_ARGUMENT && text.chars().all(|c| c.is_ascii_graphic());
        let item = match &self.frame.item {
            None => None,
            Some(item) if plain(&item.code) && plain(&item.catalogue) => {
                Some(Item { code: item.code.clone(), catalogue: item.catalogue.clone() })
            }
            Some(_) => return Err(Wrong::Field),
        };
        let part = if transfer.part == 0 { None } else { Some(u16::try_from(transfer.part).map_err(|_| Wrong::Field)?) };
        Ok(vec![(0, Command::OfferTransfer { part, lead: transfer.lead, to, reason, item })])
    }

    fn progress(&self, progress: &frame::Progress) -> Result<Steps, Wrong> {
        let step = v1::ProgressStep::try_from(progress.step).map_err(|_| Wrong::Code)?;
        let part = self.part(progress.part)?;
        let order = Some(self.order_number(progress.order, &progress.unit)?).filter(|number| *number != 0);
        let command = match step {
            v1::ProgressStep::EnRoute => Command::EnRoute { part, order },
            v1::ProgressStep::OnScene => Command::OnScene { part, order },
            v1::ProgressStep::SceneSafe => Command::DeclareScene { safe: true },
            v1::ProgressStep::SceneUnsafe => Command::DeclareScene { safe: false },
            v1::ProgressStep::Unspecified => return Err(Wrong::Code),
        };
        Ok(vec![(0, command)])
    }

    fn finished(&self, finished: &frame::Finished) -> Result<Steps, Wrong> {
        let part = self.part(finished.part)?;
        let category = if finished.category.is_empty() { None } else { Some(self.matter(&finished.category)?) };
        let outcome = word::<v1::Outcome, _>(finished.outcome, Outcome::from_word)?;
        let mut steps = vec![(0, Command::Finish { part, category, outcome, sealed: self.sealed.to_vec() })];
        steps.extend(self.form(self.frame, Form::Feedback, Some(part))?);
        Ok(steps)
    }
}

fn priority(number: u32) -> Result<Priority, Wrong> {
    u8::try_from(number).ok().and_then(|number| Priority::try_from(number).ok()).ok_or(Wrong::Code)
}

fn word<W: wire::words::Word, T>(number: i32, from_word: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Wrong> {
    convert::word::<W, T>("", number, from_word).map_err(|_| Wrong::Code)
}

/// A reason of the table. Its arguments stand in the open log: nothing that reads like a person's.
fn reason(value: Option<&v1::Reason>) -> Result<Reason, Wrong> {
    let value = value.ok_or(Wrong::Field)?;
    let code = ReasonCode::from_code(&value.code).ok_or(Wrong::Code)?;
    let plain = |text: &String| text.is_ascii() && convert::readable(text, MOST_ARGUMENT);
    if value.args.values().all(plain) {
        Ok(Reason { code, args: value.args.clone().into_iter().collect() })
    } else {
        Err(Wrong::Field)
    }
}
