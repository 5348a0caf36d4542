//! What a ring in a directory promises when it is opened.

use std::{fs, path::Path};

use super::{FileKeyring, holders};
use crate::{Keyring, KeyringError};

const DAY: &str = "2026-07-08";

/// Why there is no ring in `dir`.
fn refused(dir: &Path) -> KeyringError {
    FileKeyring::open_existing(dir).map(|_| ()).expect_err("no ring is there")
}

#[test]
fn a_ring_that_has_to_be_there_is_not_made_anew() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let dir = home.path().join("keys");
    let error = refused(&dir);
    assert!(matches!(error, KeyringError::Missing { .. }), "{error:?}");
    assert!(!dir.exists(), "nothing was made");
    let text = error.to_string();
    assert!(text.contains(&dir.display().to_string()) && text.contains("keys.json"), "names place and way out: {text}");

    fs::create_dir(&dir).expect("an empty directory");
    assert!(matches!(refused(&dir), KeyringError::Missing { .. }));
    assert_eq!(fs::read_dir(&dir).expect("reads").count(), 0, "still empty");
}

#[test]
fn a_lost_key_file_is_missed_and_its_backup_brings_everything_back() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let ring = FileKeyring::open(home.path()).expect("opens");
    ring.prepare(&[DAY.to_owned()], &["police"]).expect("makes");
    ring.erase(DAY, "police", "one", &[]).expect("erases");
    let (path, aside) = (home.path().join("keys.json"), home.path().join("backup"));
    fs::rename(&path, &aside).expect("is lost");
    assert!(matches!(refused(home.path()), KeyringError::Missing { .. }), "the erasures alone are no ring");
    fs::rename(&aside, &path).expect("is put back");
    let again = FileKeyring::open_existing(home.path()).expect("opens");
    assert!(again.export() == ring.export());
}

#[test]
fn a_ring_that_is_there_opens_either_way_and_an_erasure_it_missed_is_done() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let ring = FileKeyring::open(home.path()).expect("opens");
    ring.prepare(&[DAY.to_owned()], &["police"]).expect("makes");
    let older = fs::read(home.path().join("keys.json")).expect("reads");
    ring.erase(DAY, "police", "one", &[]).expect("erases");
    fs::write(home.path().join("keys.json"), &older).expect("puts the old file back");
    let again = FileKeyring::open_existing(home.path()).expect("opens");
    assert_eq!(again.export().erasures(), ring.export().erasures());
    assert_ne!(fs::read(home.path().join("keys.json")).expect("reads"), older, "the dead key left the file");
}

#[test]
fn a_damaged_key_file_is_called_damaged_and_not_missing() {
    let home = tempfile::tempdir().expect("a temporary directory");
    fs::write(home.path().join("keys.json"), b"{").expect("writes");
    assert!(matches!(refused(home.path()), KeyringError::Damaged { .. }));
}

#[test]
fn every_directory_that_holds_a_new_name_is_synced_until_a_ring_is_there() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (data, dir) = (home.path().join("data"), home.path().join("data/keys"));
    assert_eq!(holders(&dir), [data.as_path(), home.path()]);
    fs::create_dir(&data).expect("makes");
    assert_eq!(holders(&dir), [data.as_path()]);
    fs::create_dir(&dir).expect("as a crash before the sync would leave it");
    assert_eq!(holders(&dir), [data.as_path()]);
    FileKeyring::open(&dir).expect("makes a ring");
    assert_eq!(holders(&dir), [] as [&Path; 0]);
    assert_eq!(holders(Path::new("no-such-keys")), [Path::new(".")]);
}

#[test]
fn a_key_file_that_was_copied_back_is_for_its_owner_only_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().expect("a temporary directory");
    drop(FileKeyring::open(home.path()).expect("opens"));
    let path = home.path().join("keys.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("as cp leaves it");
    FileKeyring::open_existing(home.path()).expect("opens");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
}
