//! Files of sqllogictest, the format of SQLite's own tests: those of `tests/sql/logictest`, and any in the folder that
//! `SHEAF_LOGICTEST` names.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::engine::{answer_all, folder, judged, tables};

/// Runs a file; its judge wants no wrong answer and 97 % of right ones.
#[track_caller]
fn passes(file: &Path) {
    let work = TempDir::new().unwrap();
    let path = |name: &str| work.path().join(name);
    let (shown, content) = judged(
        Path::new("python3"),
        "logictest.py",
        &[Path::new("prepare"), file, work.path()],
    );
    assert!(content, "{shown}");
    answer_all(
        &tables(&path("tables.json")),
        &path("queries.jsonl"),
        &path("answers.jsonl"),
    );
    let (shown, content) = judged(
        Path::new("python3"),
        "logictest.py",
        &[Path::new("judge"), file, &path("answers.jsonl"), Path::new("-v")],
    );
    assert!(content, "{shown}");
}

#[test]
fn expressions_give_what_sqlite_gives() {
    passes(&folder().join("logictest/expressions.test"));
}

#[test]
fn aggregates_give_what_sqlite_gives() {
    passes(&folder().join("logictest/aggregates.test"));
}

#[test]
fn selections_give_what_sqlite_gives() {
    passes(&folder().join("logictest/select.test"));
}

#[test]
fn long_joins_give_what_sqlite_gives() {
    passes(&folder().join("logictest/joins.test"));
}

#[test]
fn files_from_elsewhere_give_what_they_say() {
    let Some(named) = std::env::var_os("SHEAF_LOGICTEST") else {
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(named)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    files.sort();
    files.iter().for_each(|file| passes(file));
}
