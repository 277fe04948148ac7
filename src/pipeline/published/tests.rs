//! Publishing, going back, and what is kept.

use std::fs;
use std::path::Path;

use chrono::{TimeZone as _, Utc};

use super::{FileChange, Publication, Published, Snapshot};
use crate::pipeline::definition::Definitions;
use crate::workspace::Workspace;

const PIPELINE: &str = "(activities: [(name: \"a\", type: Notebook(path: \"jobs/a.py\"))])";
const NOTEBOOK: &str = "# Databricks notebook source\nload(\"lib/x.star\", \"f\")\nf()\n";

fn workspace(root: &Path) -> Workspace {
    for (path, text) in [
        ("sheaf.ron", "()"),
        ("pipelines/p.ron", PIPELINE),
        ("jobs/a.py", NOTEBOOK),
        ("lib/x.star", "def f(): return 1\n"),
        ("jobs/unused.py", NOTEBOOK),
    ] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
    Workspace::find(root).unwrap()
}

fn publication(message: &str) -> Publication {
    Publication {
        by: "ada".to_owned(),
        at: Utc.with_ymd_and_hms(2026, 1, 31, 2, 0, 0).unwrap(),
        message: message.to_owned(),
    }
}

#[test]
fn a_version_holds_everything_that_it_needs_exactly_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    assert_eq!(published.current().unwrap(), None);
    let first = published
        .publish(&workspace, publication("first"))
        .unwrap()
        .unwrap();
    assert_eq!(first.number, 1);
    let files: Vec<&String> = first.files.keys().collect();
    assert_eq!(files, ["jobs/a.py", "lib/x.star", "pipelines/p.ron"]);
    assert_eq!(published.publish(&workspace, publication("again")).unwrap(), None);

    fs::write(workspace.root().join("lib/x.star"), "def f(): return 2\n").unwrap();
    let second = published
        .publish(&workspace, publication("second"))
        .unwrap()
        .unwrap();
    assert_eq!(published.current().unwrap(), Some(second));
    let kept = published.folder(1).unwrap();
    assert_eq!(
        fs::read_to_string(kept.join("lib/x.star")).unwrap(),
        "def f(): return 1\n"
    );
    assert_eq!(
        published.definitions(1).unwrap().names().collect::<Vec<_>>(),
        ["p"]
    );
    fs::write(kept.join("lib/x.star"), "changed").unwrap();
    fs::remove_file(kept.join("jobs/a.py")).unwrap();
    let kept = published.folder(1).unwrap();
    assert_eq!(
        fs::read_to_string(kept.join("lib/x.star")).unwrap(),
        "def f(): return 1\n"
    );
    assert_eq!(fs::read_to_string(kept.join("jobs/a.py")).unwrap(), NOTEBOOK);

    let third = published.rollback(1, publication("back to 1")).unwrap().unwrap();
    assert_eq!((third.number, third.files), (3, first.files));
    let numbers: Vec<u32> = published
        .versions()
        .unwrap()
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[test]
fn what_is_wrong_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    let computed = format!("{NOTEBOOK}name = \"b\"\ndbutils.notebook.run(name)\n");
    fs::write(workspace.root().join("jobs/a.py"), computed).unwrap();
    let error = published.publish(&workspace, publication("")).unwrap_err();
    assert_eq!(error.to_string(), "nothing was published: 1 thing is wrong");
    assert_eq!(published.current().unwrap(), None);
    let error = published.version(7).unwrap_err();
    assert_eq!(error.to_string(), "there is no published version 7");
}

#[test]
fn a_version_that_was_not_finished_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    let first = published.publish(&workspace, publication("first")).unwrap();
    // What a process leaves that is killed before the version's own file is there.
    fs::write(published.folder.join("files").join("0".repeat(64)), "half").unwrap();
    fs::write(
        published.folder.join("versions/.sheaf-1-2-3.partial"),
        "(number: 2",
    )
    .unwrap();
    assert_eq!(published.current().unwrap(), first);
}

#[test]
fn a_damaged_file_is_told_and_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    let version = published
        .publish(&workspace, publication("first"))
        .unwrap()
        .unwrap();
    let digest = version.files["jobs/a.py"];
    fs::write(published.bytes_file(digest), "other").unwrap();
    let error = published.snapshot(1).unwrap_err().to_string();
    assert!(
        error.ends_with("has been changed since it was published"),
        "{error}"
    );
    let escaping = version.to_text().replace("jobs/a.py", "../a.py");
    fs::write(published.version_file(1), escaping).unwrap();
    assert!(published.folder(1).is_err());
}

#[test]
fn two_that_publish_at_once_both_have_their_version() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    std::thread::scope(|scope| {
        for index in 0..4 {
            let published = published.clone();
            scope.spawn(move || {
                let file = ("a".to_owned(), format!("{index}").into_bytes());
                let snapshot = Snapshot::of_files([file].into());
                published.keep(&snapshot, publication("")).unwrap().unwrap();
            });
        }
    });
    let numbers: Vec<u32> = published
        .versions()
        .unwrap()
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
}

#[test]
fn changes_are_told_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    published.publish(&workspace, publication("first")).unwrap();
    fs::write(workspace.root().join("lib/x.star"), "def f(): return 2\n").unwrap();
    fs::write(workspace.root().join("pipelines/q.ron"), "()").unwrap();
    let definitions = Definitions::read(&workspace).unwrap();
    let (draft, _) = Snapshot::of_draft(&workspace, &definitions);
    let changes = published.snapshot(1).unwrap().changes(&draft);
    assert_eq!(
        changes,
        [
            FileChange::Changed {
                path: "lib/x.star".to_owned(),
                lines: "@@ -1 +1 @@\n-def f(): return 1\n+def f(): return 2\n".to_owned(),
            },
            FileChange::Added {
                path: "pipelines/q.ron".to_owned(),
            },
        ]
    );
}

/// Returns the files of a folder, by their paths, with what is in them.
fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_version_is_its_list_also_where_its_number_was_lost_and_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    published.publish(&workspace, publication("first")).unwrap();
    let first = published.folder(1).unwrap();
    // Its own file was not on the disk yet when the power went.
    fs::remove_file(published.version_file(1)).unwrap();
    fs::write(
        workspace.root().join("jobs/a.py"),
        "# Databricks notebook source\n",
    )
    .unwrap();
    fs::remove_file(workspace.root().join("lib/x.star")).unwrap();
    let again = published
        .publish(&workspace, publication("again"))
        .unwrap()
        .unwrap();
    assert_eq!(again.number, 1);
    let second = published.folder(1).unwrap();
    assert_ne!(first, second);
    let expected = published.snapshot(1).unwrap().files().clone();
    assert_eq!(files(&second), expected);
    // What someone has put there would be read in place of today's.
    fs::create_dir_all(second.join("data/deep")).unwrap();
    fs::write(second.join("data/deep/in.csv"), "old").unwrap();
    fs::write(second.join("lib.star"), "old").unwrap();
    assert_eq!(files(&published.folder(1).unwrap()), expected);
}

#[test]
fn a_publication_that_is_killed_at_any_step_is_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let published = Published::open(&workspace);
    let first = published.publish(&workspace, publication("first")).unwrap();
    let of_first = published.snapshot(1).unwrap().files().clone();
    fs::write(workspace.root().join("lib/x.star"), "def f(): return 2\n").unwrap();
    fs::write(workspace.root().join("jobs/b.py"), NOTEBOOK).unwrap();
    fs::write(
        workspace.root().join("pipelines/q.ron"),
        PIPELINE.replace("a.py", "b.py"),
    )
    .unwrap();
    let definitions = Definitions::read(&workspace).unwrap();
    let (snapshot, _) = Snapshot::of_draft(&workspace, &definitions);
    // Each of its files is written by itself, and the version behind all of them.
    for step in 0..=snapshot.files().len() {
        for bytes in snapshot.files().values().take(step) {
            published.keep_bytes(bytes).unwrap();
        }
        fs::write(published.folder.join("files/.sheaf-1-2-3.partial"), "ha").unwrap();
        fs::write(
            published.folder.join("versions/.sheaf-1-2-3.partial"),
            "(number: 2",
        )
        .unwrap();
        assert_eq!(published.current().unwrap(), first, "{step}");
        assert_eq!(files(&published.folder(1).unwrap()), of_first, "{step}");
    }
    let second = published.keep(&snapshot, publication("second")).unwrap().unwrap();
    assert_eq!(second.number, 2);
    // Killed while its folder was made: what is there is half, or of something else.
    let whole = published.folder(2).unwrap();
    for path in snapshot.files().keys() {
        fs::write(whole.join(path), "ha").unwrap();
        fs::write(whole.join("extra"), "ha").unwrap();
        assert_eq!(files(&published.folder(2).unwrap()), *snapshot.files(), "{path}");
        fs::remove_file(whole.join(path)).unwrap();
        assert_eq!(files(&published.folder(2).unwrap()), *snapshot.files(), "{path}");
    }
}
