//! Connections that `sheaf.ron` names: opened by `connect("warehouse")` and by `%sql --on warehouse`, in every way to run.

use std::fs;
use std::process::Output;

use super::kinds::{Kind as _, Sqlite};
use super::server::Postgres;
use crate::prompt::{Paper, session};
use crate::transcript::Transcript;
use sheaf::repl::Prompt;

/// A workspace with a file of SQLite as `warehouse`.
const WAREHOUSE: &str = "(connections: {\"warehouse\": \"sqlite:.sheaf/out/warehouse.db\"})\n";

/// Returns whether a command succeeded, and all that it printed.
fn ran(output: &Output) -> (bool, String) {
    let shown = [&output.stdout, &output.stderr].map(|text| String::from_utf8(text.clone()).unwrap());
    (output.status.success(), shown.concat())
}

#[track_caller]
fn shows(output: &Output, parts: &[&str]) -> String {
    let (works, shown) = ran(output);
    assert!(works, "{shown}");
    contains(&shown, parts);
    shown
}

#[track_caller]
fn fails(output: &Output, parts: &[&str]) -> String {
    let (works, shown) = ran(output);
    assert!(!works, "{shown}");
    contains(&shown, parts);
    shown
}

#[track_caller]
fn contains(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part}\nis not in\n{shown}");
    }
}

#[test]
fn a_name_opens_the_same_file_as_its_path_does_from_any_folder() {
    let transcript = Transcript::new()
        .file(
            "sheaf.ron",
            "(connections: {\"warehouse\": \"sqlite:.sheaf/out/warehouse.db\"}, mounts: {\"/mnt/out\": \"file:.sheaf/out\"})",
        )
        .file(
            "sessions/write.py",
            "# %%\nframe({\"id\": [1, 2]}).write_table(connect(\"warehouse\"), \"t\")\n",
        )
        .file(
            "sessions/read.py",
            "# %%\nfor url in [\"sqlite:/mnt/out/warehouse.db\", \"sqlite:.sheaf/out/warehouse.db\", \"warehouse\"]:\n    \
             con = connect(url)\n    print(con.name, con.read_table(\"t\").height)\n",
        );
    shows(&transcript.run(&["run", "sessions/write.py"]), &[]);
    assert!(transcript.path().join(".sheaf/out/warehouse.db").is_file());
    // From a folder below, too.
    let read = transcript.run_in(&transcript.path().join("sessions"), &["run", "read.py"]);
    shows(
        &read,
        &[
            "sqlite:/mnt/out/warehouse.db 2",
            "sqlite:.sheaf/out/warehouse.db 2",
            "warehouse 2",
        ],
    );
}

#[test]
fn a_name_that_is_unknown_is_told_with_what_to_write() {
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("near.py", "# %%\nconnect(\"warehous\")\n")
        .file("far.py", "# %%\nconnect(\"titanic\")\n")
        .file("named.py", "# %%\nconnect(\"warehouse\", name=\"w\")\n")
        .file("cell.py", "# %% [sql]\n# MAGIC %sql --on warehous SELECT 1\n");
    fails(
        &transcript.run(&["run", "near.py"]),
        &[
            "there is no connection \"warehous\"",
            "hint: did you mean \"warehouse\"?",
        ],
    );
    fails(
        &transcript.run(&["run", "far.py"]),
        &["hint: there are: warehouse; write it in sheaf.ron, `connections: {\"titanic\":"],
    );
    fails(
        &transcript.run(&["run", "named.py"]),
        &["has its name already", "leave `name` out"],
    );
    fails(
        &transcript.run(&["run", "cell.py"]),
        &[
            "there is no connection \"warehous\"",
            "2 | --on warehous SELECT 1",
            "^^^^^^^^",
        ],
    );
    let bare = Transcript::new()
        .file("sheaf.ron", "()")
        .file("n.py", "# %%\nconnect(\"warehouse\")\n");
    fails(
        &bare.run(&["run", "n.py"]),
        &[
            "there is no connection \"warehouse\"",
            "hint: write it in sheaf.ron, `connections: {\"warehouse\": \"postgresql://HOST/DATABASE\"}`, or give a URL: a file \
             is \"sqlite:warehouse\"",
        ],
    );
}

/// A notebook whose cells ask by the name, and by a value of another cell.
const ASKING: &str = "\
# Databricks notebook source
# MAGIC %sql --on warehouse
# MAGIC DROP TABLE IF EXISTS people;
# MAGIC CREATE TABLE people (id INTEGER, name TEXT);
# MAGIC INSERT INTO people VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cai; not Dov')

# COMMAND ----------

dbutils.widgets.text(\"least\", \"1\")

# COMMAND ----------

# MAGIC %sql --on warehouse late << SELECT id, name FROM people WHERE id > :least ORDER BY id

# COMMAND ----------

con = connect(\"warehouse\")
print(late[\"name\"].to_list())

# COMMAND ----------

# MAGIC %sql --on con
# MAGIC SELECT count(*) AS n FROM people WHERE name <> ${least}

# COMMAND ----------

print(_sqldf.to_dicts())
";

#[test]
fn cells_ask_a_database_are_recorded_and_are_checked() {
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("n.py", ASKING);
    let shown = shows(
        &transcript.run(&["run", "n.py", "--record"]),
        &["3 rows changed", "[\"Ben\", \"Cai; not Dov\"]", "[{\"n\": 3}]"],
    );
    assert!(!shown.contains("error"), "{shown}");
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    contains(
        &record,
        &[
            "Connection(\"warehouse\")",
            "Text(\"sqlite:.sheaf/out/warehouse.db\")",
            "SELECT id, name FROM people WHERE id > :least ORDER BY id -- {\\\"least\\\": \\\"1\\\"}",
            "connection: \"warehouse\"",
            "count: 2",
        ],
    );
    shows(&transcript.run(&["run", "n.py", "--check"]), &[]);
    // A value is never a part of the statement.
    shows(
        &transcript.run(&["run", "n.py", "-p", "least=0 OR 1 = 1"]),
        &["[]"],
    );
}

#[test]
fn the_same_notebook_runs_in_every_format() {
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("n.py", ASKING);
    for (format, file) in [("percent", "percent.py"), ("ipynb", "n.ipynb")] {
        let converted = transcript.run(&["convert", "n.py", "--to", format]);
        fs::write(transcript.path().join(file), &converted.stdout).unwrap();
        shows(
            &transcript.run(&["run", file]),
            &["3 rows changed", "[\"Ben\", \"Cai; not Dov\"]", "[{\"n\": 3}]"],
        );
    }
}

#[test]
fn what_a_database_refuses_is_underlined_in_the_cell() {
    let cell = |text: &str| format!("# %%\n# MAGIC %sql --on warehouse\n# MAGIC {text}\n");
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("word.py", cell("SELECT 1 FORM nowhere"))
        .file(
            "later.py",
            cell("CREATE TABLE IF NOT EXISTS t (a INTEGER); SELECT a FROM u"),
        )
        .file("within.py", cell("SELECT 'x ${day}'"))
        .file("none.py", "# %%\n# MAGIC %sql --on warehouse\n")
        .file(
            "frame.py",
            "# %%\ncon = frame({\"a\": [1]})\n# %%\n# MAGIC %sql --on con SELECT 1\n",
        );
    let file = |name: &str| fails(&transcript.run(&["run", name]), &[]);
    contains(
        &file("word.py"),
        &["SQLite refuses the statement: ", "SELECT 1 FORM nowhere", "^^^^"],
    );
    contains(&file("later.py"), &["no such table: u"]);
    contains(
        &file("within.py"),
        &[
            "`${day}` stands within a text",
            "hint: join the texts: '…' || :day",
        ],
    );
    contains(&file("none.py"), &["the cell asks warehouse nothing"]);
    contains(&file("frame.py"), &["`con` is a frame, and no connection"]);
}

#[test]
fn cells_that_name_a_connection_share_its_session_at_the_prompt() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("sheaf.ron"),
        "(connections: {\"scratch\": \"sqlite::memory:\"})",
    )
    .unwrap();
    let paper = Paper::default();
    let mut prompt = Prompt::new(session(folder.path()), &paper);
    let lines = "con = connect(\"scratch\")\n\
                 con.execute(\"CREATE TABLE t (a INTEGER)\")\n\
                 frame({\"a\": [1, 2]}).write_table(connect(\"scratch\"), \"t\", mode=\"append\")\n\
                 %sql --on scratch SELECT sum(a) AS total FROM t;\n\
                 %sql --on con n << SELECT count(*) AS n FROM t;\n\
                 n.to_dicts()\n\
                 connect(\"scratch\").close()\n\
                 con.tables().height\n";
    prompt.run_lines(lines.as_bytes(), None).unwrap();
    let shown = paper.take();
    contains(&shown, &["total", "[{\"n\": 2}]\n0"]);
    assert!(!shown.contains("error"), "{shown}");
}

#[test]
fn another_definition_makes_cells_run_again() {
    let kind = Sqlite::start();
    kind.client("CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (7);");
    let notebook = "# %%\ncon = connect(\"warehouse\")\n# %%\nprint(con.name)\n\
                    # %%\n# MAGIC %sql --on warehouse CREATE TABLE IF NOT EXISTS made (a INTEGER)\n\
                    # %%\nprint(con.tables().select(\"name\").to_dicts())\n";
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("n.py", notebook);
    shows(
        &transcript.run(&["run", "n.py", "--record"]),
        &["[{\"name\": \"made\"}]"],
    );
    let other = format!("(connections: {{\"warehouse\": {:?}}})", kind.url());
    let transcript = transcript.file("sheaf.ron", other);
    // Nothing of the first database is taken from a cache, and the check says what changed.
    shows(
        &transcript.run(&["run", "n.py"]),
        &["[{\"name\": \"made\"}, {\"name\": \"t\"}]"],
    );
    fails(
        &transcript.run(&["run", "n.py", "--check"]),
        &["connection warehouse: \"sqlite:.sheaf/out/warehouse.db\" → \"sqlite:"],
    );
}

#[test]
fn a_resumed_run_keeps_to_what_was_done_and_does_it_where_the_name_leads_elsewhere() {
    let notebook = "# %%\n# MAGIC %sql --on warehouse CREATE TABLE IF NOT EXISTS t (a INTEGER)\n\
                    # %%\n# MAGIC %sql --on warehouse INSERT INTO t VALUES (1)\n\
                    # %%\nread_csv(\"/mnt/data/missing.csv\")\n\
                    # %%\n# MAGIC %sql --on warehouse SELECT count(*) AS n FROM t\n\
                    # %%\nprint(_sqldf.to_dicts())\n";
    let transcript = Transcript::new()
        .file("sheaf.ron", WAREHOUSE)
        .file("n.py", notebook)
        .file("datasets/.keep", "");
    fails(&transcript.run(&["run", "n.py", "--resume"]), &["missing.csv"]);
    let transcript = transcript.file("datasets/missing.csv", "a\n1\n");
    shows(&transcript.run(&["run", "n.py", "--resume"]), &["[{\"n\": 1}]"]);

    let transcript = transcript
        .file("datasets/missing.csv", "")
        .file("sheaf.ron", WAREHOUSE.replace("warehouse.db", "first.db"));
    fails(&transcript.run(&["run", "n.py", "--resume"]), &[]);
    let transcript = transcript
        .file("datasets/missing.csv", "a\n1\n")
        .file("sheaf.ron", WAREHOUSE.replace("warehouse.db", "second.db"));
    // What was done in the first file is not done in the second.
    shows(&transcript.run(&["run", "n.py", "--resume"]), &["[{\"n\": 1}]"]);
}

/// A workspace with a connection whose user and password are of a scope without sinks.
fn with_secrets(server: &Postgres) -> (tempfile::TempDir, Transcript) {
    let store = tempfile::tempdir().unwrap();
    fs::write(store.path().join("user"), "ann").unwrap();
    fs::write(store.path().join("password"), "p@ss/w;0#rd").unwrap();
    let text = format!(
        "(\n    connections: {{\n        \"warehouse\": (\n            url: \"postgresql://127.0.0.1:{}/postgres?sslmode=disable\",\n            \
         user: \"{{{{secrets/db/user}}}}\",\n            password: \"{{{{secrets/db/password}}}}\",\n        ),\n    }},\n    \
         secrets: {{\"db\": (store: folder(path: {:?}))}},\n)\n",
        server.port,
        store.path().display().to_string()
    );
    (store, Transcript::new().file("sheaf.ron", text))
}

#[test]
fn what_a_connection_sends_is_approved_before_anything_runs_and_again_when_it_changes() {
    let server = Postgres::start();
    server.distrusts("ann", "p@ss/w;0#rd");
    let (_store, transcript) = with_secrets(&server);
    let transcript = transcript
        .file(
            "n.py",
            "# %%\nprint(\"first\")\n# %%\n# MAGIC %sql --on warehouse SELECT current_user AS who\n\
             # %%\nprint(_sqldf.to_dicts(), connect(\"warehouse\").query(\"SELECT 1 AS one\").to_dicts())\n",
        )
        .file("other.py", "# %%\nprint(\"other\")\n");
    // A clone of somebody else's workspace gets nothing of this person.
    let refused = fails(
        &transcript.run(&["run", "n.py"]),
        &[
            "you have not approved the connection \"warehouse\" of",
            "hint: `sheaf trust` shows what it sends and where, and approves it",
        ],
    );
    assert!(!refused.contains("first"), "{refused}");
    shows(&transcript.run(&["run", "other.py"]), &["other"]);
    shows(
        &transcript.run(&["trust", "--yes"]),
        &[
            "names scopes of secrets and connections with credentials, which you have not approved:",
            "  connection warehouse\n    url      postgresql://127.0.0.1:",
            "    user     {{secrets/db/user}}\n    password {{secrets/db/password}}\n",
            "    sends    {{secrets/db/password}} → 127.0.0.1\n",
            "send their values to their sinks and as the connections say",
        ],
    );
    let shown = shows(
        &transcript.run(&["run", "n.py", "--record"]),
        &["[{\"who\": \"ann\"}] [{\"one\": 1}]"],
    );
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    for text in [&shown, &record] {
        assert!(!text.contains("p@ss"), "{text}");
    }
    shows(&transcript.run(&["run", "n.py", "--check"]), &[]);
    shows(&transcript.run(&["trust", "--list"]), &["db, warehouse"]);

    // Another host is another connection.
    let text = String::from_utf8(transcript.read("sheaf.ron")).unwrap();
    let transcript = transcript.file("sheaf.ron", text.replace("127.0.0.1", "localhost"));
    fails(
        &transcript.run(&["trust"]),
        &[
            "has changed since you approved its scopes and connections",
            "+   sends    {{secrets/db/password}} → localhost",
        ],
    );
    fails(
        &transcript.run(&["run", "n.py"]),
        &["you have not approved the connection"],
    );
}

#[test]
fn a_user_beside_the_name_counts_instead_and_goes_where_its_scope_says() {
    let server = Postgres::start();
    server.distrusts("ann", "p@ss/w;0#rd");
    server.distrusts("ben", "p@ss/w;0#rd");
    let (store, transcript) = with_secrets(&server);
    fs::write(store.path().join("other"), "ben").unwrap();
    let transcript = transcript
        .approved()
        .file(
            "text.py",
            "# %%\nprint(connect(\"warehouse\", user=\"ben\").query(\"SELECT current_user AS who\").to_dicts())\n",
        )
        .file(
            "secret.py",
            "# %%\nother = dbutils.secrets.get(\"db\", \"other\")\n# %%\nconnect(\"warehouse\", {\"user\": other})\n",
        );
    shows(&transcript.run(&["run", "text.py"]), &["[{\"who\": \"ben\"}]"]);
    // That one is not what the connection itself sends.
    fails(
        &transcript.run(&["run", "secret.py"]),
        &["the value of {{secrets/db/other}} may not go to 127.0.0.1"],
    );
}
