//! How many runs of a pipeline there are at a time, whoever runs them: others wait, and say for whom.

use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sheaf::pipeline::RunStatus;
use sheaf::schedule::{RunFilter, RunRow, Runs};

use super::{lines, texts};
use crate::transcript::Transcript;

const LIMITED: &str = r#"(
    parameters: {"pause": 0},
    concurrency: 1,
    activities: [(name: "pause", type: Wait(for: "@{parameters.pause}"))],
)"#;

const OUTER: &str = r#"(activities: [(name: "call", type: Pipeline(pipeline: "nightly"))])"#;

fn workspace() -> Transcript {
    Transcript::new()
        .file("sheaf.ron", "()")
        .file("pipelines/nightly.ron", LIMITED)
        .file("pipelines/outer.ron", OUTER)
}

/// Waits until the runs are as they are to be, the oldest first.
#[track_caller]
fn until(workspace: &Transcript, what: &str, holds: impl Fn(&Runs, &[RunRow]) -> bool) {
    let file = workspace.path().join(".sheaf").join(Runs::FILE);
    let began = Instant::now();
    while began.elapsed() < Duration::from_mins(2) {
        if let Some(runs) = file.exists().then(|| Runs::open(&file).ok()).flatten() {
            let mut all = runs.runs(&RunFilter::default()).unwrap_or_default();
            all.reverse();
            if holds(&runs, &all) {
                return;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not come");
}

fn cancel(workspace: &Transcript, place: usize) {
    let runs = super::runs(workspace);
    let mut all = runs.runs(&RunFilter::default()).unwrap();
    all.reverse();
    runs.ask_cancel(&all[place].id, all[place].queued_at).unwrap();
}

fn status(output: &Output) -> Value {
    lines(output).pop().unwrap()["status"].clone()
}

#[test]
fn a_run_by_hand_waits_for_others_of_its_pipeline_and_says_so() {
    let workspace = workspace();
    let run = |arguments: &[&str]| workspace.run(&[&["pipeline", "run"], arguments].concat());
    thread::scope(|scope| {
        let first = scope.spawn(|| run(&["nightly", "-p", "pause=3600", "--json"]));
        until(&workspace, "the first run", |runs, all| {
            all.len() == 1 && !runs.activities(&all[0].id).unwrap_or_default().is_empty()
        });
        let second = scope.spawn(|| run(&["nightly", "--json"]));
        until(&workspace, "the second run", |_, all| all.len() == 2);
        let nested = scope.spawn(|| run(&["outer", "--json"]));
        until(&workspace, "the nested one", |runs, all| {
            all.len() == 3 && !runs.activities(&all[2].id).unwrap_or_default().is_empty()
        });
        let third = scope.spawn(|| run(&["nightly"]));
        until(&workspace, "the third run", |_, all| all.len() == 4);
        // One that waits can be cancelled, as Ctrl-C does it.
        cancel(&workspace, 3);
        let (code, out, errors) = texts(&third.join().unwrap());
        assert_eq!(code, Some(130), "{errors}");
        assert!(
            out.contains("waiting for the end of another run of nightly\n"),
            "{out}"
        );
        let waits =
            |all: &[RunRow]| all[1].status == RunStatus::Queued && all[3].status == RunStatus::Cancelled;
        until(&workspace, "the wait", |_, all| waits(all));
        cancel(&workspace, 0);
        assert_eq!(status(&first.join().unwrap()), json!("Cancelled"));
        let second = second.join().unwrap();
        assert_eq!(status(&second), json!("Succeeded"));
        assert_eq!(lines(&second)[0]["running"], json!(1));
        let nested = nested.join().unwrap();
        assert_eq!(status(&nested), json!("Succeeded"));
        let waited = |line: &Value| line["path"] == "call" && line["status"] == "Waiting";
        assert!(lines(&nested).iter().any(waited), "{:?}", lines(&nested));
    });
    let runs = super::runs(&workspace);
    let mut all = runs.runs(&RunFilter::default()).unwrap();
    all.reverse();
    assert!(
        all[1].started_at.unwrap() >= all[0].ended_at.unwrap(),
        "they ran at the same time"
    );
}
