//! Every subject's last position and version, in little memory: a million subjects in some 60 MB.
//!
//! Subjects are kept as 128-bit hashes. They are not secret and ids are made from digests, so no one can
//! aim at a collision; what is read back is compared with the subject itself all the same.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::port::Position;

/// A subject's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) [u32; 4]);

/// Where a subject stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Last {
    /// Its last fact's position.
    pub(crate) position: Position,
    /// Its last fact's version.
    pub(crate) version: u32,
}

/// Maps keyed by what is a hash already.
pub(crate) type KeyMap<V> = HashMap<Key, V, BuildHasherDefault<AsIs>>;

/// Every subject's last position and version.
#[derive(Debug, Default)]
pub(crate) struct Subjects(KeyMap<Packed>);

/// [`Last`] without padding.
#[derive(Debug, Clone, Copy)]
struct Packed([u32; 3]);

impl Subjects {
    pub(crate) fn get(&self, key: Key) -> Last {
        self.0.get(&key).map_or_else(Last::default, |&Packed([high, low, version])| Last {
            position: u64::from(high) << 32 | u64::from(low),
            version,
        })
    }

    pub(crate) fn set(&mut self, key: Key, last: Last) {
        let packed = Packed([(last.position >> 32) as u32, last.position as u32, last.version]);
        self.0.insert(key, packed);
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.0.reserve(more.saturating_sub(self.0.capacity() - self.0.len()));
    }
}

impl Key {
    /// Hashes a subject; written into index files, so it never changes.
    pub(crate) fn of(subject: &str) -> Self {
        let mut lanes = [0x9e37_79b9_7f4a_7c15 ^ subject.len() as u64, 0xc2b2_ae3d_27d4_eb4f];
        for chunk in subject.as_bytes().chunks(8) {
            let word = chunk.iter().rev().fold(0_u64, |word, &b| word << 8 | u64::from(b));
            lanes[0] = mix(lanes[0] ^ word, 0xa076_1d64_78bd_642f);
            lanes[1] = mix(lanes[1] ^ word.rotate_left(32), 0xe703_7ed1_a0b4_28db);
        }
        let (a, b) = (mix(lanes[0], 0x8ebc_6af0_9c88_c6e3 ^ lanes[1]), mix(lanes[1], 0x5899_65cc_7537_4cc3 ^ lanes[0]));
        Self([(a >> 32) as u32, a as u32, (b >> 32) as u32, b as u32])
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut out = [0; 16];
        for (four, part) in out.chunks_exact_mut(4).zip(self.0) {
            four.copy_from_slice(&part.to_be_bytes());
        }
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let part = |at: usize| bytes[at..at + 4].iter().fold(0, |value, &b| value << 8 | u32::from(b));
        Self([part(0), part(4), part(8), part(12)])
    }
}

/// Both halves of the 128-bit product, folded.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x2d35_8dcc_aa6c_78a5) * u128::from(b | 1);
    product as u64 ^ (product >> 64) as u64 ^ a.rotate_left(23)
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.0[0]) << 32 | u64::from(self.0[1]));
    }
}

/// Takes a hash for what it is.
#[derive(Debug, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(b);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests;
