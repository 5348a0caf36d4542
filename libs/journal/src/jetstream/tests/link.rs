//! A road to the server that loses or holds back what it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket};

/// What is lost on the road, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lose {
    /// The stream's answer to what was published.
    Answer,
    /// What is published itself: of a batch its end.
    Message,
}

#[derive(Default)]
struct Orders {
    answer: AtomicBool,
    message: AtomicBool,
    held: AtomicBool,
    lost: AtomicU64,
}

/// The road.
pub(super) struct Link {
    pub(super) url: String,
    orders: Arc<Orders>,
}

impl Link {
    /// One that leads to this server.
    pub(super) async fn to(url: &str) -> Self {
        let place = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("nats://{}", listener.local_addr().expect("an address"));
        let orders = Arc::new(Orders::default());
        let shared = Arc::clone(&orders);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let socket = TcpSocket::new_v4().expect("a socket");
                // A narrow road: what the kernel would take is not what a slow client takes.
                socket.set_recv_buffer_size(16 << 10).expect("so few bytes");
                // A server that is away takes nobody: the client finds its road cut.
                let Ok(server) = socket.connect(place.parse().expect("an address")).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(carry(BufReader::new(from_client), to_server, Arc::clone(&shared)));
                tokio::spawn(carry(BufReader::new(from_server), to_client, Arc::clone(&shared)));
            }
        });
        Self { url, orders }
    }

    /// From now on this is lost, once.
    pub(super) fn lose(&self, what: Lose) {
        match what {
            Lose::Answer => &self.orders.answer,
            Lose::Message => &self.orders.message,
        }
        .store(true, Ordering::SeqCst);
    }

    /// How much was lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.orders.lost.load(Ordering::SeqCst)
    }

    /// Carries nothing, or goes on.
    pub(super) fn hold(&self, held: bool) {
        self.orders.held.store(held, Ordering::SeqCst);
    }
}

/// Carries one message of the protocol after the other.
async fn carry<R, W>(mut from: R, mut to: W, orders: Arc<Orders>)
where
    R: AsyncBufReadExt + Unpin,
    W: AsyncWriteExt + Unpin,
{
    let mut message = Vec::new();
    loop {
        message.clear();
        if !matches!(from.read_until(b'\n', &mut message).await, Ok(1..)) {
            return;
        }
        let line = String::from_utf8_lossy(&message).into_owned();
        let verb = line.split(' ').next().unwrap_or_default();
        if matches!(verb, "MSG" | "HMSG" | "PUB" | "HPUB") {
            let bytes: usize = line.split_whitespace().last().and_then(|bytes| bytes.parse().ok()).expect("a length");
            let at = message.len();
            message.resize(at + bytes + 2, 0);
            if from.read_exact(&mut message[at..]).await.is_err() {
                return;
            }
        }
        while orders.held.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let text = String::from_utf8_lossy(&message);
        // Only the answer to a publication names the stream and no type.
        let is_answer = verb == "MSG" && text.contains(r#""stream":"HUB_EVT_"#) && !text.contains(r#""type""#);
        let is_last =
            verb == "HPUB" && text.contains("hub.evt.") && (!text.contains("Nats-Batch-Id") || text.contains("Nats-Batch-Commit"));
        let lost =
            (is_answer && orders.answer.swap(false, Ordering::SeqCst)) || (is_last && orders.message.swap(false, Ordering::SeqCst));
        if lost {
            orders.lost.fetch_add(1, Ordering::SeqCst);
        } else if to.write_all(&message).await.is_err() {
            return;
        }
    }
}
