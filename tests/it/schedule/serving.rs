//! `sheaf serve`: one for a workspace, its end, and what it goes on with.

use chrono::Utc;
use rusqlite::Connection;
use sheaf::pipeline::{ActivityStatus, RunStatus, TriggerFacts};
use sheaf::schedule::{NewRun, Origin};

use super::place::{Place, text};

/// A pipeline of which a person asks for runs.
fn waiting(time: &str) -> String {
    format!(
        r#"(
    activities: [
        (name: "quick", type: Wait(for: "10ms")),
        (name: "long", after: {{"quick": Succeeded}}, type: Wait(for: "{time}")),
    ],
    triggers: {{"yearly": Schedule(cron: "0 0 1 1 *")}},
)"#
    )
}

fn backfill(place: &Place) {
    place.out(&[
        "trigger",
        "backfill",
        "yearly",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
    ]);
}

#[test]
fn a_workspace_is_served_by_one_process() {
    let place = Place::published(&[("pipelines/p.ron", &waiting("10ms"))]);
    let served = place.served();
    // It serves when what it was asked for has ended.
    backfill(&place);
    place.wait("a run", |runs| {
        runs.iter().any(|run| run.status == RunStatus::Succeeded)
    });
    let second = place.sheaf(&["serve"]);
    let said = text(&second);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error: this workspace is already served by process "),
        "{said}"
    );
    served.kill();
    // No lock outlives its process.
    let third = place.served();
    backfill_again(&place);
    assert_eq!(third.end(), Some(0));
}

fn backfill_again(place: &Place) {
    place.out(&[
        "trigger",
        "backfill",
        "yearly",
        "--from",
        "2021-01-01",
        "--to",
        "2021-01-02",
    ]);
    place.wait("a second run", |runs| {
        runs.len() == 2 && runs.iter().all(|run| run.status == RunStatus::Succeeded)
    });
}

#[test]
fn a_run_that_its_end_interrupts_goes_on_in_the_next_one() {
    let place = Place::published(&[("pipelines/p.ron", &waiting("50s"))]);
    let served = place.served();
    backfill(&place);
    let store = place.store();
    let is_long = |place: &Place| {
        place.runs().first().is_some_and(|run| {
            let activities = store.activities(&run.id).unwrap();
            activities
                .iter()
                .any(|one| one.path == "long" && one.status == ActivityStatus::InProgress)
        })
    };
    place.wait("the long activity", |_| is_long(&place));
    assert_eq!(served.end(), Some(0));
    let run = place.runs().remove(0);
    assert_eq!((run.status, run.continued), (RunStatus::Queued, 0));

    let served = place.served();
    place.wait("the long activity again", |_| is_long(&place));
    let attempts = |path: &str| store.attempts(&run.id, path).unwrap().len();
    assert_eq!((attempts("quick"), attempts("long")), (1, 2));
    let said = place.out(&["runs", "cancel", &run.id.0]);
    assert_eq!(said, format!("{} was asked to stop\n", run.id));
    place.wait("its end", |runs| runs[0].status == RunStatus::Cancelled);
    assert_eq!(served.end(), Some(0));
    assert_eq!(place.runs().len(), 1);
}

#[test]
fn the_version_that_is_published_runs_and_not_what_was_edited_since() {
    let place = Place::published(&[("pipelines/p.ron", &waiting("10ms"))]);
    place.write("pipelines/p.ron", "(activities: [");
    let served = place.served();
    backfill(&place);
    place.wait("a run", |runs| {
        runs.iter().any(|run| run.status == RunStatus::Succeeded)
    });
    assert_eq!(place.runs()[0].version, Some(1));
    assert_eq!(served.end(), Some(0));
}

/// Goes on for at most an hour.
const FOREVER: &str = r#"(
    activities: [(name: "poll", type: Until(condition: "@{False}", timeout: "1h", activities: [
        (name: "look", retry: 99, type: Wait(for: "200ms")),
    ]))],
)"#;

#[test]
fn the_hour_of_an_until_is_over_an_hour_after_its_first_start_however_often_it_is_killed() {
    let place = Place::published(&[("pipelines/p.ron", FOREVER)]);
    let run = NewRun {
        pipeline: "p",
        version: None,
        origin: Origin::Manual,
        trigger: TriggerFacts::default(),
        parameters: serde_json::json!({}),
        parent: None,
        owner: None,
    };
    let id = place.store().create(&run, Utc::now()).unwrap();
    let looked = |round: u32| {
        let path = format!("poll[{round}]/look");
        let activities = place.store().activities(&id).unwrap();
        activities.iter().any(|one| one.path == path)
    };
    let served = place.served();
    place.wait("a second round", |_| looked(2));
    served.kill();
    // As if it had begun 50 minutes ago.
    let shift = |minutes: i64| {
        let store = Connection::open(place.path().join(".sheaf/runs.db")).unwrap();
        let shift = "UPDATE attempts SET started_at = started_at - ?1";
        store.execute(shift, [minutes * 60_000]).unwrap();
    };
    shift(50);
    let served = place.served();
    place.wait("a fourth round", |_| looked(4));
    served.kill();
    shift(11);
    let rounds = place.store().activities(&id).unwrap().len();
    let served = place.served();
    place.wait("its end", |runs| runs[0].status.is_final());
    let run = &place.runs()[0];
    assert_eq!(
        (run.status, run.error.as_deref()),
        (
            RunStatus::Failed,
            Some("poll failed: the condition \"@{False}\" did not hold within 1h")
        )
    );
    // There was no further round.
    assert_eq!(place.store().activities(&id).unwrap().len(), rounds);
    assert_eq!(served.end(), Some(0));
}
