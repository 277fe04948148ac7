//! Preprocessing that is learnt from training rows, saved inside the model, and applied as it was at scoring.
//!
//! A step is one file that implements [`step::Prepare`] for its fitted state, and one line in [`Step`] and in
//! [`FittedStep`].

mod feature;
mod fitted;
mod gaps;
mod impute;
mod min_max;
mod one_hot;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod recipe;
mod standardize;
mod step;
mod values;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use feature::Source;
pub use fitted::{FittedRecipe, Prepared};
pub(crate) use gaps::Gaps;
pub use impute::{Filler, Impute, Strategy};
pub use min_max::MinMax;
pub use one_hot::{Drop, HandleUnknown, OneHot};
pub use recipe::Recipe;
pub use standardize::Standardize;
pub(crate) use values::category;

use super::error::ModelError;
use impute::FittedImpute;
use min_max::FittedMinMax;
use one_hot::FittedOneHot;
use standardize::FittedStandardize;
use step::Prepare;
use values::Values;

/// One step for one feature, not yet fitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Fills nulls.
    Impute(Impute),
    /// Creates one 0/1 term per category.
    OneHot(OneHot),
    /// Subtracts the mean and divides by the deviation.
    Standardize(Standardize),
    /// Brings the range to 0…1.
    MinMax(MinMax),
}

/// One step with what it learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum FittedStep {
    Impute(FittedImpute),
    OneHot(FittedOneHot),
    Standardize(FittedStandardize),
    MinMax(FittedMinMax),
}

impl Step {
    /// Returns the word users write for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Impute(_) => "impute",
            Self::OneHot(_) => "one_hot",
            Self::Standardize(_) => "standardize",
            Self::MinMax(_) => "min_max",
        }
    }

    fn fit(&self, feature: &str, values: &Values) -> Result<FittedStep, ModelError> {
        Ok(match self {
            Self::Impute(step) => FittedStep::Impute(step.fit(feature, values)?),
            Self::OneHot(step) => FittedStep::OneHot(step.fit(feature, values)?),
            Self::Standardize(_) => FittedStep::Standardize(Standardize::fit(feature, values)?),
            Self::MinMax(_) => FittedStep::MinMax(MinMax::fit(feature, values)?),
        })
    }
}

impl fmt::Display for FittedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impute(step) => step.fmt(f),
            Self::OneHot(step) => step.fmt(f),
            Self::Standardize(step) => step.fmt(f),
            Self::MinMax(step) => step.fmt(f),
        }
    }
}

impl FittedStep {
    fn as_prepare(&self) -> &dyn Prepare {
        match self {
            Self::Impute(step) => step,
            Self::OneHot(step) => step,
            Self::Standardize(step) => step,
            Self::MinMax(step) => step,
        }
    }
}
