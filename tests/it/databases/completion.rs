//! What Tab offers of a database: what a session has told that a cell opened, and nothing of one that no cell opened.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use sheaf::assist::{Assistant, Position};
use sheaf::repl::{Prompt, command_specs};
use sheaf::session::Session;

use crate::prompt::{Paper, session};

/// How long a machine that is busy may take.
const PATIENCE: Duration = Duration::from_secs(10);
const FILE: &str = "(connections: {\"warehouse\": \"sqlite:warehouse.db\", \"other\": \"sqlite:other.db\"})";

/// Checks what is offered below the last cell, where `|` marks the cursor; asked again until a busy machine has answered.
#[track_caller]
fn offers(session: &Session, marked: &str, expected: &[&str]) {
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let assistant = Assistant::new(command_specs()).with_budget(PATIENCE);
    let at = Position {
        cell: session.count(),
        offset,
    };
    let begun = Instant::now();
    loop {
        let completion = assistant.complete(&session.snapshot(), at, &text);
        let candidates = completion.candidates.into_iter().take(4);
        let found: Vec<String> = candidates.map(|candidate| candidate.replacement).collect();
        if found == expected || begun.elapsed() > PATIENCE {
            assert_eq!(found, expected, "{marked}");
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn typed(lines: &str) -> (tempfile::TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), FILE).unwrap();
    let paper = Paper::default();
    let mut prompt = Prompt::new(session(folder.path()), &paper);
    prompt.run_lines(lines.as_bytes(), None).unwrap();
    let shown = paper.take();
    assert!(!shown.contains("error"), "{shown}");
    (folder, prompt.into_session())
}

#[test]
fn tables_and_columns_are_those_of_the_database() {
    let (_folder, session) = typed(
        "con = connect(\"warehouse\")\n\
         con.execute('CREATE TABLE passengers (id INTEGER, \"full name\" TEXT, fare REAL)')\n\
         con.execute(\"CREATE TABLE ports (code TEXT)\")\n\
         harbours = frame({\"fathoms\": [1]})\n",
    );
    for (marked, expected) in [
        (
            "%sql --on warehouse SELECT * FROM p|",
            ["passengers", "ports"].as_slice(),
        ),
        (
            "%sql --on warehouse\nSELECT fa| FROM passengers",
            &["fare", "false"],
        ),
        (
            "%sql --on con late << SELECT fu| FROM passengers",
            &["\"full name\"", "full join"],
        ),
        (
            "%sql --on con SELECT p.| FROM passengers AS p",
            &["id", "\"full name\"", "fare"],
        ),
        ("con.query(\"SELECT * FROM po|\")", &["ports"]),
        (
            "con.query(\"SELECT p.fu| FROM passengers p\")",
            &["\\\"full name\\\""],
        ),
        ("con.execute(\"DELETE FROM pas|\")", &["passengers"]),
        ("con.read_table(\"po|", &["ports"]),
        ("%sql --on w|", &["warehouse"]),
        ("%sql --on c|", &["con"]),
    ] {
        offers(&session, marked, expected);
    }
}

#[test]
fn a_connection_that_no_cell_has_opened_is_not_opened_by_typing() {
    let (folder, session) = typed("con = connect(\"warehouse\")\n");
    for _ in 0..5 {
        offers(&session, "%sql --on other SELECT * FROM p|", &[]);
        thread::sleep(Duration::from_millis(20));
    }
    offers(&session, "%sql --on o|", &["other"]);
    assert!(!folder.path().join("other.db").exists());
}
