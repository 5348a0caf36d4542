//! Many reports in one stream: bounded, each by itself, those under one reference in their order.

use std::{collections::BTreeSet, time::Duration};

use runtime::{Caller, Ports, status, trace};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status, Streaming};
use wire::v1::{self, ReportOutcome};

use crate::report;

/// Reports under way at once; the stream waits beyond that.
const AT_ONCE: usize = 64;
/// Rejected reports after which a stream is given up: the sender has something wrong.
const MOST_REJECTIONS: usize = 10_000;
/// How often a report is tried again while the journal is busy.
const TRIES: u32 = 8;

type Done = (u64, String, Result<v1::ReportAnswer, Status>);

/// Takes a stream of reports in. One that cannot be taken is named with its index; the rest go in.
pub(crate) async fn take_in(
    ports: &Ports,
    caller: &Caller,
    mut stream: Streaming<v1::ReportRequest>,
) -> Result<v1::ReportManyAnswer, Status> {
    let mut answer = v1::ReportManyAnswer::default();
    let mut under_way: JoinSet<Done> = JoinSet::new();
    let mut references = BTreeSet::new();
    let mut index = 0;
    while let Some(said) = stream.next().await {
        let said = said?;
        let reference = format!("{}/{}", said.source, said.reference);
        while under_way.len() >= AT_ONCE || references.contains(&reference) {
            finish(under_way.join_next().await, &mut references, &mut answer)?;
        }
        // A seat that was locked meanwhile hands nothing more in; what is in stays in.
        caller.still(ports)?;
        if answer.rejections.len() >= MOST_REJECTIONS {
            return Err(status::too_many_rejected());
        }
        references.insert(reference.clone());
        let (ports, caller) = (ports.clone(), caller.clone());
        under_way.spawn(trace::carry(async move { (index, reference, patiently(&ports, &caller, said).await) }));
        index += 1;
    }
    while !under_way.is_empty() {
        finish(under_way.join_next().await, &mut references, &mut answer)?;
    }
    answer.rejections.sort_by_key(|rejection| rejection.index);
    Ok(answer)
}

/// One report; where the journal is full, or others keep writing first, it is tried again, so that no row is lost to a busy moment.
async fn patiently(ports: &Ports, caller: &Caller, said: v1::ReportRequest) -> Result<v1::ReportAnswer, Status> {
    let mut pause = Duration::from_millis(20);
    for _ in 0..TRIES {
        match report::take_in(ports, caller, None, said.clone()).await {
            Err(status) if matches!(status.code(), Code::ResourceExhausted | Code::Aborted) => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    report::take_in(ports, caller, None, said).await
}

fn finish(
    done: Option<Result<Done, tokio::task::JoinError>>,
    references: &mut BTreeSet<String>,
    answer: &mut v1::ReportManyAnswer,
) -> Result<(), Status> {
    let Some(done) = done else { return Ok(()) };
    let (index, reference, result) = done.map_err(|error| Status::internal(error.to_string()))?;
    references.remove(&reference);
    match result {
        Ok(one) => {
            answer.position = answer.position.max(one.position);
            answer.kept_locally += u64::from(one.kept_locally);
            match one.outcome() {
                ReportOutcome::Taken => answer.taken += 1,
                ReportOutcome::Supplement => answer.supplements += 1,
                ReportOutcome::Known | ReportOutcome::Unspecified => answer.known += 1,
            }
        }
        // The rules or the request say no to this one; what broke ends the stream.
        Err(status) if matches!(status.code(), Code::Unavailable | Code::Internal | Code::Unauthenticated) => return Err(status),
        Err(status) => answer.rejections.push(rejection(index, &status)),
    }
    Ok(())
}

/// A status as a rejection.
fn rejection(index: u64, status: &Status) -> v1::Rejection {
    let (code, text_zh, text_en) = status::explained(status);
    v1::Rejection { index, code, text_zh, text_en }
}
