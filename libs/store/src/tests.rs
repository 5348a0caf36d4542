//! What the store promises: the same picture after a reopen, or none, never a wrong one.

use std::{fs, time::Instant};

use tempfile::TempDir;

use crate::{Store, StoreError};

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn dir() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path().join("store")).expect("the store opens")
}

fn load(store: &Store, name: &str, schema: u32) -> Option<(u64, Entries)> {
    let mut entries = Entries::new();
    let position = store.load(name, schema, &mut |key, value| entries.push((key.to_vec(), value.to_vec())));
    position.expect("the store reads").map(|position| (position, entries))
}

fn entry(key: &str, value: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.as_bytes().to_vec(), Some(value.to_vec()))
}

#[test]
fn a_picture_comes_back_in_key_order_after_a_reopen() {
    let dir = dir();
    let store = open(&dir);
    store.save("fold", 1, 7, [entry("b", b"2"), entry("a", b"1"), entry("a\0", b"nul"), entry("", b"empty key")]).expect("saves");
    drop(store);
    let store = open(&dir);
    let (position, entries) = load(&store, "fold", 1).expect("it is there");
    assert_eq!(position, 7);
    let keys: Vec<&[u8]> = entries.iter().map(|(key, _)| key.as_slice()).collect();
    assert_eq!(keys, [&b""[..], b"a", b"a\0", b"b"]);
    assert_eq!(entries[2].1, b"nul");
    assert!(!store.rebuilt());
}

#[test]
fn values_of_any_size_come_back_and_leave_nothing_when_they_shrink() {
    let dir = dir();
    let store = open(&dir);
    let sizes = [0, 1, 7_987, 7_988, 7_989, 15_988, 15_989, 300_000];
    let value = |size: usize| -> Vec<u8> { (0..size).map(|i| u8::try_from(i % 251).expect("below 251")).collect() };
    let entries = sizes.iter().map(|size| (format!("{size:08}"), Some(value(*size))));
    store.save("fold", 1, 1, entries).expect("saves");
    for tree in store.db.tree_names() {
        for item in &store.db.open_tree(tree).expect("opens") {
            assert!(item.expect("reads").1.len() <= 8_000, "a larger value would go to an unsynced file");
        }
    }
    let (_, entries) = load(&store, "fold", 1).expect("it is there");
    assert_eq!(entries.iter().map(|(_, value)| value.len()).collect::<Vec<_>>(), sizes);
    assert!(entries.iter().all(|(_, read)| *read == value(read.len())));

    store.save("fold", 1, 2, [entry("00300000", b"small now")]).expect("saves");
    drop(store);
    let (_, entries) = load(&open(&dir), "fold", 1).expect("it is there");
    assert_eq!(entries.last().map(|(_, value)| value.as_slice()), Some(&b"small now"[..]));
}

#[test]
fn a_later_save_changes_only_what_it_names_and_takes_out_what_has_no_value() {
    let dir = dir();
    let store = open(&dir);
    store.save("fold", 1, 1, [entry("a", b"1"), entry("b", b"2"), entry("c", &[9; 20_000])]).expect("saves");
    store.save("fold", 1, 2, [entry("b", b"two"), (b"c".to_vec(), None), (b"never".to_vec(), None)]).expect("saves");
    drop(store);
    let found = load(&open(&dir), "fold", 1);
    assert_eq!(found, Some((2, vec![(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"two".to_vec())])));
}

#[test]
fn another_schema_is_not_given_and_a_save_of_it_begins_anew() {
    let dir = dir();
    let store = open(&dir);
    store.save("fold", 1, 9, [entry("old", b"shape")]).expect("saves");
    assert_eq!(load(&store, "fold", 2), None);
    store.save("fold", 2, 3, [entry("new", b"shape")]).expect("a new schema may start lower");
    assert_eq!(load(&store, "fold", 1), None);
    assert_eq!(load(&store, "fold", 2), Some((3, vec![(b"new".to_vec(), b"shape".to_vec())])));
    assert_eq!(load(&store, "missing", 1), None);
}

#[test]
fn a_picture_goes_back_only_when_it_is_replaced() {
    let dir = dir();
    let store = open(&dir);
    store.save("fold", 1, 9, [entry("a", b"1")]).expect("saves");
    let back = store.save("fold", 1, 8, [entry("a", b"0")]);
    assert!(matches!(back, Err(StoreError::Backwards { kept: 9, asked: 8, .. })), "{back:?}");
    assert_eq!(load(&store, "fold", 1), Some((9, vec![(b"a".to_vec(), b"1".to_vec())])));
    store.replace("fold", 1, 4, [("b", "2")]).expect("replaces");
    assert_eq!(load(&store, "fold", 1), Some((4, vec![(b"b".to_vec(), b"2".to_vec())])));
}

/// The store's files as they stand in the middle of a save, as a power cut would leave them.
fn copy_in_mid_save(from: &TempDir, to: &TempDir, store: &Store, first: usize) {
    let copied = std::cell::Cell::new(false);
    let entries = (0..first + 2_500).map(|i| {
        if i == first + 2_000 {
            // Two batches are in; wait until sled's own flusher has put them out.
            store.db.flush().expect("flushes");
            let target = to.path().join("store");
            fs::create_dir_all(target.join("blobs")).expect("creates");
            for file in fs::read_dir(from.path().join("store")).expect("lists") {
                let file = file.expect("lists");
                if file.file_type().expect("stat").is_file() {
                    fs::copy(file.path(), target.join(file.file_name())).expect("copies");
                }
            }
            copied.set(true);
        }
        (format!("{i:06}"), Some(format!("new {i}")))
    });
    store.save("fold", 1, 20, entries).expect("saves");
    assert!(copied.get(), "the copy was taken within the save");
}

#[test]
fn a_save_cut_short_leaves_the_old_position_never_one_ahead_of_its_entries() {
    let (dir, cut) = (dir(), dir());
    let store = open(&dir);
    store.save("fold", 1, 10, (0..500).map(|i| (format!("{i:06}"), Some(format!("old {i}"))))).expect("saves");
    copy_in_mid_save(&dir, &cut, &store, 500);
    let found = open(&cut);
    assert!(!found.rebuilt(), "entries ahead of the position are no damage");
    let (position, entries) = load(&found, "fold", 1).expect("the old picture is there");
    assert_eq!(position, 10);
    assert!(entries.len() >= 500, "nothing of the old picture is lost: {}", entries.len());
    assert!(entries.len() > 500, "the cut lay within the save");
}

#[test]
fn a_first_save_cut_short_is_no_picture() {
    let (dir, cut) = (dir(), dir());
    let store = open(&dir);
    copy_in_mid_save(&dir, &cut, &store, 0);
    let found = open(&cut);
    assert!(!found.rebuilt());
    assert_eq!(load(&found, "fold", 1), None);
    assert_eq!(found.highest().expect("reads"), 0);
}

#[test]
fn an_iterator_that_panics_leaves_the_old_position_and_a_working_store() {
    let dir = dir();
    let store = open(&dir);
    store.save("fold", 1, 1, [entry("a", b"1")]).expect("saves");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.save("fold", 1, 2, (0..5_000).map(|i| if i < 4_000 { entry(&i.to_string(), b"x") } else { panic!("cut") }))
    }));
    assert!(panicked.is_err());
    assert_eq!(load(&store, "fold", 1).map(|(position, _)| position), Some(1));
    store.save("fold", 1, 3, [entry("a", b"3")]).expect("saves after that");
}

#[test]
fn progress_and_the_highest_position_outlive_a_reopen() {
    let dir = dir();
    let store = open(&dir);
    assert_eq!(store.highest().expect("reads"), 0);
    assert_eq!(store.progress("frames/police").expect("reads"), None);
    store.save("fold", 1, 40, [entry("a", b"1")]).expect("saves");
    store.set_progress("frames/police", 41).expect("writes");
    store.set_progress("frames/grid", 12).expect("writes");
    drop(store);
    let store = open(&dir);
    assert_eq!(store.progress("frames/police").expect("reads"), Some(41));
    assert_eq!(store.highest().expect("reads"), 41);
    store.save("fold", 1, 42, [entry("a", b"2")]).expect("saves");
    assert_eq!(store.highest().expect("reads"), 42);
}

#[test]
fn a_second_process_is_told_that_the_store_is_in_use() {
    let dir = dir();
    let _store = open(&dir);
    let second = Store::open(dir.path().join("store")).map(|_| ());
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
}

#[test]
fn a_long_key_is_refused_by_name() {
    let dir = dir();
    let store = open(&dir);
    let refused = store.save("fold", 1, 1, [(vec![b'k'; 513], Some(b"v".to_vec()))]);
    assert!(matches!(refused, Err(StoreError::LongKey { bytes: 513, .. })), "{refused:?}");
}

#[test]
fn flipped_bytes_never_give_a_wrong_picture() {
    let source = dir();
    let store = open(&source);
    let old = || (0..3_000).map(|i| (format!("{i:06}"), format!("first {i} {}", "x".repeat(100))));
    let new = || (0..3_000).step_by(3).map(|i| (format!("{i:06}"), format!("second {i}")));
    store.save("fold", 1, 10, old().map(|(key, value)| (key, Some(value)))).expect("saves");
    let first: Entries = load(&store, "fold", 1).expect("there").1;
    store.save("fold", 1, 20, new().map(|(key, value)| (key, Some(value)))).expect("saves");
    let second: Entries = load(&store, "fold", 1).expect("there").1;
    drop(store);
    let sound = fs::read(source.path().join("store/db")).expect("reads");
    let used = sound.iter().rposition(|&byte| byte != 0).expect("something is in it");
    let (mut anew, mut older, mut same) = (0, 0, 0);
    for round in 0..40_usize {
        let hurt = dir();
        let path = hurt.path().join("store");
        fs::create_dir_all(path.join("blobs")).expect("creates");
        for file in fs::read_dir(source.path().join("store")).expect("lists") {
            let file = file.expect("lists");
            if file.file_type().expect("stat").is_file() {
                fs::copy(file.path(), path.join(file.file_name())).expect("copies");
            }
        }
        let mut bytes = sound.clone();
        let at = (round * 2_654_435_761) % used;
        bytes[at] ^= 0xff;
        fs::write(path.join("db"), bytes).expect("writes");
        let store = Store::open(&path).expect("opens, whole or anew");
        match load(&store, "fold", 1) {
            None => {
                anew += 1;
                let aside = fs::read_dir(hurt.path()).expect("lists").count();
                assert!(!store.rebuilt() || aside == 2, "the damaged directory is kept beside");
            }
            Some((20, entries)) => {
                assert_eq!(entries, second, "byte {at}");
                same += 1;
            }
            Some((position, entries)) => {
                assert_eq!((position, entries), (10, first.clone()), "byte {at}");
                older += 1;
            }
        }
        store.save("fold", 1, 30, [entry("a", b"goes on")]).expect("the store goes on");
    }
    println!("one flipped byte, 40 times: {anew} begun anew, {older} at the older position, {same} unhurt");
    assert!(anew > 0, "some flips must have been seen as damage");
}

#[test]
fn a_full_sized_picture_loads_in_about_a_second() {
    // A tenth without optimisation: the times say something in a release build only.
    let scale = if cfg!(debug_assertions) { 10 } else { 1 };
    let dir = dir();
    let store = open(&dir);
    let small =
        (0..100_000 / scale).map(|i| (format!("incident/{i:08}"), Some(vec![u8::try_from(i % 256).expect("a byte"); 1_000])));
    let large = (0..8_000 / scale).map(|i| (format!("unit/{i:08}"), Some(vec![7u8; 8_000])));
    let begun = Instant::now();
    store.save("fold", 1, 1, small.chain(large)).expect("saves");
    let saved = begun.elapsed();
    drop(store);
    let begun = Instant::now();
    let store = open(&dir);
    let opened = begun.elapsed();
    let begun = Instant::now();
    let mut count = 0_u32;
    let position = store.load("fold", 1, &mut |_, _| count += 1).expect("loads");
    let loaded = begun.elapsed();
    println!(
        "{} × 1 kB + {} × 8 kB: saved in {saved:?}, opened and checked in {opened:?}, loaded in {loaded:?}",
        100_000 / scale,
        8_000 / scale
    );
    assert_eq!((position, count), (Some(1), 108_000 / scale));
}
