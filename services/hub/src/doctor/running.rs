//! The hub that runs on this data directory: who holds it, where it listens, whether its services are well.

use std::{io, time::Duration};

use runtime::config::Config;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use wire::link::{self, Link};

use super::{Check, Ground, causes};
use crate::process::{ADDRESS_FILE, Service};

/// How long a hub may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// The process that uses the data directory, if one does.
pub(super) fn held(config: &Config) -> io::Result<Option<String>> {
    let dir = if config.journal.url.is_some() { config.data.clone() } else { config.data.join("journal") };
    journal::embedded::writer(&dir)
}

/// It cannot be told whether a hub runs.
pub(super) fn unknown(error: &io::Error) -> Check {
    Check::fail(
        "process",
        format!("cannot see who uses the data directory: {error}"),
        "以运行 hub 的用户执行：`sudo -u USER hub doctor`",
        "run as the hub's own user: `sudo -u USER hub doctor`",
    )
}

pub(super) async fn look(ground: &Ground<'_>) -> Vec<Check> {
    let note = ground.config.data.join(ADDRESS_FILE);
    let Some(pid) = &ground.held else {
        let left = if note.exists() { "; the note of one that was killed is left, and does no harm" } else { "" };
        return vec![Check::ok("process", format!("no hub runs on this data directory{left}"))];
    };
    let address = match std::fs::read_to_string(&note) {
        Ok(address) => address.trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return vec![Check::ok("process", format!("process {pid} uses the data directory and listens nowhere"))];
        }
        Err(error) => return vec![unknown(&error)],
    };
    match reach(ground.config, &address).await {
        Ok(link) => {
            let mut checks = vec![Check::ok("process", format!("process {pid} answers at {address}"))];
            for name in [""].into_iter().chain(Service::ALL.map(Service::name)) {
                checks.push(health(link.clone(), name).await);
            }
            checks
        }
        Err(error) => vec![Check::fail(
            "process",
            format!("process {pid} says it listens at {address}, and does not answer: {error:#}"),
            format!("查看其日志；必要时停止后重新启动：`kill {pid}`"),
            format!("see its log; if need be stop it and start it again: `kill {pid}`"),
        )],
    }
}

async fn reach(config: &Config, address: &str) -> anyhow::Result<Link> {
    let tls = config.listen.tls.as_ref().map(runtime::serve::trusting).transpose()?;
    Ok(link::connect(address, tls).await?)
}

async fn health(link: Link, service: &str) -> Check {
    let shown = if service.is_empty() { "the whole process" } else { service };
    let asked = HealthCheckRequest { service: service.to_owned() };
    let mut client = HealthClient::new(link);
    let unwell = |what: String| {
        Check::fail(
            "health",
            format!("{shown}: {what}"),
            "原因见 hub 日志中的 not ready：`journalctl -u hub | grep 'not ready'`，或 /readyz",
            "the reason stands in the hub's log: `journalctl -u hub | grep 'not ready'`, or at /readyz",
        )
    };
    match tokio::time::timeout(PATIENCE, client.check(asked)).await {
        Ok(Ok(answer)) => match answer.into_inner().status() {
            ServingStatus::Serving => Check::ok("health", format!("{shown}: serving")),
            status @ (ServingStatus::NotServing | ServingStatus::Unknown | ServingStatus::ServiceUnknown) => {
                unwell(status.as_str_name().to_lowercase())
            }
        },
        Ok(Err(status)) if status.code() == Code::NotFound => Check::ok("health", format!("{shown}: not served by this process")),
        Ok(Err(status)) => unwell(causes(status)),
        Err(_) => unwell("no answer in time".to_owned()),
    }
}
