//! Every seed of the fuzz targets, and every input that once broke a promise, goes through the same functions here, so that
//! what was found stays found. No libFuzzer is needed.

use std::{
    collections::BTreeMap,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use crate::TARGETS;

mod made;

/// All seeds together stay small: they are cloned with the tree.
const MOST_BYTES: usize = 200 << 10;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a folder, by name; none where there is no folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("readable").path());
    let named = |path: PathBuf| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), fs::read(&path));
    entries.map(named).map(|(name, bytes)| (name, bytes.expect("a readable file"))).collect()
}

/// The inputs of a target that break a promise.
fn broken(target: &str, check: crate::Check, inputs: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let breaks = |bytes: &[u8]| catch_unwind(|| check(bytes)).is_err();
    inputs.iter().filter(|(_, bytes)| breaks(bytes)).map(|(name, _)| format!("{target}: {name}")).collect()
}

#[test]
fn no_seed_and_no_past_finding_breaks_a_promise() {
    let mut found = Vec::new();
    for (target, check) in TARGETS {
        let seeds = files(&fuzz().join("seeds").join(target));
        assert!(!seeds.is_empty(), "tests/fuzz/seeds/{target} is empty");
        found.extend(broken(target, check, &seeds));
        found.extend(broken(target, check, &files(&fuzz().join("past").join(target))));
    }
    // The samples themselves, whole.
    let policies = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy"));
    found.extend(broken("policy", crate::policy::check, &policies));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_seeds_are_those_that_the_samples_make() {
    let mut whole = 0;
    for (target, _) in TARGETS {
        let folder = fuzz().join("seeds").join(target);
        let made: BTreeMap<String, Vec<u8>> = made::seeds(target).into_iter().collect();
        whole += made.values().map(Vec::len).sum::<usize>();
        if std::env::var("HUB_BLESS").is_ok_and(|set| set == "1") {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a writable folder");
            made.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).expect("a writable folder"));
        }
        let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
        let there = files(&folder);
        assert_eq!(names(&there), names(&made), "seeds of {target}: run this test once with HUB_BLESS=1 and commit them");
        let other: Vec<_> = made.iter().filter(|(name, bytes)| there.get(*name) != Some(bytes)).map(|(name, _)| name).collect();
        assert!(other.is_empty(), "seeds of {target} differ: {other:?}: run this test once with HUB_BLESS=1 and commit them");
    }
    assert!(whole < MOST_BYTES, "the seeds have {whole} bytes");
}

/// A seed that is refused at the door shows nothing of what lies behind it.
#[test]
fn the_seeds_get_behind_the_door() {
    use wire::Message as _;
    let of = |target| files(&fuzz().join("seeds").join(target));
    let records = of("record");
    let read = records.values().filter(|bytes| {
        let header = journal::header(bytes).ok();
        header.is_some_and(|header| domain::fact::read(header.kind, header.subject, header.data).is_ok())
    });
    assert!(read.count() > 50, "records whose facts are read");
    let frames = of("partner");
    let frames: Vec<_> = frames.values().filter_map(|bytes| wire::v1::PartnerFrame::decode(&bytes[..]).ok()).collect();
    assert!(frames.iter().filter(|frame| frame.body.is_some()).count() > 20, "frames with a body");
    let leaves = frames.iter().filter(|frame| crate::partner::leaves(frame) > 0).count();
    assert!(leaves >= 12, "only {leaves} frames leave a fact");
    let rows = of("rows");
    assert!(rows.values().any(|bytes| hub::import::messages::Messages::open(bytes).is_ok()));
    assert!(rows.values().any(|bytes| hub::import::requests::Requests::open(bytes).is_ok()));
    assert!(rows.values().filter(|bytes| hub::import::dispatch::Dispatch::open(bytes).is_ok()).count() >= 2);
    let segments = of("segment");
    assert!(segments.values().filter(|bytes| crate::segment::opens(bytes) > 3).count() >= 2, "journals with facts");
}

#[test]
fn an_input_that_breaks_a_promise_is_named() {
    let promise: crate::Check = |bytes| assert!(bytes != b"bad", "the promise is broken");
    let inputs = [("one".to_owned(), b"good".to_vec()), ("two".to_owned(), b"bad".to_vec())].into();
    assert_eq!(broken("some", promise, &inputs), ["some: two"]);
}
