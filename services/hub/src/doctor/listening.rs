//! Where the hub listens: closed to others or encrypted, and with certificates that still hold.

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;
use domain::time::Time;
use runtime::config::Tls;
use tokio::net::TcpStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use x509_parser::pem::Pem;

use super::{Check, Ground, causes};

/// A certificate that ends sooner is told, in seconds.
const SOON: i64 = 30 * 86_400;

pub(super) async fn look(ground: &Ground<'_>) -> Vec<Check> {
    let listen = &ground.config.listen;
    let address = listen.address;
    let how = match (address.ip().is_loopback(), &listen.tls) {
        (_, Some(_)) => "with TLS",
        (true, None) => "reachable from this machine only",
        (false, None) => "open to other machines without TLS",
    };
    let found = format!("{address}, {how}");
    let mut checks = vec![match listen.check() {
        Err(error) => Check::fail(
            "address",
            error.to_string(),
            "设置 [listen.tls]，或只监听 127.0.0.1",
            "set [listen.tls], or listen on 127.0.0.1 only",
        ),
        Ok(()) if !address.ip().is_loopback() && listen.tls.is_none() => Check::warn(
            "address",
            format!("{found}, because `insecure` was said"),
            "设置 [listen.tls]；令牌与内容现以明文传输",
            "set [listen.tls]: tokens and words travel in the clear like this",
        ),
        Ok(()) => Check::ok("address", found),
    }];
    // Beside a hub of this directory it is that hub, or its port was chosen with --listen.
    if ground.held.is_none() && address.port() != 0 && taken(address).await {
        checks.push(Check::warn(
            "port",
            format!("somebody listens at {address} already, and it is no hub of this data directory"),
            "停掉该进程，或用 --listen 换一个端口",
            "stop that process, or choose another port with --listen",
        ));
    }
    checks.extend(listen.tls.as_ref().map(|tls| certificate(tls, ground.now)));
    checks
}

async fn taken(address: std::net::SocketAddr) -> bool {
    let connecting = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address));
    connecting.await.is_ok_and(|connected| connected.is_ok())
}

fn certificate(tls: &Tls, now: Time) -> Check {
    match span(tls) {
        Ok((from, to)) => until(&tls.certificate, from, to, now),
        Err(error) => Check::fail(
            "certificate",
            causes(error),
            "核对 [listen.tls] 的文件：PEM 证书链与其私钥",
            "check the files of [listen.tls]: a chain of certificates in PEM, and the key that belongs to it",
        ),
    }
}

/// From when and to when the whole chain holds. The files are used as the server uses them, so what it refuses is seen here.
fn span(tls: &Tls) -> anyhow::Result<(Time, Time)> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    let (pem, key) = (read(&tls.certificate)?, read(&tls.key)?);
    let identity = ServerTlsConfig::new().identity(Identity::from_pem(&pem, key));
    let config = match &tls.client_ca {
        Some(ca) => identity.client_ca_root(tonic::transport::Certificate::from_pem(read(ca)?)),
        None => identity,
    };
    let shown = tls.certificate.display();
    Server::builder().tls_config(config).with_context(|| format!("use {shown} with {}", tls.key.display()))?;
    let (mut from, mut to) = (i64::MIN, i64::MAX);
    for block in Pem::iter_from_buffer(&pem) {
        let block = block.with_context(|| format!("read {shown}"))?;
        let held = block.parse_x509().with_context(|| format!("read {shown}"))?.validity().clone();
        (from, to) = (from.max(held.not_before.timestamp()), to.min(held.not_after.timestamp()));
    }
    anyhow::ensure!(to != i64::MAX, "{shown} holds no certificate");
    Ok((Time::from_ms(from.saturating_mul(1000)), Time::from_ms(to.saturating_mul(1000))))
}

fn until(file: &Path, from: Time, to: Time, now: Time) -> Check {
    let shown = file.display();
    let (zh, en) = ("换上新证书后重启 hub", "put a new certificate there and start the hub again");
    if now < from {
        return Check::fail("certificate", format!("{shown} holds only from {from} on"), zh, en);
    }
    if to <= now {
        return Check::fail("certificate", format!("{shown} ended on {to}"), zh, en);
    }
    let found = format!("{shown} holds until {to}");
    if to < now.plus_seconds(SOON) { Check::warn("certificate", found, zh, en) } else { Check::ok("certificate", found) }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_certificate_is_told_of_before_it_ends() {
        let (now, day) = (Time::from_ms(1_783_508_540_000), 86_400_i64);
        let state = |from, to| until(Path::new("c.pem"), now.plus_seconds(from * day), now.plus_seconds(to * day), now).state;
        assert_eq!(state(-1, 31), State::Ok);
        assert_eq!(state(-1, 29), State::Warn);
        assert_eq!(state(-1, 0), State::Fail);
        assert_eq!(state(1, 31), State::Fail);
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let (certificate, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
        let tls = Tls { certificate: certificate.clone(), key: key.clone(), client_ca: None };
        for _ in 0..2 {
            let error = causes(span(&tls).expect_err("no certificate"));
            assert!(error.contains("c.pem"), "{error}");
            fs::write(&certificate, "nothing").expect("written");
            fs::write(&key, "nothing").expect("written");
        }
    }
}
