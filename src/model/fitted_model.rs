//! A fitted model: the recipe, what was learnt, and everything that scoring needs.
//!
//! It prepares rows, and asks the file of its task for what differs from task to task.

use polars::prelude::{Column, DataFrame, Schema};

use super::class::Class;
use super::classify::FittedClassifier;
use super::error::ModelError;
use super::estimator::Estimator;
use super::evaluation::Evaluation;
use super::fitted::Fitted;
use super::formula::Names;
use super::linear::Linear;
use super::provenance::Provenance;
use super::recipe::{FittedRecipe, Prepared};
use super::task::Task;
use super::warning::Warning;

/// The name of the column of probabilities, where no other is given.
pub const PROBABILITY: &str = "probability";

/// A fitted model.
#[derive(Debug, Clone)]
pub struct FittedModel {
    pub(super) estimator: Estimator,
    pub(super) recipe: FittedRecipe,
    pub(super) fitted: Fitted,
    pub(super) rows: usize,
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

impl FittedModel {
    /// Returns the estimator it was fitted with.
    pub fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// Returns what it learnt to do.
    pub fn task(&self) -> Task {
        self.fitted.task()
    }

    /// Returns the fitted preprocessing.
    pub fn recipe(&self) -> &FittedRecipe {
        &self.recipe
    }

    /// Returns the target column's name, where the task has a target.
    pub fn target(&self) -> Option<&str> {
        match &self.fitted {
            Fitted::Classifier(of) => Some(&of.target),
            Fitted::Regressor(of) => Some(&of.target),
            Fitted::Clusterer(_) | Fitted::Transformer(_) => None,
        }
    }

    /// Returns a classifier's classes, sorted; with two, the second is the positive one.
    pub fn classes(&self) -> Option<&[Class]> {
        match &self.fitted {
            Fitted::Classifier(of) => Some(&of.classes),
            Fitted::Regressor(_) | Fitted::Clusterer(_) | Fitted::Transformer(_) => None,
        }
    }

    /// Returns the coefficients of a linear model.
    pub fn linear(&self) -> Option<Linear<'_>> {
        match &self.fitted {
            Fitted::Classifier(of) => of.learnt.linear(),
            Fitted::Regressor(of) => of.learnt.linear(),
            Fitted::Clusterer(_) | Fitted::Transformer(_) => None,
        }
    }

    /// Returns how many rows it was trained on.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the evaluation on the training rows, where the task has a target to compare with.
    pub fn metrics(&self) -> Option<Evaluation> {
        match &self.fitted {
            Fitted::Classifier(of) => Some(Evaluation::Classification(of.metrics.clone())),
            Fitted::Regressor(of) => Some(Evaluation::Regression(of.metrics.clone())),
            Fitted::Clusterer(_) | Fitted::Transformer(_) => None,
        }
    }

    /// Returns where it came from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Returns what there was to say about the fit; nothing after loading, for it is not saved.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Reports that `what` needs another task than the model's.
    pub fn needs(&self, what: &'static str, needed: &'static [Task]) -> ModelError {
        ModelError::OtherTask {
            what,
            needed,
            found: self.task(),
        }
    }

    /// Returns the classifier that the model is.
    pub(super) fn classifier(&self, what: &'static str) -> Result<&FittedClassifier, ModelError> {
        match &self.fitted {
            Fitted::Classifier(of) => Ok(of),
            Fitted::Regressor(_) | Fitted::Clusterer(_) | Fitted::Transformer(_) => {
                Err(self.needs(what, &[Task::Classify]))
            }
        }
    }

    /// Returns `frame` with what the model says of each row.
    ///
    /// Of a classifier that is the class and its probability, of a regressor the number, of a clusterer the cluster, all in
    /// columns of these names (`probability` is [`PROBABILITY`] unless it is given); of a transformer its columns.
    pub fn predict(
        &self,
        frame: &DataFrame,
        prediction: &str,
        probability: Option<&str>,
    ) -> Result<Prediction, ModelError> {
        let names = self.prediction_names(prediction, probability, frame.schema())?;
        if let Some(formula) = self.formula() {
            return self.compute(formula, frame, names);
        }
        let prepared = self.recipe.transform(frame)?;
        let values = prepared.values.view();
        let columns = match &self.fitted {
            Fitted::Classifier(of) => of.predict(values, prediction, probability.unwrap_or(PROBABILITY))?,
            Fitted::Regressor(of) => vec![of.predict(values, prediction)],
            Fitted::Clusterer(of) => vec![of.predict(values, prediction)],
            Fitted::Transformer(of) => {
                let columns = of.predict(&self.recipe.terms().collect::<Vec<_>>(), values);
                refuse_taken(
                    frame.schema(),
                    columns.iter().map(|column| column.name().as_str()),
                )?;
                columns
            }
        };
        let frame = frame.hstack(&columns).map_err(ModelError::frame)?;
        Ok(Prediction {
            frame,
            warnings: warnings(prepared),
        })
    }

    /// Returns one column `probability_<class>` for each class.
    pub fn predict_proba(&self, frame: &DataFrame) -> Result<Prediction, ModelError> {
        let classifier = self.classifier("`predict_proba`")?;
        if let Some(formula) = self.formula() {
            return self.compute(formula, frame, Names::Probabilities);
        }
        let prepared = self.recipe.transform(frame)?;
        let columns: Vec<Column> = classifier.predict_proba(prepared.values.view());
        let frame = DataFrame::new(frame.height(), columns).map_err(ModelError::frame)?;
        Ok(Prediction {
            frame,
            warnings: warnings(prepared),
        })
    }

    /// Compares predictions with the target column of `frame`.
    pub fn evaluate(&self, frame: &DataFrame) -> Result<(Evaluation, Vec<Warning>), ModelError> {
        match &self.fitted {
            Fitted::Classifier(of) => {
                let judged = self.judge("`evaluate`", frame)?;
                let metrics = of.evaluate(&judged.labels, &judged.probabilities);
                Ok((Evaluation::Classification(metrics), judged.warnings))
            }
            Fitted::Regressor(of) => {
                if frame.height() == 0 {
                    return Err(ModelError::NoRows);
                }
                let actual = of.actual(frame)?;
                let prepared = self.recipe.transform(frame)?;
                let metrics = of.evaluate(&actual, prepared.values.view());
                Ok((Evaluation::Regression(metrics), warnings(prepared)))
            }
            Fitted::Clusterer(_) | Fitted::Transformer(_) => {
                Err(self.needs("`evaluate`", &[Task::Classify, Task::Regress]))
            }
        }
    }

    /// Returns a classifier's rows of `frame` with their classes and their probabilities.
    pub(super) fn judge(&self, what: &'static str, frame: &DataFrame) -> Result<Judged<'_>, ModelError> {
        let classifier = self.classifier(what)?;
        if frame.height() == 0 {
            return Err(ModelError::NoRows);
        }
        let labels = classifier.labels(frame)?;
        let prepared = self.recipe.transform(frame)?;
        Ok(Judged {
            classifier,
            labels,
            probabilities: classifier.learnt.probabilities(prepared.values.view()),
            warnings: warnings(prepared),
        })
    }

    /// Returns the accuracy of a classifier, or the R² of a regressor, on `frame`.
    pub fn score(&self, frame: &DataFrame) -> Result<f64, ModelError> {
        let (evaluation, _) = self.evaluate(frame)?;
        match evaluation.score() {
            (_, Some(score)) => Ok(score),
            (figure, None) => Err(ModelError::NoScore { figure }),
        }
    }
}

/// Rows that a classifier has judged.
pub(super) struct Judged<'a> {
    pub(super) classifier: &'a FittedClassifier,
    /// The class of each row, as an index into the classes.
    pub(super) labels: Vec<usize>,
    /// Rows × classes.
    pub(super) probabilities: ndarray::Array2<f64>,
    pub(super) warnings: Vec<Warning>,
}

pub(super) fn refuse_taken<'a>(
    schema: &Schema,
    mut names: impl Iterator<Item = &'a str>,
) -> Result<(), ModelError> {
    match names.find(|name| schema.contains(name)) {
        Some(taken) => Err(ModelError::NameTaken {
            name: taken.to_owned(),
        }),
        None => Ok(()),
    }
}

fn warnings(prepared: Prepared) -> Vec<Warning> {
    prepared.unseen.into_iter().map(Warning::Unseen).collect()
}
