//! Statements of `%sql` cells besides queries: views, widgets, and questions about frames.

use sheaf::session::State;

use crate::live::Live;
use crate::transcript::Transcript;

const PEOPLE: &str = "name,age,city\nAda,36,London\nGrace,85,Arlington\nEdsger,72,Nuenen\n";

/// A session in which cell 1 binds `people`.
fn live() -> Live {
    let mut live = Live::new();
    live.data("people.csv", PEOPLE);
    live.enter("people = read_csv(\"/mnt/data/people.csv\")");
    live
}

/// Returns what a program has printed, on both ways out.
fn told(transcript: &Transcript) -> String {
    let output = transcript.output();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    format!("{out}{}{err}", if err.is_empty() { "" } else { "---\n" })
}

#[test]
fn a_view_binds_a_name_as_an_assignment_does() {
    let mut live = live();
    let [old, oldest, code] = live.cells([
        "%sql CREATE TEMP VIEW old (who, years) AS SELECT name, age FROM people WHERE age > 40",
        "%sql\nCREATE OR REPLACE TEMP VIEW oldest AS SELECT max(years) AS years FROM old",
        "(oldest.item(), old.columns)",
    ]);
    assert_eq!(live.run(old), "");
    assert_eq!(live.run(oldest), "");
    assert_eq!(live.run(code), "(85, [\"who\", \"years\"])");
    // The cell may run again, and what reads the view is stale when it changes.
    assert_eq!(live.run(old), "");
    assert_eq!(live.states(), [State::Fresh; 4]);
    live.edit(
        old,
        "%sql CREATE TEMP VIEW old AS SELECT name AS who, age AS years FROM people WHERE age < 80",
    );
    let (fresh, stale) = (State::Fresh, State::Stale);
    assert_eq!(live.states(), [fresh, stale, stale, stale]);
    live.run_all();
    assert_eq!(live.run(code), "(72, [\"who\", \"years\"])");
    // Once the name is bound above, a view of that name has to say that it replaces it.
    let first = live.session.ids()[0];
    live.edit(first, "people = read_csv(\"/mnt/data/people.csv\")\nold = 1");
    live.run(first);
    assert_eq!(live.states(), [fresh, stale, stale, stale]);
    assert_eq!(
        live.run(old),
        "error: `old` is bound above already\n\
         hint: write CREATE OR REPLACE TEMP VIEW old AS …, or give the view another name"
    );
}

#[test]
fn statements_of_one_cell_see_those_before() {
    let mut live = live();
    let shown = live.enter(
        "%sql\n\
         CREATE WIDGET TEXT least DEFAULT '40';\n\
         CREATE TEMP VIEW old AS SELECT * FROM people WHERE age > :least; -- those\n\
         CREATE OR REPLACE TEMP VIEW old AS SELECT name FROM OLD WHERE name <> 'Ada';\n\
         SELECT count(*) AS n FROM old;\n\
         SELECT * FROM Old ORDER BY name;",
    );
    insta::assert_snapshot!(shown);
    assert_eq!(
        live.enter("(old.width, _sqldf[\"name\"].to_list())"),
        "(1, [\"Edsger\", \"Grace\"])"
    );
    live.session.set_widget("least", "80").unwrap();
    assert_eq!(live.states()[1], State::Stale);
    live.run_all();
    assert_eq!(live.enter("old[\"name\"].to_list()"), "[\"Grace\"]");
    // A result that nobody sees fails as any other does.
    let told = live.enter("%sql SELECT 1 / (age - 36) AS x FROM people; SELECT 2 AS y");
    assert!(told.contains("division by zero"), "{told}");
    assert_eq!(
        live.enter("%sql n << SELECT 1 AS one; CREATE TEMP VIEW other AS SELECT 2 AS two")
            .lines()
            .count(),
        live.enter("%sql m << SELECT 1 AS one").lines().count()
    );
    assert_eq!(live.enter("(n.item(), m.item(), other.item())"), "(1, 1, 2)");
}

#[test]
fn frames_are_listed_and_described() {
    let mut live = live();
    live.enter("more = sql(\"SELECT array(1, 2) AS l, named_struct('a', 1, 'B', 'x') AS s, DATE '2024-01-31' AS d, map('k', 1.5) AS m\")");
    let shown: Vec<String> = [
        "%sql SHOW TABLES",
        "%sql SHOW TABLES LIKE 'p*|x'",
        "%sql DESCRIBE more",
        "%sql DESC QUERY SELECT age + 1 AS next, name FROM people",
        "%sql SHOW COLUMNS IN people",
        "%sql EXPLAIN SELECT city, count(*) AS n FROM people WHERE age > 40 GROUP BY city ORDER BY n DESC LIMIT 3",
        "sql(\"DESCRIBE people\")",
        "sql(\"EXPLAIN SELECT name FROM people\")",
    ]
    .into_iter()
    .map(|cell| format!("{cell}\n{}", live.enter(cell)))
    .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
    let names =
        |live: &mut Live| live.enter("%sql x << SHOW TABLES;") + &live.enter("x[\"tableName\"].to_list()");
    assert!(names(&mut live).ends_with("[\"more\", \"people\"]"));
    // A name that is bound to a frame above makes the list stale.
    let second = live.session.ids()[1];
    let tables = live.session.ids()[2];
    live.run(tables);
    assert_eq!(live.session.state(tables), State::Fresh);
    live.edit(second, "towns = people.select([\"city\"])\nmore = 1");
    live.run(second);
    assert_eq!(live.session.state(tables), State::Stale);
    live.run(tables);
    assert_eq!(live.session.state(tables), State::Fresh);
    assert!(names(&mut live).ends_with("[\"people\", \"towns\", \"x\"]"));
}

#[test]
fn wrong_statements_say_what_to_write() {
    let mut live = live();
    live.enter("n = 1");
    let shown: Vec<String> = [
        "%sql CREATE VIEW old AS SELECT * FROM people",
        "%sql CREATE TEMP VIEW people AS SELECT 1 AS one",
        "%sql CREATE TEMP VIEW loop AS SELECT * FROM loop",
        "%sql CREATE TEMP VIEW two AS SELECT age, age FROM people",
        "%sql CREATE TEMP VIEW one (a) AS SELECT age, name FROM people",
        "%sql CREATE TEMP VIEW v AS SELECT aeg FROM people",
        "%sql\nSELECT 1;\nCREATE TEMP VIEW v AS SELECT aeg FROM people",
        "%sql\nSELECT 1;\nSELECT * FROM people WERE age > 1",
        "%sql DESCRIBE poeple",
        "%sql DESCRIBE n",
        "%sql SHOW COLUMNS IN poeple",
        "%sql CREATE WIDGET DROPDOWN town DEFAULT 'Rome' CHOICES SELECT city FROM people",
        "%sql CREATE WIDGET DROPDOWN town DEFAULT 'Rome' CHOICES SELECT * FROM people",
        "%sql CREATE WIDGET TEXT town",
        "%sql REMOVE WIDGET town",
        "%sql name << CREATE WIDGET TEXT town DEFAULT 'Rome'",
        "%sql INSERT INTO people VALUES (1)",
        "%sql DROP VIEW people",
        "%sql CREATE TABLE t AS SELECT 1",
        "%sql ;",
        "sql(\"CREATE TEMP VIEW v AS SELECT 1\")",
        "sql(\"CREATE WIDGET TEXT day DEFAULT '1'\")",
        "sql(\"SELECT 1; SELECT 2\")",
        "sql(\"SHOW TABLES\")",
        "sql(\"DESCRIBE poeple\")",
    ]
    .into_iter()
    .map(|cell| {
        let [id] = live.cells([cell]);
        let told = live.failure(id);
        // One that failed keeps others from reading what it was to bind.
        live.session.remove(id);
        format!("{cell}\n{told}")
    })
    .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn widgets_of_statements_are_those_of_the_notebook() {
    let mut live = live();
    live.cells([
        "%sql\nCREATE WIDGET DROPDOWN town DEFAULT 'London' CHOICES SELECT DISTINCT city FROM people;\n\
         CREATE WIDGET MULTISELECT ages DEFAULT '36' CHOICES SELECT age FROM people ORDER BY age",
        "%sql one << SELECT name FROM people WHERE city = :town AND city = getArgument('town') AND city = '${town}'",
        "(one.item(), dbutils.widgets.getAll())",
    ]);
    assert_eq!(
        live.run_all().last().unwrap(),
        "(\"Ada\", {\"ages\": \"36\", \"town\": \"London\"})"
    );
    live.session.set_widget("town", "Nuenen").unwrap();
    live.session.set_widget("ages", "72,85").unwrap();
    assert!(live.session.set_widget("town", "Rome").is_err());
    assert_eq!(
        live.run_all().last().unwrap(),
        "(\"Edsger\", {\"ages\": \"72,85\", \"town\": \"Nuenen\"})"
    );
    live.enter("%sql REMOVE WIDGET ages");
    assert_eq!(live.enter("dbutils.widgets.getAll()"), "{\"town\": \"Nuenen\"}");
}

const NOTEBOOK: &str = "\
# Databricks notebook source
# MAGIC %sql
# MAGIC CREATE WIDGET TEXT least DEFAULT '40';

# COMMAND ----------

people = read_csv(\"people.csv\")

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMP VIEW old AS
# MAGIC SELECT name, age FROM people WHERE age > 40;
# MAGIC CREATE OR REPLACE TEMP VIEW oldest AS SELECT max(age) AS age FROM old

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT name FROM old WHERE age > :least ORDER BY name

# COMMAND ----------

# MAGIC %sql SHOW TABLES

# COMMAND ----------

oldest.item()
";

#[test]
fn a_notebook_with_statements_replays() {
    let transcript = Transcript::new()
        .file("people.csv", PEOPLE)
        .file("n.py", NOTEBOOK)
        .sheaf(["run", "n.py", "--record"]);
    let first = told(&transcript);
    // What declares a widget runs each time; everything else is as it was.
    let transcript = transcript.sheaf(["run", "n.py"]);
    let second = told(&transcript);
    let transcript = transcript.sheaf(["run", "n.py", "-p", "least=80"]);
    let third = told(&transcript);
    let transcript = transcript.sheaf(["run", "n.py", "--check", "--no-cache"]);
    let checked = told(&transcript);
    let transcript = transcript.sheaf(["run", "n.py", "-p", "lest=80"]);
    let wrong = told(&transcript);
    let all = [first, second, third, checked, wrong].join("\n=====\n");
    let lines = all.lines().filter(|line| !line.starts_with("n.py, "));
    let is_time =
        |line: &str| line.starts_with('(') && [" s)", " ms)", " µs)"].iter().any(|unit| line.ends_with(unit));
    let lines = lines.map(|line| if is_time(line) { "(ran)" } else { line });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn statements_come_from_a_pipe() {
    let transcript = Transcript::new().file("people.csv", PEOPLE).sheaf([]).stdin(
        "\
people = read_csv(\"people.csv\")
%sql
CREATE TEMP VIEW old AS
SELECT name FROM people WHERE age > 40;
%sql SELECT * FROM old;
%sql CREATE TEMP VIEW old AS SELECT 1 AS one;
%sql CREATE OR REPLACE TEMP VIEW old AS SELECT 1 AS one;
%sql CREATE WIDGET TEXT day DEFAULT '2024-01-31'; SELECT :day AS day;
%widgets
%undo
%undo
%sql SELECT * FROM old;
%sql DESCRIBE odl;
%sql SHOW TABLES;
%who
",
    );
    insta::assert_snapshot!(told(&transcript));
}
