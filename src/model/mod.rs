//! Recipes (preprocessing), estimators, metrics, and saved models.
//!
//! A model is fitted from a materialised table and is a value: nothing here reads a file, prints, or knows of
//! cells. An estimator is one file that implements the trait of its task ([`Classify`], [`Regress`], [`Cluster`] or
//! [`Transform`]), and one line in [`ESTIMATORS`].

mod class;
mod classify;
mod cluster;
mod coefficients;
mod column_type;
mod configured;
mod curves;
mod design;
mod error;
mod estimator;
mod evaluation;
mod fitted;
mod fitted_model;
mod fitting;
mod formula;
mod labels;
mod learnt;
mod linear;
mod logistic_regression;
mod provenance;
mod recipe;
mod regress;
mod saved;
mod scoring;
mod setting;
mod target;
mod task;
#[cfg(test)]
mod tests;
mod transform;
mod unseen;
mod warning;
mod written;

pub use class::Class;
pub use classify::{Classifier, Classify, FittedClassifier};
pub use cluster::{Cluster, Clusterer, FittedClusterer};
pub use column_type::ColumnType;
pub use configured::Configured;
pub use design::{Design, Labels};
pub use error::{ColumnCount, Mismatch, ModelError};
pub use estimator::{Estimator, EstimatorEntry, Functions, Learner, Parameter};
pub use evaluation::{ClassificationMetrics, Evaluation, RegressionMetrics};
pub use fitted::Fitted;
pub use fitted_model::{FittedModel, PROBABILITY, Prediction};
pub use fitting::Fitting;
pub use formula::{Formula, Kept, SqlOptions, SqlTable, ToSqlError, UnseenQuery};
pub use learnt::{Fit, Learnt, State};
pub use linear::{Coefficients, Linear, Link};
pub use logistic_regression::{LogisticRegression, ValidLogisticRegression};
pub use provenance::{InputFile, Provenance};
pub use recipe::{
    Drop, Filler, FittedRecipe, HandleUnknown, Impute, MinMax, OneHot, Prepared, Recipe, Standardize, Step,
    Strategy,
};
pub use regress::{FittedRegressor, Regress, Regressor};
pub use saved::{Form, Loaded};
pub use setting::{Setting, Settings};
pub use task::Task;
pub use transform::{FittedTransformer, Transform, Transformer};
pub use unseen::Unseen;
pub use warning::Warning;

#[cfg(test)]
use tests::{max_abs_scaler, mean_regressor, nearest_means};

/// Every estimator, by the name users write.
pub static ESTIMATORS: &[EstimatorEntry] = &[
    logistic_regression::ENTRY,
    #[cfg(test)]
    mean_regressor::ENTRY,
    #[cfg(test)]
    nearest_means::ENTRY,
    #[cfg(test)]
    max_abs_scaler::ENTRY,
];

/// Returns the estimator called `name`, with a "did you mean" when there is none.
pub fn estimator(name: &str) -> Result<&'static EstimatorEntry, ModelError> {
    ESTIMATORS
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| ModelError::UnknownEstimator {
            name: name.to_owned(),
        })
}
