//! Ledgers of duties, read from the journal when somebody asks: one incident's, or the sums of a day.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    area::AreaCode,
    fact::Fact,
    id::{IncidentId, SeatId},
    ledger::{Ledger, Seats, days},
    time::Time,
};
use futures::StreamExt;
use journal::{Journal, Position, Subject};

use crate::fold::{self, Decoded, FoldError, decode, facts_of, pass};

/// Up to when a ledger is wanted.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// The journal's present end.
    Head,
    /// After the fact at this position.
    Position(Position),
    /// This instant.
    Time(Time),
}

/// The ledger of one incident; none where nothing is known of it by then.
///
/// # Errors
/// [`FoldError`] where facts cannot be read.
pub async fn of(journal: &dyn Journal, district: AreaCode, id: IncidentId, until: Until) -> Result<Option<Ledger>, FoldError> {
    let mut facts = facts_of(journal, id).await?;
    let until = match until {
        Until::Head => head(journal).await?.1,
        Until::Time(time) => time,
        Until::Position(position) => {
            let position = position.min(head(journal).await?.0);
            facts.retain(|(_, stamp)| stamp.position <= position);
            recorded(journal, position).await?
        }
    };
    // Which seats hold something is known once it is folded; where they are, once their own facts are read.
    let Some(bare) = Ledger::of(id, district, &Seats::default(), &facts, until) else { return Ok(None) };
    let held = bare.spans.iter().filter_map(|span| span.holder.as_ref()).chain(bare.now.iter().map(|held| &held.holder));
    let named: BTreeSet<SeatId> = held.filter_map(|holder| holder.seat.clone()).collect();
    let mut seats = Seats::default();
    for seat in named {
        learn(journal, &mut seats, &seat).await?;
    }
    Ok(Ledger::of(id, district, &seats, &facts, until))
}

/// What each agency held on the day in which `at` lies. `told` is called with every position that is read.
///
/// # Errors
/// [`FoldError`] where facts cannot be read.
pub async fn day(
    journal: &dyn Journal,
    district: AreaCode,
    at: Time,
    mut told: impl FnMut(Position) + Send,
) -> Result<days::Day, FoldError> {
    let mut day = days::Day::of(at);
    let (end, now) = head(journal).await?;
    let (mut seats, mut lives) = (Seats::default(), BTreeMap::<IncidentId, days::Life>::new());
    pass(journal, 1, end, |fact, stamp| {
        told(stamp.position);
        match fact {
            Fact::Incident(id, fact) => lives.entry(*id).or_default().apply(fact, stamp),
            Fact::Seat(id, fact) => seats.apply(id, fact, stamp.position),
            Fact::Access(..) | Fact::Partner(..) | Fact::Policy(..) | Fact::Journal(_) => {}
        }
    })
    .await?;
    let touched: Vec<IncidentId> = lives.into_iter().filter(|(_, life)| life.touches(&day)).map(|(id, _)| id).collect();
    for id in touched {
        let mut facts = facts_of(journal, id).await?;
        facts.retain(|(_, stamp)| stamp.position <= end);
        if let Some(ledger) = Ledger::of(id, district, &seats, &facts, now) {
            day.add(&ledger);
        }
    }
    Ok(day)
}

async fn head(journal: &dyn Journal) -> Result<(Position, Time), FoldError> {
    let tip = journal.head().await.map_err(|source| unread("the journal's end", source))?;
    Ok((tip.position, Time::from_ms(tip.time_ms)))
}

/// When the fact at a position was recorded; the beginning of time before the first.
async fn recorded(journal: &dyn Journal, position: Position) -> Result<Time, FoldError> {
    if position == 0 {
        return Ok(Time::from_ms(0));
    }
    let batch = journal.follow(position).next().await.transpose().map_err(|source| unread("the journal", source))?;
    let Decoded { facts, broken } = decode(batch.unwrap_or_default().get(..1).unwrap_or_default());
    match (facts.first(), broken) {
        (Some((_, stamp)), _) => Ok(stamp.time),
        (None, Some((position, reason))) => Err(FoldError::Stopped { position, reason }),
        (None, None) => Err(FoldError::Behind { wanted: position }),
    }
}

async fn learn(journal: &dyn Journal, seats: &mut Seats, id: &SeatId) -> Result<(), FoldError> {
    let subject = Subject::of("seat", id.as_str()).expect("a seat's name is a subject's id");
    let entries = journal.read(&subject, 1).await.map_err(|source| unread(subject.as_ref(), source))?;
    let Decoded { facts, broken } = fold::decode(&entries);
    if let Some((position, reason)) = broken {
        return Err(FoldError::Stopped { position, reason });
    }
    for (fact, stamp) in &facts {
        if let Fact::Seat(id, fact) = fact {
            seats.apply(id, fact, stamp.position);
        }
    }
    Ok(())
}

fn unread(subject: &str, source: journal::ReadError) -> FoldError {
    FoldError::Read { subject: subject.to_owned(), source }
}
