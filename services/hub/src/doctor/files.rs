//! A journal in segment files: does it open, is every fact in it whole, who writes it?

use futures::StreamExt as _;
use journal::{Embedded, Journal as _, OpenError, Tip, embedded};

use super::{Check, Ground, Seen, causes, whose};
use crate::backend::Backend;

pub(super) async fn look(ground: &Ground<'_>) -> Seen {
    let dir = ground.config.data.join("journal");
    let shown = dir.display();
    let journal = match Embedded::read_only(&dir) {
        Ok(journal) => journal,
        Err(OpenError::Absent) => {
            let absent = Check::warn(
                "files",
                format!("no journal in {shown} yet"),
                "`hub serve` 会建立日志；若应已存在，用 --data 指明目录，或从备份恢复",
                "`hub serve` begins one; if it should be there, name its directory with --data, or restore it from a copy",
            );
            return Seen { checks: vec![absent], absent: true, ..Seen::default() };
        }
        Err(error) => return Seen { checks: vec![damaged(causes(error))], ..Seen::default() },
    };
    let tip = match journal.head().await {
        Ok(tip) => tip,
        Err(error) => return Seen { checks: vec![damaged(causes(error))], ..Seen::default() },
    };
    let whole = whole(&journal, tip).await;
    let backend = Backend::Embedded(journal.into());
    let writer = match &ground.held {
        Some(pid) => format!("process {pid} writes it"),
        None => "nobody writes it now".to_owned(),
    };
    let mut checks = vec![Check::ok("files", format!("{shown} opens at position {}; {writer}", tip.position)), whole];
    checks.push(whose(&backend, &ground.config.district).await);
    match embedded::moved(&dir) {
        Ok(None) => {}
        Ok(Some(to)) => checks.push(Check::fail(
            "moved",
            format!("its facts were copied to {to}; it takes no more"),
            format!("改用新日志：--journal {to}，或 --data 指向其目录"),
            format!("use the journal they went to: --journal {to}, or --data with its directory"),
        )),
        Err(error) => checks.push(damaged(format!("read whether it moved: {error}"))),
    }
    Seen { checks, backend: Some(backend), tip: Some(tip), ..Seen::default() }
}

/// Reads every fact: opening believes the index of a finished segment, and looks at the last one only.
async fn whole(journal: &Embedded, tip: Tip) -> Check {
    let (mut at, mut batches) = (0, journal.follow(1));
    while at < tip.position {
        match batches.next().await {
            Some(Ok(batch)) => at = batch.last().map_or(at, |entry| entry.position),
            Some(Err(error)) => return damaged(causes(error)),
            None => return damaged(format!("it ends at position {at}, and {} was there", tip.position)),
        }
    }
    Check::ok("facts", format!("all {} read, each whole", tip.position))
}

/// The error names file and offset.
fn damaged(what: String) -> Check {
    Check::fail(
        "files",
        what,
        "停止 hub，用备份替换所指文件后再启动；不要删除其他段文件",
        "stop the hub, put the named file back from a copy, start again; delete no other segment",
    )
}
