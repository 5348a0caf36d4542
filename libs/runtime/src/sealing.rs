//! Personal data on its way in and out: sealed before it reaches the rules, opened only for who may read it.

use domain::{
    id::{Agency, AgencyKind, IncidentId, ReportId},
    incident::{Fact, Incident, Sealed},
    time::Time,
    view::Viewer,
};
use tonic::Status;

use crate::{
    fold::{self, FoldError},
    ports::Ports,
    status,
};

/// Agencies that have keys of their own. Police text is sealed to the police key; nobody else's opens it.
pub const KEYS: [&str; 5] = ["police", "grid", "hotline", "department", "organisation"];
/// Days for which keys are made ahead.
const DAYS_AHEAD: i64 = 7;

/// The name under which an agency's keys are kept.
#[must_use]
pub fn key_of(agency: &Agency) -> &'static str {
    match agency.kind() {
        AgencyKind::Police => "police",
        AgencyKind::Grid => "grid",
        AgencyKind::Hotline => "hotline",
        AgencyKind::Department => "department",
        AgencyKind::Organisation => "organisation",
    }
}

/// Makes the keys of today and the days to come; sealing then needs no key write.
///
/// # Errors
/// The keys cannot be kept.
pub fn prepare(ports: &Ports) -> Result<usize, seal::KeyringError> {
    ports.sealer.ring().prepare(&days(ports.clock.now()), &KEYS)
}

/// Today and the days for which keys are made ahead.
#[must_use]
pub fn days(today: Time) -> Vec<String> {
    (0..=DAYS_AHEAD).map(|day| today.plus_seconds(day * 86_400).date()).collect()
}

/// Seals a field of a report to an agency's key of today. An empty text stays out.
///
/// # Errors
/// `UNAVAILABLE` where there is no key to seal with: nothing is written in the clear.
pub fn seal(ports: &Ports, agency: &Agency, report: ReportId, field: &str, text: &str) -> Result<Option<Sealed>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let (day, agency, report) = (ports.clock.now().date(), key_of(agency), report.to_string());
    let sealed = ports.sealer.seal(&day, agency, &report, field, text).or_else(|_| {
        // Keys are made ahead; a clock that jumped over the prepared days gets its keys here.
        prepare(ports).map_err(|error| error.to_string())?;
        ports.sealer.seal(&day, agency, &report, field, text).map_err(|error| error.to_string())
    });
    let sealed = sealed.map_err(|error| Status::unavailable(format!("seal {field}: {error}")))?;
    Ok(Some(Sealed { field: field.to_owned(), key: sealed.key, data: sealed.data }))
}

/// Seals a person's words about an incident, to the agency that says them.
///
/// # Errors
/// As [`seal`](fn@seal).
pub fn words(ports: &Ports, incident: &Incident, agency: &Agency, field: &str, text: &str) -> Result<Vec<Sealed>, Status> {
    let Some(report) = incident.reports.first() else { return Ok(Vec::new()) };
    Ok(seal(ports, agency, report.id, field, text)?.into_iter().collect())
}

/// All sealed fields of one report, in the order they came: what was told, its supplements, what was answered, and what
/// the seats wrote about the incident under this report's key.
///
/// # Errors
/// The facts cannot be read.
pub async fn fields(ports: &Ports, id: IncidentId, report: ReportId) -> Result<Vec<Sealed>, FoldError> {
    fields_until(ports, id, report, u64::MAX).await
}

/// As [`fields`], as they were at a position.
///
/// # Errors
/// The facts cannot be read.
pub async fn fields_until(ports: &Ports, id: IncidentId, report: ReportId, position: u64) -> Result<Vec<Sealed>, FoldError> {
    let mut facts = fold::facts_of(ports.journal.as_ref(), id).await?;
    // What opened an incident of its own before it was linked to this one has its first words there.
    let from = facts.iter().find_map(|(fact, _)| {
        let Fact::ReportsLinked(linked) = fact else { return None };
        linked.reports.iter().any(|linked| linked.id == report).then_some(linked.from)
    });
    if let Some(from) = from {
        let told = fold::facts_of(ports.journal.as_ref(), from).await?;
        facts.splice(0..0, told);
    }
    let name = report.to_string();
    let of_report = |sealed: &&Sealed| sealed.key.rsplit('/').next() == Some(name.as_str());
    let until = facts.iter().filter(|(_, stamp)| stamp.position <= position);
    Ok(until.flat_map(|(fact, _)| fact.sealed()).filter(of_report).cloned().collect())
}

/// Opens a field, where this process has the key.
///
/// # Errors
/// No key here, erased, or damaged.
pub fn open(ports: &Ports, sealed: &Sealed) -> Result<String, seal::OpenError> {
    let field = seal::Sealed { field: sealed.field.clone(), key: sealed.key.clone(), data: sealed.data.clone() };
    ports.sealer.open(&field, &sealed.field)
}

/// May this viewer read what is sealed to the key of this name? Police text is for the police alone.
#[must_use]
pub fn may_open(viewer: &Viewer, key: &str) -> bool {
    let police = key.split('/').nth(1) == Some("police");
    match viewer {
        Viewer::Seat(seat) => !police || seat.agency.kind() == AgencyKind::Police,
        Viewer::Operator => false,
    }
}

/// The masked words of a report, for viewers who may see the incident whole. Nothing is revealed: names, numbers and
/// addresses are masked, and police text is masked as a whole for everyone else.
///
/// # Errors
/// `UNAVAILABLE` where the facts cannot be read.
pub async fn gist(ports: &Ports, viewer: &Viewer, id: IncidentId, report: ReportId) -> Result<String, Status> {
    let fields = fields(ports, id, report).await.map_err(|error| status::behind(&error))?;
    let allowed = fields.iter().filter(|sealed| may_open(viewer, &sealed.key));
    Ok(seal::mask(readable(&text(ports, allowed))).text)
}

/// A report's words as people read them: one without a title begins with an empty line where the title would stand.
#[must_use]
pub fn readable(words: &str) -> &str {
    words.trim_start_matches('\n')
}

/// What was told under one reference: the first words, then every supplement. What cannot be opened here stays out.
#[must_use]
pub fn text<'a>(ports: &Ports, fields: impl Iterator<Item = &'a Sealed>) -> String {
    let mut all = String::new();
    for words in fields.filter(|sealed| sealed.field == "text").filter_map(|sealed| open(ports, sealed).ok()) {
        // The first line of all is the title, or empty; a supplement adds to the text.
        if all.is_empty() {
            all = words;
        } else {
            all.push('\n');
            all.push_str(readable(&words));
        }
    }
    all
}
