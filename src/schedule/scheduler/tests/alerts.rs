//! What became of alerts.

use super::*;

#[test]
fn what_became_of_an_alert_is_known_and_none_is_sent_again() {
    let text = r#"(triggers: {"night": Schedule(cron: "0 2 * * *")},
        alerts: [(on: [Succeeded], http: (url: "https://example.com"))])"#;
    for (telling, expected) in [
        (Told::Sent, "sent"),
        (Told::Failed, "failed: no route to host"),
        (Told::Dropped, "failed: it ended without a result"),
        (Told::Killed, "unknown: the process ended while sending"),
    ] {
        let mut world = World::new("2026-06-01T00:00:00Z", &[("p", text)]);
        *world.player.telling.lock().unwrap() = telling;
        world.pass("2026-06-01T02:00:00Z");
        let run = world.all()[0].clone();
        // A failing alert is no failure of the run.
        assert_eq!((run.status, run.error), (RunStatus::Succeeded, None));
        let state = |world: &World| world.runs().alerts(&run.id).unwrap()[0].to_string();
        if matches!(telling, Told::Killed) {
            assert_eq!(state(&world), "is being sent");
        }
        world.kill();
        assert_eq!(state(&world), expected);
        world.start();
        world.tick();
        assert_eq!(state(&world), expected);
        let told = world.player.alerts.lock().unwrap().len();
        assert_eq!(told, 1, "not twice for one run");
    }
}

#[test]
fn a_kill_behind_any_write_tells_no_one_twice() {
    let text = r#"(triggers: {"night": Schedule(cron: "0 2 * * *")},
        alerts: [(on: [Succeeded], http: (url: "https://example.com"))])"#;
    for writes in 0..14 {
        let mut world = World::new("2026-06-01T00:00:00Z", &[("p", text)]);
        world.tick();
        world.kill();
        let runs = world.runs();
        runs.break_after(writes);
        world.start_on(runs);
        world.put("2026-06-01T02:00:00Z");
        // Somewhere in it, it is killed.
        let _ = world.scheduler.as_mut().unwrap().tick();
        world.kill();
        world.start();
        for _ in 0..3 {
            world.tick();
        }
        let told = world.player.alerts.lock().unwrap().len();
        let run = world.all()[0].clone();
        assert_eq!(run.status, RunStatus::Succeeded, "{writes}");
        let state = world.runs().alerts(&run.id).unwrap()[0].state;
        assert_eq!(told, 1, "{writes}");
        let known = [AlertState::Sent, AlertState::Unknown];
        assert!(known.contains(&state), "{writes}: {state:?}");
    }
}
