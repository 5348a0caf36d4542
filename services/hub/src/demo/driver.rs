//! Makes the town live: reports come in when they are due, and each seat takes its next step when its time has come.
//!
//! What is pending is asked of the board again and again; what this process remembers is only what it asked last, and
//! may be forgotten. A refusal between seats that acted at once is counted and thought over anew, never fatal.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    id::{Agency, IncidentId},
    incident::Incident,
    seat::Role,
    time::Time,
};
use runtime::Ports;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use wire::v1;

use super::{
    cast::Cast,
    curve::Stream,
    script::{self, Act, Step},
    town::{Arrival, HOUR_MS, Town},
};

/// How often the board is looked at.
const LOOK: Duration = Duration::from_millis(40);
/// Requests under way at once.
const AT_ONCE: usize = 64;
/// Town seconds after which a refused step is thought over again, and how often.
const AGAIN_SECONDS: i64 = 1_800;
const TRIES: u8 = 3;

/// What the driver did, for the screen.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Steps that seats took.
    pub(crate) steps: AtomicU64,
    /// Reports handed in.
    pub(crate) reports: AtomicU64,
    /// Refusals and troubles by code.
    pub(crate) refused: Mutex<BTreeMap<String, u64>>,
}

impl Done {
    /// How often the rules said no, or something was in the way.
    pub(crate) fn refusals(&self) -> u64 {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    fn refuse(&self, name: &str, status: &Status) {
        let (code, ..) = runtime::status::explained(status);
        tracing::debug!(step = name, code, "a step was not taken");
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(format!("{name} {code}")).or_default() += 1;
    }
}

/// What is to be done with one incident, as of one version of it.
struct Plan {
    version: u32,
    step: Option<Step>,
    due: Time,
    tries: u8,
    under_way: bool,
}

/// What came back.
enum Back {
    Reported,
    Stepped(IncidentId, bool),
}

/// The driver.
pub(crate) struct Driver {
    ports: Ports,
    town: Town,
    cast: Arc<Cast>,
    done: Arc<Done>,
    seed: u64,
    /// Reports that wait for their time, and the hour up to which the town was asked.
    waiting: BTreeMap<(Time, String), Arrival>,
    asked_hour: i64,
    plans: HashMap<IncidentId, Plan>,
    due: BTreeSet<(Time, IncidentId)>,
    under_way: JoinSet<Back>,
}

impl Driver {
    /// A driver whose reports begin after `from`.
    pub(crate) fn new(ports: Ports, town: Town, cast: Arc<Cast>, done: Arc<Done>, seed: u64, from: Time) -> Self {
        let mut driver = Self {
            ports,
            town,
            cast,
            done,
            seed,
            waiting: BTreeMap::new(),
            // Supplements of the hour before may still be to come.
            asked_hour: from.ms() / HOUR_MS - 1,
            plans: HashMap::new(),
            due: BTreeSet::new(),
            under_way: JoinSet::new(),
        };
        driver.ask_town(from);
        driver.waiting.retain(|(at, _), _| *at > from);
        driver
    }

    /// Drives until `stop`; then waits for what is under way.
    ///
    /// # Errors
    /// The live board stopped: nothing more can be decided.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            if let Some(stopped) = self.ports.fold.stopped() {
                return Err(stopped.into());
            }
            let now = self.ports.clock.now();
            self.ask_town(now);
            self.hand_in(now);
            self.think();
            self.act(now);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
                Some(Ok(back)) = self.under_way.join_next() => self.came_back(back, now),
            }
            while let Some(Ok(back)) = self.under_way.try_join_next() {
                self.came_back(back, now);
            }
        }
        while self.under_way.join_next().await.is_some() {}
        Ok(())
    }

    /// Asks the town for the reports of every hour that has begun.
    fn ask_town(&mut self, now: Time) {
        while self.asked_hour <= now.ms() / HOUR_MS {
            for arrival in self.town.hour(self.asked_hour) {
                self.waiting.insert((arrival.at, arrival.request.command_id.clone()), arrival);
            }
            self.asked_hour += 1;
        }
    }

    fn hand_in(&mut self, now: Time) {
        while self.under_way.len() < AT_ONCE
            && let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now)
        {
            let arrival = first.remove();
            let (cast, done) = (Arc::clone(&self.cast), Arc::clone(&self.done));
            self.under_way.spawn(async move {
                hand_in(&cast, arrival, &done).await;
                Back::Reported
            });
        }
    }

    /// Looks over the board for incidents that changed since they were thought about.
    fn think(&mut self) {
        let plans = &self.plans;
        let (changed, known): (Vec<Arc<Incident>>, usize) = self.ports.fold.look(|board| {
            let stale = |incident: &&Arc<Incident>| {
                plans.get(&incident.id).is_none_or(|plan| plan.version != incident.version && !plan.under_way)
            };
            (board.incidents().filter(stale).cloned().collect(), board.incidents().count())
        });
        for incident in changed {
            self.plan(&incident, 0);
        }
        // Incidents that went cold are forgotten now and then.
        if self.plans.len() > known + 1_024 {
            let plans = &mut self.plans;
            self.ports.fold.look(|board| plans.retain(|id, _| board.incident(*id).is_some()));
        }
    }

    fn plan(&mut self, incident: &Incident, tries: u8) {
        if let Some(old) = self.plans.get(&incident.id) {
            self.due.remove(&(old.due, incident.id));
        }
        let step = script::next(incident, &self.ports.policies().calendar, self.seed);
        let due = step.as_ref().map_or(Time::default(), |step| step.due);
        if step.is_some() {
            self.due.insert((due, incident.id));
        }
        self.plans.insert(incident.id, Plan { version: incident.version, step, due, tries, under_way: false });
    }

    fn act(&mut self, now: Time) {
        while self.under_way.len() < AT_ONCE
            && let Some(&(due, id)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            let Some(plan) = self.plans.get_mut(&id) else { continue };
            let (Some(step), Some(incident)) = (plan.step.clone(), self.ports.fold.look(|board| board.incident(id).cloned()))
            else {
                continue;
            };
            plan.under_way = true;
            let (cast, done, seed) = (Arc::clone(&self.cast), Arc::clone(&self.done), self.seed);
            self.under_way.spawn(async move {
                let taken = take(&cast, &incident, &step, seed).await;
                if let Err(status) = &taken {
                    done.refuse(step.name, status);
                } else {
                    done.steps.fetch_add(1, Ordering::Relaxed);
                }
                Back::Stepped(id, taken.is_ok())
            });
        }
    }

    fn came_back(&mut self, back: Back, now: Time) {
        let Back::Stepped(id, taken) = back else { return };
        let Some(incident) = self.ports.fold.look(|board| board.incident(id).cloned()) else {
            self.plans.remove(&id);
            return;
        };
        let tries = self.plans.get(&id).map_or(0, |plan| plan.tries);
        let changed = self.plans.get(&id).is_none_or(|plan| plan.version != incident.version);
        if taken || changed {
            self.plan(&incident, 0);
        } else if let Some(plan) = self.plans.get_mut(&id) {
            plan.under_way = false;
            plan.tries = tries + 1;
            // Refused thrice as it stands: left alone until somebody else moves it.
            if plan.tries < TRIES {
                plan.due = now.plus_seconds(AGAIN_SECONDS);
                self.due.insert((plan.due, id));
            }
        }
    }
}

/// Hands one report in, by the seat of the desk that takes it.
async fn hand_in(cast: &Cast, arrival: Arrival, done: &Done) {
    let (agency, role) = match arrival.stream {
        Stream::Hotline => (Agency::hotline(), Role::CallTaker),
        Stream::Public => (Agency::grid(), Role::CallTaker),
    };
    let Some(member) = cast.seat(&agency, role, arrival.area) else { return };
    let mut intake = member.roads.intake.clone();
    for _ in 0..5 {
        match intake.report(arrival.request.clone()).await {
            Ok(_) => {
                done.reports.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Err(status) if matches!(status.code(), tonic::Code::Unavailable | tonic::Code::ResourceExhausted) => {
                done.refuse("report", &status);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(status) => return done.refuse("report", &status),
        }
    }
}

/// Takes one step, speaking as the seat whose step it is.
async fn take(cast: &Cast, incident: &Incident, step: &Step, seed: u64) -> Result<(), Status> {
    let area = incident.place.area;
    let nobody = || Status::not_found("nobody sits there");
    let member = cast.seat(&step.agency, step.role, area).ok_or_else(nobody)?;
    let (act, member) = match &step.act {
        Act::Open | Act::Route => {
            let request = v1::ProposeRequest { incident_id: incident.id.to_string(), at_least: incident.position };
            let proposal = member.roads.triage.clone().propose(request).await?.into_inner();
            let opening = if step.act == Act::Open {
                script::opened(incident, &proposal, seed)
            } else {
                script::routed(incident, &proposal, seed)
            };
            (opening.act, cast.seat(&step.agency, opening.role, area).ok_or_else(nobody)?)
        }
        act => (act.clone(), member),
    };
    let incident_id = incident.id.to_string();
    let command_id = if step.name == "ask_reopen" {
        script::ask_reopen_id(incident.id, incident.rounds)
    } else {
        format!("demo/{incident_id}/{}/{}", incident.version, step.name)
    };
    let (occurred, basis) = (None, 0);
    match act {
        Act::Intake(action) => {
            let request = v1::IntakeActRequest { command_id, incident_id, occurred, basis, action: Some(action) };
            member.roads.intake.clone().act(request).await?;
        }
        Act::Triage(action) => {
            let request = v1::TriageActRequest { command_id, incident_id, occurred, basis, action: Some(action) };
            member.roads.triage.clone().act(request).await?;
        }
        Act::Feedback(action) => {
            let request = v1::FeedbackActRequest { command_id, incident_id, occurred, basis, action: Some(action) };
            member.roads.feedback.clone().act(request).await?;
        }
        Act::Open | Act::Route => return Err(Status::internal("a step was left undecided")),
    }
    Ok(())
}
