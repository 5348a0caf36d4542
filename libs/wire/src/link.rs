//! The roads to a service: within this process or over the network, with the same generated client on both.
//!
//! ```no_run
//! # async fn example() -> Result<(), wire::link::LinkError> {
//! use wire::{link, v1::audit_client::AuditClient};
//!
//! let road = link::connect("http://127.0.0.1:7110", None).await?; // or link::local(AuditServer::new(service))
//! let audit = AuditClient::new(road);
//! # Ok(())
//! # }
//! ```

use std::{convert::Infallible, time::Duration};

use tonic::{body::Body, codegen::http, transport::Endpoint};
use tower::{Service, ServiceExt as _, util::BoxCloneSyncService};

pub use tonic::transport::{Certificate, ClientTlsConfig, Identity};

/// A road to one service or more. Cheap to clone; every generated client takes it.
pub type Link = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Cut>;

/// What broke on a road. A type of its own, so that calls over a road may run in spawned tasks: the compiler cannot
/// show that of a bare boxed error.
#[derive(Debug, thiserror::Error)]
#[error("the road to the service is cut")]
pub struct Cut(#[source] tonic::transport::Error);

/// How long one attempt to reach a server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a road may be silent before it is asked whether it still leads anywhere.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// A road could not be laid.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The text names no server.
    #[error("`{uri}` is not a server's address: write it like http://127.0.0.1:7400")]
    BadAddress {
        /// What was given.
        uri: String,
        /// What is wrong with it.
        #[source]
        source: tonic::transport::Error,
    },
    /// Certificates do not fit together.
    #[error("the certificates for {uri} cannot be used: check the files named in the configuration")]
    BadTls {
        /// The server.
        uri: String,
        /// What is wrong with them.
        #[source]
        source: tonic::transport::Error,
    },
    /// Nobody answered.
    #[error("no hub answers at {uri}: check that it runs and that the address is right")]
    Unreached {
        /// The server.
        uri: String,
        /// What happened.
        #[source]
        source: tonic::transport::Error,
    },
}

/// A road within this process: no socket, no port, the same generated client.
///
/// A deadline set by the caller (`grpc-timeout`) is not enforced on this road: the caller bounds its own waiting.
pub fn local<S>(server: S) -> Link
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(server.map_err(|never| match never {}))
}

/// A road to the server at `uri` (`http://…`, or `https://…` with `tls`). Once laid it mends itself after a cut.
///
/// # Errors
/// [`LinkError`] if the address or the certificates are wrong, or nobody answers within five seconds.
pub async fn connect(uri: &str, tls: Option<ClientTlsConfig>) -> Result<Link, LinkError> {
    let named = || uri.to_owned();
    let mut endpoint = Endpoint::from_shared(named())
        .map_err(|source| LinkError::BadAddress { uri: named(), source })?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_while_idle(true);
    if let Some(tls) = tls {
        endpoint = endpoint.tls_config(tls).map_err(|source| LinkError::BadTls { uri: named(), source })?;
    }
    let channel = endpoint.connect().await.map_err(|source| LinkError::Unreached { uri: named(), source })?;
    Ok(BoxCloneSyncService::new(channel.map_err(Cut)))
}
