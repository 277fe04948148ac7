//! A model and an evaluation as text: what was learnt, from what, and how well it does.
//!
//! Plain lines without colour; tables of rows are drawn elsewhere.

use std::fmt::Write as _;

use super::cell::{escape, width};
use super::style::Style;
use crate::model::{Class, ClassificationMetrics, Evaluation, FittedModel, Linear, Link};

/// More coefficients than this are not listed.
const MAX_TERMS: usize = 30;

/// Returns a model as text: estimator, target, training figures, coefficients and the files it came from.
pub(crate) fn model(model: &FittedModel, style: &Style) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{}", model.estimator());
    if let Some(target) = model.target() {
        let _ = write!(text, "{} ", escape(target));
    }
    if let Some(classes) = model.classes() {
        let _ = write!(text, "({}) ", names(classes).join(", "));
    }
    let _ = writeln!(text, "from {}", features(model));
    let _ = write!(text, "trained on {} rows", model.rows());
    if let Some(metrics) = model.metrics() {
        let figures: Vec<String> = metrics
            .figures()
            .iter()
            .filter_map(|(name, figure)| figure.map(|figure| format!("{name} {figure:.4}")))
            .collect();
        let _ = write!(text, ": {}", figures.join(", "));
    }
    text.push_str("\n\n");
    if let Some(linear) = model.linear() {
        coefficients(&mut text, model, linear, style);
    }
    for warning in model.warnings() {
        let _ = writeln!(text, "warning: {warning}");
    }
    for input in &model.provenance().inputs {
        let _ = if let Some(tag) = &input.tag {
            writeln!(text, "read {} (tag {})", input.name, escape(tag))
        } else {
            let digest: String = input.sha256.chars().take(12).collect();
            writeln!(text, "read {} (sha256 {digest}…)", input.name)
        };
    }
    text.trim_end().to_owned()
}

fn names(classes: &[Class]) -> Vec<String> {
    classes.iter().map(|class| escape(&class.to_string())).collect()
}

/// Returns an evaluation as text: the figures, then a classifier's confusion matrix.
pub(crate) fn evaluation(evaluation: &Evaluation, style: &Style) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{:<9}  {:>6}", "n", evaluation.n());
    for (name, figure) in evaluation.figures() {
        let figure = figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.4}"));
        let _ = writeln!(text, "{name:<9}  {figure:>6}");
    }
    if let Some(metrics) = evaluation.classification() {
        text.push('\n');
        confusion(&mut text, metrics, style);
    }
    text.trim_end().to_owned()
}

fn confusion(text: &mut String, metrics: &ClassificationMetrics, style: &Style) {
    let labels = names(&metrics.classes);
    let row = |first: String, cells: Vec<String>| std::iter::once(first).chain(cells).collect();
    let heads = labels.iter().map(|label| format!("predicted {label}")).collect();
    let mut rows = vec![row(String::new(), heads)];
    for (label, counts) in labels.iter().zip(&metrics.confusion) {
        let counts = counts.iter().map(ToString::to_string).collect();
        rows.push(row(format!("actual {label}"), counts));
    }
    columns(text, &rows, style);
}

/// Lays out rows in columns: the first on the left, the others, which are numbers, on the right.
///
/// Columns that do not fit the width are put below, beside the first one again.
fn columns(text: &mut String, rows: &[Vec<String>], style: &Style) {
    let count = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(widest).collect();
    let first = widths.first().copied().unwrap_or(0);
    let mut start = 1;
    while start < count {
        let mut used = first;
        let fitting = widths.iter().skip(start).take_while(|width| {
            used += 2 + **width;
            used <= style.width
        });
        let end = start + fitting.count().max(1);
        if start > 1 {
            text.push('\n');
        }
        for row in rows {
            let name = row.first().map_or("", String::as_str);
            let mut line = format!("{name}{}", " ".repeat(first - width(name)));
            for (cell, wide) in row.iter().zip(&widths).take(end).skip(start) {
                line.push_str(&" ".repeat(2 + wide - width(cell)));
                line.push_str(cell);
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        start = end;
    }
}

fn features(model: &FittedModel) -> String {
    let names: Vec<String> = model.recipe().features().map(escape).collect();
    names.join(", ")
}

/// Lists each term with a column for each row of coefficients; a single row of log odds also with the odds ratio.
fn coefficients(text: &mut String, model: &FittedModel, linear: Linear<'_>, style: &Style) {
    let learnt = linear.coefficients;
    let single = learnt.weights.len() == 1;
    let has_odds = single && linear.link == Link::Logit;
    let mut heads = vec!["term".to_owned()];
    if single {
        heads.push("coefficient".to_owned());
    } else {
        heads.extend(names(model.classes().unwrap_or_default()));
    }
    if has_odds {
        heads.push("odds ratio".to_owned());
    }
    let row = |term: &str, values: Vec<f64>| {
        let mut cells = vec![escape(term)];
        cells.extend(values.iter().map(|value| format!("{value:.6}")));
        if let ([value], true) = (values.as_slice(), has_odds) {
            cells.push(format!("{:.4}", value.exp()));
        }
        cells
    };
    let mut rows = vec![heads, row("(intercept)", learnt.intercepts.clone())];
    for (place, term) in model.recipe().terms().take(MAX_TERMS).enumerate() {
        let values = learnt
            .weights
            .iter()
            .filter_map(|weights| weights.get(place).copied())
            .collect();
        rows.push(row(term, values));
    }
    columns(text, &rows, style);
    match model.recipe().terms().count().saturating_sub(MAX_TERMS) {
        0 => {}
        more => {
            let _ = writeln!(text, "and {more} more: .coefficients() has them all");
        }
    }
    text.push('\n');
}
