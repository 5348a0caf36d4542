//! The shapes of facts: what was shipped never changes.
//!
//! `schemas/<type>.json` is the published schema of each fact's data, `goldens/<type>.json` one with every field,
//! `goldens/<type>.min.json` one with only the fields it cannot do without. `HUB_BLESS=1` writes what does not exist
//! yet and renews the words of schemas; a shipped golden and a shipped shape it never touches.

use std::{collections::BTreeSet, path::PathBuf};

use domain::fact;
use serde_json::Value;

mod sample;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[expect(clippy::disallowed_methods, reason = "goldens and schemas lie on disk; the rules themselves read none")]
fn shipped(folder_name: &str, file: &str) -> Option<String> {
    std::fs::read_to_string(folder(folder_name).join(file)).ok()
}

#[expect(clippy::disallowed_methods, reason = "asked for by HUB_BLESS alone")]
fn write(folder_name: &str, file: &str, text: &str) {
    std::fs::create_dir_all(folder(folder_name)).expect("the crate's folder can be written");
    std::fs::write(folder(folder_name).join(file), text).expect("the crate's folder can be written");
}

#[expect(clippy::disallowed_methods, reason = "the one switch of this test")]
fn blessing() -> bool {
    std::env::var("HUB_BLESS").is_ok_and(|set| set == "1")
}

/// The shipped file; while blessing, one that does not exist yet is written.
fn shipped_or(folder_name: &str, file: &str, new: impl FnOnce() -> String) -> String {
    if let Some(text) = shipped(folder_name, file) {
        return text;
    }
    assert!(blessing(), "{folder_name}/{file} is missing: run the test once with HUB_BLESS=1 and commit the file");
    let text = new();
    write(folder_name, file, &text);
    text
}

fn files(folder_name: &str) -> BTreeSet<String> {
    let entries = folder(folder_name).read_dir().expect("the folder is there");
    entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
}

/// A subject that a fact of this type may be about.
fn subject(kind: &str) -> String {
    match kind.split_once('.') {
        Some(("incident", _)) => "incident/00000000-0000-0000-0000-000000000001".to_owned(),
        Some(("partner", _)) => "partner/police".to_owned(),
        about => format!("{}/one", about.map_or("", |(about, _)| about)),
    }
}

/// A fact's type and data, as a record would have them.
fn written(fact: &fact::Fact) -> (&'static str, String) {
    match fact {
        fact::Fact::Incident(_, fact) => (fact.kind(), fact.data()),
        fact::Fact::Seat(_, fact) => (fact.kind(), fact.data()),
        fact::Fact::Access(_, fact) => (fact.kind(), fact.data()),
        fact::Fact::Partner(_, fact) => (fact.kind(), fact.data()),
        fact::Fact::Policy(_, fact) => (fact.kind(), fact.data()),
        fact::Fact::Journal(fact) => (fact.kind(), fact.data()),
    }
}

/// Reads a golden as a record's data and writes it back; says what is wrong with it.
fn reads_and_writes_back(kind: &str, golden: &str) -> Result<(), String> {
    let read = fact::read(kind, &subject(kind), golden.trim_end()).map_err(|wrong| {
        let source = std::error::Error::source(&wrong).map(ToString::to_string);
        format!("{wrong}: {}", source.unwrap_or_default())
    })?;
    let (kind_read, written) = written(&read);
    if kind_read == kind && format!("{written}\n") == golden {
        Ok(())
    } else {
        Err(format!("written back as {kind_read} {written}"))
    }
}

/// What a fact of this schema looks like, as the code itself writes it.
fn example(kind: &str, schema: &Value, fields: sample::Fields) -> String {
    let data = sample::of(schema, fields).to_string();
    let read = fact::read(kind, &subject(kind), &data).unwrap_or_else(|wrong| panic!("{kind}: {wrong:?}\n{data}"));
    format!("{}\n", written(&read).1)
}

fn schemas() -> Vec<(&'static str, Value)> {
    fact::schemas().into_iter().map(|(kind, schema)| (kind, schema.to_value())).collect()
}

/// A golden's file and the fields it has.
fn goldens(kind: &str) -> [(String, sample::Fields); 2] {
    [(format!("{kind}.json"), sample::Fields::All), (format!("{kind}.min.json"), sample::Fields::Required)]
}

#[test]
fn every_shape_has_its_goldens_and_each_reads_and_writes_back_byte_for_byte() {
    for (kind, schema) in schemas() {
        for (file, fields) in goldens(kind) {
            let golden = shipped_or("goldens", &file, || example(kind, &schema, fields));
            if let Err(wrong) = reads_and_writes_back(kind, &golden) {
                panic!("goldens/{file}: {wrong}: a shipped shape never changes, add a new type instead");
            }
        }
    }
}

#[test]
fn no_golden_and_no_schema_is_left_without_its_type() {
    let kinds: Vec<&str> = schemas().iter().map(|(kind, _)| *kind).collect();
    let wanted: BTreeSet<String> = kinds.iter().flat_map(|kind| goldens(kind).map(|(file, _)| file)).collect();
    assert_eq!(files("goldens"), wanted, "a shape that was shipped stays readable for ever");
    assert_eq!(files("schemas"), kinds.iter().map(|kind| format!("{kind}.json")).collect());
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "a type stands twice");
}

#[test]
fn a_golden_has_every_field_of_its_schema_and_the_short_one_only_what_is_needed() {
    for (kind, schema) in schemas() {
        for (file, fields) in goldens(kind) {
            let golden = shipped_or("goldens", &file, || example(kind, &schema, fields));
            let golden: Value = serde_json::from_str(&golden).expect("a golden is JSON");
            assert_eq!(sample::misses(&schema, &golden, fields), Vec::<String>::new(), "goldens/{file}");
        }
    }
}

/// Removes what words say and leaves what the shape is.
fn shape(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let words = |(name, value): &(&String, &Value)| matches!(name.as_str(), "description" | "title") && value.is_string();
            fields.iter().filter(|field| !words(field)).map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// Does everything that was published still hold? Lists of words may grow; nothing else may differ.
fn keeps(known: &Value, now: &Value) -> bool {
    match (known, now) {
        (Value::Object(known), Value::Object(now)) => {
            known.keys().eq(now.keys())
                && known.iter().zip(now.values()).all(|((name, known), now)| match (name.as_str(), words(known), words(now)) {
                    ("oneOf" | "enum", Some(known), Some(now)) => known.is_subset(&now),
                    _ => keeps(known, now),
                })
        }
        (Value::Array(known), Value::Array(now)) => {
            known.len() == now.len() && known.iter().zip(now).all(|(known, now)| keeps(known, now))
        }
        _ => known == now,
    }
}

/// The words of a list of words; `None` where the list is of something else.
fn words(list: &Value) -> Option<BTreeSet<&str>> {
    let mut words = BTreeSet::new();
    for item in list.as_array()? {
        match (item, &item["const"], &item["enum"]) {
            (Value::String(word), ..) | (_, Value::String(word), _) => drop(words.insert(word.as_str())),
            (_, _, Value::Array(_)) => words.extend(self::words(&item["enum"])?),
            _ => return None,
        }
    }
    Some(words)
}

#[test]
fn every_schema_is_published_as_the_types_have_it() {
    for (kind, schema) in schemas() {
        let file = format!("{kind}.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
        let published = shipped_or("schemas", &file, || text.clone());
        let known: Value = serde_json::from_str(&published).expect("a published schema is JSON");
        assert!(keeps(&shape(&known), &shape(&schema)), "schemas/{file}: a shipped shape never changes, add a new type instead");
        if published != text {
            assert!(blessing(), "schemas/{file} has other or fewer words: run the test once with HUB_BLESS=1");
            write("schemas", &file, &text);
        }
    }
}

#[test]
fn a_field_that_is_renamed_or_missing_or_mistyped_in_a_golden_is_seen() {
    for (kind, schema) in schemas() {
        let golden = example(kind, &schema, sample::Fields::All);
        let Value::Object(fields) = serde_json::from_str(&golden).expect("JSON") else { panic!("{kind} is an object") };
        let needed = sample::required(&schema);
        for name in fields.keys() {
            let renamed = golden.replacen(&format!("\"{name}\":"), &format!("\"{name}_\":"), 1);
            assert!(reads_and_writes_back(kind, &renamed).is_err(), "{kind}: {name} renamed");
            if needed.contains(name) {
                let mut left = fields.clone();
                left.remove(name);
                assert!(reads_and_writes_back(kind, &Value::Object(left).to_string()).is_err(), "{kind} without {name}");
            }
            let mut mistyped = fields.clone();
            mistyped.insert(name.clone(), Value::from(-1));
            assert!(reads_and_writes_back(kind, &Value::Object(mistyped).to_string()).is_err(), "{kind}: {name} mistyped");
        }
    }
}

#[test]
fn a_changed_shape_is_told_apart_from_changed_words() {
    for (kind, schema) in schemas() {
        let mut reworded = schema.clone();
        reworded["description"] = "other words".into();
        assert_eq!(shape(&reworded), shape(&schema), "{kind}");
        for name in schema["properties"].as_object().into_iter().flat_map(|all| all.keys()) {
            let mut changed = schema.clone();
            changed["properties"].as_object_mut().expect("an object").remove(name);
            assert!(
                !keeps(&shape(&schema), &shape(&changed)) && !keeps(&shape(&changed), &shape(&schema)),
                "{kind} without {name}"
            );
        }
    }
}

#[test]
fn a_list_of_words_may_grow_and_never_shrink() {
    let of = |words: &[&str]| serde_json::json!({ "oneOf": words.iter().map(|word| serde_json::json!({ "const": word })).collect::<Vec<_>>() });
    assert!(keeps(&of(&["a"]), &of(&["a", "b"])));
    assert!(!keeps(&of(&["a", "b"]), &of(&["a"])));
}

#[test]
fn an_unknown_type_and_a_foreign_subject_are_named() {
    let unknown = fact::read("incident.imagined", "incident/00000000-0000-0000-0000-000000000001", "{}").expect_err("unknown");
    assert!(unknown.to_string().contains("incident.imagined"), "{unknown}");
    let foreign = fact::read("incident.done", "seat/one", "{}").expect_err("foreign");
    assert!(foreign.to_string().contains("incident.done"), "{foreign}");
}
