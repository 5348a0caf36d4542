//! Intake's reports that wait for the journal's servers.

use super::{Check, Ground, causes};

const NAME: &str = "reports";

pub(super) async fn look(ground: &Ground<'_>) -> Check {
    if let Some(pid) = &ground.held {
        return Check::ok(NAME, format!("process {pid} uses the spool and delivers what waits; not opened"));
    }
    let dir = ground.config.data.join("spool");
    match runtime::spool::waiting(&dir).await {
        Ok(0) => Check::ok(NAME, "none wait on this machine's disk"),
        Ok(waiting) => Check::warn(
            NAME,
            format!("{waiting} wait in {}, and nobody delivers them", dir.display()),
            "在此数据目录启动 `hub serve`，它会先送出这些诉求",
            "start `hub serve` on this data directory: it delivers them first",
        ),
        Err(error) => Check::fail(
            NAME,
            causes(error),
            "保留该目录，从备份恢复所指文件",
            "keep that directory, and put the named file back from a copy",
        ),
    }
}
