//! What is shown fits where it is shown: long values are folded, and no word or number breaks at the end of a line.

use console::measure_text_width;

use crate::terminal::Terminal;
use crate::transcript::Transcript;

/// What long values of every kind look like.
const LONG: &str = "\
# %% A list
[x * x for x in range(100000)]
# %% A dict of lists
{\"evens\": list(range(0, 5000, 2)), \"odds\": tuple(range(1, 5000, 2)), \"one\": struct(n=1)}
# %% A text
\"many words \" * 1000
# %% Texts in a list
[\"a\" * 3000, \"b\"]
# %% A set
set(range(10000))
# %% Not long
list(range(300))
";

#[test]
fn a_long_value_shows_its_ends_and_how_much_there_is() {
    let transcript = Transcript::new()
        .file("n.py", LONG)
        .sheaf(["run", "n.py", "--record"]);
    let shown = String::from_utf8(transcript.output().stdout).unwrap();
    let shown = crate::docs::without_times(&shown);
    insta::assert_snapshot!(shown.replace("recorded in n.record.ron\n", ""));
    // The record and what is made of it show the same.
    let list = "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81, … 99_980 of 100_000 not shown …, 9998000100, ";
    let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
    assert!(record.contains(list) && record.len() < 20_000, "{record}");
    for arguments in [
        ["show", "n.py", "--outputs"].as_slice(),
        &["convert", "n.py", "--to", "markdown"],
        &["convert", "n.py", "--to", "html"],
        &["convert", "n.py", "--to", "ipynb"],
    ] {
        let text = String::from_utf8(transcript.run(arguments).stdout).unwrap();
        assert!(text.contains(list), "{arguments:?}: {text}");
        assert!(!text.contains("(cut"), "{arguments:?}: {text}");
    }
}

#[test]
fn what_is_folded_is_compared_whole_and_what_is_printed_is_printed_whole() {
    let cell = |middle: u32| format!("[1] * 50000 + [{middle}] + [1] * 50000\n");
    let transcript = Transcript::new().file("n.py", cell(1));
    assert!(transcript.run(&["run", "n.py", "--record"]).status.success());
    let transcript = transcript
        .file("n.py", cell(2))
        .sheaf(["run", "n.py", "--check"])
        .stdout(
            "\
[1] [1] * 50000 + [2] + [1] * 50000: drifted
    cause: its source was edited
    output:
      it differs in the part that is not shown

cell 1 drifted first: its source was edited
n.py, [date]: 1 cell: 1 drifted ([time])",
        )
        .exits(4);
    let transcript = transcript.file("p.py", "print([1] * 50000 + [7] + [1] * 50000)\n");
    let text = String::from_utf8(transcript.run(&["run", "p.py"]).stdout).unwrap();
    assert!(
        text.contains("1, 1, 7, 1, 1") && text.len() > 300_000,
        "{} bytes",
        text.len()
    );
}

/// Cells whose lines are wider than most windows.
const WIDE: &str = "\
# %% Load
titanic = read_csv(\"/mnt/data/titanic.csv\")
train, test = titanic.drop_nulls([\"Age\", \"Embarked\"]).split(0.8, seed=42)
titanic
# %% Fit
model = LogisticRegression().fit(train, target=\"Survived\", features=[\"Pclass\", \"Sex\", \"Age\", \"Fare\", \"Embarked\"])
model
# %% Several classes
classes = LogisticRegression().fit(train, target=\"Embarked\", features=[\"Pclass\", \"Fare\"])
classes
# %% How good
classes.evaluate(test)
# %% Values
[x / 7 for x in range(40)]
# %% Print
print(\"train: {} rows, test: {} rows, and more words than a narrow window has room for\".format(713, 178))
# %% Profile
display(titanic, profile=True)
# %% Fail
titanic.filter(\"Age > 30\").group_by(\"Pclass\").agg(rate=\"avg(Survivd)\").sort(\"Pclass\")
";

#[test]
fn no_line_is_wider_than_the_window() {
    for columns in [40, 80, 160] {
        for notebook in [
            "wide.py",
            "sessions/tour.py",
            "sessions/titanic_train.py",
            "sessions/titanic_explore.py",
        ] {
            let mut running = Terminal::new().size(50, columns).file("wide.py", WIDE).start(&[
                "run",
                notebook,
                "--no-cache",
            ]);
            // Its last cell fails on purpose.
            assert_eq!(running.wait_exit(), i32::from(notebook == "wide.py"));
            let history = running.history();
            let lines = history.split(['\n', '\r']);
            for line in lines {
                assert!(
                    measure_text_width(line) <= usize::from(columns),
                    "{columns} columns, {notebook}: {line:?}"
                );
            }
        }
    }
}

#[test]
fn a_model_is_read_in_a_narrow_window() {
    let mut running = Terminal::new().size(60, 40).file("wide.py", WIDE).start(&[
        "run",
        "wide.py",
        "--until",
        "4",
        "--no-cache",
    ]);
    assert_eq!(running.wait_exit(), 0);
    let shown = running.everything();
    let (_, fit) = shown.split_once("[2] Fit").unwrap();
    insta::assert_snapshot!(crate::docs::without_times(fit));
}

#[test]
fn texts_use_a_wide_window() {
    let mut running = Terminal::new()
        .size(60, 200)
        .file(
            "n.py",
            "# %% Table\nnames = read_csv(\"/mnt/data/titanic.csv\").select(\"Name\", \"Ticket\", \"Age\").sort(\"Name\")\nnames\n\
             # %% Profile\ndisplay(names, profile=True)\n",
        )
        .start(&["run", "n.py", "--no-cache"]);
    assert_eq!(running.wait_exit(), 0);
    insta::assert_snapshot!(crate::docs::without_times(&running.everything()));
}
