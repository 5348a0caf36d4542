//! The spans of the hub's own work: a call, a command, what it publishes, and each fact that the board takes in.
//!
//! Names and attributes follow the OpenTelemetry conventions for RPC and messaging, with our own under `hub.`.

use std::{borrow::Cow, time::SystemTime};

use journal::{Header, Position, Subject};
use opentelemetry::{
    Context, ContextGuard, KeyValue, Value,
    context::{FutureExt as _, WithContext},
    trace::{Link, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _},
};

use super::TRACER;
use crate::execute::{Answer, Ask, Error};

/// Where facts go, without what differs from one to the next: span names stay few.
const TEMPLATE: &str = "hub.evt.{district}.{kind}.{id}";
const PUBLISH: &str = "publish hub.evt.{district}.{kind}.{id}";
const PROCESS: &str = "process hub.evt.{district}.{kind}.{id}";
/// The journal, whichever way it is kept.
const SYSTEM: &str = "hub.journal";
/// Who takes the facts in.
const BOARD: &str = "board";

/// A piece of work under way. It ends when dropped; where no spans are made it is only the trace it belongs to.
pub(crate) struct Work(Context);

impl Work {
    /// Begins within `parent`.
    pub(crate) fn begin(
        kind: SpanKind,
        parent: Context,
        name: impl Into<Cow<'static, str>>,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(parent) };
        let span = tracer.span_builder(name).with_kind(kind).with_attributes(attributes());
        let span = span.start_with_context(tracer, &parent);
        Self(parent.with_span(span))
    }

    /// Carrying a command out. It belongs to the call that asks; to the trace it was asked in, where it is done later;
    /// and it is linked to what last happened to its subject, where that was another trace.
    pub(crate) fn command(ask: &Ask, kind: &'static str, subject: &Subject, last: Option<SpanContext>) -> Self {
        let mut parent = Context::current();
        if let Some(asked) = ask.traceparent.as_deref().filter(|_| !parent.has_active_span()).and_then(super::read) {
            parent = parent.with_remote_span_context(asked);
        }
        if TRACER.get().is_none() {
            return Self(parent);
        }
        let work = Self::begin(SpanKind::Internal, parent, format!("execute {kind}"), || {
            vec![
                KeyValue::new("hub.command.kind", kind),
                KeyValue::new("hub.command.id", ask.command.to_string()),
                KeyValue::new("hub.subject", subject.to_string()),
                KeyValue::new("hub.service", ask.service),
            ]
        });
        let span = work.0.span();
        if let Some(last) = last.filter(|last| last.trace_id() != span.span_context().trace_id()) {
            span.add_link(last, Vec::new());
        }
        work
    }

    /// Deciding what follows from a command.
    pub(crate) fn decide() -> Self {
        Self::begin(SpanKind::Internal, Context::current(), "decide", Vec::new)
    }

    /// Handing facts to the journal. Their records carry this very span.
    pub(crate) fn publish(district: &str, subject: &Subject) -> Self {
        Self::begin(SpanKind::Producer, Context::current(), PUBLISH, || {
            let mut attributes = messaging("publish", "send", district);
            attributes.push(KeyValue::new("hub.subject", subject.to_string()));
            attributes
        })
    }

    /// Does `work` as a part of this.
    pub(crate) fn within<F: Future>(&self, work: F) -> WithContext<F> {
        work.with_context(self.0.clone())
    }

    /// What is done until the guard is dropped is a part of this. Not to be held while waiting.
    pub(crate) fn enter(&self) -> ContextGuard {
        self.0.clone().attach()
    }

    /// Says more about it.
    pub(crate) fn say(&self, key: &'static str, value: impl Into<Value>) {
        let span = self.0.span();
        if span.is_recording() {
            span.set_attribute(KeyValue::new(key, value));
        }
    }

    /// It is called otherwise.
    pub(crate) fn rename(&self, name: &'static str) {
        self.0.span().update_name(name);
    }

    /// It broke; `code` is a stable word.
    pub(crate) fn failed(&self, code: &'static str) {
        self.say("error.type", code);
        self.0.span().set_status(Status::error(code));
    }

    /// What became of a command. That the rules say no is an answer and no error.
    pub(crate) fn answered(&self, answer: &Result<Answer, Error>) {
        match answer {
            Ok(answer) => {
                self.say("hub.position", number(answer.position));
                self.say("hub.repeated", answer.repeated);
            }
            Err(Error::Refused(refusal)) => self.say("hub.refusal", refusal.code()),
            Err(Error::Contended { .. }) => self.failed("contended"),
            Err(Error::Busy { .. }) => self.failed("busy"),
            Err(Error::Fold(_)) => self.failed("fold"),
            Err(Error::Draft(_)) => self.failed("draft"),
            Err(Error::Journal(_)) => self.failed("journal"),
            Err(Error::Spool(_)) => self.failed("spool"),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // A caller's own context has nothing to end, and says so by doing nothing.
        self.0.span().end();
    }
}

/// One fact taken in by the board, between `began` and now; a part of the trace that its record names, where that is
/// recorded.
pub(crate) fn processed(district: &str, position: Position, header: &Header<'_>, fact: &SpanContext, began: SystemTime) {
    let Some(tracer) = TRACER.get().filter(|_| fact.is_sampled()) else { return };
    let mut attributes = messaging("process", "process", district);
    attributes.extend([
        KeyValue::new("messaging.consumer.group.name", BOARD),
        KeyValue::new("messaging.message.id", header.id.to_owned()),
        KeyValue::new("hub.fact", header.kind.to_owned()),
        KeyValue::new("hub.subject", header.subject.to_owned()),
        KeyValue::new("hub.position", number(position)),
    ]);
    let parent = Context::new().with_remote_span_context(fact.clone());
    let span = tracer.span_builder(PROCESS).with_kind(SpanKind::Consumer).with_start_time(began);
    let span = span.with_attributes(attributes).with_links(vec![Link::with_context(fact.clone())]);
    // Dropped, it has ended.
    drop(span.start_with_context(tracer, &parent));
}

/// Many facts taken in at once: one span for them all, linked to some of them.
pub(crate) fn processed_many(district: &str, first: Position, count: usize, facts: &[SpanContext], began: SystemTime) {
    let Some(tracer) = TRACER.get() else { return };
    let mut attributes = messaging("process", "process", district);
    attributes.extend([
        KeyValue::new("messaging.consumer.group.name", BOARD),
        KeyValue::new("messaging.batch.message_count", i64::try_from(count).unwrap_or(i64::MAX)),
        KeyValue::new("hub.position", number(first)),
    ]);
    let links = facts.iter().filter(|fact| fact.is_sampled()).take(MOST_LINKS).cloned().map(Link::with_context).collect();
    let span = tracer.span_builder(PROCESS).with_kind(SpanKind::Consumer).with_start_time(began);
    let span = span.with_attributes(attributes).with_links(links);
    drop(span.start_with_context(tracer, &Context::new()));
}

/// Most links of one span, the limit of the OpenTelemetry specification.
const MOST_LINKS: usize = 128;

fn messaging(name: &'static str, kind: &'static str, district: &str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", SYSTEM),
        KeyValue::new("messaging.operation.name", name),
        KeyValue::new("messaging.operation.type", kind),
        KeyValue::new("messaging.destination.name", format!("hub.evt.{district}")),
        KeyValue::new("messaging.destination.template", TEMPLATE),
    ]
}

/// A position as attributes take numbers.
fn number(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
