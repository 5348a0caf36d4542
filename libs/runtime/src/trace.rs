//! The trace that a piece of work belongs to, by the W3C's rules: from the caller's words through the process into the record.
//!
//! A context is of the task: what a call awaits belongs to its span, what is spawned has to be handed it ([`carry`]).
//! Without a collector no span is made and the caller's own context goes on: into records, logs and further calls.
//! No attribute ever takes what a person said. The spans are in `work`.

pub(crate) mod work;

use std::{str::FromStr as _, sync::OnceLock};

use http::HeaderMap;
use opentelemetry::{
    Context,
    context::FutureExt as _,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::SdkTracer;
use tonic::metadata::{MetadataMap, MetadataValue};

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// Makes the spans of this process, once [`crate::telemetry::export`] has been told where they go.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// From now on spans are made.
pub(crate) fn begin(tracer: SdkTracer) {
    // The first one stays: a process exports to one place.
    let _ = TRACER.set(tracer);
}

/// Are spans made?
pub(crate) fn on() -> bool {
    TRACER.get().is_some()
}

/// The `traceparent` of the work that is done just now, as headers and records carry it.
#[must_use]
pub fn current() -> Option<String> {
    Context::map_current(|context| context.has_active_span().then(|| written(context.span().span_context())).flatten())
}

/// Trace and span of the work that is done just now, as logs name them.
pub(crate) fn ids() -> Option<(TraceId, SpanId)> {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| (span.trace_id(), span.span_id()))
    })
}

/// Does `work` as a part of the trace that `traceparent` names; where it names none, of the current one.
pub fn within<F: Future>(traceparent: Option<&str>, work: F) -> impl Future<Output = F::Output> + use<F> {
    let context = Context::current();
    let context = match traceparent.and_then(read) {
        Some(caller) => context.with_remote_span_context(caller),
        None => context,
    };
    work.with_context(context)
}

/// Keeps `work` in the current trace, wherever it is spawned.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    work.with_current_context()
}

/// Adds the current trace to a request on its way out, where the request does not say one itself.
pub fn inject(metadata: &mut MetadataMap) {
    if metadata.contains_key(PARENT) {
        return;
    }
    let current = Context::map_current(|context| {
        let span = context.span();
        written(span.span_context()).map(|parent| (parent, span.span_context().trace_state().header()))
    });
    let Some((parent, state)) = current else { return };
    let mut put = |name: &'static str, text: &str| {
        if let Ok(value) = MetadataValue::try_from(text) {
            metadata.insert(name, value);
        }
    };
    put(PARENT, &parent);
    if !state.is_empty() {
        put(STATE, &state);
    }
}

/// The caller's trace, where it says a proper one.
pub(crate) fn extract(headers: &HeaderMap) -> Option<SpanContext> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = read(text(PARENT)?)?;
    let Some(state) = text(STATE).and_then(|state| TraceState::from_str(state).ok()) else { return Some(caller) };
    Some(SpanContext::new(caller.trace_id(), caller.span_id(), caller.trace_flags(), true, state))
}

/// What a `traceparent` says; `None` for one that the W3C's rules forbid, which begins a trace of its own.
///
/// Source: W3C Trace Context, 3.2: lower case, nothing all zero, version 00 of exactly 55 signs, later ones may go on.
pub(crate) fn read(text: &str) -> Option<SpanContext> {
    const LENGTH: usize = 55;
    let (known, more) = text.split_at_checked(LENGTH)?;
    let mut fields = known.split('-');
    let mut field = |length: usize| {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        fields.next().filter(|field| field.len() == length && field.bytes().all(hex))
    };
    let (version, trace, span, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let longer = version != "00" && more.starts_with('-');
    if version == "ff" || !(more.is_empty() || longer) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

/// As headers and records carry it.
pub(crate) fn written(span: &SpanContext) -> Option<String> {
    let flags = span.trace_flags() & TraceFlags::SAMPLED;
    span.is_valid().then(|| format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id()))
}

#[cfg(test)]
mod tests;
