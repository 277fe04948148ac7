//! Rules that one database alone has: what breaks them is sorted out, or told.

use std::fs;

use super::kinds::Kind as _;
use super::mariadb::MariaDb;
use super::server::Postgres;
use crate::live::Live;

/// Loads rows with a place for those that cannot be, and returns that file without its head.
fn sorted_out(live: &mut Live, rows: &str) -> String {
    let told = live.enter(&format!(
        "frame({rows}).write_table(con, \"kept\", mode=\"append\", rejects=\"/mnt/out/rejects.csv\").rows"
    ));
    assert!(!told.contains("error"), "{told}");
    let file = fs::read_to_string(live.folder().join(".sheaf/out/rejects.csv")).unwrap();
    let (head, rest) = file.split_once('\n').unwrap();
    assert_eq!(head, "row,column,value,rule,reason");
    rest.to_owned()
}

fn connected(server: &Postgres, tables: &str) -> Live {
    server.sql(tables);
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url("postgres")));
    live
}

#[test]
fn exclusions_domains_triggers_and_indexes_of_expressions_sort_rows_out() {
    let server = Postgres::start();
    let mut live = connected(
        &server,
        "CREATE DOMAIN zip AS text CONSTRAINT five CHECK (length(VALUE) = 5);\n\
         CREATE TABLE kept (id integer PRIMARY KEY, name text, code zip, from_day integer, to_day integer, \
         EXCLUDE USING gist (int4range(from_day, to_day) WITH &&));\n\
         CREATE UNIQUE INDEX by_name ON kept (lower(name));\n\
         CREATE FUNCTION no_dots() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF NEW.name LIKE '%.%' THEN RAISE EXCEPTION 'no dots, %', NEW.id; END IF; RETURN NEW; END $$;\n\
         CREATE TRIGGER dots BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION no_dots();",
    );
    let file = sorted_out(
        &mut live,
        "{\"id\": [1, 2, 3, 4, 5], \"name\": [\"Ann\", \"ANN\", \"b.c\", \"Cai\", \"Dov\"], \
         \"code\": [\"01234\", \"01234\", \"01234\", \"1\", \"01234\"], \"from_day\": [1, 10, 20, 30, 3], \
         \"to_day\": [5, 15, 25, 35, 9]}",
    );
    let mut lines: Vec<&str> = file.lines().collect();
    lines.sort_unstable();
    let starts = ["2,", "3,", "4,code,1,check,", "5,"];
    let rules = [",unique,", ",trigger,", "five", ",exclusion,"];
    assert_eq!(lines.len(), 4, "{file}");
    for ((line, start), rule) in lines.iter().zip(starts).zip(rules) {
        assert!(line.starts_with(start) && line.contains(rule), "{line}");
    }
    assert!(lines[1].contains("no dots, 3"), "{file}");
    assert_eq!(server.sql("SELECT id FROM kept"), "1");
}

#[test]
fn a_deferred_reference_is_looked_at_when_all_rows_are_there() {
    let server = Postgres::start();
    let mut live = connected(
        &server,
        "CREATE TABLE kept (id integer PRIMARY KEY, boss integer, \
         CONSTRAINT works_for FOREIGN KEY (boss) REFERENCES kept (id) DEFERRABLE INITIALLY DEFERRED)",
    );
    let file = sorted_out(&mut live, "{\"id\": [1, 2, 3], \"boss\": [3, 9, None]}");
    assert!(
        file.starts_with("2,boss,9,reference,") && file.contains("works_for") && file.lines().count() == 1,
        "{file}"
    );
    assert_eq!(server.sql("SELECT id FROM kept ORDER BY id"), "1\n3");
}

#[test]
fn a_reference_that_is_broken_without_a_place_for_the_row_names_the_value() {
    let server = Postgres::start();
    let mut live = connected(
        &server,
        "CREATE TABLE cities (id integer PRIMARY KEY); \
         CREATE TABLE kept (id integer, city integer CONSTRAINT lives REFERENCES cities (id))",
    );
    let told = live.enter("frame({\"id\": [1], \"city\": [9]}).write_table(con, \"kept\", mode=\"append\")");
    for part in ["\"lives\"", "(city)=(9)", "rejects="] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn what_runs_before_may_not_write_where_nothing_can_be_undone() {
    let server = MariaDb::start();
    server.client(
        "CREATE TABLE kept (id INTEGER);\nCREATE TABLE `old log` (id INTEGER) ENGINE = MyISAM;\n\
         INSERT INTO `old log` VALUES (1);",
    );
    let mut live = Live::new();
    live.enter(&format!("con = connect({:?})", server.url()));
    let load = |before: &str| {
        format!("frame({{\"id\": [1]}}).write_table(con, \"kept\", mode=\"append\", before={before:?}).rows")
    };
    assert_eq!(
        live.enter(&load("DELETE FROM `old log`")),
        "error: old log is a table of MyISAM, which cannot undo a load that fails\n\
         hint: give it another engine: con.execute(\"ALTER TABLE `old log` ENGINE = InnoDB\")"
    );
    assert_eq!(server.client("SELECT count(*) FROM `old log`"), "1\n");
    // Reading it changes nothing.
    assert_eq!(
        live.enter(&load("INSERT INTO kept SELECT id FROM `old log`")),
        "1"
    );
    assert_eq!(server.client("SELECT count(*) FROM kept"), "2\n");
    // Hints are written as the server reads them.
    let told = live.enter("frame({\"id\": [1]}).write_table(con, \"kept\", mode=\"upsert\", keys=[\"id\"])");
    assert!(told.contains("CREATE UNIQUE INDEX … ON kept (`id`)"), "{told}");
}
