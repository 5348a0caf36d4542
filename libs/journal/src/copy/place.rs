//! The two ends of a copy, whichever way they keep facts.

use std::path::PathBuf;
use std::sync::Arc;

use super::CopyError;
use super::decisions::{Group, Limits};
use crate::jetstream::seal::SealError;
use crate::jetstream::{self, JetStream, Start, fill};
use crate::port::{Journal, MAX_FACTS, Position};
use crate::{Embedded, embedded};

/// A journal's place, and how to open it.
#[derive(Clone)]
pub enum Place {
    /// Segment files in a directory.
    Embedded(PathBuf, embedded::Options),
    /// A stream of a NATS server.
    JetStream(jetstream::Options),
}

impl Place {
    fn district(&self) -> &str {
        match self {
            Self::Embedded(_, options) => &options.district,
            Self::JetStream(options) => &options.district,
        }
    }

    /// As it is told to whoever looks for the facts: without a password.
    fn name(&self) -> String {
        match self {
            Self::Embedded(dir, _) => dir.canonicalize().as_ref().unwrap_or(dir).display().to_string(),
            Self::JetStream(options) => jetstream::shown(&options.url),
        }
    }
}

/// Two different places of one district.
pub(super) fn fit(from: &Place, to: &Place) -> Result<(), CopyError> {
    if from.district() != to.district() {
        return Err(CopyError::District { from: from.district().to_owned(), to: to.district().to_owned() });
    }
    if from.name() == to.name() {
        return Err(CopyError::Same { place: from.name() });
    }
    Ok(())
}

/// A place that is open, and that nobody else of this process writes to.
pub(super) struct Opened {
    pub(super) name: String,
    journal: Kind,
}

enum Kind {
    Embedded(Embedded),
    JetStream(Box<JetStream>),
}

impl Opened {
    /// Opens what is there; makes nothing.
    pub(super) async fn source(place: Place) -> Result<Self, CopyError> {
        let name = place.name();
        let journal = match place {
            Place::Embedded(dir, options) => {
                let begun = dir.join(embedded::FIRST_SEGMENT);
                if !tokio::fs::try_exists(&begun).await.unwrap_or(false) {
                    return Err(CopyError::Absent { place: name });
                }
                files(&name, move || Embedded::open(&dir, options)).await?
            }
            Place::JetStream(options) => stream(&name, options, Start::Found).await?,
        };
        Ok(Self { name, journal })
    }

    /// Opens what is there, or an empty one.
    pub(super) async fn target(place: Place) -> Result<Self, CopyError> {
        let (journal, name) = match place {
            Place::Embedded(dir, options) => {
                let open = {
                    let dir = dir.clone();
                    let options = options.clone();
                    move || Embedded::open_to_fill(&dir, options)
                };
                let journal = files(&dir.display().to_string(), open).await?;
                // A directory that is there now has a whole name.
                (journal, Place::Embedded(dir, options).name())
            }
            Place::JetStream(options) => {
                let name = jetstream::shown(&options.url);
                (stream(&name, options, Start::Empty).await?, name)
            }
        };
        Ok(Self { name, journal })
    }

    pub(super) fn journal(&self) -> &dyn Journal {
        match &self.journal {
            Kind::Embedded(journal) => journal,
            Kind::JetStream(journal) => &**journal,
        }
    }

    pub(super) async fn end(&self) -> Result<Position, CopyError> {
        let tip = self.journal().head().await;
        Ok(tip.map_err(|source| CopyError::Read { place: self.name.clone(), source })?.position)
    }

    pub(super) fn limits(&self) -> Limits {
        match &self.journal {
            // One sync each; more at once would only take memory.
            Kind::Embedded(_) => Limits { facts: 2_000, bytes: 8 << 20 },
            Kind::JetStream(_) => Limits { facts: MAX_FACTS, bytes: 4 << 20 },
        }
    }

    async fn moved(&self) -> Result<Option<String>, CopyError> {
        match &self.journal {
            Kind::Embedded(journal) => journal.moved().map_err(|error| self.unmarked(error)),
            Kind::JetStream(journal) => {
                let moved = journal.moved().await;
                moved.map_err(|source| CopyError::Read { place: self.name.clone(), source })
            }
        }
    }

    /// What went elsewhere before is not to go to a second place, and nothing goes to where it is: one stream has many
    /// addresses, and would be sealed for ever.
    pub(super) async fn may_go_to(&self, to: &Self) -> Result<(), CopyError> {
        if let (Kind::JetStream(these), Kind::JetStream(those)) = (&self.journal, &to.journal)
            && these.is(those)
        {
            return Err(CopyError::Same { place: format!("{} and {}", self.name, to.name) });
        }
        match self.moved().await? {
            Some(there) if there != to.name => Err(CopyError::Moved { place: self.name.clone(), to: there }),
            Some(_) | None => Ok(()),
        }
    }

    /// Files that went to the source before may come home; a sealed stream takes nothing.
    pub(super) async fn may_take_from(&self, from: &Self) -> Result<(), CopyError> {
        match (self.moved().await?, &self.journal) {
            (Some(to), Kind::JetStream(_)) => Err(CopyError::Sealed { place: self.name.clone(), to }),
            (Some(to), Kind::Embedded(_)) if to != from.name => Err(CopyError::Moved { place: self.name.clone(), to }),
            (Some(_), Kind::Embedded(_)) | (None, _) => Ok(()),
        }
    }

    /// Nobody writes here before all facts are: a hub that is started here is told where to go.
    pub(super) async fn hold(&self, from: &Self) -> Result<(), CopyError> {
        match &self.journal {
            Kind::Embedded(journal) => journal.mark_moved(&from.name).await.map_err(|error| self.unmarked(error)),
            // Whoever writes there is noticed.
            Kind::JetStream(_) => Ok(()),
        }
    }

    /// All facts are here, and are written here from now on.
    pub(super) async fn release(&self) -> Result<(), CopyError> {
        match &self.journal {
            Kind::Embedded(journal) => journal.unmark_moved().await.map_err(|error| self.unmarked(error)),
            Kind::JetStream(_) => Ok(()),
        }
    }

    /// Whether it can be marked moved when the time comes.
    pub(super) async fn may_leave(&self) -> Result<(), CopyError> {
        match &self.journal {
            Kind::JetStream(journal) if self.moved().await?.is_none() => {
                journal.may_seal().await.map_err(|error| self.unsealed(error))
            }
            Kind::Embedded(_) | Kind::JetStream(_) => Ok(()),
        }
    }

    /// Nothing more is written here.
    pub(super) async fn leave(&self, to: &Self) -> Result<(), CopyError> {
        if self.moved().await?.is_some() {
            return Ok(());
        }
        match &self.journal {
            Kind::Embedded(journal) => journal.mark_moved(&to.name).await.map_err(|error| self.unmarked(error)),
            Kind::JetStream(journal) => journal.seal(&to.name).await.map_err(|error| self.unsealed(error)),
        }
    }

    /// Takes whole decisions.
    pub(super) async fn fill(&self, group: Group) -> Result<(), CopyError> {
        let Some(first) = group.first().and_then(|decision| decision.first()).map(|entry| entry.position) else { return Ok(()) };
        let place = self.name.clone();
        match &self.journal {
            Kind::Embedded(journal) => {
                let bytes = |decision: Vec<crate::Entry>| decision.into_iter().map(|entry| entry.bytes).collect();
                let filled = journal.fill(first, group.into_iter().map(bytes).collect()).await;
                filled.map_err(|error| match error {
                    embedded::fill::FillError::Record { position, what } => CopyError::Record { position, what },
                    embedded::fill::FillError::TooLarge { position, bytes, limit } => {
                        CopyError::TooLarge { place, position, bytes, limit }
                    }
                    embedded::fill::FillError::Place { next, .. } => CopyError::Overtaken { place, position: next - 1 },
                    other @ (embedded::fill::FillError::Broken(_) | embedded::fill::FillError::Closed) => {
                        CopyError::Write { place, source: Arc::new(other) }
                    }
                })
            }
            Kind::JetStream(journal) => {
                let entries: Vec<_> = group.into_iter().flatten().collect();
                journal.fill(&entries).await.map_err(|error| match error {
                    fill::FillError::Record { position, what } => CopyError::Record { position, what },
                    fill::FillError::Overtaken { position } => CopyError::Overtaken { place, position },
                    fill::FillError::Sealed { to } => CopyError::Sealed { place, to },
                    unknown @ fill::FillError::Unknown(_) => CopyError::Write { place, source: Arc::new(unknown) },
                })
            }
        }
    }

    fn unmarked(&self, error: std::io::Error) -> CopyError {
        CopyError::Mark { place: self.name.clone(), source: Arc::new(error) }
    }

    fn unsealed(&self, error: SealError) -> CopyError {
        let place = self.name.clone();
        match error {
            SealError::Forbidden => CopyError::Rights { place },
            SealError::Failed(source) => CopyError::Mark { place, source },
        }
    }
}

/// Opens files off the async threads.
async fn files(
    name: &str,
    open: impl FnOnce() -> Result<Embedded, embedded::OpenError> + Send + 'static,
) -> Result<Kind, CopyError> {
    let failed = |source| CopyError::Open { place: name.to_owned(), source };
    let opened = tokio::task::spawn_blocking(open).await.map_err(|error| failed(Arc::new(error)))?;
    opened.map(Kind::Embedded).map_err(|error| failed(Arc::new(error)))
}

async fn stream(name: &str, options: jetstream::Options, start: Start) -> Result<Kind, CopyError> {
    match JetStream::attach(options, start).await {
        Ok(journal) => Ok(Kind::JetStream(Box::new(journal))),
        Err(jetstream::OpenError::Absent { .. }) => Err(CopyError::Absent { place: name.to_owned() }),
        Err(error) => Err(CopyError::Open { place: name.to_owned(), source: Arc::new(error) }),
    }
}
