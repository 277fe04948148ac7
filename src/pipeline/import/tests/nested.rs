//! Activities within others, as Data Factory exports them.

use super::*;

/// An activity that reads a row.
fn look() -> Value {
    let sql =
        "SELECT * FROM t WHERE k = '@{pipeline().parameters.kind}' AND f = '@{pipeline().parameters.full}'";
    json!({"name": "Look", "type": "Lookup", "policy": {"timeout": "0.00:10:00", "retry": 0, "retryIntervalInSeconds": 30,
            "secureInput": false, "secureOutput": true}, "typeProperties": {
        "source": {"type": "AzureSqlSource", "queryTimeout": "02:00:00", "partitionOption": "None", "sqlReaderQuery": expression(sql)},
        "dataset": {"referenceName": "Predictions", "type": "DatasetReference"}, "firstRowOnly": true}})
}

/// A loop in a branch.
fn branch() -> Value {
    let inner = json!([{"name": "inner", "type": "Wait", "dependsOn": [], "userProperties": [], "typeProperties": {
        "waitTimeInSeconds": expression("@item().seconds")}}]);
    json!({"name": "If it", "type": "IfCondition", "dependsOn": [{"activity": "Look", "dependencyConditions": ["Succeeded"]}],
        "typeProperties": {
            "expression": expression("@and(pipeline().parameters.full, not(equals(activity('Look').output?.firstRow?.c, null)))"),
            "ifTrueActivities": [{"name": "each", "type": "ForEach", "typeProperties": {
                "items": expression("@pipeline().parameters.list"), "isSequential": false, "batchCount": 4, "activities": inner}}],
            "ifFalseActivities": [{"name": "stop", "type": "Fail", "typeProperties": {
                "message": expression("@concat('none since ', formatDateTime(pipeline().TriggerTime,'yyyy-MM-dd'))"), "errorCode": "404"}}]}})
}

/// A script in a case, and a loop of requests by default.
fn switch() -> Value {
    let service = json!({"referenceName": "db", "type": "LinkedServiceReference"});
    let sql = expression("DELETE FROM t WHERE n < @{div(pipeline().parameters.n, 2)}");
    let script = json!({"name": "sql", "type": "Script", "linkedServiceName": service, "typeProperties": {
        "scripts": [{"type": "NonQuery", "text": sql}], "scriptBlockExecutionTimeout": "02:00:00"}});
    let key = json!({"type": "AzureKeyVaultSecret", "secretName": "api",
        "store": {"referenceName": "vault", "type": "LinkedServiceReference"}});
    let ask = json!({"name": "ask", "type": "WebActivity", "policy": {"timeout": "0.00:01:00"}, "typeProperties": {
        "method": "GET", "url": "https://api.example.com/jobs", "headers": {"X-Key": key}}});
    let poll = json!({"name": "poll", "type": "Until", "typeProperties": {"timeout": "0.01:00:00", "activities": [ask],
        "expression": expression("@equals(activity('ask').output.state, 'done')")}});
    json!({"name": "Switch it", "type": "Switch", "typeProperties": {"on": expression("@toLower(pipeline().parameters.kind)"),
        "cases": [{"value": "a", "activities": [script]}], "defaultActivities": [poll]}})
}

fn nested() -> Value {
    json!({"name": "nested", "properties": {
        "annotations": [], "folder": {"name": "etl"}, "concurrency": 1, "lastPublishTime": "2026-01-01T00:00:00Z",
        "variables": {"count": {"type": "Integer"}},
        "parameters": {"list": {"type": "array", "defaultValue": [{"seconds": 1}]}, "full": {"type": "bool", "defaultValue": true},
                       "n": {"type": "int", "defaultValue": 3}, "kind": {"type": "String", "defaultValue": "a"}},
        "activities": [look(), branch(), switch()]}})
}

/// What becomes of it.
const NESTED: &str = r#"(
  // Imported from Data Factory's pipeline "nested".
  parameters: {"list": [{"seconds": 1}], "full": true, "n": 3, "kind": "a"},
  datasets: {
    "Predictions": Table(connection: "db", table: "dbo.predictions"),
  },
  activities: [
    (name: "Look", timeout: "10m", secure_output: true, type: Lookup(source: Query(connection: "db", sql: "SELECT * FROM t WHERE k = '@{parameters.kind}' AND f = '@{text(parameters.full)}'"))),
    (name: "If it", after: {"Look": Succeeded}, type: If(condition: "@{(parameters.full and (not (getattr(getattr(activities[\"Look\"].output, \"first_row\", None), \"c\", None) == None)))}", then: [
      (name: "each", type: ForEach(items: "@{parameters.list}", parallel: 4, activities: [
        (name: "inner", type: Wait(for: "@{item.seconds}")),
      ])),
    ], otherwise: [
      (name: "stop", type: Fail(message: "@{(\"none since \" + format_date(run.started, \"%Y-%m-%d\"))}", code: "404")),
    ])),
    (name: "Switch it", type: Switch(on: "@{parameters.kind.lower()}", cases: [(value: "a", activities: [
      (name: "sql", type: Script(connection: "db", sql: "DELETE FROM t WHERE n < @{div(parameters.n, 2)}")),
    ])], default: [
      (name: "poll", type: Until(condition: "@{(activities[\"ask\"].output.body.state == \"done\")}", timeout: "1h", activities: [
        (name: "ask", timeout: "1m", type: Http(method: "GET", url: "https://api.example.com/jobs", headers: {"X-Key": "{{secrets/vault/api}}"})),
      ])),
    ])),
  ],
  concurrency: 1,
)
"#;

#[test]
fn what_is_within_is_written_as_ours_and_is_valid() {
    let mut files = factory();
    files.retain(|(path, _)| !path.starts_with("pipeline/") && !path.starts_with("trigger/"));
    files.push(("pipeline/nested.json", nested()));
    let folder = folder(&files);
    let imported = import(folder.path()).unwrap();
    assert_eq!(imported.pipelines["nested"], NESTED);
    let notes = &imported.notes;
    assert!(
        notes
            .iter()
            .all(|note| !note.contains("no counterpart") || note.contains("variables")),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note.contains("the secret \"api\" of the Key Vault \"vault\"")),
        "{notes:?}"
    );
    let sheaf = "(connections: {\"db\": \"sqlite:x.db\"}, secrets: {\"vault\": (store: keyring)})";
    assert_eq!(findings(folder.path(), sheaf, ("nested", NESTED)), [""; 0]);
}
