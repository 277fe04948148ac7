//! A model and an evaluation as text: what was learnt, from what, and how well it does.
//!
//! Plain lines without colour; tables of rows are drawn elsewhere.

use std::fmt::Write as _;

use crate::model::{Evaluation, FittedModel};

/// More coefficients than this are not listed.
const MAX_TERMS: usize = 30;

/// Returns a model as text: estimator, target, training figures, coefficients and where it came from.
pub(crate) fn model(model: &FittedModel) -> String {
    let mut text = String::new();
    let classes: Vec<String> = model.classes().iter().map(ToString::to_string).collect();
    let metrics = model.metrics();
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{}", model.estimator());
    let _ = writeln!(
        text,
        "{} ({}) from {}",
        model.target(),
        classes.join(", "),
        features(model)
    );
    let figures: Vec<String> = metrics
        .figures()
        .iter()
        .filter_map(|(name, figure)| figure.map(|figure| format!("{name} {figure:.4}")))
        .collect();
    let _ = writeln!(text, "trained on {} rows: {}", model.rows(), figures.join(", "));
    text.push('\n');
    coefficients(&mut text, model);
    for warning in model.warnings() {
        let _ = writeln!(text, "warning: {warning}");
    }
    let provenance = model.provenance();
    if let Some(notebook) = &provenance.notebook {
        let cell = provenance
            .cell
            .as_ref()
            .map(|cell| format!(", cell {cell}"))
            .unwrap_or_default();
        let _ = writeln!(text, "from {notebook}{cell}");
    }
    for input in &provenance.inputs {
        let digest: String = input.sha256.chars().take(12).collect();
        let _ = writeln!(text, "read {} (sha256 {digest}…)", input.name);
    }
    text.trim_end().to_owned()
}

/// Returns an evaluation as text: the figures, then the confusion matrix.
pub(crate) fn evaluation(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{:<9}  {:>6}", "n", evaluation.n);
    for (name, figure) in evaluation.figures() {
        let figure = figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.4}"));
        let _ = writeln!(text, "{name:<9}  {figure:>6}");
    }
    text.push('\n');
    let labels: Vec<String> = evaluation.classes.iter().map(ToString::to_string).collect();
    let head: Vec<String> = labels.iter().map(|label| format!("predicted {label}")).collect();
    let first = labels
        .iter()
        .map(|label| label.chars().count() + 7)
        .max()
        .unwrap_or(0);
    let line = |name: &str, cells: &[String]| {
        let mut line = format!("{name:<first$}");
        for (cell, title) in cells.iter().zip(&head) {
            let _ = write!(line, "  {cell:>width$}", width = title.chars().count());
        }
        line.trim_end().to_owned()
    };
    let _ = writeln!(text, "{}", line("", &head));
    for (label, row) in labels.iter().zip(&evaluation.confusion) {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "{}", line(&format!("actual {label}"), &cells));
    }
    text.trim_end().to_owned()
}

fn features(model: &FittedModel) -> String {
    model.recipe().features().collect::<Vec<_>>().join(", ")
}

/// Lists each term with a column for each row of coefficients; with two classes also the odds ratio.
fn coefficients(text: &mut String, model: &FittedModel) {
    let learnt = model.weights();
    let binary = learnt.weights.len() == 1;
    let mut heads = vec!["term".to_owned()];
    if binary {
        heads.extend(["coefficient".to_owned(), "odds ratio".to_owned()]);
    } else {
        heads.extend(model.classes().iter().map(ToString::to_string));
    }
    let row = |term: &str, values: Vec<f64>| {
        let mut cells = vec![term.to_owned()];
        cells.extend(values.iter().map(|value| format!("{value:.6}")));
        if let ([value], true) = (values.as_slice(), binary) {
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
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|c| c.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    match model.recipe().terms().count().saturating_sub(MAX_TERMS) {
        0 => {}
        more => {
            let _ = writeln!(text, "and {more} more: .coefficients() has them all");
        }
    }
    text.push('\n');
}
