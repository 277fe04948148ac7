//! Schedules of which much was missed.

use super::*;

const MINUTELY: &str = r#"(triggers: {"minute": Schedule(cron: "* * * * *", catch_up: All)})"#;

/// The minutes that runs are for, counted from a time, in the order in which the runs were made.
fn minutes(world: &World, since: &str) -> Vec<i64> {
    let since = at(since);
    let all = world.all();
    let times = all.iter().filter_map(|run| run.trigger.scheduled_time);
    times.map(|time| (time - since).num_minutes()).collect()
}

#[test]
fn a_year_of_minutes_is_caught_up_in_order_and_a_part_at_a_time() {
    let begins = "2025-06-01T00:00:00Z";
    let mut world = World::new(begins, &[("p", MINUTELY)]);
    world.tick();
    world.kill();
    world.put("2026-06-01T00:00:30Z");
    world.start();
    *world.player.is_holding.lock().unwrap() = true;
    // However often it looks, no more is made than can be run soon, and it does not look again before something has ended.
    for _ in 0..3 {
        let next = world.tick();
        assert_eq!(minutes(&world, begins), (1..=256).collect::<Vec<_>>());
        assert!(next.is_none_or(|next| next > world.clock.now()), "{next:?}");
    }
    let held = |world: &World| world.player.held.lock().unwrap().len();
    assert_eq!(held(&world), 128);
    let mut made = 256;
    for round in 0..4 {
        world.player.release();
        if round == 2 {
            // What is on its way is not lost with the process, nor doubled.
            world.kill();
            world.start();
        }
        world.tick();
        made += 128;
        assert_eq!(minutes(&world, begins), (1..=made).collect::<Vec<_>>());
        let open = world.all().iter().filter(|run| !run.status.is_final()).count();
        assert_eq!(open, 256);
    }
    // The rest of the year is where it was: the store says from which minute on.
    let through = world.runs().triggers().unwrap()[0].through;
    assert_eq!((through - at(begins)).num_minutes(), made);
    // Another trigger is not kept waiting.
    let daily = r#"(triggers: {"noon": Schedule(cron: "0 12 * * *")})"#;
    world.publish(&[("p", MINUTELY), ("q", daily)]);
    world.player.release();
    world.tick();
    world.put("2026-06-01T12:00:00Z");
    world.tick();
    let noon = world.all().into_iter().find(|run| run.pipeline == "q").unwrap();
    assert_eq!(noon.queued_at, noon.trigger.scheduled_time.unwrap());
}

#[test]
fn what_was_missed_is_run_to_its_end_each_once_and_then_time_goes_on() {
    let begins = "2026-06-01T00:00:00Z";
    let mut world = World::new(begins, &[("p", MINUTELY)]);
    world.tick();
    world.kill();
    world.put("2026-06-01T10:00:30Z");
    world.start();
    for _ in 0..8 {
        world.tick();
    }
    assert_eq!(minutes(&world, begins), (1..=600).collect::<Vec<_>>());
    world.pass("2026-06-01T10:05:30Z");
    assert_eq!(minutes(&world, begins), (1..=605).collect::<Vec<_>>());
    assert!(world.all().iter().all(|run| run.status == RunStatus::Succeeded));
}

#[test]
fn a_schedule_that_is_overtaken_by_its_times_loses_none() {
    let text = r#"(concurrency: 1, triggers: {"second": Schedule(cron: "* * * * * *", catch_up: All)})"#;
    let mut world = World::new("2026-06-01T00:00:00Z", &[("p", text)]);
    *world.player.is_holding.lock().unwrap() = true;
    world.pass("2026-06-01T00:10:00Z");
    assert_eq!(world.all().len(), 256);
    // Each that ends makes way for the next one.
    for _ in 0..5 {
        world.player.release();
        world.tick();
    }
    let seconds: Vec<i64> = world
        .all()
        .iter()
        .map(|run| (run.trigger.scheduled_time.unwrap() - at("2026-06-01T00:00:00Z")).num_seconds())
        .collect();
    assert_eq!(seconds, (1..=261).collect::<Vec<_>>());
}
