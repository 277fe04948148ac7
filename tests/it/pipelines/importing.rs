//! `sheaf pipeline import`: what Data Factory keeps in git does here what it did there, or is refused by name.

use serde_json::{Value, json};

use super::{lines, texts};
use crate::transcript::Transcript;

/// Returns an expression, as Data Factory writes one.
fn expression(text: &str) -> Value {
    json!({"value": text, "type": "Expression"})
}

fn service() -> Value {
    json!({"referenceName": "db", "type": "LinkedServiceReference"})
}

fn script(name: &str, after: &[&str], sql: &str) -> Value {
    let after = after
        .iter()
        .map(|name| json!({"activity": name, "dependencyConditions": ["Succeeded"]}));
    json!({"name": name, "type": "Script", "dependsOn": after.collect::<Vec<_>>(), "userProperties": [],
        "policy": {"timeout": "0.12:00:00", "retry": 0, "retryIntervalInSeconds": 30, "secureInput": false, "secureOutput": false},
        "linkedServiceName": service(),
        "typeProperties": {"scripts": [{"type": "NonQuery", "text": expression(sql)}], "scriptBlockExecutionTimeout": "02:00:00"}})
}

fn lookup(name: &str, after: &[&str], sql: &str, is_first_only: bool) -> Value {
    let after = after
        .iter()
        .map(|name| json!({"activity": name, "dependencyConditions": ["Completed"]}));
    json!({"name": name, "type": "Lookup", "dependsOn": after.collect::<Vec<_>>(), "typeProperties": {
        "source": {"type": "AzureSqlSource", "sqlReaderQuery": sql, "queryTimeout": "02:00:00", "partitionOption": "None"},
        "dataset": {"referenceName": "T", "type": "DatasetReference", "parameters": {}}, "firstRowOnly": is_first_only}})
}

/// A workspace beside a folder of Data Factory's with these activities.
fn workspace(activities: &Value) -> Transcript {
    let pipeline = json!({"name": "etl", "properties": {
        "parameters": {"kind": {"type": "string", "defaultValue": "A"}, "full": {"type": "bool", "defaultValue": true},
                       "list": {"type": "array", "defaultValue": [1, 2]}},
        "activities": activities, "annotations": []}});
    let dataset = json!({"name": "T", "properties": {"type": "AzureSqlTable", "linkedServiceName": service(), "schema": [],
        "typeProperties": {"table": "t"}}});
    let database = json!({"name": "db", "properties": {"type": "AzureSqlDatabase", "typeProperties": {
        "connectionString": "Integrated Security=False;Data Source=x;Password=hunter2",
        "password": {"type": "AzureKeyVaultSecret", "secretName": "db-password",
            "store": {"referenceName": "vault", "type": "LinkedServiceReference"}}}}});
    Transcript::new()
        .file("sheaf.ron", "(connections: {\"db\": \"sqlite:t.db\"})")
        .file("factory/pipeline/etl.json", pipeline.to_string())
        .file("factory/dataset/T.json", dataset.to_string())
        .file("factory/linkedService/db.json", database.to_string())
}

#[test]
fn expressions_give_what_they_gave_there() {
    let inner = "INSERT INTO t VALUES ('@{concat(toLower(pipeline().parameters.kind), item(), activity('look').output.firstRow.n)}')";
    let transcript = workspace(&json!([
        script("make", &[], "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('Flag=@{pipeline().parameters.full}')"),
        lookup("look", &["make"], "SELECT x, NULL AS n FROM t", true),
        {"name": "each", "type": "ForEach", "dependsOn": [{"activity": "look", "dependencyConditions": ["Succeeded"]}],
         "typeProperties": {"isSequential": true, "items": expression("@pipeline().parameters.list"),
            "activities": [script("add", &[], inner)]}},
        {"name": "if", "type": "IfCondition", "dependsOn": [{"activity": "each", "dependencyConditions": ["Succeeded"]}],
         "typeProperties": {
            "expression": expression("@and(startsWith(activity('look').output.firstRow.x, 'FLAG'), equals(activity('look').output?.firstRow?.none, null))"),
            "ifTrueActivities": [script("yes", &[], "INSERT INTO t VALUES ('n=@{length(pipeline().parameters.list)}')")],
            "ifFalseActivities": [{"name": "no", "type": "Fail", "typeProperties": {"message": "no", "errorCode": "1"}}]}},
        lookup("all", &["if"], "SELECT x FROM t ORDER BY x", false),
    ]));
    let (code, out, errors) = texts(&transcript.run(&["pipeline", "import", "factory"]));
    assert_eq!(
        (code, out.as_str()),
        (
            Some(0),
            "wrote pipelines/etl.ron\n\
             ! define the connection \"db\" in sheaf.ron (db: AzureSqlDatabase, its password is the secret \"db-password\" of the \
             Key Vault \"vault\")\n"
        ),
        "{errors}"
    );
    let output = transcript.run(&["pipeline", "run", "etl", "--json"]);
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["status"], json!("Succeeded"), "{last}");
    let rows: Vec<&str> = last["outputs"]["all"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["x"].as_str().unwrap())
        .collect();
    assert_eq!(rows, ["Flag=True", "a1", "a2", "n=2"]);
    // Nothing that was written by hand since is written over.
    transcript.sheaf(["pipeline", "import", "factory"]).fails(
        1,
        "error: pipelines/etl.ron cannot be written, and was left as it is: there is one already",
    );
}

#[test]
fn what_has_no_counterpart_is_listed_and_shown_by_validation_with_its_place() {
    let transcript = workspace(&json!([
        {"name": "set", "type": "SetVariable", "typeProperties": {"variableName": "x", "value": "1"}},
        script("use", &["set"], "SELECT '@{variables('x')}'"),
    ]))
    .file(
        "factory/trigger/hourly.json",
        json!({"name": "hourly", "properties": {"type": "TumblingWindowTrigger", "runtimeState": "Stopped",
            "pipeline": {"pipelineReference": {"referenceName": "etl", "type": "PipelineReference"},
                         "parameters": {"kind": "@formatDateTime(trigger().outputs.windowStartTime,'yyyy-MM-dd')"}},
            "typeProperties": {"frequency": "Hour", "interval": 1, "startTime": "2026-01-01T00:00:00Z", "maxConcurrency": 1}}})
        .to_string(),
    );
    let transcript = transcript
        .sheaf(["pipeline", "import", "factory"])
        .stdout(
            "\
wrote pipelines/etl.ron
! etl: the activity \"set\" is of the type \"SetVariable\", which has no counterpart
! define the connection \"db\" in sheaf.ron (db: AzureSqlDatabase, its password is the secret \"db-password\" of the Key Vault \"vault\")
! etl: \"SELECT '@{variables('x')}'\": the function variables() has no counterpart
! etl: the trigger \"hourly\" has windows since \"2026-01-01T00:00:00Z\": write the start of the first one that is still to be done
! etl: the trigger \"hourly\" is stopped in Data Factory, and is kept as a comment
",
        )
        .exits(0);
    let (code, out, _) = texts(&transcript.run(&["pipeline", "validate"]));
    assert_eq!(code, Some(1));
    assert!(
        out.contains("pipelines/etl.ron:5:25: this activity type of Data Factory has no counterpart here: `SetVariable`"),
        "{out}"
    );
    assert!(
        out.contains("hint: write what its comment says with one of Notebook, Copy, "),
        "{out}"
    );
    // Whoever has written that anew is shown the rest.
    let text = String::from_utf8(transcript.read("pipelines/etl.ron")).unwrap();
    let begin = text.find("DataFactorySetVariable(/*").unwrap();
    let end = begin + text[begin..].find("*/)").unwrap() + "*/)".len();
    let text = format!("{}Wait(for: \"0s\"){}", &text[..begin], &text[end..]);
    let (code, out, _) = texts(
        &transcript
            .file("pipelines/etl.ron", text)
            .run(&["pipeline", "validate"]),
    );
    assert_eq!(code, Some(1));
    assert!(
        out.contains("Data Factory's `SELECT '@{variables('x')}'` has no counterpart here")
            && out.contains("hint: write in its place what it gives, or let a notebook compute it"),
        "{out}"
    );
}
