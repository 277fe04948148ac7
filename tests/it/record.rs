//! `sheaf run --record` and `--check`, `sheaf test`, `sheaf show --outputs`: what was recorded, and what differs from it.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::transcript::Transcript;

const WORKSPACE: &str = "(mounts: {\"/mnt/data\": \"file:data\"})";

const POINTS: &str = "name,score\nAda,1.5\nGrace,2.5\n";

const NOTEBOOK: &str = "\
# %% [markdown]
# # Points
# %% Load
dbutils.widgets.text(\"limit\", \"1\")
points = read_csv(\"/mnt/data/points.csv\")
# %% Scale
factor = 1000
scaled = points.with_columns(scaled=col(\"score\") * factor)
# %% Pick
picked = scaled.filter(\"score > \" + dbutils.widgets.get(\"limit\"))
# %% Say
print(\"two\\nlines\", factor)
";

const WRITTEN_FORMS: &str = r#"# %% Recipe
recipe = Recipe(["age", "log1p(fare) AS fare"]).impute("age", strategy="constant", fill_value=28).one_hot("age", drop="first").min_max("fare")
# %% Estimator
estimator = LogisticRegression(C=0.5, class_weight={"yes": 1.0, "no": 2.5})
# %% Expression
expression = col("age").is_null() & (col("fare") > 10)
# %% Plot
plot = frame({"deck": ["a", "b", "a"], "n": [1, 2, 4]}).plot.bar("deck", "n", title="Decks")
"#;

/// A folder with a notebook that was recorded.
fn recorded() -> Transcript {
    let transcript = Transcript::new()
        .file("sheaf.ron", WORKSPACE)
        .file("data/points.csv", POINTS)
        .file("n.py", NOTEBOOK)
        .sheaf(["run", "n.py", "--record"]);
    let output = transcript.output();
    assert!(output.status.success(), "{output:?}");
    transcript
}

/// Replaces what differs from machine to machine: digests and the part on times.
fn without_digests(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text.split("    timing: (").next().unwrap();
    while let Some(at) = rest.find('"') {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        rest = match after.get(..64) {
            Some(digest) if is_digest(digest) => {
                shown.push_str("[digest]");
                &after[64..]
            }
            _ => after,
        };
    }
    shown + rest
}

#[test]
fn a_record_is_text_that_a_person_can_read() {
    let transcript = Transcript::new()
        .file("data.csv", POINTS)
        .file(
            "n.py",
            "# %% Load\npoints = read_csv(\"data.csv\")\npoints\n# %%\nx = 0.5\nprint(\"two\\nlines\", x)\n",
        )
        .sheaf(["run", "n.py", "--record"]);
    transcript.output();
    let text = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    let engine = text
        .lines()
        .find(|line| line.trim_start().starts_with("engine:"))
        .unwrap();
    insta::assert_snapshot!(without_digests(&text.replace(engine, "    engine: [engine],")), @r##"
    #![enable(implicit_some, unwrap_variant_newtypes)]
    // Results of a run of n.py. `sheaf run --record` writes this file, `sheaf run --check` compares with it.
    (
        version: 1,
        sheaf: "0.1.0",
        engine: [engine],
        notebook: "n.py",
        parameters: {},
        cells: [
            (
                cell: 1,
                title: "Load",
                kind: "python",
                status: Done,
                source: "[digest]",
                reads: [
                    (path: "data.csv", size: 29, digest: "[digest]"),
                ],
                bindings: {
                    "points": (
                        type: "frame",
                        digest: "[digest]",
                        summary: "2 rows × 2 columns",
                        columns: [
                            ("name", "str", "[digest]"),
                            ("score", "f64", "[digest]"),
                        ],
                        value: Table(
                            digest: "[digest]",
                            rows: 2,
                            table: (
                                height: 2,
                                columns: [
                                    ("name", "str"),
                                    ("score", "f64"),
                                ],
                                rows: [
                                    ["Ada", "1.5"],
                                    ["Grace", "2.5"],
                                ],
                            ),
                        ),
                    ),
                },
                outputs: [
                    Frame(
                        height: 2,
                        columns: [
                            ("name", "str"),
                            ("score", "f64"),
                        ],
                        rows: [
                            ["Ada", "1.5"],
                            ["Grace", "2.5"],
                        ],
                    ),
                ],
            ),
            (
                cell: 2,
                name: "x = 0.5",
                kind: "python",
                status: Done,
                source: "[digest]",
                bindings: {
                    "x": (
                        type: "float",
                        digest: "[digest]",
                        summary: "0.5",
                        value: Float(0.5),
                    ),
                },
                outputs: [
                    Printed(text: r#"two
    lines 0.5"#),
                ],
            ),
        ],
    "##);
}

#[test]
fn a_run_with_the_same_results_leaves_the_record_alone() {
    let transcript = recorded();
    let before = transcript.read("n.record.ron");
    let transcript = transcript.sheaf(["run", "n.py", "--record", "--no-cache"]);
    let output = transcript.output();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("n.record.ron is unchanged: the results are the same\n"),
        "{printed}"
    );
    assert_eq!(transcript.read("n.record.ron"), before);
    transcript
        .sheaf(["run", "n.py", "--check"])
        .stdout(
            "\
[1] Points: identical
[2] Load: identical
[3] Scale: identical
[4] Pick: identical
[5] Say: identical

parameters: limit = \"1\" (default)
n.py, [date]: 5 cells: 5 identical ([time])",
        )
        .exits(0);
}

#[test]
fn a_changed_byte_of_a_file_is_named_with_what_follows_from_it() {
    recorded()
        .file("data/points.csv", POINTS.replace("1.5", "1.6"))
        .sheaf(["run", "n.py", "--check"])
        .stdout(
            "\
[1] Points: identical
[2] Load: drifted
    cause: input file /mnt/data/points.csv changed: 29 bytes, digest 682218bab4 → ecca35edf5, points has 2 rows
    points: 1 of 4 cells differ, in score (1)
    ┌─────┬────────┬──────────┬─────┐
    │ row │ column │ recorded │ now │
    ├─────┼────────┼──────────┼─────┤
    │ 0   │ score  │ 1.5      │ 1.6 │
    └─────┴────────┴──────────┴─────┘
[3] Scale: drifted, follows from cell 2 \"Load\"
    scaled: 2 of 6 cells differ, in score (1), scaled (1)
    ┌─────┬────────┬──────────┬────────┐
    │ row │ column │ recorded │ now    │
    ├─────┼────────┼──────────┼────────┤
    │ 0   │ score  │ 1.5      │ 1.6    │
    │ 0   │ scaled │ 1500.0   │ 1600.0 │
    └─────┴────────┴──────────┴────────┘
[4] Pick: drifted, follows from cell 3 \"Scale\"
    picked: 2 of 6 cells differ, in score (1), scaled (1)
    ┌─────┬────────┬──────────┬────────┐
    │ row │ column │ recorded │ now    │
    ├─────┼────────┼──────────┼────────┤
    │ 0   │ score  │ 1.5      │ 1.6    │
    │ 0   │ scaled │ 1500.0   │ 1600.0 │
    └─────┴────────┴──────────┴────────┘
[5] Say: identical

cell 2 \"Load\" drifted first: input file /mnt/data/points.csv changed: 29 bytes, digest 682218bab4 → ecca35edf5, points has 2 rows
parameters: limit = \"1\" (default)
n.py, [date]: 5 cells: 2 identical, 1 drifted, 2 drifted after them ([time])",
        )
        .exits(4);
}

/// Returns the line that says what drifted first.
fn first(transcript: &Transcript, arguments: &[&str]) -> (String, Option<i32>) {
    let output = transcript.run(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("drifted first"));
    (line.unwrap_or_default().to_owned(), output.status.code())
}

#[test]
fn the_cause_is_named_whatever_it_is() {
    let check = ["run", "n.py", "--check"];
    let cases = [
        (
            NOTEBOOK.replace("factor = 1000", "factor = 1001"),
            "cell 3 \"Scale\" drifted first: its source was edited",
        ),
        (
            NOTEBOOK.replace("\"limit\", \"1\"", "\"limit\", \"2\""),
            "cell 4 \"Pick\" drifted first: parameter limit: \"1\" (default) → \"2\" (default)",
        ),
        (
            NOTEBOOK.replace("# %% Say", "# %% Between\nbetween = 1\n# %% Say"),
            "cell 5 \"Between\" drifted first: it is new",
        ),
        (
            NOTEBOOK.split("# %% Say").next().unwrap().to_owned(),
            "cell 5 \"Say\" drifted first: it was removed",
        ),
    ];
    let mut transcript = recorded();
    for (notebook, expected) in cases {
        transcript = transcript.file("n.py", notebook);
        assert_eq!(first(&transcript, &check), (expected.to_owned(), Some(4)));
    }
    // Comments, spaces and text are no results.
    let same = format!(
        "# %% [markdown]\n# New\n{}",
        NOTEBOOK.replace("factor = 1000", "# Why\nfactor  =  1000")
    );
    transcript = transcript.file("n.py", same);
    assert_eq!(first(&transcript, &check), (String::new(), Some(0)));
    transcript = transcript.file("n.py", NOTEBOOK);
    assert_eq!(
        first(&transcript, &["run", "n.py", "--check", "-p", "limit=2"]),
        (
            "cell 4 \"Pick\" drifted first: parameter limit: \"1\" (default) → \"2\" (given)".to_owned(),
            Some(4)
        )
    );
    let other = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    let other = other
        .replace("sheaf: \"", "sheaf: \"9.")
        .replace("Int(1000)", "Int(7)");
    let digest = other
        .lines()
        .skip_while(|line| !line.contains("\"factor\": ("))
        .nth(2)
        .unwrap()
        .to_owned();
    let zeros = format!("digest: \"{}\",", "0".repeat(64));
    transcript = transcript.file("n.record.ron", other.replace(digest.trim(), &zeros));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        first(&transcript, &check),
        (
            format!("cell 3 \"Scale\" drifted first: Sheaf 9.{version} → {version}"),
            Some(4)
        )
    );
    let elsewhere = other
        .replace("sheaf: \"9.", "sheaf: \"")
        .replace(digest.trim(), &zeros)
        .replace("machine: \"", "machine: \"riscv64 or ");
    transcript = transcript.file("n.record.ron", elsewhere);
    let line = first(&transcript, &check).0;
    assert!(
        line.starts_with("cell 3 \"Scale\" drifted first: machine riscv64 or ")
            && line.ends_with("which rounds differently"),
        "{line}"
    );
    let lied = other
        .replace("sheaf: \"9.", "sheaf: \"")
        .replace(digest.trim(), &zeros);
    transcript = transcript.file("n.record.ron", lied);
    assert_eq!(
        first(&transcript, &check).0,
        "cell 3 \"Scale\" drifted first: same source, same inputs, different result: this is a bug in Sheaf; please report it"
    );
}

#[test]
fn floats_may_differ_within_the_tolerance() {
    let notebook =
        "# %% Make\nx = 1.0\nt = frame({\"a\": [1.0, 2.0], \"b\": [\"u\", \"v\"]})\n# %% Use\ny = x * 2\n";
    let transcript = Transcript::new()
        .file("n.py", notebook)
        .sheaf(["run", "n.py", "--record"]);
    transcript.output();
    transcript
        .file(
            "n.py",
            notebook
                .replace("x = 1.0", "x = 1.0000000001")
                .replace("2.0]", "2.000001]"),
        )
        .sheaf(["run", "n.py", "--check"])
        .stdout(
            "\
[1] Make: drifted
    cause: its source was edited
    t: 1 of 4 cells differ, in a (1)
    ┌─────┬────────┬──────────┬──────────┐
    │ row │ column │ recorded │ now      │
    ├─────┼────────┼──────────┼──────────┤
    │ 1   │ a      │ 2.0      │ 2.000001 │
    └─────┴────────┴──────────┴──────────┘
[2] Use: within tolerance (largest relative difference 1.0e-10)

cell 1 \"Make\" drifted first: its source was edited
n.py, [date]: 2 cells: 1 within tolerance, 1 drifted ([time])",
        )
        .exits(4)
        .sheaf(["run", "n.py", "--check", "--tolerance", "1e-5", "--no-cache"])
        .stdout(
            "\
[1] Make: within tolerance (largest relative difference 5.0e-7)
[2] Use: within tolerance (largest relative difference 1.0e-10)

n.py, [date]: 2 cells: 2 within tolerance ([time])",
        )
        .exits(0);
}

#[test]
fn an_update_accepts_and_says_what() {
    recorded()
        .file("n.py", NOTEBOOK.replace("two\\nlines", "two\\nwords"))
        .sheaf(["run", "n.py", "--check", "--update"])
        .stdout(
            "\
[1] Points: identical
[2] Load: identical
[3] Scale: identical
[4] Pick: identical
[5] Say: drifted
    cause: its source was edited
    output:
       two
      -lines 1000
      +words 1000

cell 5 \"Say\" drifted first: its source was edited
parameters: limit = \"1\" (default)
n.py, [date]: 5 cells: 4 identical, 1 drifted ([time])
accepted: recorded in n.record.ron",
        )
        .exits(0)
        .sheaf(["test"])
        .stdout("PASS   n.py  5 cells: 5 identical ([time])\n\n1 notebook: 1 passed in [time]")
        .exits(0);
}

#[test]
fn a_cell_that_fails_is_no_drift_and_cannot_be_accepted() {
    let transcript = recorded();
    let before = transcript.read("n.record.ron");
    let transcript = transcript
        .file("n.py", NOTEBOOK.replace("factor = 1000", "factor = oops"))
        .sheaf(["run", "n.py", "--check", "--update"])
        .stdout(
            "\
[1] Points: identical
[2] Load: identical
[3] Scale: failed
    cause: its source was edited
[4] Pick: not run
[5] Say: not run

parameters: limit = \"1\" (default)
n.py, [date]: 5 cells: 2 identical, 1 failed, 2 not run ([time])",
        )
        .stderr(
            "\
error: there is no `oops`
 --> n.py:7:10 (cell 3 \"Scale\", line 1, column 10)
  |
7 | factor = oops
  |          ^^^^
hint: bind it in a cell above, or check the spelling
",
        )
        .exits(1);
    assert_eq!(transcript.read("n.record.ron"), before);
}

#[test]
fn a_run_that_fails_is_recorded_too() {
    let transcript = Transcript::new()
        .file(
            "n.py",
            "# %% One\nx = 1\n# %% Two\nprint(\"here\")\ny = [x][3]\n# %% Three\nw = y\n",
        )
        .sheaf(["run", "n.py", "--record"]);
    assert_eq!(transcript.output().status.code(), Some(1));
    transcript
        .sheaf(["show", "n.py", "--outputs"])
        .stdout(
            "\
[1] One
x = 1
([time])

[2] Two
print(\"here\")
y = [x][3]
here
error: index `3` is out of bound
2 | y = [x][3]
  |     ^
(failed after [time])

[3] Three
w = y
(not run)",
        )
        .exits(0);
}

#[test]
fn outputs_are_shown_without_running_anything() {
    recorded()
        .file("data/points.csv", "gone")
        .file("n.py", NOTEBOOK.replace("two", "2"))
        .sheaf(["show", "n.py", "--outputs"])
        .stdout(
            "\
[1] %md
# Points

[2] Load
dbutils.widgets.text(\"limit\", \"1\")
points = read_csv(\"/mnt/data/points.csv\")
([time])

[3] Scale
factor = 1000
scaled = points.with_columns(scaled=col(\"score\") * factor)
([time])

[4] Pick
picked = scaled.filter(\"score > \" + dbutils.widgets.get(\"limit\"))
([time])

[5] Say
print(\"2\\nlines\", factor)
two
lines 1000
(edited since; [time])",
        )
        .exits(0);
}

#[test]
fn records_that_cannot_be_read_say_why() {
    recorded()
        .file("m.py", "1")
        .sheaf(["run", "m.py", "--check"])
        .stderr(
            "error: m.py has no record: there is no file m.record.ron\n\
             hint: `sheaf run m.py --record` creates one\n",
        )
        .exits(3)
        .file("m.record.ron", "(version: 2, pages: [])")
        .sheaf(["run", "m.py", "--check"])
        .stderr(
            "error: the record m.record.ron has version 2; this Sheaf reads up to version 1\n\
             hint: use the version of Sheaf that wrote it, or a newer one\n",
        )
        .exits(3)
        .file("m.record.ron", "(\n    version: 1,\n    sheaf: 7,\n)")
        .sheaf(["show", "m.py", "--outputs"])
        .stderr(
            "error: m.record.ron:3:11: the record is damaged: Expected string\n\
             hint: restore it from version control, or write it again with `sheaf run --record`\n",
        )
        .exits(3)
        .sheaf(["run", "n.py", "--update"])
        .stderr("error: --update needs --check\nhint: add --check to compare with the record\n")
        .exits(2);
}

#[test]
fn every_notebook_with_a_record_is_tested() {
    let transcript = recorded()
        .file("none/a.py", "1")
        .file(".hidden/b.record.ron", "")
        .file("broken/c.py", "1")
        .file("broken/c.record.ron", "(version: 1,")
        .file("data/points.csv", POINTS.replace("1.5", "1.6"));
    let transcript = transcript
        .sheaf(["test", "--junit", "out.xml"])
        .stdout(
            "\
FAIL   broken/c.py
      error: broken/c.record.ron:1:12: the record is damaged: Unexpected end of RON
      hint: restore it from version control, or write it again with `sheaf run --record`
DRIFT  n.py  5 cells: 2 identical, 1 drifted, 2 drifted after them ([time])
      cell 2 \"Load\" drifted first: input file /mnt/data/points.csv changed: 29 bytes, digest 682218bab4 → ecca35edf5, points has 2 rows

2 notebooks: 1 drifted, 1 failed in [time]",
        )
        .exits(1);
    let xml = String::from_utf8(transcript.read("out.xml")).unwrap();
    assert!(
        xml.contains("<testsuite name=\"n.py\" tests=\"5\" skipped=\"0\" errors=\"0\" failures=\"3\""),
        "{xml}"
    );
    assert!(
        xml.contains("<testcase name=\"cell 2 &quot;Load&quot;\" classname=\"n.py\""),
        "{xml}"
    );
    transcript
        .sheaf(["test", "none"])
        .stderr("error: no notebook with a record in none\nhint: `sheaf run NOTEBOOK --record` creates a record\n")
        .exits(3)
        .sheaf(["test", "n.py", "--update"])
        .stdout(
            "\
UPDATE n.py  5 cells: 2 identical, 1 drifted, 2 drifted after them ([time])
      cell 2 \"Load\" drifted first: input file /mnt/data/points.csv changed: 29 bytes, digest 682218bab4 → ecca35edf5, points has 2 rows

1 notebook: 1 updated in [time]",
        )
        .exits(0)
        .sheaf(["test", "n.py"])
        .stdout("PASS   n.py  5 cells: 5 identical ([time])\n\n1 notebook: 1 passed in [time]")
        .exits(0);
}

#[test]
fn a_recorded_parameter_is_given_again() {
    let transcript = recorded().sheaf(["run", "n.py", "--record", "-p", "limit=2"]);
    transcript.output();
    let transcript = transcript
        .sheaf(["test"])
        .stdout("PASS   n.py  5 cells: 5 identical ([time])\n\n1 notebook: 1 passed in [time]")
        .exits(0);
    let text = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    assert!(
        text.contains("\"limit\": (value: \"2\", origin: Given),"),
        "{text}"
    );
}

#[test]
fn machines_read_one_line_a_cell_and_one_for_the_notebook() {
    let transcript = recorded()
        .file("data/points.csv", POINTS.replace("1.5", "1.6"))
        .sheaf(["run", "n.py", "--check", "--json"]);
    let output = transcript.output();
    assert_eq!(output.status.code(), Some(4));
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let verdicts: Vec<&str> = lines.iter().filter_map(|line| line["verdict"].as_str()).collect();
    assert_eq!(
        verdicts,
        ["identical", "drifted", "follows", "follows", "identical"]
    );
    assert_eq!(lines[5]["state"], "drifted");
    assert_eq!(lines[5]["notebook"], "n.py");
}

#[test]
fn the_example_notebooks_give_their_recorded_results_at_any_number_of_threads() {
    for threads in ["1", "2"] {
        let transcript = Transcript::new()
            .workspace()
            .approved()
            .env("POLARS_MAX_THREADS", threads)
            .sheaf(["test", "sessions"]);
        let output = transcript.output();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        assert_eq!(text.matches("PASS ").count(), 9, "{text}");
        assert!(!text.contains("within tolerance"), "{text}");
    }
}

#[test]
fn a_killed_run_leaves_a_whole_record_or_none() {
    let transcript = Transcript::new().file(
        "n.py",
        "# %%\nrows = [\"a long line of text \" + str(i) for i in range(900)]\nprint(\"\\n\".join(rows))\n",
    );
    for wait in 0..8 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(["run", "n.py", "--record", "--no-cache"])
            .current_dir(transcript.path())
            .env("HOME", transcript.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(40 + 15 * wait));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        if transcript.path().join("n.record.ron").exists() {
            let shown = transcript.run(&["show", "n.py", "--outputs"]);
            assert!(shown.status.success(), "{shown:?}");
            fs::remove_file(transcript.path().join("n.record.ron")).unwrap();
        }
    }
}

#[test]
fn saving_at_the_prompt_records_when_every_cell_is_fresh() {
    let transcript = Transcript::new()
        .sheaf([])
        .stdin("x = 1\ny = x + 1\n%save n.py\n%edit 1 x = 2\n%save\n%run all\n%save\n");
    let output = transcript.output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("recorded the results in n.record.ron"), "{text}");
    transcript
        .sheaf(["test"])
        .stdout("PASS   n.py  2 cells: 2 identical ([time])\n\n1 notebook: 1 passed in [time]")
        .exits(0);
}

#[test]
fn a_session_that_ends_its_notebook_is_recorded_as_it_replays() {
    let transcript = Transcript::new()
        .sheaf([])
        .stdin("x = 1\ndbutils.notebook.exit(\"v\")\ny = x + 1\n%save n.py\n");
    let output = transcript.output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("a replay stops after cell 2, which ends the notebook; the cells below do not run"),
        "{text}"
    );
    assert!(transcript.run(&["run", "n.py", "--check"]).status.success());
    // As if it had run.
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    assert_eq!(record.matches("status: NotRun").count(), 1);
    let transcript = transcript.file("n.record.ron", record.replace("status: NotRun", "status: Done"));
    assert_eq!(
        first(&transcript, &["run", "n.py", "--check"]),
        (
            "cell 3 drifted first: the notebook now ends before it".to_owned(),
            Some(4)
        )
    );
}

#[test]
fn a_run_that_breaks_off_leaves_the_record_of_a_whole_one() {
    const FILE: &str = "x = read_csv(\"a.csv\")\n# %%\nprint(x.height)\n";
    let kept =
        "n.record.ron is not overwritten: it has the results of a complete run, and this run did not finish";
    let transcript = Transcript::new()
        .file("a.csv", "a\n1\n")
        .file("n.py", format!("# %%\n{FILE}"));
    assert!(transcript.run(&["run", "n.py", "--record"]).status.success());
    let whole = transcript.read("n.record.ron");
    std::fs::remove_file(transcript.path().join("a.csv")).unwrap();
    let output = transcript.run(&["run", "n.py", "--record"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(kept), "{told}");
    assert_eq!(transcript.read("n.record.ron"), whole);
    // Without such a record, a failure is recorded, and a check that succeeds says so.
    std::fs::remove_file(transcript.path().join("n.record.ron")).unwrap();
    assert!(!transcript.run(&["run", "n.py", "--record"]).status.success());
    let transcript = transcript.file("a.csv", "a\n1\n");
    let output = transcript.run(&["run", "n.py", "--check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(
        told.contains("cause: it failed when it was recorded; record a complete run with --record"),
        "{told}"
    );
    assert!(!told.contains("defect"), "{told}");
}

#[test]
fn a_written_file_is_compared_although_values_are_close() {
    let notebook = |sum: &str, rows: &str| format!("x = {sum}\n{rows}\n");
    let write = |value: &str| format!("frame({{\"a\": [{value}]}}).write_csv(\"o.csv\", mode=\"overwrite\")");
    let transcript = Transcript::new().file("n.py", notebook("0.1 + 0.2", &write("1")));
    assert!(transcript.run(&["run", "n.py", "--record"]).status.success());
    for rows in [write("99"), String::new()] {
        let transcript = Transcript::new()
            .file("n.py", notebook("0.3", &rows))
            .file("n.record.ron", transcript.read("n.record.ron"));
        let output = transcript.run(&["run", "n.py", "--check"]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(4), "{told}");
        assert!(told.contains("o.csv"), "{told}");
    }
}

#[test]
fn a_comment_beside_a_warning_is_no_drift() {
    let cell = "def f(x):\n    if x:\n        return 1\nf(True)\n";
    let transcript = Transcript::new().file("n.py", cell);
    let output = transcript.run(&["run", "n.py", "--record"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("warning: ") && told.contains("line 3") && !told.contains("cell#"),
        "{told}"
    );
    let transcript = transcript.file("n.py", format!("{cell}# all\n"));
    let output = transcript.run(&["run", "n.py", "--check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
}

#[test]
fn a_record_of_another_notebook_is_not_overwritten() {
    let transcript = Transcript::new()
        .file("n.py", "1 + 1\n")
        .sheaf(["run", "n.py", "--record"]);
    assert_eq!(transcript.output().status.code(), Some(0));
    let before = transcript.read("n.record.ron");
    let transcript = transcript.file("n.txt", "2 + 2\n");
    let output = transcript.run(&["run", "n.txt", "--record"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains(
            "n.record.ron is the record of n.py, and would be overwritten\nhint: rename one of the two"
        ),
        "{told}"
    );
    assert_eq!(transcript.read("n.record.ron"), before);
    // A notebook that was renamed takes its record along.
    std::fs::remove_file(transcript.path().join("n.py")).unwrap();
    assert!(transcript.run(&["run", "n.txt", "--record"]).status.success());
}

#[test]
fn a_plot_that_drifts_says_which_points_differ_and_by_how_much() {
    let source = "\
# %% Load
sales = read_csv(\"/mnt/data/sales.csv\")
# %% Bars
sales.plot.bar(\"day\", \"sold\", by=\"shop\")
# %% Line
by_day = sales.plot.line(\"n\", \"sold\")
by_day
# %% Bins
sales.plot.hist(\"sold\", bins=2)
";
    let sales = "n,day,shop,sold\n1,mon,a,4\n2,tue,a,6\n3,mon,b,2.5\n4,tue,b,8\n";
    let transcript = Transcript::new()
        .file("sheaf.ron", WORKSPACE)
        .file("data/sales.csv", sales)
        .file("p.py", source);
    let recorded = transcript.run(&["run", "p.py", "--record"]);
    assert!(recorded.status.success(), "{recorded:?}");
    let transcript = transcript
        .sheaf(["run", "p.py", "--check"])
        .stdout(
            "\
[1] Load: identical
[2] Bars: identical
[3] Line: identical
[4] Bins: identical

p.py, [date]: 4 cells: 4 identical ([time])",
        )
        .exits(0)
        .file(
            "data/sales.csv",
            sales
                .replace("2,tue,a,6", "2,tue,a,6.25")
                .replace("4,tue,b,8", "5,wed,b,8"),
        );
    let shown = String::from_utf8(transcript.run(&["run", "p.py", "--check"]).stdout).unwrap();
    let (_, plots) = shown.split_once("[2] ").unwrap();
    insta::assert_snapshot!(crate::docs::without_times(plots), @r#"
    Bars: drifted, follows from cell 1 "Load"
        output, plot "sold by day and shop": 1 point of a is new: wed
        output, plot "sold by day and shop": 1 point of b is new: 8 at wed
        output, plot "sold by day and shop": 2 of 4 points differ, in a (1), b (1)
        ┌────────┬───────┬──────────┬──────┬───────┐
        │ series │ point │ recorded │ now  │ by    │
        ├────────┼───────┼──────────┼──────┼───────┤
        │ a      │ tue   │ 6        │ 6.25 │ +0.25 │
        │ b      │ tue   │ 8        │ none │       │
        └────────┴───────┴──────────┴──────┴───────┘
    [3] Line: drifted, follows from cell 1 "Load"
        by_day, plot "sold by n": 2 of 4 points differ
        ┌───────┬──────────┬────────┬───────┐
        │ point │ recorded │ now    │ by    │
        ├───────┼──────────┼────────┼───────┤
        │ 2     │ 6        │ 6.25   │ +0.25 │
        │ 5     │ 8 at 4   │ 8 at 5 │       │
        └───────┴──────────┴────────┴───────┘
    [4] Bins: identical

    cell 1 "Load" drifted first: input file /mnt/data/sales.csv changed: 58 → 61 bytes, digest 5b77c45782 → 04bdb5da81, sales has 4 rows
    p.py, [date]: 4 cells: 1 identical, 1 drifted, 2 drifted after them ([time])
    "#);
}

#[test]
fn a_plot_with_too_many_points_for_a_record_says_which_series_differ() {
    let rows = |shift: f64| {
        let row = |n: u32| {
            format!(
                "{n},{},{}\n",
                if n.is_multiple_of(2) { "even" } else { "odd" },
                f64::from(n) / 7.0
            )
        };
        let rows: String = (1..=1500).map(row).collect();
        format!("x,kind,y\n{rows}1501,odd,{}\n", 3.0 + shift)
    };
    let transcript = Transcript::new()
        .file("sheaf.ron", WORKSPACE)
        .file("data/many.csv", rows(0.0))
        .file(
            "p.py",
            "# %% Many\nread_csv(\"/mnt/data/many.csv\").plot.scatter(\"x\", \"y\", by=\"kind\")\n",
        );
    assert!(transcript.run(&["run", "p.py", "--record"]).status.success());
    let transcript = transcript.file("data/many.csv", rows(0.125));
    let shown = String::from_utf8(transcript.run(&["run", "p.py", "--check"]).stdout).unwrap();
    let lines: Vec<&str> = shown.lines().filter(|line| !line.contains("cause: ")).collect();
    insta::assert_snapshot!(crate::docs::without_times(&lines.join("\n")), @r#"
    [1] Many: drifted
        output:
           even: 750 points, x from 2.0 to 1500.0, mean size 751.0, y from 0.2857142857142857 to 214.28571428571428, mean size 107.28571428571428
          -odd: 751 points, x from 1.0 to 1501.0, mean size 751.0, y from 0.14285714285714285 to 214.14285714285714, mean size 107.0041848963287
          +odd: 751 points, x from 1.0 to 1501.0, mean size 751.0, y from 0.14285714285714285 to 214.14285714285714, mean size 107.00435134106905

    cell 1 "Many" drifted first: input file /mnt/data/many.csv changed: 38_027 → 38_031 bytes, digest 90aeed662a → 48484c94cf
    p.py, [date]: 1 cell: 1 drifted ([time])
    "#);
}

#[test]
fn an_evaluation_is_compared_by_all_its_digits() {
    let source = "\
# %% Fit
train, test = read_csv(\"/mnt/data/titanic.csv\").split(0.8, seed=42)
model = LogisticRegression().fit(train, target=\"Survived\", features=[\"Pclass\", \"Sex\"])
# %% Evaluate
model.evaluate(test)
";
    let transcript = Transcript::new().workspace().file("e.py", source);
    assert!(transcript.run(&["run", "e.py", "--record"]).status.success());
    let record = String::from_utf8(transcript.read("e.record.ron")).unwrap();
    let (before, after) = record.split_once("log_loss:0.").unwrap();
    let (digits, after) = after.split_at(5);
    // The fifth digit is not among the four that are shown.
    let fifth = if digits.ends_with('5') { '6' } else { '5' };
    let changed = format!("{before}log_loss:0.{}{fifth}{after}", &digits[..4]);
    let transcript = transcript.file("e.record.ron", changed);
    let check = transcript.run(&["run", "e.py", "--check"]);
    let shown = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(4), "{shown}");
    let lines: Vec<&str> = shown
        .lines()
        .filter(|line| line.trim_start().starts_with(['+', '-']))
        .collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines.iter().all(|line| line.contains("log_loss:0.")), "{shown}");
    // Within a tolerance it is as it was.
    let close = transcript.run(&["run", "e.py", "--check", "--tolerance", "1e-2"]);
    assert_eq!(close.status.code(), Some(0), "{close:?}");
}

/// A record of today has to compare equal with one of tomorrow: whoever renames a field, a variant or a type changes none of this.
#[test]
fn values_that_are_no_plain_data_have_a_written_form_of_their_own() {
    let transcript = Transcript::new()
        .file("n.py", WRITTEN_FORMS)
        .sheaf(["run", "n.py", "--record"]);
    transcript.output();
    let text = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    let mut bindings: Vec<&str> = Vec::new();
    for cell in text.split("            bindings: {\n").skip(1) {
        let own = cell.lines().take_while(|line| *line != "            },");
        bindings.extend(own.filter_map(|line| line.get(16..)));
    }
    insta::assert_snapshot!(bindings.join("\n"), @r###"
    "recipe": (
        type: "recipe",
        digest: "fa4b3bf4466015be166c4daf4e906358e7d521cacda84eee608dfbccbe72de71",
        summary: r#"Recipe(["age", "log1p(fare) AS fare"]).impute("age", strateg…"#,
        value: Written(
            kind: "recipe",
            text: r#"Recipe(["age", "log1p(fare) AS fare"]).impute("age", strategy="constant", fill_value=28).one_hot("age", drop="first").min_max("fare")"#,
        ),
    ),
    "estimator": (
        type: "estimator",
        digest: "bdf84114b98db2490ca3c28ce8a528097279628fddacf1a4d02e2a8dcae3c778",
        summary: r#"LogisticRegression(C=0.5, class_weight={"yes": 1.0, "no": 2.…"#,
        value: Written(
            kind: "estimator",
            text: r#"LogisticRegression(C=0.5, class_weight={"yes": 1.0, "no": 2.5}, fit_intercept=True, max_iter=100, penalty="l2", solver="lbfgs", tol=1e-8)"#,
        ),
    ),
    "expression": (
        type: "expression",
        digest: "45d55e17637bf9e5f53c25c5aafd3b4446f38128a0630b5ee63304130bbc62f5",
        summary: "age IS NULL AND fare > 10",
        value: Written(
            kind: "expression",
            text: "age IS NULL AND fare > 10",
        ),
    ),
    "plot": (
        type: "plot",
        digest: "80e6a7432857cb804a20d1a969bbfd313fc5ae6a7a44f00f797490af1b46f5bd",
        summary: r#"plot.bar("Decks")"#,
        value: Plot(
            kind: Bar,
            title: "Decks",
            x: (label: "deck", scale: Category(["a", "b"])),
            y: (label: "mean of n", scale: Number),
            marks: Bars([(name: "", data: [2.5, 2.0])]),
            diagonal: false,
            notes: [],
        ),
    ),
    "###);
}
