//! Where a process' facts and keys are: on this machine's disk, or with the servers of a NATS cluster.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use futures::future::BoxFuture;
use journal::{
    Journal,
    embedded::{self, Embedded},
    jetstream::{self, BucketKeyring, JetStream},
};
use runtime::{Clock, config::Config};
use seal::{FileKeyring, Keyring, KeyringError, Keys};
use tokio_util::sync::CancellationToken;

/// The journal's back-end.
#[derive(Clone)]
pub(crate) enum Backend {
    /// Segment files in the data directory.
    Embedded(Arc<Embedded>),
    /// A stream of a NATS server or cluster.
    JetStream(Arc<JetStream>),
}

impl Backend {
    /// Opens the journal that the settings name, for writing. `floor` is the highest position that a snapshot knows.
    pub(crate) async fn open(config: &Config, clock: &Clock, floor: u64) -> anyhow::Result<Self> {
        if config.journal.url.is_some() {
            let options = Self::nats(config, clock, floor)?;
            let shown = options.url_shown();
            let opened = Box::pin(JetStream::open(options)).await;
            return Ok(Self::JetStream(Arc::new(opened.with_context(|| format!("open the journal at {shown}"))?)));
        }
        let journal = Embedded::open(&config.data.join("journal"), Self::files(config, clock, floor)?);
        Ok(Self::Embedded(Arc::new(journal.with_context(|| opening(&config.data))?)))
    }

    /// Opens the journal that the settings name, for reading beside whoever writes it.
    pub(crate) async fn read_only(config: &Config) -> anyhow::Result<Self> {
        if config.journal.url.is_some() {
            let options = Self::nats(config, &Clock::system(), 0)?;
            let shown = options.url_shown();
            let opened = Box::pin(JetStream::read_only(options)).await;
            return Ok(Self::JetStream(Arc::new(opened.with_context(|| format!("open the journal at {shown}"))?)));
        }
        let dir = config.data.join("journal");
        anyhow::ensure!(
            dir.is_dir(),
            "there is no journal in {}: start with `hub serve`, `hub demo` or `hub import messages FILE`, or give --data or --journal",
            config.data.display()
        );
        let journal = Embedded::read_only(&dir).with_context(|| opening(&config.data))?;
        Ok(Self::Embedded(Arc::new(journal)))
    }

    /// How segment files are opened.
    pub(crate) fn files(config: &Config, clock: &Clock, floor: u64) -> anyhow::Result<embedded::Options> {
        let mut options = embedded::Options::new(&config.district, &name(config)?, clock.source());
        options.queue = config.journal.queue;
        options.segment_bytes = config.journal.segment_bytes;
        options.floor = floor;
        Ok(options)
    }

    /// How a stream is opened.
    pub(crate) fn nats(config: &Config, clock: &Clock, floor: u64) -> anyhow::Result<jetstream::Options> {
        let said = &config.journal.nats;
        let url = config.journal.url.clone().context("no address of a NATS server: give --journal nats://host:4222")?;
        let monitors = if said.monitors.is_empty() { monitors(&url) } else { said.monitors.clone() };
        let tls = said.tls.clone().map(|tls| jetstream::Tls { ca: tls.ca, certificate: tls.certificate, key: tls.key });
        let access =
            jetstream::Access { credentials: said.credentials.clone(), user: said.user.clone(), password: said.password()?, tls };
        Ok(jetstream::Options {
            url,
            district: config.district.clone(),
            journal_id: name(config)?,
            clock: clock.source(),
            queue: config.journal.queue,
            replicas: said.replicas.unwrap_or(1),
            monitors,
            accept_loss: said.accept_loss,
            floor,
            access,
        })
    }

    /// The four calls.
    pub(crate) fn journal(&self) -> Arc<dyn Journal> {
        match self {
            Self::Embedded(journal) => journal.clone(),
            Self::JetStream(journal) => journal.clone(),
        }
    }

    /// Where the facts were moved to, if they were: then nothing is written here any more.
    ///
    /// # Errors
    /// The note cannot be read, or the servers do not say.
    pub(crate) async fn moved(&self, data: &Path) -> anyhow::Result<Option<String>> {
        match self {
            Self::Embedded(_) => embedded::moved(&data.join("journal")).context("read whether the journal has moved"),
            Self::JetStream(journal) => journal.moved().await.context("ask whether the journal has moved"),
        }
    }

    /// Why nothing more is written until the process is started again, if so.
    pub(crate) fn broken(&self) -> Option<String> {
        match self {
            Self::Embedded(journal) => journal.broken(),
            Self::JetStream(_) => None,
        }
    }

    /// Are its servers away, as far as can be told without asking?
    pub(crate) fn away(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::JetStream(journal) => journal.away(),
        }
    }

    /// The keys of sealed data. Where something `sealed` is there already, they have to be there, too.
    pub(crate) async fn keyring(&self, data: &Path, sealed: bool) -> anyhow::Result<Ring> {
        match self {
            Self::Embedded(_) => {
                let keys = data.join("keys");
                let ring = if sealed { FileKeyring::open_existing(keys) } else { FileKeyring::open(keys) };
                Ok(Ring::File(Arc::new(ring?)))
            }
            Self::JetStream(journal) => {
                // Where it has to be there it is only looked for: no empty one is left behind.
                let missing = || KeyringError::Missing { dir: "the bucket beside the journal's stream".to_owned() };
                let bucket = if sealed {
                    Box::pin(journal.bucket_there()).await?.ok_or_else(missing)?
                } else {
                    Box::pin(journal.bucket()).await?
                };
                Ok(Ring::Bucket(Box::pin(BucketKeyring::open(bucket, !sealed)).await?))
            }
        }
    }

    /// Takes over an export of keys, to where this journal has its own.
    pub(crate) async fn import_keys(&self, data: &Path, keys: Keys) -> anyhow::Result<()> {
        match self {
            Self::Embedded(_) => FileKeyring::open(data.join("keys"))?.import(keys)?,
            Self::JetStream(journal) => Box::pin(BucketKeyring::import(Box::pin(journal.bucket()).await?, keys)).await?,
        }
        Ok(())
    }

    /// Takes no more.
    pub(crate) fn close(&self) {
        match self {
            Self::Embedded(journal) => journal.close(),
            Self::JetStream(journal) => journal.close(),
        }
    }
}

/// The keys of sealed data, where the journal is.
pub(crate) enum Ring {
    /// In the data directory.
    File(Arc<FileKeyring>),
    /// With the journal's servers.
    Bucket(Arc<BucketKeyring>),
}

impl Ring {
    /// As the port that everybody uses.
    pub(crate) fn ring(&self) -> Arc<dyn Keyring> {
        match self {
            Self::File(ring) => ring.clone(),
            Self::Bucket(ring) => ring.clone(),
        }
    }

    /// What keeps the ring up with other processes, where there are others.
    pub(crate) fn follow(&self, stop: CancellationToken) -> Option<BoxFuture<'static, ()>> {
        let Self::Bucket(ring) = self else { return None };
        let follow = ring.clone().follow();
        Some(Box::pin(async move { stop.run_until_cancelled(follow).await.unwrap_or_default() }))
    }

    /// Every key and erasure.
    pub(crate) fn export(&self) -> Keys {
        match self {
            Self::File(ring) => ring.export(),
            Self::Bucket(ring) => ring.export(),
        }
    }
}

pub(crate) fn opening(data: &Path) -> String {
    format!("open the journal in {}", data.join("journal").display())
}

/// The name of a new journal, as set or drawn.
fn name(config: &Config) -> anyhow::Result<String> {
    if let Some(id) = &config.journal.id {
        return Ok(id.clone());
    }
    let mut drawn = [0_u8; 4];
    getrandom::fill(&mut drawn).map_err(|error| anyhow::anyhow!("draw a journal id: {error}"))?;
    Ok(format!("{}-{}", config.district, runtime::identity::hex(&drawn)))
}

/// Port 8222 of each server: where NATS tells of itself by custom.
fn monitors(url: &str) -> Vec<String> {
    let host = |one: &str| {
        let place = one.split_once("://").map_or(one, |(_, place)| place);
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let host =
            place.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(place, |(host, _)| host);
        format!("http://{host}:8222")
    };
    url.split(',').map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::monitors;

    #[test]
    fn a_server_is_asked_at_its_port_8222_where_nothing_else_is_said() {
        let of = |url| monitors(url);
        assert_eq!(of("nats://127.0.0.1:4222"), ["http://127.0.0.1:8222"]);
        assert_eq!(of("nats://hub:secret@a.example:4222,tls://b.example"), ["http://a.example:8222", "http://b.example:8222"]);
    }
}
