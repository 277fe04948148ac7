//! A score: a start, and what each input adds to it, from the first to the last.
//!
//! The order is that of `plan.rs`, so that a database that computes in doubles comes to the same bits.

use super::dialect::Dialect;
use super::error::ToSqlError;
use super::input::Written;
use crate::model::formula::{Categories, Input, Score, Weight};

impl Score {
    /// Writes the sum, one term a line.
    pub(super) fn lines(
        &self,
        inputs: &[(&Input, Written)],
        dialect: &Dialect,
    ) -> Result<Vec<String>, ToSqlError> {
        let mut lines = vec![dialect.number(self.start)];
        for (weight, (input, written)) in self.weights.iter().zip(inputs) {
            match (weight, input.categories()) {
                (Weight::Categories(weights), Some(categories)) => {
                    lines.extend(choice(weights, categories, written, dialect)?);
                }
                (Weight::Categories(_), None) => {}
                (Weight::Number(weight), _) => {
                    let sign = if weight.is_sign_negative() { '-' } else { '+' };
                    let digits = dialect.digits(weight.abs());
                    lines.push(format!("  {sign} {digits} * {}", written.name));
                }
            }
        }
        Ok(lines)
    }
}

/// Writes what a category adds: nothing if training did not have it, and NULL where there is none, or where it had to be known.
fn choice(
    weights: &[f64],
    categories: &Categories,
    written: &Written,
    dialect: &Dialect,
) -> Result<Vec<String>, ToSqlError> {
    let mut branches = Vec::new();
    for (name, weight) in categories.names.iter().zip(weights) {
        if let Some(condition) = written.is(name, dialect)? {
            branches.push(format!("      WHEN {condition} THEN {}", dialect.number(*weight)));
        }
    }
    let zero = dialect.number(0.0);
    match (categories.is_strict, written.is_value(dialect)) {
        (true, _) => {}
        (false, None) if branches.is_empty() => return Ok(vec![format!("  + {zero}")]),
        (false, None) => branches.push(format!("      ELSE {zero}")),
        (false, Some(condition)) => branches.push(format!("      WHEN {condition} THEN {zero}")),
    }
    if branches.is_empty() {
        return Ok(vec!["  + NULL".to_owned()]);
    }
    let mut lines = vec!["  + CASE".to_owned()];
    lines.extend(branches);
    lines.push("    END".to_owned());
    Ok(lines)
}
