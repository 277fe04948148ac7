//! `min_max`: the training range to 0…1, as scikit-learn's `MinMaxScaler`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::step::Prepare;
use super::values::Values;
use crate::model::error::ModelError;
use crate::model::formula::Operation;
use crate::model::unseen::Unseen;

const STEP: &str = "min_max";

/// Brings the training range to 0…1; a scored value outside it goes below 0 or above 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinMax;

impl MinMax {
    pub(crate) fn fit(feature: &str, values: &Values) -> Result<FittedMinMax, ModelError> {
        let numbers = values.numbers(feature, STEP)?;
        let low = numbers.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let high = numbers
            .iter()
            .flatten()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let fitted = if low <= high {
            FittedMinMax { low, high }
        } else {
            FittedMinMax { low: 0.0, high: 0.0 }
        };
        if fitted.is_sound() || numbers.iter().flatten().any(|value| !value.is_finite()) {
            Ok(fitted)
        } else {
            Err(ModelError::NotFinite {
                columns: vec![super::feature::counted(feature, numbers.len())],
            })
        }
    }
}

/// The least and greatest value of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittedMinMax {
    low: f64,
    high: f64,
}

impl fmt::Display for FittedMinMax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} become 0 to 1", self.low, self.high)
    }
}

impl FittedMinMax {
    fn range(&self) -> f64 {
        if self.high > self.low {
            self.high - self.low
        } else {
            1.0
        }
    }
}

impl Prepare for FittedMinMax {
    fn apply(&self, feature: &str, values: Values, _: &mut Vec<Unseen>) -> Result<Values, ModelError> {
        let range = self.range();
        values.map(feature, STEP, |value| (value - self.low) / range)
    }

    fn operation(&self) -> Operation {
        Operation::Scale {
            minus: self.low,
            by: self.range(),
        }
    }

    fn is_sound(&self) -> bool {
        self.low <= self.high && (self.high - self.low).is_finite()
    }
}
