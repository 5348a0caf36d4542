//! Measured on public messages, which lie beside the project and are never copied into it. Prints what it found.
#![allow(clippy::disallowed_methods, reason = "reads the measuring texts from disk; the rules themselves read none")]

use std::{collections::BTreeMap, io::Read};

use super::*;

/// The public first-level classes and our codes for them.
const CLASSES: [(&str, &str); 7] = [
    ("城乡建设", "hotline/urban"),
    ("劳动和社会保障", "hotline/labour"),
    ("教育文体", "hotline/education"),
    ("卫生计生", "hotline/health"),
    ("交通运输", "hotline/transport"),
    ("商贸旅游", "hotline/trade"),
    ("环境保护", "hotline/environment"),
];

/// The seven-class suggestion: the best candidate of the seven, as a seat of the hotline would see it.
fn suggested(town: &Town, title: &str, text: &str) -> &'static str {
    let found = town.propose(&Agency::hotline(), title, text);
    let class = |code: &MatterCode| CLASSES.iter().find(|(_, known)| *known == code.as_str()).map(|(name, _)| *name);
    found.candidates.iter().find_map(|candidate| class(&candidate.code)).unwrap_or("—")
}

/// A file beside the project, or why the measurement is left out.
fn beside(name: &str) -> Option<Vec<u8>> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {path} is not there; the suggestion is measured only where the public messages are");
    }
    bytes
}

/// Counts label → suggestion over all rows, prints it, and returns how many were right and how many there were.
fn measure<'a>(rows: impl Iterator<Item = (&'a str, String, &'a str)>) -> (u32, u32) {
    let mut confusion: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (title, text, label) in rows {
        *confusion.entry((label, suggested(Town::new(), title, &text))).or_default() += 1;
    }
    let all: u32 = confusion.values().sum();
    let right: u32 = confusion.iter().filter(|((label, found), _)| label == found).map(|(_, n)| n).sum();
    println!("right: {right} of {all}; label → suggested:");
    for ((label, found), count) in &confusion {
        println!("  {label} → {found}: {count}");
    }
    (right, all)
}

fn records(bytes: &[u8]) -> Vec<csv::StringRecord> {
    let rows = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_records();
    rows.collect::<Result<_, _>>().expect("readable rows")
}

#[test]
fn the_seven_classes_are_suggested_right_for_three_in_four_messages_and_more() {
    let Some(bytes) = beside("messages-labelled.csv") else { return };
    let rows = records(&bytes);
    let (right, all) = measure(rows.iter().map(|row| (&row[2], row[4].to_owned(), &row[5])));
    assert_eq!(all, 495);
    assert!(right * 4 >= all * 3, "{right} of {all}");
}

/// These texts were not looked at when the words were chosen. They have no heading, and their stop words are gone.
#[test]
fn the_seven_classes_are_suggested_right_for_three_in_four_messages_that_nobody_looked_at() {
    let Some(packed) = beside("messages-labelled-tokens.csv.gz") else { return };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("unpacks");
    let rows = records(&bytes);
    let (right, all) = measure(rows.iter().map(|row| ("", row[0].replace(' ', ""), &row[1])));
    assert_eq!(all, 7_645);
    assert!(right * 4 >= all * 3, "{right} of {all}");
}

/// A speed, so only an optimised build can fail it: `cargo test --release -p domain -- --ignored proposals`.
#[test]
#[ignore = "a speed; run it in release"]
fn twenty_thousand_proposals_a_second_are_made_of_long_texts() {
    let town = Town::new();
    let words = [
        "高旺社区门口",
        "路灯不亮",
        "已经反映多次",
        "地下车库积水",
        "物业公司不处理",
        "有老人摔倒，没有人受伤",
        "希望尽快解决",
        "工资也没发",
    ];
    let text: String = words.iter().cycle().flat_map(|word| word.chars()).take(300).collect();
    let begun = std::time::Instant::now();
    for _ in 0..20_000 {
        std::hint::black_box(town.propose(&Agency::hotline(), "小区停水", std::hint::black_box(&text)));
    }
    let took = begun.elapsed();
    println!("20,000 proposals in {took:?}");
    assert!(took.as_secs_f32() < 1.0, "{took:?}");
}
