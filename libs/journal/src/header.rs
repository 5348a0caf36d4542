//! A look at a record's header without copying it; the fold's first step, so it has to be fast.
//!
//! [`header`] walks the layout that [`crate::Draft`] writes, byte by byte. A record laid out otherwise
//! (another writer, another order, spaces) goes to serde, slower and to the same end. `data` stays raw
//! text; what is in it is not looked at beyond finding its end.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::time;

/// A record's header, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// `<command>.<n>`.
    pub id: &'a str,
    /// `hub/<district>/<service>`.
    pub source: &'a str,
    /// What happened; the record's `type`.
    pub kind: &'a str,
    /// `<kind>/<id>` of what it happened to.
    pub subject: &'a str,
    /// When it was recorded.
    pub time: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// The command that led to it.
    pub command: &'a str,
    /// Digest of the request.
    pub digest: &'a str,
    /// The n-th fact of its subject.
    pub version: u64,
    /// When it happened, if that is not when it was recorded.
    pub occurred: Option<&'a str>,
    /// How that time is known.
    pub basis: &'a str,
    /// The policy versions in force.
    pub policy: &'a str,
    /// The W3C trace it belongs to.
    pub traceparent: Option<&'a str>,
    /// The fact, raw JSON.
    pub data: &'a str,
}

impl Header<'_> {
    /// When it was recorded, in milliseconds of Unix time; `None` for an instant of another form.
    #[must_use]
    pub fn time_ms(&self) -> Option<i64> {
        time::parse(self.time)
    }

    /// When it happened, in milliseconds of Unix time: `occurred`, else `time`.
    #[must_use]
    pub fn occurred_ms(&self) -> Option<i64> {
        time::parse(self.occurred.unwrap_or(self.time))
    }
}

/// Bytes that are no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or a field is missing, doubled, escaped or of the wrong type.
    #[error("not a record of this journal")]
    Json(#[from] serde_json::Error),
    /// A newer or older envelope than this code knows.
    #[error("record {id} says specversion {found:?}, only \"1.0\" is known: use a newer hub")]
    Spec {
        /// The record's id.
        id: String,
        /// What it says.
        found: String,
    },
}

/// Reads a record's header.
///
/// # Errors
/// [`RecordError`] when the bytes are no record.
pub fn header(bytes: &[u8]) -> Result<Header<'_>, RecordError> {
    match scan(bytes) {
        Some(header) if one_value(header.data) => Ok(header),
        _ => by_serde(bytes),
    }
}

/// As [`header`], for a reader that parses `data` in full: it is not looked through here, and may have a field behind it.
/// `None` for a record that is laid out otherwise.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Header<'_>> {
    scan(bytes)
}

fn scan(bytes: &[u8]) -> Option<Header<'_>> {
    // A control character is in no string, and between fields there is none as we write them. Looked for in one go over the
    // whole record: then a string's end is all that is left to look for.
    if bytes.iter().fold(false, |found, byte| found | (*byte < 0x20)) {
        return None;
    }
    let mut at = Scan { text: std::str::from_utf8(bytes).ok()?, at: 0 };
    let id = at.literal(r#"{"specversion":"1.0","id":""#)?.string()?;
    let source = at.literal(r#","source":""#)?.string()?;
    let kind = at.literal(r#","type":""#)?.string()?;
    let subject = at.literal(r#","subject":""#)?.string()?;
    let time = at.literal(r#","time":""#)?.string()?;
    let actor = at.literal(r#","datacontenttype":"application/json","actor":""#)?.string()?;
    let command = at.literal(r#","command":""#)?.string()?;
    let digest = at.literal(r#","digest":""#)?.string()?;
    let version = at.literal(r#","version":"#)?.number()?;
    let occurred = match at.literal(r#","occurred":""#) {
        Some(at) => Some(at.string()?),
        None => None,
    };
    let basis = at.literal(r#","basis":""#)?.string()?;
    let policy = at.literal(r#","policy":""#)?.string()?;
    let traceparent = match at.literal(r#","traceparent":""#) {
        Some(at) => Some(at.string()?),
        None => None,
    };
    let data = at.literal(r#","data":"#)?.rest()?;
    Some(Header { id, source, kind, subject, time, actor, command, digest, version, occurred, basis, policy, traceparent, data })
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn literal(&mut self, wanted: &str) -> Option<&mut Self> {
        self.text.as_bytes()[self.at..].starts_with(wanted.as_bytes()).then(|| {
            self.at += wanted.len();
            self
        })
    }

    /// The rest of a string after its opening quote; `None` if anything in it is escaped.
    fn string(&mut self) -> Option<&'a str> {
        let rest = &self.text.as_bytes()[self.at..];
        let len = quote(rest)?;
        if rest[len] != b'"' {
            return None;
        }
        let found = &self.text[self.at..self.at + len];
        self.at += len + 1;
        Some(found)
    }

    fn number(&mut self) -> Option<u64> {
        let rest = &self.text.as_bytes()[self.at..];
        let len = rest.iter().position(|b| !b.is_ascii_digit())?;
        if len == 0 || (len > 1 && rest[0] == b'0') {
            return None;
        }
        let found = self.text[self.at..self.at + len].parse().ok()?;
        self.at += len;
        Some(found)
    }

    /// The rest of the record up to its closing brace.
    fn rest(&mut self) -> Option<&'a str> {
        self.text[self.at..].strip_suffix('}').filter(|value| !value.is_empty())
    }
}

/// Only brackets and strings are followed, to be sure that no other field comes after the value.
fn one_value(value: &str) -> bool {
    fn walk(value: &[u8]) -> Option<bool> {
        let (mut depth, mut at) = (0_usize, 0);
        while at < value.len() {
            match value[at] {
                b'"' => at = string_end(value, at + 1)?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return None,
                _ => {}
            }
            at += 1;
        }
        Some(depth == 0)
    }
    walk(value.as_bytes()).unwrap_or(false)
}

fn string_end(value: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += quote(value.get(at..)?)?;
        if value[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Where the first quote or backslash is. Eight bytes at a time, by the carries of a subtraction (Bit Twiddling Hacks,
/// "Determine if a word has a zero byte"): names are short, too short for a library's wide registers to be worth the call, but
/// a rebuild reads billions of bytes.
fn quote(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const fn zero(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word & HIGH
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (nth, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c));
        if found != 0 {
            return Some(nth * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let tail = rest.iter().position(|&b| b == b'"' || b == b'\\')?;
    Some(words.len() * 8 + tail)
}

#[derive(Deserialize)]
struct Fields<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: &'a str,
    time: &'a str,
    actor: &'a str,
    command: &'a str,
    digest: &'a str,
    version: u64,
    occurred: Option<&'a str>,
    basis: &'a str,
    policy: &'a str,
    traceparent: Option<&'a str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

fn by_serde(bytes: &[u8]) -> Result<Header<'_>, RecordError> {
    let fields: Fields<'_> = serde_json::from_slice(bytes)?;
    if fields.specversion != "1.0" {
        return Err(RecordError::Spec { id: fields.id.to_owned(), found: fields.specversion.to_owned() });
    }
    let Fields { id, source, kind, subject, time, actor, command, digest, version, occurred, basis, policy, traceparent, .. } =
        fields;
    let data = fields.data.get();
    Ok(Header { id, source, kind, subject, time, actor, command, digest, version, occurred, basis, policy, traceparent, data })
}

#[cfg(test)]
mod tests;
