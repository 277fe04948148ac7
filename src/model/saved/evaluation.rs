//! An evaluation as text: how packed values, caches and records keep one.

use super::read::damaged;
use crate::model::error::ModelError;
use crate::model::evaluation::{ClassificationMetrics, Evaluation, RegressionMetrics};

impl Evaluation {
    /// Returns the metrics as text with exact numbers.
    pub fn to_ron(&self) -> Result<String, ModelError> {
        let text = match self {
            Self::Classification(metrics) => ron::to_string(metrics),
            Self::Regression(metrics) => ron::to_string(metrics),
        };
        text.map_err(|error| ModelError::Unwritable(error.to_string()))
    }

    /// Reads metrics back from their text; their fields tell of which task they are.
    pub fn from_ron(text: &str) -> Result<Self, ModelError> {
        match ron::from_str::<ClassificationMetrics>(text) {
            Ok(metrics) => Ok(Self::Classification(metrics)),
            Err(error) => match ron::from_str::<RegressionMetrics>(text) {
                Ok(metrics) => Ok(Self::Regression(metrics)),
                Err(_) => Err(damaged(error)),
            },
        }
    }
}
