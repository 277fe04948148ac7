//! A regressor for the tests: the mean of the target, whatever the features are.

use std::sync::Arc;

use ndarray::{Array1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::model::{
    Coefficients, Configured, Design, EstimatorEntry, Fit, FittedRegressor, Functions, Learner, Linear, Link,
    ModelError, Parameter, Regress, Regressor, Setting, Settings, State,
};
use crate::work::Progress;

/// The line in the list of estimators.
pub(in crate::model) const ENTRY: EstimatorEntry = EstimatorEntry {
    name: "MeanRegressor",
    summary: "The mean of the target, plus `shift`.",
    details: "",
    example: "MeanRegressor().fit(frame({\"x\": [1, 2], \"y\": [3, 5]}), target=\"y\", features=[\"x\"])",
    parameters: &[Parameter {
        name: "shift",
        default: "0.0",
        meaning: "what is added to the mean",
    }],
    learner: Learner::Regressor(Functions {
        make: |settings| match settings.get("shift") {
            None => Ok(Arc::new(MeanRegressor { shift: 0.0 })),
            Some(Setting::Number(shift)) => Ok(Arc::new(MeanRegressor { shift: *shift })),
            Some(other) => Err(ModelError::InvalidParameter {
                owner: "MeanRegressor",
                name: "shift".to_owned(),
                found: other.to_string(),
                expected: "a number",
                default: "0.0",
            }),
        },
        load: FittedRegressor::load::<Mean>,
    }),
};

#[derive(Debug)]
struct MeanRegressor {
    shift: f64,
}

impl Configured for MeanRegressor {
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    fn settings(&self) -> Settings {
        Settings::from([("shift".to_owned(), Setting::Number(self.shift))])
    }
}

impl Regress for MeanRegressor {
    fn fit(
        &self,
        design: &Design,
        target: &Array1<f64>,
        _: &Progress,
    ) -> Result<Fit<dyn Regressor>, ModelError> {
        let mean = target.sum() / target.len() as f64 + self.shift;
        Ok(Fit {
            learnt: Arc::new(Mean(Coefficients {
                weights: vec![vec![0.0; design.terms.len()]],
                intercepts: vec![mean],
            })),
            warnings: Vec::new(),
        })
    }
}

/// What it learnt: a line without slope.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Mean(Coefficients);

impl State for Mean {
    const FIELD: &'static str = "coefficients";
}

impl Regressor for Mean {
    fn predict(&self, values: ArrayView2<'_, f64>) -> Array1<f64> {
        let mean = self.0.intercepts.first().copied().unwrap_or_default();
        Array1::from_elem(values.nrows(), mean)
    }

    fn linear(&self) -> Option<Linear<'_>> {
        Some(Linear {
            coefficients: &self.0,
            link: Link::Identity,
        })
    }

    fn flaw(&self, terms: usize) -> Option<String> {
        self.0.flaw(terms)
    }
}
