//! `impute`: filling nulls with scikit-learn's strategies.

use std::collections::BTreeMap;
use std::fmt;

use polars::prelude::{NewChunkedArray, StringChunked};
use serde::{Deserialize, Serialize};

use super::step::Prepare;
use super::values::Values;
use crate::model::error::ModelError;
use crate::model::formula::Operation;
use crate::model::unseen::Unseen;
use crate::model::written::Quoted;

const STEP: &str = "impute";

/// What to fill with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filler {
    /// A number; for a boolean feature 0 or 1.
    Number(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for Filler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => Quoted(text).fmt(f),
        }
    }
}

/// How the filler is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// The mean of the training rows.
    Mean,
    /// Their median.
    Median,
    /// Their most frequent value; the smallest, where several are.
    MostFrequent,
    /// A value that is given.
    Constant,
}

/// The strategies by scikit-learn's names.
const STRATEGIES: &[(&str, Strategy)] = &[
    ("mean", Strategy::Mean),
    ("median", Strategy::Median),
    ("most_frequent", Strategy::MostFrequent),
    ("constant", Strategy::Constant),
];

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = STRATEGIES
            .iter()
            .find(|(_, strategy)| strategy == self)
            .map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// Fills nulls.
#[derive(Debug, Clone, PartialEq)]
pub struct Impute {
    /// How the filler is found.
    pub strategy: Strategy,
    /// The filler, for [`Strategy::Constant`].
    pub fill_value: Option<Filler>,
}

impl fmt::Display for Impute {
    /// Writes the arguments after the feature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", strategy=\"{}\"", self.strategy)?;
        self.fill_value
            .iter()
            .try_for_each(|value| write!(f, ", fill_value={value}"))
    }
}

impl Impute {
    /// Checks the strategy's name, and that a filler is given exactly for `"constant"`.
    pub fn new(strategy: &str, fill_value: Option<Filler>) -> Result<Self, ModelError> {
        let found = STRATEGIES
            .iter()
            .find(|(name, _)| *name == strategy)
            .map(|(_, found)| *found);
        let Some(found) = found else {
            return Err(ModelError::UnknownOption {
                step: STEP,
                name: "strategy",
                value: strategy.to_owned(),
                known: STRATEGIES.iter().map(|(name, _)| *name).collect(),
            });
        };
        match (found, &fill_value) {
            (Strategy::Constant, None) => Err(ModelError::FillValue { needed: true }),
            (Strategy::Constant, Some(Filler::Number(value))) if !value.is_finite() => {
                Err(ModelError::FillValue { needed: true })
            }
            (Strategy::Constant, Some(_)) | (_, None) => Ok(Self {
                strategy: found,
                fill_value,
            }),
            (_, Some(_)) => Err(ModelError::FillValue { needed: false }),
        }
    }

    pub(crate) fn fit(&self, feature: &str, values: &Values) -> Result<FittedImpute, ModelError> {
        let nothing = || ModelError::NothingToImpute {
            feature: feature.to_owned(),
        };
        let value = match (self.strategy, values) {
            (Strategy::Constant, _) => self
                .fill_value
                .clone()
                .ok_or(ModelError::FillValue { needed: true })?,
            (Strategy::MostFrequent, Values::Text(text)) => {
                let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
                for value in text.iter().flatten() {
                    *counts.entry(value).or_default() += 1;
                }
                let best = counts.into_iter().rev().max_by_key(|(_, count)| *count);
                Filler::Text(best.ok_or_else(nothing)?.0.to_owned())
            }
            (strategy, _) => {
                let mut numbers: Vec<f64> = values
                    .numbers(feature, STEP)?
                    .iter()
                    .flatten()
                    .copied()
                    .filter(|v| v.is_finite())
                    .collect();
                if numbers.is_empty() {
                    return Err(nothing());
                }
                Filler::Number(match strategy {
                    Strategy::Mean => numbers.iter().sum::<f64>() / numbers.len() as f64,
                    Strategy::Median => median(&mut numbers),
                    Strategy::MostFrequent | Strategy::Constant => most_frequent(&mut numbers),
                })
            }
        };
        let fitted = FittedImpute {
            strategy: self.strategy,
            value,
        };
        // A constant of the wrong type is found now, not when the first null is scored.
        fitted.check(feature, values)?;
        Ok(fitted)
    }
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    }
}

fn most_frequent(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let (mut best, mut most) = (f64::NAN, 0);
    for run in numbers.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        if run.len() > most {
            (best, most) = (run[0], run.len());
        }
    }
    best
}

/// The filler that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittedImpute {
    pub(crate) strategy: Strategy,
    pub(crate) value: Filler,
}

impl fmt::Display for FittedImpute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nulls become {} ({})", self.value, self.strategy)
    }
}

impl FittedImpute {
    fn check(&self, feature: &str, values: &Values) -> Result<(), ModelError> {
        match (&self.value, values) {
            (Filler::Number(_), Values::Numbers { .. }) | (Filler::Text(_), Values::Text(_)) => Ok(()),
            (_, Values::Terms(_)) => values.numbers(feature, STEP).map(|_| ()),
            (value, Values::Text(_)) => Err(ModelError::FillType {
                feature: feature.to_owned(),
                value: value.to_string(),
                expected: "text",
            }),
            (value, Values::Numbers { .. }) => Err(ModelError::FillType {
                feature: feature.to_owned(),
                value: value.to_string(),
                expected: "a number",
            }),
        }
    }
}

impl Prepare for FittedImpute {
    fn apply(&self, feature: &str, values: Values, _: &mut Vec<Unseen>) -> Result<Values, ModelError> {
        self.check(feature, &values)?;
        Ok(match (&self.value, values) {
            (Filler::Number(filler), Values::Numbers { mut values, flags }) => {
                for value in &mut values {
                    value.get_or_insert(*filler);
                }
                Values::Numbers {
                    values,
                    flags: flags && [0.0, 1.0].contains(filler),
                }
            }
            (Filler::Text(filler), Values::Text(text)) if text.null_count() > 0 => {
                let texts = text.iter().map(|value| Some(value.unwrap_or(filler)));
                Values::Text(StringChunked::from_iter_options(feature.into(), texts))
            }
            (_, values) => values,
        })
    }

    fn operation(&self) -> Operation {
        Operation::Fill(self.value.clone())
    }

    fn is_sound(&self) -> bool {
        !matches!(self.value, Filler::Number(value) if !value.is_finite())
    }
}
