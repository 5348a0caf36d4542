//! Refusals and errors as gRPC statuses. A refusal carries its code and arguments (google.rpc.ErrorInfo) and both
//! languages; what may be tried again says after how long (google.rpc.RetryInfo).

use std::{collections::HashMap, time::Duration};

use domain::{incident::Refusal, seat::Language};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{execute::Error, fold::FoldError};

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
        Error::Draft(error) => Status::invalid_argument(error.to_string()),
        Error::Journal(_) => retry(Code::Unavailable, &error.to_string(), Duration::from_secs(1)),
    }
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
    let details = ErrorDetails::with_error_info(refusal.code(), DOMAIN, about);
    // The message itself stays ASCII: it travels in a header.
    Status::with_error_details(code, format!("{}: {}", refusal.code(), refusal.text(Language::En)), details)
}

/// The live board cannot answer now.
#[must_use]
pub fn behind(error: &FoldError) -> Status {
    retry(Code::Unavailable, &error.to_string(), Duration::from_millis(500))
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
    let about = [
        ("zh", "请出示席位令牌（authorization: Bearer …），可用 hub seat add 领取"),
        ("en", "present a seat's token (authorization: Bearer …); hub seat add gives one"),
    ];
    let about = about.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let details = ErrorDetails::with_error_info("identity.unknown", DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::Unauthenticated, "present a seat's token (authorization: Bearer ...)", details)
}

/// The caller is known and may not.
#[must_use]
pub fn forbidden(zh: &str, en: &str) -> Status {
    let about = [("zh", zh), ("en", en)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let details = ErrorDetails::with_error_info("authority.forbidden", DOMAIN, HashMap::from(about));
    Status::with_error_details(Code::PermissionDenied, en, details)
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
