//! Names in a query that are values of widgets: `IDENTIFIER(:table)`, and `${table}` in the place of a name.

use sheaf::session::State;

use crate::live::Live;
use crate::transcript::Transcript;

/// A session with two tables, and a widget that says which.
fn live() -> Live {
    let mut live = Live::new();
    live.enter("dbutils.widgets.text(\"table\", \"north\")");
    live.enter("north = frame({\"town\": [\"Oslo\", \"Bodø\"], \"size\": [2, 1]})");
    live.enter("south = frame({\"town\": [\"Rome\"], \"size\": [3]})");
    live
}

#[test]
fn a_widget_names_the_table_that_a_cell_reads() {
    let mut live = live();
    live.cells([
        "%sql old << SELECT sum(size) AS n FROM ${table}",
        "%sql new << SELECT sum(t.size) AS n FROM IDENTIFIER(:table) t JOIN south ON true",
        "%sql quoted << SELECT sum(size) AS n FROM `${table}`",
        "%sql joined << SELECT count(*) AS n FROM IDENTIFIER('sou' || 'th') JOIN ${table} ON true",
        "(old.item(), new.item(), quoted.item(), joined.item())",
    ]);
    assert_eq!(live.run_all().last().unwrap(), "(3, 3, 3, 2)");
    assert_eq!(live.states(), [State::Fresh; 8]);
    live.session.set_widget("table", "south").unwrap();
    let (fresh, stale) = (State::Fresh, State::Stale);
    assert_eq!(
        live.states(),
        [fresh, fresh, fresh, stale, stale, stale, stale, stale]
    );
    assert_eq!(live.run_all().last().unwrap(), "(3, 3, 3, 1)");
    // A table that is named by a widget is an input as any other is, and another one is none.
    let [_, north, south, ..] = live.session.ids()[..] else {
        panic!("cells")
    };
    live.edit(south, "south = frame({\"town\": [\"Rome\"], \"size\": [4]})");
    live.run(south);
    assert_eq!(
        live.states(),
        [fresh, fresh, fresh, stale, stale, stale, stale, stale]
    );
    assert_eq!(live.run_all().last().unwrap(), "(4, 4, 4, 1)");
    live.edit(north, "north = 1");
    live.run(north);
    assert_eq!(live.states(), [fresh; 8]);
}

#[test]
fn a_widget_names_columns_and_names_of_results() {
    let mut live = live();
    live.enter("dbutils.widgets.text(\"column\", \"size\")");
    live.enter("dbutils.widgets.text(\"odd\", \"`a b`\")");
    let rows = |live: &mut Live, query: &str| {
        let shown = live.enter(&format!("%sql x << {query}"));
        if shown.contains("error") {
            return shown;
        }
        live.enter("(x.columns, x.rows())")
    };
    for (query, expected) in [
        (
            "SELECT IDENTIFIER(:column) FROM north ORDER BY IDENTIFIER(:column)",
            "([\"size\"], [(1,), (2,)])",
        ),
        (
            "SELECT town FROM north ORDER BY ${column}",
            "([\"town\"], [(\"Bodø\",), (\"Oslo\",)])",
        ),
        (
            "SELECT north.${column} + 1 AS `${column} more` FROM north ORDER BY 1",
            "([\"size more\"], [(2,), (3,)])",
        ),
        (
            "SELECT ${table}.size AS ${odd} FROM ${table} WHERE size > 1",
            "([\"a b\"], [(2,)])",
        ),
        (
            "SELECT count(*) AS n FROM north GROUP BY ${column} HAVING IDENTIFIER(:column) > 1",
            "([\"n\"], [(1,)])",
        ),
        ("SELECT IDENTIFIER('a' || 'bs')(-1) AS one", "([\"one\"], [(1,)])"),
        // A value stays one.
        ("SELECT ${column} AS v", "([\"v\"], [(\"size\",)])"),
        (
            "SELECT '${column}' AS v, :column AS w",
            "([\"v\", \"w\"], [(\"size\", \"size\")])",
        ),
    ] {
        assert_eq!(rows(&mut live, query), expected, "{query}");
    }
}

#[test]
fn a_value_that_is_no_name_becomes_no_part_of_a_query() {
    let mut live = live();
    for value in [
        "north; SELECT 1",
        "(SELECT 1)",
        "north WHERE true",
        "",
        "1",
        "a b",
    ] {
        live.session.set_widget("table", value).unwrap();
        live.run_all();
        for query in ["SELECT * FROM ${table}", "SELECT * FROM IDENTIFIER(:table)"] {
            let told = live.enter(&format!("%sql {query}"));
            assert!(told.contains("name of a table"), "{value}: {told}");
        }
    }
    live.session.set_widget("table", "west").unwrap();
    live.run_all();
    let told = live.enter("%sql SELECT * FROM ${table}");
    assert!(
        told.contains("the query reads `west`, and there is no frame of that name above"),
        "{told}"
    );
    let told = live.enter("sql(\"SELECT * FROM IDENTIFIER(:t)\", t=\"south\")");
    assert!(told.contains("sql(text, south=south)"), "{told}");
    assert_eq!(
        live.enter("sql(\"SELECT town FROM IDENTIFIER(:t)\", t=\"south\", south=south).item()"),
        "\"Rome\""
    );
    let told = live.enter("%sql SELECT * FROM ${tabel}");
    assert!(told.contains("did you mean `table`?"), "{told}");
}

const NOTEBOOK: &str = "\
# Databricks notebook source
dbutils.widgets.text(\"table\", \"north\")

# COMMAND ----------

north = read_csv(\"north.csv\")

# COMMAND ----------

south = read_csv(\"south.csv\")

# COMMAND ----------

# MAGIC %sql
# MAGIC found << SELECT town FROM ${table} WHERE '${table}' = :table

# COMMAND ----------

print(found.item())
";

#[test]
fn a_headless_run_and_its_cache_follow_the_widget() {
    let transcript = Transcript::new()
        .file("north.csv", "town\nOslo\n")
        .file("south.csv", "town\nRome\n")
        .file("n.py", NOTEBOOK);
    let run = |transcript: Transcript, table: &str| {
        let transcript = transcript.sheaf(["run", "n.py", &format!("--parameter=table={table}")]);
        let output = transcript.output();
        (transcript, String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (transcript, first) = run(transcript, "north");
    assert!(first.contains("Oslo"), "{first}");
    let (transcript, other) = run(transcript, "south");
    assert!(other.contains("Rome") && !other.contains("Oslo"), "{other}");
    let (transcript, again) = run(transcript, "north");
    assert!(again.contains("Oslo"), "{again}");
    // What the other table has makes no difference; what this one has does.
    let (transcript, same) = run(transcript.file("south.csv", "town\nBari\n"), "north");
    assert!(same.contains("Oslo"), "{same}");
    let (_, changed) = run(transcript.file("north.csv", "town\nBodø\n"), "north");
    assert!(changed.contains("Bodø"), "{changed}");
}
