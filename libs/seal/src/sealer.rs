//! Seals and opens fields. Deterministic: the same words under the same key give the same box.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    key::Key,
    keys::{KeyName, report_reads},
    ring::Keyring,
    sealed::Sealed,
};

/// Length of an XChaCha20 nonce in bytes.
const NONCE: usize = 24;
/// How many derived report keys are kept at hand: some 1 MiB, and a busy day's reports.
const AT_HAND: usize = 8_192;

/// Why a field could not be sealed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No key of that day and agency here.
    #[error("no key {name} here; prepare the day's keys first")]
    NoKey {
        /// The key that is missing.
        name: String,
    },
    /// The report was erased; nothing more is sealed for it.
    #[error("report {report} is erased; nothing can be added to it")]
    Erased {
        /// The report.
        report: String,
    },
}

/// Why a field could not be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// This process was not given that key.
    #[error("no key {name} here; ask a process of that agency")]
    NoKey {
        /// The key that is missing.
        name: String,
    },
    /// The report was erased: its words are gone for ever.
    #[error("the data under {name} is erased")]
    Erased {
        /// The key that was destroyed.
        name: String,
    },
    /// Not what was sealed: changed on the way, or another field's box.
    #[error("the sealed {field} under {name} does not open; the box was changed or belongs elsewhere")]
    Damaged {
        /// The field that was asked for.
        field: String,
        /// The key it names.
        name: String,
    },
}

/// Seals and opens with the keys of one ring. Cheap to share behind an `Arc`.
pub struct Sealer {
    ring: Arc<dyn Keyring>,
    hub: Key,
    at_hand: Mutex<AtHand>,
}

/// Derived keys of one epoch of the ring.
struct AtHand {
    epoch: u64,
    keys: HashMap<String, ReportKey>,
}

#[derive(Clone)]
struct ReportKey {
    key: Key,
    /// Part of the day died: what does not open was under a destroyed key.
    broken: bool,
}

enum Missing {
    NoKey,
    Erased,
}

impl Sealer {
    /// A sealer over `ring`.
    #[must_use]
    pub fn new(ring: Arc<dyn Keyring>) -> Self {
        let hub = ring.hub_secret();
        let at_hand = Mutex::new(AtHand { epoch: ring.epoch(), keys: HashMap::new() });
        Self { ring, hub, at_hand }
    }

    /// The ring underneath.
    #[must_use]
    pub fn ring(&self) -> &Arc<dyn Keyring> {
        &self.ring
    }

    /// Seals one field of `report` under the key of `day` and `agency`.
    ///
    /// # Errors
    /// [`SealError::NoKey`] when that key was not made or not given, [`SealError::Erased`] for an erased report.
    pub fn seal(&self, day: &str, agency: &str, report: &str, field: &str, plaintext: &str) -> Result<Sealed, SealError> {
        let name = format!("{day}/{agency}/{report}");
        let report_key = match self.report_key(&name) {
            Ok(found) => found,
            Err(Missing::NoKey) => return Err(SealError::NoKey { name }),
            Err(Missing::Erased) => return Err(SealError::Erased { report: report.to_owned() }),
        };
        let nonce = nonce(&report_key.key, field, plaintext);
        let payload = Payload { msg: plaintext.as_bytes(), aad: &context(&name, field) };
        let text = cipher(&report_key.key)
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("a field is far below the cipher's 256 GiB");
        let mut data = Vec::with_capacity(NONCE + text.len());
        data.extend_from_slice(&nonce);
        data.extend_from_slice(&text);
        Ok(Sealed { field: field.to_owned(), key: name, data: URL_SAFE_NO_PAD.encode(data) })
    }

    /// Opens a box that should be `field`.
    ///
    /// # Errors
    /// [`OpenError`]: not this process's key, erased, or not what was sealed.
    pub fn open(&self, sealed: &Sealed, field: &str) -> Result<String, OpenError> {
        let damaged = || OpenError::Damaged { field: field.to_owned(), name: sealed.key.clone() };
        let report_key = match self.report_key(&sealed.key) {
            Ok(found) => found,
            Err(Missing::NoKey) => return Err(OpenError::NoKey { name: sealed.key.clone() }),
            Err(Missing::Erased) => return Err(OpenError::Erased { name: sealed.key.clone() }),
        };
        let data = URL_SAFE_NO_PAD.decode(&sealed.data).map_err(|_| damaged())?;
        let (nonce, text) = data.split_at_checked(NONCE).ok_or_else(damaged)?;
        let payload = Payload { msg: text, aad: &context(&sealed.key, field) };
        match cipher(&report_key.key).decrypt(XNonce::from_slice(nonce), payload) {
            Ok(plain) if sealed.field == field => String::from_utf8(plain).map_err(|_| damaged()),
            Err(_) if report_key.broken && sealed.field == field => Err(OpenError::Erased { name: sealed.key.clone() }),
            Ok(_) | Err(_) => Err(damaged()),
        }
    }

    /// A keyed digest: equal for equal bytes, not to be guessed from the open log without the hub's secret.
    #[must_use]
    pub fn fingerprint(&self, bytes: &[u8]) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&mac(&self.hub, &[bytes])[..16]);
        short
    }

    fn report_key(&self, name: &str) -> Result<ReportKey, Missing> {
        // Read before the keys are: a change in between makes us forget once too often, never too seldom.
        let epoch = self.ring.epoch();
        {
            let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
            if at_hand.epoch != epoch {
                at_hand.keys.clear();
                at_hand.epoch = epoch;
            }
            if let Some(known) = at_hand.keys.get(name) {
                return Ok(known.clone());
            }
        }
        let (day, report) = KeyName::of_report(name).ok_or(Missing::NoKey)?;
        debug_assert!(report_reads(report), "a key name with an odd report was split");
        let day = self.ring.get(&day).ok_or(Missing::NoKey)?;
        let key = day.of_report(report).ok_or(Missing::Erased)?;
        let found = ReportKey { key, broken: day.is_broken() };
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if at_hand.epoch == epoch {
            if at_hand.keys.len() >= AT_HAND {
                at_hand.keys.clear();
            }
            at_hand.keys.insert(name.to_owned(), found.clone());
        }
        Ok(found)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// What a box is bound to besides its key: the key's name and the field.
fn context(name: &str, field: &str) -> Vec<u8> {
    [name.as_bytes(), &[0], field.as_bytes()].concat()
}

/// Taken from the words themselves: no random number on the write path, and a nonce repeats only with its text.
fn nonce(key: &Key, field: &str, plaintext: &str) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&mac(key, &[field.as_bytes(), &[0], plaintext.as_bytes()])[..NONCE]);
    nonce
}

fn mac(key: &Key, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.bytes()).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
