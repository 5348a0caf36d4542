//! A partner's end of the line, for tests: says what the test wants, hears what the hub says. It keeps nothing by itself.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::Duration,
};

use bridge::ferry::{Folder, Numbers, Signer, Verifier};

use hub::certs::Certs;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use wire::{
    link::{self, Certificate, ClientTlsConfig, Identity},
    v1::{self, exchange_answer::What as Answer, exchange_request::What, partner_client::PartnerClient, partner_frame::Body},
};

/// How long the hub may take to say something.
const PATIENCE: Duration = Duration::from_secs(20);

/// How frames travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Stream,
    Ferry,
}

/// One end of the line: a connection, or two folders.
pub(crate) enum Line {
    Stream { to: mpsc::Sender<v1::ExchangeRequest>, from: Box<Streaming<v1::ExchangeAnswer>> },
    Ferry(Box<Files>),
}

/// A partner's end of a ferry.
pub(crate) struct Files {
    name: String,
    out: Folder,
    into: Folder,
    signer: Signer,
    hub: Verifier,
    numbers: Numbers,
    committed: u64,
    waiting: VecDeque<Answer>,
}

/// Files of keys for both ends of a ferry, and the folders between.
pub(crate) struct Quay(PathBuf);

impl Quay {
    /// One that is there.
    pub(crate) fn at(folder: &Path, partner: &str) -> Self {
        Self(folder.join(format!("quay-{partner}")))
    }

    /// New keys and folders for this partner.
    pub(crate) fn new(folder: &Path, partner: &str) -> Self {
        let quay = Self::at(folder, partner);
        for (name, digit) in [("hub", '1'), ("partner", '2')] {
            std::fs::create_dir_all(&quay.0).expect("a writable folder");
            let seed = digit.to_string().repeat(64);
            std::fs::write(quay.file(&format!("{name}.key")), &seed).expect("a writable folder");
            let public = Signer::from_hex(&seed).expect("a key").public();
            std::fs::write(quay.file(&format!("{name}.pub")), public).expect("a writable folder");
        }
        quay
    }

    /// A file or folder of it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Settings of the hub's end.
    pub(crate) fn settings(&self, partner: &str) -> runtime::config::Bridge {
        runtime::config::Bridge {
            partner: partner.to_owned(),
            simulated: false,
            beat_seconds: 1,
            silence_seconds: 3,
            stream: None,
            ferry: Some(runtime::config::BridgeFerry {
                inbox: self.file("to-hub"),
                outbox: self.file("from-hub"),
                key: self.file("hub.key"),
                partner_key: self.file("partner.pub"),
                resend_seconds: 2,
            }),
        }
    }

    /// The partner's end.
    pub(crate) fn line(&self, partner: &str) -> Line {
        let read = |name: &str| std::fs::read_to_string(self.file(name)).expect("a key");
        let out = Folder::open(&self.file("to-hub")).expect("a folder");
        Line::Ferry(Box::new(Files {
            name: partner.to_owned(),
            numbers: Numbers::open(&self.file("to-hub"), partner).expect("a note"),
            out,
            into: Folder::open(&self.file("from-hub")).expect("a folder"),
            signer: Signer::from_hex(&read("partner.key")).expect("a key"),
            hub: Verifier::new(&read("hub.pub"), "hub", partner, crate::town::DISTRICT).expect("a key"),
            committed: 0,
            waiting: VecDeque::new(),
        }))
    }
}

impl Files {
    /// Writes one batch with these frames.
    pub(crate) fn write(&mut self, frames: Vec<v1::PartnerFrame>) {
        let batch = self.batch(frames);
        self.out.write(&batch, &self.signer).expect("a writable folder");
    }

    /// The next batch, not written yet.
    pub(crate) fn batch(&mut self, frames: Vec<v1::PartnerFrame>) -> v1::Batch {
        v1::Batch {
            from: self.name.clone(),
            to: "hub".to_owned(),
            district: crate::town::DISTRICT.to_owned(),
            number: self.numbers.next().expect("a number"),
            written: None,
            committed: self.committed,
            frames,
            journal: String::new(),
        }
    }

    async fn hear(&mut self) -> Answer {
        loop {
            if let Some(answer) = self.waiting.pop_front() {
                return answer;
            }
            if let Some((path, batch)) = self.into.next(&self.hub).expect("a folder") {
                self.waiting.extend(batch.frames.into_iter().map(Answer::Frame));
                self.waiting.push_back(Answer::Commit(v1::Commit { number: batch.committed }));
                self.into.done(&path).expect("a folder");
            } else {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// What a client shows and trusts.
pub(crate) fn tls(certs: &Certs, name: &str) -> ClientTlsConfig {
    let read = |file: &str| std::fs::read(certs.file(file)).expect("a file of the authority");
    ClientTlsConfig::new()
        .domain_name("localhost")
        .ca_certificate(Certificate::from_pem(read("ca.pem")))
        .identity(Identity::from_pem(read(&format!("{name}.pem")), read(&format!("{name}.key"))))
}

impl Line {
    /// Connects, says hello, and hears the welcome.
    pub(crate) async fn connect(uri: &str, tls: ClientTlsConfig, hello: v1::Hello) -> Result<(Self, v1::Welcome), Status> {
        let link = link::connect(uri, Some(tls)).await.map_err(|error| Status::unavailable(error.to_string()))?;
        let (to, out) = mpsc::channel(64);
        let hello = v1::ExchangeRequest { what: Some(What::Hello(hello)) };
        to.send(hello).await.map_err(|_| Status::unavailable("gone"))?;
        let from = PartnerClient::new(link).max_decoding_message_size(8 << 20);
        let from = from.max_encoding_message_size(8 << 20).exchange(ReceiverStream::new(out)).await?.into_inner();
        let mut line = Self::Stream { to, from: Box::new(from) };
        match line.hear().await? {
            Answer::Welcome(welcome) => Ok((line, welcome)),
            other => Err(Status::internal(format!("no welcome: {other:?}"))),
        }
    }

    /// Says something; false where the hub is gone.
    pub(crate) async fn say(&mut self, what: What) -> bool {
        match self {
            Self::Stream { to, .. } => to.send(v1::ExchangeRequest { what: Some(what) }).await.is_ok(),
            Self::Ferry(files) => {
                match what {
                    What::Frame(frame) => files.write(vec![frame]),
                    What::Commit(commit) => {
                        files.committed = commit.number;
                        files.write(Vec::new());
                    }
                    What::Hello(_) | What::Beat(_) => files.write(Vec::new()),
                }
                true
            }
        }
    }

    /// What the hub says next.
    pub(crate) async fn hear(&mut self) -> Result<Answer, Status> {
        let from = match self {
            Self::Stream { from, .. } => from,
            Self::Ferry(files) => {
                let heard = timeout(PATIENCE, files.hear()).await;
                return heard.map_err(|_| Status::deadline_exceeded("the hub says nothing"));
            }
        };
        let heard = timeout(PATIENCE, from.message()).await.map_err(|_| Status::deadline_exceeded("the hub says nothing"))?;
        heard?.and_then(|answer| answer.what).ok_or_else(|| Status::unavailable("the hub ended the stream"))
    }
}

/// A partner that keeps its own numbers: what a small system of another agency would do.
pub(crate) struct Peer {
    pub(crate) line: Line,
    /// Its last frame's number.
    pub(crate) number: u64,
    /// The hub's last frame that it has.
    pub(crate) has: u64,
    /// The last of its frames that the hub committed.
    pub(crate) committed: u64,
    /// Everything the hub has told, in order.
    pub(crate) heard: Vec<v1::PartnerFrame>,
    /// What it has it says that it has.
    pub(crate) commits: bool,
}

impl Peer {
    /// Connects with what it has from before.
    pub(crate) async fn connect(uri: &str, tls: ClientTlsConfig, number: u64, has: u64) -> Self {
        let hello = v1::Hello { district: crate::town::DISTRICT.to_owned(), committed: has, version: 1 };
        let (line, welcome) = Line::connect(uri, tls, hello).await.expect("the hub lets it in");
        Self { line, number, has, committed: welcome.committed, heard: Vec::new(), commits: true }
    }

    /// At the end of a ferry, with what it has from before.
    pub(crate) fn ferried(quay: &Quay, partner: &str, number: u64, has: u64) -> Self {
        let mut line = quay.line(partner);
        if let Line::Ferry(files) = &mut line {
            files.committed = has;
            files.write(Vec::new());
        }
        Self { line, number, has, committed: 0, heard: Vec::new(), commits: true }
    }

    /// A frame of its next number.
    pub(crate) fn frame(&mut self, incident: &str, person: &str, body: Body) -> v1::PartnerFrame {
        let previous = self.number;
        self.number += 1;
        v1::PartnerFrame {
            number: self.number,
            previous,
            incident_id: incident.to_owned(),
            person: person.to_owned(),
            body: Some(body),
            ..v1::PartnerFrame::default()
        }
    }

    /// Tells the hub something and waits for the receipt, committing all that comes meanwhile.
    pub(crate) async fn tell(&mut self, incident: &str, person: &str, body: Body) -> (v1::partner_frame::Receipt, String) {
        let frame = self.frame(incident, person, body);
        self.tell_frame(frame).await
    }

    /// The same with a frame that the test made.
    pub(crate) async fn tell_frame(&mut self, frame: v1::PartnerFrame) -> (v1::partner_frame::Receipt, String) {
        let number = frame.number;
        assert!(self.line.say(What::Frame(frame)).await, "the hub is there");
        loop {
            let heard = self.hear().await;
            if let Some(Body::Receipt(receipt)) = &heard.body
                && receipt.number == number
            {
                return (receipt.clone(), heard.incident_id);
            }
        }
    }

    /// The hub's next frame, which is committed.
    pub(crate) async fn hear(&mut self) -> v1::PartnerFrame {
        loop {
            match self.line.hear().await.expect("the hub is there") {
                Answer::Frame(frame) => {
                    if frame.number <= self.has {
                        continue;
                    }
                    assert_eq!(frame.previous, self.has, "no frame is missing before {frame:?}");
                    self.has = frame.number;
                    self.heard.push(frame.clone());
                    if self.commits {
                        self.line.say(What::Commit(v1::Commit { number: frame.number })).await;
                    }
                    return frame;
                }
                Answer::Commit(commit) => self.committed = self.committed.max(commit.number),
                Answer::Welcome(_) | Answer::Beat(_) => {}
            }
        }
    }

    /// Hears until a frame is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Body) -> bool) -> v1::PartnerFrame {
        loop {
            let frame = self.hear().await;
            if frame.body.as_ref().is_some_and(&wanted) {
                return frame;
            }
        }
    }
}

/// A report of the partner's.
pub(crate) fn report(source: &str, reference: &str, text: &str) -> v1::partner_frame::Report {
    v1::partner_frame::Report {
        source: source.to_owned(),
        reference: reference.to_owned(),
        channel: v1::Channel::Phone.into(),
        text: text.to_owned(),
        area: crate::town::HERE.to_owned(),
        ..v1::partner_frame::Report::default()
    }
}

/// Settings of a stream bridge with these certificates.
pub(crate) fn stream(partner: &str, certs: &Certs) -> runtime::config::Bridge {
    runtime::config::Bridge {
        partner: partner.to_owned(),
        simulated: false,
        beat_seconds: 1,
        silence_seconds: 3,
        stream: Some(runtime::config::BridgeStream {
            address: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: certs.file("hub.pem"),
            key: certs.file("hub.key"),
            client_ca: certs.file("ca.pem"),
            name: None,
        }),
        ferry: None,
    }
}

/// An authority with both partners' certificates.
pub(crate) fn certs(folder: &Path) -> Certs {
    let certs = Certs::new(&folder.join("tls")).expect("a writable folder");
    for partner in ["police110", "gridplatform"] {
        certs.partner(partner).expect("a writable folder");
    }
    certs
}
