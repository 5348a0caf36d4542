//! One call's life, as far as the file tells it: received, taken on, sent to the police's own units, each unit's stages,
//! done when the last unit is free, closed.
//!
//! Each step has a fixed command id and is asked once: what the incident has accepted before is left out.

use std::sync::Arc;

use domain::{
    id::UnitId,
    incident::{Incident, UnitStage},
    time::Time,
};
use runtime::convert::{number_of, to_when};
use tonic::Status;
use wire::v1::{self, ReportOutcome, feedback_act_request as feedback, triage_act_request as triage};

use super::{
    super::{
        Carried, Done, Gone,
        desk::{Desk, Step, reason, reasons, refusal},
    },
    Call, Unit,
    plan::{self, Planned},
};

/// The call on its way.
struct Live<'a> {
    desk: &'a Desk,
    call: &'a Call,
    id: String,
    known: Arc<Incident>,
    /// Lines of units whose order is new.
    taken: Vec<u64>,
    /// Lines of units of which a step was refused, and why.
    refused: Vec<(u64, Status)>,
}

/// Carries one call as far as the file tells.
///
/// # Errors
/// Something broke; a refusal is no error but [`Done::Refused`].
pub(super) async fn live(desk: Desk, call: Call) -> Carried {
    let broke = |status| (call.line, status);
    let mut gone = Gone { reference: call.reference.clone(), opened: false, rows: Vec::new() };
    let answer = match desk.report(report(&call)).await {
        Ok(answer) => answer,
        Err(status) => {
            let status = refusal(status).map_err(broke)?;
            gone.rows = call.lines().map(|line| (line, Done::Refused(status.clone()))).collect();
            return Ok(gone);
        }
    };
    gone.opened = answer.outcome() == ReportOutcome::Taken;
    let known = desk.standing(&answer.incident_id).await.map_err(broke)?;
    let mut live = Live { desk: &desk, call: &call, id: answer.incident_id.clone(), known, taken: Vec::new(), refused: Vec::new() };
    // What people took up is theirs.
    if live.known.history && live.known.rounds == 0 {
        live.go_on().await.map_err(broke)?;
    }
    let Live { taken, mut refused, .. } = live;
    for line in call.lines() {
        let fresh = taken.contains(&line) || call.line == line && gone.opened;
        let done = match refused.iter().position(|(of, _)| *of == line) {
            Some(at) => Done::Refused(refused.swap_remove(at).1),
            None if fresh => Done::Taken,
            None if call.line == line && answer.outcome() == ReportOutcome::Supplement => Done::Supplement,
            None => Done::Known,
        };
        gone.rows.push((line, done));
    }
    Ok(gone)
}

fn report(call: &Call) -> v1::ReportRequest {
    v1::ReportRequest {
        source: call.layout.source.to_owned(),
        reference: call.reference.clone(),
        channel: v1::Channel::Phone.into(),
        title: call.kind.clone(),
        text: call.text.clone(),
        address: call.address.clone(),
        occurred: call.received.map(to_when),
        basis: v1::Basis::Import.into(),
        history: true,
        promised: Some(v1::Promise { due: None }),
        ..v1::ReportRequest::default()
    }
}

impl Live<'_> {
    fn step<'a>(&'a self, name: &'a str, at: Option<Time>) -> Step<'a> {
        Step { source: self.call.layout.source, reference: &self.call.reference, incident: &self.id, name, at }
    }

    /// A step of the call; where it is refused, so is the row that the call stands in first.
    async fn triage(&mut self, name: &str, at: Option<Time>, line: u64, action: triage::Action) -> Result<bool, Status> {
        match self.desk.triage(self.step(name, at), Some(&self.known), action).await {
            Ok(answer) => Ok(answer.is_some()),
            Err(status) => {
                let status = refusal(status)?;
                if !self.refused.iter().any(|(of, _)| *of == line) {
                    self.refused.push((line, status));
                }
                Ok(false)
            }
        }
    }

    async fn go_on(&mut self) -> Result<(), Status> {
        let (call, line) = (self.call, self.call.line);
        if let Some(accept) = accept(call) {
            self.triage("accept", call.entered, line, triage::Action::Accept(accept)).await?;
        }
        let sent = call.units.iter().filter_map(|unit| unit.issued).min();
        let parts = vec![v1::NewPart { agency: "police".to_owned(), mandatory: true, task: "task/handle".to_owned() }];
        let route = triage::RecordRoute { parts, reasons: reasons(&["history.row", "seat.scripted"]) };
        self.triage("route", sent, line, triage::Action::RecordRoute(route)).await?;
        for planned in plan::plan(&call.units) {
            self.unit(&call.units[planned.unit], planned).await?;
        }
        if call.broken || !self.refused.is_empty() {
            return Ok(());
        }
        self.end().await
    }

    async fn unit(&mut self, unit: &Unit, Planned { stage, at, .. }: Planned) -> Result<(), Status> {
        if stage == UnitStage::Issued {
            let order = triage::RecordOrder { part: 1, unit: unit.name.to_string() };
            let name = format!("order/{}", unit.name);
            if self.triage(&name, at, unit.line, triage::Action::RecordOrder(order)).await? {
                self.taken.push(unit.line);
                self.known = self.desk.standing(&self.id).await?;
            }
            return Ok(());
        }
        // An order that was refused has no stages; its row says why.
        let Some(order) = order_of(&self.known, &unit.name) else { return Ok(()) };
        let step = triage::RecordStep { order: order.into(), step: number_of::<v1::UnitStage>(stage.word()) };
        let name = format!("step/{order}/{stage}");
        self.triage(&name, at, unit.line, triage::Action::RecordStep(step)).await.map(drop)
    }

    /// The last priority, the part's end and the call's, where the file tells when.
    async fn end(&mut self) -> Result<(), Status> {
        let (call, line) = (self.call, self.call.line);
        let [first, last] = call.priority.each_ref().map(|given| (call.layout.scale)(given));
        if let (Some(_), Some(last)) = (first, last.filter(|_| first != last)) {
            let reasons = reasons(&["history.row", "seat.scripted"]).into_iter().chain(scaled(&call.priority[1], last)).collect();
            let change = triage::RecordPriority { priority: last, reasons };
            self.triage("priority", None, line, triage::Action::RecordPriority(change)).await?;
        }
        let over = if call.units.is_empty() { call.closed } else { plan::over(&call.units) };
        if over.is_some() {
            let finish = triage::Finish {
                part: 1,
                words: call.disposition.clone(),
                outcome: outcome(&call.disposition).into(),
                ..triage::Finish::default()
            };
            self.triage("finish", over, line, triage::Action::Finish(finish)).await?;
        }
        let record = feedback::Record { words: String::new(), answered: None };
        let done = self.desk.feedback(self.step("record", over), Some(&self.known), feedback::Action::Record(record)).await;
        if let Err(status) = done {
            self.refused.push((line, refusal(status)?));
        }
        Ok(())
    }
}

/// Taken on with the priority that the call had at first; not at all where that means nothing on our scale.
fn accept(call: &Call) -> Option<triage::Accept> {
    let given = call.priority.iter().find(|given| (call.layout.scale)(given).is_some())?;
    let priority = (call.layout.scale)(given)?;
    let mut why = reasons(&["history.row", "seat.scripted"]);
    why.extend(reason("history.kind", &[("kind", &call.kind)]));
    why.extend(scaled(given, priority));
    why.extend(reasons(&[if call.located { "triage.outside_district" } else { "history.unlocated" }]));
    Some(triage::Accept { category: (call.layout.category)(&call.kind).to_owned(), priority, place: None, reasons: why })
}

fn scaled(given: &str, priority: u32) -> Option<v1::Reason> {
    reason("history.priority", &[("given", given), ("priority", &priority.to_string())])
}

/// How it came out, where the file's word means one of ours.
fn outcome(disposition: &str) -> v1::Outcome {
    match disposition {
        "Unable to Locate" | "No Merit" => v1::Outcome::NotFound,
        _ => v1::Outcome::Unspecified,
    }
}

/// The order under which a unit was sent: each unit has one a call.
fn order_of(incident: &Incident, unit: &UnitId) -> Option<u16> {
    incident.handovers.iter().find(|order| order.unit.as_ref() == Some(unit)).map(|order| order.id)
}
