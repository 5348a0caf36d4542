//! From stored bytes to facts with their stamps.

use domain::{
    fact::{self, Fact, Stamp, command_key, digest_key},
    incident::Basis,
};
use journal::{Entry, Header};

/// A decoded batch: the facts, and where the first unreadable record stands, if one does.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Facts in order, up to the first that could not be read.
    pub facts: Vec<(Fact, Stamp)>,
    /// Position and reason of a record that could not be read: nothing behind it may be folded.
    pub broken: Option<(u64, String)>,
}

/// Decodes entries in order; stops at the first that cannot be read.
#[must_use]
pub fn decode(entries: &[Entry]) -> Decoded {
    let mut decoded = Decoded { facts: Vec::with_capacity(entries.len()), broken: None };
    let mut last = None;
    for entry in entries {
        match one(entry, &mut last) {
            Ok(fact) => decoded.facts.push(fact),
            Err(reason) => {
                decoded.broken = Some((entry.position, reason));
                break;
            }
        }
    }
    decoded
}

/// Decodes many entries beside the fold, on a thread that may block. A decoder that panics is a record that cannot be
/// read: nothing is skipped.
pub(super) async fn decode_aside(entries: Vec<Entry>) -> Decoded {
    let first = entries.first().map_or(0, |entry| entry.position);
    let decoded = tokio::task::spawn_blocking(move || decode(&entries)).await;
    decoded.unwrap_or_else(|error| Decoded { facts: Vec::new(), broken: Some((first, error.to_string())) })
}

/// A command's id and its key: the facts of one decision stand one behind the other, and each names its command.
type Keyed<'a> = Option<(&'a str, u128)>;

fn one<'a>(entry: &'a Entry, last: &mut Keyed<'a>) -> Result<(Fact, Stamp), String> {
    let quick = journal::peek(&entry.bytes);
    if let Some((header, Ok(fact))) = quick.map(|header| (header, fact::read(header.kind, header.subject, header.data))) {
        return stamped(entry, &header, fact, last);
    }
    let header = journal::header(&entry.bytes).map_err(|error| error.to_string())?;
    let fact = fact::read(header.kind, header.subject, header.data).map_err(|error| with_source(&error))?;
    stamped(entry, &header, fact, last)
}

fn stamped<'a>(entry: &Entry, header: &Header<'a>, fact: Fact, last: &mut Keyed<'a>) -> Result<(Fact, Stamp), String> {
    let command = match *last {
        Some((id, key)) if id == header.command => key,
        _ => command_key(header.command),
    };
    *last = Some((header.command, command));
    let stamp = Stamp {
        position: entry.position,
        version: u32::try_from(header.version).map_err(|_| format!("version {} is beyond all sense", header.version))?,
        time: header.time.parse().map_err(|error: domain::time::BadTime| error.to_string())?,
        occurred: header.occurred.map(str::parse).transpose().map_err(|error: domain::time::BadTime| error.to_string())?,
        basis: Basis::from_word(header.basis).ok_or_else(|| format!("basis `{}` is unknown", header.basis))?,
        actor: header.actor.into(),
        command,
        digest: digest_key(header.digest).ok_or_else(|| format!("digest `{}` is not 32 hexadecimal digits", header.digest))?,
    };
    Ok((fact, stamp))
}

fn with_source(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
