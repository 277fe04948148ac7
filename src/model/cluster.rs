//! The task of grouping rows that are alike: what a clusterer is, and what a fitted one can do.

use std::sync::Arc;

use ndarray::ArrayView2;
use polars::prelude::{Column, IntoColumn, NamedFrom, Series};

use super::configured::Configured;
use super::design::Design;
use super::error::ModelError;
use super::learnt::{Fit, Learnt, State};
use super::saved::Loaded;
use super::warning::Warning;
use crate::work::Progress;

/// A checked estimator that learns to group rows.
pub trait Cluster: Configured {
    /// Learns from rows, and reports its iterations to `progress`.
    fn fit(&self, design: &Design, progress: &Progress) -> Result<Fit<dyn Clusterer>, ModelError>;
}

/// What a clusterer learnt.
pub trait Clusterer: Learnt {
    /// Returns the cluster of each row, from 0.
    fn clusters(&self, values: ArrayView2<'_, f64>) -> Vec<u32>;

    /// Returns what is inconsistent in it, where it was read from a file.
    fn flaw(&self, terms: usize) -> Option<String>;
}

/// A fitted clusterer.
#[derive(Debug, Clone)]
pub struct FittedClusterer {
    pub(super) learnt: Arc<dyn Clusterer>,
}

impl FittedClusterer {
    /// Learns from the rows of a design matrix.
    pub(super) fn fit(
        estimator: &dyn Cluster,
        design: &Design,
        progress: &Progress,
    ) -> Result<(Self, Vec<Warning>), ModelError> {
        let Fit { learnt, warnings } = estimator.fit(design, progress)?;
        Ok((Self { learnt }, warnings))
    }

    /// Returns the cluster of each row.
    pub(super) fn predict(&self, values: ArrayView2<'_, f64>, prediction: &str) -> Column {
        Series::new(prediction.into(), self.learnt.clusters(values)).into_column()
    }

    /// Reads a saved model of a clusterer that learnt an `S`.
    pub fn load<S: State + Clusterer>(text: &str) -> Result<Loaded<Self>, ModelError> {
        Loaded::read::<S, ()>(text, |parts| match parts.learnt.flaw(parts.terms) {
            Some(flaw) => Err(flaw),
            None => Ok(Self {
                learnt: Arc::new(parts.learnt),
            }),
        })
    }
}
