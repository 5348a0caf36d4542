//! Names on the screen: agencies, areas, matters, in Chinese. Only names of tables, never a person's.

use domain::{
    area::{AreaCode, Areas, Level},
    id::{Agency, MatterCode},
    policy::Policies,
};

use super::town::short;

/// What an agency is called on the common screen (practice-rules §6).
pub(crate) fn agency(agency: &Agency) -> &str {
    match agency.as_str() {
        "police" => "110",
        "hotline" => "12345",
        "grid" => "网格",
        "department/urban" => "城管",
        "department/housing" => "住建",
        "department/water" => "水务",
        "department/transport" => "交通",
        "department/environment" => "环保",
        "department/market" => "市监",
        "department/labour" => "人社",
        "department/education" => "教育",
        "department/health" => "卫健",
        "department/agriculture" => "农业",
        "department/justice" => "司法",
        "department/civil" => "民政",
        "department/land" => "资源",
        "department/fire" => "消防",
        other => other,
    }
}

/// Subdistrict and community of an area, as far as it goes.
pub(crate) fn place(areas: &Areas, code: AreaCode) -> String {
    let name = |code: AreaCode| areas.get(code).map(|area| short(&area.name).to_owned()).unwrap_or_default();
    match code.level() {
        Level::District => "全区".to_owned(),
        Level::Subdistrict => name(code),
        Level::Community | Level::Grid => {
            let subdistrict = name(code.at(Level::Subdistrict));
            let subdistrict = subdistrict.strip_suffix("街道").unwrap_or(&subdistrict);
            format!("{subdistrict}·{}", name(code.at(Level::Community)))
        }
    }
}

/// A matter's name.
pub(crate) fn matter<'a>(policies: &'a Policies, code: &'a MatterCode) -> &'a str {
    policies.catalogue.get(code).map_or(code.as_str(), |matter| &matter.name)
}

/// Columns that a text takes on a terminal: Chinese characters take two.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}') { 2 } else { 1 }).sum()
}

/// The text, filled up or cut to `columns`.
pub(crate) fn left(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = width(c.encode_utf8(&mut [0; 4]));
        if used + wide > columns {
            break;
        }
        used += wide;
        out.push(c);
    }
    out + &" ".repeat(columns - used)
}

/// The text at the right end of `columns`.
pub(crate) fn right(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text))) + text
}
