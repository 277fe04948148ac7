//! Activities that have others within.

use super::*;

#[test]
fn one_branch_runs_and_says_what_it_gave() {
    let text = r#"(parameters: {"full": true}, activities: [
        (name: "if", type: If(condition: "@{parameters.full}",
            then: [(name: "load", type: Wait(for: "1s"))], otherwise: [(name: "add", type: Wait(for: "1s"))])),
        (name: "tell", after: {"if": Succeeded}, type: Fail(message: "@{activities['if'].output.activities['load'].rows}")),
    ])"#;
    let acts: [(&str, &[Act]); 2] = [
        ("if:true/load", &[Act::Give(json!({"rows": 3}))]),
        ("tell", &[Act::Echo]),
    ];
    let run = Planned::new(text, &acts).run();
    assert_eq!(run.did, ["if:true/load#1", "tell#1"]);
    assert_eq!(
        run.output("if"),
        json!({"condition": true, "activities": {"load": {"rows": 3}}})
    );
    assert_eq!(run.output("tell"), json!(3));
    assert_eq!(run.of("if").first().unwrap(), &"if#1 If {\"condition\":true}");
    let mut planned = Planned::new(text, &acts);
    planned.parameters.insert("full".to_owned(), json!("yes"));
    assert_eq!(
        planned.run().of("if").last().unwrap(),
        &"if Failed null: condition is a text, not true or false: write one expression, such as \"@{parameters.full == 'yes'}\""
    );
}

#[test]
fn a_case_is_chosen_by_its_text() {
    let run = |value: Value| {
        let text = r#"(parameters: {"day": 1}, activities: [(name: "s", type: Switch(on: "@{parameters.day}",
            cases: [(value: "1", activities: [(name: "a", type: Wait(for: "1s"))]), (value: "a/b", activities: [(name: "a", type: Wait(for: "1s"))])],
            default: [(name: "a", type: Wait(for: "1s"))]))])"#;
        let mut planned = Planned::new(text, &[]);
        planned.parameters.insert("day".to_owned(), value);
        planned.run().did.concat()
    };
    assert_eq!(run(json!(1)), "s:1/a#1");
    assert_eq!(run(json!("a/b")), "s:a%2Fb/a#1");
    assert_eq!(run(json!("default")), "s:(default)/a#1");
}

#[test]
fn items_give_in_their_order_and_all_are_worked_on() {
    let text = r#"(parameters: {"days": ["mo", "tu", "we"]}, activities: [
        (name: "each", type: ForEach(items: "@{parameters.days}", parallel: 3,
            activities: [(name: "a", type: Fail(message: "@{item}")), (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{activities['a'].output}-@{item}"))])),
    ])"#;
    let echo = [Act::Echo];
    let paths = [
        "each[1]/a",
        "each[1]/b",
        "each[2]/a",
        "each[2]/b",
        "each[3]/a",
        "each[3]/b",
    ];
    let mut acts: Vec<(&'static str, &[Act])> = paths.iter().map(|path| (*path, echo.as_slice())).collect();
    let run = Planned::new(text, &acts).run();
    assert_eq!(
        run.output("each"),
        json!({"count": 3, "items": [{"a": "mo", "b": "mo-mo"}, {"a": "tu", "b": "tu-tu"}, {"a": "we", "b": "we-we"}]})
    );
    let fail = [Act::Fail("no")];
    acts.retain(|(path, _)| *path != "each[1]/a");
    acts.push(("each[1]/a", &fail));
    let run = Planned::new(text, &acts).run();
    assert_eq!(run.end(), "Failed: each failed: item 1: a failed: no");
    assert_eq!(
        run.of("each[3]/b").last().unwrap(),
        &"each[3]/b Succeeded \"we-we\""
    );
}

#[test]
fn what_is_no_list_has_no_items() {
    let text = r#"(activities: [(name: "each", type: ForEach(items: "mo", activities: []))])"#;
    assert_eq!(
        Planned::new(text, &[]).run().end(),
        "Failed: each failed: items is a text, not a list"
    );
    let text = r#"(activities: [(name: "each", type: ForEach(items: [], activities: []))])"#;
    assert_eq!(
        Planned::new(text, &[]).run().output("each"),
        json!({"count": 0, "items": []})
    );
}

#[test]
fn rounds_go_on_until_the_condition_holds_or_time_is_up() {
    let text = |timeout: &str| {
        format!(
            r#"(activities: [(name: "until", type: Until(condition: "@{{activities['poll'].output.done}}", timeout: "{timeout}",
            activities: [(name: "poll", type: Wait(for: "1s"))]))])"#
        )
    };
    let (no, yes) = (
        [Act::Give(json!({"done": false}))],
        [Act::Give(json!({"done": true}))],
    );
    let acts: [(&str, &[Act]); 3] = [
        ("until[1]/poll", &no),
        ("until[2]/poll", &no),
        ("until[3]/poll", &yes),
    ];
    let run = Planned::new(&text("1h"), &acts).run();
    assert_eq!(
        run.output("until"),
        json!({"rounds": 3, "activities": {"poll": {"done": true}}})
    );
    let run = Planned::new(&text("20ms"), &[("until[1]/poll", &[Act::Hang])]).run();
    assert_eq!(
        run.end(),
        "Failed: until failed: the condition \"@{activities['poll'].output.done}\" did not hold within 20ms"
    );
}

#[test]
fn another_pipeline_has_its_own_parameters_and_its_activities_are_a_part_of_the_run() {
    let text =
        r#"(activities: [(name: "call", type: Pipeline(pipeline: "inner", parameters: {"day": "mo"}))])"#;
    let inner = r#"(parameters: {"day": None, "n": 7}, activities: [(name: "a", type: Fail(message: "@{parameters.day}@{parameters.n}"))])"#;
    let planned = |text: &str, inner: &str| {
        let mut planned = Planned::new(text, &[("call/a", &[Act::Echo])]);
        planned.fake.pipelines.insert("inner".to_owned(), pipeline(inner));
        planned
    };
    let run = planned(text, inner).run();
    assert_eq!(run.output("call"), json!({"activities": {"a": "mo7"}}));
    let without = r#"(activities: [(name: "call", type: Pipeline(pipeline: "inner"))])"#;
    assert_eq!(
        planned(without, inner).run().end(),
        "Failed: call failed: the parameter \"day\" has no value"
    );
    let itself = r#"(parameters: {"day": None}, activities: [(name: "call", type: Pipeline(pipeline: "inner", parameters: {"day": "mo"}))])"#;
    let end = planned(text, itself).run().end();
    assert!(
        end.contains("pipelines run each other more than 8 levels deep: nightly → inner → inner"),
        "{end}"
    );
}

#[test]
fn what_is_secure_is_not_kept_and_expressions_have_it() {
    let text = r#"(activities: [
        (name: "each", type: ForEach(items: [1], activities: [
            (name: "a", secure_input: true, secure_output: true, type: Fail(message: "hidden")),
            (name: "b", after: {"a": Succeeded}, type: Fail(message: "@{len(activities['a'].output)}")),
        ])),
        (name: "c", after: {"each": Succeeded}, type: Fail(message: "@{len(activities['each'].output['items'][0].a)}")),
    ])"#;
    let echo = [Act::Echo];
    let acts: [(&str, &[Act]); 3] = [("each[1]/a", &echo), ("each[1]/b", &echo), ("c", &echo)];
    let run = Planned::new(text, &acts).run();
    assert_eq!(run.end(), "Succeeded");
    assert_eq!(
        (run.output("c"), run.output("each")["items"][0]["b"].clone()),
        (json!(6), json!(6))
    );
    assert!(!run.lines.concat().contains("hidden"), "{:?}", run.lines);
    assert!(
        run.lines.concat().contains("each[1]/a#1 Succeeded \"(secure)\""),
        "{:?}",
        run.lines
    );
}

#[test]
fn a_pipeline_with_a_limit_is_waited_for_and_left_again() {
    let inner =
        |rest: &str| format!(r#"(concurrency: 1, activities: [(name: "a", type: Wait(for: "1s")){rest}])"#);
    let text = r#"(activities: [(name: "call", type: Pipeline(pipeline: "inner"))])"#;
    let mut planned = Planned::new(text, &[]);
    planned
        .fake
        .pipelines
        .insert("inner".to_owned(), pipeline(&inner("")));
    planned.fake.waits = 1;
    let run = planned.run();
    assert_eq!(
        (run.end().as_str(), run.did.concat().as_str()),
        ("Succeeded", "call/a#1")
    );
    assert_eq!(run.line, ["call inner 1", "call inner 1", "-call"]);
    // It has its place already where it is around itself.
    let again = inner(r#", (name: "again", type: Pipeline(pipeline: "inner"))"#);
    let mut planned = Planned::new(text, &[]);
    planned
        .fake
        .pipelines
        .insert("inner".to_owned(), pipeline(&again));
    let run = planned.run();
    assert!(run.end().contains("more than 8 levels deep"), "{}", run.end());
    assert_eq!(run.line, ["call inner 1", "-call"]);
    // Who waits leaves when time is up, and has run nothing.
    let late = text.replace("(name: \"call\",", "(name: \"call\", timeout: \"20ms\",");
    let mut planned = Planned::new(&late, &[]);
    planned
        .fake
        .pipelines
        .insert("inner".to_owned(), pipeline(&inner("")));
    planned.fake.waits = usize::MAX;
    let run = planned.run();
    assert_eq!(run.end(), "Failed: call failed: it did not end within 20ms");
    assert_eq!(
        (run.line, run.did.len()),
        (vec!["call inner 1".to_owned(), "-call".to_owned()], 0)
    );
}
