//! Notebooks with their outputs as HTML, Jupyter and Markdown, looked at by the programs that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use proptest::prelude::*;
use sheaf::export::{Document, DocumentCell, Target};
use sheaf::notebook::{Cell, CellKind, Format, Notebook};
use sheaf::record::{Failure, Origin, Parameter, Shown, Table, Text};
use sheaf::session::State;
use sheaf::workspace::Workspace;

use crate::browser::{Browser, absent};
use crate::docs::copy_repository;
use crate::live::session_in;
use crate::transcript::Transcript;

/// Runs a notebook of a copy of the repository and returns its cells with what they showed.
fn ran(notebook: &str) -> Document {
    let folder = tempfile::tempdir().unwrap();
    copy_repository(folder.path());
    let workspace = Workspace::find(folder.path()).unwrap();
    let mut session = session_in(&workspace);
    let path = folder.path().join("sessions").join(notebook);
    for cell in Notebook::read(&path).unwrap().cells() {
        let id = session.append(cell.clone());
        session.run(id, drop).unwrap();
    }
    Document::of_session(notebook, &session)
}

fn written(document: &Document, target: &str) -> String {
    match Target::named(target).unwrap() {
        Target::Export(export) => export.write(document),
        Target::Format(_) => panic!("{target} has no outputs"),
    }
}

fn cell(kind: &str, title: Option<&str>, source: &str, outputs: Vec<Shown>) -> DocumentCell {
    DocumentCell {
        cell: Cell::new(CellKind::of_magic(kind).unwrap(), title, source),
        state: Some(State::Fresh),
        time: Some(Duration::from_millis(12)),
        outputs,
        jupyter_outputs: Vec::new(),
        failure: None,
        pictures: std::collections::BTreeMap::new(),
    }
}

fn text(text: &str) -> Text {
    Text::of(text.to_owned())
}

/// A table with every order that sorting must get right: numbers, texts, missing values, rows left out.
fn table() -> Table {
    let row = |name: &str, age: Option<&str>, fare: &str, since: &str| {
        vec![
            Some(name.to_owned()),
            age.map(str::to_owned),
            Some(fare.to_owned()),
            Some(since.to_owned()),
        ]
    };
    Table {
        height: Some(5),
        columns: vec![
            ("Name".to_owned(), "str".to_owned()),
            ("Age".to_owned(), "i64".to_owned()),
            ("Fare".to_owned(), "f64".to_owned()),
            ("Since".to_owned(), "duration[μs]".to_owned()),
        ],
        rows: vec![
            row("Braund", Some("22"), "7.25", "1d 5s"),
            row("Ågren", None, "NaN", "1m 40s"),
            row("allen", Some("9"), "71.28333333333333", "-1d -1h"),
            row("Moran", Some("100"), "-inf", "1d 1h"),
            row("Zabour", Some("-3"), "10.0", "250ms"),
        ],
        whole: None,
    }
}

/// One cell of every kind and state.
fn everything() -> Document {
    let mut stale = cell(
        "python",
        Some("Summary"),
        "df = read_csv(path)\ndf.describe()",
        vec![Shown::Frame(table())],
    );
    stale.state = Some(State::Stale);
    let mut failed = cell(
        "python",
        Some("Fit"),
        "model = LogisticRegresion()",
        vec![Shown::Printed(text("fitting"))],
    );
    failed.state = Some(State::Failed);
    failed.failure = Some(Failure {
        message: "there is no `LogisticRegresion`".to_owned(),
        hint: Some("did you mean `LogisticRegression`?".to_owned()),
        place: Some((1, 9)),
    });
    let mut waiting = cell("sql", None, "SELECT 1", Vec::new());
    (waiting.state, waiting.time) = (Some(State::NotRun), None);
    let mut cells = ran("titanic_explore.py").cells;
    cells.truncate(3);
    cells.extend([
        cell("python", None, "1 + 1", vec![Shown::Value(text("2"))]),
        stale,
        failed,
        waiting,
        cell("raw", None, "for another program", Vec::new()),
        cell("md", None, "## Words\n\n* one\n* [two](https://example.org)\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```python\nx = 1\n```", Vec::new()),
    ]);
    cells.extend(
        ran("tour.py")
            .cells
            .into_iter()
            .filter(|part| part.outputs.iter().any(|shown| matches!(shown, Shown::Plot(_)))),
    );
    Document {
        title: "everything.py".to_owned(),
        ran: Some("2026-05-04T10:20:30Z".to_owned()),
        parameters: [
            ("day", "2026-05-03", Origin::Given),
            ("rows", "", Origin::Default),
        ]
        .map(|(name, value, origin)| {
            let value = value.to_owned();
            (name.to_owned(), Parameter { value, origin })
        })
        .into(),
        cells,
    }
}

/// Text that would run, end something, or steer a terminal, where it is not escaped.
const HOSTILE: &str = "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>\"'`--> ]]> ```\n```` \u{1b}[31m \u{202e}&amp;";

fn hostile() -> Document {
    let table = Table {
        height: Some(2),
        columns: vec![(HOSTILE.to_owned(), HOSTILE.to_owned())],
        rows: vec![vec![Some(HOSTILE.to_owned())], vec![None]],
        whole: None,
    };
    let mut failed = cell(
        "python",
        Some(HOSTILE),
        HOSTILE,
        vec![
            Shown::Printed(text(HOSTILE)),
            Shown::Value(text(HOSTILE)),
            Shown::Frame(table),
            Shown::Markdown(text(HOSTILE)),
            Shown::Warning {
                message: HOSTILE.to_owned(),
                place: None,
            },
        ],
    );
    failed.failure = Some(Failure {
        message: HOSTILE.to_owned(),
        hint: Some(HOSTILE.to_owned()),
        place: None,
    });
    let links = "[a](javascript:window.broken=1) [b](JaVa\tScript:window.broken=1) <javascript:window.broken=1> \
                 [c](data:text/html,x) ![d](https://example.org/x.png) [e](//example.org) [f](a\"onclick=x) [g](ok.html#x)";
    Document {
        title: HOSTILE.to_owned(),
        ran: None,
        parameters: std::collections::BTreeMap::new(),
        cells: vec![
            failed,
            cell(
                "md",
                Some(HOSTILE),
                &format!("# {HOSTILE}\n\n{HOSTILE}\n\n```{HOSTILE}"),
                Vec::new(),
            ),
            cell("md", None, links, Vec::new()),
            cell("sql", None, &format!("SELECT '{HOSTILE}'"), Vec::new()),
        ],
    }
}

/// Writes a page in a fresh folder.
fn page(document: &Document) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, written(document, "html")).unwrap();
    (folder, file)
}

/// Returns the texts of a column of the page's last table with these numbers.
fn column(browser: &Browser, column: usize) -> Vec<String> {
    let texts = browser.evaluate(&format!(
        "return [...document.querySelectorAll('.cell.stale tbody tr')].map((row) => row.cells[{column}].textContent)"
    ));
    let texts = texts.as_array().unwrap().iter();
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

const WIDE: (u32, u32) = (1440, 900);
const NARROW: (u32, u32) = (390, 844);

#[test]
fn a_page_is_shown_by_a_browser_and_its_tables_sort() {
    let Some(browser) = Browser::start() else { return };
    let (_folder, file) = page(&everything());
    browser.open(&file, WIDE, "light");
    let header = |column: usize| format!(".cell.stale th:nth-child({column}) button");
    let names = ["Braund", "Ågren", "allen", "Moran", "Zabour"];
    assert_eq!(column(&browser, 0), names);
    browser.click(&header(2));
    assert_eq!(column(&browser, 1), ["-3", "9", "22", "100", "null"]);
    browser.click(&header(2));
    assert_eq!(column(&browser, 1), ["100", "22", "9", "-3", "null"]);
    let sorted = "return document.querySelector('.cell.stale th:nth-child(2)').getAttribute('aria-sort')";
    assert_eq!(browser.evaluate(sorted), "descending");
    browser.press(&header(2), "\u{e007}");
    assert_eq!(column(&browser, 0), names);
    assert!(browser.evaluate(sorted).is_null());
    browser.press(&header(3), " ");
    assert_eq!(
        column(&browser, 2),
        ["-inf", "7.250000", "10.000000", "71.283333", "NaN"]
    );
    browser.click(&header(4));
    assert_eq!(
        column(&browser, 3),
        ["-1d -1h", "250ms", "1m 40s", "1d 5s", "1d 1h"]
    );
    browser.click(&header(1));
    assert_eq!(
        column(&browser, 0),
        ["Ågren", "allen", "Braund", "Moran", "Zabour"]
    );
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_page_is_light_or_dark_wide_or_narrow() {
    let Some(browser) = Browser::start() else { return };
    let (_folder, file) = page(&everything());
    let paper = "return getComputedStyle(document.body).backgroundColor";
    let mut shots = Vec::new();
    for (size, scheme) in [
        (WIDE, "light"),
        (WIDE, "dark"),
        (NARROW, "light"),
        (NARROW, "dark"),
    ] {
        browser.open(&file, size, scheme);
        let expected = if scheme == "light" {
            "rgb(255, 255, 255)"
        } else {
            "rgb(19, 22, 27)"
        };
        assert_eq!(browser.evaluate(paper), expected);
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.evaluate(overflow), 0, "nothing is wider than the page");
        let shot = browser.screenshot();
        assert!(shot.starts_with(b"\x89PNG"));
        shots.push(shot);
    }
    keep(&shots);
    // The choice is the style sheet's, and needs no script.
    browser.allow_scripts(false);
    browser.open(&file, WIDE, "light");
    browser.click("label:has(#scheme-dark)");
    browser.allow_scripts(true);
    assert_eq!(browser.evaluate(paper), "rgb(19, 22, 27)");
    assert_eq!(
        browser.evaluate("return document.querySelectorAll('th button').length"),
        0
    );
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_page_is_printed_on_white_with_all_that_fits() {
    let Some(browser) = Browser::start() else { return };
    let table = |columns: usize| {
        let row = |row: usize| (0..columns).map(move |column| Some(format!("{}", row * 1000 + column)));
        Shown::Frame(Table {
            height: Some(2),
            columns: (0..columns)
                .map(|column| (format!("c{column}"), "i64".to_owned()))
                .collect(),
            rows: (0..2).map(|at| row(at).collect()).collect(),
            whole: None,
        })
    };
    let tables = [3, 14, 18, 30, 100].map(table).to_vec();
    let document = Document {
        title: "wide.py".to_owned(),
        ran: None,
        parameters: std::collections::BTreeMap::new(),
        cells: vec![cell("python", None, "df", tables)],
    };
    let (_folder, file) = page(&document);
    browser.open(&file, (720, 1000), "dark");
    browser.click("label:has(#scheme-dark)");
    browser.print_layout(true);
    let paper = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.evaluate(paper), "rgb(255, 255, 255)");
    let widths = browser.evaluate(
        "return [...document.querySelectorAll('figure.table table')].map((t) => t.getBoundingClientRect().width)",
    );
    let widths: Vec<f64> = widths
        .as_array()
        .unwrap()
        .iter()
        .map(|width| width.as_f64().unwrap())
        .collect();
    assert!(widths[..4].iter().all(|width| *width <= 720.0), "{widths:?}");
    let noted = "return [...document.querySelectorAll('figure.table')].map((f) => getComputedStyle(f.querySelector('figcaption'), '::after').content !== 'none')";
    assert_eq!(
        browser.evaluate(noted),
        serde_json::json!([false, false, false, false, true])
    );
    // What a browser does not repeat on each sheet is in no header.
    let inside = "return document.querySelectorAll('th button .name').length";
    assert_eq!(browser.evaluate(inside), 0);
    let shown = "return getComputedStyle(document.querySelector('th button')).display";
    assert_eq!(browser.evaluate(shown), "none");
    browser.print_layout(false);
    assert_eq!(browser.console(), Vec::<String>::new());
}

/// Leaves pictures where someone wants to look at them.
fn keep(shots: &[Vec<u8>]) {
    let Some(folder) = std::env::var_os("SHEAF_SCREENSHOTS") else {
        return;
    };
    for (shot, name) in shots.iter().zip(["light", "dark", "narrow-light", "narrow-dark"]) {
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), shot).unwrap();
    }
    std::fs::write(
        Path::new(&folder).join("page.html"),
        written(&everything(), "html"),
    )
    .unwrap();
}

#[test]
fn hostile_text_stays_text_in_a_browser() {
    let html = written(&hostile(), "html");
    assert_eq!(html.matches("<script").count(), 1, "only the page's own");
    assert_eq!(html.matches("</script").count(), 1);
    for forbidden in [
        "<img",
        "onerror=window.broken=1>",
        "href=\"javascript",
        "href=\"data:",
        "href=\"//",
        "\u{1b}",
        "\u{202e}",
        "src=\"http",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("href=\"ok.html#x\""));
    let Some(browser) = Browser::start() else { return };
    let (_folder, file) = page(&hostile());
    browser.open(&file, WIDE, "light");
    assert!(browser.evaluate("return window.broken ?? null").is_null());
    assert_eq!(
        browser
            .evaluate("return document.querySelectorAll('img, iframe, object, [onclick], [onerror]').length"),
        0
    );
    assert_eq!(
        browser.evaluate("return document.querySelectorAll('section').length"),
        4
    );
    let title = HOSTILE
        .replace('\n', "\\n")
        .replace('\u{1b}', "\\u{1b}")
        .replace('\u{202e}', "\\u{202e}");
    assert_eq!(
        browser
            .evaluate("return document.title.length > 0 && document.querySelector('.file').textContent")
            .as_str()
            .map(|text| text.replace('\n', "\\n")),
        Some(title)
    );
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn hostile_text_stays_in_its_fence_in_markdown() {
    let text = written(&hostile(), "markdown");
    // What a reader of Markdown takes for HTML or for headings is only what the text cell itself wrote.
    let html: Vec<String> = pulldown_cmark::Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) => {
                Some(html.into_string())
            }
            _ => None,
        })
        .collect();
    let own = pulldown_cmark::Parser::new(HOSTILE)
        .filter(|event| {
            matches!(
                event,
                pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_)
            )
        })
        .count();
    assert!(html.len() <= 3 * own, "{html:?}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_notebook_is_valid_for_jupyter() {
    let documents = [everything(), hostile(), ran("titanic_train.py")];
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (document, name) in documents.iter().zip(["everything", "hostile", "train"]) {
        files.push(folder.path().join(format!("{name}.ipynb")));
        std::fs::write(files.last().unwrap(), written(document, "ipynb")).unwrap();
    }
    let Some(python) = python() else { return };
    let script = "\
import sys, nbformat
for name in sys.argv[1:]:
    notebook = nbformat.read(name, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    kinds = [output.output_type for cell in notebook.cells for output in cell.get('outputs', [])]
    print(notebook.nbformat, notebook.nbformat_minor, len(notebook.cells), sorted(set(kinds)))
";
    let output = Command::new(python)
        .args(["-W", "error", "-c", script])
        .args(&files)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout), @r"
    4 5 11 ['display_data', 'error', 'execute_result', 'stream']
    4 5 4 ['display_data', 'error', 'execute_result', 'stream']
    4 5 7 ['display_data', 'execute_result', 'stream']
    ");
}

/// Returns a Python that has the official `nbformat` package.
fn python() -> Option<PathBuf> {
    let kept = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/sheaf/python/bin/python"));
    let candidates = kept.into_iter().chain([PathBuf::from("python3")]);
    let found = candidates.into_iter().find(|python| {
        let imported = Command::new(python).args(["-c", "import nbformat"]).output();
        imported.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        absent("Python's package nbformat");
    }
    found
}

#[test]
fn every_example_becomes_every_target_and_comes_back_from_jupyter() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sessions")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(notebook) = Notebook::read(&path) else {
            continue;
        };
        let name = path.file_name().unwrap().to_str().unwrap();
        let document = Document::of_notebook(name, &notebook);
        for target in Target::all() {
            let text = target.write(&notebook, &document);
            assert!(!text.is_empty(), "{name}: {target:?}");
            if Format::named(target.name()).is_some() {
                let read = Notebook::parse(&text);
                assert_eq!(read.format().name(), target.name());
                assert_eq!(read.cells(), notebook.cells(), "{name}: {target:?}");
                assert_eq!(read.convert(notebook.format()).cells(), notebook.cells());
            }
        }
    }
}

#[test]
fn cells_of_other_notebooks_are_kept_and_explained() {
    let foreign = "\
# Databricks notebook source
# DBTITLE 1,Load
import pandas as pd
df = pd.read_csv(\"x.csv\")

# COMMAND ----------

# MAGIC %scala
# MAGIC val x = 1
";
    let transcript = Transcript::new()
        .file("theirs.py", foreign)
        .sheaf(["convert", "theirs.py", "--to", "ipynb", "--out", "theirs.ipynb"])
        .stderr(
            "\
cell 1 \"Load\": import pandas as pd: frames are built in; write read_csv(\"/mnt/data/x.csv\")
cell 1 \"Load\": df = pd.read_csv(\"x.csv\"): write read_csv(\"/mnt/data/x.csv\")
cell 2: %scala: cells are Python-shaped code or SQL; rewrite it as one, or as %sql
",
        )
        .exits(0)
        .sheaf(["show", "theirs.ipynb"])
        .stdout(
            "\
[1] Load
import pandas as pd
df = pd.read_csv(\"x.csv\")
! line 1: import pandas as pd: frames are built in; write read_csv(\"/mnt/data/x.csv\")
! line 2: df = pd.read_csv(\"x.csv\"): write read_csv(\"/mnt/data/x.csv\")

[2] %scala
val x = 1
! line 1: %scala: cells are Python-shaped code or SQL; rewrite it as one, or as %sql
",
        )
        .exits(0);
    let back = transcript.run(&["convert", "theirs.ipynb", "--to", "databricks"]);
    assert_eq!(String::from_utf8(back.stdout).unwrap(), foreign);
}

#[test]
fn a_notebook_of_jupyter_runs_and_its_errors_point_into_the_file() {
    let source = "# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\ny = x + 1\nprint(zebra)\n";
    let transcript = Transcript::new().file("a.py", source);
    let jupyter = transcript.run(&["convert", "a.py", "--to", "ipynb"]);
    transcript
        .file("a.ipynb", jupyter.stdout)
        .sheaf(["run", "a.ipynb"])
        .stdout("[1] x = 1\n([time])\n\n[2] y = x + 1\n([time])\n\na.ipynb, [date]: failed in cell 2 after [time]\n")
        .stderr(
            "\
error: there is no `zebra`
  --> a.ipynb:21:12 (cell 2, line 2, column 7)
   |
21 | print(zebra)
   |       ^^^^^
hint: bind it in a cell above, or check the spelling
",
        )
        .exits(1)
        .file("torn.ipynb", "{\"cells\": [")
        .sheaf(["show", "torn.ipynb"])
        .stderr(
            "\
error: \"torn.ipynb\" is a damaged Jupyter notebook: at line 1, column 11: EOF while parsing a list
hint: restore it from a copy; Jupyter keeps one in .ipynb_checkpoints beside it
",
        )
        .exits(3);
}

/// A notebook as Jupyter leaves it.
const JUPYTERS: &str = r#"{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
 {"cell_type": "markdown", "metadata": {}, "attachments": {"p.png": {"image/png": "AA=="}},
  "source": "![in it](attachment:p.png) ![beside it](p.gif) ![nowhere](q.gif)"},
 {"cell_type": "code", "execution_count": 3, "metadata": {}, "source": "df", "outputs": [
  {"output_type": "stream", "name": "stdout", "text": ["read\n"]},
  {"output_type": "execute_result", "execution_count": 3, "metadata": {},
   "data": {"text/html": "<script>alert(1)</script>", "text/plain": ["   a\n", "0  1"]}},
  {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg onload='alert(2)'/>"}},
  {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "x",
   "text/html": "<style>td {}</style><table onclick='alert(3)'><tr><td>cell<script>alert(4)</script>"}},
  {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<div id='plot'></div><script>alert(5)</script>"}},
  {"output_type": "error", "ename": "ValueError", "evalue": "\u001b[31mno\u001b[0m", "traceback": ["line 1", "\u001b[1mno"]}]}]}"#;

#[test]
fn what_cells_showed_in_jupyter_comes_along() {
    let transcript = Transcript::new()
        .file("j.ipynb", JUPYTERS)
        .file("p.gif", "GIF")
        .sheaf([]);
    let to = |target: &str| {
        let output = transcript.run(&["convert", "j.ipynb", "--to", target]);
        String::from_utf8(output.stdout).unwrap()
    };
    insta::assert_snapshot!(to("markdown"), @r"
    ![in it](data:image/png;base64,AA==) ![beside it](p.gif) ![nowhere](q.gif)

    ```python
    df
    ```

    ```text
    read
    ```

    ```text
       a
    0  1
    ```

    ![Picture](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9J2FsZXJ0KDIpJy8+)

    ```text
    x
    ```

    > **Note:** an output of type text/html is not shown

    ```text
    line 1
    no
    ```
    ");
    let page = to("html");
    for part in [
        "read</pre>",
        "   a\n0  1</pre>",
        "<img alt=\"Picture\" src=\"data:image/svg+xml;base64,",
        "<div class=\"scroll jupyter\" tabindex=\"0\"><table><tbody><tr><td>cell</td></tr></tbody></table></div>",
        "an output of type text/html is not shown",
        "<strong>Error</strong> ValueError: no</p><details><summary>Traceback</summary>",
        "line 1\nno</pre>",
        "<img src=\"data:image/png;base64,AA==\" alt=\"in it\">",
        "<img src=\"data:image/gif;base64,R0lG\" alt=\"beside it\">",
        "[picture: nowhere]",
        "Cell <a href=\"#cell-2\">2</a> failed",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("alert("));
    let (before, after): (serde_json::Value, serde_json::Value) = (
        serde_json::from_str(JUPYTERS).unwrap(),
        serde_json::from_str(&to("ipynb")).unwrap(),
    );
    assert_eq!(before["cells"][1]["outputs"], after["cells"][1]["outputs"]);
}

#[test]
fn a_record_tells_what_cells_showed_and_which_have_changed_since() {
    let header = "# Databricks notebook source\n";
    let cells = |cells: [&str; 4]| format!("{header}{}\n", cells.join("\n\n# COMMAND ----------\n\n"));
    let transcript = Transcript::new().file("a.py", cells(["x = 1", "print(x + 1)", "print(5)", "y = 3"]));
    assert!(transcript.run(&["run", "--record", "a.py"]).status.success());
    let transcript = transcript
        .file(
            "a.py",
            cells(["x = 2", "print(x + 1)", "print( 5 )  # five", "y = 3"]),
        )
        .sheaf(["convert", "a.py", "--to", "markdown"]);
    let text = String::from_utf8(transcript.output().stdout).unwrap();
    let (head, text) = text.split_once("\n\n").unwrap();
    assert!(head.starts_with("*a.py · 4 cells · ran in "), "{head}");
    insta::assert_snapshot!(text, @r"
    > **Note:** stale: its source or inputs have changed since it ran.

    ```python
    x = 2
    ```

    > **Note:** stale: its source or inputs have changed since it ran.

    ```python
    print(x + 1)
    ```

    ```text
    2
    ```

    ```python
    print( 5 )  # five
    ```

    ```text
    5
    ```

    ```python
    y = 3
    ```
    ");
    let page = transcript.run(&["convert", "a.py", "--to", "html"]).stdout;
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("are stale: their sources or inputs have changed since they ran"));
}

#[test]
fn a_page_says_of_which_run_it_is_also_where_that_failed() {
    let source = "\
# %% Parameters
dbutils.widgets.text(\"day\", \"monday\")
# %% Fail
fail(\"no rows on \" + dbutils.widgets.get(\"day\"))
# %% More
dbutils.widgets.text(\"limit\", \"10\")
";
    let transcript = Transcript::new().file("n.py", source);
    let run = ["run", "n.py", "--record", "-p", "day=a|b", "-p", "limit=<5>"];
    assert_eq!(transcript.run(&run).status.code(), Some(1));
    let to = |target: &str| {
        let text = String::from_utf8(transcript.run(&["convert", "n.py", "--to", target]).stdout).unwrap();
        let record = String::from_utf8(transcript.read("n.record.ron")).unwrap();
        let (_, ended) = record.split_once("ended: \"").unwrap();
        let minute = ended.get(..16).unwrap().replace('T', " ");
        assert!(text.contains(&format!("{minute} UTC")), "{text}");
        text.replace(&minute, "[day]")
    };
    let markdown = to("markdown");
    let (head, _) = markdown.split_once("\n\n```").unwrap();
    let (before, time) = head.split_once("ran in ").unwrap();
    let (_, after) = time.split_once(" · ").unwrap();
    insta::assert_snapshot!(format!("{before}ran in [time] · {after}"), @r"
    *n.py · 3 cells · ran in [time] · [day] UTC · failed in cell 2*

    | parameter | value | from |
    | :-- | :-- | :-- |
    | day | a\|b | given |
    | limit | &lt;5&gt; | given |

    ### Parameters
    ");
    let html = to("html");
    let (_, list) = html.split_once("<dl class=\"parameters\"").unwrap();
    let (list, _) = list.split_once("</dl>").unwrap();
    insta::assert_snapshot!(list, @r#"
     aria-label="Parameters">
    <div><dt>day</dt><dd><code>a|b</code> <span>given</span></dd></div>
    <div><dt>limit</dt><dd><code>&lt;5&gt;</code> <span>given</span></dd></div>
    "#);
}

proptest! {
    #[test]
    fn any_text_is_written_whole(words in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "&", "\"", "'", "`", "```", "~~~", "\n", "# ", "|", "\\", "](javascript:x)", "[", "![", "é", "\u{1b}", "x", " ", "<!--", "$",
    ]), 0..24)) {
        let source = words.concat();
        let document = Document {
            title: source.clone(),
            ran: None,
            parameters: std::collections::BTreeMap::new(),
            cells: vec![cell("md", Some(&source), &source, Vec::new()), cell("python", Some(&source), &source, vec![Shown::Printed(text(&source))])],
        };
        let html = written(&document, "html");
        prop_assert_eq!(html.matches("<script").count(), 1);
        prop_assert_eq!(html.matches("<section").count(), 2);
        prop_assert!(!html.contains("href=\"javascript"));
        for target in ["ipynb", "markdown"] {
            let steers = written(&document, target).contains('\u{1b}');
            prop_assert!(!steers);
        }
        let read = Notebook::parse(&written(&document, "ipynb"));
        let cells: Vec<Cell> = document.cells.iter().map(|part| part.cell.clone()).collect();
        prop_assert_eq!(read.cells(), &cells[..]);
    }
}
