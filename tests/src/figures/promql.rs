//! Which names and labels a query uses. Understands the part of PromQL that the dashboards are written in, and refuses the rest.

use std::collections::BTreeSet;

use super::exposition::Scrape;

const AGGREGATES: &[&str] = &["sum", "min", "max", "avg", "count"];
const FUNCTIONS: &[&str] = &["rate", "increase", "histogram_quantile", "predict_linear", "clamp_min", "label_values"];
const GROUPING: &[&str] = &["by", "without", "on", "ignoring"];
const OPERATORS: &[&str] = &["and", "or", "unless", "bool"];
/// Labels that the scraper adds.
const ADDED: &[&str] = &["job", "instance"];
/// What gRPC's statuses are called.
const CODES: &str = "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED \
    RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED";

/// What is asked of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    /// Label, operator, value.
    pub(crate) matchers: Vec<(String, String, String)>,
}

/// What a query uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) selectors: Vec<Selector>,
    /// Labels that something is grouped or matched by.
    pub(crate) grouped: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number,
    Range,
    Mark(String),
}

fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let letters: Vec<char> = query.chars().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    let run =
        |from: usize, fits: &dyn Fn(char) -> bool| (from..letters.len()).find(|&at| !fits(letters[at])).unwrap_or(letters.len());
    while let Some(&letter) = letters.get(at) {
        let from = at;
        match letter {
            letter if letter.is_whitespace() => at += 1,
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                at = run(from, &|c| c.is_ascii_alphanumeric() || c == '_');
                out.push(Token::Word(letters[from..at].iter().collect()));
            }
            letter if letter.is_ascii_digit() => {
                at = run(from, &|c| c.is_ascii_digit() || c == '.');
                out.push(Token::Number);
            }
            '"' => {
                at = run(from + 1, &|c| c != '"') + 1;
                if at > letters.len() {
                    return Err(format!("a text without an end: {query}"));
                }
                out.push(Token::Text(letters[from + 1..at - 1].iter().collect()));
            }
            '[' => {
                at = run(from, &|c| c != ']') + 1;
                let inside: String = letters[from + 1..(at - 1).min(letters.len())].iter().collect();
                let span = inside == "$__rate_interval"
                    || inside
                        .strip_suffix(['s', 'm', 'h', 'd'])
                        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
                if at > letters.len() || !span {
                    return Err(format!("[{inside}] is no span of time: {query}"));
                }
                out.push(Token::Range);
            }
            '=' | '!' | '<' | '>' => {
                at = run(from, &|c| "=!<>~".contains(c));
                out.push(Token::Mark(letters[from..at].iter().collect()));
            }
            '(' | ')' | '{' | '}' | ',' | '+' | '-' | '*' | '/' => {
                at += 1;
                out.push(Token::Mark(letter.to_string()));
            }
            other => return Err(format!("{other:?} is not understood: {query}")),
        }
    }
    Ok(out)
}

/// Reads a query.
///
/// # Errors
/// Says what is not understood.
pub(crate) fn read(query: &str) -> Result<Query, String> {
    let tokens = tokens(query)?;
    let (mut read, mut at, mut open) = (Query::default(), 0, 0_i32);
    let wrong = |what: &str| format!("{what}: {query}");
    let mark = |at: usize, mark: &str| tokens.get(at) == Some(&Token::Mark(mark.to_owned()));
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Mark(text) if text == "(" => open += 1,
            Token::Mark(text) if text == ")" => open -= 1,
            Token::Mark(text) if text == "{" => return Err(wrong("a selector without a name")),
            Token::Mark(_) | Token::Number | Token::Range => {}
            Token::Text(_) => return Err(wrong("a text outside of a selector")),
            Token::Word(word) if OPERATORS.contains(&word.as_str()) => {}
            Token::Word(word) if GROUPING.contains(&word.as_str()) => {
                if !mark(at, "(") {
                    return Err(wrong("no labels behind it"));
                }
                at += 1;
                while !mark(at, ")") {
                    match tokens.get(at) {
                        Some(Token::Word(label)) => _ = read.grouped.insert(label.clone()),
                        Some(Token::Mark(comma)) if comma == "," => {}
                        _ => return Err(wrong("no list of labels")),
                    }
                    at += 1;
                }
                at += 1;
            }
            Token::Word(word) if mark(at, "(") => {
                if !AGGREGATES.contains(&word.as_str()) && !FUNCTIONS.contains(&word.as_str()) {
                    return Err(wrong(&format!("{word} is no function that is known here")));
                }
            }
            Token::Word(word) if AGGREGATES.contains(&word.as_str()) => {}
            Token::Word(metric) => {
                let mut matchers = Vec::new();
                if mark(at, "{") {
                    at += 1;
                    while !mark(at, "}") {
                        let [Some(Token::Word(label)), Some(Token::Mark(operator)), Some(Token::Text(value))] =
                            [tokens.get(at), tokens.get(at + 1), tokens.get(at + 2)]
                        else {
                            return Err(wrong("no label and value"));
                        };
                        if !["=", "!=", "=~", "!~"].contains(&operator.as_str()) {
                            return Err(wrong("no way to match"));
                        }
                        matchers.push((label.clone(), operator.clone(), value.clone()));
                        at += if mark(at + 3, ",") { 4 } else { 3 };
                    }
                    at += 1;
                }
                read.selectors.push(Selector { metric: metric.clone(), matchers });
            }
        }
        if open < 0 {
            return Err(wrong("a bracket too many"));
        }
    }
    if open != 0 || read.selectors.is_empty() {
        return Err(wrong("a bracket without an end, or no metric"));
    }
    Ok(read)
}

/// What a query and its legend use that no hub has.
pub(crate) fn missing(query: &str, legend: &[String], scrape: &Scrape) -> Vec<String> {
    let read = match read(query) {
        Ok(read) => read,
        Err(why) => return vec![why],
    };
    let mut out = Vec::new();
    let has = |metric: &str, label: &str| {
        ADDED.contains(&label) || scrape.of(metric).iter().any(|series| series.labels.contains_key(label))
    };
    for Selector { metric, matchers } in &read.selectors {
        if metric != "up" && scrape.of(metric).is_empty() {
            out.push(format!("there is no {metric}: {query}"));
            continue;
        }
        for (label, _, value) in matchers {
            if !has(metric, label) {
                out.push(format!("{metric} has no label {label}: {query}"));
            } else if !value.contains('$') && !ADDED.contains(&label.as_str()) {
                let there = |word: &str| {
                    if label == "rpc_status_code" {
                        CODES.split_whitespace().any(|code| code == word)
                    } else {
                        scrape.of(metric).iter().any(|series| series.labels.get(label).is_some_and(|value| value == word))
                    }
                };
                let never = value.split('|').filter(|word| !there(word));
                out.extend(never.map(|word| format!("{metric} never has {label}=\"{word}\": {query}")));
            }
        }
    }
    let any = |label: &str| read.selectors.iter().any(|selector| has(&selector.metric, label));
    out.extend(read.grouped.iter().filter(|label| !any(label)).map(|label| format!("nothing has the label {label}: {query}")));
    let kept = |label: &String| if read.grouped.is_empty() { any(label) } else { read.grouped.contains(label) };
    out.extend(legend.iter().filter(|label| !kept(label)).map(|label| format!("the legend's {label} is not there: {query}")));
    out
}

#[test]
fn names_and_labels_are_found() {
    let query =
        r#"histogram_quantile(0.99, sum by (le, m) (rate(a_bucket{job=~"$job",x="y"}[$__rate_interval]))) > 1 or b / c < 0.5"#;
    let found = read(query).expect("it is understood");
    let metrics: Vec<_> = found.selectors.iter().map(|selector| selector.metric.as_str()).collect();
    assert_eq!(metrics, ["a_bucket", "b", "c"]);
    assert_eq!(found.selectors[0].matchers[1], ("x".to_owned(), "=".to_owned(), "y".to_owned()));
    assert_eq!(found.grouped, BTreeSet::from(["le".to_owned(), "m".to_owned()]));
}

#[test]
fn what_is_not_understood_is_refused() {
    for (query, why) in [
        ("", "no metric"),
        ("sum(a", "without an end"),
        ("a)", "too many"),
        ("{x=\"y\"}", "without a name"),
        ("a{x=y}", "no label and value"),
        ("a{x>\"y\"}", "no way to match"),
        ("a[5 minutes]", "no span"),
        ("a{x=\"y}", "without an end"),
        ("rates(a[5m])", "no function"),
        ("sum by le (a)", "no labels behind it"),
        ("a # b", "not understood"),
    ] {
        let said = read(query).expect_err(query);
        assert!(said.contains(why), "{query:?} is refused because {said:?}, and not {why:?}");
    }
}

#[test]
fn what_no_hub_has_is_named() {
    let text = "# HELP a_total Counted\n# TYPE a_total counter\na_total{x=\"y\"} 3\n";
    let scrape = Scrape::read(text).expect("right");
    let says = |query: &str, legend: &[&str]| {
        let legend: Vec<_> = legend.iter().map(|label| (*label).to_owned()).collect();
        missing(query, &legend, &scrape).join(" ")
    };
    assert_eq!(says("sum by (x) (rate(a_total{x=\"y\",job=\"$job\"}[5m])) and up == 1", &["x"]), "");
    assert!(says("b_total", &[]).starts_with("there is no b_total"));
    assert!(says("a_total{z=\"1\"}", &[]).starts_with("a_total has no label z"));
    assert!(says("a_total{x=~\"y|q\"}", &[]).starts_with("a_total never has x=\"q\""));
    assert!(says("sum by (z) (a_total)", &[]).starts_with("nothing has the label z"));
    assert!(says("sum by (x) (a_total)", &["instance"]).starts_with("the legend's instance"));
    assert!(says("a_total", &["z"]).starts_with("the legend's z"));
}
