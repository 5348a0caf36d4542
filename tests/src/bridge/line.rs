//! A partner's end of the line, for tests: says what the test wants, hears what the hub says. It keeps nothing by itself.

use std::{path::Path, time::Duration};

use hub::certs::Certs;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use wire::{
    link::{self, Certificate, ClientTlsConfig, Identity},
    v1::{self, exchange_answer::What as Answer, exchange_request::What, partner_client::PartnerClient},
};

use super::quay::Files;

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

    /// The same file has more frames: whoever commits does it behind the last.
    pub(crate) fn more(&self) -> bool {
        match self {
            Self::Stream { .. } => false,
            Self::Ferry(files) => files.more(),
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
