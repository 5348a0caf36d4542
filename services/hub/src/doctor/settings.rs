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
pub(super) fn unreadable(error: &anyhow::Error, file: Option<&Path>) -> Check {
    let command = file.map_or("env | grep ^HUB_".to_owned(), |file| format!("vi {}", file.display()));
    Check::fail(
        "settings",
        format!("{error:#}"),
        format!("按提示的文件、行或变量改正：`{command}`；deploy/config/hub.toml 列有全部设置"),
        format!("mend the file, line or variable that is named: `{command}`; deploy/config/hub.toml has every setting"),
    )
}

pub(super) fn look(config: &Config, file: Option<&Path>, now: Time) -> Vec<Check> {
    let from = file.map_or("no file, so defaults and HUB_* variables".to_owned(), |file| file.display().to_string());
    let mut checks = vec![Check::ok("settings", format!("{from}; data in {}", config.data.display()))];
    match policies(config.policy.as_deref()).and_then(|(files, areas)| Ok((files.of_files()?, areas))) {
        Ok((policies, areas)) => {
            let dir = config.policy.as_deref();
            checks.push(of_policies(&policies, dir.is_some()));
            checks.extend(to_come(&policies, dir, now));
            checks.push(of_calendar(&policies, dir, now));
            checks.push(of_district(&areas, &config.district));
        }
        Err(error) => {
            let file = file.map_or("hub.toml".to_owned(), |file| file.display().to_string());
            checks.push(Check::fail(
                "policies",
                causes(error),
                format!("按提示改正该政策文件，或用随附样例：`sed -i '/^policy *=/d' {file}`"),
                format!("mend the policy file that is named, or take the samples that come with the hub: `sed -i '/^policy *=/d' {file}`"),
            ));
        }
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
        "样例数据不是本区规定：`cp -r deploy/policy policy`，填入本区数据，并设 policy 指明该目录",
        "sample data is no office's own: `cp -r deploy/policy policy`, enter the district's, and name that directory with policy",
    )
}

/// Policies that apply only from a day to come: until then nobody has adopted them.
fn to_come(policies: &Policies, dir: Option<&Path>, now: Time) -> Option<Check> {
    let today = now.date().to_string();
    let early = policies.headers().into_iter().filter(|header| header.valid_from.to_string() > today);
    let early: Vec<_> = early.map(|header| format!("{}/{} from {} on", header.name, header.version, header.valid_from)).collect();
    if early.is_empty() {
        return None;
    }
    let command = format!("grep -l valid_from {}/*.toml", dir.unwrap_or(Path::new("deploy/policy")).display());
    Some(Check::fail(
        "in force",
        format!("not in force yet: {}", early.join(", ")),
        format!("换回现行版本，或核对生效日期：`{command}`"),
        format!("put the version back that is in force, or set its first day right: `{command}`"),
    ))
}

fn of_calendar(policies: &Policies, dir: Option<&Path>, now: Time) -> Check {
    let until = now.plus_seconds(CALENDAR_SECONDS);
    if policies.calendar.knows(now) && policies.calendar.knows(until) {
        return Check::ok("calendar", format!("knows the working days up to {} and beyond", until.date()));
    }
    let version = &policies.calendar.header.version;
    let command = format!("vi {}/calendar-*.toml", dir.unwrap_or(Path::new("deploy/policy")).display());
    let zh = format!("补上新一年的放假安排，再启动：`{command}`");
    let en = format!("add the coming year's holidays to the calendar, then start again: `{command}`");
    if !policies.calendar.knows(now) {
        let found =
            format!("version {version} has run out: it does not know {}, so no time limit in working days is right", now.date());
        return Check::fail("calendar", found, zh, en);
    }
    Check::warn("calendar", format!("version {version} does not know all working days up to {}", until.date()), zh, en)
}

fn of_district(areas: &Areas, district: &str) -> Check {
    let version = &areas.header.version;
    let known = district.parse::<AreaCode>().ok().filter(|code| *code == areas.district());
    match known.and_then(|code| areas.get(code)) {
        Some(area) => Check::ok("areas", format!("areas/{version} knows district {district} {}", area.name)),
        None => Check::fail(
            "areas",
            format!("areas/{version} is of district {}, the settings say {district}", areas.district()),
            format!("改正 district：`HUB_DISTRICT={0} hub doctor`；或在 policy 目录放入该区的 areas-*.toml", areas.district()),
            format!(
                "set the district right: `HUB_DISTRICT={0} hub doctor`; or put its areas-*.toml into the policy directory",
                areas.district()
            ),
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
        let (now, mut config) = ("2026-09-02T09:00:00+08:00", Config::default());
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
        assert_eq!(states(&Config::default(), "2027-01-04T09:00:00+08:00")[2], ("calendar", State::Fail));
    }

    #[test]
    fn policies_of_a_day_to_come_fail() {
        let found = states(&Config::default(), "2025-12-30T09:00:00+08:00");
        assert_eq!(found[2], ("in force", State::Fail), "{found:?}");
    }
}
