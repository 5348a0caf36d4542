//! One bridge: a partner, and how its frames travel.

use std::{net::SocketAddr, time::Duration};

use runtime::Ports;
use tokio_util::sync::CancellationToken;

use crate::{
    partner::Partner,
    session::Pace,
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
}

/// A bridge that is ready to run.
pub struct Bridge {
    partner: Partner,
    bound: stream::Bound,
}

impl Bridge {
    /// Makes ready: takes the address and reads the certificates.
    ///
    /// # Errors
    /// [`DoorError`] names what is missing.
    pub async fn open(ports: Ports, settings: &Settings, stop: CancellationToken) -> Result<Self, DoorError> {
        let Settings { partner, simulated, pace, way } = settings;
        match way {
            Way::Stream(door) => {
                let bound = stream::bind(ports, *partner, *simulated, *pace, door, stop).await?;
                Ok(Self { partner: *partner, bound })
            }
        }
    }

    /// Whose bridge it is.
    #[must_use]
    pub const fn partner(&self) -> Partner {
        self.partner
    }

    /// Where the partner connects, where it does.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        Some(self.bound.address)
    }

    /// Runs until `stop`.
    ///
    /// # Errors
    /// [`DoorError::Serve`]: the server broke.
    pub async fn run(self) -> Result<(), DoorError> {
        self.bound.run().await
    }
}
