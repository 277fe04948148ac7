//! Secrets in a session, every way people run one: who gets which, what a cache and a record keep of them, and what changes
//! when one is rotated.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::transcript::Transcript;

const SCOPES: &str = r#"(secrets: {"db": (store: environment(prefix: "DB_"), sinks: ["shell"])})"#;
const VALUE: &str = "Tr0ub4dor&3 correct horse";
const ROTATED: &str = "another value of nine words";
/// What a run says about the store.
const ANSWERED: &str = "secrets: db from the environment (DB_…)\n";

/// A notebook of three cells: one gets a secret, one reads what that bound, one has nothing to do with it.
const NOTEBOOK: &str = "# Databricks notebook source
password = dbutils.secrets.get(\"db\", \"password\")

# COMMAND ----------

text = f\"user:{password}\"
print(text)

# COMMAND ----------

print(1)
";

fn workspace() -> Transcript {
    Transcript::new().file("sheaf.ron", SCOPES).approved()
}

/// Runs a command in a workspace whose secret has this value; returns all that it wrote, and its exit code.
fn run(transcript: &Transcript, value: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let output = command(transcript, transcript.path(), value, arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(value), "the value is in what was written");
    (text, output.status.code())
}

fn command(transcript: &Transcript, folder: &Path, value: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sheaf"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", transcript.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("XDG_STATE_HOME", transcript.state())
        .env("DB_PASSWORD", value);
    command
}

/// Returns for each cell of a run, as JSON says it, whether it was served from the cache.
fn cached(transcript: &Transcript, value: &str, arguments: &[&str]) -> Vec<bool> {
    let arguments: Vec<&str> = ["run", "n.py", "--json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let output = command(transcript, transcript.path(), value, &arguments)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter_map(|line| line["cached"].as_bool()).collect()
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Fails where a file below a folder has one of the texts.
fn nowhere(folder: &Path, texts: &[&str]) {
    let all = files(folder);
    assert!(!all.is_empty());
    for file in all {
        let bytes = fs::read(&file).unwrap();
        for text in texts {
            let found = bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!found, "{} has what it must not have", file.display());
        }
    }
}

#[test]
fn a_run_says_which_store_answered() {
    let transcript = workspace().file("n.py", NOTEBOOK);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("user:{{secrets/db/password}}"), "{text}");
    assert!(text.ends_with(ANSWERED), "{text}");
    let (text, _) = run(&transcript, VALUE, &["run", "n.py", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let expected = BTreeMap::from([("db", "the environment (DB_…)")]);
    assert_eq!(summary["secrets"], serde_json::json!(expected));
    run(&transcript, VALUE, &["run", "n.py", "--record"]);
    for arguments in [
        &["run", "n.py", "--check", "--junit", "out.xml"] as &[&str],
        &["test", "--junit", "out.xml"],
    ] {
        run(&transcript, VALUE, arguments);
        let xml = String::from_utf8(transcript.read("out.xml")).unwrap();
        assert!(
            xml.contains("<property name=\"secrets.db\" value=\"the environment (DB_…)\"/>"),
            "{xml}"
        );
    }
    // A notebook without secrets says nothing.
    let transcript = transcript.file("n.py", "# Databricks notebook source\nprint(1)\n");
    let (text, _) = run(&transcript, VALUE, &["run", "n.py"]);
    assert!(!text.contains("secrets"), "{text}");
}

#[test]
fn a_rotated_secret_makes_the_cells_that_used_it_run_again() {
    let transcript = workspace().file("n.py", NOTEBOOK);
    assert_eq!(cached(&transcript, VALUE, &[]), [false, false, false]);
    assert_eq!(cached(&transcript, VALUE, &[]), [true, true, true]);
    // What is made of the reference is the same, whatever the value is.
    assert_eq!(cached(&transcript, ROTATED, &[]), [false, true, true]);
    assert_eq!(cached(&transcript, ROTATED, &[]), [true, true, true]);
    assert_eq!(cached(&transcript, VALUE, &[]), [true, true, true]);
    nowhere(transcript.path(), &[VALUE, ROTATED]);
    nowhere(transcript.state(), &[VALUE, ROTATED]);
}

#[test]
fn a_cell_from_the_cache_fails_as_if_it_had_run() {
    let transcript = workspace().file("n.py", NOTEBOOK);
    assert_eq!(cached(&transcript, VALUE, &[]), [false, false, false]);
    // Not approved any more.
    let transcript = transcript.file("sheaf.ron", SCOPES.replace("[\"shell\"]", "[\"example.com\"]"));
    let (text, code) = run(&transcript, VALUE, &["run", "n.py"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("you have not approved the scopes"), "{text}");
    // Approved, and not there any more.
    let transcript = transcript.approved();
    let output = command(&transcript, transcript.path(), VALUE, &["run", "n.py"])
        .env_remove("DB_PASSWORD")
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("n.py:2:12"), "{text}");
    assert_eq!(cached(&transcript, VALUE, &[]), [true, true, true]);
}

const SHELL: &str = "# Databricks notebook source
password = dbutils.secrets.get(\"db\", \"password\")

# COMMAND ----------

# MAGIC %sh --env PASSWORD=password
# MAGIC printf %s \"$PASSWORD\" | sha256sum | cut -c1-8
";

/// The beginning of the SHA-256 of a value, as the shell cell prints it.
fn sum(value: &str) -> String {
    use sha2::Digest as _;
    let sum = sha2::Sha256::digest(value.as_bytes());
    sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_session_has_the_secrets_of_cells_that_a_cache_serves() {
    let transcript = workspace().file("n.py", SHELL);
    for expected in [[false, false], [true, false]] {
        assert_eq!(cached(&transcript, VALUE, &["--allow-shell"]), expected);
        let (text, code) = run(
            &transcript,
            VALUE,
            &["run", "n.py", "--allow-shell", "--jobs", "4"],
        );
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(&sum(VALUE)), "{text}");
    }
}

#[test]
fn a_reference_that_no_cell_got_is_a_text() {
    let transcript = workspace().file(
        "n.py",
        SHELL.replace(
            "dbutils.secrets.get(\"db\", \"password\")",
            "\"{{secrets/db/password}}\"",
        ),
    );
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("{{secrets/db/password}} is only a text here: no cell of this session got that secret"),
        "{text}"
    );
    assert!(!text.contains(&sum(VALUE)));
}

#[test]
fn the_same_holds_at_a_prompt_in_a_pipe_and_in_a_presentation() {
    let transcript = workspace().file("n.py", NOTEBOOK);
    let mut prompt = command(&transcript, transcript.path(), VALUE, &[]);
    let mut child = prompt
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let typed = "s = dbutils.secrets.get(\"db\", \"password\")\ns\n%deps 1\n";
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("  uses secret {{secrets/db/password}}\n  binds s\n"),
        "{text}"
    );
    assert!(!text.contains(VALUE));
    let (text, code) = run(&transcript, VALUE, &["present", "n.py", "--auto", "0"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("user:{{secrets/db/password}}"), "{text}");
}

#[test]
fn a_notebook_below_the_root_has_the_secrets_of_the_workspace() {
    let transcript = workspace().file("below/deep/n.py", NOTEBOOK);
    let below = transcript.path().join("below/deep");
    for (folder, file) in [(transcript.path(), "below/deep/n.py"), (below.as_path(), "n.py")] {
        let output = command(&transcript, folder, VALUE, &["run", file, "--no-cache"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((text.as_str(), output.status.code()), (ANSWERED, Some(0)));
    }
}

#[test]
fn a_record_has_the_reference_alone_and_another_person_does_not_drift() {
    let transcript = workspace().file("n.py", NOTEBOOK);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--record"]);
    assert_eq!(code, Some(0), "{text}");
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    assert!(
        record.contains("secrets: [\"{{secrets/db/password}}\"],"),
        "{record}"
    );

    // Another person, with another key, and another value.
    let other = workspace().file("n.py", NOTEBOOK).file("n.record.ron", &record);
    let (text, code) = run(
        &other,
        ROTATED,
        &["run", "n.py", "--check", "--junit", "junit.xml"],
    );
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = run(&other, ROTATED, &["test", "n.py", "--json"]);
    assert_eq!(code, Some(0), "{text}");
    // Recorded again, nothing changes in it.
    run(&other, ROTATED, &["run", "n.py", "--record"]);
    let again = String::from_utf8(other.read("n.record.ron")).unwrap();
    let cells = |record: &str| record.split("timing:").next().map(str::to_owned);
    assert_eq!(cells(&again), cells(&record));
    for person in [&transcript, &other] {
        nowhere(person.path(), &[VALUE, ROTATED]);
        let key = fs::read(person.state().join("sheaf/fingerprints.key")).unwrap();
        assert_eq!(key.len(), 32);
    }
}

#[test]
fn a_result_that_differs_by_a_secret_names_it() {
    let transcript = workspace().file(
        "n.py",
        "# Databricks notebook source\np = dbutils.secrets.get(\"db\", \"password\")\nprint(p)\n",
    );
    run(&transcript, VALUE, &["run", "n.py", "--record"]);
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    let other = record.replace(
        "Printed(text: \"{{secrets/db/password}}\")",
        "Printed(text: \"something else\")",
    );
    assert_ne!(record, other);
    let transcript = transcript.file("n.record.ron", other);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--check"]);
    assert_eq!(code, Some(4), "{text}");
    assert!(
        text.contains("it uses secret {{secrets/db/password}}, whose value may be another one here"),
        "{text}"
    );
}

#[test]
fn people_who_share_a_cache_learn_nothing_of_each_others_secrets() {
    let shared = tempfile::tempdir().unwrap();
    let [one, other] = [workspace(), workspace()].map(|person| person.file("n.py", NOTEBOOK));
    let cached = |person: &Transcript, value: &str| {
        let output = command(person, person.path(), value, &["run", "n.py", "--json"])
            .env("SHEAF_CACHE", shared.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines
            .filter_map(|line| line["cached"].as_bool())
            .collect::<Vec<_>>()
    };
    assert_eq!(cached(&one, VALUE), [false, false, false]);
    // Their values are the same, and still neither is served what the other's run has used.
    assert_eq!(cached(&other, VALUE), [false, true, true]);
    assert_eq!(cached(&one, VALUE), [true, true, true]);
    assert_eq!(cached(&other, VALUE), [true, true, true]);
    nowhere(shared.path(), &[VALUE]);
}

#[test]
fn a_child_has_only_the_secrets_that_it_gets() {
    let child = "# Databricks notebook source
dbutils.widgets.text(\"password\", \"\")
password = dbutils.widgets.get(\"password\")

# COMMAND ----------

# MAGIC %sh --env PASSWORD=password
# MAGIC printf %s \"$PASSWORD\" | sha256sum | cut -c1-8 > sum
";
    let parent = "# Databricks notebook source
password = dbutils.secrets.get(\"db\", \"password\")
dbutils.notebook.run(\"./child\", 60, {\"password\": str(password)})
";
    let transcript = workspace().file("n.py", parent).file("child.py", child);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no cell of this session got that secret"), "{text}");

    // What it gets is its own, and counts as used by the cell that runs it.
    let child = child.replace(
        "dbutils.widgets.get(\"password\")\n",
        "dbutils.secrets.get(\"db\", \"password\")\n",
    );
    let parent = "# Databricks notebook source
dbutils.notebook.run(\"./child\", 60)

# COMMAND ----------

password = \"{{secrets/db/password}}\"
";
    let transcript = transcript.file("child.py", child).file("n.py", parent);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell", "--record"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        String::from_utf8(transcript.read("sum")).unwrap().trim(),
        sum(VALUE)
    );
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    assert_eq!(
        record.matches("secrets: [\"{{secrets/db/password}}\"]").count(),
        1,
        "{record}"
    );
    let shell = "\n# COMMAND ----------\n\n# MAGIC %sh --env PASSWORD=password\n# MAGIC true\n";
    let transcript = transcript.file("n.py", format!("{parent}{shell}"));
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no cell of this session got that secret"), "{text}");
}

#[test]
fn an_included_notebook_shares_the_session() {
    let transcript = workspace()
        .file("setup.py", "# Databricks notebook source\npassword = dbutils.secrets.get(\"db\", \"password\")\n")
        .file(
            "n.py",
            "# Databricks notebook source\n# MAGIC %run ./setup\n\n# COMMAND ----------\n\n# MAGIC %sh --env PASSWORD=password\n# MAGIC printf %s \"$PASSWORD\" | sha256sum | cut -c1-8\n",
        );
    for _ in 0..2 {
        let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(&sum(VALUE)), "{text}");
    }
}

#[test]
fn a_resumed_run_has_the_secrets_of_the_cells_that_had_ended() {
    let notebook = "# Databricks notebook source
password = dbutils.secrets.get(\"db\", \"password\")

# COMMAND ----------

# MAGIC %sh --env PASSWORD=password
# MAGIC printf x >> ran

# COMMAND ----------

# MAGIC %sh --env PASSWORD=password
# MAGIC test -e ready && printf %s \"$PASSWORD\" | sha256sum | cut -c1-8
";
    let transcript = workspace().file("n.py", notebook);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
    assert_eq!(code, Some(1), "{text}");
    let transcript = transcript.file("ready", "");
    let (text, code) = run(
        &transcript,
        ROTATED,
        &["run", "n.py", "--allow-shell", "--resume"],
    );
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(transcript.read("ran"), b"x", "what acted did not act again");
    assert!(text.contains(&sum(ROTATED)), "{text}");
}

#[test]
fn a_resumed_run_fails_where_a_cell_that_acted_may_not_use_its_secret_any_more() {
    let notebook = "# Databricks notebook source
password = dbutils.secrets.get(\"db\", \"password\")
dbutils.fs.put(\"/mnt/out/note\", \"x\", True)

# COMMAND ----------

# MAGIC %sh
# MAGIC test -e ready
";
    let transcript = workspace().file("n.py", notebook);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell"]);
    assert_eq!(code, Some(1), "{text}");
    let transcript = transcript
        .file("ready", "")
        .file("sheaf.ron", SCOPES.replace("[\"shell\"]", "[\"example.com\"]"));
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--allow-shell", "--resume"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("you have not approved the scopes"), "{text}");
}

#[test]
fn cells_that_get_secrets_at_the_same_time_wait_for_each_other_and_nothing_else() {
    let mut notebook = "# Databricks notebook source\n".to_owned();
    for at in 0..24 {
        notebook.push_str(&format!("\n# COMMAND ----------\n\np{at} = dbutils.secrets.get(\"db\", \"password\")\nprint({at}, p{at})\n"));
    }
    let transcript = workspace().file("n.py", notebook);
    let (text, code) = run(&transcript, VALUE, &["run", "n.py", "--jobs", "8", "--no-cache"]);
    assert_eq!(code, Some(0), "{text}");
    let shown: Vec<String> = text
        .lines()
        .filter(|line| line.ends_with("{{secrets/db/password}}") && !line.contains('='))
        .map(str::to_owned)
        .collect();
    let expected: Vec<String> = (0..24)
        .map(|at| format!("{at} {{{{secrets/db/password}}}}"))
        .collect();
    assert_eq!(shown, expected, "{text}");
}
