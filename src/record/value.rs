//! [`Value`]: a small value as a record has it, so that it can be compared where only the record is available.

use std::sync::Arc;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::output::{NUMBERS, Table};
use crate::cache::{Packed, PackedTable};
use crate::digest::Digest;
use crate::frame::plot::Plot;

/// Plain values are kept when what they hold comes to this many characters.
const PLAIN: usize = 1_000;

/// Models and other values that are written as text are kept up to this many characters.
const WRITTEN: usize = 8_000;

/// Tables are kept up to this many values.
const TABLE: usize = 200;

/// A value in a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dict, in its order.
    Dict(Vec<(Value, Value)>),
    /// A struct: names and values.
    Struct(Vec<(String, Value)>),
    /// A table, or a column as a table of one.
    Table {
        /// The digest that finds it where tables are kept.
        digest: Digest,
        /// How many rows it has.
        rows: usize,
        /// All of it, where it is small.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        table: Option<Table>,
    },
    /// A picture, where it is small.
    Plot(Arc<Plot>),
    /// A value of a family of builtins, such as a model, as that family writes it.
    Written {
        /// Its type, as the language names it.
        kind: String,
        /// The text.
        text: String,
    },
}

impl Value {
    /// Takes what is small of a value; `table` finds tables by their digests, and is asked for small ones alone.
    pub fn of(packed: &Packed, table: &dyn Fn(&Digest) -> Option<DataFrame>) -> Option<Self> {
        let mut room = PLAIN;
        Self::within(packed, table, &mut room)
    }

    fn within(
        packed: &Packed,
        table: &dyn Fn(&Digest) -> Option<DataFrame>,
        room: &mut usize,
    ) -> Option<Self> {
        let mut takes = |size: usize| {
            let left = room.checked_sub(size);
            *room = left.unwrap_or(0);
            left.map(drop)
        };
        Some(match packed {
            Packed::None => Self::None,
            Packed::Bool(value) => {
                takes(4)?;
                Self::Bool(*value)
            }
            Packed::Int(value) => {
                takes(4)?;
                Self::Int(*value)
            }
            Packed::Float(bits) => {
                takes(8)?;
                Self::Float(f64::from_bits(*bits))
            }
            Packed::Text(text) => {
                takes(text.len() + 2)?;
                Self::Text(text.clone())
            }
            Packed::List(items) => Self::List(Self::all(items, table, room)?),
            Packed::Tuple(items) => Self::Tuple(Self::all(items, table, room)?),
            Packed::Dict(items) => {
                let items = items.iter().map(|(key, item)| {
                    Some((Self::within(key, table, room)?, Self::within(item, table, room)?))
                });
                Self::Dict(items.collect::<Option<_>>()?)
            }
            Packed::Struct(items) => {
                let items = items
                    .iter()
                    .map(|(name, item)| Some((name.clone(), Self::within(item, table, room)?)));
                Self::Struct(items.collect::<Option<_>>()?)
            }
            Packed::Frame(packed) | Packed::Series(packed) => Self::Table {
                digest: packed.id.digest,
                rows: packed.rows,
                table: small(packed)
                    .then(|| table(&packed.id.digest))
                    .flatten()
                    .map(|table| Table::whole(&table)),
            },
            Packed::Written(written) if written.text.len() <= WRITTEN => Self::Written {
                kind: written.kind.clone(),
                text: without_provenance(&written.text).to_owned(),
            },
            Packed::Plot(plot) if plot.numbers() <= NUMBERS => Self::Plot(Arc::clone(plot)),
            Packed::Written(_) | Packed::Plot(_) => return None,
        })
    }

    fn all(
        items: &[Packed],
        table: &dyn Fn(&Digest) -> Option<DataFrame>,
        room: &mut usize,
    ) -> Option<Vec<Self>> {
        items.iter().map(|item| Self::within(item, table, room)).collect()
    }
}

fn small(table: &PackedTable) -> bool {
    table.rows.saturating_mul(table.columns.len()) <= TABLE
}

/// Returns the text of a model without where it came from, which makes it no other model.
fn without_provenance(text: &str) -> &str {
    match text.rfind("\n  provenance: (") {
        Some(at) => text.get(..=at).unwrap_or(text),
        None => text,
    }
}
