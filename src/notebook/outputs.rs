//! [`JupyterOutput`]: what the cells of a Jupyter notebook showed when they last ran there.

use std::collections::BTreeMap;

use serde_json::Value;

/// Something that a cell showed in Jupyter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JupyterOutput {
    /// Text that it wrote, or a value as text.
    Text(String),
    /// Markdown source.
    Markdown(String),
    /// HTML.
    Html {
        /// Its source.
        source: String,
        /// The same as text, where there is one.
        text: Option<String>,
    },
    /// A picture.
    Picture {
        /// Its type: `image/png`.
        mime: &'static str,
        /// Its bytes in base64, without white space; of `image/svg+xml`, its source.
        data: String,
    },
    /// An error.
    Error {
        /// Its name and what it says.
        message: String,
        /// Where it came from, as Jupyter shows it; may be empty.
        traceback: String,
    },
    /// Something that only a program can show, by its types.
    Other(Vec<String>),
}

/// The types of pictures, the best first.
const PICTURES: [&str; 4] = ["image/svg+xml", "image/png", "image/jpeg", "image/gif"];

/// Reads the outputs of a notebook's cells off its text, in document order; of what has several forms, one that needs
/// no program: a picture, or else Markdown, or else a table or text.
pub(super) fn jupyter_outputs(text: &str) -> Vec<Vec<JupyterOutput>> {
    cells(text)
        .iter()
        .map(|cell| list(cell, "outputs").iter().filter_map(output).collect())
        .collect()
}

/// Reads the pictures that are attached to a notebook's cells off its text, in document order: by the address that their
/// Markdown has, the address that is the picture.
pub(super) fn jupyter_attachments(text: &str) -> Vec<BTreeMap<String, String>> {
    let attached = |(name, forms): (&String, &Value)| {
        let picture = PICTURES.into_iter().find_map(|mime| {
            let data = base64(&joined(forms.get(mime)?)?)?;
            Some(format!("data:{mime};base64,{data}"))
        });
        Some((format!("attachment:{name}"), picture?))
    };
    let of_cell = |cell: &Value| {
        let attachments = cell.get("attachments").and_then(Value::as_object);
        attachments.into_iter().flatten().filter_map(attached).collect()
    };
    cells(text).iter().map(of_cell).collect()
}

fn cells(text: &str) -> Vec<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let notebook: Value = serde_json::from_str(text).unwrap_or_default();
    let sheets = list(&notebook, "worksheets");
    let cells = sheets.iter().flat_map(|sheet| list(sheet, "cells"));
    cells.chain(list(&notebook, "cells")).collect()
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    let list = value.get(name).and_then(Value::as_array);
    list.cloned().unwrap_or_default()
}

fn output(output: &Value) -> Option<JupyterOutput> {
    let kind = output.get("output_type").and_then(Value::as_str)?;
    match kind {
        "stream" => Some(JupyterOutput::Text(joined(output.get("text")?)?)),
        "error" | "pyerr" => {
            let part = |name: &str| output.get(name).and_then(Value::as_str).unwrap_or_default();
            Some(JupyterOutput::Error {
                message: format!("{}: {}", part("ename"), part("evalue")),
                traceback: lines(output.get("traceback")).join("\n"),
            })
        }
        "execute_result" | "display_data" | "pyout" => {
            // Version 3 has the forms beside the type, by short names.
            let data = output.get("data").unwrap_or(output);
            let form = |mime: &str| {
                let short = match mime.rsplit_once('/') {
                    Some((_, "svg+xml")) => "svg",
                    Some((_, "plain")) => "text",
                    Some((_, short)) => short,
                    None => mime,
                };
                joined(data.get(mime).or_else(|| data.get(short))?)
            };
            let picture = PICTURES.into_iter().find_map(|mime| {
                let data = form(mime)?;
                let data = if mime == "image/svg+xml" {
                    data
                } else {
                    base64(&data)?
                };
                Some(JupyterOutput::Picture { mime, data })
            });
            picture
                .or_else(|| form("text/markdown").map(JupyterOutput::Markdown))
                .or_else(|| {
                    let (source, text) = (form("text/html")?, form("text/plain"));
                    // Of what is no table, text tells as much.
                    let is_better = text.is_none() || source.to_ascii_lowercase().contains("<table");
                    is_better.then_some(JupyterOutput::Html { source, text })
                })
                .or_else(|| form("text/plain").map(JupyterOutput::Text))
                .or_else(|| form("text/latex").map(JupyterOutput::Text))
                .or_else(|| {
                    let types = data.as_object()?.keys().cloned();
                    Some(JupyterOutput::Other(types.collect()))
                })
        }
        _ => None,
    }
}

fn lines(value: Option<&Value>) -> Vec<&str> {
    let lines = value.and_then(Value::as_array);
    lines.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns a text that is written whole or line by line.
fn joined(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines
            .iter()
            .map(|line| line.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Returns base64 without white space; `None` for what is none.
fn base64(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    let is_digit = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=');
    text.chars().all(is_digit).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attached_pictures_are_known_by_their_addresses() {
        let text = r#"{"nbformat": 4, "cells": [{"cell_type": "code"},
            {"cell_type": "markdown", "attachments": {"a b.png": {"image/png": "AA\n=="}, "x.pdf": {"application/pdf": "AA=="}}}]}"#;
        let picture = (
            "attachment:a b.png".to_owned(),
            "data:image/png;base64,AA==".to_owned(),
        );
        assert_eq!(
            jupyter_attachments(text),
            [BTreeMap::new(), BTreeMap::from([picture])]
        );
    }

    #[test]
    fn outputs_are_read_in_the_form_that_needs_no_program() {
        let text = r#"{"nbformat": 4, "cells": [
            {"cell_type": "markdown", "source": "x"},
            {"cell_type": "code", "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
                {"output_type": "execute_result", "data": {"text/html": "<b>1</b>", "text/plain": ["1"]}},
                {"output_type": "display_data", "data": {"image/png": "iVBO\nRw0=", "text/plain": "<Figure>"}},
                {"output_type": "display_data", "data": {"image/png": "\"><script>", "text/plain": "odd"}},
                {"output_type": "display_data", "data": {"text/markdown": "*m*"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["at", "line 1"]},
                {"output_type": "display_data", "data": {"image/x": "7", "application/x": {}}},
                {"output_type": "display_data", "data": {"text/latex": "$x$"}},
                {"output_type": "display_data", "data": {"text/html": "<TABLE>", "text/plain": "t"}},
                {"output_type": "display_data", "data": {"text/html": "<p>"}},
                {"output_type": "widget"}, 7
            ]}]}"#;
        let text_of = |text: &str| JupyterOutput::Text(text.to_owned());
        assert_eq!(
            jupyter_outputs(text),
            [
                Vec::new(),
                vec![
                    text_of("a\nb\n"),
                    text_of("1"),
                    JupyterOutput::Picture {
                        mime: "image/png",
                        data: "iVBORw0=".to_owned()
                    },
                    text_of("odd"),
                    JupyterOutput::Markdown("*m*".to_owned()),
                    JupyterOutput::Error {
                        message: "ValueError: no".to_owned(),
                        traceback: "at\nline 1".to_owned()
                    },
                    JupyterOutput::Other(vec!["image/x".to_owned(), "application/x".to_owned()]),
                    text_of("$x$"),
                    JupyterOutput::Html {
                        source: "<TABLE>".to_owned(),
                        text: Some("t".to_owned())
                    },
                    JupyterOutput::Html {
                        source: "<p>".to_owned(),
                        text: None
                    },
                ]
            ]
        );
        let old = r#"{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "outputs": [
            {"output_type": "pyout", "png": "AA==", "text": "fig"}, {"output_type": "pyout", "text": ["4"]}]}]}]}"#;
        let picture = JupyterOutput::Picture {
            mime: "image/png",
            data: "AA==".to_owned(),
        };
        assert_eq!(jupyter_outputs(old), [vec![picture, text_of("4")]]);
        assert!(jupyter_outputs("not JSON").is_empty());
    }
}
