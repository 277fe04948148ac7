//! What a model learnt, by its task.

use super::classify::FittedClassifier;
use super::cluster::FittedClusterer;
use super::regress::FittedRegressor;
use super::task::Task;
use super::transform::FittedTransformer;

/// What a model learnt, with what its task adds: the target, the classes, the metrics on the training rows.
#[derive(Debug, Clone)]
pub enum Fitted {
    /// To tell classes apart.
    Classifier(FittedClassifier),
    /// To estimate a number.
    Regressor(FittedRegressor),
    /// To group rows.
    Clusterer(FittedClusterer),
    /// To make other columns.
    Transformer(FittedTransformer),
}

impl Fitted {
    /// Returns what it learnt to do.
    pub fn task(&self) -> Task {
        match self {
            Self::Classifier(_) => Task::Classify,
            Self::Regressor(_) => Task::Regress,
            Self::Clusterer(_) => Task::Cluster,
            Self::Transformer(_) => Task::Transform,
        }
    }
}
