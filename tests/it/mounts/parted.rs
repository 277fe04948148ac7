//! Objects of S3 that one request is too little for: moto copies them in parts, and this machine sees none of their bytes.

use std::thread;
use std::time::{Duration, Instant};

use sheaf::work::Interrupt;

use super::faults::{Fault, Proxy, Rule, Seen};
use super::moto::{ACCESS_KEY, Bucket, SECRET_KEY};
use super::verbs::{Mounted, shown};

/// The length of the large object: two parts of 64 MiB, and a rest.
const SIZE: u64 = (130 << 20) + 7;

fn through_proxy() -> (Bucket, Proxy, Mounted) {
    let bucket = Bucket::new();
    let proxy = Proxy::before(bucket.port());
    let settings = [
        ("fs.s3a.endpoint", format!("http://127.0.0.1:{}", proxy.port)),
        ("fs.s3a.access.key", ACCESS_KEY.to_owned()),
        ("fs.s3a.secret.key", "{{secrets/s3/key}}".to_owned()),
    ];
    let mounted = Mounted::with(&format!("s3://{}/top", bucket.name), settings, SECRET_KEY);
    (bucket, proxy, mounted)
}

fn contents() -> Vec<u8> {
    (0..SIZE).map(|at| (at % 251) as u8 ^ (at >> 20) as u8).collect()
}

/// Returns the requests that copied a part.
fn parts(seen: &[Seen]) -> Vec<&Seen> {
    let parts = seen.iter().filter(|seen| seen.query.contains("partNumber="));
    parts.collect()
}

/// Returns what of a bucket was begun and is not over.
fn unfinished(bucket: &Bucket) -> String {
    let address = format!("{}/{}?uploads", bucket.endpoint(), bucket.name);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { reqwest::get(address).await.unwrap().text().await.unwrap() })
}

#[test]
fn a_large_object_is_copied_by_its_bucket_in_parts_or_through_here_where_that_cannot_be() {
    let (bucket, proxy, mounted) = through_proxy();
    let (files, contents) = (mounted.files(), contents());
    bucket.put("top/a b+&é/large.bin", contents.clone());
    // A part that is refused for a moment is asked for again.
    proxy.rule(Rule::new("PUT", "partNumber=2", Fault::Answer(503, &[])));
    files
        .cp("/mnt/data/a b+&é/large.bin", "/mnt/data/copy.bin", false)
        .unwrap();
    let seen = proxy.seen();
    assert_eq!(parts(&seen).len(), 4);
    let through_here: u64 = seen.iter().map(|seen| seen.sent + seen.received).sum();
    assert!(through_here < 100_000, "{through_here}");
    assert!(bucket.get("top/copy.bin") == contents);

    // A service that does not know such copies.
    proxy.rule(Rule::new(
        "POST",
        "uploads",
        Fault::Say(501, "<Error><Code>NotImplemented</Code></Error>"),
    ));
    files
        .cp("/mnt/data/copy.bin", "/mnt/data/again.bin", false)
        .unwrap();
    let sent: u64 = proxy.seen().iter().map(|seen| seen.sent).sum();
    assert!(sent > SIZE);
    assert!(bucket.get("top/again.bin") == contents);
    assert!(!unfinished(&bucket).contains("<Upload>"));
}

#[test]
fn a_copy_in_parts_tells_how_far_it_is_and_leaves_nothing_when_it_is_stopped_or_refused() {
    let (bucket, proxy, mounted) = through_proxy();
    bucket.put("top/large.bin", contents());
    proxy.rule(Rule::new("PUT", "partNumber=2", Fault::Hang).always());
    let interrupt = Interrupt::default();
    let progress = interrupt.progress().clone();
    let stopped = thread::scope(|scope| {
        let copying = scope.spawn(|| {
            interrupt.watched(|| {
                mounted
                    .files()
                    .cp("/mnt/data/large.bin", "/mnt/data/copy.bin", false)
            })
        });
        let begun = Instant::now();
        // All but the part that hangs.
        let expected = SIZE - (64 << 20);
        while progress.now().is_none_or(|stage| stage.done != expected) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", progress.now());
            thread::sleep(Duration::from_millis(20));
        }
        let stage = progress.now().unwrap();
        assert_eq!((stage.label, stage.total), ("copying", Some(SIZE)));
        interrupt.trigger();
        copying.join().unwrap()
    });
    assert_eq!(stopped.unwrap_err().to_string(), "interrupted");
    nothing_is_left(&bucket);

    // Replaced between two parts, it is an error, and not half of both.
    proxy.heal();
    let replaced = "<Error><Code>PreconditionFailed</Code></Error>";
    proxy.rule(Rule::new("PUT", "partNumber=3", Fault::Say(412, replaced)));
    let refused = mounted
        .files()
        .mv("/mnt/data/large.bin", "/mnt/data/copy.bin", false);
    let refused = shown(refused.unwrap_err());
    assert!(
        refused.contains("its contents were replaced meanwhile"),
        "{refused}"
    );
    nothing_is_left(&bucket);
}

/// Waits until the bucket knows of no upload that is not over, and has the large object alone.
fn nothing_is_left(bucket: &Bucket) {
    let begun = Instant::now();
    while unfinished(bucket).contains("<Upload>") {
        assert!(begun.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(bucket.names(), ["top/large.bin"]);
}
