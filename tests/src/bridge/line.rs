//! A partner's end of the line, for tests: says what the test wants, hears what the hub says. It keeps nothing by itself.

use std::{path::Path, time::Duration};

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

/// One connection.
pub(crate) struct Line {
    to: mpsc::Sender<v1::ExchangeRequest>,
    from: Streaming<v1::ExchangeAnswer>,
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
        let mut line = Self { to, from };
        match line.hear().await? {
            Answer::Welcome(welcome) => Ok((line, welcome)),
            other => Err(Status::internal(format!("no welcome: {other:?}"))),
        }
    }

    /// Says something; false where the hub is gone.
    pub(crate) async fn say(&self, what: What) -> bool {
        self.to.send(v1::ExchangeRequest { what: Some(what) }).await.is_ok()
    }

    /// What the hub says next.
    pub(crate) async fn hear(&mut self) -> Result<Answer, Status> {
        let heard = timeout(PATIENCE, self.from.message()).await.map_err(|_| Status::deadline_exceeded("the hub says nothing"))?;
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
}

impl Peer {
    /// Connects with what it has from before.
    pub(crate) async fn connect(uri: &str, tls: ClientTlsConfig, number: u64, has: u64) -> Self {
        let hello = v1::Hello { district: crate::town::DISTRICT.to_owned(), committed: has, version: 1 };
        let (line, welcome) = Line::connect(uri, tls, hello).await.expect("the hub lets it in");
        Self { line, number, has, committed: welcome.committed, heard: Vec::new() }
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
                    self.line.say(What::Commit(v1::Commit { number: frame.number })).await;
                    return frame;
                }
                Answer::Commit(commit) => self.committed = commit.number,
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
