//! What expressions are worth, and what is said of them before.

use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Known, Scope, Shape, Template, check, render, resolve, value};
use crate::error::Problem as _;
use crate::pipeline::facts::TriggerFacts;

fn scope() -> Scope {
    let Value::Object(parameters) =
        json!({"date": "1912-04-15", "limit": 3, "ratio": 0.5, "none": null, "items": ["a", "b"]})
    else {
        unreachable!()
    };
    Scope {
        parameters,
        trigger: TriggerFacts {
            window_start: Utc.with_ymd_and_hms(2026, 3, 31, 2, 0, 0).single(),
            ..TriggerFacts::default()
        },
        run: json!({"id": "r1", "pipeline": "nightly", "started": "2026-03-31T02:00:05Z"}),
        activities: [(
            "copy-it".to_owned(),
            json!({"status": "Succeeded", "output": {"rows_written": 418, "items": [{"id": 1}, {"id": 2}], "values": {}}}),
        )]
        .into(),
        item: None,
    }
}

/// Returns the value of one expression, or what is wrong with it.
fn evaluated(expression: &str) -> Result<Value, String> {
    value(&format!("@{{{expression}}}"), &scope()).map_err(|error| {
        let place = error.column;
        format!("{place}: {error} | {}", error.hint().unwrap_or_default())
    })
}

#[test]
fn expressions_see_what_a_run_knows() {
    for (expression, expected) in [
        ("parameters.date", json!("1912-04-15")),
        ("parameters['date']", json!("1912-04-15")),
        ("parameters.limit + 1", json!(4)),
        ("parameters.ratio * 2", json!(1.0)),
        ("parameters.none", json!(null)),
        ("trigger.window_start", json!("2026-03-31T02:00:00Z")),
        ("trigger.window_end", json!(null)),
        ("trigger.files", json!([])),
        ("run.id", json!("r1")),
        ("activities['copy-it'].output.rows_written > 400", json!(true)),
        (
            "activities['copy-it'].output.items",
            json!([{"id": 1}, {"id": 2}]),
        ),
        (
            "[i.id * 10 for i in activities['copy-it'].output.items if 'id' in i]",
            json!([10, 20]),
        ),
        ("getattr(parameters, 'missing', 'else')", json!("else")),
        ("activities['copy-it'].output.values == {}", json!(false)),
        (
            "len(parameters), bool(activities['copy-it'].output.values)",
            json!([5, false]),
        ),
        ("{'a': (1, [None])}", json!({"a": [1, [null]]})),
        (
            "f'{parameters.limit} of {len(parameters.items)}'",
            json!("3 of 2"),
        ),
        ("\n  1 +  # one\n  2\n", json!(3)),
        ("'}' + \"{\"", json!("}{")),
        ("9007199254740993", json!(9_007_199_254_740_993_i64)),
    ] {
        assert_eq!(evaluated(expression).unwrap(), expected, "{expression}");
    }
}

#[test]
fn functions_of_data_factory_do_what_they_do_there() {
    for (expression, expected) in [
        ("text(None) + text(True) + text(False)", json!("TrueFalse")),
        ("text(1) + text(0.5) + text('x')", json!("10.5x")),
        ("text([1, 'a', True, None])", json!("[1,\"a\",true,null]")),
        ("text(activities['copy-it'].output.items[0])", json!("{\"id\":1}")),
        ("substring('abcdef', 1, 3)", json!("bcd")),
        ("substring('añb', 1, 2)", json!("ñb")),
        ("substring('abc', 3, 0)", json!("")),
        ("div(-7, 2)", json!(-3)),
        ("div(7.0, 2)", json!(3.5)),
        ("rem(-7, 3)", json!(-1)),
        (
            "int(format_date('2026-03-08', '%d')) + int(format_date('2026-03-08', '%w'))",
            json!(8),
        ),
        (
            "format_date('2026-03-31T02:30:00Z', '%Y-%m-01T00:00:00%:z')",
            json!("2026-03-01T00:00:00+00:00"),
        ),
        (
            "getattr(getattr(activities['copy-it'].output, 'none', None), 'x', None)",
            json!(null),
        ),
    ] {
        assert_eq!(evaluated(expression), Ok(expected), "{expression}");
    }
    for (expression, wrong) in [
        (
            "substring('abc', 2, 2)",
            "a text of 3 characters has no 2 from 2 on, which counts from 0",
        ),
        (
            "substring('abc', -1, 1)",
            "a text of 3 characters has no 1 from -1 on, which counts from 0",
        ),
        ("div(1, 0)", "it is divided by 0"),
        ("rem(1, 0)", "it is divided by 0"),
        ("rem(1.5, 1)", "a remainder is one of whole numbers"),
        ("text(text)", "the value is a function"),
    ] {
        let found = evaluated(expression).unwrap_err();
        assert!(found.contains(wrong), "{expression}: {found}");
    }
}

#[test]
fn dates_stay_dates_and_times_keep_their_offset() {
    for (expression, expected) in [
        ("utcnow()", "2026-03-31T02:00:05Z"),
        ("format_date(trigger.window_start, '%Y/%m/%d')", "2026/03/31"),
        ("add_days('1912-04-15', -15)", "1912-03-31"),
        ("add_days(trigger.window_start, 1)", "2026-04-01T02:00:00Z"),
        ("add_months('2026-01-31', 1)", "2026-02-28"),
        ("add_hours('2026-01-31', 1)", "2026-01-31T01:00:00Z"),
        (
            "add_minutes('2026-01-31T02:00:00+01:00', -90)",
            "2026-01-31T00:30:00+01:00",
        ),
        ("add_seconds('2026-01-31 23:59:59', 1)", "2026-02-01T00:00:00Z"),
        ("date_of('2026-01-31T23:00:00-02:00')", "2026-01-31"),
        (
            "in_zone('2026-03-29T00:59:59Z', 'Europe/London')",
            "2026-03-29T00:59:59Z",
        ),
        (
            "in_zone('2026-03-29T01:00:00Z', 'Europe/London')",
            "2026-03-29T02:00:00+01:00",
        ),
    ] {
        assert_eq!(evaluated(expression).unwrap(), json!(expected), "{expression}");
    }
}

#[test]
fn what_cannot_be_evaluated_says_where_and_why() {
    for (expression, expected) in [
        (
            "",
            "1: in @{}: there is no expression | write a value between the braces, such as `parameters.date`",
        ),
        (
            "1 +",
            "4: in @{1 +}: the expression is not complete | write what is missing at its end",
        ),
        (
            "x = 1",
            "3: in @{x = 1}: unexpected symbol '=' | write one expression of Python's, such as `a if condition else b`",
        ),
        (
            "activities.load.output",
            "12: in @{activities.load.output}: `load` is a keyword, and cannot follow a dot | write it in brackets: [\"load\"]",
        ),
        (
            "parameters.dat",
            "12: in @{parameters.dat}: `parameters` has no `dat` | did you mean `date`?",
        ),
        (
            "parmeters.date",
            "1: in @{parmeters.date}: there is no `parmeters` here | did you mean `parameters`?",
        ),
        (
            "activities['copy'].output",
            "12: in @{activities['copy'].output}: `activities` has no `copy` | there are: copy-it",
        ),
        (
            "parameters.date + 1",
            "1: in @{parameters.date + 1}: a text and a number cannot be added | put `str(…)` around what is not a text",
        ),
        (
            "format_date('soon', '%Y')",
            "1: in @{format_date('soon', '%Y')}: \"soon\" is not a date or a time, such as \"2026-01-31\" or \"2026-01-31T02:00:00Z\" | ",
        ),
        (
            "format_date('2026-01-01', '%Q')",
            "1: in @{format_date('2026-01-01', '%Q')}: \"%Q\" is not a format, such as \"%Y-%m-%d\" | ",
        ),
        (
            "len",
            "1: in @{len}: the value is a function, not a text, a number, true or false, a list or an object | call it, or choose one of its fields",
        ),
        (
            "1 << 62 << 62",
            "1: in @{1 << 62 << 62}: the value is a whole number with too many digits, not a text, a number, true or false, a list or an object | call it, or choose one of its fields",
        ),
        (
            "float('nan')",
            "1: in @{float('nan')}: the value is NaN, not a text, a number, true or false, a list or an object | call it, or choose one of its fields",
        ),
        ("1 // 0", "1: in @{1 // 0}: floor division by zero: 1 // 0 | "),
    ] {
        assert_eq!(evaluated(expression).unwrap_err(), expected, "{expression}");
    }
}

#[test]
fn what_would_take_all_time_or_memory_is_refused() {
    for expression in [
        "[0 for a in range(60000) for b in range(60000)]",
        "'x' * 1000000000",
        "[0] * 1000000000",
        "1 << 1000000000",
        "len(list(range(2000000000)))",
        "(lambda f: f(f))(lambda f: f(f))",
        "[x.append(x) for x in [[]]] and [(x.append(x), x) for x in [[]]]",
    ] {
        assert!(evaluated(expression).is_err(), "{expression}");
    }
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(evaluated(&deep).is_err());
}

#[test]
fn a_text_holds_the_values_of_its_expressions() {
    let rendered = |text: &str| render(text, &scope()).map_err(|error| error.to_string());
    assert_eq!(
        rendered("day=@{parameters.date}/@{run.id}.csv").unwrap(),
        "day=1912-04-15/r1.csv"
    );
    assert_eq!(rendered("@@{x} {{secrets/a/b}}").unwrap(), "@{x} {{secrets/a/b}}");
    assert_eq!(
        rendered("@{1 == 1} @{[1, 'a']} @{1.5}").unwrap(),
        "true [1,\"a\"] 1.5"
    );
    assert_eq!(
        rendered("x @{trigger.window_end}").unwrap_err(),
        "in @{trigger.window_end}: the value is None, which cannot be part of a text"
    );
    let resolved = resolve(
        &json!({"a": ["@{parameters.limit}", "n=@{parameters.limit}", 1]}),
        &scope(),
    );
    assert_eq!(resolved.unwrap(), json!({"a": [3, "n=3", 1]}));
}

fn known() -> Known {
    let names = [
        (
            "parameters",
            Shape::closed([("date", Shape::Text), ("limit", Shape::Number)]),
        ),
        (
            "activities",
            Shape::closed([("score", Shape::closed([("output", Shape::open([]))]))]),
        ),
    ];
    Known {
        names: names.map(|(name, shape)| (name.to_owned(), shape)).into(),
        undone: ["later".to_owned()].into(),
    }
}

#[test]
fn what_is_wrong_is_found_without_evaluating() {
    let found = |text: &str| -> Vec<String> {
        let errors = check(text, &known()).errors;
        errors
            .iter()
            .map(|error| format!("{}: {}", error.offset, error.fault))
            .collect()
    };
    for (text, errors) in [
        ("@{parameters.date} @{activities.score.output.rows}", vec![]),
        (
            "@{[x for x in [1] if x]} @{(lambda y: y)(1)} @{str(len('a'))}",
            vec![],
        ),
        ("a @{parameters.dates}", vec!["15: `parameters` has no `dates`"]),
        (
            "@{activities.later.output}",
            vec!["13: \"later\" may not have run before this, so that its output may be missing"],
        ),
        (
            "@{activities[\"nobody\"].output}",
            vec!["13: `activities` has no `nobody`"],
        ),
        ("@{item}", vec!["2: there is no `item` here"]),
        ("@{z for z in parameters}", vec!["4: unexpected keyword 'for'"]),
        (
            "@{[z for z in zs]} @{z}",
            vec!["14: there is no `zs` here", "21: there is no `z` here"],
        ),
    ] {
        assert_eq!(found(text), errors, "{text}");
    }
}

#[test]
fn types_are_known_where_they_can_be() {
    for (text, shape) in [
        ("@{parameters.limit > 1}", Shape::Truth),
        ("@{not parameters.limit}", Shape::Truth),
        ("@{parameters.limit}", Shape::Number),
        ("@{parameters.date + 'x'}", Shape::Text),
        ("x@{parameters.limit}", Shape::Text),
        ("@{[1, 2]}", Shape::List(Box::new(Shape::Number))),
        ("@{activities.score.output.rows}", Shape::Any),
        ("@{1 if parameters.limit else 'x'}", Shape::Any),
        ("true", Shape::Text),
    ] {
        assert_eq!(check(text, &known()).shape, shape, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "\\PC*") {
        let _ = Template::of(&text);
        check(&text, &known());
    }

    #[test]
    fn anything_between_braces_can_be_read(text in "([-+*/%()\\[\\]{},:.'\"#\\\\a-c0-3 \n=<>@é]|if|else|for|in|lambda|not|f'){0,30}") {
        let text = format!("@{{{text}}}");
        check(&text, &known());
        let _ = value(&text, &scope());
    }
}
