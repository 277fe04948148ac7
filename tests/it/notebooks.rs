//! Notebook files through the program: shown, converted, and refused.

use std::fs::{self, File};

use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# Databricks notebook source
# MAGIC %md
# MAGIC # Ages

# COMMAND ----------

# DBTITLE 1,Load
ages = [22, 38]
len(ages)

# COMMAND ----------

# MAGIC %fs ls /mnt/data
";

const AS_PERCENT: &str = "\
# %% [markdown]
# # Ages

# %% Load
ages = [22, 38]
len(ages)

# %%
# MAGIC %fs ls /mnt/data
";

/// Converts `name` and returns the bytes on standard output.
fn converted(transcript: Transcript, name: &str, format: &str) -> (Transcript, Vec<u8>) {
    let transcript = transcript.sheaf(["convert", name, "--to", format]);
    let output = transcript.output();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    (transcript, output.stdout)
}

#[test]
fn show_prints_numbered_cells() {
    Transcript::new()
        .file("ages.py", NOTEBOOK)
        .env("TERM", "xterm-256color")
        .sheaf(["show", "ages.py"])
        .stdout(
            "\
[1] %md
# Ages

[2] Load
ages = [22, 38]
len(ages)

[3] %fs
ls /mnt/data
",
        )
        .exits(0)
        .file("empty.py", "")
        .sheaf(["show", "empty.py"])
        .exits(0)
        .file("hostile.py", "x = '\u{1b}[31m'\n")
        .sheaf(["show", "hostile.py"])
        .stdout("[1]\nx = '\\u{1b}[31m'\n")
        .exits(0);
}

#[test]
fn convert_writes_the_other_format_and_back() {
    Transcript::new()
        .file("ages.py", NOTEBOOK)
        .sheaf(["convert", "ages.py", "--to", "percent"])
        .stdout(AS_PERCENT)
        .exits(0)
        .file("cells.py", AS_PERCENT)
        .sheaf(["convert", "cells.py", "--to", "databricks"])
        .stdout(NOTEBOOK)
        .exits(0);
}

#[test]
fn convert_replaces_a_file_only_when_told() {
    let transcript = Transcript::new()
        .file("ages.py", NOTEBOOK)
        .sheaf(["convert", "ages.py", "--to", "percent", "--out", "new.py"])
        .exits(0)
        .sheaf(["convert", "ages.py", "--to", "databricks", "--out", "new.py"])
        .stderr(
            "\
error: \"new.py\" exists already
hint: choose another name, or pass --overwrite
",
        )
        .exits(1);
    assert_eq!(transcript.read("new.py"), AS_PERCENT.as_bytes());
    let transcript = transcript
        .sheaf([
            "convert",
            "ages.py",
            "--to",
            "databricks",
            "--out",
            "new.py",
            "--overwrite",
        ])
        .exits(0);
    assert_eq!(transcript.read("new.py"), NOTEBOOK.as_bytes());
    assert_eq!(fs::read_dir(transcript.path()).unwrap().count(), 2);
}

#[test]
fn the_notebooks_of_this_repository_survive_every_conversion() {
    let mut transcript = Transcript::new().workspace();
    let entries = fs::read_dir(transcript.path().join("sessions")).unwrap();
    let names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.strip_suffix(".py").is_some())
        .collect();
    assert!(names.len() >= 4, "{names:?}");
    for name in names {
        let name = format!("sessions/{name}");
        let content = String::from_utf8(transcript.read(&name)).unwrap();
        let (next, same) = converted(transcript, &name, "databricks");
        assert_eq!(String::from_utf8(same).unwrap(), content, "{name}");
        let (next, percent) = converted(next, &name, "percent");
        let (next, back) = converted(next.file("cells.py", percent), "cells.py", "databricks");
        assert_eq!(String::from_utf8(back).unwrap(), content, "{name}");
        transcript = next;
    }
}

#[test]
fn odd_files_are_written_back_byte_for_byte() {
    let odd = [
        ("databricks", "# Databricks notebook source"),
        (
            "databricks",
            "\u{feff}# Databricks notebook source\r\nx = 'é'\r\n\r\n# COMMAND ----------  \r\n# MAGIC",
        ),
        (
            "databricks",
            "# Databricks notebook source\n# COMMAND ----------\n# COMMAND ----------\n\n\n",
        ),
        (
            "databricks",
            "# Databricks notebook source\n# MAGIC %nothing like it\nx\n# DBTITLE 2,no\r",
        ),
        (
            "percent",
            "\n#%%\r# %%\n\n\n# %% a [markdown] b=\"c\n\"\"\"\n# %%",
        ),
        ("percent", "#!/usr/bin/env sheaf\n# ---\n# a: b\n# ---\n# %%"),
    ];
    let mut transcript = Transcript::new();
    for (format, text) in odd {
        let (next, output) = converted(transcript.file("odd.py", text), "odd.py", format);
        assert_eq!(String::from_utf8(output).unwrap(), text);
        transcript = next;
    }
}

#[test]
fn what_is_no_notebook_exits_with_3() {
    let transcript = Transcript::new()
        .file("train.py", "x = 1\n")
        .file("latin.py", b"x = 1\ny = '\xe9'\n")
        .file("old.ipynb", "{}")
        .sheaf(["show", "trian.py"])
        .stderr("error: there is no notebook \"trian.py\"\nhint: did you mean \"train.py\"?\n")
        .exits(3)
        .sheaf(["run", "trian.py"])
        .stderr("error: there is no notebook \"trian.py\"\nhint: did you mean \"train.py\"?\n")
        .exits(3)
        .sheaf(["show", "."])
        .stderr("error: \".\" is a folder, not a notebook\nhint: name one of the files in it\n")
        .exits(3)
        .sheaf(["convert", "latin.py", "--to", "percent"])
        .stderr(
            "\
error: \"latin.py\" is not UTF-8 text: line 2 has byte 0xe9, at offset 11
hint: save it as UTF-8 in your editor
",
        )
        .exits(3)
        .sheaf(["run", "old.ipynb"])
        .stderr(
            "\
error: \"old.ipynb\" is not a Jupyter notebook: it has no `nbformat`, a number
hint: check that it is the right file; Sheaf's own notebooks end in .py
",
        )
        .exits(3)
        .file("n.sql", "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n-- MAGIC %md x\n")
        .sheaf(["run", "n.sql"])
        .stderr(
            "\
error: \"n.sql\" is a Databricks notebook whose language is SQL
hint: set its default language to Python in Databricks, which adds a magic to the other cells, and export it again
",
        )
        .exits(3);
    File::create(transcript.path().join("data.py"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    transcript
        .sheaf(["run", "data.py"])
        .stderr(
            "\
error: \"data.py\" is too big for a notebook: 100 MiB or more, and the limit is 16 MiB
hint: check that it is a notebook; data belongs in a file that a cell reads
",
        )
        .exits(3);
}

#[test]
fn an_unknown_format_is_wrong_usage_and_lists_the_known() {
    Transcript::new()
        .file("a.py", "x = 1\n")
        .sheaf(["convert", "a.py", "--to", "docx"])
        .stderr(
            "\
error: invalid value 'docx' for '--to <FORMAT>'
  [possible values: databricks, percent, html, ipynb, markdown]

For more information, try '--help'.
",
        )
        .exits(2);
}

#[test]
fn an_unknown_magic_fails_only_when_it_is_run() {
    let transcript = Transcript::new().file(
        "scala.py",
        "# Databricks notebook source\n# MAGIC %scala\n# MAGIC val x = 1\n",
    );
    let output = transcript.sheaf(["run", "scala.py"]).output();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        errors,
        "1 cell cannot run as it is:\n  cell 1, line 1: %scala: cells are Python-shaped code or SQL; rewrite it as one, or as \
         %sql\n\nerror: there is no cell kind `%scala`\n --> scala.py:3:9 (cell 1, line 1, column 1)\n  |\n\
         3 | val x = 1\n  | ^^^^^^^^^\nhint: cells are Python-shaped code or SQL; rewrite it as one, or as %sql\n"
    );
}
