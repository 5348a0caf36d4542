//! What somebody told us, from the wire's words to the rules': checked, located, classed, sealed. Every door for reports
//! uses it: intake's calls and the bridge's frames.

use std::collections::BTreeSet;

use domain::{
    area::Place,
    id::{Agency, ReportId},
    incident::{Channel, Class, Flag, NewReport, Priority, Promised, Report, Sealed},
    triage,
};
use tonic::Status;
use wire::v1;

use crate::{convert, datum, identity::hex, ports::Ports, sealing, status};

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

/// What a partner's system says of a report beside its words.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Its priority, which is never lowered.
    pub priority: Option<Priority>,
    /// Flags it has set.
    pub flags: BTreeSet<Flag>,
}

/// What was said, checked, located, sealed.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field, `PERMISSION_DENIED`, or `UNAVAILABLE` where there is no key to seal with.
pub fn checked(ports: &Ports, scripted: bool, said: &v1::ReportRequest, given: &Given) -> Result<NewReport, Status> {
    lengths(said)?;
    if said.history && !scripted {
        return Err(status::forbidden("只有导入可以登记历史事件", "only an import takes in matters of the past"));
    }
    let lead = agency_of(&said.source);
    let channel = convert::word::<v1::Channel, _>("channel", said.channel, Channel::from_word)?.unwrap_or(Channel::OpenApi);
    let point = said.point.as_ref().map(datum::to_cgcs2000).transpose()?;
    let input = triage::Input {
        title: &said.title,
        text: &said.text,
        source: &lead,
        priority: given.priority,
        place: area(ports, &said.area)?,
        point,
    };
    let proposal = triage::propose(&input, &ports.policies(), &ports.areas);
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
        flags: proposal.flags.union(&given.flags).copied().collect(),
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

/// A source or reference that is no plain name.
#[must_use]
pub fn plain_name(field: &str) -> Status {
    status::bad_field(field, "只能用字母、数字和 - _ . / :", "use letters, digits and - _ . / : only")
}

/// Are source and reference names that may stand in the open log?
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field.
pub fn named(source: &str, reference: &str) -> Result<(), Status> {
    name("source", source, MOST_SOURCE)?;
    name("reference", reference, MOST_REFERENCE)
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
