//! `sheaf trigger` and `sheaf runs`, as a person reads them.

use std::fs;

use sheaf::pipeline::RunStatus;
use sheaf::schedule::Runs;

use super::place::{Place, text};

const FAILING: &str = r#"(
    parameters: {"day": "1912-04-15"},
    activities: [
        (name: "prepare", type: Wait(for: "10ms")),
        (name: "score", after: {"prepare": Succeeded}, type: Notebook(path: "score.py")),
    ],
    triggers: {
        "night": Schedule(cron: "0 2 * * *", zone: "Europe/Berlin"),
        "daily": Window(size: "1day", start: "2099-01-01"),
        "arrivals": Event(path: "/mnt/data/*.csv"),
    },
)"#;

const NOTEBOOK: &str = "# Databricks notebook source
numbers = [1, 2, 3]
print(len(numbers))

# COMMAND ----------

total = numbers.summ()
";

fn place() -> Place {
    Place::published(&[("pipelines/p.ron", FAILING), ("score.py", NOTEBOOK)])
}

#[test]
fn triggers_are_listed_stopped_and_started() {
    let place = place();
    let list = place.out(&["trigger", "list"]);
    let words: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split_whitespace().take(4).collect())
        .collect();
    assert_eq!(
        words,
        [
            ["Trigger", "Pipeline", "Type", "State"],
            ["arrivals", "p", "Event", "started"],
            ["daily", "p", "Window", "started"],
            ["night", "p", "Schedule", "started"],
        ]
    );
    assert_eq!(place.out(&["trigger", "stop", "night"]), "p/night is stopped\n");
    assert_eq!(
        place.out(&["trigger", "stop", "p/night"]),
        "p/night is stopped already\n"
    );
    assert_eq!(place.out(&["trigger", "start", "night"]), "p/night is started\n");
    assert_eq!(
        place.out(&["trigger", "start", "daily"]),
        "p/daily is started already\n"
    );
    let next = place.out(&["trigger", "next", "daily", "-n", "2"]);
    assert!(
        next.contains("2099-01-02 00:00:00 UTC  p/daily  2099-01-01 00:00:00 UTC to 2099-01-02"),
        "{next}"
    );
    let near = place.sheaf(&["trigger", "stop", "nigth"]);
    assert_eq!(near.status.code(), Some(2));
    let expected = "error: there is no trigger \"nigth\"\nhint: did you mean \"night\"?\n";
    assert_eq!(text(&near), expected);
}

#[test]
fn triggers_need_what_is_published() {
    let place = Place::with(&[("pipelines/p.ron", FAILING)]);
    let output = place.sheaf(&["trigger", "list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output).contains("hint: `sheaf pipeline publish`"),
        "{}",
        text(&output)
    );
    assert_eq!(place.out(&["runs"]), "no runs\n");
    assert_eq!(place.out(&["runs", "--json"]), "[]\n");
}

#[test]
fn a_failed_run_leads_to_the_cell_that_failed() {
    let place = place();
    let said = place.out(&[
        "trigger",
        "backfill",
        "night",
        "--from",
        "2026-01-05",
        "--to",
        "2026-01-06",
    ]);
    assert_eq!(said, "p/night: 1 run queued\n");
    let served = place.served();
    place.wait("a failed run", |runs| {
        runs.iter().any(|run| run.status == RunStatus::Failed)
    });
    assert_eq!(served.end(), Some(0));
    let id = place.runs()[0].id.0.clone();
    let end = id.rsplit_once('-').unwrap().1;

    let list = place.out(&[
        "runs",
        "--status",
        "failed",
        "--since",
        "1h",
        "--trigger",
        "night",
    ]);
    assert!(
        list.lines()
            .nth(1)
            .unwrap()
            .starts_with(&format!("{id}  p         Failed  night (backfill)")),
        "{list}"
    );
    assert_eq!(place.out(&["runs", "--status", "Succeeded"]), "no runs\n");
    let show = place.out(&["runs", "show", end]);
    assert!(show.contains("for 2026-01-05 01:00:00 UTC\n"), "{show}");
    assert!(show.contains("✓ prepare  Wait, Succeeded"), "{show}");
    assert!(show.contains("✗ score  Notebook, Failed"), "{show}");
    assert!(show.contains(&format!("`sheaf runs open {id} score`")), "{show}");
    let open = place.out(&["runs", "open", end, "score"]);
    let marked = "1 | total = numbers.summ()\n  |         ^";
    assert!(open.contains(marked), "{open}");
    assert!(open.contains("print(len(numbers))\n3\n"), "{open}");

    let nothing = place.sheaf(&["runs", "open", end, "prepare"]);
    assert!(
        text(&nothing).contains("\"prepare\" is an activity Wait, which runs no notebook\n"),
        "{}",
        text(&nothing)
    );
    let near = place.sheaf(&["runs", "open", end, "scor"]);
    assert!(
        text(&near).contains("hint: did you mean \"score\"?"),
        "{}",
        text(&near)
    );

    // Mended, published, and run again from what failed: what ended well is not run again.
    place.write("score.py", &NOTEBOOK.replace("numbers.summ()", "numbers[0]"));
    place.out(&["pipeline", "publish", "-m", "second"]);
    let again = place.out(&["runs", "rerun", end, "--from-failed"]);
    assert!(again.ends_with(" Succeeded\n"), "{again}");
    let runs = place.runs();
    assert_eq!((runs.len(), runs[1].version), (2, Some(2)));
    let store = place.store();
    assert!(store.attempts(&runs[1].id, "prepare").unwrap().is_empty());
    assert_eq!(store.attempts(&runs[1].id, "score").unwrap().len(), 1);
    let json: serde_json::Value =
        serde_json::from_str(&place.out(&["runs", "show", &runs[1].id.0, "--json"])).unwrap();
    assert_eq!(json["rerun_of"], *id);
    assert_eq!(json["parameters"]["day"], "1912-04-15");

    // What it did is shown also when the version that it followed is gone.
    fs::remove_dir_all(place.path().join(".sheaf/published")).unwrap();
    assert_eq!(place.out(&["runs", "show", end]), show);
    assert_eq!(place.out(&["runs", "open", end, "score"]), open);
}

#[test]
fn a_store_that_cannot_be_read_is_left_as_it_is() {
    let place = place();
    let path = place.path().join(".sheaf").join(Runs::FILE);
    fs::write(
        &path,
        "not a store of runs, and longer than the head of a database: ".repeat(9),
    )
    .unwrap();
    let before = fs::read(&path).unwrap();
    let output = place.sheaf(&["runs"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("is damaged"), "{}", text(&output));
    assert_eq!(place.sheaf(&["serve"]).status.code(), Some(3));
    assert_eq!(fs::read(&path).unwrap(), before);
}
