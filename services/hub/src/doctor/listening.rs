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
            "设置 [listen.tls]，或只监听本机：`hub serve --listen 127.0.0.1:7110`",
            "set [listen.tls], or listen on this machine only: `hub serve --listen 127.0.0.1:7110`",
        ),
        Ok(()) if !address.ip().is_loopback() && listen.tls.is_none() => Check::warn(
            "address",
            format!("{found}, because `insecure` was said"),
            "设置 [listen.tls]，或只监听本机：`hub serve --listen 127.0.0.1:7110`；令牌与内容现以明文传输",
            "set [listen.tls], or listen on this machine only: `hub serve --listen 127.0.0.1:7110`; tokens and words travel in the clear like this",
        ),
        Ok(()) => Check::ok("address", found),
    }];
    // Beside a hub of this directory it is that hub, or its port was chosen with --listen.
    if ground.held.is_none() && address.port() != 0 && taken(address).await {
        checks.push(Check::warn(
            "port",
            format!("somebody listens at {address} already, and it is no hub of this data directory"),
            format!("停掉该进程：`ss -ltnp sport = :{0}`；或用 --listen 换一个端口", address.port()),
            format!("stop that process: `ss -ltnp sport = :{0}`; or choose another port with --listen", address.port()),
        ));
    }
    checks.extend(listen.tls.iter().flat_map(|tls| certificates(["certificate", "client ca"], tls, ground.now)));
    checks
}

pub(super) async fn taken(address: std::net::SocketAddr) -> bool {
    let connecting = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address));
    connecting.await.is_ok_and(|connected| connected.is_ok())
}

/// Our own chain, and the one who signs the callers': both have to hold. Under these two names.
pub(super) fn certificates([own, callers]: [&'static str; 2], tls: &Tls, now: Time) -> Vec<Check> {
    let judged = |name, file: &Path, span: anyhow::Result<(Time, Time)>| match span {
        Ok((from, to)) => until(name, file, from, to, now),
        Err(error) => Check::fail(
            name,
            causes(error),
            format!("核对 PEM 证书链与其私钥：`openssl x509 -noout -text -in {}`", file.display()),
            format!(
                "check the files, a chain of certificates in PEM and the key that belongs to it: `openssl x509 -noout -text -in {}`",
                file.display()
            ),
        ),
    };
    let own = judged(own, &tls.certificate, used(tls));
    let callers = tls.client_ca.as_ref().map(|ca| judged(callers, ca, span(ca)));
    std::iter::once(own).chain(callers).collect()
}

/// From when and to when our own chain holds. The files are used as the server uses them, so what it refuses is seen here.
fn used(tls: &Tls) -> anyhow::Result<(Time, Time)> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    let (pem, key) = (read(&tls.certificate)?, read(&tls.key)?);
    let identity = ServerTlsConfig::new().identity(Identity::from_pem(&pem, key));
    let config = match &tls.client_ca {
        Some(ca) => identity.client_ca_root(tonic::transport::Certificate::from_pem(read(ca)?)),
        None => identity,
    };
    let shown = tls.certificate.display();
    Server::builder().tls_config(config).with_context(|| format!("use {shown} with {}", tls.key.display()))?;
    span(&tls.certificate)
}

/// From when and to when all certificates of a file hold.
fn span(file: &Path) -> anyhow::Result<(Time, Time)> {
    let shown = file.display();
    let pem = fs::read(file).with_context(|| format!("read {shown}"))?;
    let (mut from, mut to) = (i64::MIN, i64::MAX);
    for block in Pem::iter_from_buffer(&pem) {
        let block = block.with_context(|| format!("read {shown}"))?;
        let held = block.parse_x509().with_context(|| format!("read {shown}"))?.validity().clone();
        (from, to) = (from.max(held.not_before.timestamp()), to.min(held.not_after.timestamp()));
    }
    anyhow::ensure!(to != i64::MAX, "{shown} holds no certificate");
    Ok((Time::from_ms(from.saturating_mul(1000)), Time::from_ms(to.saturating_mul(1000))))
}

fn until(name: &'static str, file: &Path, from: Time, to: Time, now: Time) -> Check {
    let shown = file.display();
    let command = format!("cp NEW.pem {shown}");
    let zh = format!("向签发方取得新证书，换上后重启 hub：`{command}`");
    let en = format!("get a new certificate from whoever signed it, put it there and start the hub again: `{command}`");
    if now < from {
        return Check::fail(name, format!("{shown} holds only from {from} on"), zh, en);
    }
    if to <= now {
        return Check::fail(name, format!("{shown} ended on {to}"), zh, en);
    }
    let found = format!("{shown} holds until {to}");
    if to < now.plus_seconds(SOON) { Check::warn(name, found, zh, en) } else { Check::ok(name, found) }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_certificate_is_told_of_before_it_ends() {
        let (now, day) = (Time::from_ms(1_783_508_540_000), 86_400_i64);
        let state = |from, to| until("c", Path::new("c.pem"), now.plus_seconds(from * day), now.plus_seconds(to * day), now).state;
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
            let error = causes(used(&tls).expect_err("no certificate"));
            assert!(error.contains("c.pem"), "{error}");
            fs::write(&certificate, "nothing").expect("written");
            fs::write(&key, "nothing").expect("written");
        }
    }
}
