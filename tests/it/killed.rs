//! A run that is killed at any moment: nothing is torn, and `--resume` brings it to its end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// How many tables the notebook writes.
const PARTS: usize = 24;

/// Cells that compute, write and keep, one after the other, for long enough to be killed among them.
fn notebook() -> String {
    let mut cells = vec![
        "df = frame({\"a\": [i * 0.5 for i in range(20000)], \"g\": [i % 7 for i in range(20000)]})"
            .to_owned(),
    ];
    for at in 0..PARTS {
        cells.push(format!(
            "part{at} = df.with_columns(a=\"a + {at}\").group_by(\"g\").agg(s=\"sum(a)\").sort(\"g\")"
        ));
        // A file that exists is refused, unless the same cell wrote it and was killed before that was noted.
        cells.push(format!("part{at}.write_csv(\"/mnt/out/{at}.csv\")"));
    }
    cells.push(format!(
        "print(sum([read_csv(f\"/mnt/out/{{at}}.csv\")[\"s\"].sum() for at in range({PARTS})]))"
    ));
    let source = cells.join("\n\n# COMMAND ----------\n\n");
    format!("# Databricks notebook source\n{source}\n")
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
    command
        .args(["run", "night.py"])
        .args(arguments)
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::null());
    command
}

/// Returns every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// Fails when a file is left below a folder that a killed process was writing.
#[track_caller]
fn assert_nothing_unfinished(folder: &Path) {
    let unfinished: Vec<_> = files(folder)
        .into_iter()
        .filter(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let is_hidden = name.starts_with('.') && name != ".gitignore";
            is_hidden || file.extension().is_some_and(|ending| ending == "part")
        })
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:?} are left");
}

/// Removes what runs have written and kept.
fn begin_again(folder: &Path) {
    for file in files(&folder.join("out")) {
        fs::remove_file(file).unwrap();
    }
    let _ = fs::remove_dir_all(folder.join(".sheaf"));
}

#[test]
fn nothing_is_torn_and_resuming_ends_the_run() {
    let expected = {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("night.py"), notebook()).unwrap();
        let output = command(folder.path(), &["--no-cache"]).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().rev().nth(3).unwrap().to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    fs::write(
        folder.path().join("night.py"),
        notebook().replace("/mnt/out", "out"),
    )
    .unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    for round in 0..4 {
        begin_again(folder.path());
        // Killed again and again, each time a little later, and gone on with.
        for delay in [20 + 17 * round, 40 + 23 * round] {
            let mut child = command(folder.path(), &["--resume", "--record"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            thread::sleep(Duration::from_millis(delay));
            child.kill().unwrap();
            let ended = child.wait().unwrap();
            for file in files(&folder.path().join("out")) {
                let text = fs::read_to_string(&file).unwrap();
                let is_csv = file.extension().is_some_and(|extension| extension == "csv");
                assert!(
                    !is_csv || text.lines().count() == 8,
                    "{} is torn: {text}",
                    file.display()
                );
            }
            if ended.success() {
                // It was faster than the kill: there is nothing to resume.
                begin_again(folder.path());
            }
        }
        let output = command(folder.path(), &["--resume", "--record"])
            .output()
            .unwrap();
        let (stdout, stderr) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(output.status.success(), "{stdout}{stderr}");
        assert!(
            stdout.lines().any(|line| line == expected),
            "{expected} is not in {stdout}"
        );
        assert_nothing_unfinished(folder.path());
        for file in files(&folder.path().join("out")) {
            fs::remove_file(file).unwrap();
        }
        let checked = command(folder.path(), &["--check"]).output().unwrap();
        assert!(
            checked.status.success(),
            "{}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}

#[test]
fn a_save_that_is_killed_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    let file = folder.path().join("saved.py");
    // What one that was killed before it could give a file its name has left.
    fs::write(folder.path().join(".sheaf-1-2-3.partial"), "x0 =").unwrap();
    for round in 0..8_u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut typed = String::new();
        for at in 0..40 {
            typed += &format!("x{at} = {at}\n%save! saved.py\n");
        }
        // It may be killed before it has read everything.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes());
        thread::sleep(Duration::from_millis(30 + 25 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        if !file.exists() {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let cells = text.matches("# COMMAND ----------").count() + 1;
        assert!(
            text.ends_with(&format!("x{0} = {0}\n", cells - 1)),
            "torn: {text}"
        );
        let record = folder.path().join("saved.record.ron");
        if record.exists() {
            let text = fs::read_to_string(record).unwrap();
            sheaf::record::Record::from_text(&text, "saved.record.ron").unwrap();
        }
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"x = 1\n%save! saved.py\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert_nothing_unfinished(folder.path());
}
