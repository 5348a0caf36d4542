//! A way between a partner and the hub that can be cut and held up; its own port stays, wherever the hub listens.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// How the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Connections hold, and no byte passes.
    Stalled,
    /// There are no connections.
    Cut,
}

/// The way.
pub(crate) struct Proxy {
    /// Where the partner connects.
    pub(crate) port: u16,
    to: Arc<Mutex<Option<SocketAddr>>>,
    state: watch::Sender<State>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// An open way that leads nowhere yet.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (state, of) = watch::channel(State::Open);
        let to: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&to), of));
        Self { port, to, state, accepting }
    }

    /// New connections go there.
    pub(crate) fn lead_to(&self, hub: SocketAddr) {
        *self.to.lock().expect("whole") = Some(hub);
    }

    /// Ends every connection; none is made until it is [open again](Self::mend).
    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets no byte pass until it is [open again](Self::mend).
    pub(crate) fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// Opens it again.
    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, to: Arc<Mutex<Option<SocketAddr>>>, state: watch::Receiver<State>) {
    loop {
        let Ok((partner, _)) = listener.accept().await else { continue };
        let hub = *to.lock().expect("whole");
        if let Some(hub) = hub.filter(|_| *state.borrow() != State::Cut) {
            tokio::spawn(between(partner, hub, state.clone()));
        }
    }
}

/// One connection, until either side ends it or the way is cut.
async fn between(partner: TcpStream, hub: SocketAddr, state: watch::Receiver<State>) {
    // A hub that is gone refuses; so does the way to it.
    let Ok(hub) = TcpStream::connect(hub).await else { return };
    let ((from_partner, to_partner), (from_hub, to_hub)) = (partner.into_split(), hub.into_split());
    let mut cut = state.clone();
    tokio::select! {
        () = pass(from_partner, to_hub, state.clone()) => {}
        () = pass(from_hub, to_partner, state) => {}
        _ = cut.wait_for(|state| *state == State::Cut) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(read) = from.read(&mut bytes).await
        && read > 0
    {
        let open = state.wait_for(|state| *state == State::Open).await.is_ok();
        if !open || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
