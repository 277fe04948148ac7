//! [`Recipe`]: features and what is done to them, not yet fitted.

use std::fmt;

use super::Step;
use super::impute::{Filler, Impute};
use super::min_max::MinMax;
use super::one_hot::OneHot;
use super::standardize::Standardize;
use crate::frame::Expression;
use crate::model::error::ModelError;
use crate::model::written::{Quoted, list};

/// Features and their steps, not yet fitted.
///
/// A feature is a column or an SQL expression over columns of its own row, named by its text or by what is after its
/// `AS`. Without steps, text becomes one 0/1 term per category, a boolean 0 or 1, and a number stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The features' names, in order.
    pub(super) features: Vec<String>,
    /// The text of each.
    pub(super) texts: Vec<String>,
    steps: Vec<(String, Step)>,
}

impl Recipe {
    /// Creates the default recipe for `features`.
    pub fn new(texts: Vec<String>) -> Result<Self, ModelError> {
        // What does not parse may still be a column; the fit knows which columns there are.
        let alias = |text: &str| Some(Expression::parse(text).ok()?.output_name()?.to_owned());
        let features: Vec<String> = texts
            .iter()
            .map(|text| alias(text).unwrap_or_else(|| text.clone()))
            .collect();
        if features.is_empty() {
            return Err(ModelError::NoFeatures);
        }
        for (position, feature) in features.iter().enumerate() {
            if features.iter().take(position).any(|earlier| earlier == feature) {
                return Err(ModelError::DuplicateFeature {
                    feature: feature.clone(),
                });
            }
        }
        Ok(Self {
            features,
            texts,
            steps: Vec::new(),
        })
    }

    /// Returns the features' names.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Returns the steps in order, each with its feature.
    pub fn steps(&self) -> &[(String, Step)] {
        &self.steps
    }

    /// Fills nulls of a feature; `fill_value` is for the strategy `"constant"` alone.
    pub fn impute(
        &self,
        feature: &str,
        strategy: &str,
        fill_value: Option<Filler>,
    ) -> Result<Self, ModelError> {
        let step = Impute::new(strategy, fill_value)?;
        self.with(feature, Step::Impute(step))
    }

    /// Creates one 0/1 term per category of a feature.
    ///
    /// `drop` is none, `"first"` or `"if_binary"`; `handle_unknown` is `"ignore"` or `"error"`.
    pub fn one_hot(
        &self,
        feature: &str,
        drop: Option<&str>,
        handle_unknown: &str,
    ) -> Result<Self, ModelError> {
        let step = OneHot::new(drop, handle_unknown)?;
        self.with(feature, Step::OneHot(step))
    }

    /// Subtracts a feature's mean and divides by its population standard deviation.
    pub fn standardize(&self, feature: &str) -> Result<Self, ModelError> {
        self.with(feature, Step::Standardize(Standardize))
    }

    /// Brings a feature's range in training to 0…1.
    pub fn min_max(&self, feature: &str) -> Result<Self, ModelError> {
        self.with(feature, Step::MinMax(MinMax))
    }

    fn with(&self, feature: &str, step: Step) -> Result<Self, ModelError> {
        if !self.features.iter().any(|known| known == feature) {
            return Err(ModelError::NotAFeature {
                step: step.name(),
                feature: feature.to_owned(),
                features: self.features.clone(),
            });
        }
        let mut more = self.clone();
        more.steps.push((feature.to_owned(), step));
        Ok(more)
    }

    /// Returns the steps of one feature, in order.
    pub(super) fn steps_of<'a>(&'a self, feature: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps
            .iter()
            .filter(move |(named, _)| named == feature)
            .map(|(_, step)| step)
    }
}

impl fmt::Display for Recipe {
    /// Writes the recipe as it would be called, all of it: records and caches know it by this text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipe({})", list(self.texts.iter().map(|text| Quoted(text))))?;
        for (feature, step) in &self.steps {
            write!(f, ".{}({}", step.name(), Quoted(feature))?;
            match step {
                Step::Impute(step) => step.fmt(f)?,
                Step::OneHot(step) => step.fmt(f)?,
                Step::Standardize(_) | Step::MinMax(_) => {}
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}
