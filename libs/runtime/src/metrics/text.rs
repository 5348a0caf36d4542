//! Metrics as Prometheus reads them: its own text format, or OpenMetrics where that is asked for.
//!
//! Names by OpenTelemetry's rules for Prometheus: what is no letter or digit becomes `_`, the unit is written out, what
//! only grows ends with `_total`. `hub.append.duration` in `s` is `hub_append_duration_seconds_bucket`, `_sum`, `_count`.
//!
//! Written here, because `opentelemetry-prometheus` keeps a second registry (`prometheus`) and knows neither OpenMetrics nor
//! its units.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Histogram, Metric, MetricData, ResourceMetrics};

/// Which text is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The text format, version 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Form {
    /// The one that this `Accept` asks for.
    pub(crate) fn wanted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// How it is called in an answer.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What kind of figure a family holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Counter,
    Gauge,
    Histogram,
    Info,
}

/// All points of one name.
struct Family {
    of: Type,
    unit: &'static str,
    what: String,
    /// A suffix, labels and value each.
    lines: Vec<(&'static str, String, String)>,
}

/// Everything, in the order of the names.
pub(crate) fn written(all: &ResourceMetrics, form: Form) -> String {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let about = labels(all.resource().iter().map(|(key, value)| (key.as_str(), value.as_str().into_owned())), None);
    let info = Family { of: Type::Info, unit: "", what: "The process".to_owned(), lines: vec![("_info", about, "1".to_owned())] };
    families.insert("target".to_owned(), info);
    for metric in all.scope_metrics().flat_map(|scope| scope.metrics()) {
        // Two instruments of one name would be one family with two heads: the first stays.
        if let Some(family) = family(metric) {
            families.entry(name(metric.name(), family.unit)).or_insert(family);
        }
    }
    let mut out = String::new();
    for (name, family) in &families {
        family.write(&mut out, name, form);
    }
    if form == Form::OpenMetrics {
        out += "# EOF\n";
    }
    out
}

impl Family {
    fn write(&self, out: &mut String, name: &str, form: Form) {
        // In the older format a family is called as its samples are.
        let (head, kind) = match (form, self.of) {
            (Form::Prometheus, Type::Counter) => (format!("{name}_total"), "counter"),
            (Form::Prometheus, Type::Info) => (format!("{name}_info"), "gauge"),
            (Form::OpenMetrics, Type::Counter) => (name.to_owned(), "counter"),
            (Form::OpenMetrics, Type::Info) => (name.to_owned(), "info"),
            (_, Type::Gauge) => (name.to_owned(), "gauge"),
            (_, Type::Histogram) => (name.to_owned(), "histogram"),
        };
        let what = escaped(&self.what, form == Form::OpenMetrics);
        // Writing into a text does not fail.
        let _ = writeln!(out, "# HELP {head} {what}\n# TYPE {head} {kind}");
        if form == Form::OpenMetrics && !self.unit.is_empty() {
            let _ = writeln!(out, "# UNIT {head} {}", self.unit);
        }
        for (suffix, labels, value) in &self.lines {
            let _ = writeln!(out, "{name}{suffix}{labels} {value}");
        }
    }
}

fn family(metric: &Metric) -> Option<Family> {
    let (of, lines) = match metric.data() {
        AggregatedMetrics::F64(data) => points(data)?,
        AggregatedMetrics::U64(data) => points(data)?,
        AggregatedMetrics::I64(data) => points(data)?,
    };
    Some(Family { of, unit: unit(metric.unit()), what: metric.description().to_owned(), lines })
}

type Lines = Vec<(&'static str, String, String)>;

fn points<T: Copy + Debug>(data: &MetricData<T>) -> Option<(Type, Lines)> {
    let plain = |suffix, about: Vec<&KeyValue>, value: T| (suffix, of(&about, None), number(value));
    let (of, mut lines): (Type, Lines) = match data {
        MetricData::Gauge(gauge) => {
            (Type::Gauge, gauge.data_points().map(|point| plain("", point.attributes().collect(), point.value())).collect())
        }
        MetricData::Sum(sum) => {
            let (of, suffix) = if sum.is_monotonic() { (Type::Counter, "_total") } else { (Type::Gauge, "") };
            (of, sum.data_points().map(|point| plain(suffix, point.attributes().collect(), point.value())).collect())
        }
        MetricData::Histogram(histogram) => return Some((Type::Histogram, buckets(histogram))),
        // None of the instruments makes one.
        MetricData::ExponentialHistogram(_) => return None,
    };
    lines.sort();
    Some((of, lines))
}

fn buckets<T: Copy + Debug>(histogram: &Histogram<T>) -> Lines {
    let mut all: Vec<(String, Lines)> = Vec::new();
    for point in histogram.data_points() {
        let about: Vec<_> = point.attributes().collect();
        let mut lines = Lines::new();
        let mut so_far = 0;
        let bounds = point.bounds().map(number).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(point.bucket_counts()) {
            so_far += count;
            lines.push(("_bucket", of(&about, Some(&bound)), so_far.to_string()));
        }
        lines.push(("_sum", of(&about, None), number(point.sum())));
        lines.push(("_count", of(&about, None), point.count().to_string()));
        all.push((of(&about, None), lines));
    }
    all.sort();
    all.into_iter().flat_map(|(_, lines)| lines).collect()
}

fn of(about: &[&KeyValue], bound: Option<&str>) -> String {
    labels(about.iter().map(|pair| (pair.key.as_str(), pair.value.as_str().into_owned())), bound)
}

/// Labels in the order of their names, `le` last.
fn labels<'a>(about: impl Iterator<Item = (&'a str, String)>, bound: Option<&str>) -> String {
    let about: BTreeMap<String, String> = about.map(|(name, value)| (plain(name), value)).collect();
    let pairs = about.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value, true)));
    let pairs: Vec<_> = pairs.chain(bound.map(|bound| format!("le=\"{bound}\""))).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

/// A name with its unit.
fn name(of: &str, unit: &str) -> String {
    let name = plain(of);
    if unit.is_empty() || name.ends_with(&format!("_{unit}")) { name } else { format!("{name}_{unit}") }
}

fn plain(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    name.chars().map(fit).collect()
}

/// A unit written out; what stands in braces says what is counted and is no unit.
fn unit(of: &str) -> &'static str {
    match of {
        "s" => "seconds",
        "By" => "bytes",
        _ => "",
    }
}

fn escaped(text: &str, quotes: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quotes { text.replace('"', "\\\"") } else { text }
}

/// A number as both formats write it.
fn number<T: Debug>(value: T) -> String {
    match format!("{value:?}").as_str() {
        "inf" => "+Inf".to_owned(),
        "-inf" => "-Inf".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
