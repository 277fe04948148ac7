//! [`Gaps`]: nulls and other values that no model can take, counted feature by feature and reported together.

use std::collections::BTreeSet;

use super::feature::{Source, counted};
use super::values::Values;
use crate::model::error::{ColumnCount, ModelError};

/// Nulls and other values no model can take, counted while all features are read, reported together.
#[derive(Default)]
pub(crate) struct Gaps {
    nulls: Vec<ColumnCount>,
    /// The ones among them that are text, for which the hint names another strategy.
    texts: Vec<String>,
    /// The columns that the features with nulls read.
    roots: BTreeSet<String>,
    not_finite: Vec<ColumnCount>,
}

impl Gaps {
    pub(super) fn count(&mut self, feature: &str, source: &Source, values: &Values) {
        self.add_nulls(feature, source, values.nulls(), matches!(values, Values::Text(_)));
    }

    /// Looks before the steps, so that an infinite value is counted and not what a mean made of it, and after.
    pub(super) fn look(&mut self, feature: &str, values: &Values) {
        self.add_not_finite(feature, values.not_finite());
    }

    /// Adds nulls of a feature that only a step could have filled.
    pub(crate) fn add_nulls(&mut self, feature: &str, source: &Source, count: usize, is_text: bool) {
        if count == 0 {
            return;
        }
        self.nulls.push(counted(feature, count));
        self.roots.extend(source.roots(feature).unwrap_or_default());
        if is_text {
            self.texts.push(feature.to_owned());
        }
    }

    /// Adds values of a feature that are infinite or not a number; a feature counts once.
    pub(crate) fn add_not_finite(&mut self, feature: &str, count: usize) {
        if count > 0 && !self.not_finite.iter().any(|gap| gap.column == feature) {
            self.not_finite.push(counted(feature, count));
        }
    }

    pub(crate) fn check(self) -> Result<(), ModelError> {
        if !self.nulls.is_empty() {
            return Err(ModelError::Nulls {
                columns: self.nulls,
                texts: self.texts,
                roots: self.roots,
            });
        }
        if !self.not_finite.is_empty() {
            return Err(ModelError::NotFinite {
                columns: self.not_finite,
            });
        }
        Ok(())
    }
}
