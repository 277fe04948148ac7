//! A linear classifier's numbers, and the probabilities they give.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// The coefficients of a linear classifier: one row for two classes, else one row per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// `weights[row][term]`.
    pub weights: Vec<Vec<f64>>,
    /// One per row.
    pub intercepts: Vec<f64>,
}

impl Coefficients {
    /// Returns the probability of each class in each row: rows × classes, column-major.
    ///
    /// With one row of coefficients it is the later class's log odds; with more, softmax with each row's
    /// own maximum taken off first.
    pub fn probabilities(&self, values: ArrayView2<'_, f64>) -> Array2<f64> {
        use ndarray::ShapeBuilder;
        let rows = values.nrows();
        let mut scores = Array2::<f64>::zeros((rows, self.weights.len()).f());
        for ((weights, intercept), mut score) in self
            .weights
            .iter()
            .zip(&self.intercepts)
            .zip(scores.columns_mut())
        {
            score.fill(*intercept);
            for (weight, column) in weights.iter().zip(values.columns()) {
                score.scaled_add(*weight, &column);
            }
        }
        if self.weights.len() > 1 {
            softmax(&mut scores);
            return scores;
        }
        let mut both = Array2::zeros((rows, 2).f());
        for (row, score) in scores.iter().enumerate() {
            // Each from its own side, so that neither loses its digits when it is tiny.
            both[[row, 0]] = logistic(-score);
            both[[row, 1]] = logistic(*score);
        }
        both
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
