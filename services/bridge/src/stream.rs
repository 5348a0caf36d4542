//! Frames on a connection that the partner holds: mutual TLS, one conversation at a time, bounded both ways.

use std::{net::SocketAddr, path::PathBuf, pin::Pin, sync::Arc};

use futures::Stream;
use runtime::{
    Ports, convert,
    serve::{self, Gate},
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request, Response, Status, Streaming,
    transport::{Certificate, Identity, Server, ServerTlsConfig},
};
use wire::v1::{
    self, exchange_answer, exchange_request,
    partner_server::{Partner as PartnerService, PartnerServer},
};

use crate::{
    inbox::Inbox,
    session::{Heard, Say, Session},
};

/// Most bytes of one message; a larger one ends the connection.
const MOST_MESSAGE: usize = 4 << 20;
/// Messages that wait in each direction.
const QUEUE: usize = 64;
/// Connections at once: a partner holds one, and a few more while it changes over.
const CONNECTIONS: usize = 64;
/// The version of the language that is spoken here.
const VERSION: u32 = 1;

/// Where a partner connects, and by which certificate it is known.
#[derive(Debug, Clone)]
pub struct Door {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// The hub's certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Who signs the partner's certificate, PEM.
    pub client_ca: PathBuf,
    /// The common name in the partner's certificate.
    pub name: String,
}

/// What can go wrong with a door.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// A file cannot be read.
    #[error("read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The address is taken or not ours.
    #[error("listen for {partner} on {address}: is another hub running there?")]
    Bind {
        /// For whom.
        partner: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// TLS cannot be set up, or the server broke.
    #[error("serve the link to {partner}")]
    Serve {
        /// To whom.
        partner: &'static str,
        /// Why not.
        #[source]
        source: tonic::transport::Error,
    },
}

/// A door that is bound and not yet open.
pub(crate) struct Bound {
    listener: TcpListener,
    server: Server,
    service: Service,
    pub(crate) address: SocketAddr,
}

/// Takes the address and reads the certificates.
pub(crate) async fn bind(session: Session, door: &Door, stop: CancellationToken) -> Result<Bound, DoorError> {
    let (partner, pace) = (session.partner, session.pace);
    let read = |path: &PathBuf| std::fs::read(path).map_err(|source| DoorError::File { path: path.clone(), source });
    let identity = Identity::from_pem(read(&door.certificate)?, read(&door.key)?);
    let tls = ServerTlsConfig::new().identity(identity).client_ca_root(Certificate::from_pem(read(&door.client_ca)?));
    let serve = |source| DoorError::Serve { partner: partner.name(), source };
    let server = Server::builder().http2_keepalive_interval(Some(pace.beat)).tls_config(tls).map_err(serve)?;
    let taken = |source| DoorError::Bind { partner: partner.name(), address: door.address, source };
    let listener = TcpListener::bind(door.address).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let service = Service { session: Arc::new(session), name: door.name.as_str().into(), now: Arc::default(), stop };
    Ok(Bound { listener, server, service, address })
}

impl Bound {
    /// Serves until the service's `stop`.
    pub(crate) async fn run(self) -> Result<(), DoorError> {
        let Self { listener, mut server, service, .. } = self;
        service.session.begin().await;
        let (partner, stop, now) = (service.session.partner.name(), service.stop.clone(), Arc::clone(&service.now));
        let served = server
            .add_service(PartnerServer::new(service).max_decoding_message_size(MOST_MESSAGE))
            .serve_with_incoming_shutdown(Gate::new(listener, CONNECTIONS).guests(), stop.cancelled());
        let served = served.await.map_err(|source| DoorError::Serve { partner, source });
        // The last thing that a conversation does is to put on record that it ended.
        if let Some(last) = now.lock().await.take() {
            let _ = last.task.await;
        }
        served
    }
}

/// The service that a partner calls.
#[derive(Clone)]
struct Service {
    session: Arc<Session>,
    name: Arc<str>,
    /// Ends the conversation that runs now, and waits until it has ended.
    now: Arc<Mutex<Option<Running>>>,
    stop: CancellationToken,
}

struct Running {
    cut: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

#[tonic::async_trait]
impl PartnerService for Service {
    type ExchangeStream = Pin<Box<dyn Stream<Item = Result<v1::ExchangeAnswer, Status>> + Send>>;

    async fn exchange(&self, request: Request<Streaming<v1::ExchangeRequest>>) -> Result<Response<Self::ExchangeStream>, Status> {
        let known = serve::peer_name(&request).is_some_and(|name| *name == *self.name);
        if !known {
            return Err(runtime::status::unauthenticated());
        }
        let mut stream = request.into_inner();
        let first = tokio::time::timeout(self.session.pace.silence, stream.next()).await;
        let hello = match first.map_err(|_| Status::deadline_exceeded("say hello first"))? {
            Some(Ok(v1::ExchangeRequest { what: Some(exchange_request::What::Hello(hello)) })) => hello,
            Some(Ok(_)) | None => return Err(runtime::status::bad_field("hello", "请先发送 hello", "say hello first")),
            Some(Err(status)) => return Err(status),
        };
        let committed = self.greeted(&hello)?;
        let (heard_to, mut heard) = mpsc::channel(QUEUE);
        let (say, say_from) = mpsc::channel(QUEUE);
        let (out, answers) = mpsc::channel(QUEUE);
        let ports = &self.session.ports;
        let welcome = v1::Welcome {
            district: ports.district.to_string(),
            journal: ports.fold.look(|board| board.ledger().map(|(id, _)| id.clone())).unwrap_or_default(),
            committed: Inbox::new(ports.clone(), self.session.partner, self.session.scripted).received(),
            now: Some(convert::to_when(ports.clock.now())),
        };
        let welcome = v1::ExchangeAnswer { what: Some(exchange_answer::What::Welcome(welcome)) };
        // A partner that comes again has lost the connection it had: that one ends first.
        let mut running = self.now.lock().await;
        if let Some(before) = running.take() {
            before.cut.cancel();
            let _ = before.task.await;
        }
        let cut = self.stop.child_token();
        let task = tokio::spawn({
            let (session, cut) = (Arc::clone(&self.session), cut.clone());
            async move {
                let ended = session.run(committed, &mut heard, &say, &cut).await;
                drop(say);
                if let Err(error) = &ended {
                    tracing::warn!(partner = session.partner.name(), %error, "the link broke");
                }
            }
        });
        *running = Some(Running { cut: cut.clone(), task });
        drop(running);
        tokio::spawn(listen(stream, heard_to, out.downgrade(), cut.clone()));
        tokio::spawn(speak(welcome, say_from, out, cut, ports.clone()));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

impl Service {
    /// Is it a partner of this district that speaks our language? The last of our frames that it has.
    fn greeted(&self, hello: &v1::Hello) -> Result<u64, Status> {
        if *hello.district != *self.session.ports.district {
            let zh = "本中枢不是该区的，请核对连接地址";
            return Err(runtime::status::bad_field("hello.district", zh, "this hub is of another district: check the address"));
        }
        if hello.version < VERSION {
            return Err(runtime::status::bad_field("hello.version", "本中枢使用第1版", "this hub speaks version 1"));
        }
        if hello.committed > self.session.ports.fold.position() {
            let zh = "所称已接收的编号超出本中枢日志，请核对是否连错中枢";
            let en = "says it has frames that this journal never had: is it the right hub?";
            return Err(runtime::status::bad_field("hello.committed", zh, en));
        }
        Ok(hello.committed)
    }
}

/// What the partner says, to the session; the queue's bound holds the connection back.
async fn listen(
    mut stream: Streaming<v1::ExchangeRequest>,
    to: mpsc::Sender<Heard>,
    answers: mpsc::WeakSender<Result<v1::ExchangeAnswer, Status>>,
    cut: CancellationToken,
) {
    loop {
        let said = tokio::select! {
            () = cut.cancelled() => return,
            said = stream.next() => said,
        };
        let heard = match said {
            Some(Ok(v1::ExchangeRequest { what })) => match what {
                Some(exchange_request::What::Frame(frame)) => Heard::Frame(Box::new(frame)),
                Some(exchange_request::What::Commit(commit)) => Heard::Commit(commit.number),
                Some(exchange_request::What::Hello(_) | exchange_request::What::Beat(_)) | None => Heard::Beat,
            },
            Some(Err(status)) => {
                tracing::warn!(code = ?status.code(), message = status.message(), "the partner's connection broke");
                if status.code() == Code::OutOfRange
                    && let Some(answers) = answers.upgrade()
                {
                    let _ = answers.try_send(Err(too_large()));
                }
                return;
            }
            None => return,
        };
        tokio::select! {
            () = cut.cancelled() => return,
            sent = to.send(heard) => if sent.is_err() { return },
        }
    }
}

/// A message that nothing can read ends the connection; whoever sent it learns why.
fn too_large() -> Status {
    let zh = "一条消息最多4 MiB，请缩短后重新连接";
    runtime::status::bad_field("message", zh, "a message has 4 MiB at most: shorten it and connect again")
}

/// What the session says, to the partner.
async fn speak(
    welcome: v1::ExchangeAnswer,
    mut from: mpsc::Receiver<Say>,
    to: mpsc::Sender<Result<v1::ExchangeAnswer, Status>>,
    cut: CancellationToken,
    ports: Ports,
) {
    if to.send(Ok(welcome)).await.is_err() {
        return;
    }
    loop {
        let say = tokio::select! {
            () = cut.cancelled() => break,
            () = to.closed() => break,
            say = from.recv() => say,
        };
        let what = match say {
            None => break,
            Some(Say::Frame(frame)) => exchange_answer::What::Frame(*frame),
            Some(Say::Commit(number)) => exchange_answer::What::Commit(v1::Commit { number }),
            Some(Say::Beat) => exchange_answer::What::Beat(v1::Beat { now: Some(convert::to_when(ports.clock.now())) }),
        };
        tokio::select! {
            () = cut.cancelled() => break,
            sent = to.send(Ok(v1::ExchangeAnswer { what: Some(what) })) => if sent.is_err() { return },
        }
    }
    // A partner that reads its stream to the end learns that it may come again.
    let _ = to.try_send(Err(Status::unavailable("the link ended here: connect again")));
}
