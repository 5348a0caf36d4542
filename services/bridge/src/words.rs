//! Words on their way to a partner: only what was handed over, only what its agency may read, and each look on record.
//!
//! Police text is for the police alone. The police read what is handed over to them whole; the grid reads masked words and,
//! for its work, the address, unless the matter is protected.

use domain::{
    access::{Purpose, Revealed},
    fact::command_key,
    id::SeatId,
    incident::{Basis, Class, Fact, Flag, Incident, ReportState, Sealed},
    seat::{Actor, Role, Seat},
    view::Viewer,
};
use runtime::{Ask, Error, Ports, convert::number_of, execute::write_access, sealing};
use wire::v1::{self, partner_frame as frame, partner_frame::Body};

use crate::{outbound::report, partner::Partner};

/// The partner as a viewer of sealed words.
fn viewer(ports: &Ports, partner: Partner) -> Viewer {
    Viewer::Seat(Seat {
        id: seat_id(partner),
        agency: partner.agency(),
        area: ports.fold.look(domain::board::Board::district),
        roles: [Role::Dispatcher].into(),
        scripted: false,
    })
}

fn seat_id(partner: Partner) -> SeatId {
    partner.name().parse().expect("a partner's name is a plain name")
}

/// The reports of an incident, as the partner may read them. Where they leave, that they were opened is on record first.
///
/// # Errors
/// The facts cannot be read, or the look cannot be written: nothing leaves.
pub(crate) async fn reports(
    ports: &Ports,
    partner: Partner,
    incident: &Incident,
    number: u64,
    leaving: bool,
) -> Result<Vec<frame::Report>, Error> {
    let mut told = Vec::new();
    for report in &incident.reports {
        let (words, opened) = one(ports, partner, incident, report, number).await?;
        if leaving && !opened.is_empty() {
            on_record(ports, partner, incident, report, number, &opened).await?;
        }
        told.push(words);
    }
    Ok(told)
}

/// One report as the partner may read it, and which sealed fields were opened for it.
async fn one(
    ports: &Ports,
    partner: Partner,
    incident: &Incident,
    known: &ReportState,
    number: u64,
) -> Result<(frame::Report, Vec<&'static str>), Error> {
    let viewer = viewer(ports, partner);
    let mut told = report(&known.source, &known.reference);
    told.channel = number_of::<v1::Channel>(known.channel.word());
    told.area = incident.place.within(incident.class).area.to_string();
    told.class = number_of::<v1::Class>(incident.class.word());
    let fields = sealing::fields_until(ports, incident.id, known.id, number).await?;
    let readable: Vec<&Sealed> = fields.iter().filter(|sealed| sealing::may_open(&viewer, &sealed.key)).collect();
    let text = sealing::text(ports, readable.iter().copied());
    if text.is_empty() {
        told.withheld = true;
        return Ok((told, Vec::new()));
    }
    let field = |name: &str| {
        let sealed = readable.iter().find(|sealed| sealed.field == name)?;
        sealing::open(ports, sealed).ok().filter(|words| !words.is_empty())
    };
    let mut opened = Vec::new();
    match partner {
        Partner::Police110 => {
            told.text = sealing::readable(&text).to_owned();
            let (name, phone) = (field("name"), field("phone"));
            opened.push("text");
            opened.extend(name.is_some().then_some("name"));
            opened.extend(phone.is_some().then_some("phone"));
            if name.is_some() || phone.is_some() {
                let (name, phone) = (name.unwrap_or_default(), phone.unwrap_or_default());
                told.reporter = Some(v1::Reporter { name, phone, id_number: String::new() });
            }
        }
        Partner::GridPlatform => told.text = seal::mask(sealing::readable(&text)).text,
    }
    let protected = incident.class != Class::N || incident.flags.contains(&Flag::DomesticViolence);
    if let Some(address) = field("address").filter(|_| partner == Partner::Police110 || !protected) {
        told.address = address;
        opened.push("address");
    }
    Ok((told, opened))
}

/// Writes down that the partner got to read this. The same frame made again writes nothing more.
async fn on_record(
    ports: &Ports,
    partner: Partner,
    incident: &Incident,
    report: &ReportState,
    number: u64,
    fields: &[&str],
) -> Result<(), Error> {
    let command = format!("frame/{}/{number}/open/{}", partner.name(), report.id);
    let ask = Ask {
        digest: command_key(&command),
        command: command.parse().expect("plain characters"),
        actor: Actor::Machine(partner.name()),
        occurred: None,
        basis: Basis::Device,
        traceparent: None,
        service: "bridge",
    };
    let look = Revealed {
        incident: incident.id,
        report: report.id,
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        seat: seat_id(partner),
        purpose: Purpose::Handling,
    };
    write_access(ports, incident.id, &ask, &look.into()).await.map(|_| ())
}

/// Puts the words that stand sealed in a fact into its frame, masked, where the partner may read them.
pub(crate) fn of_fact(ports: &Ports, partner: Partner, fact: &Fact, body: &mut Body) {
    let viewer = viewer(ports, partner);
    let readable = fact.sealed().iter().filter(|sealed| sealing::may_open(&viewer, &sealed.key));
    let opened: Vec<String> = readable.filter_map(|sealed| sealing::open(ports, sealed).ok()).collect();
    let words = seal::mask(sealing::readable(&opened.join("\n"))).text;
    if words.is_empty() {
        return;
    }
    let place = match body {
        Body::Supplement(body) => &mut body.text,
        Body::Finished(body) => &mut body.words,
        Body::FormAmended(body) => &mut body.words,
        Body::Note(body) => &mut body.words,
        Body::Told(body) => &mut body.words,
        Body::FollowUpDone(body) => &mut body.words,
        Body::Report(_)
        | Body::Split(_)
        | Body::Withdrawn(_)
        | Body::Accepted(_)
        | Body::Order(_)
        | Body::Transfer(_)
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
        | Body::SelfHandled(_) => return,
    };
    *place = words;
}
