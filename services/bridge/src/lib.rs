//! bridge: speaks to the system of one partner, 110 or the grid platform, and hands nothing over that is not meant for it.
//!
//! Both sides number their frames and resend until the other commits. The hub's frames are made from the journal, so
//! nothing of them is kept ([`outbox`]); a partner's are decided and put on record in one decision ([`inbox`]). What a
//! fact tells a partner stands in [`outbound`], what a frame asks of the rules in [`inbound`]: both pure. A conversation
//! ([`session`]) runs over a connection ([`stream`]) or over files in two folders.

mod bridge;
pub mod ferry;
mod figures;
mod inbound;
mod inbox;
pub mod links;
mod outbound;
mod outbox;
#[doc(hidden)]
pub mod outside;
mod partner;
mod session;
pub mod simulator;
mod stream;
mod words;

pub use bridge::{Bridge, BridgeError, Settings, Way};
pub use ferry::{Dock, DockError};
pub use partner::Partner;
pub use session::Pace;
pub use stream::{Door, DoorError};

/// The service's name in health and settings.
pub const NAME: &str = "hub.v1.Partner";
