//! What every estimator is: named settings that are checked, then a fit on a design matrix.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::class::Class;
use super::coefficients::Coefficients;
use super::error::ModelError;
use super::warning::Warning;
use super::written::Quoted;
use crate::work::Progress;

/// One line of the list of estimators: how one is called, what it takes, and how it is made.
#[derive(Debug)]
pub struct EstimatorEntry {
    /// The name users write, which is scikit-learn's.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
    /// Checks settings (absent ones take their defaults) and makes the estimator.
    pub make: fn(&Settings) -> Result<Box<dyn Estimator>, ModelError>,
}

/// One parameter of an estimator.
#[derive(Debug)]
pub struct Parameter {
    /// Its keyword.
    pub name: &'static str,
    /// Its default, as it would be written.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// Settings by keyword.
pub type Settings = BTreeMap<String, Setting>;

/// The value of one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Setting {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A number for each class.
    Weights(Vec<(Class, f64)>),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("None"),
            Self::Flag(true) => f.write_str("True"),
            Self::Flag(false) => f.write_str("False"),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Text(value) => Quoted(value).fmt(f),
            Self::Weights(weights) => {
                f.write_str("{")?;
                for (position, (class, weight)) in weights.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    match class {
                        Class::Text(text) => write!(f, "{}: {weight:?}", Quoted(text))?,
                        other => write!(f, "{other}: {weight:?}")?,
                    }
                }
                f.write_str("}")
            }
        }
    }
}

/// What an estimator learns from: numbers only, checked.
#[derive(Debug, Clone)]
pub struct Design {
    /// One row per example, one column per term; column-major, finite.
    pub values: Array2<f64>,
    /// The name of each column of `values`.
    pub terms: Vec<String>,
    /// The class of each row, as an index into `classes`.
    pub labels: Vec<usize>,
    /// The classes, sorted; at least two, each present.
    pub classes: Vec<Class>,
}

/// What an estimator learnt.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The coefficients, on the scale of the design matrix.
    pub coefficients: Coefficients,
    /// What the user should know about them.
    pub warnings: Vec<Warning>,
}

/// A checked estimator, ready to fit.
///
/// Only checked settings become one, so a fit fails on data, never on a parameter's range.
pub trait Estimator: fmt::Debug + Send + Sync {
    /// Returns the name users write.
    fn name(&self) -> &'static str;

    /// Returns all settings, defaults included, as they are saved and shown.
    fn settings(&self) -> Settings;

    /// Learns from a design matrix, and reports its iterations to `progress`.
    fn fit(&self, design: &Design, progress: &Progress) -> Result<Fit, ModelError>;

    /// Returns a copy behind a new pointer.
    fn boxed(&self) -> Box<dyn Estimator>;
}

impl Clone for Box<dyn Estimator> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

impl dyn Estimator + '_ {
    /// Writes the estimator with all its settings: records and caches know it by this text.
    pub fn written(&self) -> String {
        let settings = self.settings().into_iter();
        let settings: Vec<String> = settings
            .map(|(name, setting)| format!("{name}={setting}"))
            .collect();
        format!("{}({})", self.name(), settings.join(", "))
    }
}

impl fmt::Display for dyn Estimator + '_ {
    /// Writes the estimator as it would be called: its name, and the settings that are not the defaults.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings();
        let entry = super::ESTIMATORS.iter().find(|entry| entry.name == self.name());
        let shown: Vec<String> = entry
            .iter()
            .flat_map(|entry| entry.parameters)
            .filter_map(|parameter| Some((parameter, settings.get(parameter.name)?.to_string())))
            .filter(|(parameter, setting)| setting != parameter.default)
            .map(|(parameter, setting)| format!("{}={setting}", parameter.name))
            .collect();
        write!(f, "{}({})", self.name(), shown.join(", "))
    }
}
