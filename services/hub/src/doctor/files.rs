//! A journal in segment files: does it open, is every fact in it whole, who writes it?

use std::path::Path;

use futures::StreamExt as _;
use journal::{Embedded, Journal as _, OpenError, Tip, embedded};

use super::{Check, Ground, Seen, causes, whose};
use crate::backend::Backend;

pub(super) async fn look(ground: &Ground<'_>) -> Seen {
    let dir = ground.config.data.join("journal");
    let (shown, data) = (dir.display(), ground.config.data.display());
    let damaged = |what: String| damaged(&dir, what);
    let journal = match Embedded::read_only(&dir) {
        Ok(journal) => journal,
        Err(OpenError::Absent) => {
            let absent = Check::warn(
                "files",
                format!("no journal in {shown} yet"),
                format!("首次启动会建立日志：`hub serve --data {data}`；若应已存在，用 --data 指明目录，或从备份恢复"),
                format!(
                    "the first start begins one: `hub serve --data {data}`; if it should be there, name its directory with --data, or restore it from a copy"
                ),
            );
            return Seen { checks: vec![absent], absent: true, ..Seen::default() };
        }
        Err(error) => return Seen { checks: vec![damaged(causes(error))], ..Seen::default() },
    };
    let tip = match journal.head().await {
        Ok(tip) => tip,
        Err(error) => return Seen { checks: vec![damaged(causes(error))], ..Seen::default() },
    };
    let whole = whole(&journal, tip, &dir).await;
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
            format!("改用新日志：`{}`", use_of(&to)),
            format!("use the journal they went to: `{}`", use_of(&to)),
        )),
        Err(error) => checks.push(damaged(format!("read whether it moved: {error}"))),
    }
    Seen { checks, backend: Some(backend), tip: Some(tip), ..Seen::default() }
}

/// How the journal that the facts went to is used.
pub(super) fn use_of(to: &str) -> String {
    if to.contains("://") {
        return format!("hub serve --journal {to}");
    }
    // What is noted is the journal's own folder, which lies in a data directory.
    format!("hub serve --data {}", to.strip_suffix("/journal").unwrap_or(to))
}

/// Reads every fact: opening believes the index of a finished segment, and looks at the last one only.
async fn whole(journal: &Embedded, tip: Tip, dir: &Path) -> Check {
    let damaged = |what: String| damaged(dir, what);
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
fn damaged(dir: &Path, what: String) -> Check {
    let command = format!("cp -p BACKUP/journal/FILE {}/", dir.display());
    Check::fail(
        "files",
        what,
        format!("停止 hub，用备份替换所指文件后再启动：`{command}`；不要删除其他段文件"),
        format!("stop the hub, put the named file back from a copy, start again: `{command}`; delete no other segment"),
    )
}
