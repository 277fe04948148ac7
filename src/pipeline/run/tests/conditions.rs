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
fn an_activity_whose_thread_breaks_has_failed_also_in_the_journal() {
    let text = r#"(activities: [(name: "a", type: Wait(for: "1s"))])"#;
    let mut planned = Planned::new(text, &[]);
    planned.panics = Some("a#1");
    let run = planned.run();
    assert_eq!(
        run.lines,
        [
            "began",
            "a Failed null: an internal error in a library: out of range\nhint: nothing was lost; please report this with the cell that caused it",
            "Failed: a failed: an internal error in a library: out of range",
        ]
    );
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

/// An activity of the model: what it comes after, by numbers below its own, and how its attempts go.
#[derive(Debug, Clone)]
struct Node {
    after: BTreeMap<usize, u8>,
    retry: u32,
    /// How many of its attempts fail before one succeeds, and how many do where it runs again.
    failures: [u32; 2],
}

impl Node {
    /// How it ends where it runs, in the first run or in the second, and after how many attempts.
    fn ends(&self, run: usize) -> (ActivityStatus, u32) {
        let failures = self.failures[run];
        if failures <= self.retry {
            (ActivityStatus::Succeeded, failures + 1)
        } else {
            (ActivityStatus::Failed, self.retry + 1)
        }
    }
}

/// How an activity of the model has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    status: ActivityStatus,
    /// Its attempts in this run.
    attempts: u32,
    /// Whether nothing of it, and of what it comes after, has happened anew.
    is_as_before: bool,
}

const CONDITIONS: [&str; 4] = ["Succeeded", "Failed", "Completed", "Skipped"];

fn holds(condition: u8, status: ActivityStatus) -> bool {
    match (CONDITIONS[usize::from(condition)], status.name()) {
        ("Completed", end) => end == "Succeeded" || end == "Failed",
        (wanted, end) => end == wanted,
    }
}

/// How each ends, as the documentation of Data Factory has it; `taken` are those that the run takes over from the one before.
fn model(nodes: &[Node], run: usize, taken: &BTreeSet<usize>) -> Vec<Outcome> {
    let mut ends: Vec<Outcome> = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let mut unmet = node
            .after
            .iter()
            .filter(|(parent, condition)| !holds(**condition, ends[**parent].status))
            .peekable();
        ends.push(if unmet.peek().is_some() {
            // It is skipped for the reason that it was skipped for then.
            let is_as_before = unmet.any(|(parent, _)| ends[*parent].is_as_before);
            Outcome {
                status: ActivityStatus::Skipped,
                attempts: 0,
                is_as_before,
            }
        } else if taken.contains(&place) && node.after.keys().all(|parent| ends[*parent].is_as_before) {
            Outcome {
                status: ActivityStatus::Succeeded,
                attempts: 0,
                is_as_before: true,
            }
        } else {
            let (status, attempts) = node.ends(run);
            Outcome {
                status,
                attempts,
                is_as_before: false,
            }
        });
    }
    ends
}

/// Whether a branch ends well: its last activity, or what that comes after where it was skipped.
fn ends_well(node: usize, nodes: &[Node], ends: &[Outcome]) -> bool {
    match ends[node].status {
        ActivityStatus::Skipped => nodes[node]
            .after
            .keys()
            .all(|parent| ends_well(*parent, nodes, ends)),
        end => end == ActivityStatus::Succeeded,
    }
}

/// What is drawn of an activity: what it comes after, its retries, and how many of its attempts fail.
type Drawn = (BTreeMap<usize, u8>, u32, [u32; 2]);

fn graphs() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        proptest::collection::btree_map(0..6_usize, 0..4_u8, 0..3),
        0..3_u32,
        [
            prop_oneof![3 => Just(0), 1 => 1..4_u32],
            prop_oneof![2 => Just(0), 1 => 1..4_u32],
        ],
    );
    proptest::collection::vec(node, 1..7).prop_map(|nodes| {
        let node = |(place, (mut after, retry, failures)): (usize, Drawn)| {
            after.retain(|parent, _| *parent < place);
            Node {
                after,
                retry,
                failures,
            }
        };
        nodes.into_iter().enumerate().map(node).collect()
    })
}

/// Plans a run of these activities, the first or the second.
fn planned(nodes: &[Node], run: usize) -> Planned {
    const NAMES: [&str; 6] = ["a0", "a1", "a2", "a3", "a4", "a5"];
    let activities = nodes.iter().enumerate().map(|(place, node)| {
        let after = node
            .after
            .iter()
            .map(|(parent, condition)| format!("\"a{parent}\": {}", CONDITIONS[usize::from(*condition)]));
        let after: Vec<String> = after.collect();
        format!(
            "(name: \"a{place}\", after: {{{}}}, retry: {}, type: Wait(for: \"1s\"))",
            after.join(", "),
            node.retry
        )
    });
    let text = format!("(activities: [{}])", activities.collect::<Vec<_>>().join(", "));
    let acts = nodes.iter().map(|node| {
        let mut acts = vec![Act::Fail("no"); node.failures[run] as usize];
        acts.push(Act::Give(json!({ "run": run })));
        acts
    });
    let acts: Vec<Vec<Act>> = acts.collect();
    let acts: Vec<(&'static str, &[Act])> = NAMES.into_iter().zip(acts.iter().map(Vec::as_slice)).collect();
    Planned::new(&text, &acts)
}

/// Checks that a run went as the model says.
fn check(run: &Run, nodes: &[Node], ends: &[Outcome]) -> Result<(), TestCaseError> {
    for (place, end) in ends.iter().enumerate() {
        let lines = run.of(&format!("a{place}"));
        let last = lines.last().copied().unwrap_or_default();
        prop_assert!(
            last.starts_with(&format!("a{place} {}", end.status)),
            "{last}, not {end:?}"
        );
        let attempts: Vec<&String> = run
            .did
            .iter()
            .filter(|did| did.starts_with(&format!("a{place}#")))
            .collect();
        let expected: Vec<String> = (1..=end.attempts)
            .map(|attempt| format!("a{place}#{attempt}"))
            .collect();
        prop_assert_eq!(attempts, expected.iter().collect::<Vec<_>>(), "{:?}", lines);
    }
    let is_parent = |node: usize| nodes.iter().any(|other| other.after.contains_key(&node));
    let well = (0..nodes.len())
        .filter(|node| !is_parent(*node))
        .all(|node| ends_well(node, nodes, ends));
    prop_assert_eq!(run.end().starts_with("Succeeded"), well, "{}", run.end());
    // Nothing begins before all that it comes after has ended.
    for (place, node) in nodes.iter().enumerate() {
        let begins = run
            .lines
            .iter()
            .position(|line| line.starts_with(&format!("a{place}#1")));
        for parent in node.after.keys() {
            let ended = run
                .lines
                .iter()
                .position(|line| line.starts_with(&format!("a{parent} ")));
            prop_assert!(begins.is_none_or(|begins| ended.is_some_and(|ended| ended < begins)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_as_in_data_factory_whatever_the_timing_also_when_it_runs_again(
        nodes in graphs(),
        from in proptest::option::of(0..6_usize),
    ) {
        let first = model(&nodes, 0, &BTreeSet::new());
        check(&planned(&nodes, 0).run(), &nodes, &first)?;
        // From what failed, or from one activity, which is done again also where it had ended well.
        let well = |place: &usize| first[*place].status == ActivityStatus::Succeeded && Some(*place) != from;
        let taken: BTreeSet<usize> = (0..nodes.len()).filter(well).collect();
        let mut again = planned(&nodes, 1);
        for place in &taken {
            again.prior.add(&format!("a{place}"), ActivityStatus::Succeeded, json!({"run": 0}), None);
        }
        let again = again.run();
        let second = model(&nodes, 1, &taken);
        check(&again, &nodes, &second)?;
        // What is taken over is what the first run gave, and what happens anew is not.
        for (place, end) in second.iter().enumerate().filter(|(_, end)| end.status == ActivityStatus::Succeeded) {
            prop_assert_eq!(again.output(&format!("a{place}")), json!({"run": u8::from(!end.is_as_before)}));
        }
    }
}
