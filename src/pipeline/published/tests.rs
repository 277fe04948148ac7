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
    assert!(error.ends_with("is not as it was published"), "{error}");
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
