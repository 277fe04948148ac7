//! Databases in records, caches and resumed runs: what was asked is recorded and asked again, what was loaded stays loaded once.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::kinds::{Kind, for_every_kind};
use crate::transcript::Transcript;

for_every_kind! {
    a_record_has_what_was_asked_and_a_check_tells_that_the_rows_changed;
    a_cell_that_asks_is_never_taken_from_a_cache;
    a_resumed_run_does_not_load_again;
}

/// How long a run may take to come somewhere, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// Makes a table of three, and a notebook that asks for them.
fn asking<K: Kind>() -> (K, Transcript) {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE people (id INTEGER, name {});\n\
         INSERT INTO people VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cai');",
        K::DIALECT.text
    ));
    let notebook = format!(
        "# %% Connect\ncon = connect({:?}, name=\"tests\")\n\
         # %% Ask\nasked = con.query(\"SELECT id, name FROM people WHERE id > {} ORDER BY id\", [1])\n\
         # %% Scan\nscanned = con.scan_query(\"SELECT name FROM people ORDER BY id\").select(\"max(name) AS last\")\n\
         # %% Use\nnames = asked[\"name\"].to_list()\nprint(names)\n",
        kind.url(),
        K::MARK
    );
    let transcript = Transcript::new().file("sheaf.ron", "()").file("n.py", notebook);
    (kind, transcript)
}

fn a_record_has_what_was_asked_and_a_check_tells_that_the_rows_changed<K: Kind>() {
    let (kind, transcript) = asking::<K>();
    let run = |arguments: &[&str]| {
        let output = transcript.run(arguments);
        let shown = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.success(), shown)
    };
    let (works, shown) = run(&["run", "n.py", "--record"]);
    assert!(works, "{shown}");
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    let asked = format!(
        "SELECT id, name FROM people WHERE id > {} ORDER BY id -- [1]",
        K::MARK
    );
    for part in [
        asked.as_str(),
        "SELECT name FROM people ORDER BY id",
        "connection: \"tests\"",
        "count: 2",
        "count: 3",
    ] {
        assert!(record.contains(part), "{part} is not in {record}");
    }
    let (works, shown) = run(&["run", "n.py", "--check"]);
    assert!(works, "{shown}");

    // That row is no part of what was asked first.
    kind.client("UPDATE people SET name = 'Abe' WHERE id = 1");
    let (works, shown) = run(&["run", "n.py", "--check"]);
    assert!(!works, "{shown}");
    let scanned = "cause: the rows of `SELECT name FROM people ORDER BY id` on tests: 3 rows, digest ";
    for part in [
        "[1] Connect: identical",
        "[2] Ask: identical",
        "[3] Scan: drifted",
        scanned,
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }

    kind.client("INSERT INTO people VALUES (4, 'Dov')");
    let (works, shown) = run(&["run", "n.py", "--check"]);
    assert!(!works, "{shown}");
    let asked = format!(
        "cause: the rows of `SELECT id, name FROM people WHERE id > {} ORDER BY id",
        K::MARK
    );
    for part in [
        "[2] Ask: drifted",
        &asked,
        " on tests: 2 rows, digest ",
        " → 3 rows, digest ",
        "[4] Use: drifted",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

/// Returns which cells of a run were taken from the cache.
fn cached(transcript: &Transcript) -> Vec<bool> {
    let output = transcript.run(&["run", "n.py", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|line| line["cached"].as_bool()).collect()
}

fn a_cell_that_asks_is_never_taken_from_a_cache<K: Kind>() {
    let (kind, transcript) = asking::<K>();
    assert_eq!(cached(&transcript), [false, false, false, false]);
    let again = cached(&transcript);
    assert_eq!(again[1..], [false, false, true]);
    kind.client("INSERT INTO people VALUES (4, 'Dov')");
    assert_eq!(cached(&transcript)[1..], [false, false, false]);
    let output = transcript.run(&["run", "n.py"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("[\"Ben\", \"Cai\", \"Dov\"]"), "{shown}");

    // A load happens each time.
    let notebook = format!(
        "# %%\ncon = connect({:?})\n# %%\nframe({{\"id\": [9], \"name\": [\"Fay\"]}}).write_table(con, \"people\", mode=\"append\")\n",
        kind.url()
    );
    let transcript = transcript.file("n.py", notebook);
    for _ in 0..3 {
        assert!(!cached(&transcript)[1]);
    }
    assert_eq!(kind.client("SELECT count(*) FROM people WHERE id = 9"), "3\n");
}

fn a_resumed_run_does_not_load_again<K: Kind>() {
    let kind = K::start();
    kind.client(
        "CREATE TABLE kept (id INTEGER);\nCREATE TABLE bound (most BIGINT);\n\
         INSERT INTO bound VALUES (1000000000000);",
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    // The last cell takes as long as the table `bound` says.
    let notebook = format!(
        "# %%\ncon = connect({:?})\n\
         # %%\nreport = frame({{\"id\": [1, 2, 3]}}).write_table(con, \"kept\", mode=\"append\")\n\
         # %%\nprint(report)\n\
         # %%\ncon.query({:?})\n",
        kind.url(),
        K::with_numbers("", "i < (SELECT most FROM bound)", "SELECT count(*) AS n FROM n").trim_start()
    );
    fs::write(folder.path().join("n.py"), notebook).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(["run", "n.py"])
            .args(arguments)
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .stdin(Stdio::null());
        command
    };
    for _ in 0..2 {
        let mut child = command(&["--resume"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while kind.client("SELECT count(*) FROM kept") == "0\n" {
            assert!(begun.elapsed() < PATIENCE, "nothing is loaded");
            thread::sleep(Duration::from_millis(20));
        }
        // By now it is in the last cell.
        thread::sleep(Duration::from_secs(2));
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    kind.client("UPDATE bound SET most = 10");
    let output = command(&["--resume"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(
        shown.contains("table     kept\nrows      3\ncreated   False"),
        "{shown}"
    );
    assert_eq!(kind.client("SELECT count(*) FROM kept"), "3\n");
}
