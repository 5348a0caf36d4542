//! Folds records from standard input, one a line in the order of the journal, with nothing but the rules; prints the last
//! position and the board's digest. `hub follow --once --json | cargo run --release -p domain --example digest`; bare records do
//! as well.
//!
//! What an auditor needs to check a digest on a machine of his own; the tests compare builds with it.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that reads and answers; the rules do not")]

use std::{error::Error, io::BufRead as _};

use domain::{
    board::Board,
    fact::{self, Fact, Stamp, command_key, digest_key},
    incident::Basis,
};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Record {
    r#type: String,
    subject: String,
    time: String,
    actor: String,
    command: String,
    digest: String,
    version: u32,
    occurred: Option<String>,
    basis: String,
    data: Box<RawValue>,
}

/// A line of `hub follow --json`: a record in its frame.
#[derive(Deserialize)]
struct Framed {
    record: Box<RawValue>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Position 1 names the district.
    let mut board = None;
    for (position, line) in (1..).zip(std::io::stdin().lock().lines()) {
        let line = line?;
        let record: Record = match serde_json::from_str::<Framed>(&line) {
            Ok(framed) => serde_json::from_str(framed.record.get())?,
            Err(_) => serde_json::from_str(&line)?,
        };
        let stamp = Stamp {
            position,
            version: record.version,
            time: record.time.parse()?,
            occurred: record.occurred.map(|text| text.parse()).transpose()?,
            basis: Basis::from_word(&record.basis).ok_or("the basis is unknown")?,
            actor: record.actor.into(),
            command: command_key(&record.command),
            digest: digest_key(&record.digest).ok_or("the digest is not 32 hexadecimal digits")?,
        };
        let fact = fact::read(&record.r#type, &record.subject, record.data.get())?;
        if let Fact::Journal(fact::Journal::Opened(opened)) = &fact {
            board = Some(Board::new(opened.district.parse()?));
        }
        // Everything stays warm: whether something is cold shows in no digest.
        board.as_mut().ok_or("the first record is not journal.opened")?.apply(&fact, &stamp)?;
    }
    let board = board.ok_or("there are no records")?;
    let digest: String = board.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{} {digest}", board.position());
    Ok(())
}
