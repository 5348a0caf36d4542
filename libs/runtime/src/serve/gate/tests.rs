//! Tests of the gate, with a clock that is turned by hand.

use futures::{FutureExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

async fn gate(connections: usize) -> (std::net::SocketAddr, Pin<Box<dyn Stream<Item = io::Result<Guest>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    (address, Box::pin(Gate::new(listener, connections).guests()))
}

#[tokio::test]
async fn one_too_many_waits_until_another_goes() {
    let (address, mut guests) = gate(2).await;
    let outside = [(); 3].map(|()| TcpStream::connect(address));
    let outside = futures::future::join_all(outside).await;
    assert!(outside.iter().all(Result::is_ok), "the system takes all three");
    let first = guests.next().await.expect("a guest").expect("in");
    let _second = guests.next().await.expect("a guest").expect("in");
    assert!(guests.next().now_or_never().is_none(), "there is no third place");
    drop(first);
    guests.next().await.expect("a guest").expect("in");
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_shown_out_and_who_is_heard_stays() {
    let (address, mut guests) = gate(8).await;
    let _silent = TcpStream::connect(address).await.expect("in");
    let mut silent = guests.next().await.expect("a guest").expect("in");
    let mut speaker = TcpStream::connect(address).await.expect("in");
    let mut heard = guests.next().await.expect("a guest").expect("in");
    let begun = Instant::now();
    let mut byte = [0];
    let out = silent.read(&mut byte).await.expect_err("nothing was said");
    assert_eq!((out.kind(), begun.elapsed().as_secs()), (io::ErrorKind::TimedOut, FIRST.as_secs()));
    for _ in 0..5 {
        speaker.write_all(b"x").await.expect("said");
        assert_eq!(heard.read(&mut byte).await.expect("heard"), 1);
        tokio::time::sleep(SILENT - Duration::from_secs(1)).await;
    }
    let begun = Instant::now();
    let out = heard.read(&mut byte).await.expect_err("it has fallen silent");
    assert_eq!(out.kind(), io::ErrorKind::TimedOut);
    assert!(begun.elapsed() <= SILENT, "{:?}", begun.elapsed());
}
