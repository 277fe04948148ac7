//! Copies and validations, as a pipeline does them: what arrives, what is refused, and what stays as it was.

use serde_json::Value;

use crate::transcript::Transcript;

const TABLE: &str = "CREATE TABLE scores (id INTEGER PRIMARY KEY, zip VARCHAR(5) NOT NULL, day DATE, rate DECIMAL(5, 2), \
                     good BOOLEAN)";

/// A workspace with a database, the file `in.csv`, and a pipeline of these datasets and activities.
fn workspace(csv: &str, datasets: &str, activities: &str) -> Transcript {
    let pipeline = format!(
        "(\n  datasets: {{\n    \"file\": File(path: \"/mnt/data/in.csv\"),\n    \
         \"table\": Table(connection: \"out\", table: \"scores\"),\n    {datasets}\n  }},\n  activities: [\n    \
         (name: \"make\", type: Script(connection: \"out\", sql: \"{TABLE}\")),\n    {activities}\n  ],\n)"
    );
    Transcript::new()
        .file(
            "sheaf.ron",
            "(mounts: {\"/mnt/data\": \"file:data\", \"/mnt/out\": \"file:out\"}, connections: {\"out\": \"sqlite:out/out.db\"})",
        )
        .file("data/in.csv", csv)
        .file("pipelines/p.ron", pipeline)
}

/// Runs the pipeline; returns its exit code and what it says of each activity that has ended.
#[track_caller]
fn run(workspace: &Transcript) -> (Option<i32>, Vec<Value>) {
    let output = workspace.run(&["pipeline", "run", "p", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ended = lines.filter(|line| line.get("output").is_some());
    let ended: Vec<Value> = ended.collect();
    assert!(!ended.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), ended)
}

#[track_caller]
fn of<'a>(ended: &'a [Value], path: &str) -> &'a Value {
    ended.iter().find(|line| line["path"] == path).unwrap()
}

/// Asks the database, by the program.
fn rows(workspace: &Transcript, sql: &str) -> String {
    let cell = format!("for row in connect(\"out\").query(\"{sql}\").rows():\n    print(row)\n");
    let file = workspace.path().join("ask.py");
    std::fs::write(&file, cell).unwrap();
    let output = workspace.run(&["run", "ask.py", "--no-cache"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .filter(|line| line.starts_with('('))
        .filter(|line| !line.ends_with("s)"))
        .collect::<Vec<_>>()
        .join("\n")
}

const COPY: &str = "(name: \"copy\", after: {\"make\": Succeeded}, type: Copy(source: Dataset(\"file\"), sinks: [(dataset: \"table\")])),";

#[test]
fn texts_of_a_file_become_what_the_columns_of_the_table_are() {
    let csv = "id,zip,day,rate,good\n1,01234,2024-02-29,1.50,true\n2,98765,,999.99,F\n";
    let workspace = workspace(csv, "", COPY);
    let (code, ended) = run(&workspace);
    assert_eq!(code, Some(0), "{ended:?}");
    let copied = &of(&ended, "copy")["output"];
    assert_eq!(
        (&copied["rows_read"], &copied["rows_written"]),
        (&2.into(), &2.into())
    );
    assert_eq!(
        rows(
            &workspace,
            "SELECT id, zip, CAST(day AS TEXT) AS day, rate, good FROM scores ORDER BY id"
        ),
        "(1, \"01234\", \"2024-02-29\", 1.5, True)\n(2, \"98765\", None, 999.99, False)"
    );
}

#[test]
fn a_text_that_is_no_value_of_its_column_is_named_and_nothing_is_loaded() {
    for (row, told) in [
        (
            "2,98765,2023-02-29,1,true",
            "row 2, column \"day\": \"2023-02-29\" is not a day, such as 2026-01-31",
        ),
        (
            "2,98765,,1.005,true",
            "row 2, column \"rate\": \"1.005\" is not a number with at most 5 digits, 2 of them decimals",
        ),
        (
            "2,98765,,1,maybe",
            "row 2, column \"good\": \"maybe\" is not true or false",
        ),
        (
            "x,98765,,1,true",
            "row 2, column \"id\": \"x\" is not a whole number that fits",
        ),
        (
            "2,,,1,true",
            "row 2, column \"zip\": NULL in a column that must have a value",
        ),
    ] {
        let workspace = workspace(
            &format!("id,zip,day,rate,good\n1,01234,,1,true\n{row}\n"),
            "",
            COPY,
        );
        let (code, ended) = run(&workspace);
        assert_eq!(code, Some(1));
        let error = of(&ended, "copy")["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with(told), "{error}");
        assert_eq!(rows(&workspace, "SELECT count(*) AS n FROM scores"), "(0,)");
    }
}

#[test]
fn rejected_rows_go_to_a_file_and_the_others_into_the_table() {
    let copy = "(name: \"copy\", after: {\"make\": Succeeded}, type: Copy(source: Dataset(\"file\"), \
                sinks: [(dataset: \"table\")], rejects: \"/mnt/out/rejects.csv\")),";
    let csv = "id,zip,day,rate,good\n1,01234,,1,true\nx,2,,1,true\n1,3,,1,true\n4,,,1,true\n5,5,31.1.2024,1,\n6,6,,2,\n";
    let workspace = workspace(csv, "", copy);
    let (code, ended) = run(&workspace);
    assert_eq!(code, Some(0), "{ended:?}");
    let copied = &of(&ended, "copy")["output"];
    assert_eq!(
        (
            &copied["rows_read"],
            &copied["rows_written"],
            &copied["rows_rejected"]
        ),
        (&6.into(), &2.into(), &4.into())
    );
    assert_eq!(
        rows(&workspace, "SELECT id, zip FROM scores ORDER BY id"),
        "(1, \"01234\")\n(6, \"6\")"
    );
    let rejects = String::from_utf8(workspace.read("out/rejects.csv")).unwrap();
    let mut lines: Vec<&str> = rejects.lines().skip(1).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "3,id,x,type,\"\"\"x\"\" is not a whole number that fits\"",
            "4,id,1,unique,row 1 of the load has the same key",
            "5,zip,,not null,NULL in a column that must have a value",
            "6,day,31.1.2024,type,\"\"\"31.1.2024\"\" is not a day, such as 2026-01-31\"",
        ]
    );
}

#[test]
fn columns_are_mapped_by_name_and_by_place_and_a_wrong_name_is_told() {
    let by_place = "(name: \"copy\", after: {\"make\": Succeeded}, type: Copy(source: Dataset(\"bare\"), \
                    sinks: [(dataset: \"table\")], mapping: {\"1\": \"id\", \"3\": \"zip\"})),";
    let bare =
        "\"bare\": File(path: \"/mnt/data/in.csv\", options: {\"has_header\": false, \"separator\": \";\"}),";
    let placed = workspace("1;x;00001\n2;y;00002\n", bare, by_place);
    let (code, ended) = run(&placed);
    assert_eq!(code, Some(0), "{ended:?}");
    assert_eq!(
        rows(&placed, "SELECT id, zip FROM scores ORDER BY id"),
        "(1, \"00001\")\n(2, \"00002\")"
    );

    let wrong = "(name: \"copy\", after: {\"make\": Succeeded}, type: Copy(source: Dataset(\"file\"), \
                 sinks: [(dataset: \"table\")], mapping: {\"idd\": \"id\", \"zip\": \"zip\"})),";
    let (code, ended) = run(&workspace("id,zip\n1,2\n", "", wrong));
    assert_eq!(code, Some(1));
    let error = of(&ended, "copy")["error"].as_str().unwrap().to_owned();
    assert_eq!(
        error,
        "mapping names the column \"idd\", which the source does not have\nhint: did you mean \"id\"?"
    );
}

#[test]
fn a_query_goes_to_a_file_and_a_changed_file_names_its_columns() {
    let activities = "(name: \"fill\", after: {\"make\": Succeeded}, type: Script(connection: \"out\", \
                      sql: \"INSERT INTO scores (id, zip) VALUES (1, '00001'), (2, '00002')\")),\n    \
                      (name: \"copy\", after: {\"fill\": Succeeded}, type: Copy(source: Query(connection: \"out\", \
                      sql: \"SELECT zip, id FROM scores ORDER BY id\"), sinks: [(dataset: \"written\")])),\n    \
                      (name: \"read\", after: {\"copy\": Succeeded}, type: Lookup(source: Dataset(\"drifted\"))),";
    let datasets = "\"written\": File(path: \"/mnt/out/scores.csv\"),\n    \"drifted\": File(path: \"/mnt/out/scores.csv\", \
                    schema: [(name: \"zip\", type: \"String\"), (name: \"idd\", type: \"Int64\")]),";
    let workspace = workspace("", datasets, activities);
    let (code, ended) = run(&workspace);
    assert_eq!(code, Some(1));
    assert_eq!(workspace.read("out/scores.csv"), b"zip,id\n00001,1\n00002,2\n");
    let error = of(&ended, "read")["error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with(
            "the dataset \"drifted\" has changed: \"zip\" is Int64, not String; the column \"idd\" is missing; the column \
             \"id\" is new (Int64)"
        ),
        "{error}"
    );
}

#[test]
fn what_does_not_hold_of_a_dataset_is_counted() {
    let validate = |assertions: &str| {
        format!("(name: \"check\", type: Validate(dataset: \"file\", assertions: [{assertions}])),")
    };
    let csv = "id,sex,age\n1,male,22\n2,female,\n2,other,-1\n";
    let good = "RowCount(min: 3, max: \"@{1 + 2}\"), NotNull([\"id\", \"sex\"]), Range(column: \"age\", max: 22), \
                InSet(column: \"sex\", values: [\"male\", \"female\", \"other\"]), Unique([\"id\", \"sex\"]), Unique([\"age\"]), \
                Holds(\"id > 0 OR age IS NULL\"), Freshness(within: \"1h\")";
    let (code, ended) = run(&workspace(csv, "", &validate(good)));
    assert_eq!(
        (code, &of(&ended, "check")["output"]["rows"]),
        (Some(0), &3.into()),
        "{ended:?}"
    );
    for (assertion, told) in [
        (
            "RowCount(min: 4)",
            "the number of rows must be at least 4: there are 3",
        ),
        (
            "NotNull([\"id\", \"age\"])",
            "id, age must not be null: violated by 1 row",
        ),
        (
            "Unique([\"id\"])",
            "id must be unique: 1 value occurs more than once",
        ),
        (
            "Range(column: \"age\", min: 0)",
            "age must be at least 0: violated by 1 row",
        ),
        (
            "InSet(column: \"sex\", values: [\"male\"])",
            "sex must be one of \"male\": violated by 2 rows",
        ),
        ("Holds(\"age > 0\")", "age > 0 must hold: violated by 2 rows"),
    ] {
        let (code, ended) = run(&workspace(csv, "", &validate(assertion)));
        let error = of(&ended, "check")["error"].as_str().unwrap().to_owned();
        assert_eq!(code, Some(1));
        assert_eq!(
            error,
            format!("the dataset \"file\" is not what it should be: {told}")
        );
    }
    let (_, ended) = run(&workspace(csv, "", &validate("NotNull([\"agee\"])")));
    assert_eq!(
        of(&ended, "check")["error"],
        "the dataset \"file\" has no column \"agee\"\nhint: did you mean \"age\"?"
    );
}
