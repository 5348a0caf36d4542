//! The keys of sealed data with the journal's servers: one ring for all processes of a hub.
//!
//! The bucket keeps the hub's secret and each day's keys by themselves, so that two processes that make keys at one moment
//! meet on one of them: whoever comes second takes over what the first has put. Every process holds the whole ring in memory
//! and looks for what others made; sealing and opening ask nobody. No key is on a process' own disk.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use seal::{DayKeys, Erasure, Key, KeyName, Keyring, KeyringError, Keys};
use tokio::runtime::Handle;

use super::bucket::{Bucket, Put, Value};

/// The key under which the hub's secret is.
const HUB: &str = "hub";
/// How often the bucket is asked for what others put.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long after an error that stays the next look waits.
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);
/// How often a change is tried again because others changed the same day.
const TRIES: usize = 32;

/// A ring of keys in a bucket.
pub struct BucketKeyring {
    bucket: Bucket,
    keys: RwLock<Keys>,
    epoch: AtomicU64,
    /// Up to here the bucket is known.
    seen: AtomicU64,
    runtime: Handle,
}

impl BucketKeyring {
    /// Reads the ring; makes one where there is none and `may_begin`. Whoever knows that something was sealed before does
    /// not: a new ring would open none of it.
    ///
    /// # Errors
    /// [`KeyringError::Missing`] where there is none and none may be made; [`KeyringError::Away`] without an answer.
    pub async fn open(bucket: Bucket, may_begin: bool) -> Result<Arc<Self>, KeyringError> {
        let hub = match bucket.get(HUB).await.map_err(away("read"))? {
            Some(value) => read(&bucket, value)?,
            None if may_begin => begin(&bucket).await?,
            None => return Err(KeyringError::Missing { dir: format!("bucket {}", bucket.name()) }),
        };
        let ring = Self::of(bucket, hub);
        ring.look().await?;
        Ok(Arc::new(ring))
    }

    /// Takes over what other processes put, until the journal is closed. Servers that are away are waited for.
    pub async fn follow(self: Arc<Self>) {
        while !self.bucket.closed() {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.look().await {
                Ok(()) => {}
                Err(error @ KeyringError::Away { .. }) => {
                    tracing::debug!(%error, "keys of other processes cannot be looked for now");
                }
                // Asking again does not mend it: what is sealed with them cannot be opened here.
                Err(error) => {
                    tracing::error!(%error, "the keys that another process put cannot be taken over");
                    tokio::time::sleep(COMPLAIN_EVERY).await;
                }
            }
        }
    }

    /// Every key and erasure, for a backup or a move.
    #[must_use]
    pub fn export(&self) -> Keys {
        self.read().clone()
    }

    /// Takes over an export, older or newer; no dead key comes alive by it. Where there is no ring yet the export becomes it:
    /// its days first and the hub's secret last, so that nobody begins to work with half of it.
    ///
    /// # Errors
    /// [`KeyringError::Differs`] where both hold different keys under one name; [`KeyringError::Away`] without an answer:
    /// ask again, it goes on.
    pub async fn import(bucket: Bucket, copy: Keys) -> Result<(), KeyringError> {
        let hub = bucket.get(HUB).await.map_err(away("read"))?;
        let there = hub.is_some();
        let keys = match hub {
            Some(value) => read(&bucket, value)?,
            None => copy.alone(None),
        };
        let ring = Self::of(bucket, keys);
        ring.look().await?;
        // Looked at as a whole before anything is changed.
        ring.export().import(copy.clone())?;
        for name in copy.names() {
            let theirs = copy.alone(Some(&name));
            ring.change(&name, |day| day.import(theirs.clone())).await?;
        }
        if there {
            return Ok(());
        }
        match ring.bucket.put(HUB, &written(&copy.alone(None)), 0).await.map_err(away("change"))? {
            Put::Done { .. } => Ok(()),
            Put::Conflict { .. } => Err(KeyringError::Differs { name: HUB.to_owned() }),
        }
    }

    fn of(bucket: Bucket, keys: Keys) -> Self {
        let (keys, epoch, seen) = (RwLock::new(keys), AtomicU64::new(0), AtomicU64::new(0));
        Self { bucket, keys, epoch, seen, runtime: Handle::current() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what was put since the last look.
    async fn look(&self) -> Result<(), KeyringError> {
        loop {
            let seen = self.seen.load(Ordering::Acquire);
            let Some(value) = self.bucket.after(seen).await.map_err(away("read"))? else { return Ok(()) };
            let revision = value.1;
            self.take_over(read(&self.bucket, value)?)?;
            self.seen.fetch_max(revision, Ordering::AcqRel);
        }
    }

    fn take_over(&self, copy: Keys) -> Result<(), KeyringError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let before = keys.clone();
        keys.import(copy)?;
        if *keys != before {
            self.epoch.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    /// Changes what the bucket has of one day, and only then uses it.
    async fn change(&self, name: &KeyName, change: impl Fn(&mut Keys) -> Result<(), KeyringError>) -> Result<(), KeyringError> {
        let key = format!("day/{name}");
        for _ in 0..TRIES {
            let (mut day, revision) = match self.bucket.get(&key).await.map_err(away("read"))? {
                Some(value) => {
                    let revision = value.1;
                    (read(&self.bucket, value)?, revision)
                }
                None => (self.read().alone(None), 0),
            };
            let before = (revision != 0).then(|| day.clone());
            change(&mut day)?;
            if before.as_ref() == Some(&day) {
                // Put by a call whose answer was lost, perhaps before what it replaced was erased.
                self.bucket.erase_before(&key, revision).await.map_err(away("erase"))?;
                return self.take_over(day);
            }
            match self.bucket.put(&key, &written(&day), revision).await.map_err(away("change"))? {
                Put::Done { .. } => return self.take_over(day),
                Put::Conflict { .. } => {}
            }
        }
        Err(away("change")(std::io::Error::other(format!("others kept changing {name}"))))
    }

    /// Waits for an answer of the servers within a call that is none of async code.
    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::task::block_in_place(|| self.runtime.block_on(work))
    }
}

impl Keyring for BucketKeyring {
    fn get(&self, name: &KeyName) -> Option<DayKeys> {
        self.read().get(name).cloned()
    }

    fn hub_secret(&self) -> Key {
        self.read().hub().clone()
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn prepare(&self, days: &[String], agencies: &[&str]) -> Result<usize, KeyringError> {
        let mut names = BTreeSet::new();
        for day in days {
            for agency in agencies {
                names.insert(KeyName::new(day, agency)?);
            }
        }
        names.retain(|name| self.get(name).is_none());
        if names.is_empty() {
            return Ok(0);
        }
        self.wait(async {
            for name in &names {
                self.change(name, |day| day.prepare(std::slice::from_ref(name)).map(|_| ())).await?;
            }
            Ok(names.len())
        })
    }

    fn erase(&self, day: &str, agency: &str, report: &str, others: &[String]) -> Result<(), KeyringError> {
        let name = KeyName::new(day, agency)?;
        let others = others.iter().filter(|other| *other != report).cloned().collect();
        let erasure = Erasure { name: name.clone(), report: report.to_owned(), others };
        self.wait(self.change(&name, |day| day.erase(&erasure)))
    }
}

/// A new ring, or the one that another process has put a moment before.
async fn begin(bucket: &Bucket) -> Result<Keys, KeyringError> {
    let new = Keys::new()?;
    match bucket.put(HUB, &written(&new), 0).await.map_err(away("begin"))? {
        Put::Done { .. } => Ok(new),
        Put::Conflict { .. } => match bucket.get(HUB).await.map_err(away("read"))? {
            Some(value) => read(bucket, value),
            None => Err(KeyringError::Missing { dir: format!("bucket {}", bucket.name()) }),
        },
    }
}

fn written(keys: &Keys) -> Vec<u8> {
    serde_json::to_vec(keys).expect("keys have text names only and always become JSON")
}

fn read(bucket: &Bucket, (bytes, revision): Value) -> Result<Keys, KeyringError> {
    let damaged = |_| KeyringError::Damaged { path: format!("revision {revision} of bucket {}", bucket.name()) };
    serde_json::from_slice(&bytes).map_err(damaged)
}

fn away<E: Into<Box<dyn std::error::Error + Send + Sync>>>(what: &'static str) -> impl Fn(E) -> KeyringError {
    move |error| KeyringError::Away { what, source: error.into() }
}
