//! What is large: a file of 200 MB whose connection breaks on the way, and folders of thousands of blobs.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use object_store::ObjectStoreExt as _;
use sheaf::storage::Location;
use sheaf::work::Interrupt;

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use super::faults::{Fault, Proxy, Rule};
use super::verbs::{KEY_SETTING, Mounted};

/// The length of the large file, in bytes: not a whole number of parts.
const SIZE: u64 = 200_000_003;

/// Returns a piece of the large file, as it is behind so many bytes.
fn piece(at: u64, length: usize) -> Vec<u8> {
    (at..at + length as u64)
        .map(|at| (at % 251) as u8 ^ (at >> 20) as u8)
        .collect()
}

/// Returns the most memory that this process had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}

fn through_proxy() -> (Container, Proxy, Mounted) {
    let container = Azurite::plain().container();
    let proxy = Proxy::before(container.azurite.port());
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", proxy.port);
    let mounted = Mounted::at(&endpoint, &container.source(""), KEY_SETTING, KEY);
    (container, proxy, mounted)
}

/// Returns the size of a blob; `None` where there is none.
fn size_of(container: &Container, name: &str) -> Option<u64> {
    let store = container.store();
    match container.wait(store.head(&object_store::path::Path::from(name))) {
        Ok(found) => Some(found.size),
        Err(object_store::Error::NotFound { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Compares a blob with the large file, without all of it in memory.
fn is_right(container: &Container, name: &str) -> bool {
    let store = container.store();
    container.wait(async {
        let found = store.get(&object_store::path::Path::from(name)).await.unwrap();
        let mut stream = found.into_stream();
        let mut at = 0;
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.unwrap();
            if bytes != piece(at, bytes.len()) {
                return false;
            }
            at += bytes.len() as u64;
        }
        at == SIZE
    })
}

#[test]
fn a_file_of_200_megabytes_is_whole_or_not_there_although_its_connection_breaks() {
    for overwrite in [false, true] {
        let (container, proxy, mounted) = through_proxy();
        let before = overwrite.then_some(3);
        if overwrite {
            container.put("large.bin", "old");
        }
        proxy.rule(
            Rule::new("PUT", "comp=block&", Fault::CutUpload(3 << 20))
                .after(9)
                .times(3),
        );
        proxy.rule(
            Rule::new("PUT", "comp=block&", Fault::ResetAfter)
                .after(4)
                .times(2),
        );
        let is_over = AtomicBool::new(false);
        let memory = peak();
        let (seen, grown) = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut seen = Vec::new();
                while !is_over.load(Ordering::SeqCst) {
                    seen.push(size_of(&container, "large.bin"));
                    thread::sleep(Duration::from_millis(50));
                }
                seen
            });
            let location = mounted.mounts.resolve("/mnt/data/large.bin").unwrap();
            let mut writer = location.create(overwrite).unwrap();
            let mut at = 0;
            while at < SIZE {
                let length = (SIZE - at).min(1 << 20);
                writer.write_all(&piece(at, length as usize)).unwrap();
                at += length;
            }
            assert_eq!(size_of(&container, "large.bin"), before);
            writer.commit().unwrap();
            let grown = peak() - memory;
            is_over.store(true, Ordering::SeqCst);
            (watcher.join().unwrap(), grown)
        });
        let all = [before, Some(SIZE)];
        assert!(seen.iter().all(|size| all.contains(size)), "{seen:?}");
        assert!(seen.iter().filter(|size| **size == before).count() > 3);
        // The proxy, which is in this process, has each part whole as well.
        assert!(grown < 190 << 20, "{} MB", grown >> 20);
        let parts = proxy.seen();
        let lost = parts
            .iter()
            .filter(|part| part.query.contains("comp=block&") && part.status == 0);
        assert_eq!(lost.count(), 3);
        assert!(is_right(&container, "large.bin"));
        assert_eq!(container.names(), ["large.bin"]);
    }
}

/// Writes small blobs, many at the same time.
fn fill(container: &Container, names: impl Iterator<Item = String>) {
    let store = container.store();
    container.wait(async {
        let puts = names.map(|name| {
            let store = &store;
            async move {
                let name = object_store::path::Path::from(name);
                store.put(&name, "x".into()).await.unwrap();
            }
        });
        futures::stream::iter(puts)
            .buffer_unordered(64)
            .collect::<Vec<_>>()
            .await;
    });
}

#[test]
fn thousands_of_blobs_are_listed_all_and_sorted_and_it_can_be_stopped() {
    let (container, proxy, mounted) = through_proxy();
    // More than the 5,000 of one page in one folder, and in all below another.
    let flat: Vec<String> = (0..5_010).map(|at| format!("{at:05}.csv")).collect();
    fill(&container, flat.iter().map(|name| format!("flat/{name}")));
    fill(
        &container,
        (0..100).map(|at| format!("deep/{:02}/{at}.csv", at % 50)),
    );
    let names = |folder: &str| -> Vec<String> {
        let listed = mounted.files().ls(folder).unwrap();
        listed.into_iter().map(|info| info.name).collect()
    };
    assert!(names("/mnt/data/flat") == flat);
    let folders: Vec<String> = (0..50).map(|at| format!("{at:02}/")).collect();
    assert_eq!(names("/mnt/data/deep"), folders);
    let found = mounted.mounts.resolve_glob("/mnt/data/**/*.csv").unwrap();
    let found: Vec<&str> = found.iter().map(Location::name).collect();
    assert_eq!(found.len(), flat.len() + 100);
    assert!(found.is_sorted());
    // The second page never comes, and nobody has to wait for it.
    proxy.rule(Rule::new("GET", "marker=", Fault::Hang).always());
    let stopped = |work: &(dyn Fn() -> Result<(), sheaf::error::Error> + Sync)| {
        let interrupt = Interrupt::default();
        let presser = interrupt.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(700));
            presser.trigger();
        });
        let begun = Instant::now();
        let stopped = interrupt.watched(work).unwrap_err();
        assert_eq!(stopped.to_string(), "interrupted");
        assert!(begun.elapsed() < Duration::from_secs(3));
    };
    stopped(&|| mounted.files().ls("/mnt/data/flat").map(drop));
    stopped(&|| {
        mounted
            .files()
            .cp("/mnt/data/flat", "/mnt/local/flat", true)
            .map(drop)
    });
    assert_eq!(container.names().len(), flat.len() + 100);
}
