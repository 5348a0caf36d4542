//! Logs: events with fields, on standard error; never personal data, because no event takes any. Traces and metrics: to
//! a collector by OTLP, where one is named; the same metrics to whoever reads [`Figures`] (`crate::outside`), where an
//! address is set. Nowhere else.
//!
//! The hub never waits for a collector: what it does not take in time is dropped, and said now and then.

mod figures;
mod quiet;

use std::{fmt, time::Duration};

use opentelemetry::{Array, KeyValue, StringValue, Value, metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_otlp::{MetricExporter, RetryPolicy, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider},
};
use tokio::sync::oneshot;
use tonic::transport::Endpoint;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, JsonFields, Writer},
    },
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::{
    config::{ConfigError, Log, Telemetry},
    identity::hex,
    metrics, trace,
};
pub use figures::Figures;
use quiet::{Quiet, Trouble};

/// The service's name in every trace and metric.
const SERVICE: &str = "hub";
/// Spans that may wait for the collector; more are dropped.
const MOST_WAITING: usize = 16_384;
/// How long spans are gathered before they are sent.
const SPANS_EVERY: Duration = Duration::from_secs(1);
/// How often metrics are sent.
const METRICS_EVERY: Duration = Duration::from_secs(10);
/// How long one sending may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a hub that stops waits for the last spans to be taken.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Begins to log. A second call in one process changes nothing (tests).
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let begun = if log.json {
        let format = Traced(tracing_subscriber::fmt::format().json());
        registry.with(lines.event_format(format).fmt_fields(JsonFields::new())).try_init()
    } else {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        registry.with(lines.with_target(false).with_ansi(colours)).try_init()
    };
    if begun.is_err() {
        tracing::debug!("logging had begun before");
    }
}

/// A line of JSON that says to which trace and span it belongs, where it belongs to one.
struct Traced(Format<Json>);

impl<S, N> FormatEvent<S, N> for Traced
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some((trace, span)) = trace::ids() else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let open = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        writeln!(writer, r#"{open},"trace_id":"{trace}","span_id":"{span}"}}"#)
    }
}

/// Sends traces and metrics, and gives figures out, as long as it is kept.
#[must_use = "what was not sent yet is lost when this is dropped: stop it"]
#[derive(Default)]
pub struct Exporting {
    tracers: Option<SdkTracerProvider>,
    meters: Option<SdkMeterProvider>,
    figures: Option<Figures>,
}

/// Begins to send traces and metrics to the collector that is named, and to keep figures for whoever reads them; neither
/// where the settings name neither. To be called before the process is opened, once, within a tokio runtime; `services`
/// are those the process serves.
///
/// # Errors
/// [`ConfigError::Collector`] where the text names no collector, [`ConfigError::Figures`] where others could read along. A
/// collector that cannot be reached is no error.
pub fn export(telemetry: &Telemetry, services: &[&'static str]) -> Result<Exporting, ConfigError> {
    telemetry.check()?;
    if telemetry.otlp.is_none() && telemetry.prometheus.is_none() {
        return Ok(Exporting::default());
    }
    let resource = resource(services);
    let mut exporting = Exporting::default();
    let mut meters = SdkMeterProvider::builder().with_resource(resource.clone());
    if let Some(otlp) = &telemetry.otlp {
        let (spans, reader) = sending(otlp)?;
        exporting.tracers = Some(SdkTracerProvider::builder().with_span_processor(spans).with_resource(resource).build());
        meters = meters.with_reader(reader);
    }
    if telemetry.prometheus.is_some() {
        meters = meters.with_reader(exporting.figures.insert(Figures::default()).clone());
    }
    let meters = meters.build();
    metrics::begin(&meters.meter(SERVICE));
    metrics::process::begin();
    if let Some(tracers) = &exporting.tracers {
        trace::begin(tracers.tracer(SERVICE));
    }
    exporting.meters = Some(meters);
    Ok(exporting)
}

type Sending = (BatchSpanProcessor, PeriodicReader<Quiet<MetricExporter>>);

/// What takes spans and metrics to a collector.
fn sending(otlp: &str) -> Result<Sending, ConfigError> {
    let wrong = || ConfigError::Collector { otlp: otlp.to_owned() };
    let endpoint = Endpoint::from_shared(otlp.to_owned()).map_err(|_| wrong())?;
    if endpoint.uri().scheme_str() != Some("http") || endpoint.uri().authority().is_none() {
        return Err(wrong());
    }
    let road = endpoint.connect_timeout(SEND_TIMEOUT).timeout(SEND_TIMEOUT).connect_lazy();
    // What is not taken at once is dropped: a hub under load must not gather what nobody takes.
    let retry = || RetryPolicy::disabled();
    let spans = SpanExporter::builder().with_tonic().with_channel(road.clone()).with_timeout(SEND_TIMEOUT);
    let spans = spans.with_retry_policy(retry()).build().map_err(|_| wrong())?;
    let measured = MetricExporter::builder().with_tonic().with_channel(road).with_timeout(SEND_TIMEOUT);
    let measured = measured.with_retry_policy(retry()).build().map_err(|_| wrong())?;
    let trouble = Trouble::at(otlp);
    let gathered = BatchConfigBuilder::default().with_max_queue_size(MOST_WAITING).with_scheduled_delay(SPANS_EVERY).build();
    let spans = BatchSpanProcessor::builder(Quiet::new(spans, &trouble)).with_batch_config(gathered).build();
    let reader = PeriodicReader::builder(Quiet::new(measured, &trouble)).with_interval(METRICS_EVERY).build();
    Ok((spans, reader))
}

/// Which process speaks.
fn resource(services: &[&'static str]) -> Resource {
    let mut drawn = [0_u8; 16];
    // Without random numbers two processes look like one in the collector; nothing else depends on it.
    let _ = getrandom::fill(&mut drawn);
    let services = services.iter().copied().map(StringValue::from).collect();
    let about = [
        KeyValue::new("service.instance.id", hex(&drawn)),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("hub.services", Value::Array(Array::String(services))),
    ];
    Resource::builder().with_service_name(SERVICE).with_attributes(about).build()
}

impl Exporting {
    /// The figures, where somebody may read them.
    #[must_use]
    pub const fn figures(&self) -> Option<&Figures> {
        self.figures.as_ref()
    }

    /// Sends what is left, for two seconds at most, and ends.
    pub async fn stop(self) {
        let Self { tracers, meters: Some(meters), figures: _ } = self else { return };
        // A thread of its own, and not the runtime's: nobody has to wait for it, not even the end of the process.
        let (done, flushed) = oneshot::channel();
        std::thread::spawn(move || {
            // What goes wrong here was told by the exporters.
            let _ = tracers.map(|tracers| tracers.shutdown_with_timeout(FLUSH_TIMEOUT));
            let _ = meters.shutdown_with_timeout(FLUSH_TIMEOUT);
            let _ = done.send(());
        });
        if tokio::time::timeout(FLUSH_TIMEOUT, flushed).await.is_err() {
            tracing::warn!("the collector did not take the last traces and metrics in time; they are lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_names_no_collector_is_refused_and_none_is_fine() {
        let export = |otlp: Option<&str>| super::export(&Telemetry { otlp: otlp.map(str::to_owned), ..Telemetry::default() }, &[]);
        assert!(export(None).is_ok_and(|exporting| exporting.meters.is_none() && exporting.figures().is_none()));
        for wrong in ["127.0.0.1:4317", "https://collector:4317", "collector", "http://", ""] {
            let error = export(Some(wrong)).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|error| error.contains("http://host:port")), "{wrong}: {error:?}");
        }
        assert!(!trace::on() && metrics::metrics().is_none(), "nothing begins by being tried");
    }
}
