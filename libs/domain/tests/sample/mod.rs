//! Writes an example from a JSON Schema: with every field there can be, or with only those that must be.
//!
//! Knows the part of JSON Schema that our own types make; anything else stops the test and says so.

use serde_json::{Map, Value, json};

/// Which fields an example has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fields {
    /// Every one.
    All,
    /// Only those without which it cannot be read.
    Required,
}

/// An example of `schema`.
pub(crate) fn of(schema: &Value, fields: Fields) -> Value {
    Sampler { root: schema, fields }.value(schema)
}

/// Names of the fields that must be there.
pub(crate) fn required(schema: &Value) -> Vec<String> {
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// What an example lacks, or has too much: every property of every object in it is looked at.
pub(crate) fn misses(schema: &Value, example: &Value, fields: Fields) -> Vec<String> {
    let mut wrong = Vec::new();
    Sampler { root: schema, fields }.compare(schema, example, "", &mut wrong);
    wrong
}

struct Sampler<'a> {
    root: &'a Value,
    fields: Fields,
}

/// Texts with a shape that a schema names but does not spell out.
fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "Agency" => "department/water",
        "AreaCode" => "320111004001",
        "ClockId" => "sign/h2",
        "IncidentId" | "ReportId" => "6c69616e-7169-5e68-8562-000000000001",
        "MatterCode" => "city/drainage",
        "SeatId" => "desk-3",
        "Time" => "2026-07-08T19:02:20.123+08:00",
        "UnitId" => "police/car-3",
        _ => return None,
    })
}

impl<'a> Sampler<'a> {
    /// The schema behind a reference, with its name.
    fn behind(&self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        match schema["$ref"].as_str() {
            Some(to) => {
                let name = to.rsplit('/').next().expect("a reference has a last step");
                (Some(name), &self.root["$defs"][name])
            }
            None => (None, schema),
        }
    }

    /// The alternatives of a schema, `null` left out.
    fn alternatives(schema: &'a Value) -> Option<Vec<&'a Value>> {
        let all = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
        Some(all.iter().filter(|one| one["type"] != "null").collect())
    }

    fn value(&self, schema: &'a Value) -> Value {
        let (name, schema) = self.behind(schema);
        if let Some(text) = name.and_then(named) {
            return text.into();
        }
        if let Some(alternatives) = Self::alternatives(schema) {
            return self.value(alternatives[0]);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return words[0].clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
        match kind {
            Some("object") => self.object(schema),
            Some("array") => self.array(schema),
            Some("string") => "example".into(),
            Some("integer") => schema["minimum"].as_i64().map_or(1, |least| least + 1).into(),
            Some("boolean") => (self.fields == Fields::All).into(),
            _ => panic!("no example is known for {schema}"),
        }
    }

    fn object(&self, schema: &'a Value) -> Value {
        let required = required(schema);
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if self.fields == Fields::All || required.contains(name) {
                object.insert(name.clone(), self.value(property));
            }
        }
        if schema["additionalProperties"].is_object() {
            object.insert("name".to_owned(), self.value(&schema["additionalProperties"]));
        }
        object.into()
    }

    /// One item for each alternative, so that no word and no branch of the shape goes unwritten.
    fn array(&self, schema: &'a Value) -> Value {
        if self.fields == Fields::Required {
            return json!([]);
        }
        let (_, items) = self.behind(&schema["items"]);
        if let Some(alternatives) = Self::alternatives(items) {
            return alternatives.into_iter().map(|one| self.value(one)).collect();
        }
        if let Some(words) = items["enum"].as_array() {
            return words.clone().into();
        }
        json!([self.value(&schema["items"])])
    }

    fn compare(&self, schema: &'a Value, example: &Value, path: &str, wrong: &mut Vec<String>) {
        let (_, schema) = self.behind(schema);
        if let Some(alternatives) = Self::alternatives(schema) {
            let fitting = alternatives.into_iter().find(|one| self.fits(one, example));
            match fitting {
                Some(one) => self.compare(one, example, path, wrong),
                None => wrong.push(format!("{path}: fits no alternative")),
            }
            return;
        }
        match example {
            Value::Object(fields) => {
                let required = required(schema);
                for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                    match (fields.get(name), self.fields) {
                        (Some(value), Fields::All) => self.compare(property, value, &format!("{path}/{name}"), wrong),
                        (Some(_), Fields::Required) if !required.contains(name) => {
                            wrong.push(format!("{path}/{name} is not needed"))
                        }
                        (Some(value), Fields::Required) => self.compare(property, value, &format!("{path}/{name}"), wrong),
                        (None, Fields::Required) if !required.contains(name) => {}
                        (None, _) => wrong.push(format!("{path}/{name} is missing")),
                    }
                }
            }
            Value::Array(items) => {
                if items.is_empty() && self.fields == Fields::All {
                    wrong.push(format!("{path} is empty"));
                }
                items.iter().for_each(|item| self.compare(&schema["items"], item, path, wrong));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn fits(&self, schema: &'a Value, example: &Value) -> bool {
        let (_, schema) = self.behind(schema);
        match example {
            Value::Object(fields) => required(schema).iter().all(|name| fields.contains_key(name)),
            Value::String(_) | Value::Array(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
                schema.get("properties").is_none()
            }
        }
    }
}
