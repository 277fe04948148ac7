//! The servers do what these tests rely on.

use object_store::path::Path as Name;
use object_store::{PutMode, PutOptions};

use super::azurite::{Azurite, FAR};
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
