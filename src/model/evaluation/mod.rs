//! How well a model does on rows whose target is known: figures, which differ from task to task.

mod classification;
mod regression;

pub use classification::ClassificationMetrics;
pub(crate) use classification::{area, predicted};
pub use regression::RegressionMetrics;

use super::task::Task;

/// The figures of a model on some rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluation {
    /// Of a classifier.
    Classification(ClassificationMetrics),
    /// Of a regressor.
    Regression(RegressionMetrics),
}

impl Evaluation {
    /// Returns the task of the model.
    pub fn task(&self) -> Task {
        match self {
            Self::Classification(_) => Task::Classify,
            Self::Regression(_) => Task::Regress,
        }
    }

    /// Returns the number of rows.
    pub fn n(&self) -> usize {
        match self {
            Self::Classification(metrics) => metrics.n,
            Self::Regression(metrics) => metrics.n,
        }
    }

    /// Returns the figures with their names, in the order they are shown.
    pub fn figures(&self) -> Vec<(&'static str, Option<f64>)> {
        match self {
            Self::Classification(metrics) => metrics.figures().into(),
            Self::Regression(metrics) => metrics.figures().into(),
        }
    }

    /// Returns the figure that sums up the others: the first.
    pub fn score(&self) -> (&'static str, Option<f64>) {
        self.figures().into_iter().next().unwrap_or(("n", None))
    }

    /// Returns the metrics of a classifier.
    pub fn classification(&self) -> Option<&ClassificationMetrics> {
        match self {
            Self::Classification(metrics) => Some(metrics),
            Self::Regression(_) => None,
        }
    }
}
