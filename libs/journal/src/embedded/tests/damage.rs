//! What opening believes, what it cuts, what it refuses.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use futures::StreamExt;

use super::{all, decision, fill, options, subject};
use crate::embedded::frame::{self, Found};
use crate::embedded::{Embedded, OpenError, Options};
use crate::port::{Journal, ReadError};

pub(super) fn named(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .expect("listed")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending) && !path.ends_with("spare.seg"))
        .collect();
    files.sort();
    files
}

/// Where each frame of a segment starts, and where the last one ends.
pub(super) fn frames(path: &Path) -> Vec<usize> {
    let bytes = fs::read(path).expect("readable");
    let mut starts = vec![0];
    while let Found::Frame(frame) = frame::find(&bytes, starts[starts.len() - 1]) {
        starts.push(frame.range.end);
    }
    starts
}

pub(super) fn spoil(path: &Path, at: usize) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).expect("opens");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at as u64).expect("in the file");
    file.write_all_at(&[byte[0] ^ 0x55], at as u64).expect("written");
}

async fn written(dir: &Path, facts: u64) -> Vec<String> {
    let journal = Embedded::open(dir, options()).expect("opens");
    fill(&journal, 0, facts).await;
    all(&journal).await
}

#[tokio::test]
async fn a_torn_tail_is_cut_off_zeroed_and_written_over() {
    for spot in [3, 9, 30, 200] {
        let dir = tempfile::tempdir().expect("a directory");
        let before = written(dir.path(), 20).await;
        let segment = &named(dir.path(), ".seg")[0];
        let starts = frames(segment);
        let (last, end) = (starts[starts.len() - 2], starts[starts.len() - 1]);
        spoil(segment, last + spot);
        let journal = Embedded::open(dir.path(), options()).expect("opens without the tail");
        assert_eq!(all(&journal).await, before[..20]);
        assert!(fs::read(segment).expect("readable")[last..end].iter().all(|&b| b == 0), "not zeroed");
        assert_eq!(fill(&journal, 100, 3).await, 23);
    }
}

#[tokio::test]
async fn a_tail_below_the_floor_is_damage_and_nothing_is_changed() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path(), 20).await;
    let segment = &named(dir.path(), ".seg")[0];
    let starts = frames(segment);
    let last = starts[starts.len() - 2];
    spoil(segment, last + 30);
    let spoiled = fs::read(segment).expect("readable");
    let refused = Embedded::open(dir.path(), Options { floor: 21, ..options() }).err();
    assert!(matches!(refused, Some(OpenError::Damaged { offset, .. }) if offset == last as u64), "{refused:?}");
    assert_eq!(fs::read(segment).expect("readable"), spoiled);
    Embedded::open(dir.path(), Options { floor: 20, ..options() }).expect("the floor is reached");
}

#[tokio::test]
async fn damage_before_a_whole_frame_is_refused_with_file_and_offset() {
    for nth in [0, 1, 9, 18] {
        for spot in [0, 5, 12, 20, 100] {
            let dir = tempfile::tempdir().expect("a directory");
            written(dir.path(), 20).await;
            let segment = &named(dir.path(), ".seg")[0];
            let at = frames(segment)[nth];
            spoil(segment, at + spot);
            let spoiled = fs::read(segment).expect("readable");
            for refused in [Embedded::open(dir.path(), options()).err(), Embedded::read_only(dir.path()).err()] {
                let Some(OpenError::Damaged { file, offset, .. }) = refused else { panic!("{nth}, {spot}: {refused:?}") };
                assert_eq!((file.as_str(), offset), ("00000000000000000001.seg", at as u64));
            }
            assert_eq!(fs::read(segment).expect("readable"), spoiled);
        }
    }
}

#[tokio::test]
async fn a_damaged_sealed_segment_is_named_when_it_is_read_and_when_its_index_is_gone() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path(), 700).await;
    let segment = &named(dir.path(), ".seg")[0];
    let at = frames(segment)[7];
    spoil(segment, at + 40);
    {
        let journal = Embedded::open(dir.path(), options()).expect("the index speaks for the segment");
        let mut follow = journal.follow(1);
        let sound = follow.next().await.expect("an answer").expect("what lies before is sound");
        assert_eq!(sound.len(), 7);
        let error = follow.next().await.expect("an answer").err();
        assert!(matches!(error, Some(ReadError::Damaged { offset, .. }) if offset == at as u64), "{error:?}");
        assert!(follow.next().await.is_none(), "the stream ends after its error");
        let error = journal.read(&subject(6), 1).await.err();
        assert!(matches!(error, Some(ReadError::Damaged { offset, .. }) if offset == at as u64), "{error:?}");
        assert!(!journal.read(&subject(5), 1).await.expect("not touched").is_empty());
    }
    fs::remove_file(&named(dir.path(), ".idx")[0]).expect("removed");
    let refused = Embedded::open(dir.path(), options()).err();
    assert!(matches!(refused, Some(OpenError::Damaged { offset, .. }) if offset == at as u64), "{refused:?}");
}

#[tokio::test]
async fn a_missing_or_damaged_index_is_made_again_from_its_segment() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = written(dir.path(), 700).await;
    let indexes = named(dir.path(), ".idx");
    assert!(indexes.len() > 2);
    let whole: Vec<_> = indexes.iter().map(|path| fs::read(path).expect("readable")).collect();
    fs::remove_file(&indexes[0]).expect("removed");
    spoil(&indexes[1], 70);
    fs::write(&indexes[2], &whole[2][..100]).expect("cut short");
    let reader = Embedded::read_only(dir.path()).expect("opens for reading");
    assert_eq!(all(&reader).await, before);
    assert!(!indexes[0].exists(), "a reader changes nothing");
    let journal = Embedded::open(dir.path(), options()).expect("opens");
    assert_eq!(journal.damaged_indexes(), 2);
    for nth in 0..10 {
        assert_eq!(journal.read(&subject(nth), 1).await.expect("readable").len(), 70);
        assert_eq!(reader.read(&subject(nth), 1).await.expect("readable").len(), 70);
    }
    let again: Vec<_> = indexes.iter().map(|path| fs::read(path).expect("readable")).collect();
    assert!(again == whole, "the index made again differs from the first");
}

#[tokio::test]
async fn a_missing_segment_is_damage_and_the_last_one_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path(), 700).await;
    let (segments, indexes) = (named(dir.path(), ".seg"), named(dir.path(), ".idx"));
    let count = segments.len();
    assert_eq!(indexes.len(), count - 1, "every segment but the last has an index");
    let last = segments[count - 1].file_name().expect("a name").to_string_lossy().into_owned();
    let one_before = segments[count - 2].file_name().expect("a name").to_string_lossy().into_owned();
    let first = "00000000000000000001.seg".to_owned();
    let cases: [(&[&PathBuf], Option<&String>); 7] = [
        (&[&segments[0]], None),
        (&[&segments[1]], None),
        (&[&segments[count - 1]], Some(&last)),
        // The index of the last that is left is not what it was.
        (&[&segments[count - 1], &indexes[count - 2]], Some(&last)),
        (&[&segments[count - 1], &segments[count - 2]], Some(&one_before)),
        (&[&segments[count - 1], &segments[count - 2], &indexes[count - 3]], Some(&one_before)),
        (&segments.iter().collect::<Vec<_>>(), Some(&first)),
    ];
    for (gone, missing) in cases {
        let kept: Vec<_> = gone.iter().map(|path| fs::read(path).expect("readable")).collect();
        for path in gone {
            if path.extension().is_some_and(|ending| ending == "idx") && gone.len() == 2 {
                fs::write(path, "no index").expect("spoiled");
            } else {
                fs::remove_file(path).expect("removed");
            }
        }
        let before = fs::read_dir(dir.path()).expect("listed").count();
        for refused in [Embedded::read_only(dir.path()).err(), Embedded::open(dir.path(), options()).err()] {
            match (refused, missing) {
                (Some(OpenError::Damaged { file, .. }), Some(missing)) => assert_eq!(&file, missing),
                (Some(OpenError::Damaged { .. }), None) => {}
                (Some(OpenError::Absent), _) if gone.len() == count => {}
                (refused, _) => panic!("without {gone:?}: {refused:?}"),
            }
        }
        assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), before, "a name was made or removed");
        for (path, bytes) in gone.iter().zip(kept) {
            fs::write(path, bytes).expect("put back");
        }
    }
    let journal = Embedded::open(dir.path(), options()).expect("opens");
    journal.append(decision("x", &subject(77), 0, 1, 1)).await.expect("written");
}
