//! Sheaf's library as a program that answers queries, in the form of `tests/sql/README.md`.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sheaf::frame::{Frame, query};
use sheaf::work::Interrupt;

use super::values;

/// The folder of queries, stored answers and what judges.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql")
}

/// Runs one of the folder's Python programs; returns what it printed, and whether it was content.
pub fn judged(python: &Path, program: &str, arguments: &[&Path]) -> (String, bool) {
    let output = Command::new(python)
        .arg(folder().join(program))
        .args(arguments)
        .output()
        .unwrap();
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (shown, output.status.success())
}

/// Reads `TABLES.json`.
pub fn tables(path: &Path) -> Vec<(String, Frame)> {
    let tables: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let tables = tables.as_object().unwrap();
    tables
        .iter()
        .map(|(name, table)| (name.clone(), Frame::from_dataframe(values::table(table))))
        .collect()
}

/// Answers the queries of `QUERIES.jsonl` but for those with statements before them, which need a session.
pub fn answer_all(tables: &[(String, Frame)], queries: &Path, answers: &Path) {
    let mut file = BufWriter::new(File::create(answers).unwrap());
    for line in BufReader::new(File::open(queries).unwrap()).lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if asked["before"].is_array() {
            continue;
        }
        let mut answer = answer(tables, asked["sql"].as_str().unwrap());
        answer["id"] = asked["id"].clone();
        writeln!(file, "{answer}").unwrap();
    }
    file.flush().unwrap();
}

fn answer(tables: &[(String, Frame)], sql: &str) -> Value {
    let collected = query(sql, tables).and_then(|frame| {
        let promised = frame.schema()?;
        Ok((promised, frame.collect(&Interrupt::default())?))
    });
    match collected {
        Ok((promised, table)) if *table.schema() != promised => {
            json!({ "error": format!("panic: {promised:?} was promised, and came as {:?}", table.schema()) })
        }
        Ok((_, table)) => values::answer(&table),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
