//! Saving where someone else writes the same file: nothing of theirs is lost unless that is asked for.

use std::fs;
use std::path::{Path, PathBuf};

use sheaf::repl::Prompt;
use tempfile::TempDir;

use crate::prompt::{Paper, folder, session};
use crate::terminal::{ENTER, Terminal};
use crate::transcript::Transcript;

const NOTES: &str = "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\ny = 2\n";
const THEIRS: &str = "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\ny = 3\n";

/// A prompt that is typed at bit by bit, so that things happen in between.
struct Typed<'a> {
    prompt: Prompt<'a>,
    paper: &'a Paper,
    folder: PathBuf,
}

impl<'a> Typed<'a> {
    fn new(folder: &TempDir, paper: &'a Paper) -> Self {
        fs::write(folder.path().join("notes.py"), NOTES).unwrap();
        Self {
            prompt: Prompt::new(session(folder.path()), paper),
            paper,
            folder: folder.path().to_owned(),
        }
    }

    /// Types lines, in which `DIR` is the folder, and returns what is shown.
    fn types(&mut self, lines: &str) -> String {
        let name = self.folder.display().to_string();
        let lines = lines.replace("DIR", &name);
        self.prompt.run_lines(lines.as_bytes(), None).unwrap();
        self.paper.take().replace(&name, "DIR")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("notes.py")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

#[test]
fn what_changed_on_disk_since_it_was_opened_is_shown_and_not_overwritten() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    typed.types("%open DIR/notes.py\nz = 5\n");
    fs::write(typed.file(), THEIRS).unwrap();
    insta::assert_snapshot!(typed.types("%save\n%diff\n"), @r"
    --- DIR/notes.py as it was here
    +++ DIR/notes.py on disk
    @@ -4,3 +4,3 @@
     # COMMAND ----------
     
    -y = 2
    +y = 3
    error: DIR/notes.py has changed on disk since these cells were opened or saved: nothing was saved
    hint: `%diff` compares these cells with it; `%save!` overwrites it, `%open! DIR/notes.py` opens it instead, `%save NAME` keeps both
    DIR/notes.py has changed on disk since these cells were opened or saved
    --- DIR/notes.py
    +++ these cells
    @@ -4,3 +4,7 @@
     # COMMAND ----------
     
    -y = 3
    +y = 2
    +
    +# COMMAND ----------
    +
    +z = 5
    ");
    assert_eq!(typed.text(), THEIRS);
    // By another spelling of its name, too.
    let shown = typed.types("%save DIR/sessions/../notes.py\n");
    assert!(shown.contains("has changed on disk"), "{shown}");
    assert_eq!(typed.text(), THEIRS);
    insta::assert_snapshot!(typed.types("%save!\n%diff\n%save\n"), @r"
    saved 3 cells in DIR/notes.py
    cells 1, 2: not run here
    nothing to save
    saved 3 cells in DIR/notes.py
    cells 1, 2: not run here
    ");
    assert!(typed.text().ends_with("\nz = 5\n"));
    // Someone made the same change.
    typed.types("%delete 3\n");
    fs::write(typed.file(), NOTES).unwrap();
    assert_eq!(
        typed.types("%diff\n%save\n"),
        "nothing to save\nsaved 2 cells in DIR/notes.py\ncells 1, 2: not run here"
    );
}

#[test]
fn a_file_that_was_deleted_or_is_read_only_is_not_written_without_a_word() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    typed.types("%open DIR/notes.py\n");
    fs::remove_file(typed.file()).unwrap();
    insta::assert_snapshot!(typed.types("%save\n%diff\n"), @r"
    error: DIR/notes.py no longer exists: it was deleted or moved since these cells were opened or saved
    hint: `%save!` writes it again, `%save NAME` writes another file
    DIR/notes.py no longer exists: deleted or moved
    --- DIR/notes.py
    +++ these cells
    @@ -0,0 +1,6 @@
    +# Databricks notebook source
    +x = 1
    +
    +# COMMAND ----------
    +
    +y = 2
    ");
    assert!(!typed.file().exists());
    typed.types("%save!\n");
    assert_eq!(typed.text(), NOTES);

    let mut permissions = fs::metadata(typed.file()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(typed.file(), permissions).unwrap();
    insta::assert_snapshot!(typed.types("z = 5\n%save\n"), @r"
    error: DIR/notes.py is read-only
    hint: `%save NAME` writes another file; `%save!` replaces this one
    ");
    assert_eq!(typed.text(), NOTES);
    typed.types("%save!\n");
    assert!(typed.text().ends_with("\nz = 5\n"));
}

#[test]
fn a_file_that_came_meanwhile_is_not_overwritten_and_an_undone_open_goes_back_to_its_own_file() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    assert_eq!(typed.types("%diff\n"), "nothing to save");
    typed.types("a = 1\n");
    fs::write(folder.path().join("new.py"), "theirs = 1\n").unwrap();
    insta::assert_snapshot!(typed.types("%save DIR/new.py\n"), @r"
    error: DIR/new.py exists already
    hint: choose another name; `%save! DIR/new.py` replaces it
    ");
    let shown = typed.types("%save DIR/mine.py\n%open DIR/notes.py\n%undo\n%save\n%redo\n%run all\n%save\n");
    insta::assert_snapshot!(shown, @r"
    saved 1 cell in DIR/mine.py
    recorded the results in DIR/mine.record.ron
    opened DIR/notes.py: 2 cells, not run; %run all runs them
    undone: DIR/notes.py opened
    saved 1 cell in DIR/mine.py
    redone: DIR/notes.py opened
    [1] x = 1
    [2] y = 2
    saved 2 cells in DIR/notes.py
    recorded the results in DIR/notes.record.ron
    ");
    assert_eq!(typed.text(), NOTES);
    assert!(folder.path().join("mine.py").exists());
}

#[test]
fn jupyters_notebook_is_compared_by_its_cells() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    typed.types("a = 1\n%save DIR/j.ipynb\n");
    let file = folder.path().join("j.ipynb");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("a = 1", "a = 2")).unwrap();
    let shown = typed.types("%diff\n");
    assert!(
        shown.contains("\n-a = 2\n+a = 1") && !shown.contains('{'),
        "{shown}"
    );
    fs::write(&file, format!("{text}\n\n")).unwrap();
    insta::assert_snapshot!(typed.types("%save\n"), @r"
    the cells are the same; what Jupyter keeps beside them, such as outputs, differs
    error: DIR/j.ipynb has changed on disk since these cells were opened or saved: nothing was saved
    hint: `%diff` compares these cells with it; `%save!` overwrites it, `%open! DIR/j.ipynb` opens it instead, `%save NAME` keeps both
    ");
}

#[test]
fn an_opened_notebook_is_edited_before_it_has_run_and_a_whole_run_is_taken_back() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    let shown = typed.types(
        "%open DIR/notes.py\n%edit 2\ny = x + 1\n%edit 2\ny = = 2\n%edit 2\ny = x + 10\n%cells\n%run all\n%cells\n%undo\n\
         %cells\n%redo\n%edit 1\nx = 5\n%run stale\n%undo\n%undo\n%cells\n",
    );
    insta::assert_snapshot!(shown, @r"
    opened DIR/notes.py: 2 cells, not run; %run all runs them
    cell 2 is changed, not run; %run 2 runs it
    cell 2 is changed, not run; it does not parse yet, and %run 2 says why
    cell 2 is changed, not run; %run 2 runs it
    1  not run             x = 1
    2  not run             y = x + 10
    [1] x = 1
    [2] y = x + 10
    1  fresh  TIME  x = 1
    2  fresh  TIME  y = x + 10
    undone: cells 1, 2 run
    1  not run             x = 1
    2  not run             y = x + 10
    redone: cells 1, 2 run
    stale: cell 2; %run stale runs them
    [2] y = x + 10
    undone: cell 2 run
    stale: cell 2; %run stale runs them
    undone: cell 1 edited
    1  fresh  TIME  x = 1
    2  fresh  TIME  y = x + 10
    ");
}

#[test]
fn a_cell_that_failed_keeps_the_text_of_its_next_try() {
    let (folder, paper) = (folder(), Paper::default());
    let mut typed = Typed::new(&folder, &paper);
    fs::write(
        typed.file(),
        "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\ny = x\n",
    )
    .unwrap();
    let shown = typed.types("%open DIR/notes.py\n%run 2\n%edit 2\n# more\ny = x + 1\n%cells\n%run all\ny\n");
    insta::assert_snapshot!(shown, @r"
    opened DIR/notes.py: 2 cells, not run; %run all runs them
    [2] y = x
    error: `x` is bound by cell 1, which has not run
     --> cell 2, line 1, column 1
      |
    1 | y = x
      | ^^^^^
    hint: run cell 1 first
    error: `x` is bound by cell 1, which has not run
     --> cell 2, line 1, column 1
      |
    1 | # more
      | ^^^^^^
    hint: run cell 1 first
    cell 2 has the new text; %undo brings back the old one
    1  not run             x = 1
    2  failed              y = x + 1
    [1] x = 1
    [2] y = x + 1
    2
    ");
}

/// Waits for a prompt with this number.
fn ready(running: &mut crate::terminal::Running, number: usize) {
    let label = format!("\n[{number}]");
    running.wait_until(move |screen| screen.ends_with(&label));
}

#[test]
fn a_restored_session_does_not_overwrite_what_was_written_after_it_was_killed() {
    let mut running = Terminal::new().file("notes.py", NOTES).start(&["notes.py"]);
    running.wait_for("opened notes.py: 2 cells, not run; %run all runs them");
    ready(&mut running, 3);
    running.send("z = 5").send(ENTER);
    ready(&mut running, 4);
    running.kill();
    let folder = running.path().to_owned();
    fs::write(folder.join("notes.py"), THEIRS).unwrap();
    let mut next = Terminal::new().folder(&folder).start(&["notes.py"]);
    next.wait_for("with 3 cells was not closed properly. Restore it");
    next.send(ENTER)
        .wait_for("has changed on disk since; %diff shows how");
    ready(&mut next, 4);
    next.send("%save").send(ENTER).wait_for("nothing was saved");
    assert_eq!(fs::read_to_string(folder.join("notes.py")).unwrap(), THEIRS);
}

#[test]
fn a_notebook_is_opened_at_the_prompt_and_what_is_neither_it_nor_a_command_is_named() {
    let mut running = Terminal::new().start(&["sessions/titanic_train.py"]);
    running
        .wait_for("Type %help for help")
        .wait_for("opened sessions/titanic_train.py: 7 cells");
    ready(&mut running, 8);
    running.send("%quit").send(ENTER);
    assert_eq!(running.wait_exit(), 0);

    let transcript = Transcript::new()
        .file("notes.py", NOTES)
        .stdin("%run all\nx + y\n%quit\n")
        .sheaf(["notes.py"])
        .stdout("opened notes.py: 2 cells, not run; %run all runs them\n[1] x = 1\n[2] y = 2\n3\n")
        .exits(0)
        .sheaf(["note.py"])
        .stderr("error: there is no notebook or command \"note.py\"\nhint: did you mean `sheaf notes.py`?\n")
        .exits(3)
        .sheaf(["rnu", "notes.py"])
        .stderr("error: there is no notebook or command \"rnu\"\nhint: did you mean `sheaf run`?\n")
        .exits(3)
        .sheaf(["lessons/first.py"])
        .stderr(
            "error: there is no notebook or command \"lessons/first.py\"\n\
             hint: to create it, start `sheaf` and save with `%save lessons/first.py`; `sheaf --help` lists the commands\n",
        )
        .exits(3)
        .sheaf(["notes.py", "more.py"])
        .stderr("error: the prompt opens one notebook, but was also given \"more.py\"\nhint: `sheaf --help` lists the commands\n")
        .exits(2);
    assert_eq!(transcript.read("notes.py"), NOTES.as_bytes());
}

const STUDENT: &str = r#"{
 "cells": [
  {"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [],
   "source": ["import pandas as pd\n", "df = pd.read_csv('x.csv')"]},
  {"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": ["print(1)"]},
  {"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": ["%matplotlib inline"]}
 ],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5
}
"#;

#[test]
fn what_cannot_run_in_a_students_notebook_is_listed_when_it_is_opened_and_before_it_runs() {
    let list = "\
2 cells cannot run as they are:
  cell 1, line 1: import pandas as pd: frames are built in; write read_csv(\"/mnt/data/x.csv\")
  cell 1, line 2: df = pd.read_csv('x.csv'): write read_csv(\"/mnt/data/x.csv\")
  cell 3, line 1: %matplotlib inline: leave it out: it only works in IPython
";
    let transcript = Transcript::new()
        .file("student.ipynb", STUDENT)
        .sheaf(["student.ipynb"])
        .stdout(&format!(
            "opened student.ipynb: 3 cells, not run; %run all runs them\n{list}"
        ))
        .exits(0);
    let output = transcript.run(&["run", "student.ipynb"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with(&format!("{list}\n")), "{told}");
    assert_eq!(output.status.code(), Some(1));
}

/// Runs a command whose output nobody reads, and returns its exit code and what it says.
fn unread(folder: &Path, arguments: &[&str], stdin: &str) -> (Option<i32>, String) {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_leaves_ends_every_command_quietly() {
    let folder = folder();
    let train = "sessions/titanic_train.py";
    let commands: [&[&str]; 10] = [
        &["run", train],
        &["run", train, "--json"],
        &["run", train, "--check"],
        &["show", train],
        &["convert", train, "--to", "html"],
        &["test", train],
        &["cache"],
        &["completions", "bash"],
        &["present", train, "--auto", "0"],
        &[],
    ];
    for arguments in commands {
        let found = unread(folder.path(), arguments, "1 + 1\n%help\n");
        assert_eq!(found, (Some(141), String::new()), "sheaf {}", arguments.join(" "));
    }
    // The parser of the command line writes help itself, and has nothing more to do.
    for arguments in [["--help"].as_slice(), &["help", "run"], &["run", "--help"]] {
        let found = unread(folder.path(), arguments, "");
        assert_eq!(found, (Some(0), String::new()), "sheaf {}", arguments.join(" "));
    }
}
