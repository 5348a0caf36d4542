//! Puts services on the network: one gRPC server a process, with health, reflection, identity and deadlines.

mod gate;
mod traced;

use std::{
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response, header::AUTHORIZATION};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    service::Routes,
    transport::{
        Certificate, ClientTlsConfig, Identity, Server, ServerTlsConfig,
        server::{TcpConnectInfo, TlsConnectInfo},
    },
};

use crate::{
    config::{ConfigError, Listen, Tls},
    identity::Doorman,
    status,
};

pub use gate::Gate;

/// What can go wrong while serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings forbid it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address is taken or not ours.
    #[error("listen on {address}: is another hub running there?")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A TLS file could not be read.
    #[error("read the TLS file {path}")]
    TlsFile {
        /// Which.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The server broke.
    #[error("serve gRPC")]
    Transport(#[from] tonic::transport::Error),
}

/// A server that is bound and not yet running.
pub struct Bound {
    gate: Gate,
    server: Server,
    limits: Limits,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Checks the settings and takes the address; nothing runs yet.
///
/// # Errors
/// [`ServeError`].
pub async fn bind(listen: &Listen) -> Result<Bound, ServeError> {
    listen.check()?;
    let failed = |source| ServeError::Bind { address: listen.address, source };
    let listener = TcpListener::bind(listen.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut server = Server::builder()
        // Some more than may be under way: who is one too many shall hear it, and not wait unseen in its own client.
        .max_concurrent_streams(u32::try_from(listen.requests.saturating_mul(2).max(64)).ok())
        .http2_keepalive_interval(Some(Duration::from_secs(20)));
    if let Some(tls) = &listen.tls {
        server = server.tls_config(tls_config(tls)?)?;
    }
    let limits =
        Limits { requests: Arc::new(Semaphore::new(listen.requests)), deadline: Duration::from_secs(listen.deadline_seconds) };
    Ok(Bound { gate: Gate::new(listener, listen.connections), server, limits, address })
}

/// How a client on this machine trusts the server that these files belong to: by its own certificate chain, under the
/// first name that the certificate has.
///
/// # Errors
/// [`ServeError::TlsFile`] where the certificate cannot be read.
pub fn trusting(tls: &Tls) -> Result<ClientTlsConfig, ServeError> {
    let failed = |source| ServeError::TlsFile { path: tls.certificate.clone(), source };
    let pem = std::fs::read(&tls.certificate).map_err(failed)?;
    let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&pem));
    let unreadable = |what: &str| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
    let (_, first) = x509_parser::pem::parse_x509_pem(&pem).map_err(|error| unreadable(&error.to_string()))?;
    let certificate = first.parse_x509().map_err(|error| unreadable(&error.to_string()))?;
    let names = certificate.subject_alternative_name().ok().flatten();
    let name = names.iter().flat_map(|names| &names.value.general_names).find_map(|name| {
        let x509_parser::prelude::GeneralName::DNSName(name) = name else { return None };
        Some((*name).to_owned())
    });
    if let Some(name) = name {
        config = config.domain_name(name);
    }
    Ok(config)
}

fn tls_config(tls: &Tls) -> Result<ServerTlsConfig, ServeError> {
    let read = |path: &std::path::Path| std::fs::read(path).map_err(|source| ServeError::TlsFile { path: path.to_owned(), source });
    let mut config = ServerTlsConfig::new().identity(Identity::from_pem(read(&tls.certificate)?, read(&tls.key)?));
    if let Some(ca) = &tls.client_ca {
        config = config.client_ca_root(Certificate::from_pem(read(ca)?)).client_auth_optional(true);
    }
    Ok(config)
}

impl Bound {
    /// Serves `routes` until `stop`; then running requests are finished. `streams` are the paths of calls that last as
    /// long as their streams do.
    ///
    /// # Errors
    /// [`ServeError::Transport`].
    pub async fn run(
        self,
        routes: Routes,
        streams: &'static [&'static str],
        doorman: Doorman,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        let served = self
            .server
            .layer(traced::TraceLayer)
            .layer(LimitLayer { limits: self.limits, streams })
            .layer(IdentifyLayer(doorman))
            .add_routes(routes)
            .serve_with_incoming_shutdown(self.gate.guests(), stop.cancelled());
        Ok(served.await?)
    }
}

/// The routes every process serves beside its own: health and reflection. A service is healthy while `unready` gives no
/// reason why not; under no name it is asked for the process as a whole.
#[must_use]
pub fn common_routes(
    unready: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    services: Vec<&'static str>,
    stop: CancellationToken,
) -> Routes {
    let (reporter, health) = tonic_health::server::health_reporter();
    tokio::spawn(async move {
        let mut told = None;
        loop {
            for service in std::iter::once("").chain(services.iter().copied()) {
                let reason = unready(service);
                let status =
                    if reason.is_none() { tonic_health::ServingStatus::Serving } else { tonic_health::ServingStatus::NotServing };
                reporter.set_service_status(service, status).await;
                if service.is_empty() && reason != told {
                    if let Some(reason) = &reason {
                        tracing::error!(reason, "not ready");
                    }
                    told = reason;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    });
    let mut routes = Routes::builder();
    routes.add_service(health);
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(wire::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1();
    if let Ok(reflection) = reflection {
        routes.add_service(reflection);
    }
    routes.routes()
}

/// Waits for SIGINT or SIGTERM. Listens from this call on, and not only once it is awaited: who stops a hub the moment it
/// says where it listens is heard.
pub fn signalled() -> impl Future<Output = ()> {
    let listening = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = listening else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Adds the caller to each request, where one is recognised.
#[derive(Clone)]
struct IdentifyLayer(Doorman);

impl<S> tower::Layer<S> for IdentifyLayer {
    type Service = Identify<S>;
    fn layer(&self, inner: S) -> Identify<S> {
        Identify { inner, doorman: self.0.clone() }
    }
}

/// See [`IdentifyLayer`].
#[derive(Clone)]
struct Identify<S> {
    inner: S,
    doorman: Doorman,
}

impl<S> tower::Service<Request<Body>> for Identify<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let by_token = token.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| self.doorman.by_token(token));
        let caller = by_token.or_else(|| certificate_name(&request).and_then(|name| self.doorman.by_certificate(&name)));
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        self.inner.call(request)
    }
}

/// How much of a process its callers may take.
#[derive(Clone)]
struct Limits {
    /// Requests under way at once, over all connections.
    requests: Arc<Semaphore>,
    /// After which a request is given up.
    deadline: Duration,
}

/// Turns away what is too much, and gives up a call that takes too long, whatever deadline it named. What it wrote stays
/// written: asking again with the same command id gets the answer.
#[derive(Clone)]
struct LimitLayer {
    limits: Limits,
    streams: &'static [&'static str],
}

impl<S> tower::Layer<S> for LimitLayer {
    type Service = Limited<S>;
    fn layer(&self, inner: S) -> Limited<S> {
        Limited { inner, limits: self.limits.clone(), streams: self.streams }
    }
}

/// See [`LimitLayer`].
#[derive(Clone)]
struct Limited<S> {
    inner: S,
    limits: Limits,
    streams: &'static [&'static str],
}

impl<S> tower::Service<Request<Body>> for Limited<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Ok(turn) = Arc::clone(&self.limits.requests).try_acquire_owned() else {
            let busy = status::busy("too many requests are under way: try again");
            return Box::pin(async move { Ok(busy.into_http()) });
        };
        let stream = self.streams.contains(&request.uri().path());
        let (deadline, call) = (self.limits.deadline, self.inner.call(request));
        Box::pin(async move {
            let _turn = turn;
            if stream {
                return call.await;
            }
            tokio::time::timeout(deadline, call).await.unwrap_or_else(|_| Ok(status::late().into_http()))
        })
    }
}

/// The common name of the verified client certificate, if one came.
fn certificate_name(request: &Request<Body>) -> Option<String> {
    common_name(request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>()?)
}

/// As who the caller of a service was verified: the common name of its certificate, if one came.
#[must_use]
pub fn peer_name<T>(request: &tonic::Request<T>) -> Option<String> {
    common_name(request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>()?)
}

fn common_name(info: &TlsConnectInfo<TcpConnectInfo>) -> Option<String> {
    let chain = info.peer_certs()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(chain.first()?.as_ref()).ok()?;
    let name = certificate.subject().iter_common_name().next()?.as_str().ok()?.to_owned();
    Some(name)
}
