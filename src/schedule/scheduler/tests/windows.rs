//! Windows of a long time that has passed.

use super::*;

fn hour() -> TriggerName {
    TriggerName {
        pipeline: "p".to_owned(),
        name: "hour".to_owned(),
    }
}

#[test]
fn however_many_windows_have_passed_only_so_many_are_taken_into_account() {
    let text = r#"(triggers: {"hour": Window(size: "1h", start: "2016-01-01", catch_up: All)})"#;
    let mut world = World::new("2026-06-01T00:30:00Z", &[("p", text)]);
    *world.player.is_holding.lock().unwrap() = true;
    for _ in 0..5 {
        world.tick();
    }
    let open = world.runs().open_windows(&hour()).unwrap()[&None];
    assert_eq!((open.waiting + open.running, open.running), (256, 16));
    assert_eq!(world.all().len(), 16);
    // They go on in their order, each once, and none is left out.
    *world.player.is_holding.lock().unwrap() = false;
    world.player.release();
    for _ in 0..300 {
        world.tick();
    }
    let starts: Vec<_> = world
        .all()
        .iter()
        .filter_map(|run| run.trigger.window_start)
        .collect();
    assert!(starts.len() > 256, "{}", starts.len());
    let first = at("2016-01-01T00:00:00Z");
    let expected: Vec<_> = (0..starts.len() as i64)
        .map(|hour| first + TimeDelta::hours(hour))
        .collect();
    assert_eq!(starts, expected);
}

#[test]
fn windows_that_wait_for_others_are_no_more_than_can_be_looked_at() {
    let text = r#"(triggers: {
        "day": Window(size: "1day", start: "2016-01-01"),
        "hour": Window(size: "1h", start: "2016-01-01", catch_up: All, max_concurrency: 50, depends_on: [(trigger: "day")]),
    })"#;
    let mut world = World::new("2026-06-01T00:30:00Z", &[("p", text)]);
    let day = TriggerName {
        name: "day".to_owned(),
        ..hour()
    };
    let first = at("2016-01-01T00:00:00Z") - TimeDelta::milliseconds(1);
    world.runs().set_started(&day, false, Some(first)).unwrap();
    for _ in 0..5 {
        world.tick();
    }
    let open = world.runs().open_windows(&hour()).unwrap()[&None];
    assert_eq!((open.waiting, world.all().len()), (256, 0));
    // When the days come, the hours do.
    world.runs().set_started(&day, true, None).unwrap();
    for _ in 0..40 {
        world.tick();
    }
    let of = |name: &str| -> Vec<_> {
        let all = world
            .all()
            .into_iter()
            .filter(|run| run.trigger.name.as_deref() == Some(name));
        all.filter_map(|run| run.trigger.window_start).collect()
    };
    let (days, hours) = (of("day"), of("hour"));
    assert!(
        days.len() > 30 && hours.len() > 300,
        "{} {}",
        days.len(),
        hours.len()
    );
    assert!(hours.is_sorted());
}

#[test]
fn what_was_missed_and_is_not_run_is_passed_over_at_once() {
    for catch_up in ["Latest", "None"] {
        let text = format!(
            r#"(triggers: {{"minute": Window(size: "1m", start: "2016-01-01", catch_up: {catch_up}, max_concurrency: 9)}})"#
        );
        let mut world = World::new("2026-06-01T00:01:30Z", &[("p", &text)]);
        world.tick();
        // The one that has just ended is on time.
        assert_eq!(world.times(), ["06-01T00:00 Succeeded"], "{catch_up}");
        world.kill();
        world.put("2026-06-04T00:03:30Z");
        world.start();
        world.tick();
        assert_eq!(world.times()[1..], ["06-04T00:02 Succeeded"], "{catch_up}");
        world.pass("2026-06-04T00:06:30Z");
        assert_eq!(world.times().len(), 5, "{catch_up}");
    }
    // Where none is on time, the latest counts, or none.
    for (catch_up, expected) in [("Latest", vec!["05-31T00:00 Succeeded"]), ("None", vec![])] {
        let text = format!(
            r#"(triggers: {{"day": Window(size: "1day", start: "2016-01-01", catch_up: {catch_up})}})"#
        );
        let mut world = World::new("2026-06-01T12:00:00Z", &[("p", &text)]);
        world.pass("2026-06-01T18:00:00Z");
        assert_eq!(world.times(), expected);
        world.pass("2026-06-02T00:00:10Z");
        assert_eq!(world.times().len(), expected.len() + 1);
    }
}
