//! Recipes (preprocessing), estimators, metrics, and saved models.
//!
//! A model is fitted from a materialised table and is a value: nothing here reads a file, prints, or knows of
//! cells. An estimator is one file that implements [`Estimator`], and one line in [`ESTIMATORS`].

mod class;
mod coefficients;
mod column_type;
mod curves;
mod error;
mod estimator;
mod evaluation;
mod fitted_model;
mod logistic_regression;
mod newton;
mod provenance;
mod recipe;
mod saved;
#[cfg(test)]
mod tests;
mod warning;
mod written;

pub use class::Class;
pub use coefficients::Coefficients;
pub use column_type::ColumnType;
pub use error::{ColumnCount, Mismatch, ModelError};
pub use estimator::{Design, Estimator, EstimatorEntry, Fit, Parameter, Setting, Settings};
pub use evaluation::Evaluation;
pub use fitted_model::{FittedModel, Fitting, Prediction};
pub use logistic_regression::{LogisticRegression, ValidLogisticRegression};
pub use provenance::{InputFile, Provenance};
pub use recipe::{
    Drop, Filler, FittedRecipe, HandleUnknown, Impute, MinMax, OneHot, Prepared, Recipe, Standardize, Step,
    Strategy, Unseen,
};
pub use warning::Warning;

/// Every estimator, by the name users write.
pub static ESTIMATORS: &[EstimatorEntry] = &[logistic_regression::ENTRY];

/// Returns the estimator called `name`, with a "did you mean" when there is none.
pub fn estimator(name: &str) -> Result<&'static EstimatorEntry, ModelError> {
    ESTIMATORS
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| ModelError::UnknownEstimator {
            name: name.to_owned(),
        })
}
