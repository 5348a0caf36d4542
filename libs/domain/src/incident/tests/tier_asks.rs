//! What is asked up, down and sideways, and the seats of other tiers. Part of the kit.

use super::kit::{GRID, HOUSING, Life, WATER, agency, seat, why};
use crate::{
    area::AreaCode,
    incident::*,
    reason::ReasonCode,
    seat::{Actor, Role},
};

/// The subdistrict in which the kit's matters lie.
pub(crate) const CENTRE: &str = "320111004";

pub(crate) fn area(code: &str) -> AreaCode {
    code.parse().expect("an area")
}

/// The desk of the subdistrict's centre (街道分中心).
pub(crate) fn centre() -> Actor {
    at("centre", CENTRE)
}

/// A desk of the grid agency in an area.
pub(crate) fn at(id: &str, code: &str) -> Actor {
    let Actor::Seat(mut desk) = seat(id, GRID, &[Role::Dispatcher], false) else { unreachable!("a seat") };
    desk.area = area(code);
    Actor::Seat(desk)
}

/// 督查.
pub(crate) fn supervisor() -> Actor {
    seat("super", GRID, &[Role::Supervisor], false)
}

pub(crate) fn inform() -> Command {
    Command::InformUpward { reason: why(ReasonCode::UpwardMajor), sealed: Vec::new() }
}

pub(crate) fn escalate() -> Command {
    Command::Escalate { reason: why(ReasonCode::EscalateBeyond), sealed: Vec::new() }
}

pub(crate) fn hand_down(to: &str) -> Command {
    Command::HandDown { to: area(to), reason: why(ReasonCode::AssignLocal) }
}

pub(crate) fn return_up() -> Command {
    Command::ReturnTier { reason: why(ReasonCode::ReturnInformationMissing), sealed: Vec::new() }
}

pub(crate) fn cannot_down() -> Command {
    Command::ReturnTier { reason: why(ReasonCode::CannotBeyondPower), sealed: Vec::new() }
}

pub(crate) fn supervise(of: &str, level: u8) -> Command {
    Command::Supervise { agency: agency(of), level, due: None, reason: why(ReasonCode::SuperviseImportant) }
}

pub(crate) const fn reply(supervision: u16) -> Command {
    Command::ReplySupervision { supervision, sealed: Vec::new() }
}

pub(crate) fn strike(supervision: u16) -> Command {
    Command::StrikeSupervision { supervision, reason: why(ReasonCode::StrikeDone) }
}

/// Calls them to the subdistrict within so many seconds.
pub(crate) fn summon(life: &Life, of: &[&str], seconds: i64) -> Command {
    let agencies = of.iter().map(|of| agency(of)).collect();
    let by = life.now.plus_seconds(seconds);
    Command::Summon { agencies, area: area(CENTRE), by, reason: why(ReasonCode::SummonOnSite) }
}

pub(crate) const fn arrive(call: u16) -> Command {
    Command::Arrive { call }
}

pub(crate) fn remind(of: &str) -> Command {
    Command::Remind { agency: agency(of), reason: why(ReasonCode::RemindWaiting) }
}

pub(crate) fn oversee(clock: &str, version: u32) -> Command {
    let clock = clock.parse().expect("a clock's name");
    Command::Oversee { clock, version, agency: agency(GRID), area: area("320111") }
}

pub(crate) fn confer(with: &[&str]) -> Command {
    let parties = with.iter().map(|with| agency(with)).collect();
    Command::Confer { parties, report: Some(super::kit::the_report()), reason: why(ReasonCode::ConferVerify) }
}

pub(crate) fn hang_up(conference: u16, outcome: ReasonCode) -> Command {
    Command::EndConference { conference, outcome: why(outcome), sealed: Vec::new() }
}

pub(crate) fn ask_help(of: &str, quantity: u16) -> Command {
    let what = "resource/pump".parse().expect("a plain name");
    Command::AskResource { agency: agency(of), what, quantity, reason: why(ReasonCode::ResourceEquipment) }
}

pub(crate) const fn give_help(request: u16, quantity: u16) -> Command {
    Command::GrantResource { request, quantity }
}

pub(crate) fn cannot_help(request: u16) -> Command {
    Command::CannotResource { request, reason: why(ReasonCode::CannotEquipment) }
}

/// Claims what nobody has; takes it over where a reason is given.
pub(crate) fn claim(reason: Option<ReasonCode>) -> Command {
    Command::Claim { reason: reason.map(why) }
}

/// Everything of these kinds that could be asked of this life.
pub(crate) fn tier_asks(life: &Life) -> Vec<Command> {
    let mut asks = vec![
        inform(),
        escalate(),
        hand_down(CENTRE),
        Command::TakeTier {},
        return_up(),
        cannot_down(),
        supervise(GRID, 2),
        reply(1),
        strike(1),
        summon(life, &[WATER, HOUSING], 60 * 24 * 3600),
        arrive(1),
        remind(GRID),
        oversee("total", 1),
        confer(&[super::kit::POLICE]),
        hang_up(1, ReasonCode::ConferenceSettled),
        ask_help(WATER, 2),
        give_help(1, 1),
        cannot_help(1),
        claim(None),
        claim(Some(ReasonCode::TakeoverLeft)),
        Command::ReleaseClaim {},
    ];
    asks.extend(life.incident.clocks.iter().map(|clock| oversee(&clock.id.to_string(), clock.version)));
    asks
}
