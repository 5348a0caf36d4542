//! How a picture lies in a sled tree.
//!
//! One tree a picture. Under [`HEAD`] stands the [`Head`]: schema, position, and the count and sum of all
//! entries. An entry is one chunk or more of at most [`CHUNK`] bytes; the first tells length, checksum and
//! how many. Head and entries change together, in one atomic batch, so count and sum are true at every
//! moment; only the position waits for the end. Whatever is lost or turned old then shows in the sum.

use crate::error::StoreError;

/// Where the head stands; below every entry.
pub(crate) const HEAD: &[u8] = &[0];
/// Most bytes of one sled value. Larger ones would go to files that sled never syncs.
pub(crate) const CHUNK: usize = 8_000;
/// Longest key in bytes; longer ones would grow sled's tree nodes.
pub(crate) const LONGEST_KEY: usize = 512;
/// Checksum, length and count of chunks in front of an entry's first chunk.
const FRONT: usize = 12;
/// Schema, position, count, sum, whether complete, checksum.
const HEAD_BYTES: usize = 4 + 8 + 8 + 8 + 1 + 4;

/// What is known of a picture as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) schema: u32,
    pub(crate) position: u64,
    pub(crate) count: u64,
    /// Wrapping sum of all entries' [`Front::stamp`]s.
    pub(crate) sum: u64,
    /// Whether a first save came to its end.
    pub(crate) complete: bool,
}

impl Head {
    pub(crate) fn empty(schema: u32) -> Self {
        Self { schema, position: 0, count: 0, sum: 0, complete: false }
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend(self.schema.to_be_bytes());
        bytes.extend(self.position.to_be_bytes());
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.sum.to_be_bytes());
        bytes.push(u8::from(self.complete));
        bytes.extend(crc32c::crc32c(&bytes).to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        if bytes.len() != HEAD_BYTES || crc32c::crc32c(body) != u32::from_be_bytes(*crc) {
            return None;
        }
        let (schema, rest) = body.split_first_chunk::<4>()?;
        let (position, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<8>()?;
        let (sum, complete) = rest.split_first_chunk::<8>()?;
        Some(Self {
            schema: u32::from_be_bytes(*schema),
            position: u64::from_be_bytes(*position),
            count: u64::from_be_bytes(*count),
            sum: u64::from_be_bytes(*sum),
            complete: complete == [1],
        })
    }

    pub(crate) fn add(&mut self, stamp: u64) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(stamp);
    }

    pub(crate) fn remove(&mut self, stamp: u64) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(stamp);
    }
}

/// What an entry's first chunk says in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Front {
    /// CRC-32C of key and value together.
    crc: u32,
    length: u32,
    pub(crate) chunks: u32,
}

impl Front {
    fn of(key: &[u8], value: &[u8]) -> Option<Self> {
        let length = u32::try_from(value.len()).ok()?;
        let chunks = u32::try_from((value.len() + FRONT).div_ceil(CHUNK)).ok()?;
        Some(Self { crc: checksum(key, value), length, chunks })
    }

    pub(crate) fn from_bytes(chunk: &[u8]) -> Option<(Self, &[u8])> {
        let (crc, rest) = chunk.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (chunks, rest) = rest.split_first_chunk::<4>()?;
        let front =
            Self { crc: u32::from_be_bytes(*crc), length: u32::from_be_bytes(*length), chunks: u32::from_be_bytes(*chunks) };
        Some((front, rest))
    }

    /// A number for this very key and value, to be summed up.
    pub(crate) fn stamp(self, key: &[u8]) -> u64 {
        // SplitMix64's finaliser: sums of raw checksums would cancel out too easily.
        let mut z = (u64::from(crc32c::crc32c(key)) << 32 | u64::from(self.crc)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn fits(self, key: &[u8], value: &[u8]) -> bool {
        value.len() == self.length as usize && checksum(key, value) == self.crc
    }
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), value)
}

/// Place of one chunk: key order is kept and no key is the beginning of another.
pub(crate) fn place(key: &[u8], chunk: u32) -> Vec<u8> {
    let mut place = Vec::with_capacity(key.len() + 8);
    place.push(1);
    for &byte in key {
        place.push(byte);
        if byte == 0 {
            place.push(0xff);
        }
    }
    place.extend([0, 1]);
    place.extend(chunk.to_be_bytes());
    place
}

/// The key and the number of the chunk at `place`, the way back from [`place`].
pub(crate) fn of_place(place: &[u8], key: &mut Vec<u8>) -> Option<u32> {
    key.clear();
    let (rest, chunk) = place.split_last_chunk::<4>()?;
    let rest = rest.strip_prefix(&[1])?.strip_suffix(&[0, 1])?;
    let mut bytes = rest.iter();
    while let Some(&byte) = bytes.next() {
        key.push(byte);
        if byte == 0 && bytes.next() != Some(&0xff) {
            return None;
        }
    }
    Some(u32::from_be_bytes(*chunk))
}

/// Where a piece of an entry lies, and the piece.
pub(crate) type Chunk = (Vec<u8>, Vec<u8>);

/// The chunks of one entry, each with its place.
pub(crate) fn chunks(name: &str, key: &[u8], value: &[u8]) -> Result<(Front, Vec<Chunk>), StoreError> {
    if key.len() > LONGEST_KEY {
        return Err(StoreError::LongKey { name: name.to_owned(), bytes: key.len(), most: LONGEST_KEY });
    }
    let front = Front::of(key, value)
        .ok_or_else(|| StoreError::Disk { what: "keep a value over 4 GiB", source: std::io::ErrorKind::FileTooLarge.into() })?;
    let (first, rest) = value.split_at(value.len().min(CHUNK - FRONT));
    let mut head = Vec::with_capacity(FRONT + first.len());
    head.extend(front.crc.to_be_bytes());
    head.extend(front.length.to_be_bytes());
    head.extend(front.chunks.to_be_bytes());
    head.extend(first);
    let mut all = vec![(place(key, 0), head)];
    all.extend((1..).zip(rest.chunks(CHUNK)).map(|(number, data)| (place(key, number), data.to_vec())));
    Ok((front, all))
}

/// Walks a whole picture in key order. Nothing when it is damaged; what was given before that is to be thrown away.
pub(crate) fn walk(tree: &sled::Tree, take: &mut dyn FnMut(&[u8], &[u8])) -> Result<Option<Head>, sled::Error> {
    let Some(head) = tree.get(HEAD)?.as_deref().and_then(Head::from_bytes) else {
        return Ok(None);
    };
    let mut seen = Head::empty(head.schema);
    let mut entries = tree.range([1]..);
    let (mut key, mut other) = (Vec::new(), Vec::new());
    let mut value = Vec::new();
    while let Some(item) = entries.next() {
        let (first_place, first) = item?;
        let (Some(0), Some((front, data))) = (of_place(&first_place, &mut key), Front::from_bytes(&first)) else {
            return Ok(None);
        };
        let mut whole = data;
        if front.chunks != 1 {
            value.clear();
            value.extend_from_slice(data);
            for number in 1..front.chunks {
                let Some(item) = entries.next() else { return Ok(None) };
                let (place, data) = item?;
                if of_place(&place, &mut other) != Some(number) || other != key {
                    return Ok(None);
                }
                value.extend_from_slice(&data);
            }
            whole = &value;
        }
        if !front.fits(&key, whole) {
            return Ok(None);
        }
        seen.add(front.stamp(&key));
        take(&key, whole);
    }
    Ok((seen.count == head.count && seen.sum == head.sum).then_some(head))
}
