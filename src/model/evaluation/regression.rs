//! How well predicted numbers fit what was the case, with scikit-learn's definitions.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// The figures of a regressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionMetrics {
    /// Rows.
    pub n: usize,
    /// The share of the target's variance that the predictions explain; none where the target does not vary.
    pub r2: Option<f64>,
    /// The mean of the distances between target and prediction.
    pub mae: f64,
    /// The square root of the mean of their squares.
    pub rmse: f64,
}

impl RegressionMetrics {
    /// Compares predictions with each row's number.
    pub(crate) fn new(actual: ArrayView1<'_, f64>, predicted: ArrayView1<'_, f64>) -> Self {
        let rows = actual.len().max(1) as f64;
        let distances = || actual.iter().zip(predicted).map(|(one, other)| one - other);
        let mean = actual.sum() / rows;
        let total: f64 = actual.iter().map(|value| (value - mean).powi(2)).sum();
        let left: f64 = distances().map(|distance| distance.powi(2)).sum();
        Self {
            n: actual.len(),
            r2: (total > 0.0).then(|| 1.0 - left / total),
            mae: distances().map(f64::abs).sum::<f64>() / rows,
            rmse: (left / rows).sqrt(),
        }
    }

    /// Returns the figures with their names, in the order they are shown.
    pub fn figures(&self) -> [(&'static str, Option<f64>); 3] {
        [
            ("r2", self.r2),
            ("mae", Some(self.mae)),
            ("rmse", Some(self.rmse)),
        ]
    }

    /// Returns whether figures read from a file are possible.
    pub(crate) fn is_sound(&self) -> bool {
        let mut figures = self.figures().into_iter();
        figures.all(|(_, figure)| figure.is_none_or(f64::is_finite))
    }
}
