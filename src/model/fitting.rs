//! A fit: an estimator learns from the rows of a table.

use polars::prelude::DataFrame;

use super::classify::{ClassTarget, FittedClassifier};
use super::cluster::FittedClusterer;
use super::design::Design;
use super::error::ModelError;
use super::estimator::Estimator;
use super::fitted::Fitted;
use super::fitted_model::FittedModel;
use super::provenance::Provenance;
use super::recipe::{FittedRecipe, Recipe};
use super::regress::{FittedRegressor, NumberTarget};
use super::transform::FittedTransformer;
use super::warning::Warning;
use crate::work::Progress;

/// Everything a fit takes besides rows. It owns what it holds, so that a fit can run on a thread of its own.
#[derive(Debug, Clone)]
pub struct Fitting {
    /// The checked estimator.
    pub estimator: Estimator,
    /// The preprocessing.
    pub recipe: Recipe,
    /// The target column; classifiers and regressors need one, and others take none.
    pub target: Option<String>,
    /// Where the model will have come from.
    pub provenance: Provenance,
}

impl Fitting {
    /// Learns the recipe and the model from `frame`.
    ///
    /// Sums are in row order, so the result is the same at any thread count. `progress` receives the iterations.
    pub fn run(&self, frame: &DataFrame, progress: &Progress) -> Result<FittedModel, ModelError> {
        if frame.height() == 0 {
            return Err(ModelError::NoRows);
        }
        // The target is read first, so that its faults are reported before those of features.
        let (recipe, fitted, warnings) = match &self.estimator {
            Estimator::Classifier(estimator) => {
                let target = ClassTarget::read(frame, self.target()?)?;
                let (recipe, design) = self.design(frame)?;
                let (fitted, warnings) = FittedClassifier::fit(&**estimator, target, &design, progress)?;
                (recipe, Fitted::Classifier(fitted), noted(&design, warnings))
            }
            Estimator::Regressor(estimator) => {
                let target = NumberTarget::read(frame, self.target()?)?;
                let (recipe, design) = self.design(frame)?;
                let (fitted, warnings) = FittedRegressor::fit(&**estimator, target, &design, progress)?;
                (recipe, Fitted::Regressor(fitted), noted(&design, warnings))
            }
            Estimator::Clusterer(estimator) => {
                self.no_target()?;
                let (recipe, design) = self.design(frame)?;
                let (fitted, warnings) = FittedClusterer::fit(&**estimator, &design, progress)?;
                (recipe, Fitted::Clusterer(fitted), noted(&design, warnings))
            }
            Estimator::Transformer(estimator) => {
                self.no_target()?;
                let (recipe, design) = self.design(frame)?;
                let (fitted, warnings) = FittedTransformer::fit(&**estimator, &design, progress)?;
                (recipe, Fitted::Transformer(fitted), noted(&design, warnings))
            }
        };
        Ok(FittedModel {
            estimator: self.estimator.clone(),
            recipe,
            fitted,
            rows: frame.height(),
            provenance: self.provenance.clone(),
            warnings,
        })
    }

    fn target(&self) -> Result<&str, ModelError> {
        self.target.as_deref().ok_or(ModelError::NoTarget {
            estimator: self.estimator.name(),
            task: self.estimator.task(),
        })
    }

    fn no_target(&self) -> Result<(), ModelError> {
        match &self.target {
            None => Ok(()),
            Some(target) => Err(ModelError::NeedlessTarget {
                estimator: self.estimator.name(),
                task: self.estimator.task(),
                target: target.clone(),
            }),
        }
    }

    /// Learns the recipe, and prepares the rows with it.
    fn design(&self, frame: &DataFrame) -> Result<(FittedRecipe, Design), ModelError> {
        let (recipe, prepared) = self.recipe.fit(frame)?;
        if let Some(target) = &self.target
            && let Some(feature) = recipe.feature_reading(target)
        {
            return Err(ModelError::TargetIsFeature {
                target: target.clone(),
                feature: feature.to_owned(),
            });
        }
        let design = Design {
            values: prepared.values,
            terms: prepared.terms,
        };
        Ok((recipe, design))
    }
}

/// Puts before the warnings of a fit those that its rows give.
fn noted(design: &Design, warnings: Vec<Warning>) -> Vec<Warning> {
    let constant: Vec<String> = design
        .values
        .columns()
        .into_iter()
        .zip(&design.terms)
        .filter(|(column, _)| column.iter().all(|value| Some(value) == column.first()))
        .map(|(_, term)| term.clone())
        .collect();
    let constant = (!constant.is_empty()).then_some(Warning::ConstantTerms(constant));
    constant.into_iter().chain(warnings).collect()
}
