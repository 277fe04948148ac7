//! The task of telling classes apart: what a classifier is, and what a fitted one can do.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::class::{Class, MAX_CLASSES};
use super::column_type::{ColumnType, Family};
use super::configured::Configured;
use super::design::{Design, Labels};
use super::error::ModelError;
use super::evaluation::{ClassificationMetrics, predicted};
use super::labels::{decode, encode, labels};
use super::learnt::{Fit, Learnt, State};
use super::linear::Linear;
use super::saved::Loaded;
use super::warning::Warning;
use crate::work::Progress;

/// A checked estimator that learns to tell classes apart.
pub trait Classify: Configured {
    /// Learns from rows and their classes, and reports its iterations to `progress`.
    fn fit(
        &self,
        design: &Design,
        labels: &Labels,
        progress: &Progress,
    ) -> Result<Fit<dyn Classifier>, ModelError>;
}

/// What a classifier learnt.
pub trait Classifier: Learnt {
    /// Returns the probability of each class in each row: rows × classes, column-major.
    fn probabilities(&self, values: ArrayView2<'_, f64>) -> Array2<f64>;

    /// Returns its coefficients, where it is a linear function of the terms.
    fn linear(&self) -> Option<Linear<'_>> {
        None
    }

    /// Returns what is inconsistent in it, where it was read from a file.
    fn flaw(&self, terms: usize, classes: usize) -> Option<String>;
}

/// A fitted classifier with its target.
#[derive(Debug, Clone)]
pub struct FittedClassifier {
    pub(super) target: String,
    pub(super) target_type: ColumnType,
    /// Sorted; with two, the second is the positive one.
    pub(super) classes: Vec<Class>,
    pub(super) learnt: Arc<dyn Classifier>,
    /// On the training rows.
    pub(super) metrics: ClassificationMetrics,
}

/// A target column read as classes.
pub(super) struct ClassTarget {
    name: String,
    kind: ColumnType,
    labels: Labels,
}

impl ClassTarget {
    /// Reads the target of a fit.
    pub(super) fn read(frame: &DataFrame, name: &str) -> Result<Self, ModelError> {
        let (kind, classes) = labels(frame, name)?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            labels: encode(name, &classes)?,
        })
    }
}

impl FittedClassifier {
    /// Learns from the rows of a design matrix.
    pub(super) fn fit(
        estimator: &dyn Classify,
        target: ClassTarget,
        design: &Design,
        progress: &Progress,
    ) -> Result<(Self, Vec<Warning>), ModelError> {
        let ClassTarget { name, kind, labels } = target;
        let Fit { learnt, warnings } = estimator.fit(design, &labels, progress)?;
        let probabilities = learnt.probabilities(design.values.view());
        let metrics = ClassificationMetrics::new(&labels.classes, &labels.rows, probabilities.view());
        let fitted = Self {
            target: name,
            target_type: kind,
            classes: labels.classes,
            learnt,
            metrics,
        };
        Ok((fitted, warnings))
    }

    /// Returns the class of each row of `frame`, as an index into the classes.
    pub(super) fn labels(&self, frame: &DataFrame) -> Result<Vec<usize>, ModelError> {
        let (_, actual) = labels(frame, &self.target)?;
        let place = |class: &Class| {
            let known = self.classes.iter().position(|known| known == class);
            known.ok_or_else(|| ModelError::UnknownLabel {
                target: self.target.clone(),
                class: class.clone(),
                classes: self.classes.clone(),
            })
        };
        actual.iter().map(place).collect()
    }

    /// Returns the predicted class, in the target's type, and a probability.
    ///
    /// With two classes it is the probability of the positive (second) class, else that of the predicted class.
    pub(super) fn predict(
        &self,
        values: ArrayView2<'_, f64>,
        prediction: &str,
        probability: &str,
    ) -> Result<Vec<Column>, ModelError> {
        let probabilities = self.learnt.probabilities(values);
        let rows = predicted(probabilities.view());
        let shown: Vec<f64> = match self.classes.len() {
            2 => probabilities.column(1).to_vec(),
            _ => rows
                .iter()
                .enumerate()
                .map(|(row, class)| probabilities[[row, *class]])
                .collect(),
        };
        Ok(vec![
            decode(prediction, &self.classes, self.target_type, &rows)?,
            Series::new(probability.into(), shown).into_column(),
        ])
    }

    /// Returns one column `probability_<class>` for each class.
    pub(super) fn predict_proba(&self, values: ArrayView2<'_, f64>) -> Vec<Column> {
        let probabilities = self.learnt.probabilities(values);
        let columns = self.classes.iter().zip(probabilities.columns());
        columns
            .map(|(class, column)| {
                Series::new(format!("probability_{class}").into(), column.to_vec()).into_column()
            })
            .collect()
    }

    /// Compares probabilities with the class of each row.
    pub(super) fn evaluate(&self, labels: &[usize], probabilities: &Array2<f64>) -> ClassificationMetrics {
        ClassificationMetrics::new(&self.classes, labels, probabilities.view())
    }

    /// Describes what does not fit together in a classifier that was read from a file.
    fn flaw(&self, terms: usize) -> Option<String> {
        let count = self.classes.len();
        if !(2..=MAX_CLASSES).contains(&count) {
            return Some(format!("it has {count} classes"));
        }
        if !self.classes.is_sorted_by(|a, b| a < b) {
            return Some("its classes are not sorted, or not unique".to_owned());
        }
        let suits = |class: &Class| match class {
            Class::Boolean(_) => self.target_type.family() == Family::Boolean,
            Class::Text(_) => self.target_type.family() == Family::Text,
            Class::Float(value) => self.target_type.is_float() && value.is_finite(),
            Class::Integer(_) => self.target_type.family() == Family::Number && !self.target_type.is_float(),
        };
        if let Some(class) = self.classes.iter().find(|class| !suits(class)) {
            return Some(format!(
                "the class {class} is not of the type {}",
                self.target_type
            ));
        }
        let learnt = self.learnt.flaw(terms, count);
        let unsound = || "its metrics are not of its classes, or not finite".to_owned();
        learnt.or_else(|| (!self.metrics.is_sound(&self.classes)).then(unsound))
    }

    /// Reads a saved model of a classifier that learnt an `S`.
    pub fn load<S: State + Classifier>(text: &str) -> Result<Loaded<Self>, ModelError> {
        Loaded::read::<S, ClassificationMetrics>(text, |parts| {
            let fitted = Self {
                target: parts.target.ok_or("it has no target")?,
                target_type: parts.target_type.ok_or("it has no type of its target")?,
                classes: parts.classes.ok_or("it has no classes")?,
                learnt: Arc::new(parts.learnt),
                metrics: parts.metrics.ok_or("it has no metrics")?,
            };
            fitted.flaw(parts.terms).map_or(Ok(fitted), Err)
        })
    }
}
