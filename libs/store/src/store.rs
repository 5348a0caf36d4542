//! The store as its callers see it.

use std::{
    fs::OpenOptions,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use crate::{
    disk,
    error::StoreError,
    picture::{self, HEAD, Head},
    writer::{self, Changes, Job, PROGRESS, Start, Task, picture_name, progress_from, tree_name},
};

/// Most entries of one atomic batch.
const BATCH_ENTRIES: usize = 1_000;
/// Most bytes of one atomic batch; sled locks the process while it applies one.
const BATCH_BYTES: usize = 4 << 20;
/// Jobs that may wait for the writer.
const WAITING: usize = 16;

/// Pictures and progress in one directory. One a process; share it behind an `Arc`.
pub struct Store {
    pub(crate) db: sled::Db,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    /// Held by a save from beginning to end: two on one picture would not add up.
    saving: Mutex<()>,
    rebuilt: bool,
}

impl Store {
    /// Opens the store in `dir` and checks all of it. A damaged one is moved aside, its new name is
    /// logged, and an empty one takes its place: see [`rebuilt`](Self::rebuilt).
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Disk`] when the disk refuses.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let (db, rebuilt) = disk::open(dir)?;
        let failed = |source| StoreError::Disk { what: "start its writer", source };
        let file = OpenOptions::new().read(true).write(true).open(dir.join("db")).map_err(failed)?;
        let (jobs, waiting) = sync_channel(WAITING);
        let writer = {
            let db = db.clone();
            thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer::run(&db, &file, &waiting))
        };
        let writer = Some(writer.map_err(failed)?);
        Ok(Self { db, jobs: Some(jobs), writer, saving: Mutex::new(()), rebuilt })
    }

    /// Whether a damaged store was moved aside when this one was opened.
    #[must_use]
    pub fn rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// Gives every entry of picture `name` to `take`, in key order, and returns its position.
    ///
    /// Nothing when it is missing, unfinished or of another schema. Damage is found before this, when the
    /// store is opened. Folding from the position on must take entries that are ahead of it: a save
    /// that was cut short leaves some.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the file broke since it was opened: throw away what `take` was given.
    pub fn load(&self, name: &str, schema: u32, take: &mut dyn FnMut(&[u8], &[u8])) -> Result<Option<u64>, StoreError> {
        let Some(tree) = self.tree(name)? else {
            return Ok(None);
        };
        match head(&tree)? {
            Some(head) if head.complete && head.schema == schema => {}
            Some(_) | None => return Ok(None),
        }
        let walked = catch_unwind(AssertUnwindSafe(|| picture::walk(&tree, take)));
        match walked {
            Ok(Ok(Some(head))) => Ok(Some(head.position)),
            Ok(Ok(None)) => Err(StoreError::Damaged { detail: format!("picture {name} does not add up") }),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(StoreError::Damaged { detail: "the database or its reader panicked".to_owned() }),
        }
    }

    /// The schema of picture `name` as it is kept, finished or not; nothing where there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Disk`] when it cannot be read.
    pub fn schema(&self, name: &str) -> Result<Option<u32>, StoreError> {
        let Some(tree) = self.tree(name)? else { return Ok(None) };
        Ok(head(&tree)?.map(|head| head.schema))
    }

    /// Brings picture `name` up to `position`: puts in what has a value, takes out what has none.
    ///
    /// Only what changed since the last save is needed. What [`load`](Self::load) would not give (missing,
    /// other schema) is emptied first. The position moves last; when this returns, all of it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Backwards`] below the kept position; otherwise the disk's. A failed save leaves the old position.
    pub fn save<K, V>(
        &self,
        name: &str,
        schema: u32,
        position: u64,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<(), StoreError>
    where
        K: Into<Vec<u8>>,
        V: Into<Vec<u8>>,
    {
        let changes = changes.into_iter().map(|(key, value)| (key.into(), value.map(Into::into)));
        self.write(name, schema, position, Start::Kept, changes)
    }

    /// Puts a whole new picture in the place of `name`, whatever stood there.
    ///
    /// # Errors
    /// The disk's. After a failed replace there is no picture.
    pub fn replace<K, V>(
        &self,
        name: &str,
        schema: u32,
        position: u64,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), StoreError>
    where
        K: Into<Vec<u8>>,
        V: Into<Vec<u8>>,
    {
        let changes = entries.into_iter().map(|(key, value)| (key.into(), Some(value.into())));
        self.write(name, schema, position, Start::Empty, changes)
    }

    /// How far `name` has come, if it ever said so.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Disk`] when it cannot be read.
    pub fn progress(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let bytes = self.db.open_tree(PROGRESS)?.get(name)?;
        bytes
            .map(|bytes| {
                progress_from(name.as_bytes(), &bytes)
                    .ok_or_else(|| StoreError::Damaged { detail: format!("progress {name} does not read") })
            })
            .transpose()
    }

    /// Remembers how far `name` has come; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when the disk refuses.
    pub fn set_progress(&self, name: &str, value: u64) -> Result<(), StoreError> {
        self.ask(Task::Progress { name: name.to_owned(), value })
    }

    /// The highest position that any picture or progress names; the journal is never cut below it. 0 when there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Disk`] when it cannot be read.
    pub fn highest(&self) -> Result<u64, StoreError> {
        let mut highest = 0;
        for tree_name in self.db.tree_names() {
            if picture_name(&tree_name).is_some() {
                let position = head(&self.db.open_tree(&tree_name)?)?.map_or(0, |head| head.position);
                highest = highest.max(position);
            }
        }
        for item in &self.db.open_tree(PROGRESS)? {
            let (name, value) = item?;
            highest = highest.max(progress_from(&name, &value).unwrap_or(0));
        }
        Ok(highest)
    }

    fn write(
        &self,
        name: &str,
        schema: u32,
        position: u64,
        start: Start,
        changes: impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        self.ask(Task::Begin { name: name.to_owned(), schema, position, start })?;
        let (mut batch, mut bytes) = (Changes::new(), 0);
        for (key, value) in changes {
            bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            batch.insert(key, value);
            if batch.len() >= BATCH_ENTRIES || bytes >= BATCH_BYTES {
                self.ask(Task::Change { name: name.to_owned(), changes: std::mem::take(&mut batch) })?;
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            self.ask(Task::Change { name: name.to_owned(), changes: batch })?;
        }
        self.ask(Task::Finish { name: name.to_owned(), position })
    }

    fn ask(&self, task: Task) -> Result<(), StoreError> {
        let (answer, answered) = sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Stopped)?;
        jobs.send(Job { task, answer }).map_err(|_| StoreError::Stopped)?;
        answered.recv().map_err(|_| StoreError::Stopped)?
    }

    fn tree(&self, name: &str) -> Result<Option<sled::Tree>, StoreError> {
        let tree_name = tree_name(name);
        if self.db.tree_names().iter().any(|known| known == tree_name.as_bytes()) {
            Ok(Some(self.db.open_tree(tree_name)?))
        } else {
            Ok(None)
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A panic in it was answered to whoever asked.
            let _ended = writer.join();
        }
    }
}

fn head(tree: &sled::Tree) -> Result<Option<Head>, StoreError> {
    Ok(tree.get(HEAD)?.as_deref().and_then(Head::from_bytes))
}
