//! The coefficients of a linear model as a table.

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

use super::error::ModelError;
use super::fitted_model::FittedModel;
use super::linear::{Linear, Link};

impl FittedModel {
    /// Returns the coefficients of a linear model; another has none.
    pub(super) fn needs_linear(&self, what: &'static str) -> Result<Linear<'_>, ModelError> {
        self.linear().ok_or_else(|| ModelError::NotLinear {
            what,
            estimator: self.estimator.name(),
        })
    }

    /// Returns each term's coefficient, the intercept first; of log odds also the odds ratio, and with more than two
    /// classes the class.
    pub fn coefficients(&self) -> Result<DataFrame, ModelError> {
        let Linear { coefficients, link } = self.needs_linear("`coefficients`")?;
        let classes = self.classes().unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        let (mut terms, mut values) = (Vec::new(), Vec::new());
        let rows = coefficients.weights.iter().zip(&coefficients.intercepts);
        for (row, (weights, intercept)) in rows.enumerate() {
            for (term, value) in
                std::iter::once(("(intercept)", intercept)).chain(self.recipe.terms().zip(weights))
            {
                names.extend(classes.get(row).map(ToString::to_string));
                terms.push(term);
                values.push(*value);
            }
        }
        let height = terms.len();
        let mut columns = vec![
            Series::new("term".into(), terms).into_column(),
            Series::new("coefficient".into(), values.as_slice()).into_column(),
        ];
        if link == Link::Logit {
            let ratios: Vec<f64> = values.iter().map(|value| value.exp()).collect();
            columns.push(Series::new("odds_ratio".into(), ratios).into_column());
        }
        if classes.len() > 2 {
            columns.insert(0, Series::new("class".into(), names).into_column());
        }
        DataFrame::new(height, columns).map_err(ModelError::frame)
    }
}
