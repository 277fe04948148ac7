//! What runs after what.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[test]
fn changes_are_told_in_order_and_handled_failures_end_well() {
    let run = Planned::new(
        r#"(activities: [
            (name: "score", type: Wait(for: "1s")),
            (name: "load", after: {"score": Succeeded}, type: Wait(for: "2s")),
            (name: "tell", after: {"score": Failed, "load": Skipped}, type: Fail(message: "@{activities['score'].error}")),
        ])"#,
        &[("score", &[Act::Fail("no such column")]), ("tell", &[Act::Echo])],
    )
    .run();
    assert_eq!(run.end(), "Succeeded");
    assert_eq!(
        run.lines,
        [
            "began",
            "score#1 Wait {\"for\":\"1s\"}",
            "score#1 Failed null: no such column",
            "score Failed null: no such column",
            "load Skipped null: score failed",
            "tell#1 Fail {\"message\":\"no such column\"}",
            "tell#1 Succeeded \"no such column\"",
            "tell Succeeded \"no such column\"",
            "Succeeded",
        ]
    );
}

#[test]
fn a_failure_that_nobody_handles_fails_the_run_with_its_reason() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
        (name: "c", type: Wait(for: "1s")),
    ])"#;
    let run = Planned::new(text, &[("a", &[Act::Fail("no")]), ("c", &[Act::Panic])]).run();
    assert_eq!(
        run.end(),
        "Failed: a failed: no; c failed: an internal error in a library: out of range"
    );
    assert_eq!(run.of("b"), ["b Skipped null: a failed"]);
}

#[test]
fn expressions_know_what_is_certain_to_have_ended() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", type: Wait(for: "1s")),
        (name: "c", after: {"a": Succeeded}, type: Fail(message: "@{activities['a'].output.rows}")),
        (name: "d", after: {"c": Succeeded}, type: Fail(message: "@{activities['a'].output.rows + activities['c'].output}")),
        (name: "e", after: {"c": Succeeded}, type: Fail(message: "@{activities['b'].output.rows}")),
    ])"#;
    let rows = [Act::Give(json!({"rows": 3}))];
    let echo = [Act::Echo];
    let acts: [(&str, &[Act]); 5] = [
        ("a", &rows),
        ("b", &rows),
        ("c", &echo),
        ("d", &echo),
        ("e", &echo),
    ];
    let run = Planned::new(text, &acts).run();
    assert_eq!((run.output("c"), run.output("d")), (json!(3), json!(6)));
    let wrong = run.of("e").concat();
    assert!(wrong.contains("Failed null"), "{wrong}");
}

#[test]
fn a_debug_run_can_end_with_an_activity_and_runs_what_that_needs() {
    let text = r#"(activities: [
        (name: "a", type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
        (name: "c", after: {"b": Succeeded}, type: Wait(for: "1s")),
        (name: "x", type: Wait(for: "1s")),
    ])"#;
    let mut planned = Planned::new(text, &[]);
    planned.until = Some("b");
    assert_eq!(planned.run().did, ["a#1", "b#1"]);
    let mut planned = Planned::new(text, &[]);
    planned.until = Some("d");
    assert_eq!(
        planned.run().ended.unwrap_err(),
        "the pipeline has no activity \"d\""
    );
}

#[test]
fn activities_that_wait_for_each_other_are_refused() {
    let text = r#"(activities: [
        (name: "a", after: {"b": Succeeded}, type: Wait(for: "1s")),
        (name: "b", after: {"a": Succeeded}, type: Wait(for: "1s")),
    ])"#;
    let run = Planned::new(text, &[]).run();
    assert_eq!(
        run.end(),
        "Failed: `after` is \"a\", not the name of an activity that does not wait for this one"
    );
}

/// An activity of the model: what it comes after, by numbers below its own, and whether it succeeds where it runs.
type Node = (BTreeMap<usize, u8>, bool);

const CONDITIONS: [&str; 4] = ["Succeeded", "Failed", "Completed", "Skipped"];

/// How each ends, as the documentation of Data Factory has it.
fn model(nodes: &[Node]) -> Vec<ActivityStatus> {
    let mut ends: Vec<ActivityStatus> = Vec::new();
    for (after, succeeds) in nodes {
        let meets = |(parent, condition): (&usize, &u8)| {
            let end = ends[*parent].name();
            match CONDITIONS[usize::from(*condition)] {
                "Completed" => end == "Succeeded" || end == "Failed",
                wanted => end == wanted,
            }
        };
        ends.push(match (after.iter().all(meets), succeeds) {
            (false, _) => ActivityStatus::Skipped,
            (true, true) => ActivityStatus::Succeeded,
            (true, false) => ActivityStatus::Failed,
        });
    }
    ends
}

/// Whether a branch ends well: its last activity, or what that comes after where it was skipped.
fn ends_well(node: usize, nodes: &[Node], ends: &[ActivityStatus]) -> bool {
    match ends[node] {
        ActivityStatus::Skipped => nodes[node].0.keys().all(|parent| ends_well(*parent, nodes, ends)),
        end => end == ActivityStatus::Succeeded,
    }
}

fn graphs() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        proptest::collection::btree_map(0..6_usize, 0..4_u8, 0..3),
        any::<bool>(),
    );
    proptest::collection::vec(node, 1..7).prop_map(|mut nodes| {
        for (place, (after, _)) in nodes.iter_mut().enumerate() {
            after.retain(|parent, _| *parent < place);
        }
        nodes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_as_in_data_factory_whatever_the_timing(nodes in graphs()) {
        let activities = nodes.iter().enumerate().map(|(place, (after, succeeds))| {
            let after = after.iter().map(|(parent, condition)| format!("\"a{parent}\": {}", CONDITIONS[usize::from(*condition)]));
            let after: Vec<String> = after.collect();
            // What fails does so by itself: the fake does what it is told by path, and has none of these.
            format!("(name: \"a{place}\", after: {{{}}}, description: \"{succeeds}\", type: Wait(for: \"1s\"))", after.join(", "))
        });
        let text = format!("(activities: [{}])", activities.collect::<Vec<_>>().join(", "));
        let names = ["a0", "a1", "a2", "a3", "a4", "a5", "a6"];
        let failing: BTreeSet<usize> = (0..nodes.len()).filter(|place| !nodes[*place].1).collect();
        let fail = [Act::Fail("no")];
        let acts: Vec<(&'static str, &[Act])> = failing.iter().map(|place| (names[*place], fail.as_slice())).collect();
        let run = Planned::new(&text, &acts).run();

        let ends = model(&nodes);
        for (place, end) in ends.iter().enumerate() {
            let last = run.of(&format!("a{place}")).last().map(|line| (*line).to_owned()).unwrap();
            prop_assert!(last.starts_with(&format!("a{place} {end}")), "{last}, not {end}");
        }
        let is_parent = |node: usize| nodes.iter().any(|(after, _)| after.contains_key(&node));
        let well = (0..nodes.len()).filter(|node| !is_parent(*node)).all(|node| ends_well(node, &nodes, &ends));
        prop_assert_eq!(run.end().starts_with("Succeeded"), well, "{}", run.end());
        // Nothing begins before all that it comes after has ended.
        for (place, (after, _)) in nodes.iter().enumerate() {
            let begins = run.lines.iter().position(|line| line.starts_with(&format!("a{place}#1")));
            for parent in after.keys() {
                let ended = run.lines.iter().position(|line| line.starts_with(&format!("a{parent} ")));
                prop_assert!(begins.is_none_or(|begins| ended.unwrap() < begins));
            }
        }
    }
}
