//! Rows of queries that may be served again: for a while, or as long as a version is the same; and what is never kept.

use std::fs;
use std::path::Path;

use super::kinds::{Kind, for_every_kind};
use super::server::Postgres;
use crate::transcript::Transcript;

for_every_kind! {
    rows_are_served_for_their_time_and_as_long_as_their_version_is_the_same;
}

/// Runs a notebook, and returns what it prints.
fn printed(transcript: &Transcript, arguments: &[&str]) -> String {
    let output = transcript.run(arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

fn rows_are_served_for_their_time_and_as_long_as_their_version_is_the_same<K: Kind>() {
    let kind = K::start();
    kind.client("CREATE TABLE t (id INTEGER, n INTEGER);\nINSERT INTO t VALUES (1, 10);");
    let notebook = format!(
        "# %%\ncon = connect({:?})\n\
         aged = con.query(\"SELECT n FROM t ORDER BY id\", ttl=\"1 hour\")\n\
         versioned = con.query(\"SELECT n FROM t ORDER BY id\", version=\"SELECT max(id) AS v FROM t\")\n\
         short = con.read_table(\"t\", ttl=0.000001)\n\
         print(aged[\"n\"].to_list(), versioned[\"n\"].to_list(), short[\"n\"].to_list())\n",
        kind.url()
    );
    let transcript = Transcript::new().file("sheaf.ron", "()").file("n.py", notebook);
    let shows = |arguments: &[&str], expected: &str| {
        let shown = printed(&transcript, arguments);
        assert!(shown.contains(expected), "{expected}: {shown}");
    };
    shows(&["run", "n.py"], "[10] [10] [10]");
    kind.client("UPDATE t SET n = 11;");
    shows(&["run", "n.py"], "[10] [10] [11]");
    kind.client("INSERT INTO t VALUES (2, 12);");
    shows(&["run", "n.py"], "[10] [11, 12] [11, 12]");
    shows(&["run", "n.py", "--no-cache"], "[11, 12] [11, 12] [11, 12]");
}

#[test]
fn what_is_kept_and_how_long_is_checked_before_anything_is_asked() {
    let mut live = crate::live::Live::new();
    live.enter("con = connect(\"sqlite::memory:\")");
    for (cell, expected) in [
        (
            "con.query(\"SELECT 1 AS one\", ttl=\"soon\")",
            "error: ttl is a string, which is no length of time\nhint: give a text such as \"1 hour\" or \"10 minutes\", or a \
             number of seconds",
        ),
        (
            "con.query(\"DELETE FROM t RETURNING id\", ttl=60)",
            "error: the query may do more than look, so its rows cannot be served again\nhint: leave ttl and version out; they \
             are for a SELECT",
        ),
        ("con.query(\"SELECT 1 AS one\", ttl=60)[\"one\"].to_list()", "[1]"),
    ] {
        assert_eq!(live.enter(cell), expected, "{cell}");
    }
}

#[test]
fn a_password_that_a_cell_writes_out_is_in_no_file_of_the_workspace() {
    const PASSWORD: &str = "pa55-that-nobody-keeps";
    let server = Postgres::start();
    server.distrusts("guarded", PASSWORD);
    let url = server.url("postgres");
    let (_, host) = url.split_once('@').unwrap();
    for connect in [
        format!("connect(\"postgresql://{host}\", user=\"guarded\", password=\"{PASSWORD}\")"),
        format!("connect(\"postgresql://guarded:{PASSWORD}@{host}\")"),
    ] {
        let notebook = format!(
            "# %%\ncon = {connect}\n# %%\nrows = con.query(\"SELECT 1 AS one\", ttl=\"1 hour\")\n# %%\nprint(rows[\"one\"].to_list())\n"
        );
        let transcript = Transcript::new().file("sheaf.ron", "()").file("n.py", notebook);
        for _ in 0..2 {
            assert!(printed(&transcript, &["run", "n.py"]).contains("[1]"));
        }
        let kept = transcript.path().join(".sheaf");
        assert!(kept.is_dir());
        look(&kept, PASSWORD);
        look(transcript.state(), PASSWORD);
    }
}

/// Looks for a text in all files of a folder.
fn look(folder: &Path, text: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, text);
        } else if let Ok(bytes) = fs::read(&path) {
            let is_in = bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!is_in, "{}", path.display());
        }
    }
}
