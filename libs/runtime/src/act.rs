//! One command of a service, from request to answer.

use domain::{
    id::{Agency, IncidentId},
    incident::{Command, CommandKind as Kind, Incident, Refusal, Sealed},
    seat::Actor,
    view::Sight,
};
use tonic::{Response, Status};
use wire::v1;

use crate::{
    convert,
    execute::{Ask, execute},
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
        let incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
        let sight = caller.viewer.sight(&incident);
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

    /// Carries it out. Whoever has no part in the incident may raise its flags and class, and nothing else.
    ///
    /// # Errors
    /// A typed refusal, or what broke.
    pub async fn run(self, command: Command) -> Result<Response<v1::CommandAnswer>, Status> {
        if self.sight < Sight::Whole && command.kind() != Kind::Raise {
            let name = |agency: Option<&Agency>| agency.map(ToString::to_string).unwrap_or_default();
            let needed = name(self.incident.lead_agency());
            let agency = name(self.ask.actor.seat().map(|seat| &seat.agency));
            return Err(status::refused(&Refusal::NotYourAgency { needed, agency }));
        }
        let answer = execute(self.ports, self.id, &self.ask, &command).await.map_err(|error| status::of(&error))?;
        Ok(Response::new(convert::answer(self.id, &answer)))
    }
}
