//! What an operator sets: one small type a concern, with units and defaults. File first, then `HUB_*` variables.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// Everything that can be set for `hub serve`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The district's six digits.
    pub district: String,
    /// Where journal, snapshots and keys are kept.
    pub data: PathBuf,
    /// Where gRPC listens.
    pub listen: Listen,
    /// What is logged, and how.
    pub log: Log,
    /// Where traces and metrics go.
    pub telemetry: Telemetry,
    /// How the journal is kept.
    pub journal: Journal,
    /// Bridges to partners' systems, one entry each.
    #[serde(rename = "bridge")]
    pub bridges: Vec<Bridge>,
    /// Directory of policy files; the sample policies that come with the hub where none is named.
    pub policy: Option<PathBuf>,
    /// Seconds that running requests get after a stop signal.
    pub grace_seconds: u64,
}

/// Where gRPC listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// Listen beyond loopback without TLS. Only for a network that nobody else is on.
    pub insecure: bool,
    /// Certificate and key, where TLS is wanted.
    pub tls: Option<Tls>,
    /// Connections at once; one more waits outside until another goes.
    pub connections: usize,
    /// Requests under way at once, over all connections; one more is told to come back.
    pub requests: usize,
    /// Seconds after which any request but a stream is given up; what it wrote stays written.
    pub deadline_seconds: u64,
}

/// Files for TLS, PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who signs client certificates; their subject's common name is the seat.
    pub client_ca: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A filter like `info` or `runtime=debug,info`.
    pub filter: String,
    /// One JSON object a line.
    pub json: bool,
}

/// Where traces and metrics go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// An OTLP collector that takes gRPC, like `http://127.0.0.1:4317`. Nothing is sent anywhere where none is named.
    pub otlp: Option<String>,
    /// Where the same metrics are read over HTTP, with `/livez` and `/readyz`: address and port; port 0 takes a free one.
    /// Nothing listens where none is given.
    pub prometheus: Option<SocketAddr>,
    /// Listen there beyond loopback: whoever reaches it reads the figures, in the clear.
    pub prometheus_open: bool,
}

/// How the journal is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// Servers of a NATS cluster, `nats://host:4222`, several with commas; segment files under `data` where none is named.
    pub url: Option<String>,
    /// What a new journal is called; a name is drawn where none is given.
    pub id: Option<String>,
    /// How to speak to the NATS servers.
    pub nats: Nats,
    /// Bytes of reports that intake keeps on its own disk while the servers are away; one more is refused.
    pub spool_bytes: usize,
    /// Decisions that may wait for the disk; beyond that callers are told to come back.
    pub queue: usize,
    /// Bytes of one segment file.
    pub segment_bytes: u64,
    /// Facts after which a snapshot is written.
    pub snapshot_facts: u64,
}

/// How to speak to the NATS servers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    /// The service's user.
    pub user: Option<String>,
    /// A file with the user's password, and nothing else; `HUB_NATS_PASSWORD` comes before it.
    pub password_file: Option<PathBuf>,
    /// A NATS `.creds` file, in the place of user and password.
    pub credentials: Option<PathBuf>,
    /// Monitoring addresses, `http://host:8222`, one a server; port 8222 of each server where none is named.
    pub monitors: Vec<String>,
    /// Servers that keep a new journal: 1 or 3; 1 where it is not said.
    pub replicas: Option<usize>,
    /// Go on with servers that acknowledge before they sync. What they acknowledged may be lost with their power.
    pub accept_loss: bool,
    /// Files for TLS; with them nothing but TLS is spoken.
    pub tls: Option<NatsTls>,
}

/// Files for TLS to the NATS servers, PEM.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatsTls {
    /// Who signs the servers' certificates; the system's authorities where it is not said.
    pub ca: Option<PathBuf>,
    /// Our own certificate, where the servers ask for one.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
}

/// The bridge to one partner's system: by `stream` or by `ferry`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// `police110` or `gridplatform`.
    pub partner: String,
    /// A simulator stands in its place: every fact that it causes says so.
    #[serde(default)]
    pub simulated: bool,
    /// Seconds after which the hub says that it is there, at the latest.
    #[serde(default = "beat_seconds")]
    pub beat_seconds: u64,
    /// Seconds without a word after which the link counts as cut.
    #[serde(default = "silence_seconds")]
    pub silence_seconds: u64,
    /// Where the partner connects.
    pub stream: Option<BridgeStream>,
    /// The folders between, where only files may cross.
    pub ferry: Option<BridgeFerry>,
}

const fn beat_seconds() -> u64 {
    5
}

const fn silence_seconds() -> u64 {
    15
}

const fn resend_seconds() -> u64 {
    30
}

/// Where a partner connects, with mutual TLS. PEM files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeStream {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// The hub's certificate chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who signs the partner's certificate.
    pub client_ca: PathBuf,
    /// The common name in the partner's certificate; the partner's own name where none is given.
    pub name: Option<String>,
}

/// Two folders that somebody carries files between, and the keys that sign them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeFerry {
    /// Where the partner's files arrive.
    pub inbox: PathBuf,
    /// Where the hub's files are put.
    pub outbox: PathBuf,
    /// A file with the hub's Ed25519 key: 64 hex digits.
    pub key: PathBuf,
    /// A file with the partner's public Ed25519 key: 64 hex digits.
    pub partner_key: PathBuf,
    /// Seconds without a commit after which frames are sent again.
    #[serde(default = "resend_seconds")]
    pub resend_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            district: "320111".to_owned(),
            data: PathBuf::from("hub-data"),
            listen: Listen::default(),
            log: Log::default(),
            telemetry: Telemetry::default(),
            journal: Journal::default(),
            bridges: Vec::new(),
            policy: None,
            grace_seconds: 10,
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 7110));
        Self { address, insecure: false, tls: None, connections: 4096, requests: 1024, deadline_seconds: 10 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), json: false }
    }
}

impl Default for Journal {
    fn default() -> Self {
        let (url, id, nats) = (None, None, Nats::default());
        Self { url, id, nats, spool_bytes: 32 << 20, queue: 4096, segment_bytes: 64 << 20, snapshot_facts: 100_000 }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("read the file {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be; the message names line and key.
    #[error("the configuration file {path} has a mistake: {message}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// A variable holds something else than it should.
    #[error("{variable}={value} cannot be used: {wanted}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What would do.
        wanted: &'static str,
    },
    /// A journal's address that is none.
    #[error("the journal cannot be at {url}: give nats://host:4222 or tls://host:4222, several with commas")]
    Url {
        /// What was given.
        url: String,
    },
    /// No collector can be there.
    #[error(
        "telemetry.otlp = {otlp:?} names no collector: give http://host:port; where it must be TLS, let a collector on this machine pass on"
    )]
    Collector {
        /// What was given.
        otlp: String,
    },
    /// Figures that other machines could read, without a word that they may.
    #[error(
        "telemetry.prometheus = {address} can be read from other machines: listen on 127.0.0.1, or say telemetry.prometheus_open = true"
    )]
    Figures {
        /// Where it would listen.
        address: SocketAddr,
    },
    /// Listening beyond loopback without TLS.
    #[error("{address} is reachable from other machines: give [listen.tls], or listen on 127.0.0.1, or say --insecure")]
    Open {
        /// Where it would listen.
        address: SocketAddr,
    },
}

/// Reads `file`, where one is given, then the variables `HUB_DISTRICT`, `HUB_DATA`, `HUB_JOURNAL`, `HUB_LISTEN`, `HUB_LOG`,
/// `HUB_LOG_JSON`, `HUB_OTLP`, `HUB_PROMETHEUS`, `HUB_PROMETHEUS_OPEN`.
///
/// # Errors
/// [`ConfigError`] names the file, line or variable.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut config = match file {
        None => Config::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
            let parse = |error: toml::de::Error| ConfigError::Parse { path: path.to_owned(), message: error.to_string() };
            toml::from_str(&text).map_err(parse)?
        }
    };
    let set = |name: &'static str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(district) = set("HUB_DISTRICT") {
        config.district = district;
    }
    if let Some(data) = set("HUB_DATA") {
        config.data = data.into();
    }
    if let Some(url) = set("HUB_JOURNAL") {
        config.journal.url = Some(url);
    }
    if let Some(value) = set("HUB_LISTEN") {
        let wanted = "give address:port, for instance 127.0.0.1:7110";
        config.listen.address = value.parse().map_err(|_| ConfigError::Variable { variable: "HUB_LISTEN", value, wanted })?;
    }
    if let Some(filter) = set("HUB_LOG") {
        config.log.filter = filter;
    }
    config.log.json |= set("HUB_LOG_JSON").is_some();
    if let Some(otlp) = set("HUB_OTLP") {
        config.telemetry.otlp = Some(otlp);
    }
    if let Some(value) = set("HUB_PROMETHEUS") {
        let wanted = "give address:port, for instance 127.0.0.1:9464";
        let address = value.parse().map_err(|_| ConfigError::Variable { variable: "HUB_PROMETHEUS", value, wanted })?;
        config.telemetry.prometheus = Some(address);
    }
    config.telemetry.prometheus_open |= set("HUB_PROMETHEUS_OPEN").is_some();
    config.journal.check()?;
    Ok(config)
}

impl Journal {
    /// Is the journal's address one of a NATS server?
    ///
    /// # Errors
    /// [`ConfigError::Url`] where it is something else.
    pub fn check(&self) -> Result<(), ConfigError> {
        let nats = |url: &str| url.starts_with("nats://") || url.starts_with("tls://");
        // What stands before the last @ may be a password.
        let shown = |url: &str| url.rsplit_once('@').map_or(url, |(_, place)| place).to_owned();
        match &self.url {
            Some(url) if !nats(url) => Err(ConfigError::Url { url: shown(url) }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Nats {
    /// The user's password, from the variable `HUB_NATS_PASSWORD` or the file.
    ///
    /// # Errors
    /// [`ConfigError::Read`] where the file cannot be read.
    pub fn password(&self) -> Result<Option<String>, ConfigError> {
        if let Some(password) = std::env::var("HUB_NATS_PASSWORD").ok().filter(|password| !password.is_empty()) {
            return Ok(Some(password));
        }
        let Some(path) = &self.password_file else { return Ok(None) };
        let read = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        Ok(Some(read.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

impl Telemetry {
    /// Loopback, or an explicit word.
    ///
    /// # Errors
    /// [`ConfigError::Figures`] where others could read along.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.prometheus {
            Some(address) if !address.ip().is_loopback() && !self.prometheus_open => Err(ConfigError::Figures { address }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Listen {
    /// Loopback, or TLS, or an explicit word.
    ///
    /// # Errors
    /// [`ConfigError::Open`] where others could listen in.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.address.ip().is_loopback() || self.tls.is_some() || self.insecure {
            Ok(())
        } else {
            Err(ConfigError::Open { address: self.address })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_for_other_machines_needs_tls_or_an_explicit_word() {
        let mut listen = Listen { address: SocketAddr::from(([0, 0, 0, 0], 7110)), ..Listen::default() };
        assert!(listen.check().is_err());
        listen.insecure = true;
        assert!(listen.check().is_ok());
        assert!(Listen::default().check().is_ok());
    }

    #[test]
    fn figures_for_other_machines_need_an_explicit_word() {
        let address = Some(SocketAddr::from(([0, 0, 0, 0], 9464)));
        let mut telemetry = Telemetry { prometheus: address, ..Telemetry::default() };
        assert!(telemetry.check().is_err_and(|error| error.to_string().contains("prometheus_open")));
        telemetry.prometheus_open = true;
        assert!(telemetry.check().is_ok());
        assert!(Telemetry { prometheus: Some(([127, 0, 0, 1], 9464).into()), ..Telemetry::default() }.check().is_ok());
        assert!(Telemetry::default().check().is_ok());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("hub.toml");
        std::fs::write(&path, "district = \"320111\"\ndistrikt = 1\n").expect("written");
        let error = load(Some(&path)).expect_err("an unknown key").to_string();
        assert!(error.contains("line 2") && error.contains("distrikt"), "{error}");
    }
}
