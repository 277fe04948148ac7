use super::*;
use crate::notebook::{CellKind, Format, Notebook};

const FOREIGN: &str = r##"{
 "cells": [
  {"cell_type": "markdown", "id": "intro", "metadata": {"tags": ["a"]}, "source": "# Titanic\n\ntext"},
  {
   "cell_type": "code",
   "execution_count": 3,
   "metadata": {"application/vnd.databricks.v1+cell": {"title": "Load", "showTitle": false}},
   "outputs": [{"output_type": "stream", "name": "stdout", "text": ["[{\"]\n"]}],
   "source": [
    "import pandas as pd\n",
    "df = pd.read_csv(\"x.csv\")\n"
   ]
  },
  {"cell_type": "code", "metadata": {}, "source": ["%sql\n", "SELECT \u00e9, 1"]},
  {"cell_type": "code", "metadata": {}, "source": ["%%time\n", "f()"]},
  {"cell_type": "code", "metadata": {}, "source": "%matplotlib inline\nx = 1"},
  {"cell_type": "code", "metadata": {"title": "Shell"}, "source": "%%bash\nls"},
  {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": []}
 ],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "mine": [1, 2.50]},
 "nbformat": 4, "nbformat_minor": 2
}
"##;

fn shown(cells: &[Cell]) -> String {
    let lines: Vec<String> = cells
        .iter()
        .map(|cell| {
            let title = cell.title().unwrap_or("-");
            let place = (cell.first_line(), cell.column_shift(1), cell.column_shift(2));
            format!("{title} {} {:?} {place:?}", cell.kind(), cell.source())
        })
        .collect();
    lines.join("\n")
}

#[test]
fn reads_the_cells_of_other_programs() {
    let notebook = Notebook::parse(FOREIGN);
    assert_eq!(notebook.format(), Format::named("ipynb").unwrap());
    assert_eq!(notebook.to_text(), FOREIGN);
    assert!(!notebook.cells()[1].title_shown());
    insta::assert_snapshot!(shown(notebook.cells()), @r##"
        - md "# Titanic\n\ntext" (3, 83, 94)
        Load python "import pandas as pd\ndf = pd.read_csv(\"x.csv\")" (10, 5, 5)
        - sql "SELECT é, 1" (14, 62, 0)
        - python "%%time\nf()" (15, 52, 64)
        - python "%matplotlib inline\nx = 1" (16, 51, 71)
        Shell bash "ls" (17, 75, 0)
        - raw "" (18, 0, 0)
        "##);
}

#[test]
fn an_edited_notebook_keeps_identities_and_metadata() {
    let notebook = Notebook::parse(FOREIGN);
    let mut cells = notebook.cells()[..2].to_vec();
    cells.push(Cell::new(CellKind::SQL, Some("Rate"), "SELECT 1"));
    cells.push(cells[0].clone());
    insta::assert_snapshot!(notebook.with_cells(&cells).to_text(), @r##"
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "intro",
           "metadata": {
            "tags": [
             "a"
            ]
           },
           "source": [
            "# Titanic\n",
            "\n",
            "text"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": null,
           "id": "b8d137ca",
           "metadata": {
            "application/vnd.databricks.v1+cell": {
             "title": "Load",
             "showTitle": false
            }
           },
           "outputs": [],
           "source": [
            "import pandas as pd\n",
            "df = pd.read_csv(\"x.csv\")"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": null,
           "id": "8f75e6d5",
           "metadata": {
            "title": "Rate"
           },
           "outputs": [],
           "source": [
            "%%sql\n",
            "SELECT 1"
           ]
          },
          {
           "cell_type": "markdown",
           "id": "intro-2",
           "metadata": {
            "tags": [
             "a"
            ]
           },
           "source": [
            "# Titanic\n",
            "\n",
            "text"
           ]
          }
         ],
         "metadata": {
          "kernelspec": {
           "name": "python3",
           "display_name": "Python 3"
          },
          "mine": [
           1,
           2.50
          ]
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }
        "##);
}

#[test]
fn version_three_has_worksheets_and_headings() {
    let text = r#"{"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Load"]},
            {"cell_type": "code", "collapsed": false, "input": ["x = 1"], "language": "python", "metadata": {}, "outputs": []}
        ], "metadata": {}}]}"#;
    let notebook = Notebook::parse(text);
    assert_eq!(notebook.to_text(), text);
    assert_eq!(
        notebook.cells(),
        [
            Cell::new(CellKind::MARKDOWN, None, "## Load"),
            Cell::new(CellKind::PYTHON, None, "x = 1")
        ]
    );
}

#[test]
fn a_kind_that_the_source_cannot_show_is_in_the_metadata() {
    for (kind, source) in [
        ("python", "%sql"),
        ("python", "%%sql\nSELECT 1"),
        ("time", "f()"),
        ("python", "%run ./setup"),
    ] {
        let cell = Cell::new(CellKind::of_magic(kind).unwrap(), None, source);
        let text = Ipynb.print(std::slice::from_ref(&cell));
        assert!(text.contains(&format!("\"kind\": \"{kind}\"")), "{text}");
        assert_eq!(Ipynb.parse(&text).cells, [cell]);
    }
}

#[test]
fn what_is_no_notebook_says_why() {
    let cases = [
        (
            "",
            Some(InvalidJupyter::Json {
                line: 1,
                column: 0,
                reason: "EOF while parsing a value".to_owned(),
            }),
        ),
        (
            "{\n\"cells\": [",
            Some(InvalidJupyter::Json {
                line: 2,
                column: 10,
                reason: "EOF while parsing a list".to_owned(),
            }),
        ),
        ("[]", Some(InvalidJupyter::Missing("`nbformat`, a number"))),
        (
            "{\"nbformat\": 4, \"cells\": [1]}",
            Some(InvalidJupyter::Missing("`cells`, a list of objects")),
        ),
        ("{\"nbformat\": 4, \"cells\": []}", None),
    ];
    for (text, expected) in cases {
        assert_eq!(invalid_jupyter(text), expected, "{text}");
        assert_eq!(Notebook::parse(text).to_text(), text);
    }
}
