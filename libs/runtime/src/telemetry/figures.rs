//! The metrics of this process, read when somebody asks.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{InstrumentKind, ManualReader, Pipeline, Temporality, data::ResourceMetrics, reader::MetricReader},
};

use crate::metrics::text::{Form, written};

/// All figures of the process; a second handle reads the same ones.
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<ManualReader>);

impl Figures {
    /// Looks everything up and writes it down. May read files: not for a thread that others wait for.
    pub(crate) fn text(&self, form: Form) -> String {
        let mut all = ResourceMetrics::default();
        if let Err(error) = self.0.collect(&mut all) {
            tracing::debug!(%error, "figures were asked for while the process ends");
        }
        written(&all, form)
    }
}

impl MetricReader for Figures {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, into: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(into)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}
