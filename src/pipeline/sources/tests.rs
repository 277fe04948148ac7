//! What notebooks reach.

use std::fs;

use super::Sources;
use crate::error::Problem as _;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn a_notebook_reaches_what_it_includes_runs_and_loads() {
    let folder = folder(&[
        (
            "sessions/main.py",
            "# Databricks notebook source\n# MAGIC %run ./setup $day=\"1\"\n\n# COMMAND ----------\n\nload(\"lib/x.star\", \"f\")\ndef g():\n    return dbutils.notebook.run(\"../jobs/child.py\", 60)\ndbutils.widgets.text(\"day\", \"1\")\n",
        ),
        (
            "sessions/setup.py",
            "# Databricks notebook source\ndbutils.widgets.text(\"limit\", \"1\")\n",
        ),
        (
            "jobs/child.py",
            "# Databricks notebook source\nname = \"x\"\ndbutils.notebook.run(name)\ndbutils.notebook.run(\"/mnt/out/x\")\n",
        ),
        ("lib/x.star", "load(\"./y.star\", \"h\")\ndef f(): return h()\n"),
        ("lib/y.star", "def h(): return 1\n"),
        ("sessions/other.py", "# Databricks notebook source\nx = 1\n"),
    ]);
    let closure = Sources::new(folder.path()).closure("sessions/main").unwrap();
    let files: Vec<&str> = closure.files().map(|(path, _)| path).collect();
    let expected = [
        "jobs/child.py",
        "lib/x.star",
        "lib/y.star",
        "sessions/main.py",
        "sessions/setup.py",
    ];
    assert_eq!(files, expected);
    let widgets: Vec<&str> = closure.widgets().iter().map(String::as_str).collect();
    assert_eq!(widgets, ["day", "limit"]);
    let loose: Vec<String> = closure.loose().iter().map(ToString::to_string).collect();
    assert_eq!(
        loose,
        [
            "jobs/child.py:3:1: which notebook this runs is only known when it runs, so that it cannot be published",
            "jobs/child.py:4:1: \"/mnt/out/x\" is not in the workspace's folder",
        ]
    );
}

#[test]
fn what_is_wrong_in_a_notebook_is_found_in_its_file() {
    let folder = folder(&[
        (
            "a.py",
            "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\n# MAGIC %run ./setip\n\n# COMMAND ----------\n\ny = = 2\n",
        ),
        ("setup.py", "# Databricks notebook source\nx = 1\n"),
    ]);
    let sources = Sources::new(folder.path());
    let closure = sources.closure("a.py").unwrap();
    let wrong: Vec<String> = closure
        .wrong()
        .iter()
        .map(|finding| format!("{finding} | {}", finding.hint.clone().unwrap_or_default()))
        .collect();
    assert_eq!(
        wrong,
        [
            "a.py:10:5: this cannot be parsed: unexpected symbol '=' | run the notebook to see more",
            "a.py:6:14: there is no file \"./setip\" | did you mean \"setup.py\"?",
        ]
    );
    let error = sources.closure("../x.py").unwrap_err();
    assert_eq!(error.to_string(), "\"../x.py\" is not in the workspace's folder");
    let error = sources.closure("setpu.py").unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean \"setup.py\"?");
}
