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
use serde::Serialize;

use super::{Common, bar, say};
use crate::{
    import::{self, Source, Summary, dispatch::Dispatch, file, messages::Messages, rejected, requests::Requests},
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
    Messages(From),
    /// Calls of a dispatch desk: one incident a call, one order a unit, each stage at its own time. Example: hub import dispatch dispatch.csv --data hub-data
    #[command(after_help = "Two layouts, known by their columns (UTF-8, any order, others are ignored):\n\
          Call Number,Unit ID,Unit sequence in call dispatch,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,On Scene DtTm,Transport DtTm,Hospital DtTm,Available DtTm,Original Priority,Final Priority\n\
          EMSCallNumber,RescueSquad.Number,CallPriority,CallDateandTime,EntryDateandTime,DispatchDateandTime,EnrouteDateandTime,OnSceneDateandTime,CloseDateandTime\n\
        Stages without a time are named as missing, never made up.\n\
        Example: hub import dispatch dispatch-sf-fire.csv --data hub-data --json")]
    Dispatch(From),
    /// Requests to a city, with the due times that they were promised. Example: hub import requests requests.csv.gz --data hub-data
    #[command(
        after_help = "Columns (UTF-8, any order, others are ignored): case_enquiry_id,open_dt,target_dt,closed_dt,case_status,closure_reason,case_title,type,queue,department,source[,subject,reason,ward,location,neighborhood,latitude,longitude]\n\
        Whatever was closed after its target_dt is on record as late.\n\
        Example: hub import requests requests-boston-311-more.csv.gz --data hub-data --json"
    )]
    Requests(From),
}

#[derive(Debug, Args)]
struct From {
    /// The file: CSV in UTF-8, plain or gzip
    file: PathBuf,
    /// Where rows that cannot be taken are listed, without their words [default: FILE.rejected.csv, or in --data where that cannot be written]
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

impl Import {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        let json = self.common.json;
        match &self.what {
            What::Messages(from) => messages(config, from, json).await,
            What::Dispatch(from) => dispatch(config, from, json).await,
            What::Requests(from) => requests(config, from, json).await,
        }
    }
}

// In each the file comes first: one that cannot be read leaves no data directory behind.

async fn messages(config: Config, from: &From, json: bool) -> anyhow::Result<ExitCode> {
    let bytes = file::read(&from.file)?;
    let messages = Messages::open(&bytes).with_context(|| from.cannot())?;
    take_in(config, from, &messages, json, None::<(Summary, _)>).await
}

async fn dispatch(config: Config, from: &From, json: bool) -> anyhow::Result<ExitCode> {
    let bytes = file::read(&from.file)?;
    let dispatch = Dispatch::open(&bytes).with_context(|| from.cannot())?;
    let told = dispatch.told();
    let words = told.words();
    take_in(config, from, &dispatch, json, Some((told, words))).await
}

async fn requests(config: Config, from: &From, json: bool) -> anyhow::Result<ExitCode> {
    let bytes = file::read(&from.file)?;
    let requests = Requests::open(&bytes).with_context(|| from.cannot())?;
    let told = requests.told();
    take_in(config, from, &requests, json, Some((told, told.words()))).await
}

impl From {
    fn cannot(&self) -> String {
        format!("无法导入 / cannot import {}", self.file.display())
    }
}

/// What `--json` prints: the figures of the run, then what the file tells.
#[derive(Serialize)]
struct Printed<T> {
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<T>,
}

async fn take_in<T: Serialize>(
    config: Config,
    from: &From,
    source: &impl Source,
    json: bool,
    told: Option<(T, [String; 2])>,
) -> anyhow::Result<ExitCode> {
    let data = config.data.clone();
    let process = Process::open(config, Clock::system()).await.map_err(|error| in_use(error, &data))?;
    let bar = bar(json, Some(source.count() as u64), "{bar:40} {pos}/{len} 行 rows  {per_sec}  剩余 left {eta}");
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    let outcome = import::run(&process, source, || bar.inc(1)).await;
    bar.finish_and_clear();
    let closed = process.close().await;
    let outcome = outcome?;
    closed?;
    let listed = from.rejected.as_deref();
    let otherwise = listed.is_none().then_some(data.as_path());
    let list = rejected::write(&outcome.rejections, &rejected::beside(&from.file, listed), otherwise)?;
    if let Some(list) = list {
        say(&format!("未能导入的行见 / rows that were not taken: {}", list.display()))?;
    }
    if json {
        let file = told.map(|(told, _)| told);
        say(&serde_json::to_string(&Printed { summary: outcome.summary, file })?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for words in told.into_iter().flat_map(|(_, words)| words) {
        say(&words)?;
    }
    tell(outcome.summary)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(summary: Summary) -> anyhow::Result<()> {
    let Summary { rows, taken, known, supplements, rejected, incidents, facts, position } = summary;
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
