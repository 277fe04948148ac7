//! The task of making other columns of the features: what a transformer is, and what a fitted one can do.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use polars::prelude::{Column, IntoColumn, NamedFrom, Series};

use super::configured::Configured;
use super::design::Design;
use super::error::ModelError;
use super::learnt::{Fit, Learnt, State};
use super::saved::Loaded;
use super::warning::Warning;
use crate::work::Progress;

/// A checked estimator that learns to make other columns.
pub trait Transform: Configured {
    /// Learns from rows, and reports its iterations to `progress`.
    fn fit(&self, design: &Design, progress: &Progress) -> Result<Fit<dyn Transformer>, ModelError>;
}

/// What a transformer learnt.
pub trait Transformer: Learnt {
    /// Returns the names of the columns that it makes of `terms`.
    fn columns(&self, terms: &[&str]) -> Vec<String>;

    /// Returns the new columns: rows × columns.
    fn transform(&self, values: ArrayView2<'_, f64>) -> Array2<f64>;

    /// Returns what is inconsistent in it, where it was read from a file.
    fn flaw(&self, terms: usize) -> Option<String>;
}

/// A fitted transformer.
#[derive(Debug, Clone)]
pub struct FittedTransformer {
    pub(super) learnt: Arc<dyn Transformer>,
}

impl FittedTransformer {
    /// Learns from the rows of a design matrix.
    pub(super) fn fit(
        estimator: &dyn Transform,
        design: &Design,
        progress: &Progress,
    ) -> Result<(Self, Vec<Warning>), ModelError> {
        let Fit { learnt, warnings } = estimator.fit(design, progress)?;
        Ok((Self { learnt }, warnings))
    }

    /// Returns the new columns.
    pub(super) fn predict(&self, terms: &[&str], values: ArrayView2<'_, f64>) -> Vec<Column> {
        let made = self.learnt.transform(values);
        let columns = self.learnt.columns(terms).into_iter().zip(made.columns());
        columns
            .map(|(name, column)| Series::new(name.into(), column.to_vec()).into_column())
            .collect()
    }

    /// Reads a saved model of a transformer that learnt an `S`.
    pub fn load<S: State + Transformer>(text: &str) -> Result<Loaded<Self>, ModelError> {
        Loaded::read::<S, ()>(text, |parts| match parts.learnt.flaw(parts.terms) {
            Some(flaw) => Err(flaw),
            None => Ok(Self {
                learnt: Arc::new(parts.learnt),
            }),
        })
    }
}
