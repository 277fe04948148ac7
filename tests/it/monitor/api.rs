//! The API: the pages' facts as JSON, changes, events and metrics.

use std::io::BufRead as _;

use serde_json::{Value, json};
use sheaf::pipeline::RunStatus;
use sheaf::schedule::{Origin, RunFilter, RunId};

use super::site::{Site, head};

/// Asks for a change as a program on this machine does, and returns the status and what is answered.
fn change(site: &Site, path: &str, body: &Value) -> (u16, Value) {
    let (cookie, mark) = site.mark();
    let headers = [
        ("Cookie", cookie.as_str()),
        ("X-Sheaf-Mark", mark.as_str()),
        ("Content-Type", "application/json"),
    ];
    let answer = site.send("POST", path, &headers, &body.to_string());
    (answer.status, answer.json())
}

#[test]
fn runs_activities_attempts_and_notebooks_are_json() {
    let site = Site::new();
    let id = site.failed();
    let runs = site.get("/api/runs?status=Failed").json();
    assert_eq!(
        (&runs["count"], &runs["runs"][0]["id"]),
        (&json!(1), &json!(id.0))
    );
    assert_eq!(runs["next"], Value::Null);
    let run = site.get(&format!("/api/runs/{id}")).json();
    assert_eq!(run["status"], "Failed");
    assert_eq!(run["parameters"], json!({"date": "1912-04-15"}));
    let statuses: Vec<&str> = run["activities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|activity| activity["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["Succeeded", "Failed", "Skipped"]);
    let activity = site.get(&format!("/api/runs/{id}/activities/score")).json();
    assert_eq!(activity["attempts"].as_array().unwrap().len(), 2);
    let notebook = site
        .get(&format!("/api/runs/{id}/activities/score/notebook"))
        .json();
    assert_eq!(
        (&notebook["file"], &notebook["attempt"]),
        (&json!("score.py"), &json!(2))
    );
    site.publish();
    let triggers = site.get("/api/triggers").json();
    assert_eq!(triggers["triggers"][0]["next"].as_array().unwrap().len(), 3);
    let pipelines = site.get("/api/pipelines").json();
    assert_eq!(pipelines["pipelines"][0]["definition"]["parameters"]["limit"], 10);
    let missing = site.get("/api/runs/nothing");
    assert_eq!(missing.status, 404);
    assert_eq!(missing.json()["error"], "there is no run \"nothing\"");
}

#[test]
fn a_run_is_repeated_from_what_failed_by_a_form_without_scripts() {
    let site = Site::new();
    let id = site.failed();
    let answer = site.post(&format!("/runs/{id}/rerun"), "from=failed");
    assert_eq!(answer.status, 303);
    let new = RunId(
        answer.headers["location"]
            .strip_prefix("/runs/")
            .unwrap()
            .to_owned(),
    );
    let row = site.runs.run(&new).unwrap().unwrap();
    assert_eq!((row.origin, row.rerun_of.as_ref()), (Origin::Rerun, Some(&id)));
    site.perform(&new);
    // What had ended well is not done again.
    let prepared = site.runs.attempts(&new, "prepare").unwrap();
    assert!(prepared.len() <= 1, "{prepared:?}");
    let page = site.get(&format!("/runs/{new}")).body;
    assert!(
        page.contains(&format!("<a href=\"/runs/{id}\">{id}</a>")),
        "{page}"
    );
}

#[test]
fn runs_are_repeated_cancelled_and_begun() {
    let site = Site::new();
    let id = site.failed();
    let rerun = format!("/api/runs/{id}/rerun");
    let (status, answer) = change(&site, &rerun, &json!({"from": "activity", "activity": "score"}));
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = change(&site, &rerun, &json!({"from": "activity", "activity": "scor"}));
    assert_eq!(
        (status, answer["hint"].as_str().unwrap().contains("score")),
        (400, true),
        "{answer}"
    );
    let (status, answer) = change(&site, &rerun, &json!({"from": "yesterday"}));
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("a run cannot be repeated from \"yesterday\""))
    );
    let (status, _) = change(&site, &format!("/api/runs/{id}/cancel"), &json!({}));
    assert_eq!(status, 400);
    let run = "/api/pipelines/nightly/run";
    let (status, answer) = change(&site, run, &json!({"parameters": {"date": "1912-04-16"}}));
    assert_eq!(status, 200, "{answer}");
    let new = RunId(answer["run"].as_str().unwrap().to_owned());
    let row = site.runs.run(&new).unwrap().unwrap();
    assert_eq!(
        (row.status, &row.parameters),
        (RunStatus::Queued, &json!({"date": "1912-04-16"}))
    );
    let (status, _) = change(&site, &format!("/api/runs/{new}/cancel"), &json!({}));
    assert_eq!(status, 200);
    assert_eq!(site.runs.run(&new).unwrap().unwrap().status, RunStatus::Cancelled);
    let (status, answer) = change(&site, run, &json!({"parameters": {"dat": 1}}));
    assert_eq!((status, &answer["hint"]), (404, &json!("did you mean \"date\"?")));
    let (status, answer) = change(&site, "/api/pipelines/nightl/run", &json!({}));
    assert_eq!(
        (status, &answer["hint"]),
        (404, &json!("did you mean \"nightly\"?"))
    );
}

#[test]
fn a_change_that_is_not_json_or_says_something_unknown_is_refused_and_changes_nothing() {
    let site = Site::new();
    let (cookie, mark) = site.mark();
    let run = "/api/pipelines/nightly/run";
    let body = "{\"parameters\": {\"date\": \"1912-04-16\"}}";
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
    ] {
        let mut headers = vec![("Cookie", cookie.as_str()), ("X-Sheaf-Mark", mark.as_str())];
        headers.extend(kind.map(|kind| ("Content-Type", kind)));
        let answer = site.send("POST", run, &headers, body);
        assert_eq!(answer.status, 415, "{kind:?}: {}", answer.body);
        let hint = answer.json()["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains("Content-Type: application/json"), "{hint}");
    }
    let id = site.failed();
    for (path, body, told) in [
        (
            run.to_owned(),
            json!({"paramters": {}}),
            "did you mean \"parameters\"?",
        ),
        (
            run.to_owned(),
            json!([1]),
            "send one, such as {\"from\": \"failed\"}",
        ),
        (
            format!("/api/runs/{id}/rerun"),
            json!({"from": "failed", "activty": "score"}),
            "did you mean \"activity\"?",
        ),
        (
            format!("/api/runs/{id}/rerun"),
            json!({"from": 1}),
            "write it in quotes: {\"from\": \"…\"}",
        ),
        (format!("/api/runs/{id}/cancel"), json!({"now": true}), "send {}"),
    ] {
        let (status, answer) = change(&site, &path, &body);
        assert_eq!((status, &answer["hint"]), (400, &json!(told)), "{path}: {answer}");
    }
    let unknown = site.get("/api/runs?statuz=Failed");
    assert_eq!(
        (unknown.status, &unknown.json()["hint"]),
        (400, &json!("did you mean \"status\"?"))
    );
    assert_eq!(site.runs.runs(&RunFilter::default()).unwrap().len(), 1);
    // Letters of other cases and what is said behind are the same kind.
    let headers = [
        ("Cookie", cookie.as_str()),
        ("X-Sheaf-Mark", mark.as_str()),
        ("Content-Type", "Application/JSON; charset=utf-8"),
    ];
    assert_eq!(site.send("POST", run, &headers, body).status, 200);
}

#[test]
fn a_form_gives_parameters_their_types() {
    let site = Site::new();
    let answer = site.post(
        "/pipelines/nightly/run",
        "parameter%3Adate=1912&parameter%3Alimit=7",
    );
    let new = RunId(
        answer.headers["location"]
            .strip_prefix("/runs/")
            .unwrap()
            .to_owned(),
    );
    let row = site.runs.run(&new).unwrap().unwrap();
    assert_eq!(row.parameters, json!({"date": "1912", "limit": 7}));
    let wrong = site.post("/pipelines/nightly/run", "parameter%3Alimit=many");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("is not JSON"), "{}", wrong.body);
}

#[test]
fn triggers_are_stopped_and_started() {
    let site = Site::new();
    site.publish();
    assert_eq!(site.post("/triggers/nightly/night/stop", "").status, 303);
    assert!(!site.runs.triggers().unwrap()[0].is_started);
    assert!(site.get("/triggers").body.contains("Stopped"));
    assert_eq!(site.post("/triggers/nightly/night/start", "").status, 303);
    assert!(site.runs.triggers().unwrap()[0].is_started);
    assert_eq!(site.post("/triggers/nightly/nigh/start", "").status, 404);
}

#[test]
fn changes_are_told_as_they_happen() {
    let site = Site::new();
    let mut events = site.open("GET", "/api/events", &[], "");
    let (status, headers, _) = head(&mut events);
    assert_eq!(
        (status, headers["content-type"].as_str()),
        (200, "text/event-stream")
    );
    let mut lines = events.lines().map(Result::unwrap);
    lines.find(|line| line.contains("event: ready")).unwrap();
    let id = site.queue("nightly");
    let told = lines
        .find(|line| line.starts_with("data:") && line.contains("runs"))
        .unwrap();
    assert!(told.contains(&id.0), "{told}");
}

#[test]
fn a_browser_that_was_away_hears_what_it_missed() {
    let site = Site::new();
    let (before, _) = site.runs.changes_since(0).unwrap();
    let id = site.queue("nightly");
    let heard = before.to_string();
    let events = site.open("GET", "/api/events", &[("Last-Event-ID", &heard)], "");
    let mut lines = events.lines().map(Result::unwrap);
    let told = lines
        .find(|line| line.starts_with("data:") && line.contains("runs"))
        .unwrap();
    assert!(told.contains(&id.0), "{told}");
}

#[test]
fn metrics_count_runs_by_pipeline_and_status() {
    let site = Site::new();
    site.failed();
    site.queue("a\"b");
    let metrics = site.get("/metrics");
    assert!(metrics.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    for line in [
        "sheaf_runs{pipeline=\"nightly\",status=\"Failed\"} 1",
        "sheaf_runs{pipeline=\"a\\\"b\",status=\"Queued\"} 1",
        "# TYPE process_start_time_seconds gauge",
    ] {
        assert!(
            metrics.body.lines().any(|found| found == line),
            "{line}: {}",
            metrics.body
        );
    }
    assert!(metrics.body.contains("sheaf_run_seconds{pipeline=\"nightly\"} "));
}
