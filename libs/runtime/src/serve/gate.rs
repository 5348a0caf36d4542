//! The gate: only so many connections at once, and who says nothing is shown out.
//!
//! One connection too many waits outside, in the system's queue, until another one goes: those who are in are served as
//! before. A living client is heard at least at every keep-alive; one that connects and stays silent takes its place from
//! others and loses it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::Stream;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// How long a newcomer may take to say its first byte.
const FIRST: Duration = Duration::from_secs(10);
/// How long anybody may be silent afterwards: three keep-alives.
const SILENT: Duration = Duration::from_secs(60);
/// Files that a process needs beside its connections: the journal's, the store's, its own calls.
const FILES: u64 = 512;
/// After which the system is asked again for a connection that it could not give.
const AGAIN: Duration = Duration::from_millis(100);

/// Connections as they come in.
pub struct Gate {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Gate {
    /// At most `connections` at once; fewer where the system lets this process open fewer files, which is said.
    #[must_use]
    pub fn new(listener: TcpListener, connections: usize) -> Self {
        let places = places(connections);
        if places < connections {
            tracing::warn!(connections, places, "fewer connections at once than wanted: raise the limit of open files");
        }
        Self { listener, places: Arc::new(Semaphore::new(places)) }
    }

    /// All that come, for ever.
    pub fn guests(self) -> impl Stream<Item = io::Result<Guest>> {
        futures::stream::unfold(self, |gate| async move {
            let guest = gate.next().await;
            Some((Ok(guest), gate))
        })
    }

    async fn next(&self) -> Guest {
        let place = Arc::clone(&self.places).acquire_owned().await.expect("the gate's places are never taken away");
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Small answers leave at once; where that cannot be had they leave later.
                    let _ = stream.set_nodelay(true);
                    let shown_out = Box::pin(tokio::time::sleep(FIRST));
                    return Guest { stream, shown_out, heard: None, _place: place };
                }
                // One that went away again, or no file is left for it: the next may be luckier.
                Err(error) => {
                    tracing::debug!(%error, "no connection");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

/// How many connections this process may have; its limit of open files is raised as far as it may be.
fn places(connections: usize) -> usize {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(FILES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = wanted.min(maximum.unwrap_or(u64::MAX));
    let mut files = current.unwrap_or(u64::MAX);
    if files < most && setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum }).is_ok() {
        files = most;
    }
    usize::try_from(files.saturating_sub(FILES)).unwrap_or(usize::MAX).clamp(1, connections.max(1))
}

/// A connection that is in.
pub struct Guest {
    stream: TcpStream,
    shown_out: Pin<Box<Sleep>>,
    heard: Option<Instant>,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Guest {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.heard = Some(Instant::now());
            return read;
        }
        while self.shown_out.as_mut().poll(cx).is_ready() {
            // What was heard since the clock was set puts it off.
            match self.heard.take() {
                Some(heard) => self.shown_out.as_mut().reset(heard + SILENT),
                None => return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing was heard for too long"))),
            }
        }
        Poll::Pending
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connected for Guest {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

#[cfg(test)]
mod tests;
