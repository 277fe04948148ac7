//! Making a table from values.

use polars::prelude::{AnyValue, Column, DataFrame, DataType, NamedFrom, Series, TimeUnit};

use super::error::FrameError;
use super::frame::Frame;
use super::scalar::Scalar;

impl Frame {
    /// Creates a table of named columns, all of one length.
    ///
    /// A column of ints and floats is `Float64`; [`Scalar::Null`] is a missing value; a column of nothing else is of
    /// type `Null`.
    pub fn from_columns(columns: Vec<(String, Vec<Scalar>)>) -> Result<Self, FrameError> {
        let Some((first, values)) = columns.first() else {
            return Ok(Self::from_dataframe(DataFrame::empty()));
        };
        let height = values.len();
        if let Some((second, values)) = columns.iter().find(|(_, values)| values.len() != height) {
            return Err(FrameError::UnequalLengths {
                first: first.clone(),
                first_length: height,
                second: second.clone(),
                second_length: values.len(),
            });
        }
        let series = columns
            .iter()
            .map(|(name, values)| column(name, values))
            .collect::<Result<Vec<_>, _>>()?;
        let columns = series.into_iter().map(Column::from).collect();
        let table =
            DataFrame::new(height, columns).map_err(|error| FrameError::from_polars(&error, "frame", &[]))?;
        Ok(Self::from_dataframe(table))
    }

    /// Creates a table of rows, each with named values; a name that a row lacks is missing there.
    pub fn from_rows(rows: Vec<Vec<(String, Scalar)>>) -> Result<Self, FrameError> {
        let height = rows.len();
        let mut columns: Vec<(String, Vec<Scalar>)> = Vec::new();
        let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
        for (index, row) in rows.into_iter().enumerate() {
            for (name, value) in row {
                let place = *places.entry(name.clone()).or_insert_with(|| {
                    columns.push((name, vec![Scalar::Null; height]));
                    columns.len() - 1
                });
                if let Some(slot) = columns
                    .get_mut(place)
                    .and_then(|(_, values)| values.get_mut(index))
                {
                    *slot = value;
                }
            }
        }
        Self::from_columns(columns)
    }
}

/// Returns the kind of all values but the missing ones, ints and floats together being floats.
fn common_kind(name: &str, values: &[Scalar]) -> Result<Option<&'static str>, FrameError> {
    let mut kind: Option<&'static str> = None;
    for (row, value) in values.iter().enumerate() {
        match (kind, value.kind()) {
            (_, "null") | (Some("float"), "int") => {}
            (None, found) => kind = Some(found),
            (Some(expected), found) if expected == found => {}
            (Some("int"), "float") => kind = Some("float"),
            (Some(expected), found) => {
                return Err(FrameError::MixedTypes {
                    column: name.to_owned(),
                    row,
                    expected,
                    found,
                });
            }
        }
    }
    Ok(kind)
}

/// Creates a column of what `read` gets from each value; where it gets nothing, the value is missing.
fn collect<T>(name: &str, values: &[Scalar], read: impl Fn(&Scalar) -> Option<T>) -> Series
where
    Series: NamedFrom<Vec<Option<T>>, [Option<T>]>,
{
    Series::new(name.into(), values.iter().map(read).collect::<Vec<_>>())
}

/// Creates a column whose values are of one kind.
pub(super) fn column(name: &str, values: &[Scalar]) -> Result<Series, FrameError> {
    let refused = |error| FrameError::from_polars(&error, "frame", &[]);
    let cast = |series: Series, dtype: DataType| series.cast(&dtype).map_err(refused);
    let value_error = |expected: &str, found: &Scalar| FrameError::Argument {
        verb: "frame",
        argument: "a value",
        expected: expected.to_owned(),
        found: format!("the {} {found} of the column {name:?}", found.kind()),
    };
    match common_kind(name, values)? {
        None => Ok(Series::full_null(name.into(), values.len(), &DataType::Null)),
        Some("bool") => Ok(collect(name, values, |value| match value {
            Scalar::Bool(value) => Some(*value),
            _ => None,
        })),
        Some("int") => {
            let narrow = |value: &Scalar| match value {
                Scalar::Int(number) => i64::try_from(*number).ok(),
                _ => None,
            };
            match values
                .iter()
                .find(|value| matches!(value, Scalar::Int(_)) && narrow(value).is_none())
            {
                Some(wide) => Err(value_error("an int of 64 bits", wide)),
                None => Ok(collect(name, values, narrow)),
            }
        }
        Some("float") => Ok(collect(name, values, |value| match value {
            Scalar::Float(number) => Some(*number),
            Scalar::Int(number) => Some(*number as f64),
            _ => None,
        })),
        Some("string") => Ok(collect(name, values, |value| match value {
            Scalar::String(text) => Some(text.clone()),
            _ => None,
        })),
        Some("date") => {
            let days = collect(name, values, |value| match value {
                Scalar::Date(days) => Some(*days),
                _ => None,
            });
            cast(days, DataType::Date)
        }
        Some("datetime") => {
            let microseconds = collect(name, values, |value| match value {
                Scalar::Datetime(count, _) => i64::try_from(count.div_euclid(1000)).ok(),
                _ => None,
            });
            cast(microseconds, DataType::Datetime(TimeUnit::Microseconds, None))
        }
        Some("list") => {
            let lists = values
                .iter()
                .map(|value| match value {
                    Scalar::List(items) => column(name, items).map(AnyValue::List),
                    _ => Ok(AnyValue::Null),
                })
                .collect::<Result<Vec<_>, _>>()?;
            Series::from_any_values(name.into(), &lists, false).map_err(refused)
        }
        Some(_) => {
            let odd = values.iter().find(|value| **value != Scalar::Null);
            let expected = "None, a bool, an int, a float, a string, a date or a list of these";
            Err(value_error(expected, odd.unwrap_or(&Scalar::Null)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Interrupt;

    fn ints(values: &[i128]) -> Vec<Scalar> {
        values.iter().map(|value| Scalar::Int(*value)).collect()
    }

    #[test]
    fn ints_beside_floats_are_floats_and_none_is_missing() {
        let values = vec![Scalar::Int(1), Scalar::Null, Scalar::Float(2.5)];
        let frame = Frame::from_columns(vec![("a".to_owned(), values)]).unwrap();
        let rows = frame.rows(&Interrupt::default()).unwrap();
        assert_eq!(rows, [[Scalar::Float(1.0)], [Scalar::Null], [Scalar::Float(2.5)]]);
    }

    #[test]
    fn rejects_columns_of_unequal_length_and_of_mixed_types() {
        let columns = vec![("a".to_owned(), ints(&[1, 2])), ("b".to_owned(), ints(&[1]))];
        let error = Frame::from_columns(columns).unwrap_err();
        assert_eq!(
            error.to_string(),
            "frame: the column \"a\" has 2 values and \"b\" has 1"
        );
        let mixed = vec![Scalar::Int(1), Scalar::String("x".to_owned())];
        let error = Frame::from_columns(vec![("a".to_owned(), mixed)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "frame: the column \"a\" has int values, but string in row 1"
        );
    }

    #[test]
    fn rows_without_a_name_miss_its_value() {
        let rows = vec![
            vec![("a".to_owned(), Scalar::Int(1))],
            vec![
                ("b".to_owned(), Scalar::Bool(true)),
                ("a".to_owned(), Scalar::Int(2)),
            ],
        ];
        let frame = Frame::from_rows(rows).unwrap();
        assert_eq!(frame.columns().unwrap(), ["a", "b"]);
        let rows = frame.rows(&Interrupt::default()).unwrap();
        assert_eq!(
            rows,
            [
                [Scalar::Int(1), Scalar::Null],
                [Scalar::Int(2), Scalar::Bool(true)]
            ]
        );
    }
}
