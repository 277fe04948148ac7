//! What validation finds.

use std::fs;

use super::{validate, validate_some};
use crate::pipeline::definition::Definitions;
use crate::workspace::Workspace;

/// A notebook that declares two widgets.
const NOTEBOOK: &str = "# Databricks notebook source\ndbutils.widgets.text(\"date\", \"\")\ndbutils.widgets.text(\"limit\", \"\")\n";

/// Returns what is found in a workspace with these pipelines, each on a line with its hint.
fn found(pipelines: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let file = "(connections: {\"db\": \"sqlite:x.db\"}, secrets: {\"team\": (store: keyring)})";
    fs::write(root.join("sheaf.ron"), file).unwrap();
    fs::write(root.join("score.py"), NOTEBOOK).unwrap();
    let workspace = Workspace::find(root).unwrap();
    let definitions = Definitions::of_texts(pipelines.iter().copied());
    let findings = validate(&definitions, &workspace);
    let shown = findings.into_iter().map(|finding| {
        let hint = finding.hint.clone().unwrap_or_default();
        format!("{finding} | {hint}")
    });
    shown.collect()
}

/// Returns what is found in one pipeline with these fields.
fn of(fields: &str) -> Vec<String> {
    found(&[("p", &format!("({fields})"))])
}

#[test]
fn a_whole_pipeline_is_right() {
    let text = r#"
        parameters: {"date": "1912-04-15", "limit": 3},
        datasets: {
            "file": File(path: "/mnt/out/day=@{parameters.date}/p.csv.gz", schema: [(name: "id", type: "Int64")]),
            "table": Table(connection: "db", table: "t", schema: [(name: "key", type: "String")]),
        },
        activities: [
            (name: "score", type: Notebook(path: "score.py", parameters: {"date": "@{parameters.date}"})),
            (name: "copy it", after: {"score": Succeeded}, type: Copy(source: Dataset("file"),
                sinks: [(dataset: "table", before: "DELETE FROM t", mode: "upsert", keys: ["key"])], mapping: {"id": "key"})),
            (name: "check", after: {"copy it": Succeeded}, type: Validate(dataset: "table",
                assertions: [RowCount(min: "@{activities['copy it'].output.rows_written}"), Unique(["key"]), Schema])),
            (name: "look", type: Lookup(source: Query(connection: "db", sql: "SELECT 1"), rows: 5)),
            (name: "each", after: {"look": Succeeded}, type: ForEach(items: "@{activities.look.output.rows}", activities: [
                (name: "wait", type: Wait(for: "@{item.seconds}s")),
                (name: "tell", after: {"wait": Completed}, type: Http(url: "https://example.com/@{run.id}",
                    headers: {"Authorization": "Bearer {{secrets/team/key}}"}, body: {"n": "@{activities.wait.output.waited}"}))])),
            (name: "if", after: {"check": Failed}, type: If(condition: "@{parameters.limit > 1}",
                then: [(name: "fail", type: Fail(message: "only @{activities.score.output.exit_value}"))])),
            (name: "until", type: Until(condition: "@{activities.poll.output.first_row != None}", timeout: "1h", activities: [
                (name: "poll", type: Lookup(source: Query(connection: "db", sql: "SELECT 1")))])),
        ],
        triggers: {
            "nightly": Schedule(cron: "0 2 * * *", zone: "Europe/London", start: "2026-01-01"),
            "windows": Window(size: "1h", start: "2026-01-01T00:00:00Z", depends_on: [(trigger: "windows", before: "1h")],
                parameters: {"date": "@{format_date(trigger.window_start, '%Y-%m-%d')}"}),
            "files": Event(path: "/mnt/data/*.csv"),
        },
        alerts: [(on: [Failed], notebook: (path: "score.py", parameters: {"date": "@{run.error}"}))],
    "#;
    assert_eq!(of(text), Vec::<String>::new());
}

#[test]
fn order_and_names_are_checked() {
    let wait = "type: Wait(for: \"1s\")";
    assert_eq!(
        of(&format!(
            "activities: [\n(name: \"a\", after: {{\"b\": Succeeded, \"score\": Succeeded}}, {wait}),\n(name: \"b\", after: {{\"a\": Failed}}, {wait}),\n(name: \"scroe\", {wait}),\n(name: \"b\", {wait}),\n(name: \"x/y\", {wait})]"
        )),
        [
            "pipelines/p.ron:2:21: activities wait for each other: a after b after a | remove one of these from an `after`",
            "pipelines/p.ron:2:37: \"a\" comes after \"score\", and there is no such activity beside it | did you mean \"scroe\"?",
            "pipelines/p.ron:5:8: two activities are named \"b\" | give one of them another name",
            "pipelines/p.ron:6:8: the name of an activity cannot have '/' in it: \"x/y\" | use letters, digits, spaces, `_`, `-` and `.`",
        ]
    );
    assert_eq!(
        of(&format!(
            "activities: [(name: \"a\", after: {{\"a\": Succeeded}}, {wait})]"
        )),
        [
            "pipelines/p.ron:1:35: activities wait for each other: a after a | remove one of these from an `after`"
        ]
    );
    assert_eq!(
        of("concurrency: 0, parameters: {\"a b\": \"@{1}\"}"),
        [
            "pipelines/p.ron:1:1: the pipeline does nothing: it has no activities | add one: `(name: \"wait\", type: Wait(for: \"1s\"))`",
            "pipelines/p.ron:1:15: with a concurrency of 0 no run could ever start | write 1 or more, or leave it out",
            "pipelines/p.ron:1:31: \"a b\" cannot be the name of a parameter | use letters, digits and `_`, and no digit first, so that expressions can name it",
            "pipelines/p.ron:1:38: a default is taken as it is: an expression in it is not evaluated | write the expression where the parameter is used, or into a trigger's parameters",
        ]
    );
}

#[test]
fn expressions_are_checked_where_they_stand() {
    assert_eq!(
        of(
            "parameters: {\"date\": \"x\"}, activities: [\n(name: \"a\", type: Wait(for: \"@{parameters.dat}\")),\n(name: \"b\", type: Fail(message: \"\\\"@{activities.a.output.waited}\")),\n(name: \"c\", after: {\"a\": Succeeded}, type: Fail(message: \"@{activities.a.output.rows} @{item}\")),\n(name: \"d\", type: If(condition: \"@{parameters.date}\", then: [])),\n(name: \"e\", type: ForEach(items: \"@{1 + 1}\", activities: []))]"
        ),
        [
            "pipelines/p.ron:2:43: in @{parameters.dat}: `parameters` has no `dat` | did you mean `date`?",
            "pipelines/p.ron:3:49: in @{activities.a.output.waited}: \"a\" may not have run before this, so that its output may be missing | add \"a\" to the activity's `after`",
            "pipelines/p.ron:4:81: in @{activities.a.output.rows}: `activities.a.output` has no `rows` | there are: waited",
            "pipelines/p.ron:4:89: in @{item}: there is no `item` here | there are: activities, parameters, run, trigger, format_date, add_days, add_months, add_hours, add_minutes, add_seconds, date_of, in_zone",
            "pipelines/p.ron:5:33: the condition has to be true or false, and is a text | write one expression that compares: \"@{parameters.limit > 0}\"",
            "pipelines/p.ron:6:34: the items have to be a list, and are a number | write a list, or one expression that is one: \"@{activities.look.output.rows}\"",
        ]
    );
}

#[test]
fn what_activities_give_is_known_field_by_field() {
    let text = |message: &str| {
        format!(
            "parameters: {{\"n\": 1}}, datasets: {{\"t\": Table(connection: \"db\", table: \"t\", schema: [(name: \"y\", type: \"Int64\")])}}, \
             activities: [\n(name: \"look\", type: Lookup(source: Dataset(\"t\"))),\n(name: \"copy\", type: Copy(source: Dataset(\"t\"), \
             sinks: [(dataset: \"t\")])),\n(name: \"each\", type: ForEach(items: [1], activities: [])),\n(name: \"bad\", after: {{\"look\": \
             Failed}}, type: Wait(for: \"0s\")),\n(name: \"x\", after: {{\"look\": Succeeded, \"copy\": Succeeded, \"each\": Succeeded, \
             \"bad\": Skipped}}, type: Fail(message: \"@{{{message}}}\"))]"
        )
    };
    for (message, wrong) in [
        ("activities.look.output.first_row.y + parameters.n", ""),
        (
            "len(activities.copy.output.sinks) + activities.each.output.count",
            "",
        ),
        ("trigger.files[0] + 'x'", ""),
        (
            "activities.look.output.first_row.z",
            "has no `z` | did you mean `y`?",
        ),
        (
            "'n=' + activities.look.output.first_row.y",
            "a text and a number cannot be added",
        ),
        (
            "activities.look.output.firstRow",
            "has no `firstRow` | did you mean `first_row`?",
        ),
        ("activities.copy.output.rowsCopied", "has no `rowsCopied`"),
        (
            "activities.each.output.counts",
            "has no `counts` | did you mean `count`?",
        ),
        ("trigger.files + 1", "a list and a number cannot be added"),
        ("parameters.n + 'x'", "a number and a text cannot be added"),
        // It has not run, so that it gave nothing.
        (
            "activities.bad.output.waited",
            "`activities.bad` has no `output` | there are: error, status",
        ),
    ] {
        let found = of(&text(message));
        assert_eq!(
            found.len(),
            usize::from(!wrong.is_empty()),
            "{message}: {found:?}"
        );
        assert!(found.concat().contains(wrong), "{message}: {found:?}");
    }
}

#[test]
fn parameters_are_given_what_their_defaults_are() {
    let other = "(parameters: {\"day\": \"x\", \"n\": 1, \"any\": None}, activities: [(name: \"w\", type: Wait(for: \"0s\"))], \
                 triggers: {\"t\": Schedule(cron: \"0 2 * * *\", parameters: {\"n\": \"@{trigger.scheduled_time}\", \"any\": 1})})";
    let text = "(activities: [\n(name: \"a\", type: Pipeline(pipeline: \"other\", parameters: {\"day\": 5, \"n\": \"@{1 + 1}\", \"any\": []}))])";
    assert_eq!(
        found(&[("other", other), ("p", text)]),
        [
            "pipelines/other.ron:1:161: the parameter \"n\" is a number, and is given a text | give it what its default is, or change the default",
            "pipelines/p.ron:2:67: the parameter \"day\" is a text, and is given a number | give it what its default is, or change the default",
        ]
    );
}

#[test]
fn notebooks_have_to_be_there_with_their_widgets() {
    assert_eq!(
        of(
            "activities: [\n(name: \"a\", type: Notebook(path: \"scor.py\")),\n(name: \"b\", type: Notebook(path: \"score.py\", parameters: {\"dat\": 1})),\n(name: \"c\", type: Notebook(path: \"@{run.id}\")),\n(name: \"d\", type: Notebook(path: \"../x.py\"))]"
        ),
        [
            "pipelines/p.ron:2:34: there is no notebook \"scor.py\" | did you mean \"score.py\"?",
            "pipelines/p.ron:3:59: \"score.py\" declares no widget \"dat\" | did you mean \"date\"?",
            "pipelines/p.ron:4:34: the path is an expression: which notebook runs is not known before the run | write the path out, with an `If` or a `Switch` around several",
            "pipelines/p.ron:5:34: \"../x.py\" is not in the workspace's folder | move it there: what is elsewhere is not published with the pipeline",
        ]
    );
}

#[test]
fn datasets_are_checked_against_connections_mounts_and_mappings() {
    assert_eq!(
        of(
            "datasets: {\n\"a\": File(path: \"/mnt/dat/x.csv\"),\n\"b\": File(path: \"/mnt/data/x\", schema: [(name: \"id\", type: \"Int46\")]),\n\"c\": Table(connection: \"bd\", table: \"t\", schema: [(name: \"key\", type: \"Int64\")])},\nactivities: [(name: \"x\", type: Copy(source: Dataset(\"b\"),\nsinks: [(dataset: \"a\", mode: \"append\"), (dataset: \"c\", mode: \"upsrt\"), (dataset: \"missing\")],\nmapping: {\"ID\": \"key\", \"id\": \"kee\"}))]"
        ),
        [
            "pipelines/p.ron:2:17: \"/mnt/dat/x.csv\" is in no mount | did you mean \"/mnt/data\"?",
            "pipelines/p.ron:3:17: the name \"x\" does not tell the format of the file | add `format: csv`, `parquet`, `ndjson` or `ipc`",
            "pipelines/p.ron:3:60: there is no type \"Int46\" | did you mean \"Int16\"?",
            "pipelines/p.ron:4:24: there is no connection \"bd\" | did you mean \"db\"?",
            "pipelines/p.ron:6:24: `mode` is for tables, and \"a\" is a file | leave it out: a file is replaced",
            "pipelines/p.ron:6:62: there is no mode \"upsrt\" | did you mean \"upsert\"?",
            "pipelines/p.ron:6:82: there is no dataset \"missing\" | there are: a, b, c",
            "pipelines/p.ron:7:11: the schema of \"b\" has no column \"ID\" | did you mean \"id\"?",
            "pipelines/p.ron:7:30: the schema of \"c\" has no column \"kee\" | did you mean \"key\"?",
        ]
    );
}

#[test]
fn pipelines_that_run_others_are_checked() {
    let other = "(parameters: {\"day\": None, \"n\": 1}, activities: [(name: \"x\", type: Pipeline(pipeline: \"p\"))])";
    let text = "(activities: [\n(name: \"a\", type: Pipeline(pipeline: \"other\", parameters: {\"N\": 2})),\n(name: \"b\", type: Pipeline(pipeline: \"othr\"))])";
    assert_eq!(
        found(&[("other", other), ("p", text)]),
        [
            "pipelines/other.ron:1:87: the pipeline would run itself: other runs p runs other | remove one of these activities",
            "pipelines/p.ron:2:19: the parameter \"day\" of \"other\" is given no value, and has no default | add `parameters: {\"day\": …}`, or a default to the parameter",
            "pipelines/p.ron:2:38: the pipeline would run itself: p runs other runs p | remove one of these activities",
            "pipelines/p.ron:2:60: the pipeline \"other\" has no parameter \"N\" | did you mean \"n\"?",
            "pipelines/p.ron:3:38: there is no pipeline \"othr\" | did you mean \"other\"?",
        ]
    );
}

#[test]
fn triggers_and_alerts_are_checked() {
    let found = of(
        "parameters: {\"day\": None}, activities: [(name: \"h\", type: Http(method: \"GOT\", url: \"https://@{run.id}/x\", headers: {\"a\": \"{{secrets/taem/k}}\"}))],\ntriggers: {\n\"a\": Schedule(cron: \"0 25 * * *\", zone: \"Europe/Berlim\", parameters: {\"day\": \"@{trigger.scheduled}\"}),\n\"b\": Window(size: \"0s\", start: \"soon\", depends_on: [(trigger: \"a\")], parameters: {\"day\": 1}),\n\"c\": Event(path: \"/mnt/data/*\"),\n\"d\": Schedule(cron: \"* *\", start: \"2026-02-01\", end: \"2026-01-01\", parameters: {\"day\": 1})},\nalerts: [(on: [])]",
    );
    assert_eq!(
        found,
        [
            "pipelines/p.ron:1:73: there is no method \"GOT\" | did you mean \"GET\"?",
            "pipelines/p.ron:1:85: the host of a request cannot be an expression: it has to be known before the run | write the host out, and use expressions only behind it",
            "pipelines/p.ron:1:124: there is no scope \"taem\", which {{secrets/taem/k}} names | did you mean \"team\"?",
            "pipelines/p.ron:3:21: \"0 25 * * *\" is not a cron line: number out of bounds | write minute, hour, day, month and weekday: \"0 2 * * *\" is every day at two",
            "pipelines/p.ron:3:41: there is no time zone \"Europe/Berlim\" | did you mean \"Europe/Berlin\"?",
            "pipelines/p.ron:3:89: in @{trigger.scheduled}: `trigger` has no `scheduled` | there are: files, name, scheduled_time, window_end, window_start",
            "pipelines/p.ron:4:19: this length of time is zero | write one such as \"1h\"",
            "pipelines/p.ron:4:32: \"soon\" is not a time | write \"2026-01-31\" or \"2026-01-31T02:00:00\"",
            "pipelines/p.ron:4:63: \"a\" has no windows to wait for | name a trigger that is a `Window`",
            "pipelines/p.ron:5:6: the parameter \"day\" of \"p\" is given no value, and has no default | add `parameters: {\"day\": …}`, or a default to the parameter",
            "pipelines/p.ron:6:21: \"* *\" is not a cron line: it has 2 fields, not five, or six with seconds first | write minute, hour, day, month and weekday: \"0 2 * * *\" is every day at two",
            "pipelines/p.ron:6:54: the end is not after the start | write a later one, or leave it out",
            "pipelines/p.ron:7:10: the alert has no receiver | add `http: (url: \"…\")` or `notebook: (path: \"…\")`",
            "pipelines/p.ron:7:15: the alert never fires: `on` is empty | write `on: [Failed]`",
        ]
    );
}

#[test]
fn only_what_is_named_and_what_it_runs_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::find(folder.path()).unwrap();
    let definitions = Definitions::of_texts([
        (
            "a",
            "(activities: [(name: \"x\", type: Pipeline(pipeline: \"b\"))])",
        ),
        ("b", "(activities: [])"),
        ("c", "(activities: [])"),
        ("d", "(activties: [])"),
    ]);
    let names = |findings: Vec<crate::pipeline::Finding>| -> Vec<String> {
        findings.into_iter().map(|finding| finding.file).collect()
    };
    assert_eq!(
        names(validate_some(&definitions, &workspace, &["a".to_owned()])),
        ["pipelines/b.ron"]
    );
    let all = ["pipelines/b.ron", "pipelines/c.ron", "pipelines/d.ron"];
    assert_eq!(names(validate(&definitions, &workspace)), all);
}

#[test]
fn what_has_others_within_is_not_tried_again_as_a_whole() {
    let list = "activities: [(name: \"each\", retry: 1, type: ForEach(items: [1], activities: [(name: \"w\", retry: 2, \
                type: Wait(for: \"1s\"))]))]";
    let found = of(list);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found.first().unwrap().ends_with(
            "\"each\" has other activities within, and cannot be retried as a whole | give it to the activities within, as in \
             Data Factory"
        ),
        "{found:?}"
    );
}
