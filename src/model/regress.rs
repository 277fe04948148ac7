//! The task of estimating a number: what a regressor is, and what a fitted one can do.

use std::sync::Arc;

use ndarray::{Array1, ArrayView2};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::column_type::{ColumnType, Family};
use super::configured::Configured;
use super::design::Design;
use super::error::ModelError;
use super::evaluation::RegressionMetrics;
use super::learnt::{Fit, Learnt, State};
use super::linear::Linear;
use super::saved::Loaded;
use super::target::numbers;
use super::warning::Warning;
use crate::work::Progress;

/// A checked estimator that learns to estimate a number.
pub trait Regress: Configured {
    /// Learns from rows and the number of each, and reports its iterations to `progress`.
    fn fit(
        &self,
        design: &Design,
        target: &Array1<f64>,
        progress: &Progress,
    ) -> Result<Fit<dyn Regressor>, ModelError>;
}

/// What a regressor learnt.
pub trait Regressor: Learnt {
    /// Returns the number that each row is estimated to have.
    fn predict(&self, values: ArrayView2<'_, f64>) -> Array1<f64>;

    /// Returns its coefficients, where it is a linear function of the terms.
    fn linear(&self) -> Option<Linear<'_>> {
        None
    }

    /// Returns what is inconsistent in it, where it was read from a file.
    fn flaw(&self, terms: usize) -> Option<String>;
}

/// A fitted regressor with its target.
#[derive(Debug, Clone)]
pub struct FittedRegressor {
    pub(super) target: String,
    pub(super) target_type: ColumnType,
    pub(super) learnt: Arc<dyn Regressor>,
    /// On the training rows.
    pub(super) metrics: RegressionMetrics,
}

/// A target column read as numbers.
pub(super) struct NumberTarget {
    name: String,
    kind: ColumnType,
    values: Array1<f64>,
}

impl NumberTarget {
    /// Reads the target of a fit.
    pub(super) fn read(frame: &DataFrame, name: &str) -> Result<Self, ModelError> {
        let (kind, values) = numbers(frame, name)?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            values,
        })
    }
}

impl FittedRegressor {
    /// Learns from the rows of a design matrix.
    pub(super) fn fit(
        estimator: &dyn Regress,
        target: NumberTarget,
        design: &Design,
        progress: &Progress,
    ) -> Result<(Self, Vec<Warning>), ModelError> {
        let Fit { learnt, warnings } = estimator.fit(design, &target.values, progress)?;
        let predicted = learnt.predict(design.values.view());
        let fitted = Self {
            target: target.name,
            target_type: target.kind,
            learnt,
            metrics: RegressionMetrics::new(target.values.view(), predicted.view()),
        };
        Ok((fitted, warnings))
    }

    /// Returns the estimated number, which is a float whatever the target's type is.
    pub(super) fn predict(&self, values: ArrayView2<'_, f64>, prediction: &str) -> Column {
        let predicted = self.learnt.predict(values);
        Series::new(prediction.into(), predicted.to_vec()).into_column()
    }

    /// Returns the number of each row of `frame`.
    pub(super) fn actual(&self, frame: &DataFrame) -> Result<Array1<f64>, ModelError> {
        Ok(numbers(frame, &self.target)?.1)
    }

    /// Compares predictions with the number of each row.
    pub(super) fn evaluate(&self, actual: &Array1<f64>, values: ArrayView2<'_, f64>) -> RegressionMetrics {
        RegressionMetrics::new(actual.view(), self.learnt.predict(values).view())
    }

    /// Describes what does not fit together in a regressor that was read from a file.
    fn flaw(&self, terms: usize) -> Option<String> {
        if self.target_type.family() != Family::Number {
            return Some(format!(
                "the target is of the type {}, which is no number",
                self.target_type
            ));
        }
        let learnt = self.learnt.flaw(terms);
        learnt.or_else(|| (!self.metrics.is_sound()).then(|| "its metrics are not finite".to_owned()))
    }

    /// Reads a saved model of a regressor that learnt an `S`.
    pub fn load<S: State + Regressor>(text: &str) -> Result<Loaded<Self>, ModelError> {
        Loaded::read::<S, RegressionMetrics>(text, |parts| {
            let fitted = Self {
                target: parts.target.ok_or("it has no target")?,
                target_type: parts.target_type.ok_or("it has no type of its target")?,
                learnt: Arc::new(parts.learnt),
                metrics: parts.metrics.ok_or("it has no metrics")?,
            };
            fitted.flaw(parts.terms).map_or(Ok(fitted), Err)
        })
    }
}
