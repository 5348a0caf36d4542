//! Calls of a gigabyte: refused by what they announce, or cut off by what they are; nothing of them is kept.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wire::v1::Role;

use super::memory_mb;
use crate::{
    child::Hub,
    town::{Desk, report},
};

const GIGABYTE: u32 = 1 << 30;
const PIECE: usize = 64 << 10;
/// What may be on its way before an answer comes.
const UNDER_WAY: u64 = 16 << 20;

struct Answered {
    sent: u64,
    status: Option<String>,
    message: String,
}

/// Sends a report of a gigabyte, as fast as it is taken, until an answer comes.
async fn sends_a_gigabyte(hub: &Hub, token: &str) -> Answered {
    let address = hub.uri.trim_start_matches("http://");
    let (mut calls, connection) = h2::client::handshake(TcpStream::connect(address).await.expect("in")).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!("{}/hub.v1.Intake/Report", hub.uri))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {token}"));
    let (mut answer, mut body) = calls.send_request(request.body(()).expect("a request"), false).expect("sent");
    let head = [&[0][..], &GIGABYTE.to_be_bytes()].concat();
    body.send_data(head.into(), false).expect("sent");
    let (piece, mut sent) = (Bytes::from(vec![b'x'; PIECE]), 0_u64);
    let response = loop {
        body.reserve_capacity(PIECE);
        tokio::select! {
            biased;
            response = &mut answer => break response,
            room = futures::future::poll_fn(|cx| body.poll_capacity(cx)) => match room {
                Some(Ok(room)) if sent < u64::from(GIGABYTE) => {
                    sent += room as u64;
                    if body.send_data(piece.slice(..room.min(PIECE)), false).is_err() {
                        break (&mut answer).await;
                    }
                }
                _ => break (&mut answer).await,
            },
        }
    };
    let (status, message) = match response {
        Ok(mut response) => {
            let trailers = match response.headers().contains_key("grpc-status") {
                true => response.headers().clone(),
                false => response.body_mut().trailers().await.ok().flatten().unwrap_or_default(),
            };
            let text = |name| trailers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            (text("grpc-status"), text("grpc-message").unwrap_or_default())
        }
        Err(error) => (None, error.to_string()),
    };
    connection.abort();
    Answered { sent, status, message }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_gigabyte_is_refused_by_its_size_and_costs_no_memory() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    let token = hub.seat(data.path(), "desk-1", "grid", &[Role::CallTaker]).await;
    let before = memory_mb(hub.id());
    let several = futures::future::join_all((0..8).map(|_| sends_a_gigabyte(&hub, &token)));
    let answered = timeout(Duration::from_secs(60), several).await.expect("an answer comes");
    for Answered { sent, status, message } in answered {
        eprintln!("{sent} bytes sent, then {status:?} {message}");
        assert!(sent < UNDER_WAY, "{sent} bytes were taken before the answer");
        assert_eq!(status.as_deref(), Some("11"), "out of range: {message}");
        assert!(message.contains("4194304"), "it says how much may come: {message}");
    }
    let after = memory_mb(hub.id());
    assert!(after < before + 64, "{before} MB before, {after} MB after");
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    desk.report(report("patrol", "G-1", "井盖松动")).await.expect("others are served");
    hub.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_speak_the_language_is_cut_off() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    let (before, address) = (memory_mb(hub.id()), hub.uri.trim_start_matches("http://"));
    for first in
        [&b"POST / HTTP/1.1\r\ncontent-length: 1073741824\r\n\r\n"[..], &[0; 64], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff"]
    {
        let mut stream = TcpStream::connect(address).await.expect("in");
        let mut sent = 0_u64;
        let cut = timeout(Duration::from_secs(20), async {
            stream.write_all(first).await?;
            while sent < u64::from(GIGABYTE) {
                stream.write_all(&[b'x'; PIECE]).await?;
                sent += PIECE as u64;
            }
            stream.read_to_end(&mut Vec::new()).await
        });
        let cut = cut.await.expect("it is cut off at once");
        assert!(cut.is_err() && sent < UNDER_WAY, "{sent} bytes of {first:?} were taken");
    }
    let after = memory_mb(hub.id());
    assert!(after < before + 64, "{before} MB before, {after} MB after");
    hub.stop();
}
