//! Every call of the hub's own services as a span and in the metrics. Health and reflection are asked too often to be told of.
//!
//! A call goes on in its caller's trace, or begins one. It ends with its answer's head: what a stream says after that
//! belongs to nobody's latency. What is refused at the door is seen here, too, because this stands before the door.

use std::{
    collections::BTreeSet,
    sync::LazyLock,
    task::{Context, Poll},
    time::Instant,
};

use futures::future::BoxFuture;
use http::{Request, Response};
use opentelemetry::{
    KeyValue,
    trace::{SpanKind, TraceContextExt as _},
};
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt as _;

use crate::{
    metrics::{Metrics, metrics},
    trace::{self, work::Work},
};

/// Services whose calls are told of.
const OURS: &str = "hub.v1.";
/// Longest name of a method that is one.
const MOST_NAME: usize = 64;
/// The conventions' word for a method that does not exist, or not here.
const OTHER: &str = "_OTHER";

/// See [the module](self).
#[derive(Clone)]
pub(super) struct TraceLayer;

impl<S> tower::Layer<S> for TraceLayer {
    type Service = Traced<S>;
    fn layer(&self, inner: S) -> Traced<S> {
        Traced { inner }
    }
}

/// See [`TraceLayer`].
#[derive(Clone)]
pub(super) struct Traced<S> {
    inner: S,
}

impl<S> tower::Service<Request<Body>> for Traced<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(method) = method(request.uri().path()) else { return Box::pin(self.inner.call(request)) };
        let call = Call::begin(told(method).to_owned(), &request);
        let answer = {
            let _within = call.work.enter();
            self.inner.call(request)
        };
        Box::pin(async move {
            let answer = call.work.within(answer).await;
            if let Ok(response) = &answer {
                call.answered(response);
            }
            answer
        })
    }
}

/// The method of a path that may be one of ours: `hub.v1.Intake/Report`.
fn method(path: &str) -> Option<&str> {
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'_'));
    path.strip_prefix('/').filter(|name| name.starts_with(OURS) && name.len() <= MOST_NAME && plain(name))
}

/// As it is told of: whoever makes names up must not fill a collector with them, also where the call comes to nothing before
/// anybody looks whether there is such a method.
fn told(method: &str) -> &str {
    static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(wire::methods);
    if KNOWN.contains(method) { method } else { OTHER }
}

/// A call under way. Dropped without an answer, its caller went away.
struct Call {
    work: Work,
    method: String,
    begun: Instant,
    metrics: Option<&'static Metrics>,
    told: bool,
}

impl Call {
    fn begin(method: String, request: &Request<Body>) -> Self {
        let parent = opentelemetry::Context::new();
        let parent = match trace::extract(request.headers()) {
            Some(caller) => parent.with_remote_span_context(caller),
            None => parent,
        };
        let work = Work::begin(SpanKind::Server, parent, method.clone(), || {
            vec![KeyValue::new("rpc.system.name", "grpc"), KeyValue::new("rpc.method", method.clone())]
        });
        let metrics = metrics();
        if let Some(metrics) = metrics {
            metrics.requests_active.add(1, &[]);
        }
        Self { work, method, begun: Instant::now(), metrics, told: false }
    }

    fn answered(mut self, response: &Response<Body>) {
        // An answer that is nothing but a status has it in its head; else there is an answer.
        let status = Status::from_header_map(response.headers()).filter(|status| status.code() != Code::Ok);
        let refusal = status.as_ref().and_then(|status| Some(status.get_details_error_info()?.reason));
        self.tell(status.map_or(Code::Ok, |status| status.code()), refusal);
    }

    fn tell(&mut self, code: Code, refusal: Option<String>) {
        self.told = true;
        let word = word(code);
        let mut method = self.method.clone();
        if code == Code::Unimplemented {
            OTHER.clone_into(&mut method);
            self.work.rename(OTHER);
            self.work.say("rpc.method", OTHER);
        }
        self.work.say("rpc.status_code", word);
        if let Some(refusal) = &refusal {
            self.work.say("hub.refusal", refusal.clone());
        }
        if broke(code) {
            self.work.failed(word);
        }
        let within = self.work.enter();
        tracing::debug!(method, status = word, ms = self.begun.elapsed().as_secs_f64() * 1000.0, "answered");
        drop(within);
        let Some(metrics) = self.metrics else { return };
        metrics.requests_active.add(-1, &[]);
        let status = KeyValue::new("rpc.status_code", word);
        if code != Code::Ok {
            let code = refusal.map_or(KeyValue::new("hub.code", word), |code| KeyValue::new("hub.code", code));
            metrics.requests_refused.add(1, &[code, status.clone()]);
        }
        let about = [KeyValue::new("rpc.system.name", "grpc"), KeyValue::new("rpc.method", method), status];
        metrics.call_duration.record(self.begun.elapsed().as_secs_f64(), &about);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.told {
            self.tell(Code::Cancelled, None);
        }
    }
}

/// Which statuses mean that the server failed, and not that it said no.
///
/// Source: OpenTelemetry semantic conventions, RPC, gRPC server spans.
const fn broke(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown | Code::DeadlineExceeded | Code::Unimplemented | Code::Internal | Code::Unavailable | Code::DataLoss
    )
}

/// A code by gRPC's own name.
const fn word(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_a_method_of_the_hub_is_told_of() {
        assert_eq!(method("/hub.v1.Intake/Report"), Some("hub.v1.Intake/Report"));
        let long = format!("/hub.v1.{}", "x".repeat(MOST_NAME));
        for other in ["/grpc.health.v1.Health/Check", "/", "", "/hub.v1.Intake/张三", "/hub.v1.Intake/Report?who=1", &long] {
            assert_eq!(method(other), None, "{other}");
        }
        assert_eq!(
            (told("hub.v1.Intake/Report"), told("hub.v1.Made/Up"), told("hub.v1.Intake/Repor")),
            ("hub.v1.Intake/Report", OTHER, OTHER)
        );
    }
}
