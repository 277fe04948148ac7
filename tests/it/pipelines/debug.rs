//! `sheaf pipeline debug`: everything happens, and nothing lasts.

use serde_json::json;

use super::{lines, texts};
use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# Databricks notebook source
con = connect(\"db\")
rows = con.query(\"SELECT count(*) AS n FROM t\")
rows.write_csv(\"/mnt/out/count.csv\")
con.execute(\"INSERT INTO t VALUES (9, 'i')\")
con.close()
";

const PIPELINE: &str = r#"(
    activities: [
        (name: "delete", type: Script(connection: "db", sql: "DELETE FROM t WHERE id = 1")),
        (name: "fail", after: {"delete": Succeeded}, type: Script(connection: "db", sql: "DELETE FROM t; COMMIT")),
        (name: "notebook", after: {"fail": Failed}, type: Notebook(path: "write.py")),
        (name: "tell", after: {"notebook": Succeeded}, type: Http(url: "http://127.0.0.1:1/")),
        (name: "see", after: {"tell": Succeeded}, type: Lookup(source: Query(connection: "db", sql: "SELECT count(*) AS n FROM t"))),
        (name: "file", after: {"see": Succeeded}, type: Lookup(source: Dataset("count"))),
        (name: "end", after: {"file": Succeeded}, type: Wait(for: "0s")),
    ],
    datasets: {"count": File(path: "/mnt/out/count.csv")},
)"#;

fn workspace() -> Transcript {
    let transcript = Transcript::new()
        .file("sheaf.ron", "(connections: {\"db\": \"sqlite:t.db\"})")
        .file("make.py", "# Databricks notebook source\ncon = connect(\"db\")\ncon.execute(\"CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')\")\n")
        .file("read.py", "# Databricks notebook source\nconnect(\"db\").query(\"SELECT group_concat(id || x) AS r FROM t\").write_csv(\"read.csv\")\n")
        .file("write.py", NOTEBOOK)
        .file("pipelines/nightly.ron", PIPELINE);
    let (code, _, errors) = texts(&transcript.run(&["run", "make.py"]));
    assert_eq!(code, Some(0), "{errors}");
    transcript
}

#[test]
fn later_activities_see_what_earlier_ones_did_and_all_of_it_is_undone() {
    let transcript = workspace();
    let output = transcript.run(&["pipeline", "debug", "nightly", "--json"]);
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["status"], json!("Succeeded"), "{last}");
    // One row was deleted, and one came from the notebook, which had closed its connection.
    assert_eq!(last["outputs"]["see"], json!({"first_row": {"n": 2}}));
    assert_eq!(last["outputs"]["file"], json!({"first_row": {"n": 1}}));
    let changes = &last["changes"];
    assert_eq!(
        changes["files"],
        json!([{"file": "/mnt/out/count.csv", "bytes": 4}])
    );
    assert_eq!(
        changes["skipped"],
        json!([{"activity": "tell", "what": "a request to another machine"}])
    );
    assert_eq!(
        changes["tables"],
        json!([{
            "connection": "db",
            "table": "t",
            "added": 1,
            "removed": 1,
            "changed": 0,
            "sample": {"removed": [{"id": 1, "x": "a"}], "added": [{"id": 9, "x": "i"}]},
        }])
    );
    assert!(!transcript.path().join(".sheaf/out/count.csv").exists());
    let (code, _, errors) = texts(&transcript.run(&["run", "read.py"]));
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(transcript.read("read.csv"), b"r\n\"1a,2b\"\n");
    let kept = std::fs::read_dir(transcript.path().join(".sheaf")).unwrap();
    let kept = kept.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("debug-")
    });
    assert_eq!(kept.count(), 0);
}

#[test]
fn a_notebook_cannot_write_where_it_could_not_be_undone() {
    let transcript = workspace().file(
        "write.py",
        "# Databricks notebook source\nconnect(\"db\").query(\"SELECT 1 AS a\").write_csv(\"here.csv\")\n",
    );
    let (code, _, errors) = texts(&transcript.run(&["pipeline", "debug", "nightly", "--until", "notebook"]));
    assert_eq!(code, Some(1));
    assert!(errors.contains("a debug run writes under /mnt alone"), "{errors}");
    assert!(!transcript.path().join("here.csv").exists());
}

#[test]
fn the_nightly_pipeline_of_the_repository_says_what_another_day_would_change() {
    let transcript = Transcript::new().workspace().approved();
    let (code, _, errors) = texts(&transcript.run(&["pipeline", "run", "nightly", "--quiet"]));
    assert_eq!(code, Some(0), "{errors}");
    // The notebook reaches the database by its file, the copy by its name: both are one session.
    let output = transcript.run(&["pipeline", "debug", "nightly", "-p", "date=1912-04-16", "--json"]);
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["status"], json!("Succeeded"), "{last}");
    let table = last["changes"]["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["table"] == "titanic_predictions")
        .unwrap();
    assert_eq!(
        (&table["added"], &table["removed"], &table["changed"]),
        (&json!(0), &json!(0), &json!(418))
    );
    let out = transcript.path().join(".sheaf/out/titanic_predictions");
    assert!(out.join("day=1912-04-15").exists() && !out.join("day=1912-04-16").exists());
}
