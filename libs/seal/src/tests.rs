//! What sealing, keys and erasure promise.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Instant};

use tempfile::TempDir;

use crate::{FileKeyring, Keyring, KeyringError, Keys, OpenError, SealError, Sealed, Sealer, restricted};

const DAY: &str = "2026-07-08";
const A: &str = "0b9f6a52-7d4e-5c1a-9a51-000000000001";
const B: &str = "0b9f6a52-7d4e-5c1a-9a51-000000000002";
const C: &str = "0b9f6a52-7d4e-5c1a-9a51-000000000003";
const TEXT: &str = "文德路，王先生称楼上漏水";

fn ring(dir: &Path) -> Arc<FileKeyring> {
    let ring = FileKeyring::open(dir).expect("the key directory opens");
    ring.prepare(&[DAY.to_owned()], &["police", "grid"]).expect("keys are made");
    Arc::new(ring)
}

fn ringed() -> (TempDir, Arc<FileKeyring>, Sealer) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let ring = ring(dir.path());
    let sealer = Sealer::new(ring.clone());
    (dir, ring, sealer)
}

fn seal(sealer: &Sealer, report: &str) -> Sealed {
    sealer.seal(DAY, "police", report, "text", TEXT).expect("the day's key is there")
}

fn is_erased(result: &Result<String, OpenError>) -> bool {
    matches!(result, Err(OpenError::Erased { .. }))
}

#[test]
fn what_was_sealed_opens_and_reads_like_the_published_record() {
    let (_dir, _ring, sealer) = ringed();
    let sealed = seal(&sealer, A);
    assert_eq!(sealer.open(&sealed, "text").as_deref(), Ok(TEXT));
    let json = serde_json::to_value(&sealed).expect("json");
    assert_eq!(json["key"], format!("{DAY}/police/{A}"));
    assert_eq!(json["field"], "text");
    assert!(json["box"].as_str().is_some_and(|data| !data.contains('=') && !data.contains("漏水")));
    assert_eq!(serde_json::from_value::<Sealed>(json).expect("reads back"), sealed);
}

#[test]
fn the_same_words_give_the_same_box_and_any_difference_another() {
    let (dir, _ring, sealer) = ringed();
    let first = seal(&sealer, A);
    assert_eq!(first, seal(&sealer, A));
    let reopened = Sealer::new(ring(dir.path()));
    assert_eq!(first, seal(&reopened, A), "after a restart too");
    assert_ne!(first.data, seal(&sealer, B).data);
    assert_ne!(first.data, sealer.seal(DAY, "police", A, "address", TEXT).expect("seals").data);
    assert_ne!(first.data, sealer.seal(DAY, "grid", A, "text", TEXT).expect("seals").data);
}

#[test]
fn a_box_opens_only_as_its_field_under_its_key_and_unchanged() {
    let (_dir, _ring, sealer) = ringed();
    let sealed = seal(&sealer, A);
    let damaged = |sealed: &Sealed, field: &str| matches!(sealer.open(sealed, field), Err(OpenError::Damaged { .. }));
    assert!(damaged(&sealed, "address"), "asked for as another field");
    assert!(damaged(&Sealed { field: "address".into(), ..sealed.clone() }, "address"), "relabelled");
    assert!(damaged(&Sealed { key: format!("{DAY}/police/{B}"), ..sealed.clone() }, "text"), "moved to another report");
    assert!(damaged(&Sealed { key: format!("{DAY}/grid/{A}"), ..sealed.clone() }, "text"), "moved to another agency");
    for at in 0..sealed.data.len() - 1 {
        let mut data = sealed.data.clone().into_bytes();
        data[at] = if data[at] == b'A' { b'B' } else { b'A' };
        let data = String::from_utf8(data).expect("ascii");
        assert!(damaged(&Sealed { data, ..sealed.clone() }, "text"), "sign {at} changed");
    }
    assert!(damaged(&Sealed { data: String::new(), ..sealed.clone() }, "text"), "emptied");
}

#[test]
fn without_the_polices_key_no_police_sentence_is_read_and_digests_still_agree() {
    let (_dir, ring, sealer) = ringed();
    let police = seal(&sealer, A);
    let grid = sealer.seal(DAY, "grid", A, "text", TEXT).expect("seals");
    let ring: Arc<dyn Keyring> = ring;
    let fewer = Sealer::new(restricted(ring, &["grid", "hotline"]));
    assert!(matches!(fewer.open(&police, "text"), Err(OpenError::NoKey { .. })));
    assert!(matches!(fewer.seal(DAY, "police", A, "text", TEXT), Err(SealError::NoKey { .. })));
    assert_eq!(fewer.open(&grid, "text").as_deref(), Ok(TEXT));
    assert_eq!(fewer.fingerprint(b"a request"), sealer.fingerprint(b"a request"));
    let given = fewer.ring().prepare(&[DAY.to_owned()], &["police"]);
    assert!(matches!(given, Err(KeyringError::NotGiven { .. })), "{given:?}");
}

#[test]
fn a_fingerprint_needs_the_hubs_secret() {
    let ((_a, _, here), (_b, _, there)) = (ringed(), ringed());
    assert_eq!(here.fingerprint(b"13812345678"), here.fingerprint(b"13812345678"));
    assert_ne!(here.fingerprint(b"13812345678"), here.fingerprint(b"13812345679"));
    assert_ne!(here.fingerprint(b"13812345678"), there.fingerprint(b"13812345678"));
}

#[test]
fn an_erased_report_never_opens_again_and_its_neighbours_do() {
    let (dir, ring, sealer) = ringed();
    let (a, b, c) = (seal(&sealer, A), seal(&sealer, B), seal(&sealer, C));
    ring.erase(DAY, "police", A, &[B.to_owned(), C.to_owned()]).expect("erases");
    let check = |sealer: &Sealer| {
        assert!(is_erased(&sealer.open(&a, "text")));
        assert_eq!(sealer.open(&b, "text").as_deref(), Ok(TEXT));
        assert_eq!(sealer.open(&c, "text").as_deref(), Ok(TEXT));
    };
    check(&sealer);
    check(&Sealer::new(self::ring(dir.path())));
    assert_eq!(sealer.seal(DAY, "police", A, "text", TEXT), Err(SealError::Erased { report: A.to_owned() }));
    assert_eq!(seal(&sealer, B), b, "a neighbour is sealed as before");

    // A report that comes in later the same day, and a second erasure.
    let late = seal(&sealer, "late");
    ring.erase(DAY, "police", B, &[C.to_owned(), "late".to_owned()]).expect("erases");
    ring.erase(DAY, "police", B, &[]).expect("twice changes nothing");
    assert!(is_erased(&sealer.open(&b, "text")));
    assert_eq!(sealer.open(&c, "text").as_deref(), Ok(TEXT));
    assert_eq!(sealer.open(&late, "text").as_deref(), Ok(TEXT));
    ring.erase(DAY, "police", "late", &[C.to_owned()]).expect("erases");
    assert!(is_erased(&sealer.open(&late, "text")));
    assert_eq!(sealer.open(&c, "text").as_deref(), Ok(TEXT));
    let file = fs::read_to_string(dir.path().join("erased.json")).expect("reads");
    assert!(file.contains(A) && !file.contains("\"key\""), "names only: {file}");
}

#[test]
fn a_dead_key_stays_dead_when_an_older_key_file_is_put_back() {
    let (dir, ring, sealer) = ringed();
    let (a, b) = (seal(&sealer, A), seal(&sealer, B));
    let older = fs::read(dir.path().join("keys.json")).expect("reads");
    ring.erase(DAY, "police", A, &[B.to_owned()]).expect("erases");
    fs::write(dir.path().join("keys.json"), &older).expect("puts the old file back");
    let restored = Sealer::new(self::ring(dir.path()));
    assert!(is_erased(&restored.open(&a, "text")));
    assert_eq!(restored.open(&b, "text").as_deref(), Ok(TEXT));
    assert_ne!(fs::read(dir.path().join("keys.json")).expect("reads"), older, "the dead key left the file");
}

#[test]
fn a_dead_key_stays_dead_when_an_older_export_is_imported_and_goes_to_a_new_home_dead() {
    let (_dir, ring, sealer) = ringed();
    let (a, b) = (seal(&sealer, A), seal(&sealer, B));
    let older = ring.export();
    ring.erase(DAY, "police", A, &[B.to_owned()]).expect("erases");
    let newer = ring.export();
    ring.import(older.clone()).expect("imports");
    assert!(is_erased(&sealer.open(&a, "text")));
    assert_eq!(sealer.open(&b, "text").as_deref(), Ok(TEXT));

    // Another home, in either order, and through JSON.
    for order in [[&older, &newer], [&newer, &older]] {
        let home = tempfile::tempdir().expect("a temporary directory");
        let moved = Arc::new(FileKeyring::open(home.path()).expect("opens"));
        for copy in order {
            let json = serde_json::to_string(copy).expect("json");
            moved.import(serde_json::from_str::<Keys>(&json).expect("reads back")).expect("imports");
        }
        let there = Sealer::new(moved);
        assert!(is_erased(&there.open(&a, "text")));
        assert_eq!(there.open(&b, "text").as_deref(), Ok(TEXT));
        assert_eq!(there.fingerprint(b"x"), sealer.fingerprint(b"x"));
    }
}

#[test]
fn an_erasure_before_its_days_key_is_made_holds_too() {
    let (_dir, ring, sealer) = ringed();
    ring.erase("2026-07-09", "police", A, &[]).expect("remembers");
    ring.prepare(&["2026-07-09".to_owned()], &["police"]).expect("makes");
    assert!(matches!(sealer.seal("2026-07-09", "police", A, "text", TEXT), Err(SealError::Erased { .. })));
}

#[test]
fn keys_of_two_hubs_are_not_mixed() {
    let ((_a, here, sealer), (_b, there, _)) = (ringed(), ringed());
    let sealed = seal(&sealer, A);
    let mixed = here.import(there.export());
    assert!(matches!(mixed, Err(KeyringError::Differs { .. })), "{mixed:?}");
    assert_eq!(sealer.open(&sealed, "text").as_deref(), Ok(TEXT), "nothing was changed");
}

#[test]
fn prepare_makes_only_what_is_missing_and_refuses_names_that_are_none() {
    let (_dir, ring, sealer) = ringed();
    let before = seal(&sealer, A);
    let days = [DAY.to_owned(), "2026-07-09".to_owned()];
    assert_eq!(ring.prepare(&days, &["police", "grid"]).expect("makes"), 2);
    assert_eq!(ring.prepare(&days, &["police", "grid"]).expect("makes"), 0);
    assert_eq!(seal(&sealer, A), before);
    for (day, agency) in [("2026-7-8", "police"), (DAY, ""), (DAY, "po/lice"), ("../../etc/x", "police")] {
        assert!(matches!(ring.prepare(&[day.to_owned()], &[agency]), Err(KeyringError::Name { .. })), "{day}/{agency}");
    }
    assert!(matches!(sealer.seal("2027-01-01", "police", A, "text", TEXT), Err(SealError::NoKey { .. })));
}

#[test]
fn the_key_file_is_its_owners_only_and_replaced_whole() {
    let (dir, ring, _sealer) = ringed();
    let mode = |name: &str| fs::metadata(dir.path().join(name)).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode("keys.json"), 0o600);
    fs::write(dir.path().join("keys.json.new"), b"half a fi").expect("as a crash would leave it");
    ring.prepare(&["2026-07-10".to_owned()], &["grid"]).expect("a torn file aside is no matter");
    assert_eq!(mode("keys.json"), 0o600);
    assert!(!dir.path().join("keys.json.new").exists());
    FileKeyring::open(dir.path()).expect("reads whole");
}

#[test]
fn a_key_that_could_not_be_written_is_not_used() {
    let (dir, ring, sealer) = ringed();
    let blocked = dir.path().join("keys.json.new");
    fs::create_dir(&blocked).expect("stands in the way");
    fs::write(blocked.join("x"), b"").expect("so that it cannot be removed");
    let failed = ring.prepare(&["2026-07-11".to_owned()], &["grid"]);
    assert!(matches!(failed, Err(KeyringError::Disk { .. })), "{failed:?}");
    assert!(matches!(sealer.seal("2026-07-11", "grid", A, "text", TEXT), Err(SealError::NoKey { .. })));
}

#[test]
fn a_flipped_bit_in_the_key_file_is_seen() {
    let (dir, _ring, _sealer) = ringed();
    let path = dir.path().join("keys.json");
    let text = fs::read_to_string(&path).expect("reads");
    let at = text.find("\"hub\":\"").expect("the hub's secret is in it") + 12;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
    fs::write(&path, bytes).expect("writes");
    let opened = FileKeyring::open(dir.path()).map(|_| ());
    assert!(matches!(opened, Err(KeyringError::Damaged { .. })), "{opened:?}");
}

#[test]
fn two_rings_on_one_directory_lose_nothing_of_each_other() {
    let (dir, ring, sealer) = ringed();
    let sealed = seal(&sealer, A);
    let beside = self::ring(dir.path());
    beside.prepare(&["2026-07-12".to_owned()], &["grid"]).expect("makes");
    beside.erase(DAY, "police", A, &[]).expect("erases");
    ring.prepare(&["2026-07-13".to_owned()], &["grid"]).expect("makes");
    assert!(is_erased(&sealer.open(&sealed, "text")));
    assert!(sealer.seal("2026-07-12", "grid", A, "text", TEXT).is_ok());
}

#[test]
fn secrets_are_not_printed() {
    let (_dir, ring, _sealer) = ringed();
    let printed = format!("{:?}", ring.export());
    assert!(printed.contains("Key(…)"));
    let json = serde_json::to_value(ring.export()).expect("json");
    assert!(!printed.contains(json["hub"].as_str().expect("text")));
}

#[test]
fn sealing_is_fast_enough_for_the_write_path() {
    let (_dir, _ring, sealer) = ringed();
    let reports: Vec<String> = (0..1_000).map(|i| format!("0b9f6a52-7d4e-5c1a-9a51-{i:012}")).collect();
    let count = if cfg!(debug_assertions) { 2_000_u32 } else { 200_000 };
    let begun = Instant::now();
    for i in 0..count {
        let report = &reports[i as usize % reports.len()];
        sealer.seal(DAY, "police", report, "text", TEXT).expect("seals");
    }
    println!(
        "{:.0} seals a second, {} reports, debug build: {}",
        f64::from(count) / begun.elapsed().as_secs_f64(),
        reports.len(),
        cfg!(debug_assertions)
    );
    // Far below what it does, and still more than a hub's whole day in a minute.
    assert!(begun.elapsed().as_secs() < 60, "{count} seals took {:?}", begun.elapsed());
}
