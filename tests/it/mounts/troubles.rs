//! Networks that break and servers that are busy, between the file commands and a container of Azure.

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use sheaf::work::Interrupt;

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use super::faults::{Fault, Proxy, Rule};
use super::service::free_port;
use super::verbs::{KEY_SETTING, Mounted, shown};

/// A container, and a proxy before it that a workspace goes through.
fn through_proxy() -> (Container, Proxy, Mounted) {
    let container = Azurite::plain().container();
    let proxy = Proxy::before(container.azurite.port());
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", proxy.port);
    let mounted = Mounted::at(&endpoint, &container.source(""), KEY_SETTING, KEY);
    (container, proxy, mounted)
}

fn contents(size: u32) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_write_whose_answer_is_lost_is_written_once() {
    let (container, proxy, mounted) = through_proxy();
    // The server carries out the first one, so that the second finds the name taken: by itself.
    proxy.rule(Rule::new("PUT", "small.csv", Fault::ResetAfter));
    mounted
        .files()
        .put("/mnt/data/small.csv", "x\n1\n", false)
        .unwrap();
    assert_eq!(container.get("small.csv"), b"x\n1\n");
    proxy.rule(Rule::new("PUT", "comp=blocklist", Fault::ResetAfter));
    let large = contents(20 << 20);
    let mut writer = mounted
        .mounts
        .resolve("/mnt/data/large.bin")
        .unwrap()
        .create(false)
        .unwrap();
    writer.write_all(&large).unwrap();
    writer.commit().unwrap();
    assert!(container.get("large.bin") == large);
    // What somebody else wrote is still not replaced.
    container.put("other.csv", "another program's");
    proxy.rule(Rule::new(
        "HEAD",
        "other.csv",
        Fault::Answer(404, &[("x-ms-error-code", "BlobNotFound")]),
    ));
    proxy.rule(Rule::new("PUT", "other.csv", Fault::ResetBefore));
    let refused = mounted
        .files()
        .put("/mnt/data/other.csv", "mine", false)
        .unwrap_err();
    assert_eq!(refused.to_string(), "/mnt/data/other.csv exists already");
    assert_eq!(container.get("other.csv"), b"another program's");
}

#[test]
fn a_large_file_arrives_although_parts_of_it_break_and_the_server_is_busy() {
    let (container, proxy, mounted) = through_proxy();
    proxy.rule(Rule::new("PUT", "comp=block&", Fault::CutUpload(1 << 20)).times(2));
    proxy.rule(Rule::new("PUT", "comp=block&", Fault::Answer(503, &[("Retry-After", "0")])).times(2));
    proxy.rule(Rule::new("PUT", "comp=blocklist", Fault::Answer(500, &[])));
    let large = contents(50 << 20);
    let location = mounted.mounts.resolve("/mnt/data/large.bin").unwrap();
    let mut writer = location.create(false).unwrap();
    writer.write_all(&large).unwrap();
    assert_eq!(container.names(), [""; 0]);
    writer.commit().unwrap();
    assert!(container.get("large.bin") == large);
    // And comes back, resumed where it broke, of one version only.
    proxy.seen();
    proxy.rule(Rule::new("GET", "large.bin", Fault::CutBody(300_000)).times(3));
    assert!(location.bytes().unwrap() == large);
    let reads = proxy.seen();
    let reads: Vec<_> = reads.iter().filter(|seen| seen.method == "GET").collect();
    assert!(reads.iter().all(|seen| seen.is_conditional));
    // Several pieces of 8 MiB are on their way at once.
    let is_resumed = |first: u64| first % (8 << 20) == 300_000;
    assert!(
        reads
            .iter()
            .any(|seen| seen.range.is_some_and(|(first, _)| is_resumed(first)))
    );
    let received: u64 = reads.iter().map(|seen| seen.received).sum();
    assert!(
        received < large.len() as u64 + 100_000,
        "{received} bytes were sent again"
    );
}

#[test]
fn what_is_asked_of_a_busy_server_is_asked_again() {
    let (container, proxy, mounted) = through_proxy();
    container.put("sub/a.csv", "x\n1\n");
    for (method, part) in [
        ("GET", "comp=list"),
        ("HEAD", "a.csv"),
        ("GET", "a.csv"),
        ("DELETE", "a.csv"),
    ] {
        proxy.rule(Rule::new(
            method,
            part,
            Fault::Answer(429, &[("Retry-After", "0")]),
        ));
        proxy.rule(Rule::new(method, part, Fault::ResetBefore));
    }
    assert_eq!(mounted.ls("/mnt/data/sub"), "a.csv 4");
    assert_eq!(mounted.files().head("/mnt/data/sub/a.csv", 9).unwrap(), "x\n1\n");
    assert!(mounted.files().rm("/mnt/data/sub/a.csv", false).unwrap());
    assert_eq!(container.names(), [""; 0]);
}

#[test]
fn waiting_for_a_server_can_be_stopped() {
    let (container, proxy, mounted) = through_proxy();
    container.put("a.csv", "x\n1\n");
    proxy.rule(Rule::new("HEAD", "a.csv", Fault::Hang).always());
    let interrupt = Interrupt::default();
    let presser = interrupt.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        presser.trigger();
    });
    let begun = Instant::now();
    let stopped = interrupt
        .watched(|| mounted.files().head("/mnt/data/a.csv", 9))
        .unwrap_err();
    assert_eq!(stopped.to_string(), "interrupted");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_wrong_clock_and_a_server_that_is_not_there_are_told_apart() {
    let (container, proxy, _) = through_proxy();
    container.put("a.csv", "x\n1\n");
    let place = format!("the container {} of the account {ACCOUNT}", container.name);
    // A wrong clock makes wrong signatures, and a server refuses both alike.
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", proxy.port);
    let mounted = Mounted::at(&endpoint, &container.source(""), KEY_SETTING, "d3Jvbmc=");
    proxy.rule(Rule::new("HEAD", "a.csv", Fault::Skew(7_300)).always());
    assert_eq!(
        shown(mounted.files().head("/mnt/data/a.csv", 9).unwrap_err()),
        format!(
            "/mnt/data/a.csv cannot be read: the clock of this machine is 2 hours behind the store's, so {place} refuses \
             (AuthorizationFailure) | set the clock of this machine, best from the network"
        )
    );
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", free_port());
    let down = Mounted::at(&endpoint, &container.source(""), KEY_SETTING, KEY);
    let begun = Instant::now();
    assert_eq!(
        shown(down.files().head("/mnt/data/a.csv", 9).unwrap_err()),
        "/mnt/data/a.csv cannot be read: nothing answers at 127.0.0.1 | check that the service runs, the port, and the network"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    // It is not known whether something is there, which is not the same as that nothing is.
    let location = down.mounts.resolve("/mnt/data/a.csv").unwrap();
    for found in [location.exists(), location.is_file(), location.is_folder()] {
        assert_eq!(
            found.unwrap_err().to_string(),
            "/mnt/data/a.csv cannot be read: nothing answers at 127.0.0.1"
        );
    }
    let searched = down.mounts.resolve_glob("/mnt/data/*/a.csv").unwrap_err();
    assert!(
        searched.to_string().contains("nothing answers at 127.0.0.1"),
        "{searched}"
    );
}
