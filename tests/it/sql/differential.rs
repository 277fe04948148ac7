//! Stored queries against Spark's stored answers, and DuckDB and SQLite against both.

use std::path::{Path, PathBuf};

use polars::prelude::IntoLazy as _;
use sheaf::frame::Frame;
use sheaf::work::Interrupt;
use tempfile::TempDir;

use super::engine::{answer_all, folder, judged, tables};
use crate::browser::absent;

/// Python with DuckDB, in the tests' own environment.
fn duckdb() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let python = Path::new(&home).join(".cache/sheaf/python/bin/python");
    let found = std::process::Command::new(&python)
        .args(["-c", "import duckdb"])
        .output()
        .is_ok_and(|output| output.status.success());
    found.then_some(python)
}

/// Answers the stored queries over these frames, and has the answers judged.
fn judge_stored(frames: &[(String, Frame)]) {
    let work = TempDir::new().unwrap();
    let answers = work.path().join("answers.jsonl");
    answer_all(frames, &folder().join("queries.jsonl"), &answers);
    let (shown, content) = judged(
        Path::new("python3"),
        "judge.py",
        &[
            Path::new("--list"),
            Path::new("--answered"),
            Path::new("--most-refused=0.03"),
            &answers,
        ],
    );
    assert!(content, "{shown}");
}

#[test]
fn stored_queries_are_answered_as_spark_does() {
    judge_stored(&tables(&folder().join("tables.json")));
}

/// What reads a scan is streamed, which polars plans in another way.
#[test]
fn stored_queries_over_scans_are_answered_as_spark_does() {
    let scanned = tables(&folder().join("tables.json"))
        .into_iter()
        .map(|(name, frame)| {
            let table = frame.collect(&Interrupt::default()).unwrap();
            (name, Frame::scan(table.lazy(), Vec::new()))
        });
    judge_stored(&scanned.collect::<Vec<_>>());
}

#[test]
fn other_engines_differ_from_spark_only_where_that_is_said() {
    let Some(python) = duckdb() else {
        return absent("duckdb (.ci/run installs it)");
    };
    let (shown, content) = judged(&python, "compare.py", &[]);
    assert!(content, "{shown}");
}

#[test]
fn queries_are_drawn_the_same_again() {
    let work = TempDir::new().unwrap();
    let again = work.path().join("queries.jsonl");
    let (shown, content) = judged(Path::new("python3"), "generate.py", &[Path::new("--out"), &again]);
    assert!(content, "{shown}");
    let stored = std::fs::read_to_string(folder().join("queries.jsonl")).unwrap();
    assert!(
        stored == std::fs::read_to_string(again).unwrap(),
        "tests/sql/queries.jsonl is not what generate.py writes"
    );
}

/// Sheaf as the program that answers a file of queries.
#[test]
#[ignore = "answers the queries of the file SHEAF_SQL_QUERIES into the file SHEAF_SQL_ANSWERS"]
fn a_file_of_queries_is_answered() {
    let path = |name: &str| PathBuf::from(std::env::var_os(name).unwrap());
    let frames = tables(&folder().join("tables.json"));
    answer_all(&frames, &path("SHEAF_SQL_QUERIES"), &path("SHEAF_SQL_ANSWERS"));
}

/// Queries that nobody has seen, on which DuckDB and SQLite agree.
#[test]
fn fresh_queries_are_answered_as_other_engines_do() {
    let Some(python) = duckdb() else {
        return absent("duckdb (.ci/run installs it)");
    };
    let work = TempDir::new().unwrap();
    let queries = work.path().join("queries.jsonl");
    let truth = work.path().join("truth.jsonl");
    let answers = work.path().join("answers.jsonl");
    let (shown, content) = judged(
        &python,
        "generate.py",
        &[
            Path::new("--seed=20240131"),
            Path::new("--count=12"),
            Path::new("--out"),
            &queries,
        ],
    );
    assert!(content, "{shown}");
    let (shown, content) = judged(&python, "compare.py", &[Path::new("--agreed"), &queries, &truth]);
    assert!(content, "{shown}");
    answer_all(&tables(&folder().join("tables.json")), &queries, &answers);
    let (shown, content) = judged(
        Path::new("python3"),
        "judge.py",
        &[
            Path::new("--list"),
            Path::new("--queries"),
            &queries,
            Path::new("--truth"),
            &truth,
            Path::new("--most-refused=0.03"),
            &answers,
        ],
    );
    assert!(content, "{shown}");
}
