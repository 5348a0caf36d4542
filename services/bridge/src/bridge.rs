//! One bridge: a partner, and how its frames travel.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::partner::Transport;
use runtime::Ports;
use tokio_util::sync::CancellationToken;

use crate::{
    ferry::{self, Dock, DockError, Ferry},
    figures::{self, Standing},
    partner::Partner,
    session::{Pace, Session},
    stream::{self, Door, DoorError},
};

impl Default for Pace {
    fn default() -> Self {
        Self { beat: Duration::from_secs(5), silence: Duration::from_secs(15), resend: None }
    }
}

/// How one partner is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which partner.
    pub partner: Partner,
    /// A simulator stands in its place: every fact that it causes says so.
    pub simulated: bool,
    /// How patient both sides are.
    pub pace: Pace,
    /// How frames travel.
    pub way: Way,
}

/// How frames travel.
#[derive(Debug, Clone)]
pub enum Way {
    /// The partner connects.
    Stream(Door),
    /// Somebody carries files.
    Ferry(Dock),
}

const fn transport(way: &Way) -> Transport {
    match way {
        Way::Stream(_) => Transport::Stream,
        Way::Ferry(_) => Transport::Ferry,
    }
}

/// Why a bridge does not open, or broke.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The stream's door.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The ferry's dock.
    #[error(transparent)]
    Dock(#[from] DockError),
}

/// A bridge that is ready to run.
pub struct Bridge {
    partner: Partner,
    link: Link,
}

enum Link {
    Stream(Box<stream::Bound>),
    Ferry(Box<Ferry>),
}

impl Bridge {
    /// Makes ready: takes the address or opens the folders, and reads certificates and keys.
    ///
    /// # Errors
    /// [`BridgeError`] names what is missing.
    pub async fn open(ports: Ports, settings: &Settings, stop: CancellationToken) -> Result<Self, BridgeError> {
        let &Settings { partner, simulated: scripted, pace, ref way } = settings;
        let standing = Arc::new(Standing::default());
        figures::watch_link(&ports, partner, transport(way), &standing);
        let session = |transport| Session { ports, partner, transport, scripted, pace, standing };
        let link = match way {
            Way::Stream(door) => Link::Stream(Box::new(stream::bind(session(Transport::Stream), door, stop).await?)),
            Way::Ferry(dock) => Link::Ferry(Box::new(ferry::open(session(Transport::Ferry), dock, stop)?)),
        };
        Ok(Self { partner, link })
    }

    /// Whose bridge it is.
    #[must_use]
    pub const fn partner(&self) -> Partner {
        self.partner
    }

    /// Where the partner connects, where it does.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.link {
            Link::Stream(bound) => Some(bound.address),
            Link::Ferry(_) => None,
        }
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// [`BridgeError`]: the server broke.
    pub async fn run(self) -> Result<(), BridgeError> {
        match self.link {
            Link::Stream(bound) => Ok(bound.run().await?),
            Link::Ferry(ferry) => {
                ferry.run().await;
                Ok(())
            }
        }
    }
}
