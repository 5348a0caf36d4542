//! A server looked at without the product's client: its files, its monitoring address, and a little NATS spoken by hand.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

/// One connection to one server.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    /// Where its answers go: nobody else's, and no earlier connection's.
    inbox: String,
}

impl Connection {
    /// Greets the server at this address; nothing is waited for longer than `patience`.
    pub(crate) fn to(address: &str, patience: Duration) -> std::io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(patience))?;
        let inbox = format!("in.{}.{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut connection = Self { reader: BufReader::new(socket), inbox };
        connection.line()?;
        let about = json!({ "verbose": false, "headers": true, "no_responders": true });
        connection.say(format!("CONNECT {about}\r\nSUB {} 1\r\nPING\r\n", connection.inbox).as_bytes())?;
        while connection.line()? != "PONG" {}
        Ok(connection)
    }

    fn say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Asks the cluster something, and gives its answer.
    pub(crate) fn api(&mut self, subject: &str, request: &Value) -> std::io::Result<Value> {
        let request = request.to_string();
        self.say(format!("PUB $JS.API.{subject} {} {}\r\n{request}\r\n", self.inbox, request.len()).as_bytes())?;
        loop {
            let line = self.line()?;
            if line == "PING" {
                self.say(b"PONG\r\n")?;
            } else if line.starts_with("HMSG ") {
                return Err(std::io::Error::other("nobody answers"));
            } else if line.starts_with("MSG ") {
                return Ok(serde_json::from_str(&self.line()?)?);
            }
        }
    }
}

/// Every message in the files of one server's stream, in order. A file ends with what was written last, so half a message
/// there is not there yet.
pub(crate) fn stored(folder: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let number = |file: &PathBuf| file.file_stem().and_then(|name| name.to_str()?.parse::<u64>().ok());
    let listed = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut blocks: Vec<_> =
        listed.iter().map(fs::DirEntry::path).filter(|file| file.extension() == Some("blk".as_ref())).collect();
    blocks.sort_by_key(number);
    let mut all = Vec::new();
    for block in blocks {
        let bytes = fs::read(block)?;
        let mut rest = bytes.as_slice();
        while let Some((record, after)) = message(rest, all.len() as u64 + 1)? {
            all.push(record.to_vec());
            rest = after;
        }
    }
    Ok(all)
}

/// The payload of the first record, which has to have this number, and what stands behind it.
///
/// A record: length of all of it (u32, its top bit says that there are headers), sequence (u64), time (u64), length of the
/// subject (u16), subject, length of the headers (u32) and headers where there are some, payload, checksum (8 bytes).
fn message(bytes: &[u8], wanted: u64) -> std::io::Result<Option<(&[u8], &[u8])>> {
    const HEADERS: u32 = 1 << 31;
    let number = |at: usize| bytes.get(at..at + 4).map(|four| u32::from_le_bytes(four.try_into().expect("four")));
    let Some(length) = number(0) else { return Ok(None) };
    let whole = (length & !HEADERS) as usize;
    if bytes.len() < whole || whole < 30 {
        return Ok(None);
    }
    let sequence = u64::from_le_bytes(bytes[4..12].try_into().expect("eight"));
    if sequence != wanted {
        return Err(std::io::Error::other(format!("message {sequence} stands in the place of {wanted}")));
    }
    let mut begin = 22 + usize::from(u16::from_le_bytes([bytes[20], bytes[21]]));
    if length & HEADERS != 0 {
        begin += 4 + number(begin).expect("within the record") as usize;
    }
    Ok(Some((&bytes[begin..whole - 8], &bytes[whole..])))
}

/// `GET path` of a monitoring address, as JSON.
pub(crate) fn monitor(address: &str, path: &str) -> std::io::Result<Value> {
    let place = address.parse().map_err(std::io::Error::other)?;
    let mut socket = TcpStream::connect_timeout(&place, Duration::from_secs(1))?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    socket.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut text = String::new();
    socket.read_to_string(&mut text)?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(serde_json::from_str(body)?)
}
