//! Frames as a person meets them in cells.
//!
//! Each file in `frames/` is a session as it was typed and seen: `>>> ` begins a cell, `... ` goes on with it, and
//! what follows is all that the cell shows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::live::Live;

/// Six passengers: every kind of column, nulls in two of them.
const PASSENGERS: &str = "\
name,sex,age,class,fare,survived
Ann,female,29,1,211.5,1
Ben,male,,3,7.75,0
Cai,female,38,3,7.75,1
Dov,male,54,1,51.9,0
Eva,female,14,2,,1
Fay,female,31,3,18.0,0
";

/// Enters the cells of a session and compares all that they show.
#[track_caller]
fn replays(name: &str) {
    replays_file(&format!("frames/{name}"));
}

/// Enters the cells of a session, a file in the folder of these tests, and compares all that they show.
#[track_caller]
pub fn replays_file(name: &str) {
    let mut live = Live::new();
    files(&live);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name);
    let expected = fs::read_to_string(path).unwrap();
    let mut shown = String::new();
    for cell in cells(&expected) {
        let typed = cell.replace('\n', "\n... ");
        writeln!(shown, ">>> {typed}").unwrap();
        let output = live.enter(&cell);
        if !output.is_empty() {
            writeln!(shown, "{output}").unwrap();
        }
    }
    assert!(
        shown == expected,
        "{name} is not what is shown, which is:\n{shown}"
    );
}

/// Returns what was typed in a session.
fn cells(session: &str) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    for line in session.lines() {
        if let Some(first) = line.strip_prefix(">>> ") {
            cells.push(first.to_owned());
        } else if let (Some(next), Some(cell)) = (line.strip_prefix("... "), cells.last_mut()) {
            cell.push('\n');
            cell.push_str(next);
        }
    }
    cells
}

/// Writes the files that the sessions read.
fn files(live: &Live) {
    let texts = [
        ("passengers.csv", PASSENGERS),
        ("part-1.csv", "id,port\n1,S\n2,C\n"),
        ("part-2.csv", "id,port\n3,Q\n"),
        (
            "semicolons.csv",
            "made by hand\nday;amount;note\n2024-02-29;1;-\n2024-03-01;2;late\n",
        ),
        ("bare.csv", "1,x\n2,y\n"),
        (
            "rows.json",
            "[{\"a\": 1, \"b\": \"x\"}, {\"a\": null, \"b\": \"y\"}]",
        ),
        (
            "rows.ndjson",
            "{\"a\": 1, \"b\": \"x\"}\n{\"a\": null, \"b\": \"y\"}\n",
        ),
        ("broken.ndjson", "{\"a\": 1}\n{\"a\": \n"),
        ("broken.json", "[{\"a\": 1},\n {\"a\" 2}]"),
        ("ragged.csv", "a,b\n1,2\n3,4,5\n6,7\n"),
        ("short.csv", "a,b,c\n1,2,3\n4,5\n"),
        ("words.csv", "a,b\n1,x\n2,y\nthree,z\n"),
        ("quote.csv", "a,b\n1,\"x\n2,y\n"),
        ("empty.csv", ""),
        ("header.csv", "a,b\n"),
        ("twice.csv", "a,a\n1,2\n"),
    ];
    for (name, text) in texts {
        live.data(name, text);
    }
    let latin = b"name,city\nZo\xeb,Z\xfcrich\n";
    fs::write(live.folder().join("datasets/latin.csv"), latin).unwrap();
}

#[test]
fn frames_are_made_from_values_and_files() {
    replays("making.txt");
}

#[test]
fn files_that_cannot_be_read_say_where_and_why() {
    replays("malformed.txt");
}

#[test]
fn folders_are_read_as_one_table() {
    replays("folders.txt");
}

#[test]
fn what_python_has_and_cells_do_not_says_what_to_write() {
    replays("python.txt");
}

#[test]
fn frames_are_looked_at() {
    replays("looking.txt");
}

#[test]
fn columns_answer_questions() {
    replays("series.txt");
}

#[test]
fn verbs_make_new_frames() {
    replays("changing.txt");
}

#[test]
fn frames_are_put_together_and_turned() {
    replays("combining.txt");
}

#[test]
fn expressions_print_as_sql() {
    replays("expressions.txt");
}

#[test]
fn columns_that_are_asked_whether_they_are_true_say_what_to_write() {
    replays("conditions.txt");
}

#[test]
fn rows_are_chosen_by_columns_and_what_pandas_has_is_told() {
    replays("masks.txt");
}

#[test]
fn queries_read_the_frames_above() {
    replays("sql.txt");
}

#[test]
fn frames_are_written_and_read_again() {
    replays("writing.txt");
}
