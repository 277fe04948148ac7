//! Backfills of a long time.

use super::*;

fn named(name: &str) -> TriggerName {
    TriggerName {
        pipeline: "p".to_owned(),
        name: name.to_owned(),
    }
}

#[test]
fn a_backfill_of_years_is_made_as_it_can_be_run() {
    let text = r#"(triggers: {
        "hour": Schedule(cron: "0 * * * *"),
        "window": Window(size: "1h", start: "2016-01-01", catch_up: None),
    })"#;
    let mut world = World::new("2026-06-01T00:30:00Z", &[("p", text)]);
    world.tick();
    assert!(world.all().is_empty());
    *world.player.is_holding.lock().unwrap() = true;
    let (runs, mounts) = (world.runs(), Mounts::new(world.kept.path()));
    let plan = Arc::clone(&world.player.plan.lock().unwrap());
    for name in ["hour", "window"] {
        let fill = |from: &str, until: &str| {
            let backfill = crate::schedule::Backfill {
                runs: &runs,
                plan: &plan,
                mounts: &mounts,
                trigger: &named(name),
                from: at(from),
                until: at(until),
                parallel: 2,
            };
            let filled = backfill.fill(world.clock.now()).unwrap();
            (filled.asked, filled.there)
        };
        let years = (10 * 365 + 3) * 24;
        let asked = fill("2016-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert_eq!(asked, (years, 0), "{name}");
        // What was asked for is not asked for again.
        let again = fill("2016-02-01T00:00:00Z", "2016-02-02T00:00:00Z");
        assert_eq!(again, (0, 24), "{name}");
        let more = fill("2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z");
        assert_eq!(more, (24, 24), "{name}");
    }
    for _ in 0..5 {
        world.tick();
    }
    // Two batches of each trigger, none of more than sixteen runs, of which two run at a time.
    assert_eq!(world.all().len(), 4 * 16);
    assert_eq!(world.player.held.lock().unwrap().len(), 4 * 2);
    *world.player.is_holding.lock().unwrap() = false;
    world.player.release();
    for _ in 0..100 {
        world.tick();
    }
    for name in ["hour", "window"] {
        let of = world
            .all()
            .into_iter()
            .filter(|run| run.trigger.name.as_deref() == Some(name));
        let times = of.filter_map(|run| run.trigger.window_start.or(run.trigger.scheduled_time));
        // Those of the second batch are at the end.
        let mut times: Vec<_> = times.filter(|time| *time < at("2025-12-31T00:00:00Z")).collect();
        times.sort();
        assert!(times.len() > 100, "{name}: {}", times.len());
        let first = at("2016-01-01T00:00:00Z");
        let expected: Vec<_> = (0..times.len() as i64)
            .map(|hour| first + TimeDelta::hours(hour))
            .collect();
        assert_eq!(times, expected, "{name}");
    }
    // What has not begun can be taken back.
    for name in ["hour", "window"] {
        runs.cancel_backfills(&named(name), world.clock.now()).unwrap();
    }
    let before = world.all().len();
    world.tick();
    world.tick();
    assert_eq!(world.all().len(), before);
    assert!(world.all().iter().all(|run| run.status.is_final()));
}
