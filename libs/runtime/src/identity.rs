//! Who calls: a bearer token from `hub seat add`, or the subject of a client certificate. Never a request field.
//!
//! A token is `<seat>.<64 hex digits>`; the journal keeps only the SHA-256 of it. The person at the hub's own
//! machine is the operator: the token stands in a file that only that person can read.

use std::{path::Path, sync::Arc};

use domain::{
    id::{Agency, SeatId},
    seat::{Actor, Role, Seat},
    view::Viewer,
};
use sha2::{Digest, Sha256};
use tonic::{Request, Status};

use crate::{ports::Ports, status};

/// A caller that is known.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As an actor of commands.
    pub actor: Actor,
    /// As a viewer of reads.
    pub viewer: Viewer,
    /// Digest of the token it presented, where it did.
    token: Option<Arc<str>>,
}

impl Caller {
    /// A seat.
    #[must_use]
    pub fn seat(seat: Seat) -> Self {
        Self { viewer: Viewer::Seat(seat.clone()), actor: Actor::Seat(seat), token: None }
    }

    /// The person at the hub's own machine: keeps seats and reads like an auditor, decides nothing.
    #[must_use]
    pub fn operator(ports: &Ports) -> Self {
        let seat = Seat {
            id: "operator".parse().expect("a plain name"),
            agency: Agency::grid(),
            area: ports.fold.look(domain::board::Board::district),
            roles: [Role::Administrator, Role::SecurityAdministrator, Role::AuditAdministrator, Role::Auditor].into(),
            scripted: false,
        };
        Self { actor: Actor::Seat(seat), viewer: Viewer::Operator, token: None }
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody was recognised.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request.extensions().get::<Self>().cloned().ok_or_else(status::unauthenticated)
    }

    /// Does a script decide here (demo, import)?
    #[must_use]
    pub fn scripted(&self) -> bool {
        self.actor.seat().is_some_and(|seat| seat.scripted)
    }

    /// Is this caller still what it was when it was let in? A seat that was locked, set up anew or given another token since is not.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`: long calls end with it.
    pub fn still(&self, ports: &Ports) -> Result<(), Status> {
        let Viewer::Seat(seat) = &self.viewer else { return Ok(()) };
        let other_token = |kept: &domain::seat::Kept| self.token.as_ref().is_some_and(|token| **token != *kept.token_sha256);
        let changed = |kept: &domain::seat::Kept| kept.locked.is_some() || kept.seat != *seat || other_token(kept);
        if ports.fold.look(|board| board.seat(&seat.id).is_some_and(|kept| changed(kept))) {
            return Err(status::unauthenticated());
        }
        Ok(())
    }

    /// Is this the operator or a seat with this administrator's role?
    #[must_use]
    pub fn administers(&self, role: Role) -> bool {
        self.actor.seat().is_some_and(|seat| seat.has(role))
    }
}

/// A new token for a seat: the token, which is shown once, and the digest that is kept.
///
/// # Errors
/// The operating system gave no randomness.
pub fn new_token(seat: &SeatId) -> Result<(String, String), getrandom::Error> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret)?;
    let token = format!("{seat}.{}", hex(&secret));
    let digest = token_digest(&token);
    Ok((token, digest))
}

/// What is kept of a token: its SHA-256 in hex.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Bytes as small hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Recognises callers.
#[derive(Clone)]
pub struct Doorman {
    ports: Ports,
    operator: Option<Arc<str>>,
}

impl Doorman {
    /// Knows the seats of the board and, where a token is given, the operator.
    #[must_use]
    pub fn new(ports: Ports, operator_token: Option<&str>) -> Self {
        Self { ports, operator: operator_token.map(|token| token_digest(token).into()) }
    }

    /// The caller who presents this token.
    #[must_use]
    pub fn by_token(&self, token: &str) -> Option<Caller> {
        let digest = token_digest(token);
        // Digests are compared, not tokens: how long that takes tells nothing about a token.
        if self.operator.as_deref() == Some(digest.as_str()) {
            return Some(Caller::operator(&self.ports));
        }
        let (seat, _) = token.rsplit_once('.')?;
        let kept = self.ports.fold.look(|board| board.seat(&seat.parse().ok()?).cloned())?;
        (kept.locked.is_none() && kept.token_sha256 == digest)
            .then(|| Caller { token: Some(digest.into()), ..Caller::seat(kept.seat.clone()) })
    }

    /// The caller whose verified certificate has this common name.
    #[must_use]
    pub fn by_certificate(&self, name: &str) -> Option<Caller> {
        let kept = self.ports.fold.look(|board| board.seat(&name.parse().ok()?).cloned())?;
        kept.locked.is_none().then(|| Caller::seat(kept.seat.clone()))
    }
}

/// Makes or reads the operator's token of a data directory; only its owner can read the file.
///
/// # Errors
/// The file cannot be written or read.
pub fn operator_token(dir: &Path) -> std::io::Result<String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = dir.join("operator.token");
    match std::fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let operator = "operator".parse().expect("a plain name");
    let (token, _) = new_token(&operator).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    std::io::Write::write_all(&mut file, token.as_bytes())?;
    file.sync_all()?;
    Ok(token)
}
