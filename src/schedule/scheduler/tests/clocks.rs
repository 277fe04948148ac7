//! Clocks that are put forward and back, machines that sleep, triggers of the same moment.

use super::*;

#[test]
fn triggers_of_the_same_second_have_a_run_each() {
    let one = r#"(concurrency: 1, triggers: {
        "a": Schedule(cron: "0 2 * * *"), "b": Schedule(cron: "0 2 * * *"), "c": Window(size: "1h", start: "2026-06-01T01:00:00"),
    })"#;
    let mut world = World::new("2026-06-01T01:30:00Z", &[("one", one), ("two", &nightly(""))]);
    world.pass("2026-06-01T02:00:10Z");
    for _ in 0..3 {
        world.tick();
    }
    let one = world.all().into_iter().filter(|run| run.pipeline == "one");
    let mut names: Vec<_> = one.filter_map(|run| run.trigger.name).collect();
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(world.all().iter().all(|run| run.status == RunStatus::Succeeded));
}

#[test]
fn half_past_two_comes_once_in_spring_and_once_in_autumn() {
    let half = r#"(triggers: {"night": Schedule(cron: "30 2 * * *", zone: "Europe/Berlin", catch_up: All)})"#;
    for (from, until, expected) in [
        (
            "2026-03-28T12:00:00Z",
            "2026-03-30T12:00:00Z",
            // There is no half past two: it comes when the clock is put forward.
            ["03-29T01:00", "03-30T00:30"],
        ),
        (
            "2026-10-24T12:00:00Z",
            "2026-10-26T12:00:00Z",
            // There are two: the first one counts.
            ["10-25T00:30", "10-26T01:30"],
        ),
    ] {
        let mut world = World::new(from, &[("half", half)]);
        world.pass(until);
        let expected = expected.map(|time| format!("{time} Succeeded"));
        assert_eq!(world.times(), expected);
        // Nor does it come again where nothing ran over the change.
        let mut world = World::new(from, &[("half", half)]);
        world.tick();
        world.kill();
        world.put(until);
        world.start();
        world.tick();
        assert_eq!(world.times(), expected);
    }
}

#[test]
fn a_machine_that_sleeps_for_three_days_goes_on_with_what_ran_and_with_what_is_due() {
    let text = r#"(triggers: {
        "hour": Schedule(cron: "0 * * * *"), "half": Schedule(cron: "30 * * * *", catch_up: All),
    })"#;
    let mut world = World::new("2026-06-01T00:15:00Z", &[("p", text)]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-01T01:10:00Z");
    assert_eq!(world.times(), ["06-01T00:30 Queued", "06-01T01:00 Queued"]);
    world.put("2026-06-04T01:10:00Z");
    world.tick();
    // Its own runs are still its own.
    assert_eq!(world.player.held.lock().unwrap().len(), 2 + 72 + 1);
    *world.player.is_holding.lock().unwrap() = false;
    world.player.release();
    let all = world.all();
    assert!(
        all.iter()
            .all(|run| run.status == RunStatus::Succeeded && run.continued == 0)
    );
    // Back again: what has its run gets no other; the hours that were passed over are on time.
    world.put("2026-06-01T01:10:00Z");
    world.pass("2026-06-01T06:10:00Z");
    assert_eq!(world.all().len(), all.len() + 5, "{:?}", world.times());
}
