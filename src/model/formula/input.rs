//! An input of a formula, computed for a part of the rows: numbers, or the places of categories.

use std::collections::HashMap;

use polars::prelude::{Column, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::tally::Seen;
use super::{Categories, Input, Operation};
use crate::model::column_type::Family;
use crate::model::recipe::{Filler, category};

/// The place of a category that training did not have, and of a null.
const NOWHERE: i32 = -1;

/// An input that knows the type of its values.
pub(super) enum Reading {
    /// Numbers, in steps.
    Numbers(Vec<NumberStep>),
    /// Numbers, in steps, that name categories.
    NumberedCategories {
        steps: Vec<NumberStep>,
        places: HashMap<u64, i32>,
        /// Whether 0 and 1 are false and true.
        flags: bool,
    },
    /// Texts, with what a null becomes, that name categories.
    TextCategories {
        filler: Option<String>,
        places: HashMap<String, i32>,
    },
}

/// What a step does to a number.
#[derive(Debug, Clone, Copy)]
pub(super) enum NumberStep {
    Fill(f64),
    Scale { minus: f64, by: f64 },
}

impl Reading {
    /// Returns how an input of this family is read; the recipe has checked that its steps suit it.
    pub(super) fn new(input: &Input, family: Family) -> Self {
        if family == Family::Text {
            return Self::texts(input);
        }
        let mut flags = family == Family::Boolean;
        let mut steps = Vec::new();
        for step in &input.steps {
            match step {
                Operation::Fill(Filler::Number(filler)) => {
                    flags = flags && [0.0, 1.0].contains(filler);
                    steps.push(NumberStep::Fill(*filler));
                }
                Operation::Scale { minus, by } => {
                    flags = false;
                    steps.push(NumberStep::Scale {
                        minus: *minus,
                        by: *by,
                    });
                }
                Operation::Fill(Filler::Text(_)) | Operation::Categories(_) => {}
            }
        }
        match input.categories() {
            None => Self::Numbers(steps),
            Some(categories) => Self::NumberedCategories {
                steps,
                places: numbered(categories, flags),
                flags,
            },
        }
    }

    fn texts(input: &Input) -> Self {
        let filler = input.steps.iter().find_map(|step| match step {
            Operation::Fill(Filler::Text(text)) => Some(text.clone()),
            _ => None,
        });
        let names = input.categories().map(|categories| categories.names.as_slice());
        let names = names.unwrap_or_default().iter().cloned();
        Self::TextCategories {
            filler,
            places: names.zip(0..).collect(),
        }
    }

    /// Returns the type of what it computes.
    pub(super) fn dtype(&self) -> DataType {
        match self {
            Self::Numbers(_) => DataType::Float64,
            Self::NumberedCategories { .. } | Self::TextCategories { .. } => DataType::Int32,
        }
    }

    /// Computes a part of the rows, and adds what is wrong with them to `seen`.
    pub(super) fn compute(&self, column: &Column, seen: &mut Seen) -> PolarsResult<Column> {
        let name = column.name().clone();
        let computed = match self {
            Self::Numbers(steps) => Series::new(name, numbers(column, steps, seen)?),
            Self::NumberedCategories { steps, places, flags } => {
                let mut place = |value: f64| {
                    if value.is_nan() {
                        return NOWHERE;
                    }
                    let found = places.get(&(value + 0.0).to_bits()).copied();
                    found.unwrap_or_else(|| {
                        *seen.unseen.entry(category(value, *flags)).or_default() += 1;
                        NOWHERE
                    })
                };
                let mut counted = Seen::default();
                let values = numbers(column, steps, &mut counted)?;
                let found: Vec<i32> = values.into_iter().map(&mut place).collect();
                seen.nulls += counted.nulls;
                seen.infinite_before += counted.infinite_before;
                seen.infinite_after += counted.infinite_after;
                Series::new(name, found)
            }
            Self::TextCategories { filler, places } => {
                let column = column.cast(&DataType::String)?;
                let mut found = Vec::with_capacity(column.len());
                for text in column.str()?.iter() {
                    let Some(text) = text.or(filler.as_deref()) else {
                        seen.nulls += 1;
                        found.push(NOWHERE);
                        continue;
                    };
                    let place = places.get(text).copied();
                    found.push(place.unwrap_or_else(|| {
                        *seen.unseen.entry(text.to_owned()).or_default() += 1;
                        NOWHERE
                    }));
                }
                Series::new(name, found)
            }
        };
        Ok(computed.into_column())
    }
}

/// Returns the places of categories whose names are numbers; one that is no such name is met by no number.
fn numbered(categories: &Categories, flags: bool) -> HashMap<u64, i32> {
    let value = |name: &String| match name.as_str() {
        "true" if flags => Some(1.0),
        "false" if flags => Some(0.0),
        name => name.parse().ok(),
    };
    let names = categories.names.iter().zip(0..);
    names
        .filter_map(|(name, place)| {
            let value: f64 = value(name)?;
            (category(value, flags) == *name).then_some(((value + 0.0).to_bits(), place))
        })
        .collect()
}

/// Takes numbers through steps; what is null at the end is counted, and not a number then.
fn numbers(column: &Column, steps: &[NumberStep], seen: &mut Seen) -> PolarsResult<Vec<f64>> {
    let column = column.cast(&DataType::Float64)?;
    let mut computed = Vec::with_capacity(column.len());
    for value in column.f64()?.iter() {
        seen.infinite_before += usize::from(value.is_some_and(|value| !value.is_finite()));
        let value = steps.iter().fold(value, |value, step| match (step, value) {
            (NumberStep::Fill(filler), None) => Some(*filler),
            (NumberStep::Scale { minus, by }, Some(value)) => Some((value - minus) / by),
            (_, value) => value,
        });
        seen.infinite_after += usize::from(value.is_some_and(|value| !value.is_finite()));
        seen.nulls += usize::from(value.is_none());
        computed.push(value.unwrap_or(f64::NAN));
    }
    Ok(computed)
}
