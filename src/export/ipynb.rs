//! Jupyter's format 4.5 with outputs: streams, tables as text and HTML, plots as SVG, errors.

use serde_json::map::Map;
use serde_json::value::Value;
use serde_json::{from_str, json};

use super::html::table_for_jupyter;
use super::markdown::{STALE, failure_text, text, whole};
use super::{Document, DocumentCell, Export};
use crate::notebook::{Cell, Format, Notebook, jupyter_text};
use crate::record::{Failure, Shown};
use crate::render::{plain, plot};
use crate::session::State;

/// A notebook of Jupyter's.
pub(super) struct Ipynb;

impl Export for Ipynb {
    fn name(&self) -> &'static str {
        "ipynb"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ipynb"]
    }

    fn is_json(&self) -> bool {
        true
    }

    fn write(&self, document: &Document) -> String {
        let cells: Vec<Cell> = document.cells.iter().map(|part| part.cell.clone()).collect();
        let Some(format) = Format::named(self.name()) else {
            return String::new();
        };
        let bare = Notebook::from_cells(format, &cells).to_text();
        let mut notebook: Value = from_str(&bare).unwrap_or_default();
        let written = notebook.get_mut("cells").and_then(Value::as_array_mut);
        let mut count = 0;
        for (cell, part) in written.into_iter().flatten().zip(&document.cells) {
            if cell.get("cell_type").and_then(Value::as_str) != Some("code") {
                continue;
            }
            let Some(cell) = cell.as_object_mut() else {
                continue;
            };
            if part.time.is_some() || part.failure.is_some() || !part.outputs.is_empty() {
                count += 1;
                cell.insert("execution_count".to_owned(), count.into());
                cell.insert("outputs".to_owned(), outputs(part, count).into());
            }
        }
        jupyter_text(&notebook)
    }
}

fn outputs(part: &DocumentCell, count: u32) -> Vec<Value> {
    let mut written: Vec<Value> = Vec::new();
    if part.state == Some(State::Stale) {
        stream(&mut written, "stderr", STALE);
    }
    for shown in &part.outputs {
        match shown {
            Shown::Printed(text) => stream(&mut written, "stdout", &whole(text)),
            Shown::Warning { .. } => stream(&mut written, "stderr", &text(shown)),
            Shown::Value(_) => written.push(json!({
                "data": data(shown),
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            })),
            Shown::Frame(_)
            | Shown::Series(_)
            | Shown::Model(_)
            | Shown::Evaluation(_)
            | Shown::Profile(_)
            | Shown::Plot(_)
            | Shown::Picture(_)
            | Shown::Markdown(_)
            | Shown::Help(_) => written.push(json!({
                "data": data(shown),
                "metadata": {},
                "output_type": "display_data",
            })),
        }
    }
    written.extend(part.failure.as_ref().map(error));
    written
}

/// Adds lines to a stream; lines that follow each other are one output.
fn stream(written: &mut Vec<Value>, name: &str, text: &str) {
    let lines = lines(&format!("{text}\n"));
    if let Some(last) = written.last_mut()
        && last.get("name").and_then(Value::as_str) == Some(name)
        && let Some(before) = last.get_mut("text").and_then(Value::as_array_mut)
    {
        before.extend(lines);
        return;
    }
    written.push(json!({ "name": name, "output_type": "stream", "text": lines }));
}

/// Returns what is shown under every type that says it, as text at least.
fn data(shown: &Shown) -> Value {
    let mut data = Map::new();
    let mut put = |mime: &str, text: &str| data.insert(mime.to_owned(), lines(text).into());
    match shown {
        Shown::Frame(table) | Shown::Series(table) => {
            put("text/html", &table_for_jupyter(table));
        }
        Shown::Plot(picture) => {
            if let Ok(svg) = plot::svg(picture) {
                put("image/svg+xml", &svg);
            }
        }
        Shown::Markdown(source) => {
            put("text/markdown", &whole(source));
        }
        Shown::Printed(_)
        | Shown::Value(_)
        | Shown::Model(_)
        | Shown::Evaluation(_)
        | Shown::Profile(_)
        | Shown::Picture(_)
        | Shown::Help(_)
        | Shown::Warning { .. } => {}
    }
    put("text/plain", &text(shown));
    Value::Object(data)
}

fn error(failure: &Failure) -> Value {
    json!({
        "ename": "Error",
        "evalue": plain(&failure.message),
        "output_type": "error",
        "traceback": failure_text(failure).lines().collect::<Vec<_>>(),
    })
}

/// Cuts text into lines that keep their ends, as Jupyter writes text.
fn lines(text: &str) -> Vec<Value> {
    text.split_inclusive('\n').map(Value::from).collect()
}
