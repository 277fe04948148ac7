//! A folder of Data Factory's, and what is made of it.

mod nested;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::import;
use crate::pipeline::definition::{DefinitionFile, Definitions};
use crate::pipeline::validation::validate;
use crate::workspace::Workspace;

fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, json) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, json.to_string()).unwrap();
    }
    folder
}

/// Returns what validation finds in a pipeline, in a workspace with this `sheaf.ron`.
fn findings(root: &Path, sheaf: &str, pipeline: (&str, &str)) -> Vec<String> {
    fs::write(root.join("sheaf.ron"), sheaf).unwrap();
    let definitions = Definitions::of_texts([pipeline]);
    let found = validate(&definitions, &Workspace::find(root).unwrap());
    found.iter().map(ToString::to_string).collect()
}

/// Returns an expression, as Data Factory writes one.
fn expression(text: &str) -> Value {
    json!({"value": text, "type": "Expression"})
}

/// Returns a dataset that an activity names, with a value of its parameter.
fn scores(path: &str) -> Value {
    json!({"referenceName": "Scores", "type": "DatasetReference", "parameters": {"path": expression(path)}})
}

fn nightly() -> Value {
    let table = json!([{"referenceName": "Predictions", "type": "DatasetReference"}]);
    json!({"name": "Nightly load", "properties": {
        "parameters": {"date": {"type": "string", "defaultValue": "1912-04-15"}},
        "activities": [
            {"name": "score", "type": "DatabricksNotebook",
             "policy": {"timeout": "0.12:00:00", "retry": 2, "retryIntervalInSeconds": 30},
             "typeProperties": {"notebookPath": "/sessions/score", "baseParameters": {
                "date": expression("@pipeline().parameters.date"),
                "folder": expression("@concat('day=', formatDateTime(utcnow(), 'yyyy-MM-dd'))")}}},
            {"name": "load", "type": "Copy", "dependsOn": [{"activity": "score", "dependencyConditions": ["Succeeded"]}],
             "inputs": [scores("@concat('day=', formatDateTime(utcnow(), 'yyyy-MM-dd'))")], "outputs": table,
             "typeProperties": {
                "source": {"type": "DelimitedTextSource", "storeSettings": {"type": "AzureBlobStorageReadSettings", "recursive": true}},
                "sink": {"type": "AzureSqlSink", "writeBehavior": "insert",
                         "preCopyScript": "DELETE FROM dbo.predictions WHERE day = '@{pipeline().parameters.date}'"},
                "translator": {"type": "TabularTranslator", "mappings": [
                    {"source": {"name": "PassengerId", "type": "String"}, "sink": {"name": "passenger_id", "type": "Int32"}},
                    {"source": {"name": "prediction"}, "sink": {"name": "survived"}}]}}},
            {"name": "load what was said", "type": "Copy", "dependsOn": [{"activity": "score", "dependencyConditions": ["Succeeded"]}],
             "inputs": [scores("@activity('score').output.runOutput")], "outputs": table,
             "typeProperties": {"source": {"type": "DelimitedTextSource"}, "sink": {"type": "AzureSqlSink"}}}]}})
}

fn factory() -> Vec<(&'static str, Value)> {
    let service = |name: &str| json!({"referenceName": name, "type": "LinkedServiceReference"});
    vec![
        ("pipeline/Nightly load.json", nightly()),
        (
            "dataset/Scores.json",
            json!({"name": "Scores", "properties": {"type": "DelimitedText", "linkedServiceName": service("Lake"),
            "parameters": {"path": {"type": "string"}}, "typeProperties": {
                "location": {"type": "AzureBlobStorageLocation", "container": "out",
                             "folderPath": expression("@dataset().path"), "fileName": "predictions.csv"},
                "columnDelimiter": ";", "quoteChar": "\"", "firstRowAsHeader": true}}}),
        ),
        (
            "dataset/Predictions.json",
            json!({"name": "Predictions", "properties": {"type": "AzureSqlTable", "linkedServiceName": service("db"),
            "schema": [], "typeProperties": {"schema": "dbo", "table": "predictions"}}}),
        ),
        (
            "linkedService/db.json",
            json!({"name": "db", "properties": {"type": "AzureSqlDatabase", "typeProperties": {
                "connectionString": "Server=tcp:x.example;Password=hunter2",
                "password": {"type": "AzureKeyVaultSecret", "secretName": "db-password",
                             "store": {"referenceName": "vault", "type": "LinkedServiceReference"}}}}}),
        ),
        (
            "linkedService/Lake.json",
            json!({"name": "Lake", "properties": {"type": "AzureBlobStorage"}}),
        ),
        (
            "trigger/At two.json",
            json!({"name": "At two", "properties": {"type": "ScheduleTrigger", "runtimeState": "Started",
            "pipelines": [{"pipelineReference": {"referenceName": "Nightly load", "type": "PipelineReference"},
                           "parameters": {"date": "@trigger().scheduledTime"}}],
            "typeProperties": {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00",
                "timeZone": "GMT Standard Time", "schedule": {"minutes": [0], "hours": [2]}}}}}),
        ),
    ]
}

/// What becomes of it.
const NIGHTLY: &str = r#"(
  // Imported from Data Factory's pipeline "Nightly load".
  parameters: {"date": "1912-04-15"},
  datasets: {
    "Scores": File(path: "/mnt/out/@{(\"day=\" + format_date(utcnow(), \"%Y-%m-%d\"))}/predictions.csv", format: csv, options: {"separator": ";"}),
    "Predictions": Table(connection: "db", table: "dbo.predictions"),
    "Scores 2": File(path: "/mnt/out/@{text(activities[\"score\"].output.exit_value)}/predictions.csv", format: csv, options: {"separator": ";"}),
  },
  activities: [
    (name: "score", retry: 2, retry_interval: "30s", timeout: "12h", type: Notebook(path: "sessions/score.py", parameters: {"date": "@{parameters.date}", "folder": "@{(\"day=\" + format_date(utcnow(), \"%Y-%m-%d\"))}"})),
    (name: "load", after: {"score": Succeeded}, type: Copy(source: Dataset("Scores"), sinks: [(dataset: "Predictions", before: "DELETE FROM dbo.predictions WHERE day = '@{parameters.date}'")], mapping: {"PassengerId": "passenger_id", "prediction": "survived"})),
    (name: "load what was said", after: {"score": Succeeded}, type: Copy(source: Dataset("Scores 2"), sinks: [(dataset: "Predictions")])),
  ],
  triggers: {
    "At two": Schedule(cron: "0 2 * * *", zone: "Europe/London", start: "2026-01-01T00:00:00", parameters: {"date": "@{trigger.scheduled_time}"}),
  },
)
"#;

#[test]
fn a_pipeline_is_written_as_ours_and_is_valid() {
    let folder = folder(&factory());
    let imported = import(folder.path()).unwrap();
    assert_eq!(
        imported.notes,
        [
            "each wait before a further attempt is twice the one before; in Data Factory all are the same",
            "utcnow() is the time at which the run began, in all of its activities; in Data Factory it follows the clock",
            "define the mount /mnt/out in sheaf.ron (Lake: AzureBlobStorage)",
            "define the connection \"db\" in sheaf.ron (db: AzureSqlDatabase, its password is the secret \"db-password\" of the Key \
             Vault \"vault\")",
            "times without a format are written 2026-01-31T02:00:00Z, and days 2026-01-31, without Data Factory's fractions of a \
             second: give them a format where their text matters",
        ]
    );
    let text = imported.pipelines["Nightly_load"].as_str();
    assert_eq!(text, NIGHTLY);
    let root = folder.path();
    fs::create_dir(root.join("sessions")).unwrap();
    let notebook = "# Databricks notebook source\ndbutils.widgets.text(\"date\", \"\")\ndbutils.widgets.text(\"folder\", \"\")\n";
    fs::write(root.join("sessions/score.py"), notebook).unwrap();
    let sheaf = "(connections: {\"db\": \"sqlite:x.db\"})";
    assert_eq!(findings(root, sheaf, ("Nightly_load", text)), [""; 0]);
}

/// Returns what is noted of one activity, and what reading its pipeline says.
fn of_activity(activity: Value) -> (Vec<String>, String) {
    let pipeline = json!({"name": "p", "properties": {"activities": [activity]}});
    let folder = folder(&[("pipeline/p.json", pipeline)]);
    let imported = import(folder.path()).unwrap();
    let file = DefinitionFile::of("pipelines/p.ron", imported.pipelines["p"].clone());
    let wrong = file.pipeline.err().map(|finding| finding.message);
    (imported.notes, wrong.unwrap_or_default())
}

#[test]
fn what_has_no_counterpart_is_listed_and_refused() {
    let copy = |source: Value, translator: Value| {
        json!({"name": "Load", "type": "Copy",
            "inputs": [{"referenceName": "a", "type": "DatasetReference"}],
            "outputs": [{"referenceName": "b", "type": "DatasetReference"}],
            "typeProperties": {"source": source, "sink": {}, "translator": translator}})
    };
    for (activity, note, wrong) in [
        (
            json!({"name": "Hive", "type": "HDInsightHive", "typeProperties": {"scriptPath": "a*/b"}}),
            "p: the activity \"Hive\" is of the type \"HDInsightHive\", which has no counterpart",
            "this activity type of Data Factory has no counterpart here: `HDInsightHive`",
        ),
        (
            json!({"name": "Off", "type": "Wait", "state": "Inactive", "typeProperties": {"waitTimeInSeconds": 1}}),
            "p: the activity \"Off\" is switched off, which has no counterpart: remove it, and what comes after it",
            "this activity type of Data Factory has no counterpart here: `Wait`",
        ),
        (
            copy(
                json!({"storeSettings": {"wildcardFileName": "*.csv"}}),
                Value::Null,
            ),
            "p: the activity \"Load\" reads files by a pattern: name it in the path of the dataset, which has no counterpart",
            "this activity type of Data Factory has no counterpart here: `Copy`",
        ),
        (
            copy(json!({}), expression("@json('{}')")),
            "p: the activity \"Load\" has a mapping that is an expression, which has no counterpart",
            "this activity type of Data Factory has no counterpart here: `Copy`",
        ),
        (
            json!({"name": "Sign in", "type": "WebActivity", "typeProperties": {"url": "https://x.example", "method": "GET",
                "authentication": {"type": "Basic", "username": "me", "password": {"type": "SecureString", "value": "hunter2"}}}}),
            "p: the activity \"Sign in\" signs in, which a header with a secret does here: {{secrets/SCOPE/KEY}}",
            "this activity type of Data Factory has no counterpart here: `WebActivity`",
        ),
        (
            copy(
                json!({"formatSettings": {"type": "DelimitedTextReadSettings", "skipLineCount": 2}}),
                Value::Null,
            ),
            "p: the activity \"Load\" has `skipLineCount` in its source, which has no counterpart",
            "this activity type of Data Factory has no counterpart here: `Copy`",
        ),
        (
            json!({"name": "Start", "type": "ExecutePipeline", "typeProperties": {"pipeline": {"referenceName": "p"}}}),
            "p: the activity \"Start\" does not wait for the end of its pipeline, which has no counterpart: `Pipeline` waits",
            "this activity type of Data Factory has no counterpart here: `ExecutePipeline`",
        ),
        (
            json!({"name": "Night", "type": "Until", "typeProperties": {
                "expression": expression("@greater(utcnow('HH'), '21')"), "activities": []}}),
            "p: the activity \"Night\" waits until a time comes, but utcnow() is the same in all of a run here: use `Wait`",
            "this activity type of Data Factory has no counterpart here: `Until`",
        ),
        (
            json!({"name": "Each", "type": "ForEach", "typeProperties": {
                "items": expression("@createArray(1)"), "batchCount": expression("@pipeline().parameters.n"), "activities": []}}),
            "p: the activity \"Each\" says by an expression how many items it works on at a time, which has no counterpart",
            "this activity type of Data Factory has no counterpart here: `ForEach`",
        ),
        (
            json!({"name": "Late", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1},
                "dependsOn": [{"activity": "x", "dependencyConditions": ["Succeeded", "Skipped"]}]}),
            "p: the activity \"Late\" comes after Skipped or Succeeded, which no condition here says",
            "this condition of Data Factory has no counterpart here: `SkippedOrSucceeded`",
        ),
    ] {
        let (notes, found) = of_activity(activity);
        assert!(notes.iter().any(|line| line == note), "{notes:?}");
        assert_eq!(found, wrong, "{note}");
    }
}

#[test]
fn an_expression_that_has_no_counterpart_is_listed_and_fails_validation() {
    let pipeline = json!({"name": "p", "properties": {"activities": [
        {"name": "Fail", "type": "Fail", "typeProperties": {"message": "@range(1)", "errorCode": 500}}]}});
    let folder = folder(&[("pipeline/p.json", pipeline)]);
    let imported = import(folder.path()).unwrap();
    assert_eq!(
        imported.notes,
        ["p: \"@range(1)\": the function range() has no counterpart"]
    );
    let findings = findings(folder.path(), "()", ("p", imported.pipelines["p"].as_str()));
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}")
    };
    assert!(
        finding.ends_with("Data Factory's `@range(1)` has no counterpart here"),
        "{finding}"
    );
}

#[test]
fn secrets_are_not_written() {
    let secret = json!({"type": "SecureString", "value": "hunter2"});
    let pipeline = json!({"name": "p", "properties": {
        "parameters": {"password": {"type": "secureString", "defaultValue": "hunter2"}},
        "activities": [
            {"name": "Call", "type": "WebActivity", "typeProperties": {"url": "https://x.example", "method": "GET", "headers": {"Key": secret}}},
            {"name": "Other", "type": "AzureBatch", "typeProperties": {"key": secret}}]}});
    let folder = folder(&[("pipeline/p.json", pipeline)]);
    let imported = import(folder.path()).unwrap();
    assert!(!format!("{imported:?}").contains("hunter2"), "{imported:?}");
    assert_eq!(imported.notes.len(), 3, "{:?}", imported.notes);
}

#[test]
fn a_stopped_trigger_and_a_place_that_depends_on_arguments_do_nothing_unseen() {
    let mut files = factory();
    for (path, json) in &mut files {
        match *path {
            "trigger/At two.json" => json["properties"]["runtimeState"] = "Stopped".into(),
            "dataset/Predictions.json" => {
                json["properties"]["linkedServiceName"]["parameters"] = json!({"server": "a"});
            }
            _ => {}
        }
    }
    let folder = folder(&files);
    let imported = import(folder.path()).unwrap();
    let text = &imported.pipelines["Nightly_load"];
    assert!(text.contains("    // \"At two\": Schedule("), "{text}");
    let file = DefinitionFile::of("pipelines/p.ron", text.clone());
    assert!(file.pipeline.unwrap().triggers.is_empty());
    assert!(
        text.contains("\"Predictions\": Table(connection: \"@{no_counterpart("),
        "{text}"
    );
}

/// Returns the trigger that becomes of one, and what is noted of it.
fn of_trigger(kind: &str, properties: Value) -> (String, Vec<String>) {
    let name = |start: Value| json!({"pipelineReference": start});
    let start = name(json!({"referenceName": "p"}));
    let trigger = json!({"name": "t", "properties": {"type": kind, "pipelines": [start], "typeProperties": properties}});
    let pipeline = json!({"name": "p", "properties": {"activities": []}});
    let folder = folder(&[("pipeline/p.json", pipeline), ("trigger/t.json", trigger)]);
    let imported = import(folder.path()).unwrap();
    let text = &imported.pipelines["p"];
    let line = text.lines().find_map(|line| line.trim().strip_prefix("\"t\": "));
    (line.unwrap().to_owned(), imported.notes)
}

#[test]
fn schedules_start_when_they_did() {
    let start = "2026-01-02T05:30:00Z"; // A Friday.
    for (recurrence, cron) in [
        (json!({"frequency": "Minute", "interval": 15}), "0-59/15 * * * *"),
        (json!({"frequency": "Hour", "interval": 6}), "30 5-23/6 * * *"),
        (
            json!({"frequency": "Hour", "interval": 1, "schedule": {"minutes": [5, 35]}}),
            "5,35 * * * *",
        ),
        (json!({"frequency": "Day", "interval": 1}), "30 5 * * *"),
        (json!({"frequency": "Week", "interval": 1}), "30 5 * * FRI"),
        (
            json!({"frequency": "Week", "interval": 1, "schedule": {"weekDays": ["Monday", "Sunday"], "hours": [2], "minutes": [0]}}),
            "0 2 * * MON,SUN",
        ),
        (json!({"frequency": "Month", "interval": 1}), "30 5 2 * *"),
        (
            json!({"frequency": "Month", "interval": 1, "schedule": {"monthDays": [1, -1]}}),
            "30 5 1,L * *",
        ),
    ] {
        let mut whole = recurrence.clone();
        whole["startTime"] = start.into();
        let (line, notes) = of_trigger("ScheduleTrigger", json!({"recurrence": whole}));
        assert_eq!(
            line,
            format!("Schedule(cron: {cron:?}, start: {start:?}),"),
            "{recurrence}"
        );
        assert_eq!(notes, Vec::<String>::new());
    }
    for recurrence in [
        json!({"frequency": "Day", "interval": 2}),
        json!({"frequency": "Minute", "interval": 7}),
        json!({"frequency": "Month", "interval": 1, "schedule": {"monthlyOccurrences": [{"day": "Friday", "occurrence": 1}]}}),
    ] {
        let (line, notes) = of_trigger("ScheduleTrigger", json!({"recurrence": recurrence}));
        assert!(line.starts_with("DataFactoryScheduleTrigger(/* "), "{line}");
        assert_eq!(
            notes,
            ["p: the trigger \"t\" (ScheduleTrigger) repeats in a way that no cron line can express"]
        );
    }
}

#[test]
fn windows_and_events_are_written_as_ours() {
    let window = json!({"frequency": "Hour", "interval": 24, "startTime": "2026-01-01T00:00:00Z", "delay": "00:10:00",
        "maxConcurrency": 2, "retryPolicy": {"count": 3, "intervalInSeconds": 60}, "dependsOn": [
            {"type": "SelfDependencyTumblingWindowTriggerReference", "offset": "-1.00:00:00"}]});
    assert_eq!(
        of_trigger("TumblingWindowTrigger", window).0,
        "Window(size: \"24h\", start: \"2026-01-01T00:00:00Z\", delay: \"10m\", max_concurrency: 2, retry: 3, \
         retry_interval: \"60s\", depends_on: [(trigger: \"t\", before: \"1day\")]),"
    );
    let event = |begins: &str| {
        let event = json!({"events": ["Microsoft.Storage.BlobCreated"], "blobPathBeginsWith": begins, "blobPathEndsWith": ".csv"});
        of_trigger("BlobEventsTrigger", event).0
    };
    assert_eq!(
        event("/data/blobs/new/"),
        "Event(path: \"/mnt/data/new/**/*.csv\", on: [Appears, Changes]),"
    );
    assert_eq!(
        event("/data/blobs/new/day"),
        "Event(path: \"/mnt/data/new/day*.csv\", on: [Appears, Changes]),"
    );
}

#[test]
fn a_folder_without_pipelines_is_no_factory() {
    let folder = folder(&[("dataset/a.json", json!({"name": "a"}))]);
    assert!(import(folder.path()).is_err());
}
