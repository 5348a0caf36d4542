//! `hub import`: files of past matters into a data directory that no hub is running on.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use journal::embedded::OpenError;
use runtime::{Clock, config::Config};

use super::{Common, bar, say};
use crate::{
    import::{self, Outcome, file, messages::Messages, rejected},
    process::Process,
};

/// Takes files of past matters in. Importing a file twice adds nothing.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Citizens' messages, with labels and answers where the file has them. Example: hub import messages messages.csv --data hub-data
    #[command(
        after_help = "Columns (UTF-8, any order, others are ignored): 留言编号,留言用户,留言主题,留言时间,留言详情[,一级分类][,答复意见,答复时间]\n\
        Example: hub import messages messages-with-replies.csv.gz --data hub-data --json"
    )]
    Messages {
        /// The file: CSV in UTF-8, plain or gzip
        file: PathBuf,
        /// Where rows that cannot be taken are listed, without their words [default: FILE.rejected.csv, or in --data where that cannot be written]
        #[arg(long, value_name = "FILE")]
        rejected: Option<PathBuf>,
    },
}

impl Import {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        match &self.what {
            What::Messages { file, rejected } => messages(config, file, rejected.as_deref(), self.common.json).await,
        }
    }
}

async fn messages(config: Config, path: &Path, listed: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    // The file first: one that cannot be read leaves no data directory behind.
    let bytes = file::read(path)?;
    let messages = Messages::open(&bytes).with_context(|| format!("无法导入 / cannot import {}", path.display()))?;
    let data = config.data.clone();
    let process = Process::open(config, Clock::system()).await.map_err(|error| in_use(error, &data))?;
    let bar = bar(json, Some(messages.count() as u64), "{bar:40} {pos}/{len} 行 rows  {per_sec}  剩余 left {eta}");
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    let outcome = import::run(&process, &messages, || bar.inc(1)).await;
    bar.finish_and_clear();
    let closed = process.close().await;
    let outcome = outcome?;
    closed?;
    let otherwise = listed.is_none().then_some(data.as_path());
    let list = rejected::write(&outcome.rejections, &rejected::beside(path, listed), otherwise)?;
    tell(&outcome, list.as_deref(), json)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(outcome: &Outcome, list: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let import::Summary { rows, taken, known, supplements, rejected, incidents, facts, position } = outcome.summary;
    if let Some(list) = list {
        say(&format!("未能导入的行见 / rows that were not taken: {}", list.display()))?;
    }
    if json {
        return say(&serde_json::to_string(&outcome.summary)?);
    }
    say(&format!(
        "共{rows}行：新登记{taken}，已有{known}，续报{supplements}，未能导入{rejected}；新增事件{incidents}，事实{facts}，日志位置{position}"
    ))?;
    say(&format!(
        "{rows} rows: {taken} taken, {known} known, {supplements} supplements, {rejected} rejected; {incidents} incidents and {facts} facts written, journal at {position}"
    ))
}

/// A data directory that another process writes: says what to do.
fn in_use(error: anyhow::Error, data: &Path) -> anyhow::Error {
    let locked = error.chain().find_map(|cause| match cause.downcast_ref::<OpenError>() {
        Some(OpenError::Locked { pid }) => Some(pid.clone()),
        _ => None,
    });
    match locked {
        Some(pid) => anyhow!(
            "数据目录 {data} 正由进程{pid}使用：请先停止它（hub serve 或 hub demo），再导入 / \
             process {pid} is using the data directory {data}: stop it first (hub serve or hub demo), then import",
            data = data.display()
        ),
        None => error,
    }
}

#[cfg(test)]
mod tests;
