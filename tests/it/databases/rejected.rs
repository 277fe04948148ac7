//! Rows that a table cannot take: they are in a file, the others are in the table, and both are counted by someone else.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;

use super::kinds::{Kind, for_every_kind};
use crate::live::Live;

for_every_kind! {
    each_row_is_in_the_table_or_in_the_file;
    rows_that_an_upsert_cannot_take_go_to_the_file;
    more_than_there_may_be_load_nothing_and_are_in_the_file;
    rows_that_break_rules_of_the_database_go_to_the_file;
    a_file_that_cannot_be_written_stops_all_of_the_load;
}

const ROWS: i64 = 40_000;
const TABLE: &str = "CREATE TABLE kept (id BIGINT PRIMARY KEY, size DECIMAL(5,2), note VARCHAR(20) NOT NULL);\n\
                     INSERT INTO kept VALUES (-1, 1, 'old'), (-2, 2, 'old');";

/// A row of the file that is loaded: id, size, and whether it has a note.
fn row(number: i64) -> (i64, i64, bool) {
    let id = match number {
        number if number % 1009 == 0 => number - 8,
        number if number % 4001 == 0 => -1 - number % 2,
        number => number,
    };
    let size = if number % 503 == 0 { 1000 } else { number % 1000 };
    (id, size, number % 701 != 0)
}

/// Connects, and reads the rows.
fn begin(kind: &impl Kind, live: &mut Live) {
    let mut text = "id,size,note\n".to_owned();
    for number in 1..=ROWS {
        let (id, size, has_note) = row(number);
        let note = if has_note { "new, \"quoted\"" } else { "" };
        let note = note.replace('"', "\"\"");
        let note = if has_note { format!("\"{note}\"") } else { note };
        writeln!(text, "{id},{size},{note}").unwrap();
    }
    live.data("rows.csv", &text);
    let cell = format!(
        "con = connect({:?})\nrows = scan_csv(\"/mnt/data/rows.csv\")",
        kind.url()
    );
    assert_eq!(live.enter(&cell), "");
}

/// Returns the file of rejected rows: their numbers, or their lines, and rules.
fn rejected(live: &Live) -> Vec<(i64, String)> {
    let path = live.folder().join(".sheaf/out/rejects.csv");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines();
    let head = lines.next().unwrap();
    let (named, rest) = head.split_once(',').unwrap();
    assert!(["row", "line"].contains(&named), "{head}");
    assert_eq!(rest, "column,value,rule,reason");
    let mut rows: Vec<(i64, String)> = lines
        .map(|line| {
            let cells: Vec<&str> = line.splitn(5, ',').collect();
            (cells[0].parse().unwrap(), cells[3].to_owned())
        })
        .collect();
    rows.sort();
    rows
}

fn each_row_is_in_the_table_or_in_the_file<K: Kind>() {
    let kind = K::start();
    kind.client(TABLE);
    let mut live = Live::new();
    begin(&kind, &mut live);

    let mut wrong = Vec::new();
    let mut ids = HashSet::from([-1, -2]);
    let mut sum = -3;
    for number in 1..=ROWS {
        let (id, size, has_note) = row(number);
        let rule = if size > 999 {
            "type"
        } else if !has_note {
            "not null"
        } else if !ids.insert(id) {
            "unique"
        } else {
            sum += id;
            continue;
        };
        // The head is a line, too.
        wrong.push((number + 1, rule.to_owned()));
    }
    assert!(
        ["type", "not null", "unique"].iter().all(|rule| wrong
            .iter()
            .filter(|(_, found)| found == rule)
            .count()
            > 20)
    );

    let write = "report = rows.write_table(con, \"kept\", mode=\"append\", rejects=\"/mnt/out/rejects.csv\")";
    assert_eq!(live.enter(write), "");
    assert_eq!(rejected(&live), wrong);
    let loaded = ROWS as usize - wrong.len();
    assert_eq!(
        live.enter("(report.rows, report.rejected, report.total, report.rejects)"),
        format!(
            "({loaded}, {}, {}, \"/mnt/out/rejects.csv\")",
            wrong.len(),
            loaded + 2
        )
    );
    assert_eq!(
        kind.client("SELECT count(*), sum(id) FROM kept"),
        format!("{},{sum}\n", loaded + 2)
    );
    assert_eq!(
        kind.client("SELECT count(*) FROM kept WHERE note = 'new, \"quoted\"'"),
        format!("{loaded}\n")
    );
    // All of it again: each row that was loaded is there now, and an earlier file is replaced.
    assert_eq!(live.enter(write), "");
    assert_eq!(rejected(&live).len(), ROWS as usize);
    assert_eq!(
        live.enter("(report.rows, report.total)"),
        format!("(0, {})", loaded + 2)
    );
    // Nobody is in the way of an overwrite but the rows themselves.
    let over = "rows.write_table(con, \"kept\", mode=\"overwrite\", rejects=\"/mnt/out/rejects.csv\").rows";
    let twice = wrong.iter().filter(|(line, _)| (line - 1) % 4001 == 0).count();
    let rows: usize = live.enter(over).parse().unwrap();
    assert!(
        (loaded + 1..=loaded + twice).contains(&rows),
        "{rows} of {loaded} and {twice}"
    );
    assert_eq!(kind.client("SELECT count(*) FROM kept"), format!("{rows}\n"));
}

fn rows_that_an_upsert_cannot_take_go_to_the_file<K: Kind>() {
    let kind = K::start();
    kind.client(TABLE);
    let mut live = Live::new();
    begin(&kind, &mut live);
    assert_eq!(
        live.enter(
            "frame({\"id\": [-1, 5, -1, None, 6], \"size\": [9, 9, 8, 7, 1000], \"note\": [\"new\"] * 5})\
             .write_table(con, \"kept\", mode=\"upsert\", keys=[\"id\"], rejects=\"/mnt/out/rejects.csv\")"
        ),
        "table     kept\nrows      2\nreplaced  1\nrejected  3, in /mnt/out/rejects.csv\ncreated   False"
    );
    assert_eq!(
        rejected(&live),
        [(3, "unique"), (4, "not null"), (5, "type")].map(|(row, rule)| (row, rule.to_owned()))
    );
    assert_eq!(
        kind.client("SELECT id, note FROM kept ORDER BY id"),
        "-2,old\n-1,new\n5,new\n"
    );
}

fn more_than_there_may_be_load_nothing_and_are_in_the_file<K: Kind>() {
    let kind = K::start();
    kind.client(TABLE);
    let mut live = Live::new();
    begin(&kind, &mut live);
    let write = |most: u32| {
        format!(
            "frame({{\"id\": [-1, 5, 5, 6], \"note\": [\"a\", \"b\", \"c\", None]}}).write_table(con, \"kept\", mode=\"append\", \
             before=\"DELETE FROM kept WHERE id = -2\", rejects=\"/mnt/out/rejects.csv\", max_rejects={most})"
        )
    };
    assert_eq!(
        live.enter(&write(2)),
        "error: more than 2 rows cannot be loaded; nothing was loaded, and /mnt/out/rejects.csv has those that were found\n\
         hint: look at /mnt/out/rejects.csv for what is wrong with them; a larger max_rejects lets more of them go"
    );
    assert_eq!(rejected(&live).len(), 3);
    assert_eq!(kind.client("SELECT id FROM kept ORDER BY id"), "-2\n-1\n");
    assert_eq!(
        live.enter(&write(3)),
        "table     kept\nrows      1\nbefore    1\nrejected  3, in /mnt/out/rejects.csv\ncreated   False"
    );
    assert_eq!(kind.client("SELECT id FROM kept ORDER BY id"), "-1\n5\n");
    assert_eq!(
        live.enter("rows.write_table(con, \"kept\", mode=\"append\", max_rejects=3)"),
        "error: write_table: max_rejects says how many rows may go to rejects, and there is no rejects\n\
         hint: give the file, too: rejects=\"/mnt/out/rejects.csv\""
    );
}

fn rows_that_break_rules_of_the_database_go_to_the_file<K: Kind>() {
    let kind = K::start();
    kind.client(
        "CREATE TABLE cities (id INTEGER PRIMARY KEY);\n\
         INSERT INTO cities VALUES (1), (2), (3);\n\
         CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER, city INTEGER, \
         CONSTRAINT grown CHECK (age >= 18), CONSTRAINT lives FOREIGN KEY (city) REFERENCES cities (id));\n\
         INSERT INTO people VALUES (1, 20, 1);",
    );
    let mut live = Live::new();
    begin(&kind, &mut live);
    let mut wrong = Vec::new();
    let mut text = "id,age,city\n".to_owned();
    for number in 1..=20_000 {
        let age = if number % 1511 == 0 { 17 } else { 18 + number % 60 };
        let city = if number % 2003 == 0 { 4 } else { 1 + number % 3 };
        let rule = match (number, age, city) {
            (1, ..) => "unique",
            (_, 17, _) => "check",
            (_, _, 4) => "reference",
            _ => "",
        };
        if !rule.is_empty() {
            wrong.push((number + 1, rule.to_owned()));
        }
        writeln!(text, "{number},{age},{city}").unwrap();
    }
    live.data("people.csv", &text);
    let write = |more: &str| {
        format!(
            "report = scan_csv(\"/mnt/data/people.csv\").write_table(con, \"people\", mode=\"append\", \
             rejects=\"/mnt/out/rejects.csv\"{more})"
        )
    };
    let told = live.enter(&write(", max_rejects=5"));
    assert!(
        told.starts_with("error: more than 5 rows cannot be loaded"),
        "{told}"
    );
    assert_eq!(kind.client("SELECT count(*) FROM people"), "1\n");
    assert_eq!(live.enter(&write("")), "");
    assert_eq!(rejected(&live), wrong);
    let loaded = 20_000 - wrong.len();
    assert_eq!(
        live.enter("(report.rows, report.rejected, report.total)"),
        format!("({loaded}, {}, {})", wrong.len(), loaded + 1)
    );
    assert_eq!(
        kind.client("SELECT count(*), min(age), max(city) FROM people"),
        format!("{},18,3\n", loaded + 1)
    );
    let path = live.folder().join(".sheaf/out/rejects.csv");
    let file = fs::read_to_string(path).unwrap();
    assert!(file.contains("check") && file.contains("grown"), "{file}");
    // All of them again by their keys: what is there is replaced, and the same rows are refused.
    let upsert = "frame({\"id\": [1, 2, 3], \"age\": [5, 77, 77], \"city\": [1, 9, 2]})\
                  .write_table(con, \"people\", mode=\"upsert\", keys=[\"id\"]";
    let told = live.enter(&format!("{upsert}, rejects=\"/mnt/out/rejects.csv\").replaced"));
    assert_eq!(told, "1");
    assert_eq!(
        rejected(&live),
        [(1, "check"), (2, "reference")].map(|(row, rule)| (row, rule.to_owned()))
    );
    assert_eq!(
        kind.client("SELECT id, age FROM people WHERE id <= 3 ORDER BY id"),
        "1,20\n2,20\n3,77\n"
    );
    // Without a place for them, the first is named.
    let told = live.enter(&format!("{upsert})"));
    assert!(
        told.starts_with("error: row 1") && told.contains("grown"),
        "{told}"
    );
}

fn a_file_that_cannot_be_written_stops_all_of_the_load<K: Kind>() {
    let kind = K::start();
    kind.client(TABLE);
    let mut live = Live::new();
    begin(&kind, &mut live);
    let told =
        live.enter("rows.write_table(con, \"kept\", mode=\"append\", rejects=\"/mnt/nowhere/rejects.csv\")");
    assert!(told.starts_with("error: "), "{told}");
    let folder = live.folder().join(".sheaf/out/rejects.csv");
    fs::create_dir_all(folder.join("within")).unwrap();
    let told =
        live.enter("rows.write_table(con, \"kept\", mode=\"append\", rejects=\"/mnt/out/rejects.csv\")");
    assert!(
        told.starts_with("error: ") && told.contains("/mnt/out/rejects.csv"),
        "{told}"
    );
    assert_eq!(kind.client("SELECT count(*) FROM kept"), "2\n");
}
