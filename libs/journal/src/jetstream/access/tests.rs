//! What is shown of an address, and what is read from it.

use super::{Access, addresses, shown};

#[test]
fn an_address_is_shown_without_its_password() {
    for (url, wanted) in [
        ("nats://a:4222", "nats://a:4222"),
        ("nats://hub:secret@a:4222", "nats://a:4222"),
        ("nats://hub:secret@a:4222,nats://hub:secret@b:4222", "nats://a:4222,nats://b:4222"),
        ("nats://hub:secret@a:4222,b:4222", "nats://a:4222,b:4222"),
        ("nats://hub:se,cr@et@a:4222,tls://b:4222", "nats://a:4222,tls://b:4222"),
        ("hub:secret@a", "a"),
        ("", ""),
    ] {
        assert_eq!(shown(url), wanted, "{url}");
    }
}

#[test]
fn user_and_password_are_read_from_an_address() {
    let (found, pair) = addresses("nats://hub:s%40e%2Fc@a:4222,b:4223,tls://c").expect("addresses");
    let hosts: Vec<_> = found.iter().map(|address| format!("{}:{}", address.host(), address.port())).collect();
    assert_eq!(hosts, ["a:4222", "b:4223", "c:4222"]);
    assert!(found.iter().all(|address| !address.has_user_pass()));
    assert_eq!(pair, Some(("hub".to_owned(), "s@e/c".to_owned())));
    let error = addresses("http://hub:secret@a").expect_err("no such scheme").to_string();
    assert!(error.contains("http://a") && !error.contains("secret"), "{error}");
}

#[test]
fn a_password_is_not_printed() {
    let access = Access { user: Some("hub".to_owned()), password: Some("secret".to_owned()), ..Access::default() };
    let text = format!("{access:?}");
    assert!(text.contains("hub") && !text.contains("secret"), "{text}");
}
