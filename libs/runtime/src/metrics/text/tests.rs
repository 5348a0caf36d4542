//! The text of a few instruments, letter by letter.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};

use super::*;
use crate::telemetry::Figures;

/// One instrument of each kind, with a label that has to be escaped.
fn read(form: Form) -> String {
    let figures = Figures::default();
    let resource = Resource::builder_empty().with_attribute(KeyValue::new("service.name", "hub")).build();
    let meters = SdkMeterProvider::builder().with_reader(figures.clone()).with_resource(resource).build();
    let meter = meters.meter("test");
    let duration = meter.f64_histogram("hub.append.duration").with_unit("s").with_boundaries(vec![0.5, 10.0]);
    let duration = duration.with_description("Until on \"disk\"").build();
    for seconds in [0.25, 0.5, 3.0, 12.0] {
        duration.record(seconds, &[KeyValue::new("hub.outcome", "written")]);
    }
    let refused = meter.u64_counter("hub.requests.refused").with_unit("{call}").build();
    refused.add(2, &[KeyValue::new("hub.code", "a\"b\\c\nd")]);
    refused.add(1, &[KeyValue::new("hub.code", "a")]);
    meter.i64_up_down_counter("hub.requests.active").build().add(-1, &[]);
    let _size = meter.f64_observable_gauge("hub.journal.size").with_unit("By").with_callback(|o| o.observe(7.0, &[])).build();
    figures.text(form)
}

#[test]
fn the_text_format_is_written_as_prometheus_reads_it() {
    let wanted = r#"# HELP hub_append_duration_seconds Until on "disk"
# TYPE hub_append_duration_seconds histogram
hub_append_duration_seconds_bucket{hub_outcome="written",le="0.5"} 2
hub_append_duration_seconds_bucket{hub_outcome="written",le="10.0"} 3
hub_append_duration_seconds_bucket{hub_outcome="written",le="+Inf"} 4
hub_append_duration_seconds_sum{hub_outcome="written"} 15.75
hub_append_duration_seconds_count{hub_outcome="written"} 4
# HELP hub_journal_size_bytes 
# TYPE hub_journal_size_bytes gauge
hub_journal_size_bytes 7.0
# HELP hub_requests_active 
# TYPE hub_requests_active gauge
hub_requests_active -1
# HELP hub_requests_refused_total 
# TYPE hub_requests_refused_total counter
hub_requests_refused_total{hub_code="a"} 1
hub_requests_refused_total{hub_code="a\"b\\c\nd"} 2
# HELP target_info The process
# TYPE target_info gauge
target_info{service_name="hub"} 1
"#;
    assert_eq!(read(Form::Prometheus), wanted);
}

#[test]
fn openmetrics_names_units_and_ends() {
    let text = read(Form::OpenMetrics);
    for line in [
        "# HELP hub_append_duration_seconds Until on \\\"disk\\\"",
        "# UNIT hub_append_duration_seconds seconds",
        "# UNIT hub_journal_size_bytes bytes",
        "# TYPE hub_requests_refused counter",
        "# TYPE target info",
        "target_info{service_name=\"hub\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    assert!(text.ends_with("\n# EOF\n"), "{text}");
}

#[test]
fn openmetrics_is_given_where_it_is_asked_for() {
    let asked = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    assert_eq!(Form::wanted(asked), Form::OpenMetrics);
    assert_eq!(Form::wanted("text/html"), Form::Prometheus);
    assert_eq!(Form::wanted(""), Form::Prometheus);
}

#[test]
fn numbers_that_are_none_are_written_as_both_formats_want() {
    assert_eq!([f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(number), ["+Inf", "-Inf", "NaN"]);
}
