//! Coefficients of terms, and how one reads them: what linear models have in common.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// The coefficients of a linear model: one row for a number or two classes, else one row per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// `weights[row][term]`.
    pub weights: Vec<Vec<f64>>,
    /// One per row.
    pub intercepts: Vec<f64>,
}

/// A fitted model that is a linear function of its terms, seen as one.
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    /// Its coefficients.
    pub coefficients: &'a Coefficients,
    /// What they add up to.
    pub link: Link,
}

/// What the terms of a linear model add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The prediction itself.
    Identity,
    /// Log odds, so that e to a coefficient is an odds ratio.
    Logit,
}

impl Coefficients {
    /// Describes what is wrong with coefficients of `terms` that were read from a file.
    pub(crate) fn flaw(&self, terms: usize) -> Option<String> {
        if let Some(row) = self.weights.iter().find(|row| row.len() != terms) {
            return Some(format!("it has {} coefficients for {terms} terms", row.len()));
        }
        let mut values = self.weights.iter().flatten().chain(&self.intercepts);
        values
            .any(|value| !value.is_finite())
            .then(|| "a coefficient is infinite or not a number".to_owned())
    }
}

/// Returns 1 / (1 + e⁻ᶻ) without overflow.
pub(crate) fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

/// Replaces each row by its softmax and returns the log of each row's sum of exponentials.
pub(crate) fn softmax(scores: &mut Array2<f64>) -> Vec<f64> {
    scores
        .rows_mut()
        .into_iter()
        .map(|mut row| {
            let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut sum = 0.0;
            row.mapv_inplace(|score| {
                let e = (score - highest).exp();
                sum += e;
                e
            });
            row.mapv_inplace(|e| e / sum);
            highest + sum.ln()
        })
        .collect()
}
