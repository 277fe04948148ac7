//! `one_hot`: one 0/1 term per category, as scikit-learn's `OneHotEncoder`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::step::Prepare;
use super::values::{Values, category};
use crate::model::error::ModelError;
use crate::model::formula::{Categories, Operation};
use crate::model::unseen::Unseen;

const STEP: &str = "one_hot";

/// More numbers than this in a design matrix (2 GB) are refused before they are made.
pub(crate) const MAX_CELLS: usize = 250_000_000;

/// Which category gets no term of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drop {
    /// The first in order.
    First,
    /// The first, where there are two.
    IfBinary,
}

/// What happens at scoring to a category that training did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandleUnknown {
    /// All of the feature's terms are 0, and it is counted and reported.
    Ignore,
    /// Scoring fails and names it.
    Error,
}

/// Creates one 0/1 term per category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneHot {
    /// Which category gets no term.
    pub drop: Option<Drop>,
    /// What happens to others at scoring.
    pub handle_unknown: HandleUnknown,
}

impl fmt::Display for OneHot {
    /// Writes the arguments after the feature, where they are not the defaults.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.drop {
            Some(Drop::First) => f.write_str(", drop=\"first\"")?,
            Some(Drop::IfBinary) => f.write_str(", drop=\"if_binary\"")?,
            None => {}
        }
        match self.handle_unknown {
            HandleUnknown::Error => f.write_str(", handle_unknown=\"error\""),
            HandleUnknown::Ignore => Ok(()),
        }
    }
}

impl OneHot {
    /// What text features get without a step: a term for every category, others ignored.
    pub(crate) const DEFAULT: Self = Self {
        drop: None,
        handle_unknown: HandleUnknown::Ignore,
    };

    /// Checks the options' names, which are scikit-learn's.
    pub fn new(drop: Option<&str>, handle_unknown: &str) -> Result<Self, ModelError> {
        let unknown = |name, value: &str, known: &[&'static str]| ModelError::UnknownOption {
            step: STEP,
            name,
            value: value.to_owned(),
            known: known.to_vec(),
        };
        let drop = match drop {
            None => None,
            Some("first") => Some(Drop::First),
            Some("if_binary") => Some(Drop::IfBinary),
            Some(other) => return Err(unknown("drop", other, &["first", "if_binary"])),
        };
        let handle_unknown = match handle_unknown {
            "ignore" => HandleUnknown::Ignore,
            "error" => HandleUnknown::Error,
            other => return Err(unknown("handle_unknown", other, &["ignore", "error"])),
        };
        Ok(Self { drop, handle_unknown })
    }

    pub(crate) fn fit(self, feature: &str, values: &Values) -> Result<FittedOneHot, ModelError> {
        let categories: Vec<String> = match values {
            Values::Numbers { values, flags } => {
                let mut numbers: Vec<f64> = values.iter().flatten().map(|value| value + 0.0).collect();
                numbers.sort_by(f64::total_cmp);
                numbers.dedup();
                numbers.into_iter().map(|value| category(value, *flags)).collect()
            }
            Values::Text(text) => {
                let distinct: BTreeSet<&str> = text.iter().flatten().collect();
                distinct.into_iter().map(str::to_owned).collect()
            }
            Values::Terms(_) => {
                return Err(ModelError::RepeatedOneHot {
                    feature: feature.to_owned(),
                });
            }
        };
        let drop_first = match self.drop {
            Some(Drop::First) => true,
            Some(Drop::IfBinary) => categories.len() == 2,
            None => false,
        };
        Ok(FittedOneHot {
            categories,
            drop_first,
            handle_unknown: self.handle_unknown,
        })
    }
}

/// The categories of the training rows, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittedOneHot {
    categories: Vec<String>,
    drop_first: bool,
    handle_unknown: HandleUnknown,
}

impl fmt::Display for FittedOneHot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = if self.drop_first { " but the first" } else { "" };
        write!(f, "a 0/1 term for each of {}{first}", self.categories.join(", "))
    }
}

impl Prepare for FittedOneHot {
    fn apply(&self, feature: &str, values: Values, unseen: &mut Vec<Unseen>) -> Result<Values, ModelError> {
        if matches!(values, Values::Terms(_)) {
            return Err(ModelError::RepeatedOneHot {
                feature: feature.to_owned(),
            });
        }
        let skipped = usize::from(self.drop_first);
        let rows = values.rows();
        let terms = self.categories.len().saturating_sub(skipped);
        if terms.saturating_mul(rows) > MAX_CELLS {
            return Err(ModelError::TooLarge {
                rows,
                terms,
                feature: Some(feature.to_owned()),
            });
        }
        let places: HashMap<&str, usize> = self
            .categories
            .iter()
            .enumerate()
            .map(|(place, category)| (category.as_str(), place))
            .collect();
        let mut columns: Vec<(String, Vec<f64>)> = self
            .categories
            .iter()
            .skip(skipped)
            .map(|category| (format!("_{category}"), vec![0.0; rows]))
            .collect();
        let mut others: BTreeMap<String, usize> = BTreeMap::new();
        for (row, category) in values.categories().enumerate() {
            let Some(category) = category else { continue };
            match places.get(&*category) {
                Some(place) => {
                    // The dropped category is all zeros.
                    let column = place
                        .checked_sub(skipped)
                        .and_then(|place| columns.get_mut(place));
                    if let Some(cell) = column.and_then(|(_, cells)| cells.get_mut(row)) {
                        *cell = 1.0;
                    }
                }
                None => *others.entry(category.into_owned()).or_default() += 1,
            }
        }
        if !others.is_empty() {
            let found = Unseen {
                feature: feature.to_owned(),
                counts: others,
            };
            if self.handle_unknown == HandleUnknown::Error {
                return Err(ModelError::UnseenCategories {
                    unseen: found,
                    known: self.categories.clone(),
                });
            }
            unseen.push(found);
        }
        Ok(Values::Terms(columns))
    }

    fn operation(&self) -> Operation {
        Operation::Categories(Categories {
            names: self.categories.clone(),
            skipped: usize::from(self.drop_first),
            is_strict: self.handle_unknown == HandleUnknown::Error,
        })
    }

    fn is_sound(&self) -> bool {
        self.categories.iter().collect::<BTreeSet<_>>().len() == self.categories.len()
    }
}
