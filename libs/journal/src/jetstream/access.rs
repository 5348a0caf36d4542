//! Who we are to a NATS server: a credentials file or user and password, and TLS.
//!
//! Passwords are never shown: not by `Debug`, not in an error, not in an address. The client library reads no user out of
//! an address, so that is done here, and what it is given holds none.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use async_nats::{ConnectOptions, ServerAddr};

/// How the hub shows a server who it is.
#[derive(Clone, Default)]
pub struct Access {
    /// A NATS credentials file (`.creds`: a user's token and its seed).
    pub credentials: Option<PathBuf>,
    /// The user, where the address names none.
    pub user: Option<String>,
    /// The user's password, where the address names none.
    pub password: Option<String>,
    /// With it every connection is encrypted, or there is none.
    pub tls: Option<Tls>,
}

/// Files for an encrypted connection, in PEM.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Who may sign the server's certificate; else those the machine trusts.
    pub ca: Option<PathBuf>,
    /// Our own certificate, where the server asks for one.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

/// Why nobody can be asked for access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file that cannot be read.
    #[error("cannot read {what} from {}: check the path, and that this process may read it", file.display())]
    File {
        /// What it should hold.
        what: &'static str,
        /// Which file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file that holds something else.
    #[error("{} holds no {what}: name a file that has it, {form}", file.display())]
    Content {
        /// What it should hold.
        what: &'static str,
        /// Which file.
        file: PathBuf,
        /// What it looks like.
        form: &'static str,
    },
    /// A certificate without its key, or the other way round.
    #[error("a client certificate needs two files: name both its certificate and its key")]
    Half,
    /// Two answers to one question.
    #[error("both a credentials file and a user are named: name one of them")]
    Both,
    /// A user without a password.
    #[error("user {user} has no password: name it, too, or use a credentials file")]
    NoPassword {
        /// The user.
        user: String,
    },
    /// An address that is none.
    #[error("{address} is no address of a NATS server: write nats://host:4222, and several with commas")]
    Address {
        /// The address, without user and password.
        address: String,
    },
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "…");
        let Self { credentials, user, password: _, tls } = self;
        let mut shown = f.debug_struct("Access");
        shown.field("credentials", credentials).field("user", user).field("password", &password).field("tls", tls);
        shown.finish()
    }
}

/// User and password.
type Pair = (String, String);

/// The addresses in a text as one can show them: without users and passwords.
pub(crate) fn shown(url: &str) -> String {
    let shown: Vec<_> = parts(url).into_iter().map(|(scheme, _, hosts)| format!("{scheme}{hosts}")).collect();
    shown.join(",")
}

/// Scheme with its `://`, user information, and hosts with commas. A password may hold any character, so what stands before
/// the last `@` is all taken for one: rather a host too few is shown than half a password.
fn parts(url: &str) -> Vec<(&str, Option<&str>, &str)> {
    let mut begins: Vec<usize> =
        url.match_indices("://").map(|(at, _)| url[..at].rfind(',').map_or(0, |comma| comma + 1)).collect();
    begins.insert(0, 0);
    begins.dedup();
    let ends = begins.iter().skip(1).map(|&next| next - 1).chain([url.len()]);
    let whole = begins.iter().zip(ends).map(|(&from, to)| url.get(from..to).unwrap_or_default());
    whole
        .map(|text| {
            let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + 3));
            rest.rsplit_once('@').map_or((scheme, None, rest), |(user, hosts)| (scheme, Some(user), hosts))
        })
        .collect()
}

/// The addresses, and the first user and password among them.
pub(crate) fn addresses(url: &str) -> Result<(Vec<ServerAddr>, Option<Pair>), AccessError> {
    let (mut found, mut pair) = (Vec::new(), None);
    for (scheme, user, hosts) in parts(url) {
        for host in hosts.split(',') {
            let address = format!("{scheme}{host}");
            found.push(address.parse().map_err(|_| AccessError::Address { address })?);
        }
        if let (None, Some(user)) = (&pair, user) {
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            pair = Some((plain(user), plain(password)));
        }
    }
    Ok((found, pair))
}

/// `%40` and the like as what they stand for.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = &behind[if byte.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Puts into the options who we are.
pub(crate) async fn apply(access: &Access, pair: Option<Pair>, mut options: ConnectOptions) -> Result<ConnectOptions, AccessError> {
    let (user, password) = match pair {
        Some((user, password)) => (Some(user), Some(password).filter(|password| !password.is_empty())),
        None => (None, None),
    };
    let (user, password) = (access.user.clone().or(user), access.password.clone().or(password));
    match (&access.credentials, user, password) {
        (Some(_), Some(_), _) => return Err(AccessError::Both),
        (Some(file), None, _) => {
            let what = "credentials";
            let text = read(what, file).await?;
            let form = "as `nsc generate creds` writes it";
            let wrong = |_| AccessError::Content { what, file: file.clone(), form };
            options = options.credentials(&text).map_err(wrong)?;
        }
        (None, Some(user), None) => return Err(AccessError::NoPassword { user }),
        (None, Some(user), Some(password)) => options = options.user_and_password(user, password),
        (None, None, _) => {}
    }
    let Some(tls) = &access.tls else { return Ok(options) };
    options = options.require_tls(true);
    if let Some(ca) = &tls.ca {
        pem("certificate", ca).await?;
        options = options.add_root_certificates(ca.clone());
    }
    match (&tls.certificate, &tls.key) {
        (None, None) => Ok(options),
        (Some(certificate), Some(key)) => {
            pem("certificate", certificate).await?;
            pem("private key", key).await?;
            Ok(options.add_client_certificate(certificate.clone(), key.clone()))
        }
        (Some(_), None) | (None, Some(_)) => Err(AccessError::Half),
    }
}

async fn read(what: &'static str, file: &Path) -> Result<String, AccessError> {
    let text = tokio::fs::read_to_string(file).await;
    text.map_err(|source| AccessError::File { what, file: file.to_owned(), source })
}

/// The client library would only say that it cannot connect.
async fn pem(what: &'static str, file: &Path) -> Result<(), AccessError> {
    let text = read(what, file).await?;
    let mark = if what == "certificate" { "CERTIFICATE-----" } else { "PRIVATE KEY-----" };
    let held = text.lines().any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(mark));
    let form = "in PEM: a block that begins with five dashes and BEGIN";
    if held { Ok(()) } else { Err(AccessError::Content { what, file: file.to_owned(), form }) }
}

#[cfg(test)]
mod tests;
