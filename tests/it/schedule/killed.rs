//! `sheaf serve` that is killed at any moment: no time is lost, none has two runs, and what ended well is not run again.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use sheaf::pipeline::{ActivityStatus, RunStatus};

use super::place::Place;

/// How often it is killed, unless the environment says otherwise.
const KILLS: u32 = 6;

const PIPELINE: &str = r#"(
    activities: [
        (name: "first", retry: 99, type: Wait(for: "120ms")),
        (name: "second", after: {"first": Succeeded}, retry: 99, type: Wait(for: "120ms")),
    ],
    triggers: {"often": Schedule(cron: "* * * * * *", catch_up: All)},
)"#;

#[test]
fn a_server_that_is_killed_loses_and_doubles_nothing() {
    let kills = std::env::var("SHEAF_TEST_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    let place = Place::published(&[("pipelines/p.ron", PIPELINE)]);
    let first = place.served();
    place.wait("a first run", |runs| !runs.is_empty());
    first.kill();
    for _ in 0..kills {
        let served = place.serve();
        // Somewhere in the first second and a half, as it happens to be.
        let chance = UNIX_EPOCH.elapsed().unwrap().subsec_micros() % 1_500;
        thread::sleep(Duration::from_millis(100 + u64::from(chance)));
        served.kill();
    }
    place.out(&["trigger", "stop", "often"]);
    let served = place.served();
    place.wait("the end of all runs", |runs| {
        runs.iter().all(|run| run.status.is_final())
    });
    assert_eq!(served.end(), Some(0));

    let runs = place.runs();
    let times: Vec<_> = runs
        .iter()
        .map(|run| run.trigger.scheduled_time.unwrap())
        .collect();
    let seconds: BTreeSet<_> = times.iter().map(chrono::DateTime::timestamp).collect();
    assert_eq!(seconds.len(), runs.len(), "a time has two runs");
    let span = seconds.last().unwrap() - seconds.first().unwrap() + 1;
    assert_eq!(seconds.len() as i64, span, "a time has no run");
    let store = place.store();
    for run in &runs {
        assert_eq!(run.status, RunStatus::Succeeded, "{run:?}");
        for path in ["first", "second"] {
            let attempts = store.attempts(&run.id, path).unwrap();
            let mut statuses: Vec<_> = attempts.iter().map(|one| one.status).collect();
            assert_eq!(
                statuses.pop(),
                Some(ActivityStatus::Succeeded),
                "{run:?}: {attempts:?}"
            );
            let is_broken_off = |status: &ActivityStatus| *status == ActivityStatus::Interrupted;
            assert!(statuses.iter().all(is_broken_off), "{run:?}: {attempts:?}");
        }
    }
}
