//! Personal data: sealed fields, their keys, erasure, and masking of plain words.
//!
//! Names, addresses and police text leave a process only as [`Sealed`]. One key a day and agency is
//! made ahead; a report's key is derived from it, so sealing writes nothing, asks nobody and draws
//! no random number. Erasing a report destroys the key it was sealed with.
//!
//! Knows no journal, no store, no clock and no network: another home for the keys comes in behind
//! [`Keyring`]. Read [`Sealer`] first, then [`Keys`], then [`mask`](fn@mask).

mod file;
mod key;
mod keys;
mod mask;
mod restricted;
mod ring;
mod sealed;
mod sealer;
#[cfg(test)]
mod tests;

pub use file::FileKeyring;
pub use key::Key;
pub use keys::{DayKeys, Erasure, KeyName, Keys};
pub use mask::{Hit, Kind, Masked, mask};
pub use restricted::restricted;
pub use ring::{Keyring, KeyringError};
pub use sealed::Sealed;
pub use sealer::{OpenError, SealError, Sealer};
