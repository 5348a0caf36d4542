//! Refusals and errors as gRPC statuses. A refusal carries its code and arguments (google.rpc.ErrorInfo) and both
//! languages; what may be tried again says after how long (google.rpc.RetryInfo).

use std::{collections::HashMap, time::Duration};

use domain::{incident::Refusal, seat::Language};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use journal::{AppendError, DraftError, embedded::Broken};

use crate::{execute::Error, fold::FoldError, spool::SpoolError};

/// The domain of the hub's error codes in google.rpc.ErrorInfo.
pub const DOMAIN: &str = "hub.v1";

/// The status of an error from the write path.
#[must_use]
pub fn of(error: &Error) -> Status {
    match error {
        Error::Refused(refusal) => refused(refusal),
        Error::Contended { .. } => retry(Code::Aborted, &error.to_string(), Duration::from_millis(50)),
        Error::Busy { retry_after } => retry(Code::ResourceExhausted, &error.to_string(), *retry_after),
        Error::Fold(error) => behind(error),
        Error::Draft(DraftError::TooLarge { .. }) | Error::Journal(AppendError::TooLarge { .. }) => bad_field(
            "request",
            "内容过长，一条记录最多60000字节，请缩短文字",
            "too long: a record has 60,000 bytes at most; say it shorter",
        ),
        Error::Draft(error) => bad_field("request", "有不能写入记录的字符", &error.to_string()),
        Error::Journal(AppendError::Moved { to }) => {
            let zh = format!("日志已迁移至{to}，请改写那里");
            named(Code::FailedPrecondition, "journal.moved", &zh, &format!("this journal has moved to {to}: write there"))
        }
        Error::Journal(error @ AppendError::Invalid(_)) => Status::internal(error.to_string()),
        Error::Journal(AppendError::Unknown(why)) => away(why.as_ref()),
        Error::Journal(_) => retry(Code::Unavailable, &error.to_string(), Duration::from_secs(1)),
        Error::Spool(SpoolError::Full { waiting, retry_after }) => full(*waiting, *retry_after),
        Error::Spool(SpoolError::Draft(error)) => of(&Error::Draft(error.clone())),
        Error::Spool(error) => {
            let zh = "诉求未能登记，也未能在本机暂存：请用电话转报，并通知系统管理员";
            let en = format!("the report was not taken, and could not be kept here either ({error}): pass it on by phone");
            named(Code::Unavailable, "spool.broken", zh, &en)
        }
    }
}

/// The journal gave no answer that says whether the facts are in: its disk takes nothing more, or its servers are away, or
/// too few of them are left.
fn away(why: &(dyn std::error::Error + 'static)) -> Status {
    let (code, zh, cause) = match why.is::<Broken>() {
        true => (
            "journal.stopped",
            "日志已停止写入（磁盘已满或发生故障），是否已写入尚不可知：请通知系统管理员，恢复后用同一命令编号重试",
            "its disk is full or failing, and the hub ends: call its operator",
        ),
        false => (
            "journal.away",
            "日志服务没有应答（服务器中断，或集群可用节点未过半数），是否已写入尚不可知：请用同一命令编号重试",
            "its servers are away, or no majority of them is left",
        ),
    };
    let en = format!("the journal gave no answer ({why}): {cause}. The facts may be in or not: ask again with the same command id");
    let mut details = ErrorDetails::with_retry_info(Some(Duration::from_secs(1)));
    let about = [("zh", zh), ("en", &en)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    details.set_error_info(code, DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::Unavailable, en, details)
}

/// Nothing more can be kept until the journal's servers are back.
fn full(waiting: usize, retry_after: Duration) -> Status {
    let zh = format!("日志服务中断，本机已暂存{waiting}件诉求，暂存区已满，请稍后再报或改用电话");
    let en = format!("the journal's servers are away and {waiting} reports wait here: there is no room for more, try again later");
    let mut details = ErrorDetails::with_retry_info(Some(retry_after));
    let about = [("zh", zh.as_str()), ("en", en.as_str())].map(|(name, value)| (name.to_owned(), value.to_owned()));
    details.set_error_info("spool.full", DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::ResourceExhausted, en, details)
}

/// The rules said no.
#[must_use]
pub fn refused(refusal: &Refusal) -> Status {
    let code = match refusal.code() {
        "incident.unknown" => Code::NotFound,
        "command.reused" => Code::AlreadyExists,
        "reason.unfit" => Code::InvalidArgument,
        code if code.starts_with("authority.") => Code::PermissionDenied,
        _ => Code::FailedPrecondition,
    };
    let mut about: HashMap<String, String> = refusal.args().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    about.insert("zh".to_owned(), refusal.text(Language::Zh));
    about.insert("en".to_owned(), refusal.text(Language::En));
    let mut details = ErrorDetails::with_error_info(refusal.code(), DOMAIN, about);
    if code == Code::InvalidArgument {
        details.add_bad_request_violation("reason", format!("{} / {}", refusal.text(Language::Zh), refusal.text(Language::En)));
    }
    // The message itself stays ASCII: it travels in a header.
    Status::with_error_details(code, format!("{}: {}", refusal.code(), refusal.text(Language::En)), details)
}

/// The live board cannot answer now.
#[must_use]
pub fn behind(error: &FoldError) -> Status {
    let (reason, zh) = match error {
        FoldError::Behind { wanted } => ("board.behind", format!("本机态势尚未更新到第{wanted}条事实，请稍后用同一命令编号重试")),
        FoldError::Stopped { position, .. } => ("board.stopped", format!("本机态势停在第{position}条事实之前，请联系系统管理员")),
        FoldError::Read { .. } => ("journal.away", "日志服务没有应答，暂时无法读取，请稍后重试".to_owned()),
    };
    let en = error.to_string();
    let mut details = ErrorDetails::with_retry_info(Some(Duration::from_millis(500)));
    let about = [("zh", zh.as_str()), ("en", en.as_str())].map(|(name, value)| (name.to_owned(), value.to_owned()));
    details.set_error_info(reason, DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::Unavailable, en, details)
}

fn retry(code: Code, message: &str, after: Duration) -> Status {
    Status::with_error_details(code, message, ErrorDetails::with_retry_info(Some(after)))
}

/// A field of a request is wrong. `zh` and `en` say what would do.
#[must_use]
pub fn bad_field(field: &str, zh: &str, en: &str) -> Status {
    let mut details = ErrorDetails::with_bad_request_violation(field, format!("{zh} / {en}"));
    let about = [("field", field), ("zh", zh), ("en", en)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    details.set_error_info("request.field", DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {en}"), details)
}

/// Nobody was recognised.
#[must_use]
pub fn unauthenticated() -> Status {
    let zh = "请出示席位令牌（authorization: Bearer …），可用 hub seat add 领取";
    let en = "present a seat's token (authorization: Bearer ...); hub seat add gives one";
    named(Code::Unauthenticated, "identity.unknown", zh, en)
}

/// The caller is known and may not.
#[must_use]
pub fn forbidden(zh: &str, en: &str) -> Status {
    named(Code::PermissionDenied, "authority.forbidden", zh, en)
}

/// There is no such seat.
#[must_use]
pub fn no_seat(name: &str) -> Status {
    // What is no name at all is not said again.
    let name = if name.parse::<domain::id::SeatId>().is_ok() { name } else { "?" };
    named(
        Code::NotFound,
        "seat.unknown",
        &format!("没有席位 {name}，请核对名称"),
        &format!("there is no seat {name}: check its name"),
    )
}

/// Too many reports of one stream were rejected.
#[must_use]
pub fn too_many_rejected() -> Status {
    let zh = "被拒绝的诉求过多，请先检查数据再发送";
    named(Code::FailedPrecondition, "report.rejected", zh, "too many reports were rejected: look at the data before sending more")
}

/// The journal could not be read.
#[must_use]
pub fn unreadable(error: &journal::ReadError) -> Status {
    retry(Code::Unavailable, &error.to_string(), Duration::from_secs(1))
}

/// No answer in time. What was written stays written.
#[must_use]
pub fn late() -> Status {
    retry(Code::DeadlineExceeded, "no answer in time: ask again with the same command id", Duration::from_secs(1))
}

/// Others ask for the same costly thing: come back.
#[must_use]
pub fn busy(message: &str) -> Status {
    retry(Code::ResourceExhausted, message, Duration::from_secs(1))
}

/// A status with a stable code and a sentence in both languages.
fn named(code: Code, reason: &str, zh: &str, en: &str) -> Status {
    let about = [("zh", zh), ("en", en)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Status::with_error_details(code, en, ErrorDetails::with_error_info(reason, DOMAIN, HashMap::from(about)))
}

/// A status' code and its sentence in both languages, for people and for files of rejected rows.
#[must_use]
pub fn explained(status: &Status) -> (String, String, String) {
    match status.get_details_error_info() {
        Some(info) => {
            let text = |language: &str| info.metadata.get(language).cloned().unwrap_or_else(|| status.message().to_owned());
            let field = info.metadata.get("field").map(|field| format!("{field}: ")).unwrap_or_default();
            (info.reason.clone(), format!("{field}{}", text("zh")), format!("{field}{}", text("en")))
        }
        None => (status.code().to_string(), status.message().to_owned(), status.message().to_owned()),
    }
}

#[cfg(test)]
mod tests;
