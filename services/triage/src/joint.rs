//! What touches two incidents at once: one goes on within another, a second matter becomes one of its own.

use domain::{
    id::{Agency, IncidentId},
    incident::{Command, Incident, Refusal, ReportState, SplitFrom},
    view::Sight,
};
use runtime::{Caller, Ports, act::Act, convert, status};
use tonic::{Response, Status};
use wire::v1::{self, triage_act_request as asked};

/// Links an incident to the one that goes on: of that one the caller has to know that it is there.
pub(crate) async fn link(
    ports: &Ports,
    caller: &Caller,
    act: Act<'_>,
    id: IncidentId,
    link: asked::Link,
) -> Result<Response<v1::CommandAnswer>, Status> {
    let into = convert::incident_id("link.into", &link.into)?;
    let reason = act.reason("link.reason", link.reason)?;
    let main = ports.fold.incident(into).await.map_err(|error| status::behind(&error))?;
    if main.version == 0 || caller.viewer.sight(&main) == Sight::Nothing {
        return Err(status::refused(&Refusal::Unknown {}));
    }
    act.run_all(&[into], move |incidents| {
        let from = &incidents[0];
        let reports = from.reports.iter().map(ReportState::linked).collect();
        let take = Command::TakeReports { from: id, class: from.class, flags: from.flags.clone(), reports };
        Ok(vec![(0, Command::Link { into, reason: reason.clone() }), (1, take)])
    })
    .await
}

/// Splits a second matter off. The new incident's id follows from the command's.
pub(crate) async fn split(
    caller: &Caller,
    act: Act<'_>,
    command_id: &str,
    split: asked::Split,
) -> Result<Response<v1::CommandAnswer>, Status> {
    let into = IncidentId::split_by(command_id);
    let category = convert::matter("split.category", &split.category)?;
    let priority = convert::priority("split.priority", split.priority)?;
    let reason = act.reason("split.reason", split.reason)?;
    let own = caller.actor.seat().map_or_else(Agency::grid, |seat| seat.agency.clone());
    let lead = convert::optional(&split.lead, |text| convert::agency("split.lead", text))?.unwrap_or(own);
    act.run_all(&[into], move |incidents| {
        let parent: &Incident = &incidents[0];
        let matter = SplitFrom {
            incident: parent.id,
            place: parent.place,
            class: parent.class,
            flags: std::collections::BTreeSet::new(),
            category: category.clone(),
            priority,
            lead: lead.clone(),
            reason: reason.clone(),
        };
        let from = Command::Split { into, category: category.clone(), reason: reason.clone() };
        Ok(vec![(0, from), (1, Command::OpenSplit { matter: Box::new(matter) })])
    })
    .await
}
