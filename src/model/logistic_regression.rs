//! `LogisticRegression`: scikit-learn's name, parameters, objective and defaults.
//!
//! linfa's L-BFGS gives the start, on standardised columns; [`newton`] finishes from there on
//! the true objective and measures the gradient. That way what linfa-logistic 0.8.1 does not do is safe: it has no
//! row weights, its uniform penalty is not the true one on standardised columns, and it does not say when it
//! has not converged.

mod classifier;
mod newton;
mod parameters;

use std::sync::Arc;

use linfa::DatasetBase;
use linfa::ParamGuard;
use linfa::traits::Fit as _;
use linfa_logistic::{LogisticRegression as LinfaBinary, MultiLogisticRegression as LinfaMultinomial};
use ndarray::{Array1, Array2};

pub use parameters::{LogisticRegression, ValidLogisticRegression};

use super::class::Class;
use super::classify::{Classifier, Classify, FittedClassifier};
use super::configured::Configured;
use super::design::{Design, Labels};
use super::error::ModelError;
use super::estimator::{EstimatorEntry, Functions, Learner};
use super::learnt::Fit;
use super::setting::{Setting, Settings};
use super::warning::Warning;
use crate::work::{Progress, catch_panic};
use classifier::LogisticClassifier;
use newton::{Objective, Standardized};
use parameters::{ClassWeight, NAME, PARAMETERS};

/// Above this, every row's own class is certain: no real data is, unless a line separates the classes.
const CERTAIN: f64 = 0.999;

/// The mean gradient at which linfa hands over.
const START_TOLERANCE: f64 = 1e-3;

/// The most iterations linfa gets; Newton's are worth more after that.
const START_ITERATIONS: u64 = 30;

/// The line in the list of estimators.
pub(super) const ENTRY: EstimatorEntry = EstimatorEntry {
    name: NAME,
    summary: "Logistic regression, binary and multinomial, with scikit-learn's parameters.",
    details: "`penalty` is `\"l2\"` or None; `C` is the inverse strength of the penalty; `class_weight` is None, \
              `\"balanced\"` or a dict of weights by class; the solver stops when the mean gradient is below `tol`, or \
              after `max_iter` steps.",
    example: "titanic = read_csv(\"/mnt/data/titanic.csv\")\n\
              LogisticRegression(C=0.5).fit(titanic, target=\"Survived\", features=[\"Sex\", \"Pclass\"])",
    parameters: PARAMETERS,
    learner: Learner::Classifier(Functions {
        make: |settings| Ok(Arc::new(LogisticRegression::from_settings(settings)?.check()?)),
        load: FittedClassifier::load::<LogisticClassifier>,
    }),
};

impl ValidLogisticRegression {
    fn alpha(&self) -> f64 {
        if self.0.penalty.is_some() {
            1.0 / self.0.c
        } else {
            0.0
        }
    }

    fn row_weights(&self, labels: &Labels) -> Result<Array1<f64>, ModelError> {
        let by_class: Vec<f64> = match &self.0.class_weight {
            ClassWeight::Balanced => {
                let mut counts = vec![0_usize; labels.classes.len()];
                for label in &labels.rows {
                    counts[*label] += 1;
                }
                let share = labels.rows.len() as f64 / labels.classes.len() as f64;
                counts.iter().map(|count| share / *count as f64).collect()
            }
            ClassWeight::Given(weights) => {
                if let Some((class, _)) = weights.iter().find(|(class, _)| !labels.classes.contains(class)) {
                    return Err(ModelError::UnknownClass {
                        class: class.clone(),
                        classes: labels.classes.clone(),
                    });
                }
                let of = |class: &Class| {
                    weights
                        .iter()
                        .find(|(named, _)| named == class)
                        .map_or(1.0, |(_, w)| *w)
                };
                labels.classes.iter().map(of).collect()
            }
            ClassWeight::Equal => vec![1.0; labels.classes.len()],
        };
        Ok(labels.rows.iter().map(|label| by_class[*label]).collect())
    }

    /// Returns linfa's solution on the standardised columns, or none where it has none to give.
    fn start(&self, labels: &Labels, columns: &Standardized) -> Option<Array2<f64>> {
        let iterations = START_ITERATIONS.min(self.0.max_iter.unsigned_abs() / 2);
        if self.0.class_weight != ClassWeight::Equal || iterations == 0 || columns.values.ncols() == 0 {
            return None;
        }
        let (rows, terms) = columns.values.dim();
        // linfa's tolerance is on the summed gradient, ours on the mean.
        let tolerance = START_TOLERANCE * rows as f64;
        let data = DatasetBase::new(columns.values.view(), Array1::from(labels.rows.clone()));
        let mut start = Array2::zeros((
            terms + 1,
            if labels.classes.len() == 2 {
                1
            } else {
                labels.classes.len()
            },
        ));
        if labels.classes.len() == 2 {
            let parameters = LinfaBinary::default()
                .alpha(self.alpha())
                .with_intercept(self.0.fit_intercept)
                .max_iterations(iterations)
                .gradient_tolerance(tolerance)
                .check()
                .ok()?;
            let fitted = catch_panic(|| parameters.fit(&data)).ok()?.ok()?;
            // linfa takes the majority for the positive class; here it is the later one.
            let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
            for (to, from) in start
                .iter_mut()
                .zip(fitted.params().iter().chain([&fitted.intercept()]))
            {
                *to = sign * from;
            }
        } else {
            let parameters = LinfaMultinomial::default()
                .alpha(self.alpha())
                .with_intercept(self.0.fit_intercept)
                .max_iterations(iterations)
                .gradient_tolerance(tolerance)
                .check()
                .ok()?;
            let fitted = catch_panic(|| parameters.fit(&data)).ok()?.ok()?;
            for (mut to, from) in start.rows_mut().into_iter().zip(fitted.params().rows()) {
                to.assign(&from);
            }
            start.row_mut(terms).assign(fitted.intercept());
        }
        start.iter().all(|value| value.is_finite()).then_some(start)
    }
}

impl Configured for ValidLogisticRegression {
    fn name(&self) -> &'static str {
        NAME
    }

    fn settings(&self) -> Settings {
        let weight = match &self.0.class_weight {
            ClassWeight::Equal => Setting::Nothing,
            ClassWeight::Balanced => Setting::Text("balanced".to_owned()),
            ClassWeight::Given(weights) => Setting::Weights(weights.clone()),
        };
        let penalty = self.0.penalty.clone().map_or(Setting::Nothing, Setting::Text);
        Settings::from([
            ("penalty".to_owned(), penalty),
            ("C".to_owned(), Setting::Number(self.0.c)),
            ("fit_intercept".to_owned(), Setting::Flag(self.0.fit_intercept)),
            ("class_weight".to_owned(), weight),
            ("max_iter".to_owned(), Setting::Integer(self.0.max_iter)),
            ("tol".to_owned(), Setting::Number(self.0.tol)),
            ("solver".to_owned(), Setting::Text(self.0.solver.clone())),
        ])
    }
}

impl Classify for ValidLogisticRegression {
    fn fit(
        &self,
        design: &Design,
        labels: &Labels,
        progress: &Progress,
    ) -> Result<Fit<dyn Classifier>, ModelError> {
        let outputs = if labels.classes.len() == 2 {
            1
        } else {
            labels.classes.len()
        };
        let row_weights = self.row_weights(labels)?;
        let columns = Standardized::new(design.values.view(), self.0.fit_intercept);
        let objective = Objective::new(
            &columns,
            &labels.rows,
            row_weights,
            self.alpha(),
            self.0.fit_intercept,
            outputs,
        );
        let mut max_iter = self.0.max_iter.unsigned_abs();
        let task = progress.count("fit", "iterations", max_iter);
        let start = self.start(labels, &columns);
        if start.is_some() {
            let taken = START_ITERATIONS.min(max_iter / 2);
            max_iter -= taken;
            task.advance(taken);
        }
        let start = start.unwrap_or_else(|| objective.origin());
        let mut solution = objective.minimise(start, self.0.tol, max_iter, &task);
        if outputs > 1 {
            // Softmax does not change when all outputs shift together; scikit-learn's sum to zero.
            for mut row in solution.at.rows_mut() {
                let mean = row.sum() / outputs as f64;
                row -= mean;
            }
        }
        let coefficients = columns.undo(&solution.at);
        if coefficients
            .weights
            .iter()
            .flatten()
            .chain(&coefficients.intercepts)
            .any(|v| !v.is_finite())
        {
            return Err(ModelError::Diverged);
        }
        let mut warnings = Vec::new();
        if !solution.converged {
            warnings.push(Warning::NotConverged {
                gradient: solution.gradient,
                tolerance: self.0.tol,
                max_iter: self.0.max_iter.unsigned_abs(),
            });
        }
        let learnt = LogisticClassifier(coefficients);
        let probabilities = learnt.probabilities(design.values.view());
        let least = labels
            .rows
            .iter()
            .enumerate()
            .map(|(row, label)| probabilities[[row, *label]])
            .fold(1.0_f64, f64::min);
        if least > CERTAIN {
            warnings.push(Warning::PerfectSeparation { least });
        }
        Ok(Fit {
            learnt: Arc::new(learnt),
            warnings,
        })
    }
}
