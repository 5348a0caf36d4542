//! 32 secret bytes: made by the operating system, wiped when dropped, never printed.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{OsRng, rand_core::RngCore};
use hkdf::Hkdf;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ring::KeyringError;

/// A secret of 32 bytes. Its `Debug` tells nothing; serde writes it as base64url, for key files only.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes bytes that are already secret.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a new key from the operating system.
    ///
    /// # Errors
    /// [`KeyringError::Random`] when the operating system has no randomness to give.
    pub fn random() -> Result<Self, KeyringError> {
        let mut key = Self([0; 32]);
        OsRng.try_fill_bytes(&mut key.0).map_err(|_| KeyringError::Random)?;
        Ok(key)
    }

    /// The key of one report under this day key: HKDF-SHA256, the report's id as info.
    #[must_use]
    pub fn of_report(&self, report: &str) -> Self {
        let mut key = Self([0; 32]);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(report.as_bytes(), &mut key.0)
            .expect("32 bytes are far below the 8,160 that HKDF-SHA256 can give");
        key
    }

    /// The bytes, for a cipher.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0)))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut key = Self([0; 32]);
        // One byte more than a key, so that a longer secret is seen and refused.
        let mut bytes = Zeroizing::new([0u8; 36]);
        match URL_SAFE_NO_PAD.decode_slice(text.as_bytes(), &mut bytes[..]) {
            Ok(32) => {
                key.0.copy_from_slice(&bytes[..32]);
                Ok(key)
            }
            // The text itself is secret and stays out of the message.
            Ok(_) | Err(_) => Err(de::Error::custom("a key is 32 bytes in base64url without padding")),
        }
    }
}
