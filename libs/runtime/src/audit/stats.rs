//! `Audit.Stats`: the rates over what the caller may see. The first call of a process reads the whole journal, later ones
//! what came since; what a call has read stays read when its caller goes away.

use std::sync::Arc;

use domain::{
    id::IncidentId,
    rates::{Answer, Ask, By, Figure, Number, Rates, Row, Side},
    view::{Sight, Viewer},
};
use tokio::sync::Mutex;
use tonic::Status;
use wire::v1;

use crate::{
    convert::{self, number_of},
    ports::Ports,
    rates, status,
};

/// The rates as far as they were asked for.
pub(super) type Kept = Arc<Mutex<Rates>>;

/// The rates for this viewer.
pub(super) async fn stats(
    ports: &Ports,
    kept: &Kept,
    viewer: &Viewer,
    request: v1::StatsRequest,
) -> Result<v1::StatsAnswer, Status> {
    let ask = asked(request)?;
    let mut rates = Arc::clone(kept).lock_owned().await;
    let to = ports.fold.position();
    rates::catch_up(ports.journal.as_ref(), &mut rates, to, |_| {}).await.map_err(|error| status::behind(&error))?;
    let (ports, viewer) = (ports.clone(), viewer.clone());
    // Summing goes over every incident, so it is done aside.
    let summed = tokio::task::spawn_blocking(move || {
        let policies = ports.policies();
        let rule = &policies.satisfaction;
        let small = (!viewer.sees_all()).then(|| u64::from(rule.smallest_shown));
        // Who may see what is decided by today's rights, on a copy: the live board goes on meanwhile.
        let board = ports.fold.look(domain::board::Board::clone);
        let sight = |id: IncidentId| match board.outline_of(id) {
            Some(_) if viewer.sees_all() => Sight::Whole,
            Some(outline) => viewer.sight_of(&outline),
            None => Sight::Nothing,
        };
        let answer = rates.answer(&ask, rule, small, |id| sight(id) > Sight::Nothing, |id| sight(id) == Sight::Whole);
        drop(rates);
        let levels = rule.satisfied.iter().map(|level| number_of::<v1::Satisfaction>(level.word())).collect();
        v1::StatsAnswer { satisfied_levels: levels, hidden_below: small.map_or(0, |_| rule.smallest_shown), ..told(answer) }
    });
    summed.await.map_err(|error| Status::internal(error.to_string()))
}

fn asked(request: v1::StatsRequest) -> Result<Ask, Status> {
    let wrong = |field| status::bad_field(field, "取值不在词表内", "the value is not in the vocabulary");
    let by = match v1::StatsBy::try_from(request.by).map_err(|_| wrong("by"))? {
        v1::StatsBy::Unspecified => None,
        v1::StatsBy::Agency => Some(By::Agency),
        v1::StatsBy::Area => Some(By::Area),
        v1::StatsBy::Matter => Some(By::Matter),
        v1::StatsBy::Source => Some(By::Source),
    };
    let figure = |name: &str| Figure::from_word(name).ok_or_else(|| wrong("facts"));
    Ok(Ask {
        by,
        source: (!request.source.is_empty()).then_some(request.source),
        from: convert::when("from", request.from)?,
        until: convert::when("until", request.until)?,
        facts: convert::optional(&request.facts, figure)?,
    })
}

fn told(answer: Answer) -> v1::StatsAnswer {
    let [live, past] = answer.apart.as_ref().map_or([None, None], |rows| rows.each_ref().map(|told| Some(row(told))));
    let facts = answer.facts.iter();
    v1::StatsAnswer {
        position: answer.position,
        all: Some(row(&answer.all)),
        live,
        past,
        groups: answer.groups.iter().map(row).collect(),
        facts: facts.map(|fact| v1::StatsFact { incident_id: fact.incident.to_string(), position: fact.position }).collect(),
        ..v1::StatsAnswer::default()
    }
}

fn row(row: &Row) -> v1::StatsRow {
    let number = |(figure, number): (&Figure, &Number)| {
        let (value, small) = match number {
            Number::Told(number) => (Some(*number), false),
            Number::Small => (None, true),
            Number::Withheld => (None, false),
        };
        v1::StatsNumber { name: figure.word().to_owned(), value, small }
    };
    let rates = [Side::Citizen, Side::Ours, Side::Sign].into_iter().flat_map(|side| {
        row.rates(side).map(move |(name, count, of)| v1::StatsRate {
            side: side.word().to_owned(),
            name: name.to_owned(),
            count,
            of,
        })
    });
    v1::StatsRow {
        key: row.key.clone(),
        numbers: row.numbers.iter().map(number).collect(),
        rates: rates.collect(),
        reply_delay: row.delay.map(|delay| v1::StatsDelay {
            count: delay.count,
            total_milliseconds: delay.total_milliseconds,
            median_milliseconds: delay.median_milliseconds,
            median_of: u32::try_from(delay.median_of).unwrap_or(1),
        }),
    }
}
