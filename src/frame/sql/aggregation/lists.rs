//! Aggregates that keep all values: arrays and joined text.

use polars::polars_utils::aliases::PlHashSet;
use polars::prelude::*;

use super::ids::Ids;
use super::keys::{is_there, validity};
use super::{Aggregator, AggregatorInput, Value};

struct Collected {
    valid: Option<Vec<bool>>,
    /// Equal values have equal numbers, where each is to come once.
    once: Option<Ids>,
}

/// `collect_list(x)`: all values but NULLs.
pub(in crate::frame::sql) fn collect_list(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    Ok(Box::new(Collected {
        valid: validity(&args.column(0)),
        once: None,
    }))
}

/// `collect_set(x)`: each value once, in the order in which they come first.
pub(in crate::frame::sql) fn collect_set(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    let column = args.column(0);
    Ok(Box::new(Collected {
        valid: validity(&column),
        once: Some(Ids::of(std::slice::from_ref(&column), column.len())?),
    }))
}

impl Aggregator for Collected {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let is_there = |row: &u32| is_there(self.valid.as_deref(), *row);
        let mut rows: Vec<u32> = rows.iter().copied().filter(is_there).collect();
        if let Some(once) = &self.once {
            let mut seen = PlHashSet::default();
            rows.retain(|row| seen.insert(once.ids.get(*row as usize).copied()));
        }
        Ok(Value::Rows(rows))
    }
}

struct Joined {
    texts: Vec<Option<String>>,
    separator: String,
}

/// `listagg(x[, separator])`: all values but NULLs in one text.
pub(in crate::frame::sql) fn listagg(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    let text = |series: &Series| -> PolarsResult<Vec<Option<String>>> {
        let text = series.cast(&DataType::String)?;
        Ok(text.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let separator = match args.columns.get(1) {
        Some(separator) => text(&separator.head(Some(1)))?.into_iter().next().flatten(),
        None => None,
    };
    Ok(Box::new(Joined {
        texts: text(&args.column(0))?,
        separator: separator.unwrap_or_default(),
    }))
}

impl Aggregator for Joined {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let texts = rows
            .iter()
            .filter_map(|row| self.texts.get(*row as usize)?.as_deref());
        let texts: Vec<&str> = texts.collect();
        if texts.is_empty() {
            return Ok(Value::Null);
        }
        Ok(Value::Text(texts.join(&self.separator)))
    }
}
