//! The process as others see it who do not speak its language: `/metrics` for Prometheus, `/livez` and `/readyz` for
//! whoever starts it anew. Plain HTTP, off unless an address is set, on this machine only unless it is said otherwise.
//!
//! It listens before the journal is opened, so that a long start is seen as what it is. Nothing here changes anything, and
//! no answer has personal data: figures, and why the process is not ready.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use crate::{metrics::text::Form, serve::ServeError, telemetry::Figures};

/// Connections at once; one more is closed unheard.
const CONNECTIONS: usize = 16;
/// How long a caller may take to say what it wants.
const ASKING: Duration = Duration::from_secs(5);
/// How long a connection may take, its answer included.
const LONGEST: Duration = Duration::from_secs(15);
/// Bytes of what a caller says.
const MOST_SAID: usize = 16 << 10;

type Unready = dyn Fn() -> Option<String> + Send + Sync;

/// Whether the process is ready, and why not: told by whoever knows best at the time.
#[derive(Clone)]
pub struct Ready(Arc<RwLock<Arc<Unready>>>);

impl Default for Ready {
    fn default() -> Self {
        let starting: Arc<Unready> = Arc::new(|| Some("starting: the journal is being opened".to_owned()));
        Self(Arc::new(RwLock::new(starting)))
    }
}

impl Ready {
    /// From now on `unready` says why not.
    pub fn unless(&self, unready: impl Fn() -> Option<String> + Send + Sync + 'static) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(unready);
    }

    /// Why the process is not ready; nothing where it is.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let unready = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        unready()
    }
}

/// An address that is taken and not yet answered at.
pub struct Outside {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Outside {
    /// Takes the address.
    ///
    /// # Errors
    /// [`ServeError::Bind`].
    pub async fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Answers until `stop`.
    pub async fn run(self, figures: Figures, ready: Ready, stop: CancellationToken) {
        let turns = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Out of files, most likely: that passes.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Ok(turn) = Arc::clone(&turns).try_acquire_owned() else { continue };
            let (figures, ready) = (figures.clone(), ready.clone());
            tokio::spawn(async move {
                let _turn = turn;
                // Who is too slow, or says what is no HTTP, is told by the end of the connection.
                let _ = tokio::time::timeout(LONGEST, converse(stream, figures, ready)).await;
            });
        }
    }
}

/// One question, one answer.
async fn converse(stream: TcpStream, figures: Figures, ready: Ready) -> Result<(), hyper::Error> {
    let answered = service_fn(move |request: Request<hyper::body::Incoming>| {
        let (figures, ready) = (figures.clone(), ready.clone());
        async move { Ok::<_, Infallible>(answer(&request, figures, &ready).await) }
    });
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(ASKING).max_buf_size(MOST_SAID).keep_alive(false);
    connection.serve_connection(TokioIo::new(stream), answered).await
}

async fn answer<B>(request: &Request<B>, figures: Figures, ready: &Ready) -> Response<String> {
    const PLAIN: &str = "text/plain; charset=utf-8";
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET or HEAD\n".to_owned());
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match request.uri().path() {
        "/metrics" => {
            let form = Form::wanted(request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default());
            // Some figures are read from files.
            match tokio::task::spawn_blocking(move || figures.text(form)).await {
                Ok(text) => said(StatusCode::OK, form.content_type(), text),
                Err(_) => said(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "the figures could not be looked up\n".to_owned()),
            }
        }
        "/livez" => said(StatusCode::OK, PLAIN, "live\n".to_owned()),
        "/readyz" => match ready.reason() {
            None => said(StatusCode::OK, PLAIN, "ready\n".to_owned()),
            Some(reason) => said(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("not ready: {reason}\n")),
        },
        _ => said(StatusCode::NOT_FOUND, PLAIN, "/metrics, /livez, /readyz\n".to_owned()),
    }
}

fn said(status: StatusCode, kind: &'static str, text: String) -> Response<String> {
    let mut answer = Response::new(text);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests;
