//! The settings, and the policies and areas that they name.

use std::path::Path;

use domain::{
    area::{AreaCode, Areas},
    policy::Policies,
    time::Time,
};
use runtime::config::Config;

use super::{Check, causes};
use crate::policies::policies;

/// The calendar has to know so many seconds ahead: limits in working days reach that far.
const CALENDAR_SECONDS: i64 = 60 * 86_400;

/// The settings themselves do not read; nothing else can be looked at then.
pub(super) fn unreadable(error: &anyhow::Error) -> Check {
    Check::fail(
        "settings",
        format!("{error:#}"),
        "按提示的文件、行或变量改正；deploy/config/hub.toml 列有全部设置",
        "mend the file, line or variable that is named; deploy/config/hub.toml has every setting",
    )
}

pub(super) fn look(config: &Config, file: Option<&Path>, now: Time) -> Vec<Check> {
    let from = file.map_or("no file, so defaults and HUB_* variables".to_owned(), |file| file.display().to_string());
    let mut checks = vec![Check::ok("settings", format!("{from}; data in {}", config.data.display()))];
    match policies(config.policy.as_deref()) {
        Ok((policies, areas)) => {
            checks.push(of_policies(&policies, config.policy.is_some()));
            checks.push(of_calendar(&policies, now));
            checks.push(of_district(&areas, &config.district));
        }
        Err(error) => checks.push(Check::fail(
            "policies",
            causes(error),
            "按提示改正该政策文件，或去掉 policy 设置以使用随附样例",
            "mend the policy file that is named, or leave `policy` out for the samples that come with the hub",
        )),
    }
    checks
}

fn of_policies(policies: &Policies, own: bool) -> Check {
    let headers = policies.headers();
    let samples: Vec<_> = headers.iter().filter(|header| header.sample).map(|header| header.name.as_str()).collect();
    if samples.is_empty() {
        return Check::ok("policies", policies.versions());
    }
    let from = if own { "" } else { "those that come with the hub: " };
    let samples = if samples.len() == headers.len() { "all of it".to_owned() } else { samples.join(", ") };
    Check::warn(
        "policies",
        format!("{from}{}; sample data: {samples}", policies.versions()),
        "样例数据不是本区规定：填入本区数据并用 policy 指明目录",
        "sample data is no office's own: enter the district's and name the directory with `policy`",
    )
}

fn of_calendar(policies: &Policies, now: Time) -> Check {
    let until = now.plus_seconds(CALENDAR_SECONDS);
    if policies.calendar.knows(now) && policies.calendar.knows(until) {
        return Check::ok("calendar", format!("knows the working days up to {} and beyond", until.date()));
    }
    Check::warn(
        "calendar",
        format!("version {} does not know all working days up to {}", policies.calendar.header.version, until.date()),
        "补上新一年的放假安排，再启动",
        "add the coming year's holidays to the calendar, then start again",
    )
}

fn of_district(areas: &Areas, district: &str) -> Check {
    let version = &areas.header.version;
    let known = district.parse::<AreaCode>().ok().filter(|code| *code == areas.district());
    match known.and_then(|code| areas.get(code)) {
        Some(area) => Check::ok("areas", format!("areas/{version} knows district {district} {}", area.name)),
        None => Check::fail(
            "areas",
            format!("areas/{version} is of district {}, the settings say {district}", areas.district()),
            "改正 district，或在 policy 目录放入该区的 areas-*.toml",
            "set the district right, or put its areas-*.toml into the `policy` directory",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn states(config: &Config, now: &str) -> Vec<(&'static str, State)> {
        let checks = look(config, None, now.parse().expect("a time"));
        checks.iter().map(|check| (check.name, check.state)).collect()
    }

    #[test]
    fn samples_are_told_and_a_district_without_areas_fails() {
        let (now, mut config) = ("2026-03-02T09:00:00+08:00", Config::default());
        let well = [("settings", State::Ok), ("policies", State::Warn), ("calendar", State::Ok), ("areas", State::Ok)];
        assert_eq!(states(&config, now), well);
        config.district = "320102".to_owned();
        assert_eq!(states(&config, now)[3], ("areas", State::Fail));
        config.policy = Some("no/such/folder".into());
        assert_eq!(states(&config, now)[1], ("policies", State::Fail));
    }

    #[test]
    fn a_calendar_that_ends_soon_is_told() {
        assert_eq!(states(&Config::default(), "2026-12-15T09:00:00+08:00")[2], ("calendar", State::Warn));
    }
}
