//! `sheaf run`: what it prints, what it returns, how it stops.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
# Databricks notebook source
# DBTITLE 1,Start
x = 20
print(\"x is\", x)

# COMMAND ----------

x + 1

# COMMAND ----------

# DBTITLE 1,Broken
y = x + z

# COMMAND ----------

# DBTITLE 1,Last
y
";

#[test]
fn stops_at_the_first_failure_with_the_place_and_what_was_not_run() {
    Transcript::new()
        .file("a.py", NOTEBOOK)
        .sheaf(["run", "a.py"])
        .stdout(
            "\
[1] Start
x is 20
([time])

[2] x + 1
21
([time])

[3] Broken
([time])

a.py, [date]: failed in cell 3 after [time]
",
        )
        .stderr(
            "\
error: there is no `z`
  --> a.py:13:9 (cell 3 \"Broken\", line 1, column 9)
   |
13 | y = x + z
   |         ^
hint: did you mean `x`, from cell 1 \"Start\"?
not run: cell 4 \"Last\"
",
        )
        .exits(1);
}

#[test]
fn stops_after_the_cell_that_until_names() {
    Transcript::new()
        .file("a.py", NOTEBOOK)
        .sheaf(["run", "a.py", "--until", "1"])
        .stdout("[1] Start\nx is 20\n([time])\n\na.py, [date]: 1 cell in [time]\n")
        .exits(0);
}

#[test]
fn prints_one_line_of_json_a_cell_and_one_for_the_run() {
    let output = Transcript::new()
        .file("a.py", NOTEBOOK)
        .sheaf(["run", "a.py", "--json"])
        .output();
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let states: Vec<&str> = lines.iter().map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "ok", "failed", "not_run", "failed"]);
    assert_eq!(lines[0]["title"], "Start");
    assert_eq!(
        lines[0]["outputs"],
        serde_json::json!([{ "type": "print", "text": "x is 20" }])
    );
    assert_eq!(
        lines[1]["outputs"],
        serde_json::json!([{ "type": "value", "text": "21", "folded": false }])
    );
    assert!(lines[1]["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(
        lines[2]["error"],
        serde_json::json!({
            "message": "there is no `z`",
            "hint": "did you mean `x`, from cell 1 \"Start\"?",
            "file": "a.py",
            "line": 13,
            "column": 9,
        })
    );
    assert_eq!(
        (&lines[4]["notebook"], &lines[4]["exit"]),
        (&"a.py".into(), &serde_json::Value::Null)
    );
    assert_eq!(output.status.code(), Some(1));
}

const WIDGETS: &str = "\
dbutils.widgets.text(\"day\", \"today\")
dbutils.widgets.dropdown(\"size\", \"S\", [\"S\", \"L\"])
print(dbutils.widgets.get(\"day\"), dbutils.widgets.get(\"size\"))
";

#[test]
fn parameters_set_widgets() {
    Transcript::new()
        .file("w.py", WIDGETS)
        .sheaf(["run", "w.py", "-p", "day=2026-01-31", "-p", "size=L"])
        .stdout(
            "[1] dbutils.widgets.text(\"day\", \"today\")\n2026-01-31 L\n([time])\n\n\
             parameters: day = \"2026-01-31\" (given), size = \"L\" (given)\nw.py, [date]: 1 cell in [time]\n",
        )
        .exits(0);
}

#[test]
fn an_undeclared_parameter_lists_the_declared_ones() {
    Transcript::new()
        .file("w.py", WIDGETS)
        .sheaf(["run", "w.py", "-p", "dya=1"])
        .stderr(
            "error: the notebook declares no widget named `dya`\n\
             hint: did you mean `day`? It declares: day, size\n",
        )
        .exits(2);
}

#[test]
fn a_parameter_that_is_no_choice_fails_the_cell_that_declares_it() {
    let output = Transcript::new()
        .file("w.py", WIDGETS)
        .sheaf(["run", "w.py", "-p", "size=M"])
        .output();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("`M` is not one of the choices of dropdown widget `size`"),
        "{text}"
    );
    assert!(text.contains("hint: the choices are: S, L"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn wrong_usage_and_unreadable_files_have_their_own_exit_codes() {
    Transcript::new()
        .file("a.py", "1")
        .sheaf(["run", "a.py", "--until", "3"])
        .stderr("error: --until 3: a.py has 1 cell\nhint: leave --until out\n")
        .exits(2)
        .sheaf(["run", "a.py", "-p", "x=1", "-p", "x=2"])
        .stderr("error: the parameter `x` is given twice\nhint: keep one `-p x=…`\n")
        .exits(2)
        .sheaf(["run", "b.py"])
        .stderr("error: there is no notebook \"b.py\"\nhint: did you mean \"a.py\"?\n")
        .exits(3);
    let broken = Transcript::new()
        .file("sheaf.ron", "(mounts: {")
        .file("a.py", "1");
    let output = broken.sheaf(["run", "a.py"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8(output.stderr).unwrap().contains("sheaf.ron"));
}

/// Starts a notebook that loops, sends a signal, and returns what it printed and its exit code.
fn interrupted(signal: &str, loops: &str) -> (String, Option<i32>, Duration) {
    let folder = Transcript::new().file(
        "loop.py",
        format!("# %% Before\nprint(\"ready\")\n# %% Loop\n{loops}\n# %% After\n1\n"),
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["run", "loop.py"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(1500));
    let sent = Instant::now();
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let code = child.wait().unwrap().code();
    let time = sent.elapsed();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), code, time)
}

#[test]
fn a_signal_stops_the_cell_within_a_second_and_says_what_was_not_run() {
    let query =
        "df = frame({\"x\": [i for i in range(30000)]})\ndf.join(df, how=\"cross\").select(\"sum(x)\")";
    for (signal, loops) in [
        ("-INT", "for i in range(100000000):\n    x = i"),
        ("-TERM", "for i in range(100000000):\n    x = i"),
        ("-INT", query),
    ] {
        let (text, code, time) = interrupted(signal, loops);
        assert!(text.contains("error: interrupted"), "{text}");
        assert!(text.ends_with("not run: cell 3 \"After\"\n"), "{text}");
        assert_eq!(code, Some(130));
        assert!(time < Duration::from_millis(1500), "{time:?}");
    }
}

#[test]
fn no_color_and_no_terminal_mean_plain_text() {
    let output = Transcript::new()
        .file("a.py", "x = 1\nx\nlist = 2")
        .sheaf(["run", "a.py"])
        .output();
    assert!(!String::from_utf8(output.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Transcript::new().file("a.py", "for i in range(20000):\n    print(\"line\", i)\n");
    let script = format!("'{}' run a.py | head -n 2", env!("CARGO_BIN_EXE_sheaf"));
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_prompt_runs_cells_from_standard_input_and_survives_a_failing_one() {
    Transcript::new()
        .sheaf([])
        .stdin("x = [1,\n  2]\nfor i in x:\n    print(i)\n\noops\nlen(x)\n")
        .stdout("1\n2\n2\n")
        .stderr(
            "\
error: there is no `oops`
 --> cell 3, line 1, column 1
  |
1 | oops
  | ^^^^
hint: bind it in a cell above, or check the spelling
",
        )
        .exits(1);
}

#[test]
fn init_makes_a_workspace_once() {
    let made = Transcript::new().sheaf(["init", "w"]).output();
    assert_eq!(made.status.code(), Some(0));
    Transcript::new()
        .file("sheaf.ron", "(mounts: {})")
        .sheaf(["init"])
        .stderr("error: ./sheaf.ron exists already, and nothing was changed\nhint: edit the file, or choose another folder\n")
        .exits(1);
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Transcript::new().sheaf(["completions", shell]).output();
        assert!(
            String::from_utf8(output.stdout).unwrap().contains("convert"),
            "{shell}"
        );
    }
}

#[test]
fn the_engine_warns_of_nothing_on_its_own() {
    Transcript::new()
        .file(
            "d.py",
            "frame({\"a\": [\"2020-01-02\"]}).select(\"CAST(a AS DATE) AS d\").height\n",
        )
        .sheaf(["run", "d.py"])
        .stdout(
            "[1] frame({\"a\": [\"2020-01-02\"]}).select(\"CAST(a AS DATE) AS d\").…\n1\n([time])\n\nd.py, [date]: 1 cell in [time]\n",
        )
        .stderr("")
        .exits(0);
}

#[test]
fn a_report_for_a_folder_that_is_missing_is_refused_before_anything_runs() {
    let error = "error: --junit: no/report.xml cannot be written: the folder no does not exist\n\
                 hint: create the folder first: mkdir -p no\n";
    Transcript::new()
        .file("sheaf.ron", "()")
        .file("a.py", "# %%\ndbutils.fs.put(\"/mnt/out/ran.txt\", \"ran\")\n")
        .sheaf(["test", "--junit", "no/report.xml"])
        .stderr(error)
        .exits(2)
        .sheaf(["run", "a.py", "--check", "--junit", "no/report.xml"])
        .stderr(error)
        .exits(2);
}

#[test]
fn the_last_lines_of_a_log_say_what_ran_when_with_which_parameters() {
    let notebook =
        "# %%\ndbutils.widgets.text(\"day\", \"monday\")\n# %%\n1 // int(dbutils.widgets.get(\"day\"))\n";
    let transcript = Transcript::new().file("n.py", notebook);
    let last = |arguments: &[&str]| -> String {
        let output = transcript.run(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(2)..].join("\n");
        crate::docs::without_times(&last)
    };
    assert_eq!(
        last(&["run", "n.py", "-p", "day=2"]),
        "parameters: day = \"2\" (given)\nn.py, [date]: 2 cells in [time]"
    );
    assert_eq!(
        last(&["run", "n.py"]),
        "parameters: day = \"monday\" (default)\nn.py, [date]: failed in cell 2 after [time]"
    );
    transcript.run(&["run", "n.py", "-p", "day=2", "--record"]);
    assert_eq!(
        last(&["run", "n.py", "--check"]),
        "parameters: day = \"2\" (given)\nn.py, [date]: 2 cells: 2 identical ([time])"
    );
}
