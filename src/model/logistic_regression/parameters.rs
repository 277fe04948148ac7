//! The parameters of a logistic regression: read from settings, and checked.

use crate::model::class::Class;
use crate::model::error::ModelError;
use crate::model::estimator::Parameter;
use crate::model::setting::{Setting, Settings};

/// The name users write.
pub(super) const NAME: &str = "LogisticRegression";

/// What it takes, in order.
pub(super) const PARAMETERS: &[Parameter] = &[
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
];

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
pub struct ValidLogisticRegression(pub(super) LogisticRegression);

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
                        known: PARAMETERS.iter().map(|p| p.name).collect(),
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
    let default = PARAMETERS
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
