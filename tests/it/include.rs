//! `%run ./other`: another notebook's cells run here, and their bindings join this scope.

use std::fs;
use std::time::Duration;

use sheaf::session::State;

use crate::live::Live;
use crate::transcript::Transcript;

const SETUP: &str = "\
# Databricks notebook source
# MAGIC %md
# MAGIC # What every notebook needs

# COMMAND ----------

# DBTITLE 1,Data
dbutils.widgets.text(\"least\", \"0\")
df = frame({\"x\": [1, 2, 3]}).filter(\"x > \" + dbutils.widgets.get(\"least\"))
print(\"rows:\", df.height())

# COMMAND ----------

# DBTITLE 1,Functions
def scale(x):
    return x * factor
";

const MAIN: &str = "\
# Databricks notebook source
factor = 10

# COMMAND ----------

# MAGIC %run ./lib/setup

# COMMAND ----------

# MAGIC %sql SELECT sum(x) AS total FROM df

# COMMAND ----------

scale(df.height())
";

#[test]
fn bindings_of_the_other_notebook_join_the_scope() {
    Transcript::new()
        .file("main.py", MAIN)
        .file("lib/setup.py", SETUP)
        .sheaf(["run", "main.py"])
        .stdout(
            "\
[1] factor = 10
([time])

[2] ./lib/setup
rows: 3
([time])

[3] SELECT sum(x) AS total FROM df
shape: (1, 1)
┌───────┐
│ total │
│   i64 │
├───────┤
│     6 │
└───────┘
([time])

[4] scale(df.height())
30
([time])

parameters: least = \"0\" (default)
main.py, [date]: 4 cells in [time]
",
        )
        .exits(0);
}

#[test]
fn parameters_reach_widgets_of_the_other_notebook() {
    let run = |line: &str| MAIN.replace("%run ./lib/setup", line);
    let transcript = Transcript::new()
        .file("main.py", MAIN)
        .file("given.py", run("%run ./lib/setup $least=\"1\""))
        .file("wrong.py", run("%run ./lib/setup $last=1"))
        .file("lib/setup.py", SETUP);
    // From the command line; the cell's own stands before it.
    for (file, rows) in [("main.py", "rows: 1"), ("given.py", "rows: 2")] {
        let output = transcript.run(&["run", file, "-p", "least=2", "--until", "2"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(rows), "{file}: {text}");
    }
    transcript
        .sheaf(["run", "main.py", "-p", "lest=2"])
        .stderr("error: the notebook declares no widget named `lest`\nhint: did you mean `least`? It declares: least\n")
        .exits(2)
        .sheaf(["run", "wrong.py"])
        .stdout("[1] factor = 10\n([time])\n\n[2] ./lib/setup $last=1\n([time])\n\nwrong.py, [date]: failed in cell 2 after [time]\n")
        .stderr(
            "\
error: `lib/setup.py` declares no widget named `last`
 --> wrong.py:6:14 (cell 2, line 1, column 1)
  |
6 | ./lib/setup $last=1
  | ^^^^^^^^^^^^^^^^^^^
hint: did you mean `least`?
not run: cell 3, cell 4
",
        )
        .exits(1);
}

#[test]
fn an_error_inside_names_the_file_the_cell_and_the_line() {
    Transcript::new()
        .file("main.py", "# %%\n%run ./a\n")
        .file("a.py", "# %%\nx = 1\n# %% Next\n%run lib/b\n")
        .file("lib/b.py", "# %%\nok = 1\n# %% Broken\n\nprint(ok)\ny = ok / 0\n")
        .sheaf(["run", "main.py"])
        .stdout("[1] ./a\n1\n([time])\n\nmain.py, [date]: failed in cell 1 after [time]\n")
        .stderr(
            "\
error: float division by zero: 1 / 0
 --> lib/b.py:6:5 (cell 2 \"Broken\", line 2, column 5)
  |
6 | y = ok / 0
  |     ^^^^^^
  in %run lib/b, called at a.py:4:6 (cell 2 \"Next\", line 1, column 1)
  in %run ./a, called at main.py:2:6 (cell 1, line 1, column 1)
",
        )
        .exits(1);
}

#[test]
fn source_that_does_not_parse_inside_is_told_before_anything_runs() {
    let output = Transcript::new()
        .file("main.py", "# %%\n%run ./lib/b\n")
        .file("lib/b.py", "# %%\nprint(1)\n# %%\nok = ]\n")
        .run(&["run", "main.py", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let line: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        [
            &line["error"]["file"],
            &line["error"]["line"],
            &line["error"]["column"]
        ],
        [&serde_json::json!("lib/b.py"), &4.into(), &6.into()]
    );
    assert_eq!(line["outputs"], serde_json::json!([]));
}

#[test]
fn notebooks_that_run_each_other_are_told_with_their_chain() {
    Transcript::new()
        .file("a.py", "# %%\n%run ./lib/b\n")
        .file("lib/b.py", "# %%\n%run ../a.py\n")
        .sheaf(["run", "a.py"])
        .stdout("[1] ./lib/b\n([time])\n\na.py, [date]: failed in cell 1 after [time]\n")
        .stderr(
            "\
error: the notebook runs itself: a.py → lib/b.py → a.py
 --> lib/b.py:2:6 (cell 1, line 1, column 1)
  |
2 | ../a.py
  | ^^^^^^^
  in %run ./lib/b, called at a.py:2:6 (cell 1, line 1, column 1)
hint: move what several notebooks need into one that runs none of them
",
        )
        .exits(1);
    let mut deep = Transcript::new();
    for number in 0..30 {
        deep = deep.file(&format!("n{number}.py"), format!("# %%\n%run n{}\n", number + 1));
    }
    let output = deep.run(&["run", "n0.py"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("error: notebooks run each other more than 20 levels deep: n0.py → n1.py →"),
        "{text}"
    );
}

#[test]
fn a_missing_notebook_is_looked_for_again() {
    let mut live = Live::new();
    let [run, read] = live.cells(["%run ./setup", "x + 1"]);
    assert_eq!(
        live.run(run),
        "error: there is no notebook `./setup`\nhint: a relative path starts from the folder of the notebook with this cell"
    );
    assert_eq!(live.states(), [State::Failed, State::NotRun]);
    fs::write(live.folder().join("setpu.py"), "x = 1").unwrap();
    assert_eq!(
        live.run(run),
        "error: there is no notebook `./setup`\nhint: did you mean `./setpu`?"
    );
    fs::write(live.folder().join("setup.py"), "x = 1").unwrap();
    assert_eq!((live.run(run), live.run(read)), (String::new(), "2".to_owned()));
}

#[test]
fn a_change_of_any_included_file_makes_the_cell_stale() {
    let mut live = Live::new();
    fs::write(live.folder().join("a.py"), "%run ./b").unwrap();
    fs::write(live.folder().join("b.py"), "x = 1").unwrap();
    let [run, read] = live.cells(["%run a", "x + 1"]);
    live.run_all();
    assert_eq!(live.states(), [State::Fresh, State::Fresh]);
    fs::write(live.folder().join("b.py"), "y = 5\nx = 2").unwrap();
    assert_eq!(live.states(), [State::Stale, State::Stale]);
    assert_eq!((live.run(run), live.run(read)), (String::new(), "3".to_owned()));
    assert_eq!(live.states(), [State::Fresh, State::Fresh]);
    // What it binds now is known, too.
    assert_eq!(live.enter("y"), "5");
    let outputs: Vec<&str> = live
        .session
        .analysis(run)
        .unwrap()
        .outputs
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(outputs, ["x", "y"]);
}

#[test]
fn the_other_notebook_reads_what_stands_above_and_its_values_are_frozen() {
    let mut live = Live::new();
    fs::write(
        live.folder().join("a.py"),
        "# %%\nys = xs + [k]\n# %%\nys = ys + [4]\n",
    )
    .unwrap();
    let [xs, k, run, read] = live.cells(["xs = [1]", "k = 2", "%run a", "ys"]);
    live.run_all();
    assert_eq!(live.run(read), "[1, 2, 4]");
    assert_eq!(
        live.enter("ys.append(5)"),
        "error: `ys` is the value of cell 3, and no later cell can change it\n\
         hint: bind a new value here: ys = ys + [5]"
    );
    live.edit(k, "k = 3");
    live.run(k);
    assert_eq!(
        [
            live.session.state(xs),
            live.session.state(run),
            live.session.state(read)
        ],
        [State::Fresh, State::Stale, State::Stale]
    );
    // Its own cells follow the same rules.
    fs::write(live.folder().join("a.py"), "# %%\nys = zs\n# %% Late\nzs = 1\n").unwrap();
    assert_eq!(
        live.run(run),
        "error: there is no `zs`\n\
         hint: cell 2 \"Late\" of a.py binds it, but a cell reads only the cells above it: move that cell up"
    );
    fs::write(
        live.folder().join("a.py"),
        "# %% One\nys = [1]\n# %%\nys.append(2)\n",
    )
    .unwrap();
    assert_eq!(
        live.run(run),
        "error: `ys` is the value of cell 1 \"One\" of a.py, and no later cell can change it\n\
         hint: bind a new value here: ys = ys + [2]"
    );
}

#[test]
fn a_warning_inside_names_the_file() {
    let mut live = Live::new();
    fs::write(
        live.folder().join("a.py"),
        "# %%\nx = 1\n# %%\ndef f():\n    return 1\n    x\n",
    )
    .unwrap();
    let shown = live.enter("%run a");
    assert!(shown.contains("(a.py:6:5)"), "{shown}");
}

#[test]
fn an_inclusion_under_a_mount_stays_in_it() {
    let mut live = Live::new();
    live.data("a.py", "%run ../secret");
    fs::write(live.folder().join("secret.py"), "x = 1").unwrap();
    let shown = live.enter("%run /mnt/data/a");
    assert!(
        shown.starts_with("error: ") && shown.contains("/mnt/data"),
        "{shown}"
    );
    live.data("a.py", "%run b");
    live.data("b.py", "x = 7");
    live.enter("%run /mnt/data/a");
    assert_eq!(live.enter("x"), "7");
}

#[test]
fn an_interrupted_inclusion_keeps_the_values_it_had() {
    let mut live = Live::new();
    fs::write(live.folder().join("a.py"), "x = 1").unwrap();
    let [run, read] = live.cells(["%run a", "x"]);
    live.run_all();
    fs::write(
        live.folder().join("a.py"),
        "y = 1\nfor i in range(100000000):\n    y = i\n",
    )
    .unwrap();
    live.interrupt_after(Duration::from_millis(300));
    assert_eq!(live.run(run), "error: interrupted");
    live.interrupt.clear();
    assert_eq!(live.run(read), "1");
    assert_eq!(live.session.state(run), State::Stale);
}

#[test]
fn the_same_line_means_another_notebook_in_another_folder() {
    let notebook = "# %%\n%run ./setup\n# %%\nprint(v)\n";
    let transcript = Transcript::new()
        .workspace()
        .file("a/setup.py", "v = \"A\"\n")
        .file("b/setup.py", "v = \"B\"\n")
        .file("a/n.py", notebook)
        .file("b/n.py", notebook)
        .sheaf([]);
    for (file, shown) in [("a/n.py", "A"), ("b/n.py", "B"), ("a/n.py", "A")] {
        let text = String::from_utf8(transcript.run(&["run", file]).stdout).unwrap();
        assert!(text.contains(&format!("print(v)\n{shown}\n")), "{text}");
    }
}
