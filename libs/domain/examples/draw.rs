//! Draws the grids of Pukou into the outline of a GeoJSON file (GCJ-02) and prints the policy file.
//! `cargo run -p domain --example draw -- pukou-320111.geojson > deploy/policy/geometry-320111.toml`
//!
//! Floats stand here only: the outline is converted to CGCS2000 and rounded to 10⁻⁷ degrees before anything is drawn.
#![expect(clippy::print_stdout, reason = "a program that answers")]
#![expect(clippy::disallowed_methods, reason = "a program reads its file; the rules do not")]

use std::{error::Error, f64::consts::PI};

use domain::area::{Areas, Drawing};
use serde_json::Value;

const HEAD: &str = r#"# 浦口区 Pukou: the outline and the rings of the 467 grids, CGCS2000, degrees times 10,000,000, east before north.
# Made by `cargo run -p domain --example draw -- OUTLINE.geojson`; the rule stands in libs/domain/src/area/draw.rs.
# The grids are drawn, not surveyed: equal surfaces in order of code, the land of 江北新区 inside the outline included.
name = "geometry-320111"
version = "2026.1"
valid_from = "2026-01-01"
source = "public outline of adcode 320111 (GCJ-02, converted to CGCS2000); rings of the grids: our own rule"
sample = true

"#;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a GeoJSON file with the outline of 320111")?;
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let features = file["features"].as_array().ok_or("the file has no features")?;
    let district = features.iter().find(|feature| feature["properties"]["adcode"] == 320_111).ok_or("no feature is 320111")?;
    let geometry = &district["geometry"];
    let rings = if geometry["type"] == "MultiPolygon" { &geometry["coordinates"][0] } else { &geometry["coordinates"] };
    let several = geometry["type"] == "MultiPolygon" && geometry["coordinates"][1] != Value::Null;
    if several || rings[1] != Value::Null {
        return Err("the outline has several rings; the rule draws into one".into());
    }
    let mut outline = Vec::new();
    for pair in rings[0].as_array().ok_or("the outline has no ring")? {
        let (lon, lat) = (pair[0].as_f64().ok_or("no longitude")?, pair[1].as_f64().ok_or("no latitude")?);
        let (lon, lat) = from_gcj02(lon, lat);
        outline.push((e7(lon), e7(lat)));
    }
    outline.dedup();
    if outline.first() == outline.last() {
        outline.pop();
    }
    print!("{HEAD}{}", Drawing::of(&outline, &Areas::pukou())?.to_toml());
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 fit an i64 by far")]
fn e7(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}

/// Inverts the offset by iteration; each round leaves a thousandth of the error or less.
fn from_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..6 {
        let (dx, dy) = offset(x, y);
        (x, y) = (lon - dx, lat - dy);
    }
    (x, y)
}

/// How far GCJ-02 moves a point, in degrees: the widely published approximation, as intake has it for reports.
fn offset(lon: f64, lat: f64) -> (f64, f64) {
    const AXIS: f64 = 6_378_245.0;
    const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |a: f64| (20.0 * (6.0 * PI * a).sin() + 20.0 * (2.0 * PI * a).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + wave(x)
        + (20.0 * (PI * y).sin() + 40.0 * (PI * y / 3.0).sin()) * 2.0 / 3.0
        + (160.0 * (PI * y / 12.0).sin() + 320.0 * (PI * y / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + wave(x)
        + (20.0 * (PI * x).sin() + 40.0 * (PI * x / 3.0).sin()) * 2.0 / 3.0
        + (150.0 * (PI * x / 12.0).sin() + 300.0 * (PI * x / 30.0).sin()) * 2.0 / 3.0;
    let radians = lat * PI / 180.0;
    let magic = 1.0 - ECCENTRICITY * radians.sin().powi(2);
    let dy = north * 180.0 / (AXIS * (1.0 - ECCENTRICITY) / (magic * magic.sqrt()) * PI);
    let dx = east * 180.0 / (AXIS / magic.sqrt() * radians.cos() * PI);
    (dx, dy)
}
