//! A partner's desk: its cases, what is due on them, what it has to say to the hub and what the hub said. Everything is
//! on disk before it is said or committed; the desk that is opened again stands where it stood.
//!
//! It knows no transport: [`stream`](super::stream) and [`ferry`](super::ferry) empty its outbox and fill its inbox.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use anyhow::{Context as _, bail};
use domain::{area::Areas, time::Time};
use runtime::Clock;
use wire::{
    Message as _,
    v1::{self, FormNumber, PartnerFrame, partner_frame::Body},
};

use super::{
    super::{
        Arrival, Partner,
        case::{Case, News},
        gridplatform,
        place::Places,
        police110,
        script::{self, Around, Step},
    },
    exchange::{Inbox, Outbox, Verdict},
    faults::{self, Faults},
    ledger::{Ledger, Record},
};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Frames written down in one go.
const MOST_AT_ONCE: usize = 500;
/// Own frames that belong to no case: nonsense, said on purpose.
const NONSENSE: &str = "";

/// Who keeps the desk.
#[derive(Debug, Clone)]
pub(crate) struct Whose {
    pub(crate) partner: Partner,
    pub(crate) district: String,
    pub(crate) seed: u64,
    /// When the town began.
    pub(crate) begun: Time,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    /// Nothing new is written down.
    pub(crate) still: bool,
}

/// What happened, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) taken: u64,
    pub(crate) known: u64,
    pub(crate) refused: u64,
    pub(crate) wrong: u64,
}

/// The desk.
pub(crate) struct Desk {
    pub(crate) whose: Whose,
    pub(crate) outbox: Outbox,
    pub(crate) inbox: Inbox,
    /// The last file that was written.
    pub(crate) batch: u64,
    pub(crate) counts: Counts,
    pub(crate) places: Places,
    ledger: Ledger,
    journal: Option<String>,
    cases: HashMap<String, Case>,
    /// Cases by the shared id.
    shared: HashMap<String, String>,
    /// Cases by the number of an own frame that has no receipt yet.
    said: HashMap<u64, String>,
    plans: HashMap<String, Step>,
    due: BTreeSet<(Time, String)>,
    /// What the town has told up to this hour, and what waits for its time.
    asked_hour: i64,
    waiting: BTreeMap<(Time, String), Arrival>,
    giants: bool,
}

impl Desk {
    /// Opens the desk whose ledger lies in `state`, or begins one.
    pub(crate) fn open(mut whose: Whose, state: &Path, areas: &Areas) -> anyhow::Result<Self> {
        let (mut ledger, records) = Ledger::open(state).context("open the simulator's ledger")?;
        let name = format!("{}/{}/{}", whose.partner.name(), whose.district, whose.seed);
        match records.first() {
            None => ledger.append(&[Record::Begun { whose: name, at: whose.begun }])?,
            Some(Record::Begun { whose: kept, at }) if *kept == name => whose.begun = *at,
            Some(_) => bail!("the ledger in {} is not of {name}: give another directory", state.display()),
        }
        let mut desk = Self {
            asked_hour: whose.begun.ms().div_euclid(HOUR_MS) - 1,
            whose,
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            batch: 0,
            counts: Counts::default(),
            places: Places::new(areas),
            ledger,
            journal: None,
            cases: HashMap::new(),
            shared: HashMap::new(),
            said: HashMap::new(),
            plans: HashMap::new(),
            due: BTreeSet::new(),
            waiting: BTreeMap::new(),
            giants: false,
        };
        for record in records {
            desk.read_back(record)?;
        }
        let keys: Vec<String> = desk.cases.keys().cloned().collect();
        keys.iter().for_each(|key| desk.plan(key));
        Ok(desk)
    }

    fn read_back(&mut self, record: Record) -> anyhow::Result<()> {
        match record {
            Record::Begun { .. } => {}
            Record::Ours { at, case, bytes } => {
                let frame = PartnerFrame::decode(bytes.as_slice()).context("read back a frame of ours")?;
                self.went_out(&case, &frame, at);
                self.outbox.push(frame.number, bytes);
            }
            Record::Theirs { at, bytes } => {
                let frame = PartnerFrame::decode(bytes.as_slice()).context("read back a frame of the hub's")?;
                self.inbox.take(frame.number);
                self.came_in(&frame, at);
            }
            Record::Committed(number) => _ = self.outbox.commit(number),
            Record::Batch(number) => self.batch = number,
            Record::Journal(id) => self.journal = Some(id),
        }
        Ok(())
    }

    /// Does what is due: takes down what the town tells, and takes the steps whose time has come.
    ///
    /// # Errors
    /// The disk failed; nothing of it may be said then.
    pub(crate) fn tick(&mut self) -> anyhow::Result<()> {
        if self.whose.still {
            return Ok(());
        }
        let now = self.whose.clock.now();
        self.ask_town(now);
        let (mut records, mut frames) = (Vec::new(), Vec::new());
        while frames.len() < MOST_AT_ONCE {
            let told = self.waiting.first_key_value().map(|((at, _), _)| *at).filter(|at| *at <= now);
            let step = self.due.first().map(|(at, _)| *at).filter(|at| *at <= now);
            let (key, frame) = match (told, step) {
                (None, None) => break,
                (Some(told), step) if step.is_none_or(|step| told <= step) => {
                    let Some((_, arrival)) = self.waiting.pop_first() else { break };
                    if self.cases.contains_key(&arrival.report.reference) {
                        continue;
                    }
                    (arrival.report.reference.clone(), taken_down(arrival))
                }
                _ => {
                    let Some((_, key)) = self.due.pop_first() else { break };
                    let Some(step) = self.plans.remove(&key) else { continue };
                    let incident = self.cases.get(&key).map(|case| case.incident.clone()).unwrap_or_default();
                    (key, framed(step, incident))
                }
            };
            self.write_down(key, frame, now, &mut records, &mut frames);
        }
        self.ledger.append(&records)?;
        for (number, bytes) in frames {
            self.outbox.push(number, bytes);
        }
        Ok(())
    }

    /// Numbers a frame, folds it in, and puts it where the disk gets it; nonsense comes behind it at times.
    fn write_down(
        &mut self,
        key: String,
        frame: PartnerFrame,
        now: Time,
        records: &mut Vec<Record>,
        frames: &mut Vec<(u64, Vec<u8>)>,
    ) {
        let mut put = |case: &str, mut frame: PartnerFrame| {
            let previous = frames.last().map_or(self.outbox.last(), |(number, _)| *number);
            (frame.number, frame.previous) = (previous + 1, previous);
            let bytes = frame.encode_to_vec();
            records.push(Record::Ours { at: now, case: case.to_owned(), bytes: bytes.clone() });
            frames.push((frame.number, bytes));
            frame
        };
        let frame = put(&key, frame);
        let (seed, number, faults) = (self.whose.seed, frame.number, self.whose.faults);
        if faults::strikes(seed, "wrong", number, faults.wrong) {
            put(NONSENSE, faults::wrong(seed, number, &frame));
        }
        if !self.giants && faults::strikes(seed, "giant", number, faults.giant) {
            self.giants = true;
            put(NONSENSE, faults::giant(&frame, number));
        }
        self.went_out(&key, &frame, now);
        self.plan_around(&key);
    }

    /// Takes frames of the hub's, in the order in which they came. Those that are taken are on disk when it returns.
    ///
    /// # Errors
    /// The disk failed; nothing of it may be committed then.
    pub(crate) fn take(&mut self, frames: Vec<PartnerFrame>) -> anyhow::Result<()> {
        let now = self.whose.clock.now();
        let (mut records, mut taken, mut last) = (Vec::new(), Vec::new(), self.inbox.last());
        for frame in frames {
            let mut ahead = Inbox::default();
            ahead.take(last);
            match ahead.look(frame.number, frame.previous) {
                Verdict::Take => {
                    last = frame.number;
                    records.push(Record::Theirs { at: now, bytes: frame.encode_to_vec() });
                    taken.push(frame);
                }
                Verdict::Known => self.inbox.tell_again(),
                Verdict::Wait => {}
            }
        }
        self.ledger.append(&records)?;
        for frame in taken {
            self.inbox.take(frame.number);
            for key in self.came_in(&frame, now) {
                self.plan_around(&key);
            }
        }
        Ok(())
    }

    /// The hub has our frames up to `number`. Says whether that is news.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) fn committed(&mut self, number: u64) -> anyhow::Result<bool> {
        let news = self.outbox.commit(number);
        if news {
            self.ledger.append(&[Record::Committed(number)])?;
        }
        Ok(news)
    }

    /// A file was written.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) fn wrote(&mut self, batch: u64) -> anyhow::Result<()> {
        self.batch = batch;
        Ok(self.ledger.append(&[Record::Batch(batch)])?)
    }

    /// The hub says which journal is behind it. Another one than before is for the operator.
    ///
    /// # Errors
    /// It is another one, or the disk failed.
    pub(crate) fn behind_it_is(&mut self, journal: &str) -> anyhow::Result<()> {
        match &self.journal {
            _ if journal.is_empty() => Ok(()),
            Some(known) if known == journal => Ok(()),
            Some(known) => bail!(
                "日志已更换（{known} → {journal}），请核实后换用新的状态目录 / the hub has another journal now ({known}, then {journal}): make sure, then give a new state directory"
            ),
            None => {
                self.journal = Some(journal.to_owned());
                Ok(self.ledger.append(&[Record::Journal(journal.to_owned())])?)
            }
        }
    }

    /// How many cases there are, and how many of them have an end.
    pub(crate) fn cases(&self) -> (usize, usize) {
        (self.cases.len(), self.cases.values().filter(|case| case.over).count())
    }

    /// All that the desk goes by, as text to be compared.
    #[cfg(test)]
    pub(crate) fn stands(&self) -> String {
        let cases: BTreeMap<_, _> = self.cases.iter().collect();
        let plans: BTreeMap<_, _> = self.plans.iter().collect();
        let numbers = [self.outbox.last(), self.outbox.committed(), self.inbox.last(), self.batch];
        format!("{cases:?} {plans:?} {:?} {numbers:?}", self.due)
    }

    fn ask_town(&mut self, now: Time) {
        while self.asked_hour <= now.ms().div_euclid(HOUR_MS) {
            let (places, seed) = (&self.places, self.whose.seed);
            let arrivals = match self.whose.partner {
                Partner::Police110 => police110::hour(places, seed, self.asked_hour),
                Partner::GridPlatform => gridplatform::hour(places, seed, self.asked_hour),
            };
            let new = arrivals.into_iter().filter(|arrival| arrival.at > self.whose.begun);
            self.waiting.extend(new.map(|arrival| ((arrival.at, arrival.report.reference.clone()), arrival)));
            self.asked_hour += 1;
        }
    }

    fn went_out(&mut self, key: &str, frame: &PartnerFrame, at: Time) {
        if key == NONSENSE {
            self.giants |= frame.encoded_len() > 200_000;
            return;
        }
        let us = self.whose.partner.agency_name();
        self.cases.entry(key.to_owned()).or_insert_with(|| Case::new(key, us)).went_out(frame, at);
        self.said.insert(frame.number, key.to_owned());
    }

    /// Folds a frame of the hub's in; gives the cases that changed.
    fn came_in(&mut self, frame: &PartnerFrame, at: Time) -> Vec<String> {
        if let Some(Body::Receipt(receipt)) = &frame.body {
            match receipt.outcome() {
                v1::FrameOutcome::Taken => self.counts.taken += 1,
                v1::FrameOutcome::Known => self.counts.known += 1,
                v1::FrameOutcome::Refused => self.counts.refused += 1,
                v1::FrameOutcome::Wrong => self.counts.wrong += 1,
                v1::FrameOutcome::Unspecified => {}
            }
            if receipt.outcome() == v1::FrameOutcome::Refused {
                tracing::debug!(number = receipt.number, code = receipt.code, "the hub refused a frame");
            }
        }
        let Some(key) = self.key_of(frame) else { return Vec::new() };
        let us = self.whose.partner.agency_name();
        let case = self.cases.entry(key.clone()).or_insert_with(|| Case::new(&key, us));
        let news = case.came_in(frame, at);
        if !case.incident.is_empty() {
            self.shared.entry(case.incident.clone()).or_insert_with(|| key.clone());
        }
        let into = match news {
            None => None,
            Some(News::LinkTaken) => Some(key.trim_end_matches("-2").to_owned()),
            Some(News::GoesOnIn(incident)) => Some(self.shared.get(&incident).cloned().unwrap_or(incident)),
        };
        match into.filter(|into| *into != key) {
            None => vec![key],
            Some(into) => {
                self.goes_on(&key, &into);
                vec![key, into]
            }
        }
    }

    /// The reporters of one case are answered in another.
    fn goes_on(&mut self, from: &str, into: &str) {
        let Some(case) = self.cases.get_mut(from) else { return };
        case.over = true;
        let owed = std::mem::take(&mut case.owed);
        let us = self.whose.partner.agency_name();
        let main = self.cases.entry(into.to_owned()).or_insert_with(|| Case::new(into, us));
        if main.incident.is_empty() && !main.key.starts_with(['J', 'G']) {
            into.clone_into(&mut main.incident);
            self.shared.insert(into.to_owned(), into.to_owned());
        }
        main.owed.extend(owed);
    }

    /// The case that a frame of the hub's is about; none where it concerns nobody here.
    fn key_of(&mut self, frame: &PartnerFrame) -> Option<String> {
        if let Some(Body::Receipt(receipt)) = &frame.body {
            return self.said.remove(&receipt.number);
        }
        if let Some(key) = self.shared.get(&frame.incident_id) {
            return Some(key.clone());
        }
        let intake = |number: &&FormNumber| number.form == i32::from(v1::Form::Intake) && self.cases.contains_key(&number.number);
        if let Some(number) = frame.numbers.iter().find(intake) {
            return Some(number.number.clone());
        }
        let begins = match frame.body.as_ref()? {
            Body::Report(_) | Body::Order(_) | Body::Transfer(_) | Body::Designated(_) | Body::Look(_) => true,
            Body::Supplement(_)
            | Body::Split(_)
            | Body::Withdrawn(_)
            | Body::Accepted(_)
            | Body::Progress(_)
            | Body::Finished(_)
            | Body::Recalled(_)
            | Body::CategoryCorrected(_)
            | Body::FormAmended(_)
            | Body::Note(_)
            | Body::Linked(_)
            | Body::Checked(_)
            | Body::Told(_)
            | Body::FollowUpDone(_)
            | Body::Closed(_)
            | Body::Alert(_)
            | Body::Moved(_)
            | Body::Receipt(_)
            | Body::SelfHandled(_) => false,
        };
        (begins && !frame.incident_id.is_empty()).then(|| frame.incident_id.clone())
    }

    /// Thinks about a case anew, and about the one that waits to be linked to it.
    fn plan_around(&mut self, key: &str) {
        self.plan(key);
        let second = format!("{key}-2");
        if self.cases.contains_key(&second) {
            self.plan(&second);
        }
    }

    fn plan(&mut self, key: &str) {
        if let Some(old) = self.plans.remove(key) {
            self.due.remove(&(old.due, key.to_owned()));
        }
        let Some(case) = self.cases.get(key) else { return };
        let shared = |key: &str| {
            self.cases.get(key).filter(|case| !case.over && !case.incident.is_empty()).map(|case| case.incident.clone())
        };
        let around = Around { partner: self.whose.partner, places: &self.places, seed: self.whose.seed, shared_id: &shared };
        if let Some(step) = script::next(case, &around) {
            self.due.insert((step.due, key.to_owned()));
            self.plans.insert(key.to_owned(), step);
        }
    }
}

/// A report as a frame.
fn taken_down(arrival: Arrival) -> PartnerFrame {
    let number = FormNumber { form: v1::Form::Intake.into(), number: arrival.report.reference.clone(), part: 0 };
    let basis = if arrival.report.channel() == v1::Channel::Patrol { v1::Basis::Device } else { v1::Basis::Seat };
    PartnerFrame {
        numbers: vec![number],
        occurred: Some(wire::time::timestamp(arrival.at.ms())),
        basis: basis.into(),
        person: arrival.person,
        body: Some(Body::Report(arrival.report)),
        ..PartnerFrame::default()
    }
}

/// A step as a frame.
fn framed(step: Step, incident_id: String) -> PartnerFrame {
    PartnerFrame {
        incident_id,
        numbers: step.numbers,
        occurred: Some(wire::time::timestamp(step.due.ms())),
        basis: step.basis.into(),
        person: step.person,
        item: step.item,
        body: Some(step.body),
        ..PartnerFrame::default()
    }
}
