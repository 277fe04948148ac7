//! The prompt, without a terminal: cells and commands go in, what is shown comes out.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use sheaf::error::Error;
use sheaf::notebook::Notebook;
use sheaf::render::{Style, output};
use sheaf::repl::{Prompt, Screen};
use sheaf::session::{Session, State};
use sheaf::workspace::Workspace;

use crate::docs::copy_repository;
use crate::live::session_in;

/// A screen that keeps what is shown.
#[derive(Default)]
pub struct Paper(RefCell<String>);

impl Paper {
    /// Returns what was shown since this was asked last, times left out.
    pub fn take(&self) -> String {
        without_times(&self.0.take())
    }
}

impl Screen for Paper {
    fn style(&self) -> Style {
        Style::default()
    }

    fn error_style(&self) -> Style {
        Style::default()
    }

    fn height(&self) -> usize {
        24
    }

    fn out(&self, text: &str) -> Result<(), Error> {
        self.error(text);
        Ok(())
    }

    fn error(&self, text: &str) {
        self.0.borrow_mut().push_str(text);
    }
}

pub fn session(folder: &Path) -> Session {
    session_in(&Workspace::find(folder).unwrap())
}

/// Types lines at a prompt in `folder`; returns what is shown, times left out, and the session.
fn type_in(folder: &Path, lines: &str) -> (String, Session) {
    let paper = Paper::default();
    let mut prompt = Prompt::new(session(folder), &paper);
    prompt.run_lines(lines.as_bytes(), None).unwrap();
    let session = prompt.into_session();
    (paper.take(), session)
}

/// Replaces times, which differ from run to run, by as many dots.
fn without_times(text: &str) -> String {
    let mut lines = Vec::new();
    // A slow machine says of more cells how long they took.
    let is_time = |line: &&str| line.starts_with('(') && (line.ends_with(" ms)") || line.ends_with(" s)"));
    for line in text.lines().filter(|line| !is_time(line)) {
        let words: Vec<&str> = line.split(' ').collect();
        let is_unit = |word: &str| matches!(word, "µs" | "ms" | "s");
        let mut line = String::new();
        for (index, word) in words.iter().enumerate() {
            let before_unit = words.get(index + 1).is_some_and(|next| is_unit(next));
            if before_unit && word.parse::<f64>().is_ok() {
                line.truncate(line.trim_end().len());
                line.push_str("  TIME");
            } else if !is_unit(word) {
                if index > 0 {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        lines.push(line);
    }
    lines.join("\n")
}

pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_repository(folder.path());
    folder
}

#[test]
fn cells_are_arranged_edited_and_undone() {
    let folder = folder();
    let (shown, _) = type_in(
        folder.path(),
        "a = 1
b = a + 1
c = b * 10
%title 2 Next
%cells
%edit 1
a = 5
%cells
%run stale
c
%undo
%undo
%undo
%cells
%redo
%cells
%insert 2
a = 7
%run stale
c
%move 2 1
%delete 1-2
%cells
%deps 1
",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_a_cell_reads_is_told_as_running_resolves_it() {
    let folder = folder();
    let (shown, _) = type_in(
        folder.path(),
        "x = 1\nif len([]) > 0:\n    x = 2\n\nx\n%deps 3\n%deps 1\n%deps 2\n",
    );
    // Cell 2 would bind x by its source, and did not.
    assert_eq!(
        shown.trim_end(),
        "1\ncell 3\n  reads x of cell 1\ncell 1\n  binds x\n  cell 3 reads x\ncell 2\n  reads nothing, and nothing reads it"
    );
}

#[test]
fn what_fails_is_not_kept_and_what_was_there_stays() {
    let folder = folder();
    let (shown, session) = type_in(
        folder.path(),
        "a = 1
b = a + nothing
b = a + 1
%edit 1
a = 1 + )
%edit 2
b = a + nothing
b
%cells
%frobnicate
%run 9
%run 2-1
%move 1
%cells now
%undo it
%auto maybe
%save
%open
%open missing.py
%page
%export percnt x.py
%sqll SELECT 1
%help savee
",
    );
    insta::assert_snapshot!(shown);
    assert!(session.states().iter().all(|state| *state == State::Fresh));
}

#[test]
fn stale_cells_run_by_themselves_where_that_is_wanted() {
    let folder = folder();
    let (shown, session) = type_in(
        folder.path(),
        "%auto on\na = 1\nb = a + 1\nb * 10\n%edit 1\na = 2\n%auto\n",
    );
    insta::assert_snapshot!(shown);
    assert!(session.states().iter().all(|state| *state == State::Fresh));
}

#[test]
fn names_are_listed_with_their_shapes_and_a_functions_source_with_its_cell() {
    let folder = folder();
    let (shown, _) = type_in(
        folder.path(),
        "titanic = read_csv(\"/mnt/data/titanic.csv\")
numbers = [1, 2, 3]
long = list(range(100))
text = \"a word\"
def double(x):
    return 2 * x

model = LogisticRegression().fit(titanic, target=\"Survived\", features=[\"Sex\"])
%who
double??
numbers??
",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_long_table_is_shown_page_by_page() {
    let folder = folder();
    let (shown, _) = type_in(
        folder.path(),
        "read_csv(\"/mnt/data/titanic.csv\").select(\"PassengerId\", \"Name\")\n%page\n%page 56\n%page\n%page back\n%page 57\n",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_notebook_is_opened_changed_compared_saved_and_exported() {
    let folder = folder();
    let file = folder.path().join("sessions/notes.py");
    let text = "# Databricks notebook source\n# MAGIC %md\n# MAGIC Notes\n\n# COMMAND ----------\n\nx = 1\n";
    std::fs::write(&file, text).unwrap();
    let name = file.display();
    let (shown, _) = type_in(
        folder.path(),
        &format!(
            "y = 1\n%open {name}\n%open! {name}\n%diff\n%cells\n%run all\nz = x + 1\n%diff\n%save\n%export percent {name}.percent.py\n%export percent {name}.percent.py\n%save {name}.percent.py\n%quit\n"
        ),
    );
    insta::assert_snapshot!(shown.replace(&folder.path().display().to_string(), "FOLDER"));
    let saved = std::fs::read_to_string(&file).unwrap();
    assert_eq!(saved, format!("{text}\n# COMMAND ----------\n\nz = x + 1\n"));
    let exported = std::fs::read_to_string(folder.path().join("sessions/notes.py.percent.py")).unwrap();
    assert_eq!(
        exported,
        "# %% [markdown]\n# Notes\n\n# %%\nx = 1\n\n# %%\nz = x + 1\n"
    );
}

#[test]
fn an_opened_notebook_is_saved_byte_for_byte() {
    let folder = folder();
    let file = folder.path().join("odd.py");
    let text = "# %% Load   extra=1\r\nx = 1\r\n\r\n\r\n# %%\r\ny = x\r\n";
    std::fs::write(&file, text).unwrap();
    let name = file.display();
    type_in(
        folder.path(),
        &format!("%open {name}\n%run all\n%delete 1\n%undo\n%save\n"),
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

/// What a person may do at a prompt, as the lines that they type.
#[derive(Debug, Clone)]
enum Deed {
    Add(&'static str),
    Insert(usize, &'static str),
    Edit(usize, &'static str),
    Move(usize, usize),
    Delete(usize),
    Run(usize),
    Line(&'static str),
}

impl Deed {
    fn typed(&self) -> String {
        match self {
            Self::Add(cell) => format!("{cell}\n"),
            Self::Insert(at, cell) => format!("%insert {at}\n{cell}\n"),
            Self::Edit(at, cell) => format!("%edit {at}\n{cell}\n"),
            Self::Move(from, to) => format!("%move {from} {to}\n"),
            Self::Delete(at) => format!("%delete {at}\n"),
            Self::Run(at) => format!("%run {at}\n"),
            Self::Line(line) => format!("{line}\n"),
        }
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let cell = prop::sample::select(vec![
        "a = 1",
        "a = 2",
        "b = a + 1",
        "a = a * 3 + b",
        "c = [a, b]",
        "xs = [i * a for i in range(5)]",
        "def f(x):\n    return x + a\n",
        "d = f(b)",
        "t = DataFrame({\"x\": [1, 2, 3, a], \"g\": [\"p\", \"q\", \"p\", \"q\"]})",
        "t = t.filter(\"x > 1\").with_columns(y=\"x * 2\")",
        "%sql s << SELECT g, sum(x) AS total FROM t GROUP BY g;",
        "e = t.group_by(\"g\").agg(n=\"count(*)\").to_dicts()",
        "w = dbutils.widgets.text(\"w\", str(a))",
        "print(a)",
        "oops = missing + 1",
        "for i in range(3):\n    k = i * a\n",
    ]);
    let number = 1_usize..7;
    prop_oneof![
        6 => cell.clone().prop_map(Deed::Add),
        2 => (number.clone(), cell.clone()).prop_map(|(at, cell)| Deed::Insert(at, cell)),
        3 => (number.clone(), cell).prop_map(|(at, cell)| Deed::Edit(at, cell)),
        2 => (number.clone(), number.clone()).prop_map(|(from, to)| Deed::Move(from, to)),
        2 => number.clone().prop_map(Deed::Delete),
        2 => number.prop_map(Deed::Run),
        3 => prop::sample::select(vec!["%undo", "%undo", "%redo", "%run stale", "%run all"]).prop_map(Deed::Line),
    ]
}

/// Shows what every name is bound to.
fn shown(session: &mut Session) -> Vec<String> {
    let names: Vec<String> = session
        .bindings()
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    let mut all = Vec::new();
    for name in names {
        let id = session.append(sheaf::notebook::Cell::from_prompt(&format!("display({name})")));
        session
            .run(id, |item| {
                all.push(format!("{name}: {}", output(&item, &Style::default())));
            })
            .unwrap();
        session.remove(id);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever a person did: a replay of what they saved gives each fresh cell the values it has at the prompt.
    #[test]
    fn what_is_saved_replays_with_the_same_values(deeds in prop::collection::vec(deed(), 1..25), refresh: bool) {
        let folder = folder();
        let file = folder.path().join("saved.py");
        let mut typed: String = deeds.iter().map(Deed::typed).collect();
        if refresh {
            typed += "%run stale\n";
        }
        let _ = writeln!(typed, "%save {}", file.display());
        let (log, mut prompt) = type_in(folder.path(), &typed);

        let notebook = Notebook::read(&file).unwrap();
        let mut replay = session(folder.path());
        for cell in notebook.cells() {
            let id = replay.append(cell.clone());
            // A cell that fails binds nothing, at the prompt and here.
            let _ = replay.run(id, |_| {});
        }
        prop_assert_eq!(prompt.ids().len(), replay.ids().len());
        let values = |session: &Session, id| -> Vec<(String, String)> {
            session.bound(id).map(|(name, value)| (name.to_owned(), value.value().to_repr())).collect()
        };
        let states = prompt.states();
        for ((here, there), state) in prompt.ids().into_iter().zip(replay.ids()).zip(&states) {
            if *state == State::Fresh {
                prop_assert_eq!(replay.state(there), State::Fresh, "{}", log);
                prop_assert_eq!(values(&prompt, here), values(&replay, there), "{}", log);
            }
        }
        if states.iter().all(|state| *state == State::Fresh) {
            prop_assert_eq!(shown(&mut prompt), shown(&mut replay), "{}", log);
        }
    }
}

#[test]
fn cells_are_exported_with_what_they_showed_and_jupyters_are_opened_and_saved() {
    let folder = folder();
    let name = |file: &str| folder.path().join(file).display().to_string();
    let (page, text, jupyter, source) = (name("a.html"), name("a.txt"), name("a.ipynb"), name("b.py"));
    let (shown, _) = type_in(
        folder.path(),
        &format!(
            "x = 1\nprint(\"hello\", x)\n%export {page}\n%export {page}\n%export! {page}\n%export markdown {text}\n\
             %export {}\n%export html\n%save {jupyter}\n%quit\n",
            name("a.docx")
        ),
    );
    let errors: Vec<&str> = shown.lines().filter(|line| line.contains("error: ")).collect();
    let path = folder.path().display().to_string();
    insta::assert_snapshot!(errors.join("\n").replace(&path, "FOLDER"), @r"
    error: FOLDER/a.html exists already
    error: %export does not take `FOLDER/a.docx`
    error: %export needs an argument: %export FILE, or %export FORMAT FILE; FORMAT is databricks, percent, html, ipynb or markdown, or else what the file's name says (.html, .ipynb, .md, .py); %export! replaces a file that exists
    ");
    let read = |file: &str| std::fs::read_to_string(file).unwrap();
    assert!(read(&page).contains("<pre class=\"printed\" tabindex=\"0\">hello 1</pre>"));
    let text = read(&text);
    let (head, cells) = text.split_once("\n\n").unwrap();
    assert!(head.starts_with("*a.txt · 2 cells · ran in "), "{head}");
    assert_eq!(
        cells,
        "```python\nx = 1\n```\n\n```python\nprint(\"hello\", x)\n```\n\n```text\nhello 1\n```\n"
    );
    let saved = read(&jupyter);
    assert!(saved.starts_with("{\n \"cells\": ["), "{saved}");
    let (shown, _) = type_in(
        folder.path(),
        &format!("%open {jupyter}\n%run all\n%save\n%save {source}\n%quit\n"),
    );
    assert!(shown.contains("hello 1"), "{shown}");
    assert_eq!(read(&jupyter), saved);
    assert_eq!(
        read(&source),
        "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\nprint(\"hello\", x)\n"
    );
}
