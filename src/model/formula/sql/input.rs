//! An input of a formula: the feature's value and its steps, as one expression.

use polars::prelude::Schema;

use super::dialect::Dialect;
use super::error::ToSqlError;
use super::feature::Feature;
use crate::model::column_type::{ColumnType, Family};
use crate::model::error::ModelError;
use crate::model::formula::{Input, Operation};
use crate::model::recipe::{Filler, Source, category};

/// The longest name of a feature that is part of a column's name: some databases cut names to 63 bytes.
const LONGEST_NAME: usize = 48;

/// An input that has become a column of the first floor.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) expression: String,
    /// The name of its column.
    pub(super) name: String,
    /// Whether it is never NULL.
    pub(super) is_filled: bool,
    /// What of its value is compared with its categories.
    pub(super) compared: Compared,
}

/// What the categories of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    Text,
    Number {
        /// Whether 0 and 1 are false and true.
        flags: bool,
    },
}

impl Written {
    /// Writes an input over columns of these types.
    pub(super) fn new(
        input: &Input,
        place: usize,
        mark: &str,
        schema: &Schema,
        dialect: &Dialect,
    ) -> Result<Self, ModelError> {
        let name = name(input, place, mark, dialect)?;
        let (value, family) = value(input, schema, dialect)?;
        let fills = |step: &Operation| matches!(step, Operation::Fill(_));
        let is_filled = input.steps.iter().any(fills);
        if family == Family::Text {
            let filler = input.steps.iter().find_map(|step| match step {
                Operation::Fill(Filler::Text(text)) => Some(text),
                _ => None,
            });
            let value = match filler {
                Some(filler) => format!("COALESCE({value}, {})", dialect.literal(filler)?),
                None => value,
            };
            return Ok(Self {
                expression: dialect.exact(&value),
                name,
                is_filled,
                compared: Compared::Text,
            });
        }
        let mut flags = family == Family::Boolean;
        let mut expression = value;
        for step in &input.steps {
            match step {
                Operation::Fill(Filler::Number(filler)) => {
                    flags = flags && [0.0, 1.0].contains(filler);
                    expression = format!("COALESCE({expression}, {})", dialect.number(*filler));
                }
                Operation::Scale { minus, by } => {
                    flags = false;
                    let (minus, by) = (dialect.number(*minus), dialect.number(*by));
                    expression = format!("({expression} - {minus}) / {by}");
                }
                Operation::Fill(Filler::Text(_)) | Operation::Categories(_) => {}
            }
        }
        Ok(Self {
            expression,
            name,
            is_filled,
            compared: Compared::Number { flags },
        })
    }

    /// Writes whether its value is of a category; `None` for a category that no value has.
    pub(super) fn is(&self, name: &str, dialect: &Dialect) -> Result<Option<String>, ToSqlError> {
        Ok(match self.compared {
            Compared::Text => Some(dialect.is_text(&self.name, name)?),
            Compared::Number { flags } => {
                numbered(name, flags).map(|value| format!("{} = {}", self.name, dialect.number(value)))
            }
        })
    }

    /// Writes what is true where its value is a category at all, which those that training did not have are, too.
    pub(super) fn is_value(&self, dialect: &Dialect) -> Option<String> {
        match self.compared {
            Compared::Number { .. } if dialect.has_infinities => {
                Some(super::answer::is_finite(&self.name, dialect))
            }
            _ if self.is_filled => None,
            _ => Some(format!("{} IS NOT NULL", self.name)),
        }
    }
}

/// Returns the number that a category's name is, where a number has that name.
fn numbered(name: &str, flags: bool) -> Option<f64> {
    let value: f64 = match name {
        "true" if flags => 1.0,
        "false" if flags => 0.0,
        name => name.parse().ok()?,
    };
    (value.is_finite() && category(value, flags) == name).then_some(value)
}

/// Returns the name of an input's column: its place and, where that has room, the feature's name.
fn name(input: &Input, place: usize, mark: &str, dialect: &Dialect) -> Result<String, ToSqlError> {
    let is_plain = input.name.len() <= LONGEST_NAME && !input.name.contains(char::is_control);
    let name = if is_plain {
        format!("{mark}f{place} {}", input.name.trim_end())
    } else {
        format!("{mark}f{place}")
    };
    dialect.name(&name)
}

/// Writes a feature's value: a double, or text.
fn value(input: &Input, schema: &Schema, dialect: &Dialect) -> Result<(String, Family), ModelError> {
    if let Source::Column(column) = &input.source {
        let family = input.kind.map_or(Family::Number, ColumnType::family);
        let column = dialect.name(column)?;
        return Ok((dialect.column(&column, family), family));
    }
    let feature = Feature {
        name: &input.name,
        dialect,
    };
    feature.written(&input.source, schema)
}
