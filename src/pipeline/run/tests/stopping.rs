//! Attempts, time, and stops.

use super::*;

#[test]
fn attempts_go_on_until_one_ends_well() {
    let text = r#"(activities: [(name: "a", retry: 2, retry_interval: "1ms", type: Wait(for: "1s"))])"#;
    let acts: [(&str, &[Act]); 1] = [("a", &[Act::Fail("no"), Act::Panic, Act::Give(json!(7))])];
    let run = Planned::new(text, &acts).run();
    assert_eq!(
        run.of("a"),
        [
            "a#1 Wait {\"for\":\"1s\"}",
            "a#1 Failed null: no",
            "a#2 Wait {\"for\":\"1s\"}",
            "a#2 Failed null: an internal error in a library: out of range\nhint: nothing was lost; please report this with the cell that caused it",
            "a#3 Wait {\"for\":\"1s\"}",
            "a#3 Succeeded 7",
            "a Succeeded 7",
        ]
    );
    let run = Planned::new(text, &[("a", &[Act::Fail("no")])]).run();
    assert_eq!((run.did.len(), run.end().as_str()), (3, "Failed: a failed: no"));
}

#[test]
fn a_definition_that_is_wrong_is_not_tried_again() {
    let text = r#"(activities: [(name: "a", retry: 5, type: Fail(message: "@{parameters.nowhere}"))])"#;
    let run = Planned::new(text, &[("a", &[Act::Echo])]).run();
    assert_eq!(run.did, [""; 0]);
    assert_eq!(run.of("a").len(), 3);
    assert!(run.of("a")[0].starts_with("a#1 Fail {\"message\":\"@{parameters.nowhere}\"}"));
}

#[test]
fn an_attempt_has_its_time_and_the_next_one_its_own() {
    let text = r#"(activities: [(name: "a", retry: 1, timeout: "20ms", type: Wait(for: "1s"))])"#;
    let run = Planned::new(text, &[("a", &[Act::Hang, Act::Give(json!(1))])]).run();
    assert_eq!(
        run.of("a")[1],
        "a#1 Failed null: it did not end within 20ms\nhint: give it a larger `timeout`"
    );
    assert_eq!(run.end(), "Succeeded");
}

#[test]
fn a_run_that_takes_too_long_fails_and_one_that_is_stopped_is_cancelled() {
    let activities = r#"activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", after: {"a": Completed}, type: Wait(for: "1s")),
    ]"#;
    let late = format!("(timeout: \"1h\", {activities})");
    // It began in 1970.
    let run = Planned::new(&late, &[]).run();
    assert_eq!(run.end(), "Failed: the run did not end within 1h");
    assert_eq!(run.did, [""; 0]);
    let run = Planned::new(&format!("({activities})"), &[("a", &[Act::Stop])]).run();
    assert_eq!(run.end(), "Cancelled");
    assert_eq!(run.of("a").last().unwrap(), &"a Succeeded null");
    assert_eq!(run.of("b"), ["b Cancelled null"]);
}

#[test]
fn a_stop_ends_what_runs_at_the_same_time() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "each", type: ForEach(items: [1, 2, 3], parallel: 2, activities: [(name: "b", type: Wait(for: "1s"))])),
        (name: "stop", type: Wait(for: "1s")),
    ])"#;
    let hang = [Act::Hang];
    let acts: [(&str, &[Act]); 5] = [
        ("a", &hang),
        ("each[1]/b", &hang),
        ("each[2]/b", &hang),
        ("each[3]/b", &hang),
        ("stop", &[Act::Stop]),
    ];
    let run = Planned::new(text, &acts).run();
    assert_eq!(run.end(), "Cancelled");
    assert_eq!(run.of("each").last().unwrap(), &"each Cancelled null");
}

#[test]
fn nothing_happens_that_cannot_be_kept() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
    ])"#;
    for (refused, did) in [
        ("began", ""),
        ("a#1 Wait", ""),
        ("a#1 Succeeded", "a#1"),
        ("a Succeeded", "a#1"),
    ] {
        let mut planned = Planned::new(text, &[]);
        planned.refused = Some(refused);
        let run = planned.run();
        assert_eq!(
            run.fault.as_deref(),
            Some("the run cannot be stored: no space is left"),
            "{refused}"
        );
        assert_eq!(run.did.concat(), did, "{refused}");
        assert!(!run.lines.iter().any(|line| line == "Succeeded"), "{refused}");
    }
}

#[test]
fn activities_that_do_not_wait_for_each_other_run_at_the_same_time() {
    // Each hangs until the other has stopped the run: one after the other they would hang for ever.
    let text = r#"(activities: [(name: "a", type: Wait(for: "1s")), (name: "b", type: Wait(for: "1s"))])"#;
    let run = Planned::new(text, &[("a", &[Act::Hang]), ("b", &[Act::Stop])]).run();
    assert_eq!(run.of("a").last().unwrap(), &"a Cancelled null");
}

#[test]
fn those_that_have_others_within_keep_none_beside_them_from_beginning() {
    // More than work at a time; none of them ends before the last activity has begun.
    let most = 2 * std::thread::available_parallelism().unwrap().get() + 1;
    let each = |number: usize| {
        format!(
            r#"(name: "u{number}", type: Until(condition: "@{{parameters.is_over}}", timeout: "1h", activities: [])),"#
        )
    };
    let all: String = (0..most).map(each).collect();
    let text = format!(
        r#"(parameters: {{"is_over": false}}, activities: [{all} (name: "stop", type: Wait(for: "1s"))])"#
    );
    let run = Planned::new(&text, &[("stop", &[Act::Stop])]).run();
    assert_eq!(
        (run.end().as_str(), run.did.concat().as_str()),
        ("Cancelled", "stop#1")
    );
}
