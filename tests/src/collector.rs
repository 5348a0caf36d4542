//! A collector of traces and metrics in this process: takes what a hub sends by OTLP, and keeps all of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{metric::Data, number_data_point},
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};
use wire::Message as _;

/// A collector that listens. Dropped, it is gone.
pub(crate) struct Collector {
    /// What a hub is told.
    pub(crate) uri: String,
    kept: Kept,
    serving: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<(Vec<ExportTraceServiceRequest>, Vec<ExportMetricsServiceRequest>)>>);

impl Kept {
    fn all(&self) -> MutexGuard<'_, (Vec<ExportTraceServiceRequest>, Vec<ExportMetricsServiceRequest>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A span and who sent it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The process, by its instance id.
    pub(crate) process: String,
    /// Its trace, 32 hexadecimal digits.
    pub(crate) trace: String,
    /// Its id, 16 of them.
    pub(crate) id: String,
    /// What it is a part of; empty at a trace's beginning.
    pub(crate) parent: String,
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: SpanKind,
    /// What it says, as text.
    pub(crate) about: BTreeMap<String, String>,
    /// Trace and id of what it is linked to.
    pub(crate) links: Vec<(String, String)>,
    /// It says that it failed.
    pub(crate) failed: bool,
}

/// One series of a metric as it was last sent.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// What it is of.
    pub(crate) about: BTreeMap<String, String>,
    /// Its value; of a histogram the sum.
    pub(crate) value: f64,
    /// How often; of a histogram only.
    pub(crate) count: u64,
}

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.all().0.push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Kept {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.all().1.push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Collector {
    /// Listens on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let uri = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Kept::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(kept.clone()))
            .add_service(MetricsServiceServer::new(kept.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let serving = tokio::spawn(async move { server.await.expect("the collector serves") });
        Self { uri, kept, serving }
    }

    /// Every span that came.
    pub(crate) fn spans(&self) -> Vec<Seen> {
        let all = self.kept.all();
        let resources = all.0.iter().flat_map(|request| &request.resource_spans);
        let spans = resources.flat_map(|sent| {
            let process = process(sent.resource.as_ref());
            sent.scope_spans.iter().flat_map(|scope| &scope.spans).map(move |span| seen(&process, span))
        });
        spans.collect()
    }

    /// Waits until a span that fits has come.
    pub(crate) async fn wait_for(&self, what: &str, fits: impl Fn(&Seen) -> bool) -> Seen {
        let begun = Instant::now();
        loop {
            if let Some(span) = self.spans().into_iter().find(|span| fits(span)) {
                return span;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "no span {what} came, but {:#?}", self.spans());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What every process says of itself.
    pub(crate) fn processes(&self) -> Vec<BTreeMap<String, String>> {
        let all = self.kept.all();
        let resources = all.0.iter().flat_map(|request| &request.resource_spans).filter_map(|sent| sent.resource.as_ref());
        let mut found: Vec<_> = resources.map(|resource| words(&resource.attributes)).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The last points of every metric, by name; of several processes one after another.
    pub(crate) fn metrics(&self) -> BTreeMap<String, Vec<Point>> {
        let all = self.kept.all();
        let mut last = BTreeMap::new();
        for sent in all.1.iter().flat_map(|request| &request.resource_metrics) {
            for metric in sent.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
                last.insert((metric.name.clone(), process(sent.resource.as_ref())), points(metric.data.as_ref()));
            }
        }
        let mut merged: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        last.into_iter().for_each(|((name, _), points)| merged.entry(name).or_default().extend(points));
        merged
    }

    /// All that came, byte by byte.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let all = self.kept.all();
        let spans = all.0.iter().flat_map(|request| request.encode_to_vec());
        spans.chain(all.1.iter().flat_map(|request| request.encode_to_vec())).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn process(resource: Option<&Resource>) -> String {
    resource.and_then(|resource| words(&resource.attributes).remove("service.instance.id")).unwrap_or_default()
}

fn seen(process: &str, span: &Span) -> Seen {
    let hex = |bytes: &[u8]| runtime::identity::hex(bytes);
    Seen {
        process: process.to_owned(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name.clone(),
        kind: span.kind(),
        about: words(&span.attributes),
        links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
        failed: span.status.as_ref().is_some_and(|status| status.code != 0),
    }
}

fn words(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(is) => is.to_string(),
        other => format!("{other:?}"),
    };
    let value = |pair: &KeyValue| pair.value.as_ref().and_then(|value| value.value.as_ref()).map(text).unwrap_or_default();
    attributes.iter().map(|pair| (pair.key.clone(), value(pair))).collect()
}

fn points(data: Option<&Data>) -> Vec<Point> {
    let number = |value: Option<&number_data_point::Value>| match value {
        Some(number_data_point::Value::AsDouble(number)) => *number,
        #[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
        Some(number_data_point::Value::AsInt(number)) => *number as f64,
        None => 0.0,
    };
    match data {
        Some(Data::Gauge(gauge)) => {
            gauge.data_points.iter().map(|at| (&at.attributes, number(at.value.as_ref()), 0)).collect::<Vec<_>>()
        }
        Some(Data::Sum(sum)) => sum.data_points.iter().map(|at| (&at.attributes, number(at.value.as_ref()), 0)).collect(),
        Some(Data::Histogram(of)) => {
            of.data_points.iter().map(|at| (&at.attributes, at.sum.unwrap_or_default(), at.count)).collect()
        }
        Some(Data::ExponentialHistogram(_) | Data::Summary(_)) | None => Vec::new(),
    }
    .into_iter()
    .map(|(about, value, count)| Point { about: words(about), value, count })
    .collect()
}
