use crate::database::table::TableColumn;
use crate::database::testing::{Opened, memory, name};

/// Shows a column: its name and type, and what of it is not ordinary.
fn line(column: &TableColumn) -> String {
    let marks = [
        (!column.is_nullable, " must"),
        (column.has_default, " default"),
        (column.is_generated, " generated"),
        (column.is_key, " key"),
    ];
    let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark);
    format!(
        "{} {}{}",
        column.name,
        column.type_name,
        marks.collect::<String>()
    )
}

fn columns(session: &mut Opened, table: &str) -> Vec<String> {
    session.columns(table).iter().map(line).collect()
}

#[test]
fn tables_and_views_are_listed_without_those_of_sqlite() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE \"a; DROP TABLE b\" (x UNIQUE); \
             CREATE VIEW v AS SELECT * FROM b; CREATE TEMP TABLE c (x); ATTACH ':memory:' AS other; \
             CREATE TABLE other.d (x); CREATE VIRTUAL TABLE f USING fts5(text)",
        )
        .unwrap();
    let tables = session.database.tables(&session.interrupt).unwrap();
    let tables: Vec<String> = tables
        .iter()
        .map(|found| format!("{}{}", found.table, if found.is_view { " (view)" } else { "" }))
        .collect();
    assert_eq!(tables, ["a; DROP TABLE b", "b", "c", "f", "v (view)", "other.d"]);
}

#[test]
fn columns_are_described_with_what_a_row_must_give() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL NOT NULL DEFAULT 1.5, \
             c INTEGER GENERATED ALWAYS AS (id * 2) STORED, d INT AS (id + 1), e DECIMAL(10, 2) DEFAULT NULL, f); \
             CREATE TABLE u (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID; \
             CREATE TABLE w (id INT PRIMARY KEY); CREATE VIEW v AS SELECT a, b + 1 AS c FROM t",
        )
        .unwrap();
    assert_eq!(
        columns(&mut session, "t"),
        [
            "id INTEGER must default key",
            "a TEXT must",
            "b REAL must default",
            "c INTEGER default generated",
            "d INT default generated",
            "e DECIMAL(10, 2) default",
            "f ",
        ]
    );
    assert_eq!(columns(&mut session, "u"), ["a TEXT must key", "b TEXT must key"]);
    assert_eq!(columns(&mut session, "w"), ["id INT key"]);
    assert_eq!(columns(&mut session, "V"), ["a TEXT", "c "]);
    assert_eq!(
        session
            .database
            .columns(&name("nothing"), &session.interrupt)
            .unwrap(),
        None
    );
}

#[test]
fn unique_keys_are_those_by_which_every_row_is_known() {
    let mut session = memory();
    session
        .execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, b, c, UNIQUE (b, c)); CREATE UNIQUE INDEX i ON t (c); \
             CREATE UNIQUE INDEX j ON t (b) WHERE b > 0; CREATE UNIQUE INDEX k ON t (lower(a)); CREATE INDEX l ON t (b); \
             CREATE TABLE u (a TEXT, b TEXT, PRIMARY KEY (b, a))",
        )
        .unwrap();
    let keys = session
        .database
        .unique_keys(&name("t"), &session.interrupt)
        .unwrap();
    assert_eq!(keys, [vec!["id"], vec!["a"], vec!["b", "c"], vec!["c"]]);
    assert_eq!(
        session
            .database
            .unique_keys(&name("u"), &session.interrupt)
            .unwrap(),
        [["b", "a"]]
    );
}

#[test]
fn a_table_is_found_in_the_schema_that_is_said_or_in_the_first_that_has_it() {
    let mut session = memory();
    session
        .execute("CREATE TABLE t (main); ATTACH ':memory:' AS other; CREATE TABLE other.t (other); CREATE TABLE other.u (u)")
        .unwrap();
    assert_eq!(columns(&mut session, "t"), ["main "]);
    assert_eq!(columns(&mut session, "u"), ["u "]);
    let mut there = name("t");
    there.schema = Some("other".to_owned());
    let found = session
        .database
        .columns(&there, &session.interrupt)
        .unwrap()
        .unwrap();
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), ["other "]);
}
