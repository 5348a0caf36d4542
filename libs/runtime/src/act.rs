//! One command of a service, from request to answer.

use domain::{
    fact::command_key,
    id::{Agency, IncidentId, ReportId},
    incident::{Command, CommandKind as Kind, Incident, Refusal, ReportState, Sealed},
    reason::Reason,
    seat::{Actor, Role},
    view::Sight,
};
use tonic::{Response, Status};
use wire::v1;

use crate::{
    convert,
    execute::{Ask, Steps, caught_up, execute, execute_all},
    identity::Caller,
    ports::Ports,
    sealing, status,
};

/// A command on its way: who asks, about which incident, as this process sees it now.
pub struct Act<'a> {
    ports: &'a Ports,
    id: IncidentId,
    ask: Ask,
    incident: std::sync::Arc<Incident>,
    sight: Sight,
}

impl<'a> Act<'a> {
    /// Looks the incident up. What a caller may not see does not exist for it.
    ///
    /// # Errors
    /// `NOT_FOUND`, or the live board's trouble.
    pub async fn on(ports: &'a Ports, caller: &Caller, incident_id: &str, ask: Ask) -> Result<Self, Status> {
        let id = convert::incident_id("incident_id", incident_id)?;
        let mut incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
        if incident.version == 0 {
            // Reported to another process a moment ago, perhaps.
            caught_up(ports).await.map_err(|error| status::of(&error))?;
            incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
        }
        // A caller whose part ended with this very command gets its first answer again. The digest holds who asked.
        let known = incident.answered(command_key(ask.command.as_str())).is_some_and(|known| known.digest == ask.digest);
        let sight = if known { Sight::Whole } else { caller.viewer.sight(&incident) };
        if incident.version == 0 || sight == Sight::Nothing {
            return Err(status::refused(&Refusal::Unknown {}));
        }
        Ok(Self { ports, id, ask, incident, sight })
    }

    /// Seals a person's words to the agency that says them.
    ///
    /// # Errors
    /// As [`sealing::words`].
    pub fn seal(&self, field: &str, words: &str) -> Result<Vec<Sealed>, Status> {
        let agency = match &self.ask.actor {
            Actor::Seat(seat) => seat.agency.clone(),
            Actor::Machine(_) => Agency::grid(),
        };
        sealing::words(self.ports, &self.incident, &agency, field, words)
    }

    /// Seals words to one report's key: what its reporter was told.
    ///
    /// # Errors
    /// As [`sealing::seal`].
    pub fn seal_to(&self, report: ReportId, field: &str, words: &str) -> Result<Vec<Sealed>, Status> {
        let agency = self.ask.actor.seat().map_or_else(Agency::grid, |seat| seat.agency.clone());
        Ok(sealing::seal(self.ports, &agency, report, field, words)?.into_iter().collect())
    }

    /// Reports whose reporters wait for an answer, as the incident is seen now.
    #[must_use]
    pub fn waiting(&self) -> Vec<ReportId> {
        let waits = |report: &&ReportState| report.answer.is_some() && report.told.is_none();
        self.incident.reports.iter().filter(waits).map(|report| report.id).collect()
    }

    /// A reason of the table. What its arguments say is a code, a number, or a word of the policies and the areas: nobody's
    /// name gets into the open log by way of a reason.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub fn reason(&self, field: &str, value: Option<v1::Reason>) -> Result<Reason, Status> {
        let reason = convert::reason(field, value)?;
        let policies = self.ports.policies();
        let known = |text: &str| text.is_ascii() || policies.says(text) || self.ports.areas.says(text);
        if reason.args.values().all(known) {
            return Ok(reason);
        }
        let zh = "原因参数应为代码、数字，或政策词表、地名表中的词；其他文字请填入说明";
        let en = "an argument is a code, a number, or a word of the policies or the areas; other words go into words";
        Err(status::bad_field(field, zh, en))
    }

    /// As [`reason`](Self::reason), of several.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub fn reasons(&self, field: &str, values: Vec<v1::Reason>) -> Result<Vec<Reason>, Status> {
        values.into_iter().map(|value| self.reason(field, Some(value))).collect()
    }

    /// Carries out steps on this incident, which is the first, and on others, all or none.
    ///
    /// # Errors
    /// A typed refusal, or what broke.
    pub async fn run_all(
        self,
        others: &[IncidentId],
        steps: impl Fn(&[std::sync::Arc<Incident>]) -> Result<Steps, Refusal> + Send + Sync,
    ) -> Result<Response<v1::CommandAnswer>, Status> {
        let ids: Vec<IncidentId> = std::iter::once(self.id).chain(others.iter().copied()).collect();
        if self.sight < Sight::Whole {
            return Err(self.not_yours());
        }
        let done = execute_all(self.ports, &ids, &self.ask, steps, |_, _| None).await.map_err(|error| status::of(&error))?;
        let incident = &done.incidents[0];
        Ok(Response::new(v1::CommandAnswer {
            incident_id: self.id.to_string(),
            position: done.position,
            version: incident.version,
            repeated_command: done.repeated,
            stage: convert::number_of::<v1::Stage>(incident.stage.word()),
            time: Some(convert::to_when(done.time)),
        }))
    }

    fn not_yours(&self) -> Status {
        let name = |agency: Option<&Agency>| agency.map(ToString::to_string).unwrap_or_default();
        let needed = name(self.incident.lead_agency());
        let agency = name(self.ask.actor.seat().map(|seat| &seat.agency));
        status::refused(&Refusal::NotYourAgency { needed, agency })
    }

    /// Carries it out. Whoever has no part in the incident may raise its flags and class, and nothing else; a supervisor
    /// may supervise it.
    ///
    /// # Errors
    /// A typed refusal, or what broke.
    pub async fn run(self, command: Command) -> Result<Response<v1::CommandAnswer>, Status> {
        // A supervisor (督查) opens a supervision of what it sees in outline, and from then on sees it whole.
        let supervisor = self.ask.actor.seat().is_some_and(|seat| seat.has(Role::Supervisor));
        let from_outside = command.kind() == Kind::Raise || command.kind() == Kind::Supervise && supervisor;
        if self.sight < Sight::Whole && !from_outside {
            return Err(self.not_yours());
        }
        let answer = execute(self.ports, self.id, &self.ask, &command).await.map_err(|error| status::of(&error))?;
        Ok(Response::new(convert::answer(self.id, &answer)))
    }
}
