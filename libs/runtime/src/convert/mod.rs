//! Between the wire's words and the rules' types. What the outside says is checked here, field by field, and an
//! unfit field is named in both languages.

mod leave;
mod tiers;
mod view;

use std::collections::BTreeSet;

use domain::{
    area::{AreaCode, Place},
    id::{Agency, CommandId, IncidentId, MatterCode, ReportId, UnitId},
    incident::{Basis, Class, Flag, Item, NewPart, Priority, Satisfaction},
    reason::{Args, MOST_ARGUMENT, Reason, ReasonCode},
    time::Time,
};
use tonic::{Request, Status};
use wire::{Message, Timestamp, time, v1, words::Word};

pub use view::{incident, seat_of, seat_view, to_item};

use crate::{
    execute::{Answer, Ask},
    identity::Caller,
    ports::Ports,
    status, trace,
};

/// Parses a text field of a request; the error names the field.
macro_rules! parsed {
    ($($(#[$doc:meta])* $name:ident -> $type:ty, $zh:literal, $en:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// `INVALID_ARGUMENT` naming the field.
        pub fn $name(field: &str, text: &str) -> Result<$type, Status> {
            text.parse().map_err(|_| status::bad_field(field, $zh, $en))
        }
    )*};
}

parsed! {
    /// An incident's id.
    incident_id -> IncidentId, "请填写事件编号（UUID）", "give an incident's id, a UUID";
    /// A report's id.
    report_id -> ReportId, "请填写诉求编号（UUID）", "give a report's id, a UUID";
    /// A command's id.
    command_id -> CommandId, "请填写命令编号：1至180个字母、数字或 - _ . / :", "give a command id of 1 to 180 letters, digits or - _ . / :";
    /// An agency.
    agency -> Agency, "请填写联动单位：police、grid、hotline、department/… 或 organisation/…", "give police, grid, hotline, department/... or organisation/...";
    /// A matter's code.
    matter -> MatterCode, "请填写事项代码", "give a matter's code";
    /// A unit.
    unit -> UnitId, "请填写处置力量编号：字母、数字或 - _ . / :", "give a unit of letters, digits or - _ . / :";
    /// An area's code.
    area -> AreaCode, "请填写6、9、12或15位区域代码", "give an area code of 6, 9, 12 or 15 digits";
}

/// A field that may be left empty.
///
/// # Errors
/// As `parse`, where it is not.
pub fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Status>) -> Result<Option<T>, Status> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A message field that has to be there.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field.
pub fn needed<T>(field: &str, value: Option<T>) -> Result<T, Status> {
    value.ok_or_else(|| status::bad_field(field, "不能为空", "must be given"))
}

/// A reason of the table, with its arguments.
///
/// # Errors
/// `INVALID_ARGUMENT` for a code that is not in the table.
pub(crate) fn reason(field: &str, value: Option<v1::Reason>) -> Result<Reason, Status> {
    let value = needed(field, value)?;
    let code = ReasonCode::from_code(&value.code)
        .ok_or_else(|| status::bad_field(field, "原因代码不在表内", "the reason's code is not in the table"))?;
    let args: Args = value.args.into_iter().collect();
    if args.values().all(|value| readable(value, MOST_ARGUMENT)) {
        return Ok(Reason { code, args });
    }
    let zh = "原因参数应为代码、名称或数字，不超过60字节，不能含个人信息；其他文字请填入说明";
    let en = "an argument is a code, a name or a number of 60 bytes at most, nothing personal; other words go into words";
    Err(status::bad_field(field, zh, en))
}

/// May this stand in the open log? Short, on one line, and nothing in it that points at a person.
#[must_use]
pub fn readable(text: &str, most: usize) -> bool {
    text.len() <= most && !text.contains(char::is_control) && seal::mask(text).text == text
}

/// A reason for the wire.
#[must_use]
pub fn to_reason(reason: &Reason) -> v1::Reason {
    v1::Reason {
        code: reason.code.code().to_owned(),
        args: reason.args.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

/// 1 to 4.
///
/// # Errors
/// `INVALID_ARGUMENT` for another number.
pub fn priority(field: &str, number: u32) -> Result<Priority, Status> {
    let wrong = || status::bad_field(field, "等级为1（危及生命）至4（一般）", "give 1 (life) to 4 (routine)");
    u8::try_from(number).ok().and_then(|number| Priority::try_from(number).ok()).ok_or_else(wrong)
}

/// A number of a part or hand-over.
///
/// # Errors
/// `INVALID_ARGUMENT` for one that no incident has.
pub fn number(field: &str, number: u32) -> Result<u16, Status> {
    u16::try_from(number).map_err(|_| status::bad_field(field, "编号过大", "the number is too large"))
}

/// A place, where one is given.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field.
pub fn place(field: &str, value: Option<v1::Place>) -> Result<Option<Place>, Status> {
    value.map(|place| area(field, &place.area).map(|area| Place { area })).transpose()
}

/// A part as a seat asks for it.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field.
pub fn new_part(field: &str, value: &v1::NewPart) -> Result<NewPart, Status> {
    Ok(NewPart {
        agency: agency(field, &value.agency)?,
        mandatory: value.mandatory,
        task: optional(&value.task, |text| matter(field, text))?,
    })
}

/// A row of the hand-over catalogue.
///
/// # Errors
/// `INVALID_ARGUMENT` where code or version is no plain name.
pub fn item(field: &str, value: Option<v1::Item>) -> Result<Option<Item>, Status> {
    let plain = |text: &str| {
        (1..=MOST_ARGUMENT).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b))
    };
    match value {
        Some(item) if plain(&item.code) && plain(&item.catalogue) => Ok(Some(Item { code: item.code, catalogue: item.catalogue })),
        None => Ok(None),
        Some(_) => Err(status::bad_field(field, "请填写清单项代码和清单版本", "give the item's code and the catalogue's version")),
    }
}

/// A word of a closed vocabulary; none where the field was left at UNSPECIFIED.
///
/// # Errors
/// `INVALID_ARGUMENT` for a number this version does not know.
pub fn word<W: Word, T>(field: &str, number: i32, from_word: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Status> {
    if number == 0 {
        return Ok(None);
    }
    let known = W::word_of(number).and_then(|word| from_word(&word));
    known.map(Some).ok_or_else(|| status::bad_field(field, "取值不在词表内", "the value is not in the vocabulary"))
}

/// Flags.
///
/// # Errors
/// As [`word`].
pub fn flags(field: &str, numbers: &[i32]) -> Result<BTreeSet<Flag>, Status> {
    numbers.iter().filter_map(|&number| word::<v1::Flag, _>(field, number, Flag::from_word).transpose()).collect()
}

/// A class.
///
/// # Errors
/// As [`word`].
pub fn class(field: &str, number: i32) -> Result<Option<Class>, Status> {
    word::<v1::Class, _>(field, number, Class::from_word)
}

/// A level of satisfaction.
///
/// # Errors
/// As [`word`].
pub fn satisfaction(field: &str, number: i32) -> Result<Option<Satisfaction>, Status> {
    word::<v1::Satisfaction, _>(field, number, Satisfaction::from_word)
}

/// A time, where one is given.
///
/// # Errors
/// `INVALID_ARGUMENT` for one outside the years 1970 to 9999.
pub fn when(field: &str, value: Option<Timestamp>) -> Result<Option<Time>, Status> {
    let Some(value) = value else { return Ok(None) };
    let ms = time::millis(&value).filter(|ms| *ms >= 0);
    let wrong = || status::bad_field(field, "时间须在1970年至9999年之间", "give a time of the years 1970 to 9999");
    ms.map(|ms| Some(Time::from_ms(ms))).ok_or_else(wrong)
}

/// A time for the wire.
#[must_use]
pub fn to_when(at: Time) -> Timestamp {
    time::timestamp(at.ms())
}

/// The number of our word on the wire.
#[must_use]
pub fn number_of<W: Word + Into<i32>>(word: &str) -> i32 {
    W::from_word(word).map_or(0, Into::into)
}

/// What every writing request says beside its action.
pub struct Said<'a> {
    /// The command's id.
    pub command_id: &'a str,
    /// When it occurred.
    pub occurred: Option<Timestamp>,
    /// How that time is known.
    pub basis: i32,
    /// The service that answers.
    pub service: &'static str,
}

/// Who asks for what: the caller, the command id, the digest of the whole request.
///
/// # Errors
/// `UNAUTHENTICATED`, or `INVALID_ARGUMENT` naming the field.
pub fn ask<M: Message>(ports: &Ports, request: &Request<M>, said: &Said<'_>) -> Result<Ask, Status> {
    let caller = Caller::of(request)?;
    Ok(Ask {
        command: command_id("command_id", said.command_id)?,
        digest: digest(ports, &caller, request.get_ref()),
        occurred: occurred(ports, said.occurred)?,
        basis: basis(&caller, said.basis)?,
        actor: caller.actor,
        traceparent: traceparent(request),
        service: said.service,
    })
}

/// Seconds by which another machine's clock may be ahead of ours.
const CLOCKS_APART_SECONDS: i64 = 60;

/// When something occurred: never in the future, or a clock that it starts would never run out.
///
/// # Errors
/// `INVALID_ARGUMENT` for a time that no calendar has, or one that is still to come.
pub fn occurred(ports: &Ports, value: Option<Timestamp>) -> Result<Option<Time>, Status> {
    let occurred = when("occurred", value)?;
    match occurred.filter(|time| *time > ports.clock.now().plus_seconds(CLOCKS_APART_SECONDS)) {
        Some(_) => Err(status::bad_field("occurred", "发生时间不能晚于现在", "cannot lie in the future")),
        None => Ok(occurred),
    }
}

/// How the time of occurrence is known; the seat's word where nothing is said.
///
/// # Errors
/// `INVALID_ARGUMENT` for a number this version does not know, and for `import` from anybody but a script.
pub fn basis(caller: &Caller, number: i32) -> Result<Basis, Status> {
    let basis = word::<v1::Basis, _>("basis", number, Basis::from_word)?.unwrap_or(Basis::Seat);
    if basis == Basis::Import && !caller.scripted() {
        return Err(status::bad_field("basis", "只有导入可以用 import", "only an import says import"));
    }
    Ok(basis)
}

/// The W3C trace a request belongs to, where it says a proper one.
#[must_use]
pub fn traceparent<M>(request: &Request<M>) -> Option<String> {
    trace::extract(request.metadata().as_ref()).as_ref().and_then(trace::written)
}

/// Keyed digest of a request and of who asks: tells a repeated request from another one under the same id, and nobody
/// its content. Another seat's command is another command, so nobody gets an answer that was not for him.
#[must_use]
pub fn digest<M: Message>(ports: &Ports, caller: &Caller, request: &M) -> u128 {
    let mut said = caller.actor.text().into_bytes();
    said.push(0);
    said.extend_from_slice(&request.encode_to_vec());
    u128::from_be_bytes(ports.sealer.fingerprint(&said))
}

/// The answer to a command.
#[must_use]
pub fn answer(id: IncidentId, answer: &Answer) -> v1::CommandAnswer {
    v1::CommandAnswer {
        incident_id: id.to_string(),
        position: answer.position,
        version: answer.version,
        repeated_command: answer.repeated,
        stage: number_of::<v1::Stage>(answer.stage.word()),
        time: Some(to_when(answer.time)),
    }
}
