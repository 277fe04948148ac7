//! A fitted model: the recipe, the coefficients, and everything that scoring needs.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::class::{Class, decode, encode, labels};
use super::coefficients::Coefficients;
use super::column_type::ColumnType;
use super::error::ModelError;
use super::estimator::{Design, Estimator};
use super::evaluation::{Evaluation, predicted};
use super::provenance::Provenance;
use super::recipe::{FittedRecipe, Prepared, Recipe};
use super::warning::Warning;
use crate::work::Progress;

/// Everything a fit takes besides rows. It owns what it holds, so that a fit can run on a thread of its own.
#[derive(Debug, Clone)]
pub struct Fitting {
    /// The checked estimator.
    pub estimator: Box<dyn Estimator>,
    /// The preprocessing.
    pub recipe: Recipe,
    /// The target column.
    pub target: String,
    /// Where the model will have come from.
    pub provenance: Provenance,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct FittedModel {
    pub(super) estimator: Box<dyn Estimator>,
    pub(super) recipe: FittedRecipe,
    pub(super) target: String,
    pub(super) target_type: ColumnType,
    pub(super) classes: Vec<Class>,
    pub(super) coefficients: Coefficients,
    pub(super) rows: usize,
    pub(super) metrics: Evaluation,
    pub(super) provenance: Provenance,
    pub(super) warnings: Vec<Warning>,
}

/// What scoring gives: a table, and what there is to say about it.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The table.
    pub frame: DataFrame,
    /// Categories that training did not have.
    pub warnings: Vec<Warning>,
}

impl Fitting {
    /// Learns the recipe and the coefficients from `frame`.
    ///
    /// Sums are in row order, so the result is the same at any thread count. `progress` receives the iterations.
    pub fn run(&self, frame: &DataFrame, progress: &Progress) -> Result<FittedModel, ModelError> {
        if frame.height() == 0 {
            return Err(ModelError::NoRows);
        }
        let (target_type, labels) = labels(frame, &self.target)?;
        let (classes, labels) = encode(&self.target, &labels)?;
        let (recipe, Prepared { values, terms, .. }) = self.recipe.fit(frame)?;
        if let Some(feature) = recipe.feature_reading(&self.target) {
            return Err(ModelError::TargetIsFeature {
                target: self.target.clone(),
                feature: feature.to_owned(),
            });
        }
        let constant: Vec<String> = values
            .columns()
            .into_iter()
            .zip(&terms)
            .filter(|(column, _)| column.iter().all(|value| Some(value) == column.first()))
            .map(|(_, term)| term.clone())
            .collect();
        let mut warnings = Vec::new();
        if !constant.is_empty() {
            warnings.push(Warning::ConstantTerms(constant));
        }
        let design = Design {
            values,
            terms,
            labels,
            classes,
        };
        let fit = self.estimator.fit(&design, progress)?;
        warnings.extend(fit.warnings);
        let probabilities = fit.coefficients.probabilities(design.values.view());
        let metrics = Evaluation::new(&design.classes, &design.labels, probabilities.view());
        Ok(FittedModel {
            estimator: self.estimator.clone(),
            recipe,
            target: self.target.clone(),
            target_type,
            classes: design.classes,
            coefficients: fit.coefficients,
            rows: frame.height(),
            metrics,
            provenance: self.provenance.clone(),
            warnings,
        })
    }
}

/// Each row's class, as an index into the classes; the probabilities (rows × classes); and what there is to say.
type Judged = (Vec<usize>, Array2<f64>, Vec<Warning>);

impl FittedModel {
    /// Returns the estimator it was fitted with.
    pub fn estimator(&self) -> &dyn Estimator {
        &*self.estimator
    }

    /// Returns the fitted preprocessing.
    pub fn recipe(&self) -> &FittedRecipe {
        &self.recipe
    }

    /// Returns the target column's name.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the classes, sorted; with two, the second is the positive one.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Returns the numbers that were learnt.
    pub fn weights(&self) -> &Coefficients {
        &self.coefficients
    }

    /// Returns how many rows it was trained on.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the evaluation on the training rows.
    pub fn metrics(&self) -> &Evaluation {
        &self.metrics
    }

    /// Returns where it came from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Returns what there was to say about the fit; nothing after loading, for it is not saved.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns `frame` with the predicted class, in the target's type, and a probability.
    ///
    /// With two classes it is the probability of the positive (second) class, else that of the predicted class.
    pub fn predict(
        &self,
        frame: &DataFrame,
        prediction: &str,
        probability: &str,
    ) -> Result<Prediction, ModelError> {
        if prediction == probability {
            return Err(ModelError::SameNames {
                name: prediction.to_owned(),
            });
        }
        if let Some(taken) = [prediction, probability]
            .into_iter()
            .find(|name| frame.column(name).is_ok())
        {
            return Err(ModelError::NameTaken {
                name: taken.to_owned(),
            });
        }
        let prepared = self.recipe.transform(frame)?;
        let probabilities = self.coefficients.probabilities(prepared.values.view());
        let rows = predicted(probabilities.view());
        let shown: Vec<f64> = match self.classes.len() {
            2 => probabilities.column(1).to_vec(),
            _ => rows
                .iter()
                .enumerate()
                .map(|(row, class)| probabilities[[row, *class]])
                .collect(),
        };
        let columns = [
            decode(prediction, &self.classes, self.target_type, &rows)?,
            Series::new(probability.into(), shown).into_column(),
        ];
        let frame = frame.hstack(&columns).map_err(ModelError::frame)?;
        Ok(Prediction {
            frame,
            warnings: warnings(prepared),
        })
    }

    /// Returns one column `probability_<class>` for each class.
    pub fn predict_proba(&self, frame: &DataFrame) -> Result<Prediction, ModelError> {
        let prepared = self.recipe.transform(frame)?;
        let probabilities = self.coefficients.probabilities(prepared.values.view());
        let columns: Vec<Column> = self
            .classes
            .iter()
            .zip(probabilities.columns())
            .map(|(class, column)| {
                Series::new(format!("probability_{class}").into(), column.to_vec()).into_column()
            })
            .collect();
        let frame = DataFrame::new(frame.height(), columns).map_err(ModelError::frame)?;
        Ok(Prediction {
            frame,
            warnings: warnings(prepared),
        })
    }

    /// Returns each term's coefficient and odds ratio, the intercept first; with more than two classes also the class.
    pub fn coefficients(&self) -> Result<DataFrame, ModelError> {
        let (mut classes, mut terms, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let rows = self
            .coefficients
            .weights
            .iter()
            .zip(&self.coefficients.intercepts);
        for ((weights, intercept), class) in rows.zip(&self.classes) {
            for (term, value) in
                std::iter::once(("(intercept)", intercept)).chain(self.recipe.terms().zip(weights))
            {
                classes.push(class.to_string());
                terms.push(term);
                values.push(*value);
            }
        }
        let ratios: Vec<f64> = values.iter().map(|value| value.exp()).collect();
        let height = terms.len();
        let mut columns = vec![
            Series::new("term".into(), terms).into_column(),
            Series::new("coefficient".into(), values).into_column(),
            Series::new("odds_ratio".into(), ratios).into_column(),
        ];
        if self.classes.len() > 2 {
            columns.insert(0, Series::new("class".into(), classes).into_column());
        }
        DataFrame::new(height, columns).map_err(ModelError::frame)
    }

    /// Compares predictions with the target column of `frame`.
    pub fn evaluate(&self, frame: &DataFrame) -> Result<(Evaluation, Vec<Warning>), ModelError> {
        let (labels, probabilities, warnings) = self.judge(frame)?;
        let evaluation = Evaluation::new(&self.classes, &labels, probabilities.view());
        Ok((evaluation, warnings))
    }

    /// Returns each row's class, as an index into the classes, and the probabilities (rows × classes).
    pub(super) fn judge(&self, frame: &DataFrame) -> Result<Judged, ModelError> {
        if frame.height() == 0 {
            return Err(ModelError::NoRows);
        }
        let (_, actual) = labels(frame, &self.target)?;
        let places = actual
            .iter()
            .map(|class| {
                self.classes
                    .iter()
                    .position(|known| known == class)
                    .ok_or_else(|| ModelError::UnknownLabel {
                        target: self.target.clone(),
                        class: class.clone(),
                        classes: self.classes.clone(),
                    })
            })
            .collect::<Result<Vec<usize>, _>>()?;
        let prepared = self.recipe.transform(frame)?;
        let probabilities = self.coefficients.probabilities(prepared.values.view());
        Ok((places, probabilities, warnings(prepared)))
    }

    /// Returns the accuracy on `frame`.
    pub fn score(&self, frame: &DataFrame) -> Result<f64, ModelError> {
        Ok(self.evaluate(frame)?.0.accuracy)
    }
}

fn warnings(prepared: Prepared) -> Vec<Warning> {
    prepared.unseen.into_iter().map(Warning::Unseen).collect()
}
