//! Intake's reports that wait for the journal's servers.

use super::{Check, Ground, causes};

const NAME: &str = "reports";

pub(super) async fn look(ground: &Ground<'_>) -> Check {
    if let Some(pid) = &ground.held {
        return Check::ok(NAME, format!("process {pid} uses the spool and delivers what waits; not opened"));
    }
    let data = ground.config.data.display();
    let dir = ground.config.data.join("spool");
    match runtime::spool::waiting(&dir).await {
        Ok(0) => Check::ok(NAME, "none wait on this machine's disk"),
        Ok(waiting) => Check::warn(
            NAME,
            format!("{waiting} wait in {}, and nobody delivers them", dir.display()),
            format!("启动 hub，它会先送出这些诉求：`hub serve --data {data}`"),
            format!("start the hub, which delivers them first: `hub serve --data {data}`"),
        ),
        Err(error) => Check::fail(
            NAME,
            causes(error),
            format!("保留该目录，从备份恢复所指文件：`cp -rp BACKUP/spool {data}/`"),
            format!("keep that directory aside, and put the named file back from a copy: `cp -rp BACKUP/spool {data}/`"),
        ),
    }
}
