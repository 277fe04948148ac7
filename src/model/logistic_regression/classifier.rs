//! What a logistic regression learnt: coefficients, and the probabilities they give.

use ndarray::{Array2, ArrayView2, ShapeBuilder};
use serde::{Deserialize, Serialize};

use crate::model::classify::Classifier;
use crate::model::learnt::State;
use crate::model::linear::{Coefficients, Linear, Link, logistic, softmax};

/// A fitted logistic regression: one row of coefficients for two classes, else one row per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct LogisticClassifier(pub(super) Coefficients);

impl State for LogisticClassifier {
    const FIELD: &'static str = "coefficients";
}

impl Classifier for LogisticClassifier {
    /// With one row of coefficients it is the later class's log odds; with more, softmax with each row's
    /// own maximum taken off first.
    fn probabilities(&self, values: ArrayView2<'_, f64>) -> Array2<f64> {
        let Coefficients { weights, intercepts } = &self.0;
        let rows = values.nrows();
        let mut scores = Array2::<f64>::zeros((rows, weights.len()).f());
        for ((weights, intercept), mut score) in weights.iter().zip(intercepts).zip(scores.columns_mut()) {
            score.fill(*intercept);
            for (weight, column) in weights.iter().zip(values.columns()) {
                score.scaled_add(*weight, &column);
            }
        }
        if weights.len() > 1 {
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

    fn linear(&self) -> Option<Linear<'_>> {
        Some(Linear {
            coefficients: &self.0,
            link: Link::Logit,
        })
    }

    fn flaw(&self, terms: usize, classes: usize) -> Option<String> {
        let rows = if classes == 2 { 1 } else { classes };
        let Coefficients { weights, intercepts } = &self.0;
        if weights.len() != rows || intercepts.len() != rows {
            return Some(format!(
                "{classes} classes need {rows} rows of coefficients and intercepts, and it has {} and {}",
                weights.len(),
                intercepts.len()
            ));
        }
        self.0.flaw(terms)
    }
}
