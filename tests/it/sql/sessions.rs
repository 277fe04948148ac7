//! Queries with statements before them, which need a session: views and widgets.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use polars::prelude::ParquetWriter;
use serde_json::{Value, json};
use sheaf::notebook::Cell;
use tempfile::TempDir;

use super::engine::{folder, judged};
use super::values;
use crate::live::session_in;
use sheaf::session::Session;
use sheaf::workspace::Workspace;

/// Answers a query with the statements before it as one cell.
fn answer(session: &mut Session, asked: &Value) -> Value {
    let before = asked["before"].as_array().unwrap().iter();
    let all: Vec<&str> = before
        .chain([&asked["sql"]])
        .map(|sql| sql.as_str().unwrap())
        .collect();
    let id = session.append(Cell::from_prompt(&format!("%sql\n{}", all.join(";\n"))));
    let ran = session.run(id, drop);
    let answer = match (ran, session.value("_sqldf")) {
        (Ok(()), Some(value)) => {
            let tables = session.language().tables(value.value());
            values::answer(&tables[0].1)
        }
        (Ok(()), None) => json!({"error": "there is no result"}),
        (Err(error), _) => json!({ "error": error.message }),
    };
    session.remove(id);
    answer
}

#[test]
fn views_and_widgets_are_answered_as_spark_does() {
    let work = TempDir::new().unwrap();
    fs::create_dir(work.path().join("datasets")).unwrap();
    let tables: Value =
        serde_json::from_str(&fs::read_to_string(folder().join("tables.json")).unwrap()).unwrap();
    let mut session = session_in(&Workspace::find(work.path()).unwrap());
    for (name, table) in tables.as_object().unwrap() {
        let file = File::create(work.path().join(format!("datasets/{name}.parquet"))).unwrap();
        ParquetWriter::new(file)
            .finish(&mut values::table(table))
            .unwrap();
        let id = session.append(Cell::from_prompt(&format!(
            "{name} = read_parquet(\"/mnt/data/{name}.parquet\")"
        )));
        session.run(id, drop).unwrap();
    }
    let answers = work.path().join("answers.jsonl");
    let mut file = File::create(&answers).unwrap();
    let mut count = 0;
    for line in BufReader::new(File::open(folder().join("queries.jsonl")).unwrap()).lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if asked["before"].is_array() {
            let mut answer = answer(&mut session, &asked);
            answer["id"] = asked["id"].clone();
            writeln!(file, "{answer}").unwrap();
            count += 1;
        }
    }
    assert!(count > 50);
    let (shown, content) = judged(
        Path::new("python3"),
        "judge.py",
        &[
            Path::new("--list"),
            Path::new("--answered"),
            Path::new("--most-refused=0.1"),
            &answers,
        ],
    );
    assert!(content, "{shown}");
}
