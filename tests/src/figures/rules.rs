//! The alert rules: read strictly by the one layout they are written in, which is YAML.

use std::collections::BTreeSet;

use super::boards::both;
use crate::house;

/// One rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    patience: String,
    severity: String,
}

/// A text in single quotes.
fn quoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    // Within it a quote is written twice.
    inside.split("''").all(|part| !part.contains('\'')).then(|| inside.replace("''", "'"))
}

/// Reads a file of rules.
///
/// # Errors
/// Names the line that is not understood.
pub(crate) fn read(text: &str) -> Result<Vec<Rule>, String> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    if lines.next() != Some("groups:") {
        return Err("it begins with something else than groups".to_owned());
    }
    for line in lines {
        let wrong = || format!("not understood: {line}");
        if line.strip_prefix("  - name: ").is_some_and(|name| !name.is_empty())
            || ["    rules:", "        annotations:"].contains(&line)
        {
            continue;
        }
        if let Some(name) = line.strip_prefix("      - alert: ") {
            rules.push(Rule { name: name.to_owned(), ..Rule::default() });
            continue;
        }
        let rule = rules.last_mut().ok_or_else(wrong)?;
        let (place, value) = if let Some(value) = line.strip_prefix("        expr: ") {
            (&mut rule.query, quoted(value))
        } else if let Some(value) = line.strip_prefix("          summary: ") {
            (&mut rule.summary, quoted(value))
        } else if let Some(value) = line.strip_prefix("          description: ") {
            (&mut rule.description, quoted(value))
        } else if let Some(value) = line.strip_prefix("        for: ") {
            (&mut rule.patience, Some(value.to_owned()))
        } else if let Some(value) = line.strip_prefix("        labels: { severity: ") {
            (&mut rule.severity, value.strip_suffix(" }").map(str::to_owned))
        } else {
            return Err(wrong());
        };
        if !place.is_empty() {
            return Err(wrong());
        }
        *place = value.ok_or_else(wrong)?;
    }
    Ok(rules)
}

/// The rules that are shipped.
pub(crate) fn shipped() -> Vec<Rule> {
    let text = std::fs::read_to_string(house::root().join("deploy/grafana/alerts.yaml")).expect("the rules");
    read(&text).unwrap_or_else(|why| panic!("alerts.yaml: {why}"))
}

fn faults(rules: &[Rule]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let span = |text: &str| text.strip_suffix(['m', 'h']).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let check = |rule: &Rule, first: bool| {
        let whole = first && !rule.query.is_empty() && span(&rule.patience) && ["page", "warn"].contains(&rule.severity.as_str());
        let told = both(&rule.summary) && rule.description.contains(" / ");
        (!whole || !told).then(|| format!("{} is not whole: {rule:?}", rule.name))
    };
    rules.iter().filter_map(|rule| check(rule, names.insert(rule.name.clone()))).collect()
}

#[test]
fn every_rule_is_whole_and_told_in_both_languages() {
    let rules = shipped();
    assert!(rules.len() > 12, "{} rules", rules.len());
    assert_eq!(faults(&rules), [""; 0]);
    let scrape = std::fs::read_to_string(house::root().join("deploy/grafana/prometheus.yml")).expect("the example");
    assert!(scrape.contains("- alerts.yaml") && scrape.contains("job_name: hub\n") && scrape.contains("127.0.0.1:9464"));
}

#[test]
fn a_rule_that_is_not_whole_is_seen() {
    let text = std::fs::read_to_string(house::root().join("deploy/grafana/alerts.yaml")).expect("the rules");
    for (is, becomes, why) in [
        ("severity: page", "severity: loud", "not whole"),
        ("for: 1m", "for: soon", "not whole"),
        ("alert: HubNotReady", "alert: HubAway", "not whole"),
        ("/ the hub is not ready", "", "not whole"),
        ("        for: 1m\n", "", "not whole"),
        ("        for: 1m", "       for: 1m", "not understood"),
        ("expr: 'hub_ready == 0'", "expr: 'hub_ready == 0", "not understood"),
        ("servers are away", "server's are away", "not understood"),
        ("groups:", "rules:", "groups"),
    ] {
        assert!(text.contains(is), "{is} is in it");
        let said = match read(&text.replacen(is, becomes, 1)) {
            Ok(rules) => faults(&rules).join("\n"),
            Err(said) => said,
        };
        assert!(said.contains(why), "{is:?} as {becomes:?} says {said:?}");
    }
}
