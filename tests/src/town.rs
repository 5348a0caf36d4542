//! A hub to try: opened over a folder, served on a free port, with seats and roads to it.

use std::{net::SocketAddr, path::Path};

use futures::future::BoxFuture;
use hub::{
    process::{Process, Service},
    roads::Roads,
};
use journal::{Decision, Draft, Envelope, Write};
use runtime::{Clock, Ports, config::Config, fold, outside::Ready};
use serde_json::value::RawValue;
use testkit::clock::Hand;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::Status;
use tonic_types::StatusExt as _;
use wire::v1::{
    self, Role, feedback_act_request::Action as Feedback, intake_act_request::Action as Intake,
    triage_act_request::Action as Triage,
};

/// 江浦街道新河社区, where most tests play.
pub(crate) const HERE: &str = "320111004001";
/// 桥林街道, another one.
pub(crate) const ELSEWHERE: &str = "320111005";
/// The district.
pub(crate) const DISTRICT: &str = "320111";
/// 2026-03-02, a Monday, 10:00 in the district.
pub(crate) const MONDAY: i64 = 1_772_416_800_000;

/// One hub, running.
pub(crate) struct Town {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its services were given.
    pub(crate) ports: Ports,
    /// Whether it is ready.
    pub(crate) ready: Ready,
    bridges: Vec<(&'static str, SocketAddr)>,
    operator: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
}

/// Settings over `data`: a free port, small segments.
pub(crate) fn settings(data: &Path) -> Config {
    let mut config = Config { data: data.to_owned(), ..Config::default() };
    config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
    config.journal.segment_bytes = 1 << 20;
    config
}

/// A hand-turned clock as the hub takes it.
pub(crate) fn clock(hand: &Hand) -> Clock {
    let hand = hand.clone();
    Clock::from_fn(move || hand.now_ms())
}

impl Town {
    /// By the machine's clock.
    pub(crate) async fn open(data: &Path) -> Self {
        Self::with(settings(data), Clock::system()).await
    }

    /// With these settings and this clock.
    pub(crate) async fn with(config: Config, clock: Clock) -> Self {
        let data = config.data.clone();
        let ready = Ready::default();
        let mut process = Process::open_seen(config, clock, ready.clone()).await.expect("the hub opens");
        process.begin(&Service::ALL).await.expect("the services begin");
        let ports = process.ports.clone();
        let connect = process.bridges().iter().filter_map(|(partner, at)| Some((partner.name(), (*at)?)));
        let bridges = connect.collect();
        let (bound, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            let served = process
                .serve(&Service::ALL, until, |address| {
                    let _ = bound.send(address);
                })
                .await;
            process.close().await?;
            served
        });
        let address = address.await.expect("the hub listens");
        let operator = runtime::identity::operator_token(&data).expect("the operator's token is there");
        Self { address, ports, ready, bridges, operator, stop, running }
    }

    /// Its address as clients write it.
    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where this partner connects.
    pub(crate) fn bridge(&self, partner: &str) -> String {
        let (_, at) = self.bridges.iter().find(|(name, _)| *name == partner).expect("it has a bridge");
        format!("https://{at}")
    }

    /// The operator's roads, over the network.
    pub(crate) async fn operator(&self) -> Roads {
        self.roads(&self.operator).await
    }

    /// Roads with a token, over the network.
    pub(crate) async fn roads(&self, token: &str) -> Roads {
        Roads::connect(&self.uri(), token).await.expect("the hub answers")
    }

    /// Sets a seat up and shows its token.
    pub(crate) async fn token(&self, name: &str, agency: &str, area: &str, roles: &[Role]) -> String {
        add_seat(&mut self.operator().await, &format!("seat/{name}"), name, agency, area, roles).await
    }

    /// A seat with its roads.
    pub(crate) async fn desk(&self, name: &str, agency: &str, area: &str, roles: &[Role]) -> Desk {
        let token = self.token(name, agency, area, roles).await;
        Desk { roads: self.roads(&token).await, name: name.to_owned(), token }
    }

    /// The same desk at a hub that was opened again.
    pub(crate) async fn again(&self, desk: &Desk) -> Desk {
        Desk { roads: self.roads(&desk.token).await, name: desk.name.clone(), token: desk.token.clone() }
    }

    /// Writes what a newer hub might: a fact of a type that this one does not know, about the incident of this report; its position.
    pub(crate) async fn teleports(&self, taken: &v1::ReportAnswer) -> u64 {
        let subject = fold::subject(taken.incident_id.parse().expect("an id"));
        let nothing = RawValue::from_string("{}".to_owned()).expect("JSON");
        let fact = Draft::new(&Envelope {
            id: "future/1.1",
            source: "hub/320111/future",
            kind: "incident.teleported",
            subject: &subject,
            actor: "seat/future",
            command: "future/1",
            digest: "00000000000000000000000000000000",
            version: u64::from(taken.version) + 1,
            occurred: None,
            basis: "seat",
            policy: "none",
            traceparent: None,
            data: &nothing,
        });
        let writes = vec![Write { subject, expected: taken.position, facts: vec![fact.expect("a record")] }];
        self.ports.journal.append(Decision { command: "future/1".to_owned(), writes }).await.expect("in").last
    }

    /// Stops it; a last snapshot is kept.
    pub(crate) async fn close(self) {
        let _ = self.stop.send(());
        self.running.await.expect("the hub does not panic").expect("the hub closes");
    }
}

/// Sets a seat up over a road and shows its token.
pub(crate) async fn add_seat(operator: &mut Roads, command: &str, name: &str, agency: &str, area: &str, roles: &[Role]) -> String {
    let seat = v1::Seat {
        seat_id: name.to_owned(),
        agency: agency.to_owned(),
        area: area.to_owned(),
        roles: roles.iter().map(|&role| role.into()).collect(),
        scripted: false,
    };
    let request = v1::AddSeatRequest { command_id: command.to_owned(), seat: Some(seat) };
    operator.seats.add(request).await.expect("the operator adds seats").into_inner().token
}

/// A seat that works: its roads, and its name in the ids of its commands.
#[derive(Clone)]
pub(crate) struct Desk {
    /// To all services.
    pub(crate) roads: Roads,
    /// The seat's name.
    pub(crate) name: String,
    token: String,
}

/// Anything that may be done to an incident.
pub(crate) enum Deed {
    /// Intake's own.
    Intake(Intake),
    /// Triage's.
    Triage(Triage),
    /// Feedback's.
    Feedback(Feedback),
}

impl From<Intake> for Deed {
    fn from(action: Intake) -> Self {
        Self::Intake(action)
    }
}

impl From<Triage> for Deed {
    fn from(action: Triage) -> Self {
        Self::Triage(action)
    }
}

impl From<Feedback> for Deed {
    fn from(action: Feedback) -> Self {
        Self::Feedback(action)
    }
}

type Answered = Result<v1::CommandAnswer, Status>;

impl Desk {
    /// A seat's roads to a hub in a process of its own.
    pub(crate) async fn at(uri: &str, name: &str, token: &str) -> Self {
        Self::on(Roads::connect(uri, token).await.expect("the hub answers"), name, token)
    }

    /// A seat with these roads.
    pub(crate) fn on(roads: Roads, name: &str, token: &str) -> Self {
        Self { roads, name: name.to_owned(), token: token.to_owned() }
    }

    /// Sends a report in.
    pub(crate) fn report(&self, report: v1::ReportRequest) -> BoxFuture<'static, Result<v1::ReportAnswer, Status>> {
        let mut intake = self.roads.intake.clone();
        Box::pin(async move { intake.report(report).await.map(tonic::Response::into_inner) })
    }

    /// Does `deed` under this command id.
    pub(crate) fn act(&self, command: &str, incident: &str, deed: impl Into<Deed>) -> BoxFuture<'static, Answered> {
        let (command_id, incident_id) = (command.to_owned(), incident.to_owned());
        let (occurred, basis) = (None, 0);
        let (mut roads, deed) = (self.roads.clone(), deed.into());
        Box::pin(async move {
            let answer = match deed {
                Deed::Intake(action) => {
                    roads.intake.act(v1::IntakeActRequest { command_id, incident_id, occurred, basis, action: Some(action) }).await
                }
                Deed::Triage(action) => {
                    roads.triage.act(v1::TriageActRequest { command_id, incident_id, occurred, basis, action: Some(action) }).await
                }
                Deed::Feedback(action) => {
                    roads
                        .feedback
                        .act(v1::FeedbackActRequest { command_id, incident_id, occurred, basis, action: Some(action) })
                        .await
                }
            };
            answer.map(tonic::Response::into_inner)
        })
    }

    /// Does `deed`, which has to be allowed; the command id is made of the desk, the incident and `step`.
    pub(crate) async fn does(&self, step: &str, incident: &str, deed: impl Into<Deed>) -> v1::CommandAnswer {
        let done = self.act(&format!("{}/{incident}/{step}", self.name), incident, deed).await;
        done.unwrap_or_else(|status| panic!("{} may {step}: {status:?}", self.name))
    }

    /// Tries `deed`, which the rules refuse; the refusal's code.
    pub(crate) async fn may_not(&self, step: &str, incident: &str, deed: impl Into<Deed>) -> String {
        let done = self.act(&format!("{}/{incident}/{step}", self.name), incident, deed).await;
        code(&done.expect_err("the rules say no"))
    }

    /// The incident as this desk sees it.
    pub(crate) async fn sees(&self, incident: &str, at_least: u64) -> Result<v1::Incident, Status> {
        let request = v1::GetIncidentRequest { incident_id: incident.to_owned(), at_least };
        self.roads.clone().intake.get_incident(request).await.map(tonic::Response::into_inner)
    }

    /// The board as this desk sees it.
    pub(crate) async fn board(&self) -> v1::BoardAnswer {
        self.roads.clone().audit.board(v1::BoardRequest::default()).await.expect("a board").into_inner()
    }

    /// All frames from `from` to `until`.
    pub(crate) async fn frames(&self, from: u64, until: u64) -> Vec<v1::Frame> {
        let mut frames = Vec::new();
        let mut stream = self.roads.clone().audit.follow(v1::FollowRequest { from, until }).await.expect("a stream").into_inner();
        while let Some(frame) = stream.message().await.expect("a frame") {
            frames.push(frame);
        }
        frames
    }

    /// The facts of a subject that this desk may read.
    pub(crate) async fn facts(&self, subject: &str) -> Vec<v1::Fact> {
        let request = v1::ReadRequest { subject: subject.to_owned(), from_version: 1, at_least: 0 };
        self.roads.clone().audit.read(request).await.expect("facts").into_inner().facts
    }
}

/// A report in plain words from 新河社区.
pub(crate) fn report(source: &str, reference: &str, text: &str) -> v1::ReportRequest {
    v1::ReportRequest {
        source: source.to_owned(),
        reference: reference.to_owned(),
        channel: v1::Channel::Phone.into(),
        text: text.to_owned(),
        area: HERE.to_owned(),
        ..v1::ReportRequest::default()
    }
}

/// A reason without arguments.
pub(crate) fn why(code: &str) -> Option<v1::Reason> {
    Some(v1::Reason { code: code.to_owned(), ..v1::Reason::default() })
}

/// A mandatory part.
pub(crate) fn part(agency: &str) -> v1::NewPart {
    v1::NewPart { agency: agency.to_owned(), mandatory: true, task: String::new() }
}

/// The stable code of a refusal; both languages have to be there.
pub(crate) fn code(status: &Status) -> String {
    let info = status.get_details_error_info().unwrap_or_else(|| panic!("a refusal carries google.rpc.ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "hub.v1");
    let zh = info.metadata.get("zh").expect("a sentence in Chinese");
    let en = info.metadata.get("en").expect("a sentence in English");
    assert!(!zh.is_ascii() && !en.is_empty(), "{zh} / {en}");
    assert!(!zh.contains(['{', '}']) && !en.contains(['{', '}']), "an argument is missing: {zh} / {en}");
    info.reason
}

/// A record as JSON.
pub(crate) fn record(fact: &v1::Fact) -> serde_json::Value {
    serde_json::from_slice(&fact.record).expect("a record is JSON")
}
