//! Asked over a real connection, also by callers that behave ill.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

struct Place {
    address: SocketAddr,
    ready: Ready,
    stop: CancellationToken,
}

async fn open() -> Place {
    let outside = Outside::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let (address, ready, stop) = (outside.address, Ready::default(), CancellationToken::new());
    tokio::spawn(outside.run(Figures::default(), ready.clone(), stop.clone()));
    Place { address, ready, stop }
}

/// All that comes back for these words.
async fn told(at: SocketAddr, words: &str) -> String {
    let mut stream = TcpStream::connect(at).await.expect("it listens");
    stream.write_all(words.as_bytes()).await.expect("it reads");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("text, and an end");
    said
}

async fn get(at: SocketAddr, path: &str) -> String {
    told(at, &format!("GET {path} HTTP/1.1\r\nhost: hub\r\n\r\n")).await
}

#[tokio::test]
async fn it_is_live_at_once_and_ready_once_nothing_is_in_the_way() {
    let Place { address, ready, .. } = open().await;
    assert!(get(address, "/livez").await.starts_with("HTTP/1.1 200 "));
    let early = get(address, "/readyz").await;
    assert!(early.starts_with("HTTP/1.1 503 ") && early.ends_with("not ready: starting: the journal is being opened\n"), "{early}");
    ready.unless(|| None);
    assert!(get(address, "/readyz").await.ends_with("\r\n\r\nready\n"));
    ready.unless(|| Some("the live board stopped at position 7: fact incident.dreamt is unknown".to_owned()));
    let stopped = get(address, "/readyz").await;
    assert!(stopped.starts_with("HTTP/1.1 503 ") && stopped.contains("position 7: fact incident.dreamt"), "{stopped}");
    assert!(get(address, "/livez").await.starts_with("HTTP/1.1 200 "), "a process that is not ready lives");
}

#[tokio::test]
async fn figures_are_given_and_nothing_else() {
    let Place { address, .. } = open().await;
    let said = get(address, "/metrics").await;
    assert!(said.starts_with("HTTP/1.1 200 ") && said.contains("text/plain; version=0.0.4"), "{said}");
    let open = told(address, "GET /metrics HTTP/1.1\r\nhost: hub\r\naccept: application/openmetrics-text\r\n\r\n").await;
    assert!(open.contains("application/openmetrics-text") && open.ends_with("# EOF\n"), "{open}");
    let head = told(address, "HEAD /livez HTTP/1.1\r\nhost: hub\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(get(address, "/").await.starts_with("HTTP/1.1 404 "));
    assert!(told(address, "POST /metrics HTTP/1.1\r\nhost: hub\r\n\r\n").await.starts_with("HTTP/1.1 405 "));
    assert!(!told(address, "\u{1}nonsense\r\n\r\n").await.contains(" 200 "));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(2 * MOST_SAID));
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // It may be closed before all of it is said.
    let _ = stream.write_all(long.as_bytes()).await;
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains(" 200 "));
}

#[tokio::test]
async fn those_who_say_nothing_hold_few_places_and_not_for_long() {
    let Place { address, ready, stop } = open().await;
    ready.unless(|| None);
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        idle.push(TcpStream::connect(address).await.expect("it listens"));
    }
    // The one beyond is closed at once, and is not waited for.
    let mut beyond = TcpStream::connect(address).await.expect("it listens");
    let mut said = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(2), beyond.read_to_end(&mut said)).await;
    assert!(closed.is_ok() && said.is_empty(), "{closed:?}");
    let begun = std::time::Instant::now();
    for mut stream in idle {
        // Closed, whichever way that is told.
        let _ = stream.read_to_end(&mut said).await;
    }
    assert!(begun.elapsed() < ASKING + Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200 "));
    stop.cancel();
}
