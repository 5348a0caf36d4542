//! A batch as bytes: signed by its writer, and believed by its reader only when all of it fits.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use wire::{
    Message as _,
    v1::{Batch, SignedBatch},
};

/// Stands before the bytes that are signed, so that no signature made for something else fits a batch.
const CONTEXT: &[u8] = b"lianqin-ferry-v1\n";

/// A text that is no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an Ed25519 key: write 64 hex digits")]
pub struct BadKey;

/// Why a file is not believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadBatch {
    /// It is no signed batch, or not all of one.
    #[error("not a whole batch")]
    Torn,
    /// Somebody else signed it, or it was changed.
    #[error("the signature does not fit")]
    Signature,
    /// It says that another writer wrote it.
    #[error("written by {from:?}, not by {expected:?}")]
    From {
        /// Who wrote it.
        from: String,
        /// Who should have.
        expected: String,
    },
    /// It is for somebody else.
    #[error("for {to:?}, not for {expected:?}")]
    To {
        /// Whom it is for.
        to: String,
        /// Who reads it.
        expected: String,
    },
    /// It is of another district.
    #[error("of district {district:?}, not of {expected:?}")]
    District {
        /// Whose it is.
        district: String,
        /// Whose it should be.
        expected: String,
    },
    /// Its name says another number than it does.
    #[error("named {named}, but numbered {number}")]
    Number {
        /// The number in the file's name.
        named: u64,
        /// The number in the batch.
        number: u64,
    },
    /// It is too large to be looked at.
    #[error("{bytes} bytes are too many")]
    TooLarge {
        /// How large.
        bytes: u64,
    },
    /// It is no plain file.
    #[error("not a plain file")]
    NotAFile,
}

/// Signs what one side writes.
pub struct Signer(SigningKey);

impl Signer {
    /// From the seed: 64 hex digits, white space around them ignored.
    ///
    /// # Errors
    /// [`BadKey`] for any other text.
    pub fn from_hex(seed: &str) -> Result<Self, BadKey> {
        bytes(seed).map(|seed| Self(SigningKey::from_bytes(&seed)))
    }

    /// The public key, as the other side is told it.
    #[must_use]
    pub fn public(&self) -> String {
        self.0.verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The batch with its signature.
    #[must_use]
    pub fn sign(&self, batch: &Batch) -> SignedBatch {
        let batch = batch.encode_to_vec();
        let signature = self.0.sign(&[CONTEXT, &batch].concat()).to_bytes().to_vec();
        SignedBatch { batch, signature }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public())
    }
}

/// Believes what one other side wrote, for one reader, in one district.
#[derive(Debug, Clone)]
pub struct Verifier {
    key: VerifyingKey,
    from: String,
    to: String,
    district: String,
}

impl Verifier {
    /// Of batches by `from` for `to` in `district`; `key` is the writer's public key: 64 hex digits.
    ///
    /// # Errors
    /// [`BadKey`] for a text that is no public key.
    pub fn new(key: &str, from: &str, to: &str, district: &str) -> Result<Self, BadKey> {
        let key = VerifyingKey::from_bytes(&bytes(key)?).map_err(|_| BadKey)?;
        Ok(Self { key, from: from.to_owned(), to: to.to_owned(), district: district.to_owned() })
    }

    /// Whose batches these are.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The batch in the bytes of a file.
    ///
    /// # Errors
    /// [`BadBatch`] where anything does not fit; nothing of it is then to be used.
    pub fn read(&self, file: &[u8]) -> Result<Batch, BadBatch> {
        let signed = SignedBatch::decode(file).map_err(|_| BadBatch::Torn)?;
        let signature = Signature::from_slice(&signed.signature).map_err(|_| BadBatch::Torn)?;
        let message = [CONTEXT, &signed.batch].concat();
        self.key.verify_strict(&message, &signature).map_err(|_| BadBatch::Signature)?;
        let batch = Batch::decode(signed.batch.as_slice()).map_err(|_| BadBatch::Torn)?;
        if batch.from != self.from {
            return Err(BadBatch::From { from: batch.from, expected: self.from.clone() });
        }
        if batch.to != self.to {
            return Err(BadBatch::To { to: batch.to, expected: self.to.clone() });
        }
        if batch.district != self.district {
            return Err(BadBatch::District { district: batch.district, expected: self.district.clone() });
        }
        Ok(batch)
    }
}

/// 32 bytes from 64 hex digits.
fn bytes(hex: &str) -> Result<[u8; 32], BadKey> {
    let hex = hex.trim().as_bytes();
    let mut out = [0; 32];
    if hex.len() != 64 {
        return Err(BadKey);
    }
    for (byte, pair) in out.iter_mut().zip(hex.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).ok_or(BadKey);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| BadKey)?;
    }
    Ok(out)
}
