//! What a cell shows, as JSON.

use serde_json::{Value, json};

use crate::frame::plot::{Axis, Marks, Plot, Scale};
use crate::frame::{ColumnProfile, Scalar};
use crate::output::Output;
use crate::render::{Style, output};

/// Writes one thing that a cell shows.
pub(super) fn shown(item: &Output) -> Value {
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
