//! The dashboards as Grafana takes them: JSON of its shape, titles in both languages, panels that do not lie on each other.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::house;

/// A query of a panel, and the labels that its legend shows.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Where it stands.
    pub(crate) place: String,
    pub(crate) query: String,
    pub(crate) legend: Vec<String>,
}

/// Columns of a dashboard.
const WIDTH: u64 = 24;
/// Kinds of panels that are used.
const KINDS: &[&str] = &["stat", "timeseries", "table"];

/// Every dashboard by its file's name.
pub(crate) fn all() -> Vec<(String, Value)> {
    let files = house::files(&house::root().join("deploy/grafana/dashboards"), ".json");
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).expect("a dashboard");
        (house::short(file), serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", house::short(file))))
    };
    files.iter().map(read).collect()
}

/// The labels in a text like `{{hub_partner}} {{hub_outcome}}`.
pub(crate) fn labels(legend: &str) -> Vec<String> {
    let parts = legend.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
    parts.map(|(label, _)| label.trim().trim_start_matches("$labels.").to_owned()).collect()
}

/// Chinese first, then English.
pub(crate) fn both(title: &str) -> bool {
    let Some((zh, en)) = title.split_once(" / ") else { return false };
    zh.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)) && !en.is_empty() && en.is_ascii()
}

/// Every query, and what is wrong with the dashboard's shape.
pub(crate) fn looked_at(name: &str, board: &Value) -> (Vec<Asked>, Vec<String>) {
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    let mut unless = |fine: bool, what: String| {
        if !fine {
            wrong.push(format!("{name}: {what}"));
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let plain = |uid: &str| !uid.is_empty() && uid.len() <= 40 && uid.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    unless(plain(&text(&board["uid"])), "its uid is none".to_owned());
    unless(both(&text(&board["title"])), "its title is not in both languages".to_owned());
    unless(board["schemaVersion"].as_u64().is_some_and(|version| (36..=42).contains(&version)), "of an unknown schema".to_owned());
    unless(text(&board["time"]["from"]).starts_with("now-"), "shows no time".to_owned());

    let variables = list(&board["templating"]["list"]);
    let mut names: BTreeSet<String> = variables.iter().map(|variable| text(&variable["name"])).collect();
    names.insert("__rate_interval".to_owned());
    unless(variables.first().is_some_and(|first| first["type"] == "datasource"), "does not ask for its source".to_owned());
    for variable in variables.iter().filter(|variable| variable["type"] == "query") {
        let query = text(&variable["query"]["query"]);
        match query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')?.rsplit_once(", ")) {
            Some((selector, label)) => {
                let place = format!("{name}, ${}", text(&variable["name"]));
                asked.push(Asked { place, query: selector.to_owned(), legend: vec![label.to_owned()] });
            }
            None => unless(false, format!("a variable of {query}")),
        }
    }

    let panels = list(&board["panels"]);
    unless(!panels.is_empty(), "has no panels".to_owned());
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in &panels {
        let title = text(&panel["title"]);
        unless(both(&title), format!("{title}: not in both languages"));
        unless(panel["id"].as_u64().is_some_and(|id| ids.insert(id)), format!("{title}: its id is none, or another's"));
        unless(KINDS.contains(&text(&panel["type"]).as_str()), format!("{title}: an unknown kind of panel"));
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap_or(u64::MAX / 4));
        let inside = w > 0 && h > 0 && h < 64 && x + w <= WIDTH && y < 1000;
        unless(inside, format!("{title}: lies nowhere"));
        if inside {
            let free = (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))).filter(|place| !taken.insert(*place)).count() == 0;
            unless(free, format!("{title}: lies on another one"));
        }
        unless(panel["fieldConfig"]["defaults"]["unit"].is_string(), format!("{title}: has no unit"));
        let targets = list(&panel["targets"]);
        unless(!targets.is_empty(), format!("{title}: asks nothing"));
        let mut letters = BTreeSet::new();
        for target in &targets {
            unless(letters.insert(text(&target["refId"])), format!("{title}: two queries of one letter"));
            unless(target["datasource"]["uid"] == "${datasource}", format!("{title}: asks somebody else"));
            let query = text(&target["expr"]);
            let used = query.split('$').skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
            for variable in used.flatten() {
                unless(names.contains(variable), format!("{title}: there is no ${variable}"));
            }
            let legend = labels(&text(&target["legendFormat"]));
            asked.push(Asked { place: format!("{name}, {title}"), query, legend });
        }
    }
    (asked, wrong)
}

#[test]
fn the_dashboards_have_the_shape_that_grafana_takes() {
    let all = all();
    assert_eq!(all.len(), 3, "hub, journal, bridge");
    let mut uids = BTreeSet::new();
    for (name, board) in &all {
        let (asked, wrong) = looked_at(name, board);
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert!(asked.len() > 8, "{name} asks {} times only", asked.len());
        assert!(uids.insert(board["uid"].as_str().map(str::to_owned)), "{name}: another one has this uid");
    }
}

#[test]
fn a_dashboard_of_another_shape_is_seen() {
    let (name, board) = all().remove(0);
    let says = |change: &dyn Fn(&mut Value)| {
        let mut other = board.clone();
        change(&mut other);
        looked_at(&name, &other).1.join("\n")
    };
    for (why, change) in [
        ("uid", Box::new(|b: &mut Value| b["uid"] = "Has Spaces".into()) as Box<dyn Fn(&mut Value)>),
        ("both languages", Box::new(|b: &mut Value| b["panels"][0]["title"] = "Ready".into())),
        ("another's", Box::new(|b: &mut Value| b["panels"][1]["id"] = b["panels"][0]["id"].clone())),
        ("lies on", Box::new(|b: &mut Value| b["panels"][1]["gridPos"] = b["panels"][0]["gridPos"].clone())),
        ("lies nowhere", Box::new(|b: &mut Value| b["panels"][0]["gridPos"]["w"] = 25.into())),
        ("unknown kind", Box::new(|b: &mut Value| b["panels"][0]["type"] = "pie".into())),
        ("asks nothing", Box::new(|b: &mut Value| b["panels"][0]["targets"] = Value::Array(Vec::new()))),
        ("there is no $place", Box::new(|b: &mut Value| b["panels"][0]["targets"][0]["expr"] = "up{job=\"$place\"}".into())),
        ("schema", Box::new(|b: &mut Value| b["schemaVersion"] = 12.into())),
    ] {
        let said = says(&change);
        assert!(said.contains(why), "{why} is not seen: {said}");
    }
}
