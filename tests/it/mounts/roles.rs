//! S3 with a role: on a server that checks signatures and knows what each user and role may, and behind a proxy where keys end.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::faults::{Fault, Proxy, Rule};
use super::moto::{Bucket, Known, STRICT};
use super::service::Use;
use super::verbs::{Mounted, shown};

const EXPIRED: &str = "<?xml version=\"1.0\"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";

/// The settings of a mount with the keys of the user, whose secret is the one that there is.
fn settings(endpoint: &str, known: &Known) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("fs.s3a.endpoint", endpoint.to_owned()),
        ("fs.s3a.access.key", known.id.clone()),
        ("fs.s3a.secret.key", "{{secrets/s3/key}}".to_owned()),
    ])
}

/// The same with a role, and where it is taken.
fn with_role(endpoint: &str, known: &Known, role: &str) -> BTreeMap<&'static str, String> {
    let mut settings = settings(endpoint, known);
    settings.insert("fs.s3a.assumed.role.arn", role.to_owned());
    settings.insert("fs.s3a.assumed.role.sts.endpoint", endpoint.to_owned());
    settings
}

/// Returns how often a role was taken since this was last asked.
fn taken(proxy: &Proxy) -> usize {
    let seen = proxy.seen();
    seen.iter()
        .filter(|seen| seen.method == "POST" && seen.path == "/" && seen.status == 200)
        .count()
}

#[test]
fn a_role_is_taken_with_the_keys_of_a_user_and_signs_every_request() {
    let server = Use::of(&STRICT);
    let known = Known::of(&server);
    let proxy = Proxy::before(server.port);
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let folder = format!("s3://lake/{}", std::process::id());
    let mounted = Mounted::with(&folder, with_role(&endpoint, &known, &known.lake), &known.key);
    let files = mounted.files();
    // Names whose letters are signed in one way only.
    for name in ["a.csv", "sub/a b+c (1)&=@,;$'!*~é.csv"] {
        files.put(&format!("/mnt/data/{name}"), name, false).unwrap();
        assert_eq!(files.head(&format!("/mnt/data/{name}"), 99).unwrap(), name);
    }
    let large: Vec<u8> = (0..20_u32 << 20).map(|at| (at % 251) as u8).collect();
    let location = mounted.mounts.resolve("/mnt/data/large.bin").unwrap();
    let mut writer = location.create(false).unwrap();
    writer.write_all(&large).unwrap();
    writer.commit().unwrap();
    assert!(location.bytes().unwrap() == large);
    files.cp("/mnt/data/sub", "/mnt/data/copy", true).unwrap();
    files.mkdirs("/mnt/data/empty").unwrap();
    assert_eq!(
        mounted.ls("/mnt/data"),
        "a.csv 5, copy/ 0, empty/ 0, large.bin 20971520, sub/ 0"
    );
    for name in ["a.csv", "copy", "empty", "large.bin", "sub"] {
        assert!(files.rm(&format!("/mnt/data/{name}"), true).unwrap(), "{name}");
    }
    assert_eq!(mounted.ls("/mnt/data"), "");
    // Once for all of that.
    assert_eq!(taken(&proxy), 1);

    // Without the role, with one that may nothing, and with a wrong key.
    let denied = "the bucket lake does not allow it to these credentials";
    for settings in [
        settings(&endpoint, &known),
        with_role(&endpoint, &known, &known.idle),
    ] {
        let refused = Mounted::with(&folder, settings, &known.key);
        let refused = shown(refused.files().ls("/mnt/data").unwrap_err());
        assert!(refused.contains(denied), "{refused}");
    }
    let wrong = Mounted::with(&folder, with_role(&endpoint, &known, &known.lake), "a/wrong+key");
    let refused = shown(wrong.files().ls("/mnt/data").unwrap_err());
    assert!(
        refused.contains("does not accept the credentials (SignatureDoesNotMatch)")
            && !refused.contains("a/wrong+key"),
        "{refused}"
    );
}

#[test]
fn a_role_whose_keys_end_in_the_middle_is_taken_again() {
    let server = Use::of(&STRICT);
    let known = Known::of(&server);
    let proxy = Proxy::before(server.port);
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let folder = format!("s3://lake/{}-again", std::process::id());
    let mounted = Mounted::with(&folder, with_role(&endpoint, &known, &known.lake), &known.key);
    mounted.files().put("/mnt/data/a.csv", "x\n", false).unwrap();
    assert_eq!(taken(&proxy), 1);
    proxy.rule(Rule::new("GET", "a.csv", Fault::Say(400, EXPIRED)));
    assert_eq!(mounted.files().head("/mnt/data/a.csv", 9).unwrap(), "x\n");
    assert_eq!(taken(&proxy), 1);
    // In the middle of an upload: its other parts stay.
    proxy.rule(Rule::new("PUT", "partNumber=2", Fault::Say(400, EXPIRED)));
    let large: Vec<u8> = (0..30_u32 << 20).map(|at| (at % 251) as u8).collect();
    let location = mounted.mounts.resolve("/mnt/data/large.bin").unwrap();
    let mut writer = location.create(false).unwrap();
    writer.write_all(&large).unwrap();
    writer.commit().unwrap();
    let seen = proxy.seen();
    let parts = |status| {
        seen.iter()
            .filter(|seen| seen.query.contains("partNumber=") && seen.status == status)
            .count()
    };
    assert_eq!((parts(200), parts(400)), (4, 1));
    assert!(location.bytes().unwrap() == large);
    assert!(mounted.files().rm("/mnt/data/large.bin", false).unwrap());
    // Keys that never are good are an error, and not asked for again and again.
    proxy.seen();
    proxy.rule(Rule::new("GET", "list-type", Fault::Say(400, EXPIRED)).always());
    let refused = shown(mounted.files().ls("/mnt/data").unwrap_err());
    assert!(
        refused.contains("the credentials for the bucket lake have expired (ExpiredToken)")
            && refused.contains("| create new ones, and store them with `sheaf secrets put-secret`"),
        "{refused}"
    );
    assert!(taken(&proxy) <= 4);
}

#[test]
fn a_session_token_that_has_expired_is_said_to_have() {
    let bucket = Bucket::new();
    let proxy = Proxy::before(bucket.port());
    let settings = [
        ("fs.s3a.endpoint", format!("http://127.0.0.1:{}", proxy.port)),
        ("fs.s3a.access.key", "{{secrets/s3/key}}".to_owned()),
        ("fs.s3a.secret.key", "{{secrets/s3/key}}".to_owned()),
        ("fs.s3a.session.token", "{{secrets/s3/key}}".to_owned()),
    ];
    let mounted = Mounted::with(&format!("s3://{}", bucket.name), settings, "the-same-for-all");
    mounted.files().put("/mnt/data/a.csv", "x\n", false).unwrap();
    proxy.rule(Rule::new("PUT", "b.csv", Fault::Say(400, EXPIRED)).always());
    let refused = shown(mounted.files().put("/mnt/data/b.csv", "x\n", false).unwrap_err());
    assert_eq!(
        refused,
        format!(
            "/mnt/data/b.csv cannot be written: the credentials for the bucket {} have expired (ExpiredToken) | create new \
             ones, and store them with `sheaf secrets put-secret`",
            bucket.name
        )
    );
    assert!(!refused.contains("the-same-for-all"));
}

/// What a service that gives out roles says, as Amazon's documentation has it, with keys that are at their end.
const GIVEN: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASIAEND</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
    <Expiration>2024-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[test]
fn keys_of_a_role_are_replaced_before_they_end() {
    let bucket = Bucket::new();
    let proxy = Proxy::before(bucket.port());
    let endpoint = format!("http://127.0.0.1:{}", proxy.port);
    let settings = [
        ("fs.s3a.endpoint", endpoint.clone()),
        ("fs.s3a.access.key", "id".to_owned()),
        ("fs.s3a.secret.key", "{{secrets/s3/key}}".to_owned()),
        (
            "fs.s3a.assumed.role.arn",
            "arn:aws:iam::123456789012:role/lake".to_owned(),
        ),
        ("fs.s3a.assumed.role.sts.endpoint", format!("{endpoint}/sts")),
    ];
    proxy.rule(Rule::new("POST", "/sts", Fault::Say(200, GIVEN)).always());
    let mounted = Mounted::with(&format!("s3://{}", bucket.name), settings, "a-secret");
    mounted.files().put("/mnt/data/a.csv", "x\n", false).unwrap();
    let seen = proxy.seen();
    let (given, asked): (Vec<_>, Vec<_>) = seen.iter().partition(|seen| seen.path == "/sts");
    assert!(
        given.len() > 1 && given.len() == asked.len(),
        "{} {}",
        given.len(),
        asked.len()
    );
}
