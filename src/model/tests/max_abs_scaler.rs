//! A transformer for the tests: divides each term by its largest size.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::model::{
    Configured, Design, EstimatorEntry, Fit, FittedTransformer, Functions, Learner, ModelError, Settings,
    State, Transform, Transformer,
};
use crate::work::Progress;

/// The line in the list of estimators.
pub(in crate::model) const ENTRY: EstimatorEntry = EstimatorEntry {
    name: "MaxAbsScaler",
    summary: "Divides each term by its largest size.",
    details: "",
    example: "MaxAbsScaler().fit(frame({\"x\": [1, -2]}), target=None, features=[\"x\"])",
    parameters: &[],
    learner: Learner::Transformer(Functions {
        make: |_| Ok(Arc::new(MaxAbsScaler)),
        load: FittedTransformer::load::<Scales>,
    }),
};

#[derive(Debug)]
struct MaxAbsScaler;

impl Configured for MaxAbsScaler {
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    fn settings(&self) -> Settings {
        Settings::new()
    }
}

impl Transform for MaxAbsScaler {
    fn fit(&self, design: &Design, _: &Progress) -> Result<Fit<dyn Transformer>, ModelError> {
        let columns = design.values.columns().into_iter();
        let size = |most: f64, value: &f64| most.max(value.abs());
        Ok(Fit {
            learnt: Arc::new(Scales {
                scales: columns.map(|column| column.iter().fold(0.0, size)).collect(),
            }),
            warnings: Vec::new(),
        })
    }
}

/// What it learnt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scales {
    scales: Vec<f64>,
}

impl State for Scales {}

impl Transformer for Scales {
    fn columns(&self, terms: &[&str]) -> Vec<String> {
        terms.iter().map(|term| format!("{term}_scaled")).collect()
    }

    fn transform(&self, values: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut scaled = values.to_owned();
        for (mut column, scale) in scaled.columns_mut().into_iter().zip(&self.scales) {
            column /= *scale;
        }
        scaled
    }

    fn flaw(&self, terms: usize) -> Option<String> {
        (self.scales.len() != terms).then(|| format!("it has {} scales for {terms} terms", self.scales.len()))
    }
}
