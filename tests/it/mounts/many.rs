//! A container of 100,000 blobs: all of it is listed, searched and copied without being in memory.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sheaf::storage::{Configs, Files, Location, Mounts};
use sheaf::work::Interrupt;

use super::azurite::{ACCOUNT, Azurite, FULL, IN_FOLDER, KEY};
use super::faults::Proxy;
use super::google::{BUCKET, Google};
use super::verbs::{KEY_SETTING, Mounted, OneSecret, mount};

/// Returns the memory of this process now, and the most that it had since [`forget_peak`], in bytes.
fn memory() -> [u64; 2] {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes << 10
    })
}

/// Returns what some work gives, how long it takes, and by how much memory grows at its peak, in bytes.
fn measured<T>(work: impl FnOnce() -> T) -> (T, Duration, u64) {
    // As Linux documents it, this sets the peak back to what there is now.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let ([before, _], begun) = (memory(), Instant::now());
    let done = work();
    let time = begun.elapsed();
    (done, time, memory()[1].saturating_sub(before))
}

fn told(what: &str, count: usize, (time, grown): (Duration, u64)) {
    let line = format!(
        "{what:24} {count:>7} blobs {:>6.2} s {:>6.1} MB",
        time.as_secs_f64(),
        grown as f64 / 1e6
    );
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Searches all that is below a folder, and keeps next to nothing of it.
fn walked(mounted: &Mounted, folder: &str) -> usize {
    let pattern = format!("{folder}/**/*0000.csv");
    mounted.mounts.resolve_glob(&pattern).unwrap().len()
}

#[test]
fn a_hundred_thousand_blobs_are_listed_and_searched_page_by_page() {
    let azurite = Azurite::many();
    let source = format!("wasbs://{FULL}@{ACCOUNT}.blob.core.windows.net/");
    let direct = Mounted::at(&azurite.endpoint(), &source, KEY_SETTING, KEY);
    let mut grown = Vec::new();
    for (folder, count) in [("/few", 1_000), ("/more", 10_000), ("", 100_000)] {
        let (found, time, peak) = measured(|| walked(&direct, &format!("/mnt/data{folder}")));
        assert_eq!(found, if folder.is_empty() { 1 + 1 + 9 } else { 1 });
        told("glob **/*0000.csv", count, (time, peak));
        grown.push(peak);
    }
    // A page of 5,000 is 3 MB, and more than one of them is in memory for a moment.
    assert!(grown.iter().all(|grown| *grown < 40 << 20), "{grown:?}");

    let proxy = Proxy::before(azurite.port());
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", proxy.port);
    let mounted = Mounted::at(&endpoint, &source, KEY_SETTING, KEY);
    // One folder of many: all of its names are wanted, or those that begin in a way.
    let (listed, time, peak) = measured(|| mounted.files().ls("/mnt/data/more").unwrap());
    told("ls", listed.len(), (time, peak));
    assert!(listed.len() == 10_000 && listed.is_sorted_by(|one, other| one.name < other.name));
    proxy.seen();
    let (found, time, peak) = measured(|| mounted.mounts.resolve_glob("/mnt/data/more/0012*.csv").unwrap());
    told("glob 0012*.csv", found.len(), (time, peak));
    assert_eq!(found.len(), 100);
    assert_eq!(
        found.first().map(Location::name),
        Some("/mnt/data/more/001200.csv")
    );
    assert_eq!(pages(&proxy), 1);

    // A folder among all of these is what is copied, and nothing else.
    proxy.seen();
    let copy = || {
        mounted
            .files()
            .cp("/mnt/data/most/042", "/mnt/local/copy", true)
            .unwrap()
    };
    let (_, time, peak) = measured(copy);
    told("cp -r", IN_FOLDER, (time, peak));
    let copied = mounted
        .mounts
        .resolve("/mnt/local/copy")
        .unwrap()
        .names()
        .unwrap();
    assert_eq!((copied.len(), copied[0].as_str()), (IN_FOLDER, "004200.csv"));
    assert_eq!(pages(&proxy), 1);
}

/// Returns how many pages were listed since this was last asked, but for looks whether something is there at all.
fn pages(proxy: &Proxy) -> usize {
    let seen = proxy.seen();
    let lists = seen.iter().filter(|seen| seen.query.contains("comp=list"));
    lists.filter(|seen| !seen.query.contains("maxresults=1")).count()
}

/// A workspace whose `/mnt/data` is the double of Google's bucket, with so many objects.
fn filled(count: usize) -> (Google, Mounts, tempfile::TempDir) {
    let google = Google::start();
    for at in 0..count {
        google.put(&format!("from/{:03}/{at:06}.csv", at / IN_FOLDER), "x", 0);
    }
    let folder = tempfile::tempdir().unwrap();
    let mounts = Mounts::new(folder.path());
    let configs = [
        ("fs.gs.storage.root.url", google.endpoint()),
        (
            "google.cloud.auth.service.account.json.keyfile",
            "{{secrets/gcp/account}}".to_owned(),
        ),
    ];
    let configs: Configs = configs.map(|(name, text)| (name.to_owned(), text)).into();
    let secret = OneSecret::new(&google.key_file());
    mount(&mounts, "/mnt/data", &format!("gs://{BUCKET}"), configs, &secret);
    fs::create_dir(folder.path().join("local")).unwrap();
    mounts.declare("file:local", "/mnt/local").unwrap();
    (google, mounts, folder)
}

/// Copies so many files out of a bucket, of which this process has the server and its objects, too, moves them there and
/// removes them; returns by how much memory grew for each.
fn copied(count: usize) -> [u64; 3] {
    let (google, mounts, folder) = filled(count);
    let files = Files::new(&mounts);
    let (_, time, copying) = measured(|| files.cp("/mnt/data/from", "/mnt/local/to", true).unwrap());
    told("cp -r", count, (time, copying));
    assert_eq!(counted(&folder.path().join("local/to")), count);
    let (_, time, moving) = measured(|| files.mv("/mnt/data/from", "/mnt/data/moved", true).unwrap());
    told("mv -r", count, (time, moving));
    assert_eq!(google.keys().len(), count);
    let (_, time, removing) = measured(|| files.rm("/mnt/data/moved", true).unwrap());
    told("rm -r", count, (time, removing));
    assert_eq!((google.keys().len(), google.wrong()), (0, vec![]));
    [copying, moving, removing]
}

fn counted(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                counted(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

#[test]
fn memory_does_not_grow_with_the_number_of_files_that_are_copied() {
    // The first copy also pays for what any takes: connections, threads, buffers.
    copied(1_000);
    for grown in copied(10_000) {
        assert!(grown < 30 << 20, "{} MB", grown >> 20);
    }
}

#[test]
#[ignore = "takes minutes: for the figures in the README"]
fn a_hundred_thousand_files_are_copied() {
    for count in [1_000, 10_000, 100_000] {
        copied(count);
    }
}

/// A workspace whose `/mnt/data` is the full container, and whose `/mnt/here` is a folder.
fn full() -> (Azurite, Mounted, tempfile::TempDir) {
    let azurite = Azurite::many();
    let source = format!("wasbs://{FULL}@{ACCOUNT}.blob.core.windows.net/");
    let mounted = Mounted::at(&azurite.endpoint(), &source, KEY_SETTING, KEY);
    let folder = tempfile::tempdir().unwrap();
    let here = format!("file:{}", folder.path().display());
    mounted.mounts.mount(&here, "/mnt/here").unwrap();
    (azurite, mounted, folder)
}

#[test]
fn a_copy_of_many_blobs_tells_how_far_it_is_and_can_be_stopped() {
    let (_azurite, mounted, folder) = full();
    let interrupt = Interrupt::default();
    let progress = interrupt.progress().clone();
    let (stopped, waited) = thread::scope(|scope| {
        let copying = scope
            .spawn(|| interrupt.watched(|| mounted.files().cp("/mnt/data/more", "/mnt/here/more", true)));
        let begun = Instant::now();
        let far = loop {
            let far = progress
                .now()
                .filter(|stage| stage.label == "copying" && stage.done >= 50);
            if let Some(far) = far {
                break far;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", progress.now());
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!((far.unit, far.total), ("bytes", Some(10_000)));
        let begun = Instant::now();
        interrupt.trigger();
        (copying.join().unwrap(), begun.elapsed())
    });
    assert_eq!(stopped.unwrap_err().to_string(), "interrupted");
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    // What was copied is whole, and there is nothing else.
    let copied = fs::read_dir(folder.path().join("more"))
        .unwrap()
        .map(Result::unwrap);
    let copied: Vec<_> = copied.map(|entry| entry.path()).collect();
    assert!((50..10_000).contains(&copied.len()), "{}", copied.len());
    assert!(copied.iter().all(|path| fs::read(path).unwrap() == b"x"));
}

#[test]
#[ignore = "takes minutes: for the figures in the README"]
fn a_hundred_thousand_blobs_are_copied_from_azurite() {
    let (_azurite, mounted, folder) = full();
    for (name, count) in [("/few", 1_000), ("/more", 10_000), ("", 100_000)] {
        let to = format!("/mnt/here/{count}");
        let copy = || {
            mounted
                .files()
                .cp(&format!("/mnt/data{name}"), &to, true)
                .unwrap()
        };
        let (_, time, peak) = measured(copy);
        told("cp -r, Azurite", count, (time, peak));
        assert_eq!(counted(&folder.path().join(count.to_string())), count);
        assert!(peak < 40 << 20, "{peak}");
    }
}
