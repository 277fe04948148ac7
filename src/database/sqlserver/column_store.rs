//! [`ColumnStore`]: one column of a frame, built value by value.

use polars::prelude::{
    BinaryChunkedBuilder, BooleanChunkedBuilder, ChunkedBuilder as _, DataType, Float32Type, Float64Type,
    Int16Type, Int32Type, Int64Type, Int128Type, IntoSeries as _, PolarsError, PrimitiveChunkedBuilder,
    Series, StringChunkedBuilder, UInt8Type,
};
use tiberius::ColumnData;

use super::moments;
use super::sql_type::SqlType;
use crate::database::gathering::{Storage, Unreadable};

/// One column of a frame, while it is built.
pub(super) struct ColumnStore {
    kind: SqlType,
    values: Growing,
}

/// The values so far, by the way in which a frame stores them.
enum Growing {
    Boolean(BooleanChunkedBuilder),
    UInt8(PrimitiveChunkedBuilder<UInt8Type>),
    Int16(PrimitiveChunkedBuilder<Int16Type>),
    Int32(PrimitiveChunkedBuilder<Int32Type>),
    Int64(PrimitiveChunkedBuilder<Int64Type>),
    Int128(PrimitiveChunkedBuilder<Int128Type>),
    Float32(PrimitiveChunkedBuilder<Float32Type>),
    Float64(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
    Bytes(BinaryChunkedBuilder),
}

/// Runs the same for each way to store values.
macro_rules! with_values {
    ($values:expr, $each:ident => $work:expr) => {
        match $values {
            Growing::Boolean($each) => $work,
            Growing::UInt8($each) => $work,
            Growing::Int16($each) => $work,
            Growing::Int32($each) => $work,
            Growing::Int64($each) => $work,
            Growing::Int128($each) => $work,
            Growing::Float32($each) => $work,
            Growing::Float64($each) => $work,
            Growing::Text($each) => $work,
            Growing::Bytes($each) => $work,
        }
    };
}

impl Storage for ColumnStore {
    type Kind = SqlType;
    type Value<'a> = &'a ColumnData<'static>;

    fn new(name: &str, kind: &SqlType, capacity: usize) -> Self {
        let name = name.into();
        let values = match *kind {
            SqlType::Bit => Growing::Boolean(BooleanChunkedBuilder::new(name, capacity)),
            SqlType::TinyInt => Growing::UInt8(PrimitiveChunkedBuilder::new(name, capacity)),
            SqlType::SmallInt => Growing::Int16(PrimitiveChunkedBuilder::new(name, capacity)),
            SqlType::Int | SqlType::Date => Growing::Int32(PrimitiveChunkedBuilder::new(name, capacity)),
            SqlType::Real => Growing::Float32(PrimitiveChunkedBuilder::new(name, capacity)),
            SqlType::Float => Growing::Float64(PrimitiveChunkedBuilder::new(name, capacity)),
            SqlType::Decimal { .. } | SqlType::Money | SqlType::SmallMoney => {
                Growing::Int128(PrimitiveChunkedBuilder::new(name, capacity))
            }
            SqlType::Text { .. } | SqlType::Xml | SqlType::Guid => {
                Growing::Text(StringChunkedBuilder::new(name, capacity))
            }
            SqlType::Bytes { .. } => Growing::Bytes(BinaryChunkedBuilder::new(name, capacity)),
            SqlType::BigInt
            | SqlType::Time(_)
            | SqlType::DateTime
            | SqlType::SmallDateTime
            | SqlType::DateTime2(_)
            | SqlType::DateTimeOffset(_) => Growing::Int64(PrimitiveChunkedBuilder::new(name, capacity)),
        };
        Self { kind: *kind, values }
    }

    fn push(&mut self, value: &ColumnData<'static>) -> Result<usize, Unreadable> {
        if is_null(value) {
            with_values!(&mut self.values, values => values.append_null());
            return Ok(0);
        }
        if self.push_value(value)?.is_none() {
            return Err(Unreadable::garbled(&self.kind.dtype()));
        }
        Ok(match value {
            ColumnData::String(Some(text)) => text.len(),
            ColumnData::Binary(Some(bytes)) => bytes.len(),
            _ => 0,
        })
    }

    fn finish(self) -> Result<Series, PolarsError> {
        let dtype = self.kind.dtype();
        let series = match (self.values, &dtype) {
            (Growing::Int128(values), DataType::Decimal(precision, scale)) => {
                let numbers = values.finish().into_decimal_unchecked(*precision, *scale);
                return Ok(numbers.into_series());
            }
            (values, _) => with_values!(values, values => values.finish().into_series()),
        };
        if *series.dtype() == dtype {
            Ok(series)
        } else {
            series.cast(&dtype)
        }
    }

    fn quoted(name: &str) -> String {
        let is_plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
        // An expression has no name.
        if name.is_empty() {
            "…".to_owned()
        } else if name.chars().all(is_plain) {
            name.to_owned()
        } else {
            format!("[{}]", name.replace(']', "]]"))
        }
    }
}

impl ColumnStore {
    /// Adds a value; `None` where what was sent is no value of its type.
    fn push_value(&mut self, value: &ColumnData<'_>) -> Result<Option<()>, Unreadable> {
        let kind = self.kind;
        match (&mut self.values, value) {
            (Growing::Boolean(values), ColumnData::Bit(Some(value))) => values.append_value(*value),
            (Growing::UInt8(values), ColumnData::U8(Some(value))) => values.append_value(*value),
            (Growing::Int16(values), ColumnData::I16(Some(value))) => values.append_value(*value),
            (Growing::Int32(values), ColumnData::I32(Some(value))) => values.append_value(*value),
            (Growing::Int32(values), ColumnData::Date(Some(value))) => {
                values.append_value(moments::days(*value));
            }
            (Growing::Int64(values), value) => match long(kind, value)? {
                Some(value) => values.append_value(value),
                None => return Ok(None),
            },
            (Growing::Int128(values), value) => match exact(kind, value) {
                Some(value) => values.append_value(value),
                None => return Ok(None),
            },
            (Growing::Float32(values), ColumnData::F32(Some(value))) => values.append_value(*value),
            (Growing::Float64(values), ColumnData::F64(Some(value))) => values.append_value(*value),
            (Growing::Text(values), ColumnData::String(Some(text))) => values.append_value(text),
            (Growing::Text(values), ColumnData::Guid(Some(value))) => {
                values.append_value(value.hyphenated().to_string());
            }
            (Growing::Text(values), ColumnData::Xml(Some(value))) => values.append_value(value.to_string()),
            (Growing::Bytes(values), ColumnData::Binary(Some(bytes))) => values.append_value(bytes),
            _ => return Ok(None),
        }
        Ok(Some(()))
    }
}

fn is_null(value: &ColumnData<'_>) -> bool {
    match value {
        ColumnData::U8(value) => value.is_none(),
        ColumnData::I16(value) => value.is_none(),
        ColumnData::I32(value) => value.is_none(),
        ColumnData::I64(value) => value.is_none(),
        ColumnData::F32(value) => value.is_none(),
        ColumnData::F64(value) => value.is_none(),
        ColumnData::Bit(value) => value.is_none(),
        ColumnData::String(value) => value.is_none(),
        ColumnData::Guid(value) => value.is_none(),
        ColumnData::Binary(value) => value.is_none(),
        ColumnData::Numeric(value) => value.is_none(),
        ColumnData::Xml(value) => value.is_none(),
        ColumnData::DateTime(value) => value.is_none(),
        ColumnData::SmallDateTime(value) => value.is_none(),
        ColumnData::Time(value) => value.is_none(),
        ColumnData::Date(value) => value.is_none(),
        ColumnData::DateTime2(value) => value.is_none(),
        ColumnData::DateTimeOffset(value) => value.is_none(),
    }
}

/// Reads what a frame stores in 64 bits; `Ok(None)` where it is not that.
fn long(kind: SqlType, value: &ColumnData<'_>) -> Result<Option<i64>, Unreadable> {
    let unit = kind.unit();
    let found = match value {
        ColumnData::I64(value) => return Ok(*value),
        ColumnData::Time(Some(value)) => return Ok(moments::clock(*value)),
        ColumnData::DateTime(Some(value)) => moments::datetime(*value, unit),
        ColumnData::SmallDateTime(Some(value)) => moments::smalldatetime(*value, unit),
        ColumnData::DateTime2(Some(value)) => {
            return far(
                moments::datetime2(*value, unit),
                *value,
                "CAST({} AS datetime2(6))",
            );
        }
        ColumnData::DateTimeOffset(Some(value)) => {
            let value = value.datetime2();
            return far(
                moments::datetime2(value, unit),
                value,
                "CAST({} AS datetimeoffset(6))",
            );
        }
        _ => None,
    };
    Ok(found)
}

/// Says which moments a frame cannot count in nanoseconds: those before 1677 and after 2262.
fn far(
    found: Option<i64>,
    value: tiberius::time::DateTime2,
    instead: &'static str,
) -> Result<Option<i64>, Unreadable> {
    match found {
        Some(found) => Ok(Some(found)),
        None => Err(Unreadable::new(
            format!(
                "{} is too far away for a column that keeps seven digits behind the second",
                moments::shown(value)
            ),
            instead,
        )),
    }
}

/// Reads a number as a whole one, times ten to its digits behind the point.
fn exact(kind: SqlType, value: &ColumnData<'_>) -> Option<i128> {
    match (kind, value) {
        (SqlType::Decimal { precision, scale }, ColumnData::Numeric(Some(number))) => {
            let is_of_it = usize::from(number.scale()) == scale;
            let most = 10_u128.checked_pow(u32::try_from(precision).ok()?)?;
            (is_of_it && number.value().unsigned_abs() < most).then(|| number.value())
        }
        // Both halves of it are the wrong way round.
        (SqlType::Money, ColumnData::I64(Some(value))) => Some(i128::from(value.rotate_left(32))),
        (SqlType::SmallMoney, ColumnData::I32(Some(value))) => Some(i128::from(*value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{AnyValue, DataType};
    use tiberius::ColumnData;
    use tiberius::numeric::Numeric;
    use tiberius::time::{Date, DateTime2, Time};

    use super::{ColumnStore, Storage as _};
    use crate::database::sqlserver::sql_type::SqlType;

    fn column(kind: SqlType, values: &[ColumnData<'static>]) -> polars::prelude::Series {
        let mut store = ColumnStore::new("a", &kind, 1);
        for value in values {
            store.push(value).unwrap();
        }
        store.finish().unwrap()
    }

    #[test]
    fn money_is_exact_to_its_last_digit() {
        // 922,337,203,685,477.5807, the high half in front.
        let most = ColumnData::I64(Some(i64::MAX.rotate_left(32)));
        let column_of = column(SqlType::Money, &[most, ColumnData::I64(None)]);
        assert_eq!(column_of.dtype(), &DataType::Decimal(19, 4));
        assert_eq!(
            column_of.get(0).unwrap(),
            AnyValue::Decimal(i128::from(i64::MAX), 19, 4)
        );
        assert!(column_of.get(1).unwrap().is_null());
        let small = column(SqlType::SmallMoney, &[ColumnData::I32(Some(-12_345))]);
        assert_eq!(small.get(0).unwrap(), AnyValue::Decimal(-12_345, 10, 4));
    }

    #[test]
    fn what_a_column_cannot_hold_is_said_with_what_to_write_instead() {
        let mut store = ColumnStore::new("a", &SqlType::DateTime2(7), 1);
        let last = DateTime2::new(Date::new(3_652_058), Time::new(863_999_999_999, 7));
        let unfit = store.push(&ColumnData::DateTime2(Some(last))).unwrap_err();
        assert!(
            unfit.reason.contains("9999-12-31 23:59:59.9999999"),
            "{}",
            unfit.reason
        );
        assert_eq!(unfit.instead, Some("CAST({} AS datetime2(6))"));
        let decimal = SqlType::Decimal {
            precision: 3,
            scale: 1,
        };
        for wrong in [Numeric::new_with_scale(1000, 1), Numeric::new_with_scale(1, 2)] {
            let mut store = ColumnStore::new("a", &decimal, 1);
            assert!(store.push(&ColumnData::Numeric(Some(wrong))).is_err());
        }
        assert!(
            ColumnStore::new("a", &SqlType::Int, 1)
                .push(&ColumnData::Bit(Some(true)))
                .is_err()
        );
    }

    #[test]
    fn a_column_without_values_has_its_type() {
        for kind in [
            SqlType::Bit,
            SqlType::TinyInt,
            SqlType::Date,
            SqlType::Time(7),
            SqlType::DateTime,
            SqlType::DateTime2(7),
            SqlType::DateTimeOffset(3),
            SqlType::Guid,
            SqlType::Decimal {
                precision: 38,
                scale: 38,
            },
        ] {
            assert_eq!(*column(kind, &[]).dtype(), kind.dtype(), "{kind:?}");
        }
    }
}
