//! Where the figures are read: closed to others, answering, and is the running hub ready by its own word?

use std::{fs, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Check, Ground, causes, listening::taken};
use crate::seen::FIGURES_FILE;

const NAME: &str = "figures";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const MOST: u64 = 8 << 20;

pub(super) async fn look(ground: &Ground<'_>) -> Check {
    let telemetry = &ground.config.telemetry;
    if let Err(error) = telemetry.check() {
        let command = "HUB_PROMETHEUS=127.0.0.1:9464 hub serve";
        return Check::fail(
            NAME,
            error.to_string(),
            format!("只监听本机：`{command}`；或设 telemetry.prometheus_open = true"),
            format!("listen on this machine only: `{command}`; or set telemetry.prometheus_open = true"),
        );
    }
    let note = ground.held.as_ref().and_then(|pid| Some((pid, fs::read_to_string(ground.config.data.join(FIGURES_FILE)).ok()?)));
    match (note, telemetry.prometheus) {
        (Some((pid, note)), _) => answered(pid, note.trim()).await,
        (None, None) => Check::ok(NAME, "not read by anybody: telemetry.prometheus names no address"),
        (None, Some(address)) => match &ground.held {
            Some(pid) => Check::warn(
                NAME,
                format!("the settings name {address}, and process {pid} was started without"),
                format!("停止后重新启动：`kill {pid}`"),
                format!("stop it and start it again: `kill {pid}`"),
            ),
            None if address.port() != 0 && taken(address).await => Check::fail(
                NAME,
                format!("somebody listens at {address} already: the hub would not start"),
                format!("停掉该进程：`ss -ltnp sport = :{0}`；或换一个端口", address.port()),
                format!("stop that process: `ss -ltnp sport = :{0}`; or choose another port", address.port()),
            ),
            None => Check::ok(NAME, format!("at http://{address}/metrics once the hub runs")),
        },
    }
}

async fn answered(pid: &str, at: &str) -> Check {
    let both = async { anyhow::Ok((get(at, "/readyz").await?, get(at, "/metrics").await?)) };
    match both.await {
        Ok(((200, _), (200, text))) => {
            let series = text.lines().filter(|line| !line.starts_with('#')).count();
            Check::ok(NAME, format!("{at}: ready; {series} series at {at}/metrics"))
        }
        Ok(((503, why), _)) => Check::fail(
            NAME,
            format!("{at}/readyz: {}", why.trim()),
            format!("按所述原因处理，再查：`curl {at}/readyz`"),
            format!("mend what it names, and ask again: `curl {at}/readyz`"),
        ),
        Ok(((ready, _), (figures, _))) => unreached(pid, at, &format!("it answers {ready} and {figures}")),
        Err(error) => unreached(pid, at, &causes(error)),
    }
}

fn unreached(pid: &str, at: &str, why: &str) -> Check {
    Check::fail(
        NAME,
        format!("process {pid} says its figures are at {at}, and they are not: {why}"),
        format!("查看其日志；必要时停止后重新启动：`kill {pid}`"),
        format!("see its log; if need be stop it and start it again: `kill {pid}`"),
    )
}

/// Status and text of a page.
async fn get(at: &str, path: &str) -> anyhow::Result<(u16, String)> {
    let place = at.strip_prefix("http://").context("an address begins with http://")?;
    let asked = async {
        let mut stream = TcpStream::connect(place).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {place}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
        let mut said = Vec::new();
        stream.take(MOST).read_to_end(&mut said).await?;
        anyhow::Ok(said)
    };
    let said = tokio::time::timeout(PATIENCE, asked).await.context("no answer in time")??;
    let said = String::from_utf8_lossy(&said);
    let (head, text) = said.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).context("the answer is no HTTP")?;
    Ok((status, text.to_owned()))
}
