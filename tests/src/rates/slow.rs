//! The second opinion: every number again, from the JSON of records, one incident after the other, in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::Time;
use journal::Entry;
use serde_json::{Value, json};

use crate::house;

const CLOSING: [&str; 4] = ["closed", "answered", "self_handled", "history_recorded"];
const ENDING: [&str; 8] = ["closed", "answered", "self_handled", "history_recorded", "declined", "merged", "withdrawn", "voided"];
const HOUR_MS: i64 = 3_600_000;

/// A record and its position.
pub(super) struct Fact {
    position: u64,
    record: Value,
}

/// One incident's records, in order.
pub(super) struct Life {
    pub(super) id: String,
    facts: Vec<Fact>,
}

/// All incidents, by id, and where seats are.
pub(super) struct Lives {
    lives: BTreeMap<String, Life>,
    seats: Vec<(String, u64, String)>,
    satisfied: BTreeSet<String>,
    tries: usize,
}

fn ms(text: &Value) -> i64 {
    text.as_str().expect("a time").parse::<Time>().expect("a time").ms()
}

impl Fact {
    fn is(&self, kind: &str) -> bool {
        self.record["type"].as_str().expect("a type").strip_prefix("incident.") == Some(kind)
    }

    fn one_of(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.is(kind))
    }

    fn data(&self) -> &Value {
        &self.record["data"]
    }

    /// When it occurred, or was recorded where nothing is said.
    fn at(&self) -> i64 {
        if self.record["occurred"].is_null() { ms(&self.record["time"]) } else { ms(&self.record["occurred"]) }
    }

    fn actor(&self) -> &str {
        self.record["actor"].as_str().expect("an actor")
    }

    fn seat(&self) -> Option<&str> {
        let (kind, name) = self.actor().split_once('/')?;
        (kind != "machine").then_some(name)
    }

    /// Due times of this clock that begin with it.
    fn starts(&self, clock: &str) -> Vec<i64> {
        let moves = self.data()["clocks"].as_array().into_iter().flatten();
        moves.filter(|step| step["start"]["id"] == clock).map(|step| ms(&step["start"]["due"])).collect()
    }

    fn stops(&self, clock: &str) -> bool {
        self.data()["clocks"].as_array().into_iter().flatten().any(|step| step["stop"] == clock)
    }
}

/// Who leads: agency, desk, seat.
#[derive(Clone, PartialEq)]
struct Lead {
    agency: String,
    area: Option<String>,
    seat: Option<String>,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

impl Life {
    pub(super) fn first(&self) -> u64 {
        self.facts[0].position
    }

    pub(super) fn history(&self) -> bool {
        self.facts[0].data()["history"] == true
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| fact.is(kind))
    }

    /// The fact that ended it, unless it was taken up again since.
    fn end(&self) -> Option<&Fact> {
        self.facts.iter().rev().find(|fact| fact.one_of(&ENDING) || fact.is("reopened")).filter(|fact| !fact.is("reopened"))
    }

    fn ended(&self, kinds: &[&str]) -> Option<&Fact> {
        self.end().filter(|fact| fact.one_of(kinds))
    }

    /// Who leads once the facts up to this position are in.
    fn lead(&self, position: u64) -> Lead {
        let lead = &self.facts[0].data()["lead"];
        let agency = text(&lead["agency"]).expect("an agency");
        let mut now = Lead { agency, area: text(&lead["area"]), seat: text(&lead["seat"]) };
        for fact in self.facts.iter().take_while(|fact| fact.position <= position) {
            let data = fact.data();
            if fact.is("accepted") {
                now.seat = fact.seat().map(str::to_owned);
            } else if fact.is("transfer_accepted") {
                let offer = self.all("transfer_offered").find(|offer| offer.data()["transfer"] == data["transfer"]);
                let offer = offer.expect("what is accepted was offered").data();
                if offer["lead"] == true {
                    now = Lead { agency: text(&offer["to"]).expect("an agency"), area: None, seat: text(&data["seat"]) };
                }
            } else if fact.is("tier_taken") {
                now = Lead { agency: now.agency, area: text(&data["area"]), seat: text(&data["seat"]) };
            } else if fact.is("recalled") || (fact.is("designated") && data["lead"] == true) {
                let agency = text(&data["agency"]).expect("an agency");
                now = Lead { agency, area: text(&data["area"]), seat: text(&data["seat"]) };
            }
        }
        now
    }

    /// Where it lies, as closely as its class allows.
    fn place(&self) -> String {
        let first = self.facts[0].data();
        let (mut area, mut class) = (text(&first["place"]["area"]).expect("an area"), text(&first["class"]).expect("a class"));
        for fact in &self.facts {
            if fact.is("raised") {
                class = text(&fact.data()["class"]).filter(|new| rank(new) > rank(&class)).unwrap_or(class);
            } else if fact.is("accepted") {
                area = text(&fact.data()["place"]["area"]).unwrap_or(area);
            }
            if class != "N" && area.len() > 12 {
                area.truncate(12);
            }
        }
        area
    }

    fn category(&self) -> Option<String> {
        let mut intake = None;
        for fact in self.facts.iter().filter(|fact| fact.one_of(&["accepted", "answered", "self_handled", "split_off"])) {
            intake = text(&fact.data()["category"]);
        }
        let feedback = self.facts.iter().rev().filter(|fact| fact.one_of(&["part_finished", "category_corrected"]));
        feedback.filter_map(|fact| text(&fact.data()["category"])).next().or(intake)
    }

    /// How long each agency led, from the first fact to the end, or to `now` in milliseconds.
    pub(super) fn led(&self, now: i64) -> BTreeMap<String, i64> {
        let mut led: BTreeMap<String, i64> = BTreeMap::new();
        let mut since: Option<(String, i64)> = None;
        for (fact, at) in self.facts.iter().zip(self.axis()) {
            if let Some((agency, from)) = since.take() {
                *led.entry(agency).or_default() += at - from;
            }
            let open = self
                .facts
                .iter()
                .rev()
                .find(|known| known.position <= fact.position && (known.one_of(&ENDING) || known.is("reopened")));
            if open.is_none_or(|known| known.is("reopened")) {
                since = Some((self.lead(fact.position).agency, at));
            }
        }
        if let Some((agency, from)) = since {
            *led.entry(agency).or_default() += now - from;
        }
        led.retain(|_, ms| *ms > 0);
        led
    }

    /// The time of each fact as duties are counted: of the record, or of the file; never back.
    fn axis(&self) -> Vec<i64> {
        let (mut past, mut last) = (self.history(), i64::MIN);
        let axis = self.facts.iter().map(|fact| {
            past &= !fact.is("reopened");
            let recorded = ms(&fact.record["time"]);
            let told = match (past, fact.record["occurred"].is_null()) {
                (true, false) => ms(&fact.record["occurred"]),
                (true, true) if last != i64::MIN => last,
                _ => recorded,
            };
            last = last.max(told);
            last
        });
        axis.collect()
    }
}

fn rank(class: &str) -> usize {
    ["N", "R", "S"].iter().position(|known| *known == class).expect("a class")
}

impl Lives {
    pub(super) fn read(entries: &[Entry]) -> Self {
        let policy = std::fs::read_to_string(house::root().join("deploy/policy/satisfaction.toml")).expect("the policy");
        let line = |name: &str| policy.lines().find_map(|line| line.strip_prefix(name)).expect("a line").trim().to_owned();
        let satisfied: Vec<String> = serde_json::from_str(&line("satisfied =")).expect("a list");
        let (mut lives, mut seats) = (BTreeMap::<String, Life>::new(), Vec::new());
        for entry in entries {
            let record: Value = serde_json::from_slice(&entry.bytes).expect("a record is JSON");
            let (kind, id) = record["subject"].as_str().expect("a subject").split_once('/').expect("kind and id");
            let id = id.to_owned();
            if record["type"] == "seat.added" {
                seats.push((id.clone(), entry.position, text(&record["data"]["seat"]["area"]).expect("an area")));
            }
            if kind == "incident" {
                let life = lives.entry(id.clone()).or_insert_with(|| Life { id, facts: Vec::new() });
                life.facts.push(Fact { position: entry.position, record });
            }
        }
        Self { lives, seats, satisfied: satisfied.into_iter().collect(), tries: line("tries =").parse().expect("a number") }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Life> {
        self.lives.values()
    }

    /// First and last day, from 1970 on, in which anything lies.
    pub(super) fn days(&self, now: i64) -> (i64, i64) {
        let first = self.all().map(|life| life.axis()[0]).min().expect("an incident");
        (Time::from_ms(first).day(), Time::from_ms(now).day())
    }

    pub(super) fn key(&self, life: &Life, by: &str) -> String {
        match by {
            "agency" => life.lead(u64::MAX).agency,
            "area" => {
                let mut area = life.place();
                area.truncate(9);
                area
            }
            "matter" => life.category().unwrap_or_else(|| "none".to_owned()),
            _ => self.source(life),
        }
    }

    fn source(&self, life: &Life) -> String {
        let first = life.facts[0].data();
        let parent = || self.lives.get(first["from"].as_str().unwrap_or_default()).map(|parent| self.source(parent));
        text(&first["report"]["source"]).or_else(parent).unwrap_or_default()
    }

    fn low(&self, life: &Life, end: &Fact) -> bool {
        let lead = life.lead(end.position);
        let seat = lead.seat.or_else(|| end.seat().map(str::to_owned));
        let area = |seat: &String| {
            let known = self.seats.iter().rev().find(|(id, at, _)| id == seat && *at <= end.position);
            known.map(|(.., area)| area.clone())
        };
        seat.as_ref().and_then(area).or(lead.area).is_some_and(|area| area.len() >= 9)
    }

    /// The first fact of the same cause at the same place within 72 hours of the end.
    fn again(&self, life: &Life, end: &Fact) -> Option<u64> {
        let (place, category) = (life.place(), life.category()?);
        if place.len() < 12 {
            return None;
        }
        let after = self.all().filter(|other| {
            let from = other.facts[0].at();
            other.ended(&["merged", "voided"]).is_none()
                && other.place() == place
                && other.category().as_ref() == Some(&category)
                && from > end.at()
                && from - end.at() <= 72 * HOUR_MS
        });
        after.map(|other| (other.facts[0].at(), other.first())).min().map(|(_, first)| first)
    }

    /// Every number over these lives: for each the facts that make it.
    pub(super) fn numbers(&self, of: impl Fn(&Life) -> bool) -> BTreeMap<&'static str, Vec<(u64, String)>> {
        let mut all: BTreeMap<&'static str, Vec<(u64, String)>> = BTreeMap::new();
        for figure in domain::rates::Figure::ALL {
            all.insert(figure.word(), Vec::new());
        }
        for life in self.all().filter(|life| of(life)) {
            let mut count = |name: &'static str, at: u64| all.get_mut(name).expect(name).push((at, life.id.clone()));
            self.of_incident(life, &mut count);
            if life.ended(&["merged"]).is_none() {
                self.of_reports(life, &mut count);
            }
        }
        all
    }

    fn of_incident(&self, life: &Life, count: &mut impl FnMut(&'static str, u64)) {
        count("incidents", life.first());
        let late_entry = life.facts.iter().find(|fact| fact.record["basis"] == "late").map(|fact| fact.position);
        late_entry.into_iter().for_each(|at| count("entered_late", at));

        for (name, kind) in [("returns", "transfer_returned"), ("lapses", "transfer_lapsed"), ("reopenings", "reopened")] {
            life.all(kind).for_each(|fact| count(name, fact.position));
        }
        life.all("reopen_refused").for_each(|fact| count("reopenings_refused", fact.position));
        life.all("checked").filter(|fact| fact.data()["passed"] == false).for_each(|fact| count("checks_failed", fact.position));
        life.all("transfer_returned").next().into_iter().for_each(|fact| count("returned", fact.position));
        life.all("reopened").next().into_iter().for_each(|fact| count("reopened", fact.position));
        let offers: Vec<&Fact> = life.all("transfer_offered").collect();
        let mut again = Vec::new();
        for (nth, offer) in offers.iter().enumerate() {
            let (part, lead) = (&offer.data()["part"], &offer.data()["lead"]);
            let same =
                |old: &&&Fact| (!part.is_null() && old.data()["part"] == *part) || (*lead == true && old.data()["lead"] == true);
            if offers[..nth].iter().any(|old| same(&old)) {
                again.push(offer.position);
                count("offered_again", offer.position);
            }
        }
        let bounced = life.facts.iter().filter(|fact| fact.one_of(&["transfer_returned", "transfer_lapsed"]));
        bounced.map(|fact| fact.position).chain(again).min().into_iter().for_each(|at| count("bounced", at));

        match life.end() {
            None => count("open", life.first()),
            Some(end) => self.of_end(life, end, count),
        }

        let promised = life.facts.iter().find(|fact| !fact.starts("total").is_empty());
        let Some(promised) = promised else { return };
        count("with_limit", promised.position);
        let late = life.all("clock_breached").find(|fact| fact.data()["clock"] == "total");
        let stopped = life.facts.iter().find(|fact| fact.stops("total") && !fact.is("suspended"));
        let exempt = life.all("clock_exempted").find(|fact| fact.data()["clock"] == "total");
        let closed = stopped.filter(|fact| fact.one_of(&CLOSING));
        match (late, stopped, closed) {
            (Some(late), ..) => {
                count("late", late.position);
                exempt.into_iter().for_each(|fact| count("exempt", fact.position));
            }
            (None, _, Some(closed)) => count("on_time", closed.position),
            (None, Some(stopped), None) => count("dropped", stopped.position),
            (None, None, _) => count("running", promised.position),
        }
        if late.is_some() || closed.is_some() {
            late_entry.into_iter().for_each(|at| count("judged_entered_late", at));
        }
        if let Some(closed) = closed.filter(|_| !life.history()) {
            let before = life.facts.iter().take_while(|fact| fact.position < closed.position);
            let due = before.flat_map(|fact| fact.starts("total")).last().expect("a due time");
            if (0..HOUR_MS).contains(&(due - closed.at())) {
                count("last_hour_closed", closed.position);
            }
        }
    }

    fn of_end(&self, life: &Life, end: &Fact, count: &mut impl FnMut(&'static str, u64)) {
        let names = [
            ("closed", "handled"),
            ("history_recorded", "handled"),
            ("answered", "answered"),
            ("self_handled", "self_handled"),
            ("declined", "declined"),
            ("merged", "merged"),
            ("withdrawn", "withdrawn"),
            ("voided", "void"),
        ];
        let name = names.iter().find(|(kind, _)| end.is(kind)).expect("an end").1;
        count(name, end.position);
        if !end.one_of(&CLOSING) {
            return;
        }
        count("closed", end.position);
        if self.low(life, end) {
            count("subdistrict_closed", end.position);
        }
        let by_itself = end.seat().is_some() && end.actor() == life.facts[0].actor();
        if by_itself && !life.history() && !end.is("answered") {
            count("self_closed", end.position);
        }
        self.again(life, end).into_iter().for_each(|at| count("again_within_72h", at));
        let failed = life.all("checked").any(|fact| fact.data()["passed"] == false);
        let back = life.facts.iter().any(|fact| fact.one_of(&["transfer_returned", "reopened"]));
        if name == "handled" && !failed && !back {
            count("first_time_right", end.position);
        }
    }

    /// Each report of a life: its id, the fact that brought it, who first told of it when.
    fn reports<'a>(&'a self, life: &'a Life) -> Vec<(&'a Value, &'a Fact, i64)> {
        let mut reports = Vec::new();
        for fact in &life.facts {
            if fact.is("received") {
                reports.push((&fact.data()["report"], fact, fact.at()));
            }
            for report in fact.data()["reports"].as_array().into_iter().flatten().filter(|_| fact.is("reports_linked")) {
                let from = &self.lives[fact.data()["from"].as_str().expect("an id")];
                let told = self.reports(from).into_iter().find(|(known, ..)| known["id"] == report["id"]);
                reports.push((report, fact, told.map_or(fact.at(), |(_, _, at)| at)));
            }
        }
        reports
    }

    /// The fact that told this reporter first, and when that was.
    fn told<'a>(&self, life: &'a Life, report: &Value) -> Option<(&'a Fact, i64)> {
        life.facts.iter().find_map(|fact| {
            let answered = fact.is("answered") && !report["answer"].is_null();
            let told = fact.is("reporter_told") && fact.data()["report"] == report["id"];
            let filed = fact.is("history_recorded") && !fact.data()["answered"].is_null();
            if filed { Some((fact, ms(&fact.data()["answered"]))) } else { (answered || told).then(|| (fact, fact.at())) }
        })
    }

    fn of_reports(&self, life: &Life, count: &mut impl FnMut(&'static str, u64)) {
        for (report, brought, _) in self.reports(life) {
            count("reports", brought.position);
            self.told(life, report).into_iter().for_each(|(fact, _)| count("told", fact.position));
            let tries: Vec<&Fact> = life.all("followed_up").filter(|fact| fact.data()["report"] == report["id"]).collect();
            let Some(last) = tries.last() else { continue };
            count("asked", last.position);
            let Some(said) = tries.iter().rev().find(|fact| fact.data()["reached"] == true) else {
                if tries.len() >= self.tries {
                    count("not_reached", last.position);
                }
                continue;
            };
            let level = said.data()["satisfaction"].as_str();
            let satisfied = level.map_or(Value::Null, |level| self.satisfied.contains(level).into());
            for (name, asked, answer) in [
                ("contacted", "contacted_asked", &said.data()["contacted"]),
                ("solved", "solved_asked", &said.data()["solved"]),
                ("satisfied", "satisfied_asked", &satisfied),
            ] {
                if !answer.is_null() {
                    count(asked, said.position);
                }
                if *answer == true {
                    count(name, said.position);
                }
            }
        }
    }

    /// Delays from a report to its first answer, as `hub stats` prints them.
    pub(super) fn delays(&self, of: impl Fn(&Life) -> bool) -> Value {
        let mut delays = Vec::new();
        for life in self.all().filter(|life| of(life) && life.ended(&["merged"]).is_none()) {
            for (report, _, from) in self.reports(life) {
                delays.extend(self.told(life, report).map(|(_, at)| at - from));
            }
        }
        delays.sort_unstable();
        let middle = match delays.len() {
            0 => return Value::Null,
            count if count % 2 == 1 => (delays[count / 2], 1),
            count => (delays[count / 2 - 1] + delays[count / 2], 2),
        };
        json!({
            "count": delays.len(), "total_milliseconds": delays.iter().sum::<i64>(),
            "median_milliseconds": middle.0, "median_of": middle.1,
        })
    }
}
