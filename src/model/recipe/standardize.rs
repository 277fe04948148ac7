//! `standardize`: mean 0 and deviation 1, as scikit-learn's `StandardScaler`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::step::Prepare;
use super::values::Values;
use crate::model::error::ModelError;
use crate::model::formula::Operation;
use crate::model::unseen::Unseen;

const STEP: &str = "standardize";

/// Subtracts the mean and divides by the population standard deviation (ddof 0); nulls are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standardize;

impl Standardize {
    pub(crate) fn fit(feature: &str, values: &Values) -> Result<FittedStandardize, ModelError> {
        let numbers: Vec<f64> = values.numbers(feature, STEP)?.iter().flatten().copied().collect();
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let constant = numbers.windows(2).all(|pair| pair.first() == pair.last());
        // A constant stays where it is, as in scikit-learn, instead of a division by zero.
        let scale = if constant { 1.0 } else { variance.sqrt() };
        let fitted = FittedStandardize { mean, scale };
        if fitted.is_sound() || numbers.iter().any(|value| !value.is_finite()) {
            // Infinite values are reported with their count once every step is through.
            Ok(fitted)
        } else {
            Err(ModelError::NotFinite {
                columns: vec![super::feature::counted(feature, numbers.len())],
            })
        }
    }
}

/// The mean and deviation of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittedStandardize {
    mean: f64,
    scale: f64,
}

impl fmt::Display for FittedStandardize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "minus {}, divided by {}", self.mean, self.scale)
    }
}

impl Prepare for FittedStandardize {
    fn apply(&self, feature: &str, values: Values, _: &mut Vec<Unseen>) -> Result<Values, ModelError> {
        values.map(feature, STEP, |value| (value - self.mean) / self.scale)
    }

    fn operation(&self) -> Operation {
        Operation::Scale {
            minus: self.mean,
            by: self.scale,
        }
    }

    fn is_sound(&self) -> bool {
        self.mean.is_finite() && self.scale.is_finite() && self.scale > 0.0
    }
}
