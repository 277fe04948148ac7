//! `dbutils.notebook.run` and `exit`, values of tasks, libraries: how notebooks are put together.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sheaf::job::Options;
use sheaf::notebook::Cell;
use sheaf::render::{Style, output};
use sheaf::session::{MemoryTaskValues, State, TaskValues as _};
use sheaf::workspace::Workspace;

use crate::live::{Live, open};
use crate::transcript::Transcript;

const MAIN: &str = "\
# Databricks notebook source
shared = \"of main\"
dbutils.widgets.text(\"day\", \"monday\")

# COMMAND ----------

result = dbutils.notebook.run(\"./lib/child\", 0, {\"day\": dbutils.widgets.get(\"day\"), \"times\": 2})
result

# COMMAND ----------

shared
";

const CHILD: &str = "\
# %%
dbutils.widgets.text(\"day\", \"sunday\")
dbutils.widgets.text(\"times\", \"1\")
shared = \"of child\"
print(\"not shown\")
# %% Answer
if dbutils.widgets.get(\"day\") == \"friday\":
    fail(\"no work on friday\")
dbutils.notebook.exit(dbutils.widgets.get(\"day\") * int(dbutils.widgets.get(\"times\")))
# %%
fail(\"below the end\")
";

#[test]
fn a_child_has_a_scope_of_its_own_and_gives_back_a_text() {
    Transcript::new()
        .file("main.py", MAIN)
        .file("lib/child.py", CHILD)
        .sheaf(["run", "main.py"])
        .stdout(
            "\
[1] shared = \"of main\"
([time])

[2] result = dbutils.notebook.run(\"./lib/child\", 0, {\"day\": dbut…
ran lib/child.py
\"mondaymonday\"
([time])

[3] shared
\"of main\"
([time])

parameters: day = \"monday\" (default)
main.py, [date]: 3 cells in [time]
",
        )
        .exits(0);
}

#[test]
fn a_failing_child_fails_its_caller_and_names_the_place() {
    Transcript::new()
        .file("main.py", MAIN)
        .file("lib/child.py", CHILD)
        .sheaf(["run", "main.py", "-p", "day=friday"])
        .stdout(
            "\
[1] shared = \"of main\"
([time])

[2] result = dbutils.notebook.run(\"./lib/child\", 0, {\"day\": dbut…
([time])

parameters: day = \"friday\" (given)
main.py, [date]: failed in cell 2 after [time]
",
        )
        .stderr(
            "\
error: no work on friday
 --> lib/child.py:8:5 (cell 2 \"Answer\", line 2, column 5)
  |
8 |     fail(\"no work on friday\")
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^
  in dbutils.notebook.run, called at main.py:7:10 (cell 2, line 1, column 10)
not run: cell 3
",
        )
        .exits(1);
}

#[test]
fn wrong_calls_say_what_to_do() {
    let mut live = Live::new();
    fs::write(live.folder().join("child.py"), "dbutils.widgets.get(\"day\")\n").unwrap();
    fs::write(live.folder().join("empty.py"), "x = 1\n").unwrap();
    let cells = [
        "dbutils.notebook.run(\"./chidl\")",
        "dbutils.notebook.run(\"./child\")",
        "dbutils.notebook.run(\"./child\", 0, {\"day\": \"x\"})",
        "dbutils.notebook.run(\"./empty\", timeoutSeconds=5.5, arguments={\"day\": [\"a\", 1]})",
        "dbutils.notebook.run(\"./empty\", -1)",
        "dbutils.notebook.run(\"./empty\", 1, timeoutSeconds=1)",
        "dbutils.notebook.run(\"./empty\", 0, {\"day\": {}})",
        "dbutils.notebook.run(\"./empty\", 0, {1: \"a\"})",
        "dbutils.notebook.run(\"./empty\", 0, [\"a\"])",
        "dbutils.notebook.exit({})",
    ];
    let told: Vec<String> = cells
        .iter()
        .map(|cell| format!("> {cell}\n{}", live.enter(cell)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    > dbutils.notebook.run("./chidl")
    error: there is no notebook `./chidl`
    hint: did you mean `./child`?
    > dbutils.notebook.run("./child")
    error: no widget named `day` is declared
    hint: declare it in a cell above: dbutils.widgets.text("day", "default")
    > dbutils.notebook.run("./child", 0, {"day": "x"})
    ran child.py
    ""
    > dbutils.notebook.run("./empty", timeoutSeconds=5.5, arguments={"day": ["a", 1]})
    warning: `empty.py` neither declares nor reads a widget named `day`; that argument is ignored
    ran empty.py
    ""
    > dbutils.notebook.run("./empty", -1)
    error: timeout_seconds must be a number of seconds, not -1
    hint: give 0 for no limit, or a positive number
    > dbutils.notebook.run("./empty", 1, timeoutSeconds=1)
    error: dbutils.notebook.run was given both timeout_seconds and timeoutSeconds, which are the same parameter
    hint: give timeout_seconds alone
    > dbutils.notebook.run("./empty", 0, {"day": {}})
    error: dbutils.notebook.run takes strings, numbers and bools, but arguments["day"] is of type dict
    hint: json.encode(value) converts it to a string, and json.decode(text) converts it back
    > dbutils.notebook.run("./empty", 0, {1: "a"})
    error: argument names must be strings, not 1
    hint: write it like this: {"day": "2026-01-31"}
    > dbutils.notebook.run("./empty", 0, ["a"])
    error: the arguments of a notebook must be a dict of names and values, not of type list
    hint: write it like this: {"day": "2026-01-31"}
    > dbutils.notebook.exit({})
    error: dbutils.notebook.exit takes strings, numbers and bools, but value is of type dict
    hint: json.encode(value) converts it to a string, and json.decode(text) converts it back
    "#);
}

#[test]
fn cycles_and_depth_are_bounded() {
    let transcript = Transcript::new()
        .file("a.py", "dbutils.notebook.run(\"./b\")\n")
        .file("b.py", "# %%\n%run ./c\n")
        .file("c.py", "dbutils.notebook.run(\"./a\")\n");
    let text = String::from_utf8(transcript.run(&["run", "a.py"]).stderr).unwrap();
    assert!(
        text.contains("the notebook runs itself: a.py → b.py → c.py → a.py"),
        "{text}"
    );
    let mut deep = Transcript::new();
    for number in 0..10 {
        let next = number + 1;
        deep = deep.file(
            &format!("n{number}.py"),
            format!("x = dbutils.notebook.run(\"./n{next}\")\ndbutils.notebook.exit(x)\n"),
        );
    }
    deep = deep.file("n10.py", "dbutils.notebook.exit(\"the end\")\n");
    let output = deep.run(&["run", "n2.py"]);
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("exit: the end")
    );
    let text = String::from_utf8(deep.run(&["run", "n1.py"]).stderr).unwrap();
    assert!(
        text.contains("notebooks run each other more than 8 levels deep: n1.py → n2.py → "),
        "{text}"
    );
}

#[test]
fn a_timeout_stops_the_child_and_ctrl_c_both() {
    let mut live = Live::new();
    let endless = "for i in range(100000000):\n    x = i\n";
    fs::write(live.folder().join("slow.py"), endless).unwrap();
    let outer = "dbutils.notebook.run(\"./slow\", 0)";
    fs::write(live.folder().join("outer.py"), outer).unwrap();
    let started = Instant::now();
    assert_eq!(
        live.enter("dbutils.notebook.run(\"./slow\", 0.3)"),
        "error: `slow.py` did not finish within 0.3 s\n\
         hint: give it a larger timeout_seconds; 0 is no limit"
    );
    assert_eq!(
        live.enter("dbutils.notebook.run(\"./outer\", 0.3)"),
        "error: `outer.py` did not finish within 0.3 s\n\
         hint: give it a larger timeout_seconds; 0 is no limit"
    );
    live.interrupt_after(Duration::from_millis(300));
    assert_eq!(
        live.enter("dbutils.notebook.run(\"./slow\", 60)"),
        "error: interrupted"
    );
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_a_child_reads_and_its_own_file_make_the_caller_stale() {
    let mut live = Live::new();
    live.data("in.csv", "x\n1\n");
    let child = live.folder().join("child.py");
    let text = "df = read_csv(\"/mnt/data/in.csv\")\ndbutils.notebook.exit(df.height())\n";
    fs::write(&child, text).unwrap();
    let [id, next] = live.cells(["n = dbutils.notebook.run(\"./child\")", "n"]);
    assert_eq!(live.run_all(), ["ran child.py", "\"1\""]);
    live.data("in.csv", "x\n1\n22\n");
    assert_eq!(live.states(), [State::Stale, State::Stale]);
    live.run(id);
    assert_eq!(live.run(next), "\"2\"");
    fs::write(&child, format!("{text}# changed\n")).unwrap();
    assert_eq!(live.states(), [State::Stale, State::Stale]);
    live.run_all();
    assert_eq!(live.states(), [State::Fresh, State::Fresh]);
}

#[test]
fn exit_ends_a_run_with_success_and_the_cells_below_are_not_run() {
    let notebook = "\
# %%
def leave():
    dbutils.notebook.exit(7)
x = 1
leave()
y = 2
# %%
fail(\"below\")
";
    let transcript = Transcript::new()
        .file("a.py", notebook)
        .file("b.py", "# %%\n%run ./a\n# %%\nfail(\"below\")\n");
    let transcript = transcript
        .sheaf(["run", "a.py"])
        .stdout("[1] def leave():\n([time])\n\nexit: 7\na.py, [date]: 1 cell in [time]\n")
        .exits(0)
        // It ends the including notebook, too.
        .sheaf(["run", "b.py"])
        .stdout("[1] ./a\n([time])\n\nexit: 7\nb.py, [date]: 1 cell in [time]\n")
        .exits(0);
    let output = transcript.run(&["run", "a.py", "--json"]);
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let states: Vec<&str> = lines.iter().map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "not_run", "ok"]);
    assert_eq!(
        (&lines[2]["notebook"], &lines[2]["exit"]),
        (&json!("a.py"), &json!("7"))
    );
}

#[test]
fn what_ends_a_notebook_or_runs_another_is_never_served_from_the_cache() {
    let transcript = Transcript::new()
        .file("sheaf.ron", "(mounts: {})")
        .file(
            "a.py",
            "# %%\nx = 1\n# %%\nr = dbutils.notebook.run(\"./b\")\n# %%\ndbutils.notebook.exit(x)\n# %%\nfail(\"below\")\n",
        )
        .file(
            "b.py",
            "dbutils.fs.mkdirs(\"file:out\")\ndbutils.fs.put(\"file:out/b.txt\", \"b\", overwrite=True)\n",
        );
    for _ in 0..2 {
        let output = transcript.run(&["run", "a.py"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("\nran b.py\n") && text.contains("\nexit: 1\na.py, "),
            "{text}"
        );
        assert_eq!(transcript.read("out/b.txt"), b"b");
        fs::remove_file(transcript.path().join("out/b.txt")).unwrap();
    }
}

#[test]
fn exit_at_the_prompt_ends_the_cell_and_keeps_what_it_bound() {
    Transcript::new()
        .sheaf([])
        .stdin("x = 1\n%python\nif x == 1:\n    dbutils.notebook.exit(\"done\")\n\nx\n%run all\n")
        .stdout("exit: done\n1\n[1] x = 1\n[2] if x == 1:\nexit: done\nnot run: 3\n")
        .exits(0);
    let mut live = Live::new();
    assert_eq!(live.enter("a = [1, 2]\ndbutils.notebook.exit(\"\")\nb = 3"), "");
    assert_eq!(live.session.exit(live.session.ids()[0]), Some(""));
    assert_eq!(live.enter("a"), "[1, 2]");
    assert!(live.enter("b").contains("there is no `b`"));
}

/// Runs cells as a task of a job; returns what they show.
fn in_job(values: &Arc<MemoryTaskValues>, cells: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        task_values: Some(Arc::clone(values) as Arc<_>),
        ..Options::default()
    };
    let mut session = open(&Workspace::find(folder.path()).unwrap(), &options);
    let mut run = |cell: &&str| {
        let id = session.append(Cell::from_prompt(cell));
        let mut shown = Vec::new();
        match session.run(id, |item| shown.push(output(&item, &Style::default()))) {
            Ok(()) => shown.join("\n"),
            Err(error) => format!("{error} | {}", error.hint.as_deref().unwrap_or_default()),
        }
    };
    cells.iter().map(&mut run).collect()
}

#[test]
fn tasks_of_a_job_leave_each_other_values() {
    let values = Arc::new(MemoryTaskValues::new("score"));
    values.leave("load", "rows", json!({"n": 891, "parts": [1.5, "a", null, true]}));
    let told = in_job(
        &values,
        &[
            "dbutils.jobs.taskValues.get(\"load\", \"rows\", debugValue=0)",
            "dbutils.jobs.taskValues.get(taskKey=\"load\", key=\"cols\", default=12)",
            "dbutils.jobs.taskValues.get(\"load\", \"cols\", debugValue=3)",
            "dbutils.jobs.taskValues.set(key=\"done\", value=[1, {\"a\": None}])",
            "dbutils.jobs.taskValues.get(\"score\", \"done\")",
        ],
    );
    assert_eq!(
        told,
        [
            "{\"n\": 891, \"parts\": [1.5, \"a\", None, True]}",
            "12",
            "the task `load` has set no value `cols` | check that the task runs before this one and sets it, or give a \
             default",
            "",
            "[1, {\"a\": None}]",
        ]
    );
    assert_eq!(values.get("score", "done"), Some(json!([1, {"a": null}])));
}

#[test]
fn outside_a_job_values_of_tasks_are_those_to_try_with() {
    let mut live = Live::new();
    let cells = [
        "dbutils.jobs.taskValues.get(\"load\", \"rows\", default=1, debugValue=[2])",
        "dbutils.jobs.taskValues.get(\"load\", \"rows\", default=1)",
        "dbutils.jobs.taskValues.set(\"rows\", {\"a\": 1})",
        "dbutils.jobs.taskValues.set(\"rows\", frame({\"x\": [1]}))",
        "dbutils.jobs.taskValues.set(\"rows\", \"x\" * 49151)",
    ];
    let told: Vec<String> = cells.iter().map(|cell| live.enter(cell)).collect();
    assert_eq!(
        told,
        [
            "[2]",
            "error: this notebook is not running as a task of a job, and dbutils.jobs.taskValues.get has no debugValue for `rows`\n\
             hint: give a value for runs outside a job: debugValue=0",
            "",
            "error: the task value `rows` cannot be written as JSON: it is of type frame\n\
             hint: set strings, numbers, bools, lists or dicts; write a frame to a mount and set its path",
            "error: the task value `rows` takes 49153 bytes as JSON, and 49152 is the most\n\
             hint: write it to a file on a mount, and set the file's path",
        ]
    );
}

#[test]
fn libraries_load_libraries_and_all_of_them_count_as_read() {
    let mut live = Live::new();
    let lib = live.folder().join("lib");
    fs::create_dir_all(lib.join("deep")).unwrap();
    let write = |name: &str, text: &str| fs::write(lib.join(name), text).unwrap();
    write(
        "clean.star",
        "load(\"./deep/by.star\", \"by\")\ndef tidy(x):\n    return x * by\n",
    );
    write("deep/by.star", "load(\"../one.star\", \"one\")\nby = one + 1\n");
    write("one.star", "one = 1\n");
    live.cells([
        "load(\"lib/clean.star\", \"tidy\")",
        "tidy(10)",
        "load(\"lib/deep/by.star\", \"by\")\nby",
        "1",
    ]);
    let fresh = [State::Fresh; 4];
    assert_eq!(live.run_all(), ["", "20", "2", "1"]);
    assert_eq!(live.states(), fresh);
    // The second time, what is loaded already is told as read all the same.
    live.run_all();
    write("one.star", "one = 100\n");
    assert_eq!(
        live.states(),
        [State::Stale, State::Stale, State::Stale, State::Fresh]
    );
    assert_eq!(live.run_all(), ["", "1010", "101", "1"]);
    assert_eq!(live.states(), fresh);
}

#[test]
fn a_library_is_found_from_the_workspace_or_from_the_notebook() {
    Transcript::new()
        .file("sheaf.ron", "(mounts: {})")
        .file("lib/a.star", "where = \"workspace\"\n")
        .file("sessions/lib/a.star", "where = \"notebook\"\n")
        .file("sessions/n.py", "# %%\nload(\"lib/a.star\", \"where\")\nprint(where)\n# %%\nload(\"./lib/a.star\", \"where\")\nprint(where)\n")
        .file("lib/loop.star", "load(\"../lib/loop.star\", \"x\")\nx = 1\n")
        .file("lib/wrong.star", "def f(x):\n    y = x + 1\n    return y\n\ndef g(x):\n    return f(x)\n")
        .file(
            "wrong.py",
            "# %%\nload(\"lib/wrong.star\", \"g\")\n# %%\ng(\"a\")\n",
        )
        .file("loop.py", "load(\"lib/loop.star\", \"x\")\n")
        .file("none.py", "load(\"lib/none.star\", \"x\")\n")
        .sheaf(["run", "sessions/n.py"])
        .stdout("[1] load(\"lib/a.star\", \"where\")\nworkspace\n([time])\n\n[2] load(\"./lib/a.star\", \"where\")\nnotebook\n([time])\n\nsessions/n.py, [date]: 2 cells in [time]\n")
        .exits(0)
        .sheaf(["run", "wrong.py"])
        .stdout("[1] load(\"lib/wrong.star\", \"g\")\n([time])\n\n[2] g(\"a\")\n([time])\n\nwrong.py, [date]: failed in cell 2 after [time]\n")
        .stderr(
            "\
error: operation `+` not supported for types `string` and `int`
 --> lib/wrong.star:2:9
  |
2 |     y = x + 1
  |         ^^^^^
  in f, called at lib/wrong.star:6:12
  in g, called at wrong.py:4:1 (cell 2, line 1, column 1)
",
        )
        .exits(1)
        .sheaf(["run", "loop.py"])
        .stdout("[1] load(\"lib/loop.star\", \"x\")\n([time])\n\nloop.py, [date]: failed in cell 1 after [time]\n")
        .stderr(
            "\
error: `lib/loop.star` loads itself
 --> lib/loop.star:1:1
  |
1 | load(\"../lib/loop.star\", \"x\")
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: move what both files need into a third one, and load that
",
        )
        .exits(1)
        .sheaf(["run", "none.py"])
        .stdout("[1] load(\"lib/none.star\", \"x\")\n([time])\n\nnone.py, [date]: failed in cell 1 after [time]\n")
        .stderr(
            "\
error: cannot load `lib/none.star`: it does not exist
 --> none.py:1:1 (cell 1, line 1, column 1)
  |
1 | load(\"lib/none.star\", \"x\")
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: give the path from the workspace's folder, \"lib/x.star\", or from the notebook's, \"./x.star\"
",
        )
        .exits(1);
}
