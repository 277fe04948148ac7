//! One line of JSON a cell, and one for the whole run, for machines.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::run::Outcome;
use crate::error::Error;
use crate::frame::plot::{Axis, Marks, Plot, Scale};
use crate::frame::{ColumnProfile, Scalar};
use crate::output::Output;
use crate::record::parameters;
use crate::render::{Style, cells, output};
use crate::session::Session;
use crate::source::Source;

/// Writes what became of a cell as one line.
pub(super) fn line(outcome: &Outcome<'_>, session: &Session, file: &str) -> Result<String, Error> {
    let cell = session.cell(outcome.id);
    let state = match (outcome.error, outcome.seconds) {
        (Some(error), _) if error.interrupted() => "interrupted",
        (Some(_), _) => "failed",
        (None, Some(_)) => "ok",
        (None, None) => "not_run",
    };
    let line = json!({
        "cell": session.position(outcome.id).map(|position| position + 1),
        "title": cell.and_then(|cell| cell.title()),
        "name": cell.map(cells::name),
        "kind": cell.map(|cell| cell.kind().word()),
        "state": state,
        "seconds": outcome.seconds.map(|time| time.as_secs_f64()),
        "cached": session.is_cached(outcome.id),
        "outputs": outcome.outputs.iter().map(shown).collect::<Vec<_>>(),
        "error": outcome.error.map(|error| failure(error, session, file)),
    });
    Ok(format!("{line}\n"))
}

/// Writes what became of the whole run as one line: `state` is `ok`, `failed` or `interrupted`.
pub(super) fn summary(
    session: &Session,
    file: &str,
    state: &str,
    exit: Option<&str>,
    started: SystemTime,
    time: Duration,
) -> String {
    let parameters: serde_json::Map<String, Value> = parameters(session, state != "ok")
        .into_iter()
        .map(|(name, parameter)| {
            let origin = parameter.origin.name();
            (name, json!({ "value": parameter.value, "origin": origin }))
        })
        .collect();
    let line = json!({
        "notebook": file,
        "exit": exit,
        "parameters": parameters,
        "started": cells::moment(started),
        "seconds": time.as_secs_f64(),
        "state": state,
    });
    format!("{line}\n")
}

fn shown(item: &Output) -> Value {
    let text = output(item, &Style::default());
    match item {
        Output::Printed(_) => json!({ "type": "print", "text": text }),
        Output::Text { whole, .. } => json!({ "type": "value", "text": text, "folded": whole.is_some() }),
        Output::Markdown(_) => json!({ "type": "markdown", "text": text }),
        Output::Help(_) => json!({ "type": "help", "text": text }),
        Output::Warning(warning) => json!({
            "type": "warning",
            "text": warning.message,
            "line": warning.place.map(|(line, _)| line),
            "column": warning.place.map(|(_, column)| column),
        }),
        Output::Frame { rows, height } => json!({
            "type": "frame",
            "height": height,
            "columns": rows.columns().iter().map(|column| json!({
                "name": column.name().as_str(),
                "type": column.dtype().to_string(),
            })).collect::<Vec<_>>(),
            "text": text,
        }),
        Output::Series { .. } => json!({ "type": "series", "text": text }),
        Output::Model(_) => json!({ "type": "model", "text": text }),
        Output::Profile(profile) => json!({
            "type": "profile",
            "rows": profile.rows,
            "columns": profile.columns.iter().map(column).collect::<Vec<_>>(),
            "text": text,
        }),
        Output::Plot(plot) => picture(plot, &text),
        Output::Evaluation(_) => json!({ "type": "evaluation", "text": text }),
    }
}

fn column(column: &ColumnProfile) -> Value {
    json!({
        "name": column.name,
        "type": column.dtype,
        "missing": column.missing,
        "nan": column.nans,
        "distinct": column.distinct,
        "mean": column.mean,
        "std": column.std,
        "min": scalar(&column.min),
        "quartiles": column.quartiles.iter().map(scalar).collect::<Vec<_>>(),
        "max": scalar(&column.max),
        "histogram": column.histogram,
    })
}

/// Writes numbers and truth as they are, and the rest as text.
fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => json!(value),
        Scalar::Float(value) => json!(value),
        Scalar::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => json!(number),
            (Err(_), Ok(number)) => json!(number),
            _ => json!(number.to_string()),
        },
        Scalar::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}

fn picture(plot: &Plot, text: &str) -> Value {
    let axis = |axis: &Axis| {
        json!({
            "label": axis.label,
            "scale": match &axis.scale {
                Scale::Number => "number",
                Scale::Whole => "whole",
                Scale::Share => "share",
                Scale::Time => "milliseconds",
                Scale::Category(_) => "category",
            },
            "categories": axis.names(),
        })
    };
    let series = match &plot.marks {
        Marks::Bins { groups, .. } => groups
            .iter()
            .map(|group| named(&group.name, json!(group.data)))
            .collect(),
        Marks::Bars(groups) => groups
            .iter()
            .map(|group| named(&group.name, json!(group.data)))
            .collect(),
        Marks::Lines(groups) | Marks::Points(groups) => groups
            .iter()
            .map(|group| named(&group.name, json!(group.data)))
            .collect(),
        Marks::Boxes(boxes) => boxes
            .iter()
            .map(|summary| {
                json!({
                    "count": summary.count,
                    "low": summary.low,
                    "quartiles": summary.quartiles,
                    "high": summary.high,
                    "outliers": summary.outliers,
                })
            })
            .collect(),
        Marks::Matrix(rows) => rows.iter().map(|row| json!(row)).collect::<Vec<_>>(),
    };
    let edges = match &plot.marks {
        Marks::Bins { edges, .. } => Some(edges),
        Marks::Bars(_) | Marks::Lines(_) | Marks::Points(_) | Marks::Boxes(_) | Marks::Matrix(_) => None,
    };
    json!({
        "type": "plot",
        "kind": plot.kind.name(),
        "title": plot.title,
        "x": axis(&plot.x),
        "y": axis(&plot.y),
        "edges": edges,
        "series": series,
        "notes": plot.notes,
        "text": text,
    })
}

fn named(name: &str, data: Value) -> Value {
    json!({ "name": name, "data": data })
}

fn failure(error: &crate::source::CellError, session: &Session, file: &str) -> Value {
    let place = error.spot.as_ref().map(|spot| match &spot.source {
        Source::File(name) => (name.clone(), spot.line, spot.column),
        Source::Included(cell) => (
            cell.file.clone(),
            cell.first_line + spot.line - 1,
            spot.column + cell.column_shift(spot.line),
        ),
        Source::Text(_) => (file.to_owned(), spot.line, spot.column),
        Source::Cell(id) => {
            let cell = session.cell(*id);
            let line = cell.map_or(spot.line, |cell| cell.file_line(spot.line));
            (
                file.to_owned(),
                line,
                spot.column + cell.map_or(0, |cell| cell.column_shift(spot.line)),
            )
        }
    });
    json!({
        "message": error.message,
        "hint": error.hint,
        "file": place.as_ref().map(|(file, ..)| file),
        "line": place.as_ref().map(|(_, line, _)| line),
        "column": place.as_ref().map(|(.., column)| column),
    })
}
