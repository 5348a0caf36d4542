//! What a server says of itself at its monitoring address: does it sync before it acknowledges?

use std::time::Duration;

use async_nats::jetstream::stream::{ClusterInfo, Info};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::OpenError;
use super::access::shown;

/// A monitoring address answers within this.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is read of `/varz`.
#[derive(Debug, Deserialize)]
pub(super) struct Varz {
    server_id: String,
    pub(super) server_name: String,
    /// The server's own time, as RFC 3339.
    #[serde(default)]
    pub(super) now: String,
    jetstream: Option<Enabled>,
}

#[derive(Debug, Deserialize)]
struct Enabled {
    config: Option<StoreConfig>,
}

#[derive(Debug, Deserialize)]
struct StoreConfig {
    #[serde(default)]
    sync_always: bool,
}

/// Every server that keeps the stream has to say that it syncs each message.
pub(crate) async fn check(monitors: &[String], server_id: &str, stream: &Info) -> Result<(), OpenError> {
    prove(monitors, server_id, stream.cluster.as_ref()).await
}

/// The same of the servers that keep a stream as its `cluster` says; of the one we speak to, where nothing is kept yet. A
/// replica that is away acknowledges nothing: while the others are there, a hub starts without its word.
pub(super) async fn prove(monitors: &[String], server_id: &str, cluster: Option<&ClusterInfo>) -> Result<(), OpenError> {
    let unsynced = |what: String| Err(OpenError::Unsynced { what });
    let (mut told, mut silent) = (Vec::new(), Vec::new());
    for address in monitors {
        let varz = match varz(address).await {
            Ok(varz) => varz,
            Err(what) => {
                silent.push(what);
                continue;
            }
        };
        let always = varz.jetstream.as_ref().and_then(|js| js.config.as_ref()).is_some_and(|config| config.sync_always);
        if !always {
            return unsynced(format!("server {} at {} acknowledges before it syncs", varz.server_name, shown(address)));
        }
        told.push(varz);
    }
    let replicas = cluster.iter().flat_map(|cluster| &cluster.replicas);
    let (away, mut keepers): (Vec<_>, Vec<_>) =
        replicas.map(|peer| (peer.offline, peer.name.as_str())).partition(|(away, _)| *away);
    keepers.extend(cluster.and_then(|cluster| cluster.leader.as_deref()).map(|leader| (false, leader)));
    let unproven = if keepers.is_empty() {
        let here = told.iter().any(|varz| varz.server_id == server_id);
        (!here).then(|| "no monitoring address is of this server".to_owned())
    } else {
        let missing = keepers.into_iter().find(|(_, name)| !told.iter().any(|varz| varz.server_name == *name));
        missing.map(|(_, name)| format!("no monitoring address is of server {name}, which keeps the stream"))
    };
    match (unproven, silent.is_empty()) {
        (None, _) => {
            for (_, name) in away {
                tracing::warn!(server = name, "a server that keeps the stream is away: whether it syncs is not known");
            }
            Ok(())
        }
        (Some(what), true) => unsynced(what),
        (Some(what), false) => unsynced(format!("{}; {what}", silent.join("; "))),
    }
}

/// What the server at this address says of itself, or why that is not known.
pub(super) async fn varz(address: &str) -> Result<Varz, String> {
    let (text, address) = (get(address).await, shown(address));
    let text = text.map_err(|error| format!("{address} does not answer ({error})"))?;
    serde_json::from_str(&text).map_err(|error| format!("{address} says something else ({error})"))
}

/// `GET /varz`, the plainest way: one request, read to its end.
async fn get(address: &str) -> std::io::Result<String> {
    let host = address.trim_end_matches('/').trim_start_matches("http://");
    let ask = async {
        let mut socket = TcpStream::connect(host).await?;
        socket.write_all(format!("GET /varz HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
        let mut text = String::new();
        socket.read_to_string(&mut text).await?;
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        body.ok_or_else(|| std::io::Error::other("no answer of HTTP"))
    };
    tokio::time::timeout(PATIENCE, ask).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}
