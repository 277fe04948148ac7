//! What estimators learn to do; everything that differs from task to task is in the file of the task.

use std::fmt;

/// What an estimator learns to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To tell classes apart: [`Classify`](super::classify::Classify).
    Classify,
    /// To estimate a number: [`Regress`](super::regress::Regress).
    Regress,
    /// To group rows that are alike: [`Cluster`](super::cluster::Cluster).
    Cluster,
    /// To make other columns of the features: [`Transform`](super::transform::Transform).
    Transform,
}

impl fmt::Display for Task {
    /// Writes what has the task, with its article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classify => "a classifier",
            Self::Regress => "a regressor",
            Self::Cluster => "a clusterer",
            Self::Transform => "a transformer",
        })
    }
}
