//! What one look found, and how it is said: a line for a person, an object for a machine.

use serde::Serialize;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it has to be.
    Ok,
    /// The hub works, and somebody should know.
    Warn,
    /// The hub does not work like this, or facts or personal data are not safe.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    group: &'static str,
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) found: String,
    mend_zh: Option<String>,
    mend_en: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { group: "", name, state: State::Ok, found: found.into(), mend_zh: None, mend_en: None }
    }

    /// A way out names the command that mends it, between backticks, in both languages.
    pub(super) fn warn(name: &'static str, found: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (zh, en) = (zh.into(), en.into());
        debug_assert!([&zh, &en].iter().all(|way| way.matches('`').count() > 1), "{name} names no command: {zh} / {en}");
        Self { state: State::Warn, mend_zh: Some(zh), mend_en: Some(en), ..Self::ok(name, found) }
    }

    pub(super) fn fail(name: &'static str, found: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { state: State::Fail, ..Self::warn(name, found, zh, en) }
    }

    /// For a person: what was found, and the way out below it.
    fn lines(&self) -> String {
        let state = match self.state {
            State::Ok => "好   ok  ",
            State::Warn => "注意 warn",
            State::Fail => "坏   fail",
        };
        let mut lines = format!("  {state}  {:16} {}", self.name, self.found);
        if let (Some(zh), Some(en)) = (&self.mend_zh, &self.mend_en) {
            lines += &format!("\n             → {zh} / {en}");
        }
        lines
    }
}

/// Everything that was looked at, in order.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Check>);

/// A report as machines read it.
#[derive(Serialize)]
struct Told<'a> {
    checks: &'a [Check],
    ok: bool,
}

impl Report {
    pub(super) fn add(&mut self, group: &'static str, checks: Vec<Check>) {
        self.0.extend(checks.into_iter().map(|check| Check { group, ..check }));
    }

    /// How many are in this state.
    pub(crate) fn count(&self, state: State) -> usize {
        self.0.iter().filter(|check| check.state == state).count()
    }

    /// For a person: a line a check under its group, then one that sums up.
    pub(crate) fn text(&self) -> String {
        let (mut out, mut group) = (String::new(), "");
        for check in &self.0 {
            if check.group != group {
                group = check.group;
                out += &format!("{group}\n");
            }
            out += &format!("{}\n", check.lines());
        }
        out + &self.sum()
    }

    /// The last line.
    pub(crate) fn sum(&self) -> String {
        let (all, [ok, warn, fail]) = (self.0.len(), [State::Ok, State::Warn, State::Fail].map(|state| self.count(state)));
        format!("共 {all} 项：好 {ok}，注意 {warn}，坏 {fail} / {all} checks: {ok} ok, {warn} to know, {fail} failed")
    }

    /// For a machine: one JSON value.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Told { checks: &self.0, ok: self.count(State::Fail) == 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        report.add("一 one", vec![Check::ok("a", "there"), Check::warn("b", "little", "`添`", "`add`")]);
        report.add("二 two", vec![Check::fail("c", "gone", "`找`", "`seek`")]);
        report
    }

    #[test]
    fn a_person_reads_a_line_a_check_and_the_way_out_below_what_is_not_well() {
        let text = report().text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 8, "{text}");
        assert_eq!((lines[0], lines[4]), ("一 one", "二 two"));
        assert!(lines[1].contains("ok") && lines[2].contains("warn") && lines[3].ends_with("→ `添` / `add`"), "{text}");
        assert!(lines[7].ends_with("3 checks: 1 ok, 1 to know, 1 failed"), "{text}");
    }

    #[test]
    #[should_panic(expected = "b names no command")]
    fn a_way_out_without_a_command_is_none() {
        drop(Check::warn("b", "little", "添", "add"));
    }

    #[test]
    fn a_machine_reads_one_value_that_is_ok_while_nothing_fails() {
        let value: serde_json::Value = serde_json::from_str(&report().json().expect("JSON")).expect("JSON");
        assert_eq!(value["ok"], false);
        let first = serde_json::json!({
            "group": "一 one", "name": "a", "state": "ok", "found": "there", "mend_zh": null, "mend_en": null
        });
        assert_eq!(value["checks"][0], first);
        assert_eq!(value["checks"][2]["mend_en"], "`seek`");
        let warned = Report(report().0[..2].to_vec()).json().expect("JSON");
        assert!(warned.ends_with(r#""ok":true}"#), "{warned}");
    }
}
