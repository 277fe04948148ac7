//! Columns where a truth value is wanted, in every way to run cells: the cell fails at the place, and nothing of it stays.

use crate::live::Live;
use crate::terminal::{ENTER, Terminal};
use crate::transcript::Transcript;

const PEOPLE: &str = "name,age\nAnn,29\nBen,54\n";

#[test]
fn a_wrong_filter_fails_headless_and_writes_and_keeps_nothing() {
    let notebook = "\
# Databricks notebook source
df = read_csv(\"/mnt/data/people.csv\")

# COMMAND ----------

# DBTITLE 1,Old men
wrong = df.filter(col(\"name\") == \"Ann\" and
                  col(\"age\") > 50)
wrong.write_csv(\"/mnt/out/wrong.csv\")
";
    let error = "\
error: `and` needs one truth value, and a column expression has one for each row
 --> n.py:7:19 (cell 2 \"Old men\", line 1, column 19)
  |
7 | wrong = df.filter(col(\"name\") == \"Ann\" and
  |                   ^^^^^^^^^^^^^^^^^^^^
hint: write `&`, with parentheses around each side: (col(\"a\") > 1) & (col(\"b\") > 2)
";
    let folder = Transcript::new()
        .file("sheaf.ron", "()")
        .file("datasets/people.csv", PEOPLE)
        .file("n.py", notebook);
    for cached in ["(", "(cached)"] {
        let folder = &folder;
        let output = folder.run(&["run", "n.py"]);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), error);
        assert_eq!(output.status.code(), Some(1));
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(
            shown.starts_with(&format!("[1] df = read_csv(\"/mnt/data/people.csv\")\n{cached}")),
            "{shown}"
        );
        assert!(!folder.path().join(".sheaf/out/wrong.csv").exists());
    }
}

#[test]
fn a_condition_in_a_variable_fails_where_it_is_asked() {
    Transcript::new()
        .file("sheaf.ron", "()")
        .file(
            "lib/pick.star",
            "def pick(c):\n    return [x for x in [1] if (c or x) == (1)]\n",
        )
        .file(
            "other.py",
            "# Databricks notebook source\ndef ask(c):\n    return 1 if c else 2\n",
        )
        .sheaf([])
        .stdin(
            "\
c = col(\"a\") > 1
print(\"before\"); x = not c; print(\"after\")
x
load(\"lib/pick.star\", \"pick\")
pick(c)
%run ./other
ask(c)
",
        )
        .stdout("before\n")
        .stderr(
            "\
error: `not` needs one truth value, and a column expression has one for each row
 --> cell 2, line 1, column 26
  |
1 | print(\"before\"); x = not c; print(\"after\")
  |                          ^
hint: write `~`, with parentheses after it: ~(col(\"a\") > 1)
error: `x` has no value: the cell that binds it failed
 --> cell 2, line 1, column 1
  |
1 | x
  | ^
hint: correct it and enter it again: print(\"before\"); x = not c; print(\"after\")
error: `or` needs one truth value, and a column expression has one for each row
 --> lib/pick.star:2:32
  |
2 |     return [x for x in [1] if (c or x) == (1)]
  |                                ^
  in pick, called at cell 3, line 1, column 1
hint: write `|`, with parentheses around each side: (col(\"a\") > 1) | (col(\"b\") > 2)
error: `if` needs one truth value, and a column expression has one for each row
 --> other.py:3:17 (cell 1, line 2, column 17)
  |
3 |     return 1 if c else 2
  |                 ^
  in ask, called at cell 4, line 1, column 1
hint: filter rows with df.filter(condition), and compute a value for each row with \"CASE WHEN a > 1 THEN 'x' ELSE 'y' END\"; for a single number, write df.select(…).item() > 1
",
        )
        .exits(1);
}

#[test]
fn the_prompt_shows_the_place_and_keeps_what_was_there() {
    let mut terminal = Terminal::new().size(30, 100).start(&[]);
    terminal
        .wait_for("[1]")
        .send("c = col(\"a\") > 1")
        .wait_for("> 1")
        .send(ENTER)
        .wait_for("[2]")
        .send("f = lambda x: 1 if x else 2")
        .wait_for("else 2")
        .send(ENTER)
        .wait_for("[3]")
        .send("f(c)")
        .wait_for("f(c)")
        .send(ENTER)
        .wait_for("`if` needs one truth value, and a column expression has one")
        .wait_for("1 | f = lambda x: 1 if x else 2");
}

#[test]
fn a_failed_binding_is_told_by_later_cells() {
    let mut live = Live::new();
    let [failed] = live.cells(["y = read_csv(\"/mnt/data/nope.csv\")"]);
    live.run(failed);
    assert_eq!(
        live.enter("y.height"),
        "error: `y` is bound by cell 1, which failed\nhint: fix cell 1 and run it again"
    );
    live.session.remove(failed);
    let told = "error: `y` has no value: the cell that binds it failed\n\
                hint: correct it and enter it again: y = read_csv(\"/mnt/data/nope.csv\")";
    assert_eq!(live.enter("y.height"), told);
    assert_eq!(live.enter("%sql SELECT * FROM y"), told);
    let [below] = live.cells(["y = 1"]);
    live.run(below);
    assert_eq!(live.enter("y"), "1");
    live.session.remove(below);
    assert_eq!(
        live.enter("y"),
        "error: `y` has no value: the cell that bound it was deleted\nhint: enter it again: y = 1"
    );
    // Its own name is no reason.
    for _ in 0..2 {
        let [itself] = live.cells(["z = z + 1"]);
        assert!(!live.run(itself).contains("has no value"));
        live.session.remove(itself);
    }
}
