//! What is told of facts while they come in: a span each, how late they are, and whose trace last touched a subject.
//!
//! Only where a collector is named or figures are read, and only of facts that came after the board was opened: a rebuild
//! must not write millions of spans into traces of years ago. Without either this costs one look at a flag a batch.

use std::{
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use journal::{Entry, Position, Subject, peek};
use opentelemetry::trace::SpanContext;
use tokio_util::sync::CancellationToken;

use super::{ASIDE, Fold};
use crate::{
    metrics::{metrics, seconds_since},
    trace::{self, work},
};

/// How many subjects' last traces are remembered; two that fall on one place forget each other.
const PLACES: usize = 4096;
/// How often the journal is asked how far it has come.
const LAG_EVERY: Duration = Duration::from_secs(2);

/// The trace that last touched a subject, of those that did lately.
#[derive(Default)]
pub(super) struct Last(Mutex<Vec<Option<(u64, SpanContext)>>>);

impl Last {
    fn places(&self) -> std::sync::MutexGuard<'_, Vec<Option<(u64, SpanContext)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, touched: impl Iterator<Item = (u64, SpanContext)>) {
        let mut places = self.places();
        places.resize(PLACES, None);
        for (key, span) in touched {
            places[place(key)] = Some((key, span));
        }
    }

    /// The span that wrote `subject`'s last fact, if that is known still.
    pub(super) fn of(&self, subject: &Subject) -> Option<SpanContext> {
        let key = key(subject.as_str());
        let places = self.places();
        places.get(place(key))?.as_ref().filter(|(whose, _)| *whose == key).map(|(_, span)| span.clone())
    }
}

fn key(subject: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(subject)
}

fn place(key: u64) -> usize {
    usize::try_from(key % PLACES as u64).unwrap_or_default()
}

/// A batch on its way through the fold.
pub(super) struct Batch {
    began: SystemTime,
    first: Position,
    count: usize,
    /// The facts, where they are live.
    live: Vec<Entry>,
}

impl Batch {
    /// Looks at a batch before it is decoded. Facts up to `opened` were there before the board was.
    pub(super) fn of(entries: &[Entry], opened: Position) -> Option<Self> {
        let first = entries.first().filter(|_| metrics().is_some())?.position;
        let live = if first > opened { entries.to_vec() } else { Vec::new() };
        Some(Self { began: SystemTime::now(), first, count: entries.len(), live })
    }

    /// Tells of it, now that it is folded in.
    pub(super) fn folded(self, district: &str, last: &Last) {
        let Some(metrics) = metrics() else { return };
        let count = u64::try_from(self.count).unwrap_or(u64::MAX);
        metrics.fold_facts.add(count, &[]);
        if self.live.is_empty() {
            work::processed_many(district, self.first, self.count, &[], self.began);
            return;
        }
        metrics.batch_size.record(count, &[]);
        let traced = trace::on();
        let mut touched = Vec::with_capacity(if traced { self.live.len() } else { 0 });
        for entry in &self.live {
            let Some(header) = peek(&entry.bytes) else { continue };
            if let Some(ms) = header.time_ms() {
                metrics.fold_delay.record(seconds_since(ms), &[]);
            }
            let Some(span) = header.traceparent.filter(|_| traced).and_then(trace::read) else { continue };
            if self.count < ASIDE {
                work::processed(district, entry.position, &header, &span, self.began);
            }
            touched.push((key(header.subject), span));
        }
        if self.count >= ASIDE {
            let facts: Vec<_> = touched.iter().map(|(_, span)| span.clone()).collect();
            work::processed_many(district, self.first, self.count, &facts, self.began);
        }
        if traced {
            last.put(touched.into_iter());
        }
    }
}

/// Looks how far the journal has come, and measures how far the board is behind it, until `stop`.
pub(super) async fn watch_lag(fold: Fold, stop: CancellationToken) {
    let Some(metrics) = metrics() else { return };
    while !stop.is_cancelled() {
        // The board first: what comes in between the two looks must not count as a lag below nothing.
        let folded = fold.position();
        if let Ok(head) = fold.0.journal.head().await {
            metrics.fold_lag.record(head.position.saturating_sub(folded), &[]);
            fold.sees(head);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LAG_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_that_last_touched_a_subject_is_known_until_another_takes_its_place() {
        let last = Last::default();
        let subject = |n: usize| Subject::of("incident", &format!("i-{n}")).expect("a subject");
        let span = |n: usize| trace::read(&format!("00-{:032x}-{:016x}-01", n + 1, n + 1)).expect("a traceparent");
        assert!(last.of(&subject(0)).is_none());
        for n in 0..3 * PLACES {
            last.put(std::iter::once((key(subject(n).as_str()), span(n))));
            assert_eq!(last.of(&subject(n)), Some(span(n)));
        }
        let known = (0..3 * PLACES).filter(|n| last.of(&subject(*n)).is_some()).count();
        assert!(known <= PLACES, "{known} are remembered");
        assert!((0..3 * PLACES).all(|n| last.of(&subject(n)).is_none_or(|found| found == span(n))), "none is taken for another");
    }
}
