//! The one thread that writes: batches, positions, progress, each made durable before it is answered.

use std::{
    collections::BTreeMap,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender},
};

use crate::{
    error::StoreError,
    picture::{self, Front, HEAD, Head},
};

/// The tree that says how far what goes out has come.
pub(crate) const PROGRESS: &[u8] = b"progress";
const PICTURE: &str = "picture/";

/// Name of a picture's tree.
pub(crate) fn tree_name(name: &str) -> String {
    format!("{PICTURE}{name}")
}

/// The picture that lies in a tree.
pub(crate) fn picture_name(tree: &[u8]) -> Option<&str> {
    std::str::from_utf8(tree).ok()?.strip_prefix(PICTURE)
}

/// A progress value: the number, and a checksum over name and number.
pub(crate) fn progress_bytes(name: &[u8], value: u64) -> Vec<u8> {
    let mut bytes = value.to_be_bytes().to_vec();
    bytes.extend(crc32c::crc32c_append(crc32c::crc32c(name), &value.to_be_bytes()).to_be_bytes());
    bytes
}

pub(crate) fn progress_from(name: &[u8], bytes: &[u8]) -> Option<u64> {
    let (value, _) = bytes.split_first_chunk::<8>()?;
    let value = u64::from_be_bytes(*value);
    (progress_bytes(name, value) == bytes).then_some(value)
}

/// What changes in one picture, at most one change a key.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One thing to write, and where to answer.
pub(crate) struct Job {
    pub(crate) task: Task,
    pub(crate) answer: SyncSender<Result<(), StoreError>>,
}

pub(crate) enum Task {
    /// Makes sure that a picture of this schema can be changed; any other is emptied.
    Begin { name: String, schema: u32, position: u64, start: Start },
    /// Puts some changes in; the position stays.
    Change { name: String, changes: Changes },
    /// Everything is in: moves the position, then syncs.
    Finish { name: String, position: u64 },
    /// How far something has come.
    Progress { name: String, value: u64 },
}

/// What a save begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// What is kept, if it is of the same schema and complete.
    Kept,
    /// Nothing.
    Empty,
}

/// Runs until every sender is gone. A panic inside sled stops it: what follows is answered with an error.
pub(crate) fn run(db: &sled::Db, file: &File, jobs: &Receiver<Job>) {
    for Job { task, answer } in jobs {
        let done = catch_unwind(AssertUnwindSafe(|| write(db, file, task)));
        let panicked = done.is_err();
        let done = done.unwrap_or_else(|_| Err(StoreError::Damaged { detail: "the database panicked".to_owned() }));
        // Whoever asked may have gone; the work is done all the same.
        let _gone = answer.send(done);
        if panicked {
            return;
        }
    }
}

fn write(db: &sled::Db, file: &File, task: Task) -> Result<(), StoreError> {
    match task {
        Task::Begin { name, schema, position, start } => begin(db, &name, schema, position, start),
        Task::Change { name, changes } => change(db, &name, &changes),
        Task::Finish { name, position } => {
            let tree = db.open_tree(tree_name(&name))?;
            let head = head(&tree)?.ok_or_else(|| damaged(&name))?;
            tree.insert(HEAD, Head { position, complete: true, ..head }.to_bytes())?;
            sync(db, file)
        }
        Task::Progress { name, value } => {
            db.open_tree(PROGRESS)?.insert(&name, progress_bytes(name.as_bytes(), value))?;
            sync(db, file)
        }
    }
}

fn begin(db: &sled::Db, name: &str, schema: u32, position: u64, start: Start) -> Result<(), StoreError> {
    let tree = db.open_tree(tree_name(name))?;
    match head(&tree)? {
        Some(head) if start == Start::Kept && head.complete && head.schema == schema => {
            if position < head.position {
                return Err(StoreError::Backwards { name: name.to_owned(), kept: head.position, asked: position });
            }
            Ok(())
        }
        Some(_) | None => {
            // The head goes first: without it the rest is no picture, whenever the power fails.
            tree.remove(HEAD)?;
            tree.clear()?;
            tree.insert(HEAD, Head::empty(schema).to_bytes())?;
            Ok(())
        }
    }
}

/// One atomic batch: the entries, and with them the head's count and sum.
fn change(db: &sled::Db, name: &str, changes: &Changes) -> Result<(), StoreError> {
    let tree = db.open_tree(tree_name(name))?;
    let mut head = head(&tree)?.ok_or_else(|| damaged(name))?;
    let mut batch = sled::Batch::default();
    for (key, value) in changes {
        let old = match tree.get(picture::place(key, 0))? {
            Some(chunk) => Some(Front::from_bytes(&chunk).ok_or_else(|| damaged(name))?.0),
            None => None,
        };
        if let Some(old) = old {
            head.remove(old.stamp(key));
        }
        let mut kept = 0;
        if let Some(value) = value {
            let (front, chunks) = picture::chunks(name, key, value)?;
            head.add(front.stamp(key));
            kept = front.chunks;
            for (place, chunk) in chunks {
                batch.insert(place, chunk);
            }
        }
        for surplus in kept..old.map_or(0, |old| old.chunks) {
            batch.remove(picture::place(key, surplus));
        }
    }
    batch.insert(HEAD, head.to_bytes());
    tree.apply_batch(batch)?;
    Ok(())
}

fn head(tree: &sled::Tree) -> Result<Option<Head>, StoreError> {
    Ok(tree.get(HEAD)?.as_deref().and_then(Head::from_bytes))
}

/// sled's `flush` only asks the kernel to start writing (`sync_file_range`); `fdatasync` waits for the disk.
fn sync(db: &sled::Db, file: &File) -> Result<(), StoreError> {
    db.flush()?;
    file.sync_data().map_err(|source| StoreError::Disk { what: "sync its file", source })
}

fn damaged(name: &str) -> StoreError {
    StoreError::Damaged { detail: format!("picture {name} has lost its head") }
}
