//! What a `traceparent` is, and how the current one goes on.

use super::*;

const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_proper_traceparent_comes_out_as_it_went_in() {
    for text in [GOOD, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"] {
        assert_eq!(read(text).as_ref().and_then(written).as_deref(), Some(text));
    }
    let later = read("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later");
    assert_eq!(later.as_ref().and_then(written).as_deref(), Some(GOOD), "of a later version the known part is read");
}

#[test]
fn what_the_rules_forbid_is_no_traceparent() {
    for bad in [
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-1",
    ] {
        assert!(read(bad).is_none(), "{bad:?}");
    }
}

#[tokio::test]
async fn the_current_trace_goes_on_into_requests_and_into_spawned_work() {
    let said = || {
        let mut metadata = MetadataMap::new();
        inject(&mut metadata);
        metadata.get(PARENT).map(|value| value.to_str().expect("plain").to_owned())
    };
    assert_eq!((current(), said()), (None, None));
    let inside = within(Some(GOOD), async {
        let carried = tokio::spawn(carry(async { current() }));
        let left = tokio::spawn(async { current() });
        (current(), said(), carried.await.expect("done"), left.await.expect("done"))
    });
    let good = Some(GOOD.to_owned());
    assert_eq!(inside.await, (good.clone(), good.clone(), good, None));
    assert_eq!(within(Some("nonsense"), async { current() }).await, None);
    assert_eq!(current(), None, "nothing is left behind");
}

#[tokio::test]
async fn what_a_request_says_itself_is_let_be() {
    let mut metadata = MetadataMap::new();
    metadata.insert(PARENT, MetadataValue::from_static("00-11111111111111111111111111111111-2222222222222222-00"));
    within(Some(GOOD), async { inject(&mut metadata) }).await;
    assert!(metadata.get(PARENT).expect("kept").to_str().expect("plain").starts_with("00-1111"));
}

#[test]
fn a_callers_state_comes_along() {
    let mut headers = HeaderMap::new();
    headers.insert(PARENT, GOOD.parse().expect("a header"));
    headers.insert(STATE, "vendor=1".parse().expect("a header"));
    let caller = extract(&headers).expect("a proper traceparent");
    assert_eq!((caller.trace_state().header().as_str(), caller.is_sampled()), ("vendor=1", true));
    headers.insert(STATE, "=".parse().expect("a header"));
    assert!(extract(&headers).is_some(), "a bad state costs nothing but itself");
}
