//! What a store of objects alone does as a place to mount; what it has in common with others is tested with them.

use std::io::Write as _;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};

use super::super::runtime;
use super::super::testing::objects;
use super::*;
use crate::storage::Files;
use crate::storage::testing::Stored;

/// Runs what a test does behind the back of a mount.
fn run<T: Send + 'static>(work: impl Future<Output = object_store::Result<T>> + Send + 'static) -> T {
    runtime::wait(&Interrupt::default(), work).unwrap().unwrap()
}

fn put(stored: &Stored, key: &str, contents: &str) {
    let store = objects(stored.folder.path(), "data");
    let (path, payload) = (Path::parse(key).unwrap(), PutPayload::from(contents.to_owned()));
    run(async move { store.put(&path, payload).await });
}

fn keys(stored: &Stored) -> Vec<String> {
    let store = objects(stored.folder.path(), "data");
    let all: Vec<_> = run(async move { store.list(None).try_collect().await });
    let mut keys: Vec<String> = all.into_iter().map(|meta| meta.location.to_string()).collect();
    keys.sort();
    keys
}

#[test]
fn a_large_file_comes_together_under_a_hidden_name_and_replaces_nothing() {
    let stored = Stored::in_cloud();
    let location = stored.at("/mnt/data/big.bin");
    let contents = vec![7; 20 << 20];
    let mut writer = location.create(false).unwrap();
    writer.write_all(&contents).unwrap();
    put(&stored, "top/big.bin", "another program's");
    let refused = writer.commit().unwrap_err();
    assert_eq!(refused.to_string(), "/mnt/data/big.bin exists already");
    assert_eq!(location.text().unwrap(), "another program's");
    assert_eq!(keys(&stored), ["top/big.bin"]);
    let mut writer = stored.at("/mnt/data/new.bin").create(false).unwrap();
    writer.write_all(&contents).unwrap();
    writer.commit().unwrap();
    assert_eq!(keys(&stored), ["top/big.bin", "top/new.bin"]);
    assert!(stored.at("/mnt/data/new.bin").bytes().unwrap() == contents);
    put(
        &stored,
        "top/.sheaf-00000000000000aa.part",
        "left by a killed program",
    );
    assert_eq!(stored.tree("/mnt/out"), "");
    assert_eq!(stored.at("/mnt/data").names().unwrap(), ["big.bin", "new.bin"]);
}

#[test]
fn all_that_is_below_a_folder_comes_page_by_page() {
    let stored = Stored::in_cloud();
    for at in 0..2_500 {
        put(&stored, &format!("top/many/{}/{at:04}", at % 7), "x");
    }
    put(&stored, "top/many/empty_$folder$", "");
    put(&stored, "top/many/3_$folder$", "");
    put(&stored, "top/many-not", "x");
    let place = stored.at("/mnt/data/many");
    let entries: Vec<Entry> = place
        .store()
        .walk(place.inner())
        .collect::<io::Result<_>>()
        .unwrap();
    let (folders, files): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_folder());
    assert_eq!(files.len(), 2_500);
    assert!(
        files
            .iter()
            .any(|entry| entry.name == "3/0003" && entry.size() == 1)
    );
    let folders: Vec<_> = folders.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(folders, ["empty"]);
    let nowhere = stored.at("/mnt/data/nowhere");
    let error = nowhere.store().walk("nowhere").next().unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let file = place.store().walk("many-not").next().unwrap().unwrap_err();
    assert_eq!(file.kind(), io::ErrorKind::NotADirectory);
}

#[test]
fn a_file_is_read_in_ranges_of_one_version() {
    let stored = Stored::in_cloud();
    let contents: Vec<u8> = (0..30_000_000_u32).map(|at| (at % 253) as u8).collect();
    let location = stored.put("/mnt/data/big.bin", &contents);
    assert!(location.bytes().unwrap() == contents);
    for range in [
        0..0,
        0..5,
        9_999_990..10_000_010,
        29_999_999..40_000_000,
        50_000_000..60_000_000,
    ] {
        let (start, end) = (range.start as usize, (range.end as usize).min(contents.len()));
        let expected = contents.get(start..end).unwrap_or_default();
        assert!(location.range(range.clone()).unwrap() == expected, "{range:?}");
    }
    let version = location.version().unwrap();
    stored.put("/mnt/data/big.bin", "another");
    let refused = location
        .open_version(0..5, &version)
        .unwrap()
        .whole()
        .unwrap_err();
    assert_eq!(refused.to_string(), "its contents were replaced meanwhile");
}

#[test]
fn what_changes_while_it_is_moved_stays() {
    let stored = Stored::in_cloud();
    let location = stored.put("/mnt/data/a.csv", "old");
    let version = location.version().unwrap();
    stored.put("/mnt/data/a.csv", "new");
    let refused = location.store().delete_version("a.csv", &version).unwrap_err();
    assert_eq!(refused.to_string(), "its contents were replaced meanwhile");
    assert_eq!(location.text().unwrap(), "new");
    let version = location.version().unwrap();
    location.store().delete_version("a.csv", &version).unwrap();
    assert_eq!(keys(&stored), [""; 0]);
}

#[test]
fn an_address_is_that_of_the_object() {
    let stored = Stored::in_cloud();
    assert_eq!(
        stored.at("/mnt/data/a b/c.csv").address(),
        "https://cloud.example/data/top/a b/c.csv"
    );
    assert_eq!(stored.at("/mnt/data").address(), "https://cloud.example/data/top");
}

#[test]
fn more_files_than_are_kept_are_copied_and_moved_whole() {
    let stored = Stored::in_cloud();
    for at in 0..5_050 {
        put(&stored, &format!("top/many/{}/{at:04}", at % 7), "x");
    }
    put(&stored, "top/many/empty_$folder$", "");
    let files = Files::new(&stored.mounts);
    files.cp("/mnt/data/many", "/mnt/out/many", true).unwrap();
    let walked = |name: &str| stored.at(name).store().walk("many").count();
    assert_eq!(walked("/mnt/out"), 5_051);
    files.mv("/mnt/data/many", "/mnt/out/moved", true).unwrap();
    assert_eq!(keys(&stored), [""; 0]);
    assert_eq!(stored.at("/mnt/out").store().walk("moved").count(), 5_051);
}

#[test]
fn a_folder_is_copied_into_the_one_that_it_is_in_as_it_was() {
    let stored = Stored::in_cloud();
    // Listed again while it is copied, each would bring forth another one.
    for at in 0..5_050 {
        put(&stored, &format!("top/a/b/b/b/{at:04}"), "x");
    }
    put(&stored, "top/a/b/x", "x");
    Files::new(&stored.mounts)
        .cp("/mnt/data/a/b", "/mnt/data/a", true)
        .unwrap();
    let mut expected: Vec<String> = (0..5_050)
        .flat_map(|at| ["top/a/b/b/b", "top/a/b/b"].map(|folder| format!("{folder}/{at:04}")))
        .chain(["top/a/b/x", "top/a/x"].map(str::to_owned))
        .collect();
    expected.sort();
    assert!(keys(&stored) == expected);
}

#[test]
fn names_that_begin_in_a_way_are_listed_alone() {
    let stored = Stored::in_cloud();
    for key in [
        "top/a/part-1",
        "top/a/part-2/x",
        "top/a/part-2_$folder$",
        "top/a/other",
        "top/apart-3",
    ] {
        put(&stored, key, "");
    }
    let place = stored.at("/mnt/data/a");
    let listed = |beginning: &str| {
        let entries = place
            .store()
            .list_beginning(place.inner(), beginning)
            .map(Result::unwrap);
        let mut names: Vec<String> = entries.map(|entry| entry.name).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(listed("part-"), "part-1 part-2");
    assert_eq!(listed(""), "other part-1 part-2");
    assert_eq!(listed("nothing"), "");
}
