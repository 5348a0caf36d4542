//! A stream whose facts were copied elsewhere is sealed: its server takes nothing more into it, for ever, and what it holds
//! can be read. Where the facts went stands in the stream's metadata. Only an administrator's user may do that.

use std::sync::Arc;

use async_nats::jetstream::stream::{Config, Info};

use super::read::failed;
use super::{JetStream, Shared};
use crate::port::ReadError;

/// Where in the metadata it stands.
pub(super) const MOVED_TO: &str = "moved-to";

/// What is said of a stream that somebody sealed without a word.
pub(super) const ELSEWHERE: &str = "another place, which the stream's metadata does not name";

/// Why a stream is not sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("this user may not change it")]
    Forbidden,
    #[error(transparent)]
    Failed(Arc<dyn std::error::Error + Send + Sync>),
}

async fn info(shared: &Shared) -> Result<Info, ReadError> {
    let info = shared.answer(shared.stream.get_info()).await.map_err(|error| failed(shared.name.as_str(), error))?;
    info.map_err(|error| failed(shared.name.as_str(), error))
}

/// Where the facts went, if they did.
pub(super) async fn moved(shared: &Shared) -> Result<Option<String>, ReadError> {
    let config = info(shared).await?.config;
    let to = || config.metadata.get(MOVED_TO).map_or(ELSEWHERE, String::as_str).to_owned();
    Ok(config.sealed.then(to))
}

impl JetStream {
    /// Where the facts went, if they did: then appends are refused.
    ///
    /// # Errors
    /// [`ReadError`] when the server does not say.
    pub async fn moved(&self) -> Result<Option<String>, ReadError> {
        moved(&self.shared).await
    }

    /// Whether this user may seal the stream. Changes nothing.
    pub(crate) async fn may_seal(&self) -> Result<(), SealError> {
        let config = info(&self.shared).await.map_err(|error| SealError::Failed(Arc::new(error)))?.config;
        self.update(&config).await
    }

    /// Nothing more goes in, and who tries is told where to go.
    pub(crate) async fn seal(&self, to: &str) -> Result<(), SealError> {
        let mut config = info(&self.shared).await.map_err(|error| SealError::Failed(Arc::new(error)))?.config;
        config.sealed = true;
        config.metadata.insert(MOVED_TO.to_owned(), to.to_owned());
        self.update(&config).await
    }

    async fn update(&self, config: &Config) -> Result<(), SealError> {
        let context = async_nats::jetstream::new(self.shared.client.clone());
        let subject = format!("$JS.API.STREAM.UPDATE.{}", self.shared.name);
        let mut denied = self.shared.denied.clone();
        denied.mark_unchanged();
        tokio::select! {
            done = self.shared.answer(context.update_stream(config)) => match done {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(SealError::Failed(Arc::new(error))),
                Err(error) => Err(SealError::Failed(Arc::new(error))),
            },
            // A server does not answer what somebody may not ask; it says so beside.
            _ = denied.wait_for(|what| what.contains(&subject)) => Err(SealError::Forbidden),
        }
    }
}
