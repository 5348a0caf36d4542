//! Many reports in one stream: bounded, each by itself, those under one reference in their order.

use std::collections::BTreeSet;

use runtime::{Caller, Ports, status};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;
use tonic::{Status, Streaming};
use wire::v1::{self, ReportOutcome};

use crate::report;

/// Reports under way at once; the stream waits beyond that.
const AT_ONCE: usize = 64;

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
            finish(under_way.join_next().await, &mut references, &mut answer);
        }
        references.insert(reference.clone());
        let (ports, caller) = (ports.clone(), caller.clone());
        under_way.spawn(async move { (index, reference, report::take_in(&ports, &caller, None, said).await) });
        index += 1;
    }
    while !under_way.is_empty() {
        finish(under_way.join_next().await, &mut references, &mut answer);
    }
    answer.rejections.sort_by_key(|rejection| rejection.index);
    Ok(answer)
}

fn finish(
    done: Option<Result<Done, tokio::task::JoinError>>,
    references: &mut BTreeSet<String>,
    answer: &mut v1::ReportManyAnswer,
) {
    let Some(Ok((index, reference, result))) = done else { return };
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
        Err(status) => answer.rejections.push(rejection(index, &status)),
    }
}

/// A status as a rejection.
fn rejection(index: u64, status: &Status) -> v1::Rejection {
    let (code, text_zh, text_en) = status::explained(status);
    v1::Rejection { index, code, text_zh, text_en }
}
