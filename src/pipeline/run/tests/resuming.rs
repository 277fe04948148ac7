//! What was done before is not done again.

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
fn an_output_that_was_not_kept_is_no_value() {
    let text = r#"(activities: [
        (name: "a", secure_output: true, type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{activities['a'].output}")),
    ])"#;
    let mut planned = Planned::new(text, &[("b", &[Act::Echo])]);
    planned.prior = prior(&[("a", json!("(secure)"))]);
    let run = planned.run();
    assert!(run.end().starts_with("Failed: b failed"), "{}", run.end());
    assert!(
        !run.lines.concat().contains("\"message\":\"(secure)\""),
        "{:?}",
        run.lines
    );
}
