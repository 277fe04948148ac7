//! A fitted recipe: the same preparation for every frame that comes.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, ShapeBuilder};
use polars::prelude::{DataFrame, DataType};
use serde::{Deserialize, Serialize};

use super::feature::{Source, columns_read};
use super::gaps::Gaps;
use super::one_hot::{MAX_CELLS, OneHot};
use super::recipe::Recipe;
use super::values::Values;
use super::{FittedStep, Step};
use crate::model::column_type::ColumnType;
use crate::model::error::{Mismatch, ModelError};
use crate::model::formula::Input;
use crate::model::unseen::Unseen;

/// What a frame becomes.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Rows × terms, column-major, finite.
    pub values: Array2<f64>,
    /// The name of each term.
    pub terms: Vec<String>,
    /// Categories that training did not have.
    pub unseen: Vec<Unseen>,
}

/// A recipe with everything its steps learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedRecipe {
    columns: BTreeMap<String, ColumnType>,
    features: Vec<FittedFeature>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FittedFeature {
    name: String,
    source: Source,
    steps: Vec<FittedStep>,
    terms: Vec<String>,
}

impl Recipe {
    /// Learns every step from `frame`, and returns what it learnt and what the frame becomes.
    pub fn fit(&self, frame: &DataFrame) -> Result<(FittedRecipe, Prepared), ModelError> {
        if frame.height() == 0 {
            return Err(ModelError::NoRows);
        }
        let mut sources = Vec::new();
        for (feature, text) in self.features.iter().zip(&self.texts) {
            sources.push((feature.clone(), Source::resolve(text, frame)?));
        }
        let columns = columns_read(frame, &sources)?;
        let (mut gaps, mut unseen) = (Gaps::default(), Vec::new());
        let mut features = Vec::new();
        let mut all = Vec::new();
        for (name, source) in sources {
            let mut values = Values::read(&name, &source.read(&name, frame)?, None)?;
            gaps.look(&name, &values);
            let mut steps = Vec::new();
            for step in self.steps_of(&name) {
                if matches!(step, Step::OneHot(_)) {
                    gaps.count(&name, &source, &values);
                }
                let fitted = step.fit(&name, &values)?;
                values = fitted.as_prepare().apply(&name, values, &mut unseen)?;
                steps.push(fitted);
            }
            gaps.count(&name, &source, &values);
            gaps.look(&name, &values);
            if matches!(values, Values::Text(_)) {
                let fitted = Step::OneHot(OneHot::DEFAULT).fit(&name, &values)?;
                values = fitted.as_prepare().apply(&name, values, &mut unseen)?;
                steps.push(fitted);
            }
            let terms = finish(&name, values);
            features.push(FittedFeature {
                name,
                source,
                steps,
                terms: terms.iter().map(|(term, _)| term.clone()).collect(),
            });
            all.extend(terms);
        }
        gaps.check()?;
        let mut seen = BTreeSet::new();
        if let Some((twice, _)) = all.iter().find(|(term, _)| !seen.insert(term.clone())) {
            return Err(ModelError::DuplicateTerm { term: twice.clone() });
        }
        let prepared = assemble(frame.height(), all, unseen)?;
        Ok((FittedRecipe { columns, features }, prepared))
    }
}

impl FittedRecipe {
    /// Returns the columns it reads, with the types they had in training.
    pub fn columns(&self) -> &BTreeMap<String, ColumnType> {
        &self.columns
    }

    /// Returns the features' names.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.name.as_str())
    }

    /// Returns the feature that reads `column`, if one does.
    pub(crate) fn feature_reading(&self, column: &str) -> Option<&str> {
        self.features
            .iter()
            .find(|feature| {
                feature
                    .source
                    .roots(&feature.name)
                    .is_ok_and(|roots| roots.iter().any(|r| r == column))
            })
            .map(|feature| feature.name.as_str())
    }

    /// Returns each feature's name and how it is prepared, in words.
    pub fn described(&self) -> impl Iterator<Item = (&str, String)> {
        self.features.iter().map(|feature| {
            let steps: Vec<String> = feature.steps.iter().map(ToString::to_string).collect();
            let steps = if steps.is_empty() {
                "as it is".to_owned()
            } else {
                steps.join("; then ")
            };
            (feature.name.as_str(), steps)
        })
    }

    /// Returns the names of the terms, in the order of the coefficients.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.features
            .iter()
            .flat_map(|feature| &feature.terms)
            .map(String::as_str)
    }

    /// Returns what a formula reads: each feature, the type that its column had in training, its steps, and how many terms it
    /// becomes.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Input> {
        self.features.iter().map(|feature| {
            let kind = match &feature.source {
                Source::Column(column) => self.columns.get(column).copied(),
                Source::Sql(_) => None,
            };
            Input {
                name: feature.name.clone(),
                source: feature.source.clone(),
                kind,
                steps: feature
                    .steps
                    .iter()
                    .map(|step| step.as_prepare().operation())
                    .collect(),
            }
        })
    }

    /// Prepares a frame as the training rows were prepared.
    pub fn transform(&self, frame: &DataFrame) -> Result<Prepared, ModelError> {
        self.check_columns(frame)?;
        let (mut gaps, mut unseen, mut all) = (Gaps::default(), Vec::new(), Vec::new());
        for feature in &self.features {
            let name = &feature.name;
            let expected = match &feature.source {
                Source::Column(column) => self.columns.get(column).map(|kind| kind.family()),
                Source::Sql(_) => None,
            };
            let mut values = Values::read(name, &feature.source.read(name, frame)?, expected)?;
            gaps.look(name, &values);
            for step in &feature.steps {
                if matches!(step, FittedStep::OneHot(_)) {
                    gaps.count(name, &feature.source, &values);
                }
                values = step.as_prepare().apply(name, values, &mut unseen)?;
            }
            gaps.count(name, &feature.source, &values);
            gaps.look(name, &values);
            let terms = finish(name, values);
            if !terms.iter().map(|(term, _)| term).eq(&feature.terms) {
                return Err(ModelError::FeatureTerms {
                    feature: name.clone(),
                });
            }
            all.extend(terms);
        }
        gaps.check()?;
        assemble(frame.height(), all, unseen)
    }

    fn check_columns(&self, frame: &DataFrame) -> Result<(), ModelError> {
        let mut mismatches = Vec::new();
        for (column, expected) in &self.columns {
            let found = frame.column(column).ok().map(|found| found.dtype().clone());
            let fits = match &found {
                Some(DataType::Null) => true,
                Some(found) => ColumnType::of(found).is_some_and(|found| found.family() == expected.family()),
                None => false,
            };
            if !fits {
                let found = found.map(|found| found.to_string());
                mismatches.push(Mismatch {
                    column: column.clone(),
                    expected: *expected,
                    found,
                });
            }
        }
        if mismatches.is_empty() {
            return Ok(());
        }
        Err(ModelError::Mismatched {
            mismatches,
            columns: frame
                .get_column_names_owned()
                .iter()
                .map(ToString::to_string)
                .collect(),
        })
    }

    /// Describes what makes no sense in a recipe that was read from a file.
    pub(crate) fn flaw(&self) -> Option<String> {
        let mut seen = BTreeSet::new();
        for feature in &self.features {
            if let Some(twice) = feature.terms.iter().find(|term| !seen.insert(*term)) {
                return Some(format!("the term {twice} is listed twice"));
            }
            if !feature.steps.iter().all(|step| step.as_prepare().is_sound()) {
                return Some(format!("a step of {} has invalid numbers", feature.name));
            }
            match feature.source.roots(&feature.name) {
                Err(error) => return Some(error.to_string()),
                Ok(roots) => {
                    if let (Source::Column(_), Some(root)) = (
                        &feature.source,
                        roots.iter().find(|root| !self.columns.contains_key(*root)),
                    ) {
                        return Some(format!("the type of the column {root} is not given"));
                    }
                }
            }
        }
        None
    }
}

/// Names a feature's terms.
fn finish(feature: &str, values: Values) -> Vec<(String, Vec<f64>)> {
    match values {
        Values::Numbers { values, .. } => {
            // Nulls are errors by now, so the default is never seen.
            vec![(
                feature.to_owned(),
                values.into_iter().map(Option::unwrap_or_default).collect(),
            )]
        }
        Values::Terms(terms) => terms
            .into_iter()
            .map(|(suffix, values)| (format!("{feature}{suffix}"), values))
            .collect(),
        Values::Text(_) => Vec::new(),
    }
}

fn assemble(rows: usize, all: Vec<(String, Vec<f64>)>, unseen: Vec<Unseen>) -> Result<Prepared, ModelError> {
    let terms = all.len();
    if rows.saturating_mul(terms) > MAX_CELLS {
        return Err(ModelError::TooLarge {
            rows,
            terms,
            feature: None,
        });
    }
    let mut values = Array2::zeros((rows, terms).f());
    let mut names = Vec::with_capacity(terms);
    for ((name, from), mut to) in all.into_iter().zip(values.columns_mut()) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = from;
        }
        names.push(name);
    }
    Ok(Prepared {
        values,
        terms: names,
        unseen,
    })
}
