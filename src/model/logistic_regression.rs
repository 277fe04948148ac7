//! `LogisticRegression`: scikit-learn's name, parameters, objective and defaults.
//!
//! linfa's L-BFGS gives the start, on standardised columns; [`newton`](super::newton) finishes from there on
//! the true objective and measures the gradient. That way what linfa-logistic 0.8.1 does not do is safe: it has no
//! row weights, its uniform penalty is not the true one on standardised columns, and it does not say when it
//! has not converged.

use linfa::DatasetBase;
use linfa::ParamGuard;
use linfa::traits::Fit as _;
use linfa_logistic::{LogisticRegression as LinfaBinary, MultiLogisticRegression as LinfaMultinomial};
use ndarray::{Array1, Array2};

use super::class::Class;
use super::error::ModelError;
use super::estimator::{Design, Estimator, EstimatorEntry, Fit, Parameter, Setting, Settings};
use super::newton::{Objective, Standardized};
use super::warning::Warning;
use crate::work::{Progress, catch_panic};

const NAME: &str = "LogisticRegression";

/// Above this, every row's own class is certain: no real data is, unless a line separates the classes.
const CERTAIN: f64 = 0.999;

/// The mean gradient at which linfa hands over.
const START_TOLERANCE: f64 = 1e-3;

/// The most iterations linfa gets; Newton's are worth more after that.
const START_ITERATIONS: u64 = 30;

/// The line in the list of estimators.
pub(super) const ENTRY: EstimatorEntry = EstimatorEntry {
    name: NAME,
    summary: "logistic regression for two or more classes, with scikit-learn's parameters",
    parameters: &[
        Parameter {
            name: "penalty",
            default: "\"l2\"",
            meaning: "\"l2\", or None for no penalty",
        },
        Parameter {
            name: "C",
            default: "1.0",
            meaning: "inverse strength of the penalty",
        },
        Parameter {
            name: "fit_intercept",
            default: "True",
            meaning: "whether to add an intercept",
        },
        Parameter {
            name: "class_weight",
            default: "None",
            meaning: "None, \"balanced\", or a dict of class to weight",
        },
        Parameter {
            name: "max_iter",
            default: "100",
            meaning: "the most iterations of the solver",
        },
        Parameter {
            name: "tol",
            default: "1e-8",
            meaning: "the mean gradient at which the solver stops",
        },
        Parameter {
            name: "solver",
            default: "\"lbfgs\"",
            meaning: "\"lbfgs\"",
        },
    ],
    make: |settings| Ok(Box::new(LogisticRegression::from_settings(settings)?.check()?)),
};

/// The parameters of a logistic regression, not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    /// `"l2"`, or none.
    pub penalty: Option<String>,
    /// The inverse strength of the penalty, scikit-learn's `C`.
    pub c: f64,
    /// Whether to add an intercept.
    pub fit_intercept: bool,
    /// How rows are weighted.
    pub class_weight: ClassWeight,
    /// The most iterations, of all solvers together.
    pub max_iter: i64,
    /// The solver stops when no component of the mean gradient is larger; measured on standardised columns.
    pub tol: f64,
    /// `"lbfgs"`.
    pub solver: String,
}

/// How rows are weighted by their class.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeight {
    /// Every row counts the same.
    Equal,
    /// Every class counts the same: n / (classes · rows of the class).
    Balanced,
    /// A weight for each class; 1 for a class that is not named.
    Given(Vec<(Class, f64)>),
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            penalty: Some("l2".to_owned()),
            c: 1.0,
            fit_intercept: true,
            class_weight: ClassWeight::Equal,
            max_iter: 100,
            tol: 1e-8,
            solver: "lbfgs".to_owned(),
        }
    }
}

/// A logistic regression whose parameters are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidLogisticRegression(LogisticRegression);

impl LogisticRegression {
    /// Reads the parameters from settings; absent ones keep their defaults.
    pub fn from_settings(settings: &Settings) -> Result<Self, ModelError> {
        let mut made = Self::default();
        for (name, setting) in settings {
            let refuse = |expected| Err(invalid(name, setting.to_string(), expected));
            match (name.as_str(), setting) {
                ("penalty", Setting::Nothing) => made.penalty = None,
                ("penalty", Setting::Text(text)) => made.penalty = Some(text.clone()),
                ("penalty", _) => return refuse("\"l2\" or None"),
                ("C", Setting::Number(value)) => made.c = *value,
                ("C", Setting::Integer(value)) => made.c = *value as f64,
                ("tol", Setting::Number(value)) => made.tol = *value,
                ("tol", Setting::Integer(value)) => made.tol = *value as f64,
                ("C" | "tol", _) => return refuse("a number above 0"),
                ("fit_intercept", Setting::Flag(flag)) => made.fit_intercept = *flag,
                ("fit_intercept", _) => return refuse("True or False"),
                ("max_iter", Setting::Integer(value)) => made.max_iter = *value,
                ("max_iter", _) => return refuse("a whole number, 1 or more"),
                ("solver", Setting::Text(text)) => made.solver.clone_from(text),
                ("solver", _) => return refuse("\"lbfgs\""),
                ("class_weight", Setting::Nothing) => made.class_weight = ClassWeight::Equal,
                ("class_weight", Setting::Text(text)) if text == "balanced" => {
                    made.class_weight = ClassWeight::Balanced;
                }
                ("class_weight", Setting::Weights(weights)) => {
                    made.class_weight = ClassWeight::Given(weights.clone());
                }
                ("class_weight", _) => return refuse("None, \"balanced\" or a dict of class to weight"),
                _ => {
                    return Err(ModelError::UnknownParameter {
                        owner: NAME,
                        name: name.clone(),
                        known: ENTRY.parameters.iter().map(|p| p.name).collect(),
                    });
                }
            }
        }
        Ok(made)
    }

    /// Checks every parameter; only the result can fit.
    pub fn check(self) -> Result<ValidLogisticRegression, ModelError> {
        if let Some(penalty) = &self.penalty
            && penalty != "l2"
        {
            return Err(invalid("penalty", format!("{penalty:?}"), "\"l2\" or None"));
        }
        // The penalty is 1/C, which must be a number too.
        if !(self.c.is_finite() && self.c > 0.0 && (1.0 / self.c).is_finite()) {
            return Err(invalid("C", self.c.to_string(), "a number above 0"));
        }
        if !(self.tol.is_finite() && self.tol > 0.0) {
            return Err(invalid("tol", self.tol.to_string(), "a number above 0"));
        }
        if self.max_iter < 1 {
            return Err(invalid(
                "max_iter",
                self.max_iter.to_string(),
                "a whole number, 1 or more",
            ));
        }
        if self.solver != "lbfgs" {
            return Err(invalid("solver", format!("{:?}", self.solver), "\"lbfgs\""));
        }
        if let ClassWeight::Given(weights) = &self.class_weight
            && let Some((class, weight)) = weights
                .iter()
                .find(|(_, weight)| !(weight.is_finite() && *weight > 0.0))
        {
            return Err(invalid(
                "class_weight",
                format!("{weight} for {class}"),
                "weights above 0",
            ));
        }
        Ok(ValidLogisticRegression(self))
    }
}

fn invalid(name: &str, found: String, expected: &'static str) -> ModelError {
    let default = ENTRY
        .parameters
        .iter()
        .find(|parameter| parameter.name == name)
        .map_or("", |p| p.default);
    ModelError::InvalidParameter {
        owner: NAME,
        name: name.to_owned(),
        found,
        expected,
        default,
    }
}

impl ValidLogisticRegression {
    fn alpha(&self) -> f64 {
        if self.0.penalty.is_some() {
            1.0 / self.0.c
        } else {
            0.0
        }
    }

    fn row_weights(&self, design: &Design) -> Result<Array1<f64>, ModelError> {
        let by_class: Vec<f64> = match &self.0.class_weight {
            ClassWeight::Balanced => {
                let mut counts = vec![0_usize; design.classes.len()];
                for label in &design.labels {
                    counts[*label] += 1;
                }
                let share = design.labels.len() as f64 / design.classes.len() as f64;
                counts.iter().map(|count| share / *count as f64).collect()
            }
            ClassWeight::Given(weights) => {
                if let Some((class, _)) = weights.iter().find(|(class, _)| !design.classes.contains(class)) {
                    return Err(ModelError::UnknownClass {
                        class: class.clone(),
                        classes: design.classes.clone(),
                    });
                }
                let of = |class: &Class| {
                    weights
                        .iter()
                        .find(|(named, _)| named == class)
                        .map_or(1.0, |(_, w)| *w)
                };
                design.classes.iter().map(of).collect()
            }
            ClassWeight::Equal => vec![1.0; design.classes.len()],
        };
        Ok(design.labels.iter().map(|label| by_class[*label]).collect())
    }

    /// Returns linfa's solution on the standardised columns, or none where it has none to give.
    fn start(&self, design: &Design, columns: &Standardized) -> Option<Array2<f64>> {
        let iterations = START_ITERATIONS.min(self.0.max_iter.unsigned_abs() / 2);
        if self.0.class_weight != ClassWeight::Equal || iterations == 0 || columns.values.ncols() == 0 {
            return None;
        }
        let (rows, terms) = columns.values.dim();
        // linfa's tolerance is on the summed gradient, ours on the mean.
        let tolerance = START_TOLERANCE * rows as f64;
        let labels = Array1::from(design.labels.clone());
        let data = DatasetBase::new(columns.values.view(), labels);
        let mut start = Array2::zeros((
            terms + 1,
            if design.classes.len() == 2 {
                1
            } else {
                design.classes.len()
            },
        ));
        if design.classes.len() == 2 {
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

impl Estimator for ValidLogisticRegression {
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

    fn fit(&self, design: &Design, progress: &Progress) -> Result<Fit, ModelError> {
        let outputs = if design.classes.len() == 2 {
            1
        } else {
            design.classes.len()
        };
        let row_weights = self.row_weights(design)?;
        let columns = Standardized::new(design.values.view(), self.0.fit_intercept);
        let objective = Objective::new(
            &columns,
            &design.labels,
            row_weights,
            self.alpha(),
            self.0.fit_intercept,
            outputs,
        );
        let mut max_iter = self.0.max_iter.unsigned_abs();
        let task = progress.count("fit", "iterations", max_iter);
        let start = self.start(design, &columns);
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
        let probabilities = coefficients.probabilities(design.values.view());
        let least = design
            .labels
            .iter()
            .enumerate()
            .map(|(row, label)| probabilities[[row, *label]])
            .fold(1.0_f64, f64::min);
        if least > CERTAIN {
            warnings.push(Warning::PerfectSeparation { least });
        }
        Ok(Fit {
            coefficients,
            warnings,
        })
    }

    fn boxed(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }
}
