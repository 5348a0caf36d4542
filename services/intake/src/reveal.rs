//! A look at sealed data. The look is on record before anything is shown.

use std::collections::BTreeMap;

use domain::{
    access::{Purpose, Revealed},
    incident::Refusal,
    seat::Actor,
    view::Sight,
};
use runtime::{
    Caller, Ports,
    convert::{self, Said},
    execute::write_access,
    sealing, status,
};
use tonic::{Request, Status};
use wire::v1;

/// Opens a report's fields for a seat that has to do with the incident.
pub(crate) async fn reveal(ports: &Ports, request: Request<v1::RevealRequest>) -> Result<v1::RevealAnswer, Status> {
    let caller = Caller::of(&request)?;
    let said = Said { command_id: &request.get_ref().command_id, occurred: None, basis: 0, service: "intake" };
    let ask = convert::ask(ports, &request, &said)?;
    let request = request.into_inner();
    let id = convert::incident_id("incident_id", &request.incident_id)?;
    let report = convert::report_id("report_id", &request.report_id)?;
    let purpose = purpose(request.purpose)?;
    let incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
    if incident.version == 0 || caller.viewer.sight(&incident) == Sight::Nothing {
        return Err(status::refused(&Refusal::Unknown {}));
    }
    if incident.report(report).is_none() {
        return Err(status::refused(&Refusal::NoReport {}));
    }
    let Actor::Seat(seat) = &caller.actor else { return Err(status::unauthenticated()) };
    if !incident.agencies().any(|agency| *agency == seat.agency) || caller.viewer.sight(&incident) < Sight::Whole {
        return Err(status::forbidden("只有承办或配合单位可以查看", "only agencies that handle the incident may look"));
    }
    let sealed = sealing::fields(ports, id, report).await.map_err(|error| status::behind(&error))?;
    let allowed: Vec<_> = sealed.iter().filter(|field| sealing::may_open(&caller.viewer, &field.key)).collect();
    let fields = allowed.iter().map(|sealed| sealed.field.clone()).collect();
    let look = Revealed { incident: id, report, fields, seat: seat.id.clone(), purpose };
    let answer = write_access(ports, id, &ask, &look.into()).await.map_err(|error| status::of(&error))?;
    let mut opened = BTreeMap::<String, String>::new();
    let mut erased = Vec::new();
    for field in allowed {
        match sealing::open(ports, field) {
            // What came later under the same name stands below what came first.
            Ok(text) => {
                let words = opened.entry(field.field.clone()).or_default();
                if !words.is_empty() {
                    words.push('\n');
                }
                words.push_str(sealing::readable(&text));
            }
            Err(_) => erased.push(field.field.clone()),
        }
    }
    erased.dedup();
    Ok(v1::RevealAnswer { fields: opened, erased, position: answer.position })
}

fn purpose(number: i32) -> Result<Purpose, Status> {
    let from_word = |word: &str| match word {
        "handling" => Some(Purpose::Handling),
        "contact" => Some(Purpose::Contact),
        "followup" => Some(Purpose::Followup),
        "audit" => Some(Purpose::Audit),
        _ => None,
    };
    let wanted = || status::bad_field("purpose", "请说明查看目的", "say why you look");
    convert::word::<v1::Purpose, _>("purpose", number, from_word)?.ok_or_else(wanted)
}
