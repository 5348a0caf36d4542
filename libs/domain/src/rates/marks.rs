//! The marks of one incident: for which numbers it counts, and by which fact.

use super::{
    entry::{Entry, How, Told},
    figure::Figure::{self, *},
};
use crate::policy::SatisfactionRule;

/// Calls `mark` for each number that this incident counts for, once for each time that it does. `again`: the fact by
/// which the same cause came again.
pub(super) fn marks(entry: &Entry, again: Option<u64>, rule: &SatisfactionRule, mut mark: impl FnMut(Figure, u64)) {
    mark(Incidents, entry.first);
    ends(entry, again, &mut mark);
    limit(entry, &mut mark);
    bounces(entry, &mut mark);
    if let Some(at) = entry.entered_late {
        mark(EnteredLate, at);
    }
    let merged = entry.end.as_ref().is_some_and(|end| end.how == How::Merged);
    // What was merged into another incident is told of there.
    for report in entry.reports.iter().filter(|_| !merged) {
        told(report, rule, &mut mark);
    }
}

fn ends(entry: &Entry, again: Option<u64>, mark: &mut impl FnMut(Figure, u64)) {
    let Some(end) = &entry.end else { return mark(Open, entry.first) };
    let figure = match end.how {
        How::Handled => Handled,
        How::Answered => Answered,
        How::SelfHandled => SelfHandled,
        How::Declined => Declined,
        How::Merged => Merged,
        How::Withdrawn => Withdrawn,
        How::Void => Void,
    };
    mark(figure, end.position);
    if !end.how.closed() {
        return;
    }
    mark(Closed, end.position);
    if end.subdistrict {
        mark(SubdistrictClosed, end.position);
    }
    // Who answers a call closes what it took in: nothing strange in that.
    if end.by_opener && end.how != How::Answered {
        mark(SelfClosed, end.position);
    }
    if let Some(at) = again {
        mark(AgainWithin72h, at);
    }
    let right = entry.returns.is_empty() && entry.checks_failed.is_empty() && entry.reopened.is_empty();
    if right && end.how == How::Handled {
        mark(FirstTimeRight, end.position);
    }
}

fn limit(entry: &Entry, mark: &mut impl FnMut(Figure, u64)) {
    let Some(total) = &entry.total else { return };
    mark(WithLimit, total.promised);
    let judged = match (total.late, total.stopped) {
        (Some(late), _) => {
            mark(Late, late);
            if let Some(at) = entry.exempt() {
                mark(Exempt, at);
            }
            true
        }
        (None, Some((at, true))) => {
            mark(OnTime, at);
            true
        }
        (None, Some((at, false))) => {
            mark(Dropped, at);
            false
        }
        (None, None) => {
            mark(Running, total.promised);
            false
        }
    };
    if let Some(at) = entry.entered_late.filter(|_| judged) {
        mark(JudgedEnteredLate, at);
    }
    if let Some((at, _)) = total.stopped.filter(|_| judged && total.last_hour) {
        mark(LastHourClosed, at);
    }
}

fn bounces(entry: &Entry, mark: &mut impl FnMut(Figure, u64)) {
    let lists = [
        (Returns, &entry.returns),
        (Lapses, &entry.lapses),
        (OfferedAgain, &entry.again),
        (ChecksFailed, &entry.checks_failed),
        (Reopenings, &entry.reopened),
        (ReopeningsRefused, &entry.refused),
    ];
    for (figure, positions) in lists {
        positions.iter().for_each(|at| mark(figure, *at));
    }
    if let Some(at) = entry.returns.first() {
        mark(Returned, *at);
    }
    if let Some(at) = entry.returns.iter().chain(&entry.lapses).chain(&entry.again).min() {
        mark(Bounced, *at);
    }
    if let Some(at) = entry.reopened.first() {
        mark(Reopened, *at);
    }
}

fn told(report: &Told, rule: &SatisfactionRule, mark: &mut impl FnMut(Figure, u64)) {
    mark(Reports, report.position);
    if let Some((_, at)) = report.told {
        mark(Figure::Told, at);
    }
    if report.tries > 0 {
        mark(Asked, report.tried);
    }
    let Some(said) = report.said else {
        if report.tries >= rule.tries {
            mark(NotReached, report.tried);
        }
        return;
    };
    let satisfied = said.satisfaction.map(|level| rule.satisfied.contains(&level));
    let answers =
        [(ContactedAsked, Contacted, said.contacted), (SolvedAsked, Solved, said.solved), (SatisfiedAsked, Satisfied, satisfied)];
    for (asked, yes, answer) in answers {
        if let Some(answer) = answer {
            mark(asked, said.position);
            if answer {
                mark(yes, said.position);
            }
        }
    }
}
