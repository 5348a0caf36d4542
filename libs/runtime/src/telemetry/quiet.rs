//! Exporters that say once a minute at most that a collector does not take what it is sent.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};

/// How long nothing more is said.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Trouble with one collector, shared by all that is sent there.
#[derive(Debug)]
pub(super) struct Trouble {
    collector: String,
    told: Mutex<Option<Instant>>,
}

impl Trouble {
    /// With the collector there.
    pub(super) fn at(collector: &str) -> Arc<Self> {
        Arc::new(Self { collector: collector.to_owned(), told: Mutex::new(None) })
    }

    fn say(&self, error: &dyn fmt::Display) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= SAY_EVERY) {
            *told = Some(Instant::now());
            drop(told);
            tracing::warn!(collector = self.collector, %error, "traces and metrics are not taken and are dropped; the hub goes on");
        }
    }
}

/// An exporter that is quiet about what fails.
#[derive(Debug)]
pub(super) struct Quiet<E> {
    inner: E,
    trouble: Arc<Trouble>,
}

impl<E> Quiet<E> {
    /// Around `inner`.
    pub(super) fn new(inner: E, trouble: &Arc<Trouble>) -> Self {
        Self { inner, trouble: Arc::clone(trouble) }
    }

    fn told(&self, sent: OTelSdkResult) -> OTelSdkResult {
        sent.inspect_err(|error| self.trouble.say(error))
    }
}

impl<E: SpanExporter> SpanExporter for Quiet<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.told(self.inner.export(batch).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Quiet<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.told(self.inner.export(metrics).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once_and_then_not_for_a_while() {
        let trouble = Trouble::at("http://127.0.0.1:1");
        let told = || *trouble.told.lock().expect("unpoisoned");
        trouble.say(&"refused");
        let first = told();
        trouble.say(&"refused");
        assert!(first.is_some() && told() == first);
    }
}
