//! The servers do what these tests rely on.

use std::time::Duration;

use object_store::path::Path as Name;
use object_store::{PutMode, PutOptions};

use super::azurite::{ACCOUNT, Azurite, FAR};
use super::faults::{Fault, Proxy, Rule};
use super::moto::Bucket;

#[test]
fn azurite_keeps_blobs_with_versions_and_conditions_plain_and_with_tls() {
    for azurite in [Azurite::plain(), Azurite::tls()] {
        let container = azurite.container();
        container.put("a/x.csv", "x\n1\n");
        container.put("a/y.csv", "y\n");
        assert_eq!(container.names(), ["a/x.csv", "a/y.csv"]);
        assert_eq!(container.get("a/x.csv"), b"x\n1\n");
        let create = PutOptions::from(PutMode::Create);
        let put = |name: &str| {
            let store = container.store();
            let name = Name::from(name);
            let create = create.clone();
            container.wait(async move { store.put_opts(&name, "z".into(), create).await })
        };
        assert!(put("b").is_ok());
        let error = put("b").unwrap_err();
        assert!(
            matches!(error, object_store::Error::AlreadyExists { .. }),
            "{error}"
        );
        container.delete("b");
        assert_eq!(container.names(), ["a/x.csv", "a/y.csv"]);
        assert!(container.source("a").contains(&container.name));
        assert!(container.sas("rl", FAR).contains("sig="));
        assert_eq!(
            container.azurite.certificate().exists(),
            container.azurite.endpoint().starts_with("https")
        );
    }
}

#[test]
fn moto_keeps_objects() {
    let bucket = Bucket::new();
    bucket.put("a/x.csv", "x\n1\n");
    assert_eq!(bucket.names(), ["a/x.csv"]);
    assert_eq!(bucket.get("a/x.csv"), b"x\n1\n");
    assert!(bucket.name.starts_with('t'));
    assert!(bucket.endpoint().ends_with(&bucket.port().to_string()));
}

#[test]
fn the_proxy_does_what_networks_do_and_counts() {
    let container = Azurite::plain().container();
    container.put("x", vec![7; 10_000]);
    let proxy = Proxy::before(container.azurite.port());
    let url = format!(
        "http://127.0.0.1:{}/{ACCOUNT}/{}/x?{}",
        proxy.port,
        container.name,
        container.sas("r", FAR)
    );
    let get = || -> Result<(u16, usize), ()> {
        container.wait(async {
            let answer = reqwest::get(&url).await.map_err(drop)?;
            let status = answer.status().as_u16();
            Ok((status, answer.bytes().await.map_err(drop)?.len()))
        })
    };
    assert_eq!(get(), Ok((200, 10_000)));
    let rule = |fault| {
        proxy.rule(Rule::new("GET", "/x?", fault));
    };
    rule(Fault::Answer(503, &[("Retry-After", "1")]));
    assert_eq!(get(), Ok((503, 0)));
    assert_eq!(proxy.summary(), "GET x 200\nGET x 503");
    for fault in [Fault::ResetBefore, Fault::ResetAfter, Fault::CutBody(5_000)] {
        rule(fault);
        assert_eq!(get(), Err(()));
    }
    assert_eq!(proxy.downloaded(), 5_000);
    rule(Fault::Trickle(1_000, Duration::from_millis(1)));
    proxy.rule(Rule::new("GET", "/x?", Fault::Skew(-86_400)).after(1).always());
    assert_eq!([get(), get(), get()], [Ok((200, 10_000)); 3]);
    proxy.heal();
    let seen = proxy.seen();
    let plain = seen
        .iter()
        .filter(|one| one.range.is_none() && !one.is_conditional && one.sent == 0);
    assert_eq!(plain.count(), 3);
    let put = |fault| {
        proxy.rule(Rule::new("PUT", "/x?", fault));
        let put = reqwest::Client::new().put(&url).body(vec![0; 100_000]);
        let sent = container.wait(async { put.timeout(Duration::from_millis(200)).send().await });
        assert!(sent.is_err());
        proxy.seen()
    };
    assert!(put(Fault::CutUpload(10)).iter().any(|one| one.sent == 10));
    assert!(put(Fault::Hang).iter().all(|one| one.status == 0));
}
