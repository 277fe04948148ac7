//! What every estimator is: named settings that are checked, then a fit of one task.

use std::fmt;
use std::sync::Arc;

use super::classify::{Classify, FittedClassifier};
use super::cluster::{Cluster, FittedClusterer};
use super::configured::Configured;
use super::error::ModelError;
use super::fitted::Fitted;
use super::regress::{FittedRegressor, Regress};
use super::saved::Loaded;
use super::setting::Settings;
use super::task::Task;
use super::transform::{FittedTransformer, Transform};

/// One line of the list of estimators: how one is called, what it takes, and how it is made.
///
/// The builtin that makes the estimator in a cell, its help and its completion are made of this.
#[derive(Debug)]
pub struct EstimatorEntry {
    /// The name users write, which is scikit-learn's.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// What else there is to know, in sentences; may be empty.
    pub details: &'static str,
    /// A cell that uses it, and works.
    pub example: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
    /// What it learns to do, with the functions that make one and read one back.
    pub learner: Learner,
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

/// The functions of an estimator, by its task.
#[derive(Debug)]
pub enum Learner {
    /// Of a classifier.
    Classifier(Functions<dyn Classify, FittedClassifier>),
    /// Of a regressor.
    Regressor(Functions<dyn Regress, FittedRegressor>),
    /// Of a clusterer.
    Clusterer(Functions<dyn Cluster, FittedClusterer>),
    /// Of a transformer.
    Transformer(Functions<dyn Transform, FittedTransformer>),
}

/// How an estimator of one task is made, and a model that it fitted is read back.
#[derive(Debug)]
pub struct Functions<E: ?Sized, F> {
    /// Checks settings (absent ones take their defaults) and makes the estimator.
    pub make: fn(&Settings) -> Result<Arc<E>, ModelError>,
    /// Reads a saved model.
    pub load: fn(&str) -> Result<Loaded<F>, ModelError>,
}

/// A checked estimator, ready to fit.
///
/// Only checked settings become one, so a fit fails on data, never on a parameter's range.
#[derive(Debug, Clone)]
pub enum Estimator {
    /// Learns to tell classes apart.
    Classifier(Arc<dyn Classify>),
    /// Learns to estimate a number.
    Regressor(Arc<dyn Regress>),
    /// Learns to group rows.
    Clusterer(Arc<dyn Cluster>),
    /// Learns to make other columns.
    Transformer(Arc<dyn Transform>),
}

impl EstimatorEntry {
    /// Checks settings (absent ones take their defaults) and makes the estimator.
    pub fn make(&self, settings: &Settings) -> Result<Estimator, ModelError> {
        Ok(match &self.learner {
            Learner::Classifier(of) => Estimator::Classifier((of.make)(settings)?),
            Learner::Regressor(of) => Estimator::Regressor((of.make)(settings)?),
            Learner::Clusterer(of) => Estimator::Clusterer((of.make)(settings)?),
            Learner::Transformer(of) => Estimator::Transformer((of.make)(settings)?),
        })
    }

    /// Reads a model that the estimator fitted.
    pub(super) fn load(&self, text: &str) -> Result<Loaded<Fitted>, ModelError> {
        Ok(match &self.learner {
            Learner::Classifier(of) => (of.load)(text)?.map(Fitted::Classifier),
            Learner::Regressor(of) => (of.load)(text)?.map(Fitted::Regressor),
            Learner::Clusterer(of) => (of.load)(text)?.map(Fitted::Clusterer),
            Learner::Transformer(of) => (of.load)(text)?.map(Fitted::Transformer),
        })
    }
}

impl Estimator {
    /// Returns what it learns to do.
    pub fn task(&self) -> Task {
        match self {
            Self::Classifier(_) => Task::Classify,
            Self::Regressor(_) => Task::Regress,
            Self::Clusterer(_) => Task::Cluster,
            Self::Transformer(_) => Task::Transform,
        }
    }

    fn configured(&self) -> &dyn Configured {
        match self {
            Self::Classifier(of) => &**of,
            Self::Regressor(of) => &**of,
            Self::Clusterer(of) => &**of,
            Self::Transformer(of) => &**of,
        }
    }

    /// Returns the name users write.
    pub fn name(&self) -> &'static str {
        self.configured().name()
    }

    /// Returns all settings, defaults included, as they are saved and shown.
    pub fn settings(&self) -> Settings {
        self.configured().settings()
    }

    /// Writes the estimator with all its settings: records and caches know it by this text.
    pub fn written(&self) -> String {
        let settings = self.settings().into_iter();
        let settings: Vec<String> = settings
            .map(|(name, setting)| format!("{name}={setting}"))
            .collect();
        format!("{}({})", self.name(), settings.join(", "))
    }
}

impl fmt::Display for Estimator {
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
