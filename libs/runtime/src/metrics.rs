//! What the process measures: instruments made once, when a collector is named or figures are read; nothing is measured
//! without one of them.
//!
//! Most are measured where things happen. What can be looked up at any time is looked up when somebody asks ([`watch`]).
//! No attribute takes more than a few words: methods, codes, outcomes. Never who, where or what was said. How it is written
//! for Prometheus is in `text`; the figures of the process itself are in `process`.

pub(crate) mod process;
pub(crate) mod text;

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Counter, Gauge, Histogram, Meter, UpDownCounter},
};

/// From a tenth of a millisecond to the longest that a call may take, in seconds.
const SECONDS: [f64; 16] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// From one fact to a journal's largest batch.
const FACTS: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];

static METRICS: OnceLock<Metrics> = OnceLock::new();
static METER: OnceLock<Meter> = OnceLock::new();

/// The instruments.
pub(crate) struct Metrics {
    /// Seconds from handing a decision to the journal to its answer, by outcome.
    pub(crate) append_duration: Histogram<f64>,
    /// Facts of one decision.
    pub(crate) append_facts: Histogram<u64>,
    /// Decisions that wait for the journal.
    pub(crate) journal_queue: UpDownCounter<i64>,
    /// Facts that the board has taken in.
    pub(crate) fold_facts: Counter<u64>,
    /// Positions that the board is behind the journal's end.
    pub(crate) fold_lag: Gauge<u64>,
    /// Seconds from a fact's recording to the board, of live facts.
    pub(crate) fold_delay: Histogram<f64>,
    /// Facts that the board is given at once, live.
    pub(crate) batch_size: Histogram<u64>,
    /// Calls under way.
    pub(crate) requests_active: UpDownCounter<i64>,
    /// Calls that were refused, by the refusal's code.
    pub(crate) requests_refused: Counter<u64>,
    /// Seconds that a call took, by method and status.
    pub(crate) call_duration: Histogram<f64>,
}

/// The instruments, where somebody wants to know.
pub(crate) fn metrics() -> Option<&'static Metrics> {
    METRICS.get()
}

/// From now on it is measured.
pub(crate) fn begin(meter: &Meter) {
    METRICS.get_or_init(|| Metrics::new(meter));
    METER.get_or_init(|| meter.clone());
}

/// How a figure moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Up and down.
    Level,
    /// Only up, until the process or its journal begins anew.
    Total,
}

/// Says a value, and of what it is: names and stable words.
pub type Tell<'a> = &'a dyn Fn(f64, &[(&'static str, &str)]);

/// Has a figure looked up whenever somebody asks for all of them; without anybody who does, `look` is dropped. It may read
/// a file or take a short lock, and must not wait. `unit` is one of UCUM's: `s`, `By`, `{frame}`, or empty.
pub fn watch(
    kind: Kind,
    name: &'static str,
    unit: &'static str,
    what: &'static str,
    look: impl Fn(Tell<'_>) + Send + Sync + 'static,
) {
    let Some(meter) = METER.get() else { return };
    let looked_up = move |observer: &dyn AsyncInstrument<f64>| {
        look(&|value, about| {
            let about: Vec<_> = about.iter().map(|(name, word)| KeyValue::new(*name, (*word).to_owned())).collect();
            observer.observe(value, &about);
        });
    };
    match kind {
        Kind::Level => {
            let level = meter.f64_observable_gauge(name).with_unit(unit).with_description(what);
            level.with_callback(looked_up).build();
        }
        Kind::Total => {
            let total = meter.f64_observable_counter(name).with_unit(unit).with_description(what);
            total.with_callback(looked_up).build();
        }
    }
}

impl Metrics {
    fn new(meter: &Meter) -> Self {
        let seconds = |name| meter.f64_histogram(name).with_unit("s").with_boundaries(SECONDS.to_vec());
        let facts = |name| meter.u64_histogram(name).with_unit("{fact}").with_boundaries(FACTS.to_vec());
        let level = |name| meter.i64_up_down_counter(name);
        Self {
            append_duration: seconds("hub.append.duration").with_description("Journal append, until on disk").build(),
            append_facts: facts("hub.append.facts").with_description("Facts of one decision").build(),
            journal_queue: level("hub.journal.queue").with_description("Decisions waiting for the journal").build(),
            fold_facts: meter.u64_counter("hub.fold.facts").with_unit("{fact}").with_description("Facts folded in").build(),
            fold_lag: meter.u64_gauge("hub.fold.lag").with_unit("{fact}").with_description("Positions behind the journal").build(),
            fold_delay: seconds("hub.fold.delay").with_description("From recorded to folded in").build(),
            batch_size: facts("hub.batch.size").with_description("Facts given to the fold at once").build(),
            requests_active: level("hub.requests.active").with_description("Calls under way").build(),
            requests_refused: meter.u64_counter("hub.requests.refused").with_description("Calls refused, by code").build(),
            call_duration: seconds("rpc.server.call.duration").with_description("Calls served").build(),
        }
    }
}

/// A decision on its way into the journal.
pub(crate) struct Appending {
    metrics: Option<&'static Metrics>,
    begun: Instant,
}

impl Appending {
    /// It is handed over.
    pub(crate) fn begin(facts: usize) -> Self {
        let metrics = metrics();
        if let Some(metrics) = metrics {
            metrics.journal_queue.add(1, &[]);
            metrics.append_facts.record(u64::try_from(facts).unwrap_or(u64::MAX), &[]);
        }
        Self { metrics, begun: Instant::now() }
    }

    /// It is answered; `outcome` is a stable word.
    pub(crate) fn answered(self, outcome: &'static str) {
        if let Some(metrics) = self.metrics {
            metrics.append_duration.record(self.begun.elapsed().as_secs_f64(), &[KeyValue::new("hub.outcome", outcome)]);
        }
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        if let Some(metrics) = self.metrics {
            metrics.journal_queue.add(-1, &[]);
        }
    }
}

/// How long ago `ms`, a time since 1970, was; nothing where it lies ahead.
pub(crate) fn seconds_since(ms: i64) -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    now.saturating_sub(then).as_secs_f64()
}
