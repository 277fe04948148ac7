//! [`Rows`]: the first rows of tables, as JSON.

use polars::prelude::{AnyValue, DataFrame};
use serde_json::{Map, Number, Value, json};

use crate::frame::Scalar;

/// How many digits a float keeps of any number.
const DIGITS: usize = 15;

/// The first rows of a table that comes in batches, each as an object.
#[derive(Debug)]
pub(super) struct Rows {
    most: usize,
    rows: Vec<Value>,
}

impl Rows {
    /// Takes no more rows than these.
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            rows: Vec::new(),
        }
    }

    /// Takes the rows of a batch, as far as they are wanted.
    pub(super) fn take(&mut self, batch: &DataFrame) {
        let columns = batch.columns();
        for row in 0..batch.height().min(self.most - self.rows.len()) {
            let fields = columns.iter().map(|column| {
                let value = column.get(row).unwrap_or(AnyValue::Null);
                (column.name().to_string(), json_of(&value))
            });
            self.rows.push(Value::Object(fields.collect::<Map<_, _>>()));
        }
    }

    /// Returns whether it has all rows that it takes.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.most
    }

    /// Returns how many it has.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the rows.
    pub(super) fn into_values(self) -> Vec<Value> {
        self.rows
    }
}

/// Returns all rows of a table, each as an object.
pub(crate) fn rows_of(table: &DataFrame) -> Vec<Value> {
    let mut rows = Rows::new(table.height());
    rows.take(table);
    rows.into_values()
}

/// Writes a value: what JSON has no number for (`NaN`, a decimal of many digits, a time) as text, so that nothing of it is lost.
fn json_of(value: &AnyValue<'_>) -> Value {
    if let AnyValue::Decimal(..) = value {
        let text = value.to_string();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        return match text.parse::<f64>() {
            Ok(number) if digits <= DIGITS => json!(number),
            _ => Value::String(text),
        };
    }
    scalar(Scalar::from(value))
}

fn scalar(value: Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => json!(value),
        Scalar::String(text) => Value::String(text),
        Scalar::Float(number) => {
            Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
        }
        Scalar::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => json!(number),
            (Err(_), Ok(number)) => json!(number),
            _ => Value::String(number.to_string()),
        },
        Scalar::List(items) => Value::Array(items.into_iter().map(scalar).collect()),
        Scalar::Struct(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, scalar(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Scalar::Map(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.to_string(), scalar(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;

    #[test]
    fn takes_the_first_rows_of_several_batches() {
        let mut rows = Rows::new(3);
        let batch = |from: i64| df!("id" => [from, from + 1], "x" => [Some(0.5), None]).unwrap();
        rows.take(&batch(1));
        assert!(!rows.is_full());
        rows.take(&batch(3));
        assert!(rows.is_full());
        rows.take(&batch(5));
        assert_eq!(
            Value::Array(rows.into_values()),
            json!([{"id": 1, "x": 0.5}, {"id": 2, "x": null}, {"id": 3, "x": 0.5}])
        );
    }

    #[test]
    fn no_number_loses_digits() {
        assert_eq!(scalar(Scalar::Int(i128::from(u64::MAX))), json!(u64::MAX));
        assert_eq!(
            scalar(Scalar::Int(i128::MAX)),
            json!("170141183460469231731687303715884105727")
        );
        assert_eq!(scalar(Scalar::Float(f64::NAN)), json!("NaN"));
        assert_eq!(scalar(Scalar::Date(0)), json!("1970-01-01"));
    }
}
