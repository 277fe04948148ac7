//! What was done before is not done again.

use chrono::Utc;

use super::*;

const CHAIN: &str = r#"(activities: [
    (name: "a", type: Wait(for: "1s")),
    (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{activities['a'].output.rows}")),
    (name: "c", after: {"b": Succeeded}, type: Wait(for: "1s")),
])"#;

fn prior(done: &[(&str, Value)]) -> Prior {
    let mut prior = Prior::default();
    for (path, output) in done {
        prior.add(path, ActivityStatus::Succeeded, output.clone(), None);
    }
    prior
}

#[test]
fn what_succeeded_is_taken_with_its_output() {
    let mut planned = Planned::new(CHAIN, &[("b", &[Act::Echo])]);
    planned.prior = prior(&[("a", json!({"rows": 3}))]);
    let run = planned.run();
    assert_eq!(run.did, ["b#1", "c#1"]);
    assert_eq!(run.output("b"), json!(3));
    assert_eq!(run.of("a"), ["a Succeeded {\"rows\":3}"]);
}

#[test]
fn what_comes_after_something_that_runs_again_runs_again() {
    let mut planned = Planned::new(
        CHAIN,
        &[("a", &[Act::Give(json!({"rows": 4}))]), ("b", &[Act::Echo])],
    );
    planned.prior = prior(&[("b", json!(3)), ("c", json!(null))]);
    let run = planned.run();
    assert_eq!(run.did, ["a#1", "b#1", "c#1"]);
    assert_eq!(run.output("b"), json!(4));
}

#[test]
fn a_handled_failure_stays_handled_and_what_its_condition_no_longer_allows_is_skipped() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", after: {"a": Failed}, type: Wait(for: "1s")),
    ])"#;
    let mut planned = Planned::new(text, &[]);
    planned
        .prior
        .add("a", ActivityStatus::Failed, Value::Null, Some("no".to_owned()));
    let run = planned.run();
    assert_eq!(
        (run.end().as_str(), run.did.concat().as_str()),
        ("Succeeded", "b#1")
    );
    let mut planned = Planned::new(text, &[]);
    planned.prior = prior(&[("b", json!("handled"))]);
    let run = planned.run();
    assert_eq!(run.of("b"), ["b Skipped null: a succeeded"]);
}

#[test]
fn items_that_were_done_are_not_done_again() {
    let text = r#"(activities: [
        (name: "first", type: Wait(for: "1s")),
        (name: "each", after: {"first": Succeeded}, type: ForEach(items: [1, 2, 3], activities: [
            (name: "a", type: Wait(for: "1s")), (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
        ])),
    ])"#;
    let done = [
        ("first", json!(0)),
        ("each[1]/a", json!(1)),
        ("each[1]/b", json!(2)),
        ("each[2]/a", json!(3)),
    ];
    let mut planned = Planned::new(text, &[]);
    planned.prior = prior(&done);
    // It was killed in the middle of the second item.
    planned.prior.add_attempts("each", 1);
    let run = planned.run();
    assert_eq!(run.did, ["each[2]/b#1", "each[3]/a#1", "each[3]/b#1"]);
    assert_eq!(run.output("each")["items"][0], json!({"a": 1, "b": 2}));
    assert_eq!(
        run.of("each").first().unwrap(),
        &"each#2 ForEach {\"items\":[1,2,3]}"
    );
    // On another ground they are done again.
    let mut planned = Planned::new(text, &[]);
    planned.prior = prior(&done[1..]);
    assert_eq!(planned.run().did.len(), 7);
}

#[test]
fn an_attempt_that_was_broken_off_counts() {
    let text = |retry: u32| format!(r#"(activities: [(name: "a", retry: {retry}, type: Wait(for: "1s"))])"#);
    let mut planned = Planned::new(&text(1), &[("a", &[Act::Fail("no")])]);
    planned.prior.add_attempts("a", 1);
    assert_eq!(planned.run().did, ["a#2"]);
    let mut planned = Planned::new(&text(0), &[]);
    planned.prior.add_attempts("a", 1);
    let run = planned.run();
    assert_eq!(run.did, [""; 0]);
    assert_eq!(
        run.end(),
        "Failed: a failed: the process that ran it ended in the middle of it"
    );
}

#[test]
fn what_was_done_on_what_this_run_has_done_anew_is_done_again() {
    // The run repeats from `a`, and was killed when that had ended: `b` and `c` are still those of the run before.
    let mut planned = Planned::new(CHAIN, &[("b", &[Act::Echo])]);
    planned.prior = prior(&[("a", json!({"rows": 4})), ("b", json!(3)), ("c", json!(null))]);
    planned.prior.add_attempts("a", 1);
    planned.prior.add_load("b", "R1/b");
    let run = planned.run();
    assert_eq!(run.did, ["b#1", "c#1"]);
    assert_eq!(run.output("b"), json!(4));
    assert_eq!(run.of("b")[0], "b#1 Fail {\"message\":4}");
    // Killed again when `b` had ended: that was on this ground.
    let mut planned = Planned::new(CHAIN, &[]);
    planned.prior = prior(&[("a", json!({"rows": 4})), ("b", json!(4)), ("c", json!(null))]);
    planned.prior.add_attempts("a", 1);
    planned.prior.add_attempts("b", 1);
    assert_eq!(planned.run().did, ["c#1"]);
}

#[test]
fn what_goes_on_keeps_the_name_of_its_loads_and_what_is_done_anew_does_not() {
    let mut planned = Planned::new(CHAIN, &[]);
    planned.prior = prior(&[("a", json!({"rows": 3}))]);
    planned.prior.add_load("b", "R1/b");
    let run = planned.run();
    assert_eq!(run.of("b")[0], "b#1 Fail {\"message\":3} as R1/b");
    // So does an attempt of this run that was broken off after it had begun to go on with those.
    let mut planned = Planned::new(CHAIN, &[]);
    planned.prior = prior(&[("a", json!({"rows": 3}))]);
    planned.prior.add_attempts("a", 1);
    planned.prior.add_attempts("b", 1);
    planned.prior.excuse("b", 1);
    planned.prior.add_load("b", "R1/b");
    assert_eq!(planned.run().of("b")[0], "b#2 Fail {\"message\":3} as R1/b");
    let mut planned = Planned::new(CHAIN, &[("a", &[Act::Give(json!({"rows": 4}))])]);
    planned.prior.add_load("b", "R1/b");
    assert_eq!(planned.run().of("b")[0], "b#1 Fail {\"message\":4}");
}

const EACH: &str = r#"(parameters: {"days": []}, activities: [
    (name: "each", type: ForEach(items: "@{parameters.days}", activities: [
        (name: "a", type: Fail(message: "@{item}")),
        (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{item}")),
    ])),
])"#;

#[test]
fn items_are_known_by_what_they_are_and_not_by_their_places() {
    let mut planned = Planned::new(EACH, &[]);
    planned.prior = prior(&[
        ("each[1]/a", json!("mo")),
        ("each[1]/b", json!("mo")),
        ("each[2]/a", json!("tu")),
        ("each[3]/a", json!("we")),
    ]);
    planned
        .prior
        .add_input("each", &json!({"items": ["mo", "tu", "we"]}));
    planned.prior.add_load("each[2]/b", "R1/each[2]/b");
    planned
        .parameters
        .insert("days".to_owned(), json!(["su", "mo", "tu", "su"]));
    let run = planned.run();
    assert_eq!(
        run.did,
        [
            "each[1]/a#1",
            "each[1]/b#1",
            "each[3]/b#1",
            "each[4]/a#1",
            "each[4]/b#1"
        ]
    );
    let places = "each has [\"su\",\"mo\",\"tu\",\"su\"] from [None, Some(0), Some(1), None]";
    assert_eq!(run.of("each")[0], places);
    assert_eq!(
        run.of("each[3]/b")[0],
        "each[3]/b#1 Fail {\"message\":\"tu\"} as R1/each[2]/b"
    );
    assert_eq!(run.output("each")["changed_items"], json!({"new": 2, "gone": 1}));
    assert_eq!(run.output("each")["items"][1], json!({"a": "mo", "b": "mo"}));
}

#[test]
fn items_that_no_one_knows_any_more_are_done_again() {
    let text = EACH.replace("(name: \"each\",", "(name: \"each\", secure_input: true,");
    let done = [("each[1]/a", json!("mo")), ("each[1]/b", json!("mo"))];
    let mut planned = Planned::new(&text, &[]);
    planned.prior = prior(&done);
    planned.prior.add_input("each", &json!("(secure)"));
    planned.parameters.insert("days".to_owned(), json!(["mo"]));
    let run = planned.run();
    assert_eq!(run.did, ["each[1]/a#1", "each[1]/b#1"]);
    assert_eq!(run.of("each")[0], "each has \"(secure)\" from [None]");
    // Those of a run that goes on are the same.
    let mut planned = Planned::new(&text, &[]);
    planned.prior = prior(&done);
    for path in ["each", "each[1]/a", "each[1]/b"] {
        planned.prior.add_attempts(path, 1);
    }
    planned.parameters.insert("days".to_owned(), json!(["mo"]));
    assert_eq!(planned.run().did, [""; 0]);
}

#[test]
fn an_output_that_was_not_kept_is_no_value_and_its_activity_is_named() {
    let text = r#"(activities: [
        (name: "a", secure_output: true, type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{activities['a'].output}")),
    ])"#;
    let mut planned = Planned::new(text, &[("b", &[Act::Echo])]);
    planned.prior = prior(&[("a", json!("(secure)"))]);
    let run = planned.run();
    assert_eq!(
        run.of("b").last().unwrap(),
        &"b Failed null: in @{activities['a'].output}: what \"a\" gave was kept out of the store of runs, and is not known \
          any more\nhint: run it again: `sheaf runs rerun RUN --from a`"
    );
    assert!(
        !run.lines.concat().contains("\"message\":\"(secure)\""),
        "{:?}",
        run.lines
    );
}

#[test]
fn what_was_not_kept_within_others_is_no_value_whatever_is_made_of_it() {
    let given = json!({"items": [{"a": "(secure)", "b": 7}]});
    for (expression, is_known) in [
        ("activities['each'].output['items'][0].b", true),
        ("len(activities['each'].output['items'])", true),
        ("[name for name in activities['each'].output['items'][0]]", true),
        ("activities['each'].output['items'][0].a", false),
        ("activities['each'].output['items'][0]['a'] or 'none'", false),
        ("activities['each'].output['items'][0].a == None", false),
        ("[i.a for i in activities['each'].output['items']]", false),
        ("str(activities['each'].output)", false),
        ("activities['each'].output", false),
        ("activities['each'].output['items'] == []", true),
        (
            "activities['each'].output['items'][0] == activities['each'].output['items'][0]",
            false,
        ),
    ] {
        let text = format!(
            r#"(activities: [
                (name: "each", type: ForEach(items: [1], activities: [(name: "a", type: Wait(for: "1s"))])),
                (name: "c", after: {{"each": Succeeded}}, type: Fail(message: "@{{{expression}}}")),
            ])"#
        );
        let mut planned = Planned::new(&text, &[("c", &[Act::Echo])]);
        planned.prior = prior(&[("each", given.clone())]);
        let run = planned.run();
        assert_eq!(
            run.end() == "Succeeded",
            is_known,
            "{expression}: {:?}",
            run.of("c")
        );
        assert!(
            is_known || run.end().contains("what \"each\" gave was kept out"),
            "{}",
            run.end()
        );
    }
}

/// Since so many seconds.
fn ago(seconds: i64) -> DateTime<Utc> {
    Utc::now() - chrono::TimeDelta::seconds(seconds)
}

#[test]
fn the_time_of_what_goes_on_counts_from_its_first_start() {
    let until = r#"(activities: [(name: "u", type: Until(condition: "@{False}", timeout: "1h", activities: [
        (name: "a", type: Wait(for: "1s")),
    ]))])"#;
    let each = r#"(activities: [(name: "u", timeout: "1h", type: ForEach(items: [1, 2], activities: [
        (name: "a", type: Wait(for: "1s")),
    ]))])"#;
    let condition = r#"(activities: [(name: "u", timeout: "1h", type: If(condition: "@{True}", then: [
        (name: "a", type: Wait(for: "1s")),
    ]))])"#;
    let hangs = ["u[1]/a", "u[2]/a", "u:true/a"].map(|path| (path, &[Act::Hang][..]));
    for (text, error) in [
        (until, "the condition \"@{False}\" did not hold within 1h"),
        (each, "it did not end within 1h"),
        (condition, "it did not end within 1h"),
    ] {
        // It was killed twice, and its hour is over.
        let mut planned = Planned::new(text, &hangs);
        planned.prior.add_attempts("u", 2);
        planned.prior.add_series("u", ago(3601), true);
        let run = planned.run();
        assert_eq!(run.end(), format!("Failed: u failed: {error}"));
        assert_eq!(run.did, [""; 0], "{error}");
        // A second of it is left.
        let mut planned = Planned::new(text, &hangs);
        planned.prior.add_attempts("u", 2);
        planned.prior.add_series("u", ago(3599), true);
        let began = std::time::Instant::now();
        assert_eq!(planned.run().end(), format!("Failed: u failed: {error}"));
        let passed = began.elapsed();
        assert!((0.3..5.0).contains(&passed.as_secs_f64()), "{passed:?}");
    }
}

#[test]
fn what_was_done_when_the_time_is_over_counts() {
    // The first round was enough, and the process was killed before that was written down.
    let text = r#"(activities: [(name: "u", type: Until(
        condition: "@{activities['a'].output == 7}", timeout: "1h", activities: [(name: "a", type: Wait(for: "1s"))],
    ))])"#;
    let mut planned = Planned::new(text, &[]);
    planned.prior = prior(&[("u[1]/a", json!(7))]);
    planned.prior.add_attempts("u", 1);
    planned.prior.add_attempts("u[1]/a", 1);
    planned.prior.add_series("u", ago(9000), true);
    planned.prior.add_series("u[1]/a", ago(9000), false);
    let run = planned.run();
    assert_eq!((run.end().as_str(), run.did.len()), ("Succeeded", 0));
}

#[test]
fn an_attempt_that_begins_anew_has_its_whole_time() {
    // The last attempt had ended when the process was killed: the next one is another.
    let until = r#"(activities: [(name: "u", retry: 1, type: Until(condition: "@{True}", timeout: "1h", activities: [
        (name: "a", type: Wait(for: "1s")),
    ]))])"#;
    let mut planned = Planned::new(until, &[]);
    planned.prior.add_attempts("u", 1);
    planned.prior.add_series("u", ago(9000), false);
    assert_eq!(planned.run().end(), "Succeeded");
    // So is each attempt of what has no others within: it does all of it again.
    let text = r#"(activities: [(name: "a", retry: 1, timeout: "1h", type: Wait(for: "1s"))])"#;
    let mut planned = Planned::new(text, &[]);
    planned.prior.add_attempts("a", 1);
    planned.prior.add_series("a", ago(9000), true);
    assert_eq!(planned.run().end(), "Succeeded");
}

#[test]
fn another_pipelines_time_counts_from_when_it_began_and_not_while_it_waited() {
    let text = r#"(activities: [(name: "p", type: Pipeline(pipeline: "other"))])"#;
    let other = r#"(timeout: "1h", concurrency: 1, activities: [
        (name: "a", type: Wait(for: "1s")), (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
    ])"#;
    for (began, end) in [
        (Some(3601), "Failed: p failed: it did not end within 1h"),
        (Some(60), "Succeeded"),
        // It has waited for its turn all the time.
        (None, "Succeeded"),
        // That was in an attempt that has ended.
        (Some(9001), "Succeeded"),
    ] {
        let mut planned = Planned::new(text, &[]);
        planned.fake.pipelines.insert("other".to_owned(), pipeline(other));
        planned.prior.add_attempts("p", 1);
        planned.prior.add_series("p", ago(9000), true);
        if let Some(began) = began {
            planned
                .prior
                .add("p/a", ActivityStatus::Succeeded, json!(0), None);
            planned.prior.add_attempts("p/a", 1);
            planned.prior.add_series("p/a", ago(began), false);
        }
        assert_eq!(planned.run().end(), end, "{began:?}");
    }
}
