//! The port behind which keys are kept.

use std::io;

use crate::{
    key::Key,
    keys::{DayKeys, KeyName},
};

/// What a ring of keys can do. One in a file is [`FileKeyring`](crate::FileKeyring).
///
/// Every change is durable before it returns, and before any new key is used.
pub trait Keyring: Send + Sync {
    /// The keys of one day and agency; nothing when this process was not given them. Never waits for a network.
    fn get(&self, name: &KeyName) -> Option<DayKeys>;

    /// The secret that digests of personal data are keyed with; the same for the life of the hub.
    fn hub_secret(&self) -> Key;

    /// Moves on whenever a key that may be in use has changed or died; derived keys are forgotten then.
    fn epoch(&self) -> u64;

    /// Makes the keys of these days and agencies that are missing; says how many that were.
    ///
    /// # Errors
    /// [`KeyringError`] when a name is none, or the keys cannot be kept; no new key is in use then.
    fn prepare(&self, days: &[String], agencies: &[&str]) -> Result<usize, KeyringError>;

    /// Destroys one report's key. `others` are **all** other reports of that day and agency, erased
    /// ones aside: their keys are written out singly, and what is not named dies with the day key.
    ///
    /// # Errors
    /// [`KeyringError`] when it cannot be made durable; ask again, it is safe to repeat.
    fn erase(&self, day: &str, agency: &str, report: &str, others: &[String]) -> Result<(), KeyringError>;
}

/// Why keys could not be made, kept or taken over.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A name that is none.
    #[error("`{name}` names no key; give a day like 2026-07-08, an agency in plain letters, a report's id")]
    Name {
        /// What was given.
        name: String,
    },
    /// The key is another process's.
    #[error("this process was not given the keys of {agency}; ask one that was")]
    NotGiven {
        /// Whose key was meant.
        agency: String,
    },
    /// Two different keys under one name.
    #[error("both sides hold a different key named {name}; import into an empty key directory instead")]
    Differs {
        /// The name.
        name: String,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gives no randomness for a new key")]
    Random,
    /// The key file does not read.
    #[error("key file {path} is damaged; put its backup in place and start again")]
    Damaged {
        /// The file.
        path: String,
    },
    /// No ring where one has to be.
    #[error(
        "no keys in {dir}, and new ones would open nothing that was sealed before; put the backup of keys.json and \
         erased.json back there, or start with data that nothing was sealed in"
    )]
    Missing {
        /// Where the ring was looked for.
        dir: String,
    },
    /// The servers that keep the keys did not do it.
    #[error("cannot {what} the keys that the journal's servers keep")]
    Away {
        /// What was tried.
        what: &'static str,
        /// What they said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk did not do it.
    #[error("cannot {what} {path}")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
