//! `sheaf pipeline run`: what it runs, what it prints, what it keeps, and how it stops.

mod copying;
mod debug;
mod importing;
mod rerunning;
mod under_way;
mod waiting;
mod watching;

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use sheaf::pipeline::ActivityStatus;
use sheaf::record::Record;
use sheaf::schedule::{RunFilter, Runs};

use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# Databricks notebook source
# DBTITLE 1,Start
dbutils.widgets.text(\"day\", \"\")
day = dbutils.widgets.get(\"day\")
dbutils.jobs.taskValues.set(\"day\", day)

# COMMAND ----------

# DBTITLE 1,End
dbutils.notebook.exit('{\"day\": \"' + day + '\"}')
";

const FAILING: &str = "\
# Databricks notebook source
# DBTITLE 1,Start
x = 20
print(\"x is\", x)

# COMMAND ----------

# DBTITLE 1,Broken
y = x + z

# COMMAND ----------

y
";

/// A workspace with a notebook that works, one that fails in its second cell, and a pipeline.
fn workspace(pipeline: &str) -> Transcript {
    Transcript::new()
        .file("sheaf.ron", "()")
        .file("sessions/good.py", NOTEBOOK)
        .file("sessions/bad.py", FAILING)
        .file("pipelines/nightly.ron", pipeline)
}

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The lines of JSON that a run prints.
fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn runs(transcript: &Transcript) -> Runs {
    Runs::open(&transcript.path().join(".sheaf").join(Runs::FILE)).unwrap()
}

const PASSING: &str = r#"(
    parameters: {"day": "1912-04-15", "pause": 0},
    activities: [
        (name: "score", type: Notebook(path: "sessions/good.py", parameters: {"day": "@{parameters.day}"})),
        (name: "pause", after: {"score": Succeeded}, type: Wait(for: "@{parameters.pause}")),
        (name: "say", after: {"pause": Succeeded}, type: If(
            condition: "@{activities['score'].output.exit_value.day == parameters.day}",
            otherwise: [(name: "wrong", type: Fail(message: "not @{parameters.day}"))])),
    ],
)"#;

#[test]
fn a_pipeline_runs_from_another_folder_and_its_values_reach_what_comes_after() {
    let transcript = workspace(PASSING);
    let arguments = ["pipeline", "run", "nightly", "-p", "day=1912-04-16", "--json"];
    let output = transcript.run_in(&transcript.path().join("sessions"), &arguments);
    let all = lines(&output);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let last = all.last().unwrap();
    assert_eq!(
        (&last["status"], &last["version"]),
        (&json!("Succeeded"), &Value::Null)
    );
    let score = json!({"exit_value": {"day": "1912-04-16"}, "task_values": {"day": "1912-04-16"}});
    assert_eq!(last["outputs"]["score"], score);
    assert_eq!(
        last["outputs"]["say"],
        json!({"condition": true, "activities": {}})
    );
    // It is kept, with the executed notebook.
    let runs = runs(&transcript);
    let run = &runs.runs(&RunFilter::default()).unwrap()[0];
    assert_eq!(run.id.0, last["run"].as_str().unwrap());
    let notebook = runs.notebook(&run.id, "score", 1).unwrap().unwrap();
    assert_eq!(
        (notebook.file.as_str(), notebook.source.as_str()),
        ("sessions/good.py", NOTEBOOK)
    );
    let record = Record::from_text(&notebook.record, "").unwrap();
    assert_eq!(record.exit.as_deref(), Some("{\"day\": \"1912-04-16\"}"));
    // Nothing is written beside the notebook.
    assert!(!transcript.path().join("sessions/good.record.ron").exists());
}

#[test]
fn a_failed_cell_is_underlined_and_kept_as_it_ran() {
    let transcript = workspace(
        r#"(activities: [
            (name: "score", type: Notebook(path: "sessions/bad.py")),
            (name: "load", after: {"score": Succeeded}, type: Wait(for: "1h")),
        ])"#,
    );
    let (code, out, errors) = texts(&transcript.run(&["pipeline", "run", "nightly"]));
    assert_eq!(code, Some(1), "{errors}");
    let expected = "\
error: score: cell 2 \"Broken\" of sessions/bad.py: there is no `z`
 --> sessions/bad.py:9:9 (cell 2 \"Broken\", line 1, column 9)
  |
9 | y = x + z
  |         ^
hint: did you mean `x`, from cell 1 \"Start\"?
error: nightly: score failed: cell 2 \"Broken\" of sessions/bad.py: there is no `z`
";
    assert!(errors.starts_with(expected), "{errors}");
    assert!(out.contains("load: skipped: score failed\n"), "{out}");
    let runs = runs(&transcript);
    let run = &runs.runs(&RunFilter::default()).unwrap()[0];
    let score = &runs.activities(&run.id).unwrap()[0];
    assert_eq!((score.status, score.has_notebook), (ActivityStatus::Failed, true));
    let record = Record::from_text(&runs.notebook(&run.id, "score", 1).unwrap().unwrap().record, "").unwrap();
    let failed = record.cells[1].error.clone().unwrap();
    assert_eq!(
        (failed.message.as_str(), failed.place),
        ("there is no `z`", Some((1, 9)))
    );
}

#[test]
fn what_cannot_be_run_says_so_before_anything_runs() {
    let transcript = workspace(PASSING);
    for (arguments, code, expected) in [
        (
            vec!["pipeline", "run", "nightli"],
            2,
            "error: there is no pipeline \"nightli\"\nhint: did you mean \"nightly\"?\n",
        ),
        (
            vec!["pipeline", "run", "nightly", "-p", "dya=1"],
            2,
            "error: the pipeline has no parameter \"dya\"\nhint: did you mean \"day\"?\n",
        ),
        (
            vec!["pipeline", "run", "nightly", "-p", "day=1", "-p", "day=2"],
            2,
            "error: the parameter `day` is given twice\n",
        ),
    ] {
        let (found, out, errors) = texts(&transcript.run(&arguments));
        assert_eq!((found, out.as_str()), (Some(code), ""), "{errors}");
        assert!(errors.starts_with(expected), "{errors}");
    }
    assert!(!transcript.path().join(".sheaf/runs.db").exists());
}

#[test]
fn quiet_runs_print_nothing_but_errors() {
    let transcript = workspace(PASSING);
    assert_eq!(
        texts(&transcript.run(&["pipeline", "run", "nightly", "--quiet"])),
        (Some(0), String::new(), String::new())
    );
    let transcript = workspace(r#"(activities: [(name: "a", type: Fail(message: "no", code: "7"))])"#);
    let (code, out, errors) = texts(&transcript.run(&["pipeline", "run", "nightly", "--quiet"]));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        errors.starts_with("error: a: no (code 7)\nerror: nightly: a failed: no (code 7)\n"),
        "{errors}"
    );
}

#[test]
fn a_run_that_someone_cancels_ends_as_cancelled() {
    let transcript = workspace(PASSING);
    let run = || transcript.run(&["pipeline", "run", "nightly", "-p", "pause=3600", "--json"]);
    let cancel = || {
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let file = transcript.path().join(".sheaf").join(Runs::FILE);
            let Some(runs) = file.exists().then(|| Runs::open(&file).ok()).flatten() else {
                continue;
            };
            let Some(run) = runs.runs(&RunFilter::default()).unwrap_or_default().pop() else {
                continue;
            };
            let activities = runs.activities(&run.id).unwrap_or_default();
            if activities.iter().any(|activity| activity.path == "pause") {
                runs.ask_cancel(&run.id, run.queued_at).unwrap();
                return;
            }
        }
    };
    let output = std::thread::scope(|scope| {
        scope.spawn(cancel);
        run()
    });
    assert_eq!(output.status.code(), Some(130));
    let all = lines(&output);
    assert_eq!(all.last().unwrap()["status"], json!("Cancelled"));
    let pause = all.iter().rfind(|line| line["path"] == "pause").unwrap();
    assert_eq!(pause["status"], json!("Cancelled"));
}

#[test]
fn sql_runs_in_one_transaction_and_rows_are_looked_up() {
    let pipeline = r#"(
        activities: [
            (name: "make", type: Script(connection: "db", sql: "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)")),
            (name: "break", after: {"make": Succeeded}, type: Script(connection: "db", sql: "DELETE FROM t; INSERT INTO nowhere VALUES (1)")),
            (name: "first", after: {"break": Failed}, type: Lookup(source: Query(connection: "db", sql: "SELECT count(*) AS n FROM t"))),
            (name: "all", after: {"first": Succeeded}, type: Lookup(source: Query(connection: "db", sql: "SELECT a FROM t ORDER BY a"), rows: 2)),
        ],
    )"#;
    let transcript =
        workspace(pipeline).file("sheaf.ron", "(connections: {\"db\": \"sqlite:.sheaf/out/t.db\"})");
    let output = transcript.run(&["pipeline", "run", "nightly", "--json"]);
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["status"], json!("Succeeded"), "{last}");
    assert_eq!(last["outputs"]["make"], json!({"rows_changed": 3}));
    assert_eq!(last["outputs"]["first"], json!({"first_row": {"n": 3}}));
    assert_eq!(
        last["outputs"]["all"],
        json!({"count": 2, "rows": [{"a": 1}, {"a": 2}]})
    );
}
