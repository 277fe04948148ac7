//! `sheaf runs rerun`: what goes on with a run does not do again what that one has done.

use std::process::Output;

use serde_json::{Value, json};
use sheaf::schedule::RunFilter;

use super::{lines, runs, texts};
use crate::transcript::Transcript;

/// Loads a file behind the rows of two tables, of which the second is not there yet.
const PIPELINE: &str = r#"(
    datasets: {
        "file": File(path: "/mnt/data/in.csv"),
        "first": Table(connection: "db", table: "first"),
        "second": Table(connection: "db", table: "second"),
    },
    activities: [
        (name: "copy", type: Copy(source: Dataset("file"), sinks: [(dataset: "first"), (dataset: "second")])),
    ],
)"#;

/// Does so for each of the files that a query names.
const EACH: &str = r#"(
    datasets: {
        "file": File(path: "/mnt/data/@{item.name}.csv"),
        "first": Table(connection: "db", table: "first"),
    },
    activities: [
        (name: "files", type: Lookup(source: Query(connection: "db", sql: "SELECT name FROM files ORDER BY place"), rows: 9)),
        (name: "each", after: {"files": Succeeded}, type: ForEach(items: "@{activities.files.output.rows}", activities: [
            (name: "copy", type: Copy(source: Dataset("file"), sinks: [(dataset: "first")])),
        ])),
    ],
)"#;

fn workspace(pipeline: &str) -> Transcript {
    Transcript::new()
        .file(
            "sheaf.ron",
            "(mounts: {\"/mnt/data\": \"file:data\"}, connections: {\"db\": \"sqlite:data/t.db\"})",
        )
        .file("data/in.csv", "id\n1\n2\n")
        .file("pipelines/p.ron", pipeline)
}

/// Runs a statement in the database.
#[track_caller]
fn execute(workspace: &Transcript, sql: &str) {
    let cell = format!("connect(\"db\").execute(\"{sql}\")\n");
    std::fs::write(workspace.path().join("do.py"), cell).unwrap();
    succeeded(&workspace.run(&["run", "do.py"]));
}

/// Returns the numbers of a query, in a line.
#[track_caller]
fn numbers(workspace: &Transcript, sql: &str) -> String {
    let cell = format!("connect(\"db\").query(\"{sql}\").write_csv(\"asked.csv\", mode=\"overwrite\")\n");
    std::fs::write(workspace.path().join("ask.py"), cell).unwrap();
    succeeded(&workspace.run(&["run", "ask.py"]));
    let text = String::from_utf8(workspace.read("asked.csv")).unwrap();
    text.lines().skip(1).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn succeeded(output: &Output) {
    let (code, out, errors) = texts(output);
    assert_eq!(code, Some(0), "{out}{errors}");
}

/// Returns the latest run.
fn latest(workspace: &Transcript) -> String {
    runs(workspace).runs(&RunFilter::default()).unwrap()[0]
        .id
        .0
        .clone()
}

fn output(workspace: &Transcript, path: &str) -> Value {
    let runs = runs(workspace);
    let run = &runs.runs(&RunFilter::default()).unwrap()[0];
    let all = runs.activities(&run.id).unwrap();
    all.into_iter().find(|one| one.path == path).unwrap().output
}

#[test]
fn what_a_failed_copy_has_loaded_is_not_loaded_again_by_a_rerun_of_it() {
    let workspace = workspace(PIPELINE);
    execute(&workspace, "CREATE TABLE first (id INTEGER)");
    let failed = workspace.run(&["pipeline", "run", "p", "--json"]);
    let end = lines(&failed).pop().unwrap();
    assert_eq!(end["status"], json!("Failed"), "{end}");
    let count = |table: &str| numbers(&workspace, &format!("SELECT count(*) AS n FROM {table}"));
    assert_eq!(count("first"), "2");
    let first = latest(&workspace);
    // Once more without what is missing, and once more with it: each goes on with the first run.
    assert_eq!(
        workspace
            .run(&["runs", "rerun", &first, "--from-failed"])
            .status
            .code(),
        Some(1)
    );
    execute(&workspace, "CREATE TABLE second (id INTEGER)");
    let second = latest(&workspace);
    assert_ne!(second, first);
    succeeded(&workspace.run(&["runs", "rerun", &second, "--from-failed"]));
    assert_eq!(
        (count("first"), count("second")),
        ("2".to_owned(), "2".to_owned())
    );
    let sinks = &output(&workspace, "copy")["sinks"];
    assert_eq!(
        (&sinks[0]["repeated"], &sinks[1]["repeated"]),
        (&json!(true), &json!(false))
    );
    // What a person asks for anew is loaded anew.
    succeeded(&workspace.run(&["runs", "rerun", &first]));
    assert_eq!(count("first"), "4");
    succeeded(&workspace.run(&["runs", "rerun", &first, "--from", "copy"]));
    assert_eq!(count("first"), "6");
}

#[test]
fn items_of_a_rerun_are_loaded_once_whatever_their_places_are() {
    let workspace = workspace(EACH)
        .file("data/a.csv", "id\n1\n")
        .file("data/b.csv", "id\n2\n");
    execute(
        &workspace,
        "CREATE TABLE first (id INTEGER); CREATE TABLE files (place INTEGER, name TEXT); \
         INSERT INTO files VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    );
    assert_eq!(
        workspace.run(&["pipeline", "run", "p", "--quiet"]).status.code(),
        Some(1)
    );
    let rows = || numbers(&workspace, "SELECT id FROM first ORDER BY id");
    assert_eq!(rows(), "1 2");
    std::fs::write(workspace.path().join("data/c.csv"), "id\n3\n").unwrap();
    // The list is that of the run before, but for what is asked anew.
    let first = latest(&workspace);
    succeeded(&workspace.run(&["runs", "rerun", &first, "--from-failed"]));
    assert_eq!(rows(), "1 2 3");
    assert_eq!(output(&workspace, "each")["count"], json!(3));
}
