//! One report, from request to fact.
//!
//! Identity is (source, reference): the same report sent twice, to two replicas, across a crash, opens one incident.
//! The same content again changes nothing; other content is a supplement.

use domain::{
    area::Place,
    fact::command_key,
    id::{Agency, AgencyKind, CommandId, IncidentId, ReportId},
    incident::{Channel, Class, NewReport, Promised, Report, Sealed},
    triage,
    view::Sight,
};
use runtime::{
    Ask, Caller, Ports, convert, fold,
    identity::hex,
    sealing,
    spool::{self, Taken},
    status,
};
use tonic::Status;
use wire::v1::{self, ReportOutcome};

use crate::datum;

/// Longest words of one report, in bytes: sealed, they still fit into one record.
const MOST_WORDS: usize = 40_000;
/// Longest of the short fields, in bytes.
const MOST_FIELD: usize = 2_000;
/// Longest source and reference, in bytes: with the content's digest they make a command id of 180 at most.
const MOST_SOURCE: usize = 40;
const MOST_REFERENCE: usize = 99;
/// Signs of a mobile number and of the two kinds of resident id; a source's own numbers of other lengths are let be.
const PERSONAL_LENGTHS: [usize; 3] = [11, 15, 18];

/// Whose desk a source belongs to: it leads at first, and owes the reporter an answer.
#[must_use]
pub fn agency_of(source: &str) -> Agency {
    match source {
        "police110" | "dispatch-sf" | "dispatch-vabeach" => Agency::police(),
        "hotline12345" | "messages" | "requests-boston" => Agency::hotline(),
        _ => Agency::grid(),
    }
}

/// Takes one report in.
pub(crate) async fn take_in(
    ports: &Ports,
    caller: &Caller,
    trace: Option<String>,
    said: v1::ReportRequest,
) -> Result<v1::ReportAnswer, Status> {
    let (source, reference) = (&said.source, &said.reference);
    name("source", source, MOST_SOURCE)?;
    name("reference", reference, MOST_REFERENCE)?;
    speaks_for(caller, source)?;
    let (id, report_id) = (IncidentId::opened_by(source, reference), ReportId::of(source, reference));
    let new = checked(ports, caller, &said)?;
    let given = !said.command_id.is_empty();
    let command = if given {
        convert::command_id("command_id", &said.command_id)?
    } else {
        let id = format!("report/{source}/{reference}/{}", new.report.digest);
        id.parse::<CommandId>().map_err(|_| plain_name("reference"))?
    };
    // A given id belongs to one caller and one request; a derived one to what was told, whoever tells it.
    let digest = if given {
        convert::digest(ports, caller, &said)
    } else {
        u128::from_str_radix(&new.report.digest, 16).unwrap_or_default()
    };
    let ask = Ask {
        command,
        digest,
        actor: caller.actor.clone(),
        occurred: convert::occurred(ports, said.occurred)?,
        basis: convert::basis(caller, said.basis)?,
        traceparent: trace,
        service: "intake",
    };
    let known = ports.fold.look(|board| board.outline_of(id));
    if known.is_some_and(|outline| caller.viewer.sight_of(&outline) == Sight::Nothing) && !told_before(ports, id, &ask).await? {
        return Err(status::forbidden("这个编号已由其他席位登记", "another seat has reported under this reference"));
    }
    let answer = match spool::take(ports, id, &ask, new).await.map_err(|error| status::of(&error))? {
        Taken::In(answer) => answer,
        Taken::Kept { supplement, repeated } => return Ok(kept(id, report_id, supplement, repeated)),
    };
    let first = answer.facts > 0 && usize::try_from(answer.version) == Ok(answer.facts);
    let outcome = match (answer.facts, first, answer.repeated && !given) {
        (0, _, _) | (_, _, true) => ReportOutcome::Known,
        (_, true, false) => ReportOutcome::Taken,
        (_, false, false) => ReportOutcome::Supplement,
    };
    Ok(v1::ReportAnswer {
        incident_id: id.to_string(),
        report_id: report_id.to_string(),
        outcome: outcome.into(),
        kept_locally: false,
        position: answer.position,
        version: answer.version,
    })
}

/// The answer to a report that is on this process' own disk: it has no place in the journal yet.
fn kept(id: IncidentId, report: ReportId, supplement: bool, repeated: bool) -> v1::ReportAnswer {
    let outcome = match (repeated, supplement) {
        (true, _) => ReportOutcome::Known,
        (false, true) => ReportOutcome::Supplement,
        (false, false) => ReportOutcome::Taken,
    };
    let (incident_id, report_id) = (id.to_string(), report.to_string());
    v1::ReportAnswer { incident_id, report_id, outcome: outcome.into(), kept_locally: true, position: 0, version: 0 }
}

/// Did this very caller say this very thing before? Then it is answered as it was, though the matter is out of its sight now.
async fn told_before(ports: &Ports, id: IncidentId, ask: &Ask) -> Result<bool, Status> {
    let facts = fold::facts_of(ports.journal.as_ref(), id).await.map_err(|error| status::behind(&error))?;
    let (command, actor) = (command_key(ask.command.as_str()), ask.actor.text());
    Ok(facts.iter().any(|(_, stamp)| stamp.command == command && stamp.digest == ask.digest && stamp.actor == actor))
}

/// What was said, checked, located, sealed.
fn checked(ports: &Ports, caller: &Caller, said: &v1::ReportRequest) -> Result<NewReport, Status> {
    lengths(said)?;
    if said.history && !caller.scripted() {
        return Err(status::forbidden("只有导入可以登记历史事件", "only an import takes in matters of the past"));
    }
    let lead = agency_of(&said.source);
    let channel = convert::word::<v1::Channel, _>("channel", said.channel, Channel::from_word)?.unwrap_or(Channel::OpenApi);
    let point = said.point.as_ref().map(datum::to_cgcs2000).transpose()?;
    let input = triage::Input {
        title: &said.title,
        text: &said.text,
        source: &lead,
        priority: None,
        place: area(ports, &said.area)?,
        point,
    };
    let proposal = triage::propose(&input, &ports.policies, &ports.areas);
    let report = ReportId::of(&said.source, &said.reference);
    let nobody_asked = matches!(channel, Channel::Patrol | Channel::Sensor);
    let answer = match convert::optional(&said.answer_agency, |text| convert::agency("answer_agency", text))? {
        Some(agency) => Some(agency),
        None => (!nobody_asked).then(|| lead.clone()),
    };
    Ok(NewReport {
        report: Report {
            id: report,
            source: said.source.clone(),
            reference: said.reference.clone(),
            channel,
            digest: hex(&ports.sealer.fingerprint(&content(said))),
            answer,
            sealed: sealed(ports, &lead, report, said)?,
        },
        place: proposal.place,
        class: convert::class("class", said.class)?.unwrap_or(Class::N).max(proposal.class),
        flags: proposal.flags,
        terms: proposal.terms,
        priority: Some(proposal.priority),
        lead,
        history: said.history,
        promised: promised(said)?,
        reasons: proposal.reasons,
    })
}

/// What a file says was promised. Of a matter of today the policies say it, and nobody else.
fn promised(said: &v1::ReportRequest) -> Result<Promised, Status> {
    let Some(promise) = &said.promised else { return Ok(Promised::ByPolicy) };
    if !said.history {
        return Err(status::bad_field("promised", "只有历史事件可以自带时限", "only a matter of the past brings its own promise"));
    }
    Ok(convert::when("promised.due", promise.due)?.map_or(Promised::Nothing, Promised::Due))
}

/// The 110 and 12345 speak for themselves alone: their reports lead to their desks and are sealed to their keys. What
/// nobody else speaks for comes in by the grid's desks, and by whoever else has found something.
fn speaks_for(caller: &Caller, source: &str) -> Result<(), Status> {
    let Some(seat) = caller.actor.seat() else { return Ok(()) };
    let desk = agency_of(source);
    let others = desk == Agency::grid() && !matches!(seat.agency.kind(), AgencyKind::Police);
    if seat.scripted || seat.agency == desk || others {
        return Ok(());
    }
    let zh = "本席位不能以该来源登记：110以police110、12345以hotline12345登记，其他来源由网格席位登记";
    let en = "the seat does not speak for this source: 110 reports as police110, 12345 as hotline12345, other sources by the grid";
    Err(status::forbidden(zh, en))
}

fn plain_name(field: &str) -> Status {
    status::bad_field(field, "只能用字母、数字和 - _ . / :", "use letters, digits and - _ . / : only")
}

/// Source and reference stand in ids and stay readable: plain characters, so that no name hides in them, and nothing
/// that reads like somebody's number.
fn name(field: &str, text: &str, most: usize) -> Result<(), Status> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    if !(1..=most).contains(&text.len()) || !text.chars().all(plain) {
        return Err(plain_name(field));
    }
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if !PERSONAL_LENGTHS.contains(&bare.len()) || convert::readable(&bare, most) {
        return Ok(());
    }
    Err(status::bad_field(
        field,
        "像是电话或证件号码，请换用来源系统的编号",
        "reads like a phone or id number: give the source's own number",
    ))
}

fn lengths(said: &v1::ReportRequest) -> Result<(), Status> {
    if said.title.len() + said.text.len() > MOST_WORDS {
        return Err(status::bad_field("text", "正文过长，最多40000字节", "the words are too long: 40,000 bytes at most"));
    }
    let reporter = said.reporter.clone().unwrap_or_default();
    for (field, text) in [
        ("address", &said.address),
        ("reporter.name", &reporter.name),
        ("reporter.phone", &reporter.phone),
        ("reporter.id_number", &reporter.id_number),
    ] {
        if text.len() > MOST_FIELD {
            return Err(status::bad_field(field, "过长，最多2000字节", "too long: 2,000 bytes at most"));
        }
    }
    Ok(())
}

/// The place a source gave, which has to lie in the district.
fn area(ports: &Ports, text: &str) -> Result<Option<Place>, Status> {
    let Some(area) = convert::optional(text, |text| convert::area("area", text))? else { return Ok(None) };
    let district = ports.fold.look(domain::board::Board::district);
    if district.contains(area) {
        Ok(Some(Place { area }))
    } else {
        Err(status::bad_field("area", "不在本区范围内，请转有关区", "lies in another district: send it there"))
    }
}

/// What makes a report the same or another: everything a person said, each field kept apart from the next.
fn content(said: &v1::ReportRequest) -> Vec<u8> {
    let reporter = said.reporter.clone().unwrap_or_default();
    let point = said.point.map(|point| format!("{},{},{}", point.lon_e7, point.lat_e7, point.datum)).unwrap_or_default();
    let occurred = said.occurred.map(|at| format!("{},{}", at.seconds, at.nanos)).unwrap_or_default();
    let class = if said.class == 0 { String::new() } else { said.class.to_string() };
    let fields = [
        &said.title,
        &said.text,
        &reporter.name,
        &reporter.phone,
        &reporter.id_number,
        &said.address,
        &point,
        &said.area,
        &occurred,
        &class,
    ];
    let mut content = Vec::new();
    for field in fields {
        content.extend_from_slice(&(field.len() as u64).to_be_bytes());
        content.extend_from_slice(field.as_bytes());
    }
    // Only where there is one: what was reported without keeps its digest.
    if let Some(due) = said.promised.and_then(|promise| promise.due) {
        content.extend_from_slice(&due.seconds.to_be_bytes());
        content.extend_from_slice(&due.nanos.to_be_bytes());
    }
    content
}

fn sealed(ports: &Ports, lead: &Agency, report: ReportId, said: &v1::ReportRequest) -> Result<Vec<Sealed>, Status> {
    let reporter = said.reporter.clone().unwrap_or_default();
    let words = match (said.title.is_empty(), said.text.is_empty()) {
        (true, true) => String::new(),
        _ => format!("{}\n{}", said.title, said.text),
    };
    let point = said.point.map(|point| format!("{},{},{}", point.lon_e7, point.lat_e7, point.datum)).unwrap_or_default();
    let fields = [
        ("text", &words),
        ("address", &said.address),
        ("point", &point),
        ("name", &reporter.name),
        ("phone", &reporter.phone),
        ("id_number", &reporter.id_number),
    ];
    let sealed = fields.into_iter().filter_map(|(field, text)| sealing::seal(ports, lead, report, field, text).transpose());
    sealed.collect()
}
