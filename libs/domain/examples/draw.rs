//! Draws the grids of Pukou into the outline of a GeoJSON file (GCJ-02) and prints the policy file.
//! `cargo run -p domain --example draw -- pukou-320111.geojson > deploy/policy/geometry-320111.toml`
//!
//! The outline is converted to CGCS2000 and rounded to 10⁻⁷ degrees before anything is drawn.
#![expect(clippy::print_stdout, reason = "a program that answers")]
#![expect(clippy::disallowed_methods, reason = "a program reads its file; the rules do not")]

use std::error::Error;

use domain::area::{Areas, Drawing, Point};
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
        let Point { lon_e7, lat_e7 } = Point::at_gcj02(lon, lat);
        outline.push((lon_e7, lat_e7));
    }
    outline.dedup();
    if outline.first() == outline.last() {
        outline.pop();
    }
    print!("{HEAD}{}", Drawing::of(&outline, &Areas::pukou())?.to_toml());
    Ok(())
}
