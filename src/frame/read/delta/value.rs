//! [`Partitioning`]: the columns whose values the log has, file by file, and how those are told to polars.
//!
//! polars takes values of columns from folders in a file's address. Those addresses are made here: values in one spelling,
//! columns by names that no column of a file has.

use chrono::{NaiveDate, NaiveDateTime};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use polars::prelude::{DataType, Expr, Field, PlSmallStr, Schema};

use super::error::Feature;
use super::schema::{Columns, name_of};

/// What polars takes for no value.
pub(super) const NONE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns of a table whose values its log has.
#[derive(Debug, Clone, Default)]
pub(super) struct Partitioning {
    columns: Vec<PartitionColumn>,
}

#[derive(Debug, Clone)]
struct PartitionColumn {
    name: PlSmallStr,
    dtype: DataType,
    /// What it is called in addresses.
    alias: PlSmallStr,
}

impl Partitioning {
    /// Takes columns of a table by their names; `Err` has the name of one that is not there.
    pub(super) fn new(names: &[String], table: &Columns) -> Result<Result<Self, Feature>, String> {
        let mut columns = Vec::with_capacity(names.len());
        let mut number = 0;
        for name in names {
            let dtype = table.schema.get(name).ok_or_else(|| name.clone())?;
            if !is_written(dtype) {
                return Ok(Err(Feature::PartitionType {
                    column: name.clone(),
                    name: name_of(dtype),
                }));
            }
            let alias = loop {
                let alias = PlSmallStr::from_string(format!("partition{number}"));
                number += 1;
                if !table.has(&alias) {
                    break alias;
                }
            };
            columns.push(PartitionColumn {
                name: PlSmallStr::from_str(name),
                dtype: dtype.clone(),
                alias,
            });
        }
        Ok(Ok(Self { columns }))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Returns the names of the columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    fn column(&self, name: &str) -> Option<&PartitionColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns the type of the values of a column as they are in addresses.
    pub(super) fn in_addresses(&self) -> Schema {
        let field = |column: &PartitionColumn| Field::new(column.alias.clone(), spelled(&column.dtype));
        self.columns.iter().map(field).collect()
    }

    /// Returns the columns that are in the files, by their names there.
    pub(super) fn in_files(&self, table: &Columns) -> Schema {
        let fields = table.schema.iter_names().zip(table.in_files());
        let in_files = fields.filter(|(name, _)| self.column(name).is_none());
        in_files.map(|(_, field)| field).collect()
    }

    /// Returns the columns of a table, of what a scan of its files has.
    pub(super) fn selection(&self, table: &Columns) -> Vec<Expr> {
        let select = |name: &PlSmallStr| match self.column(name) {
            None => match table.stored(name) {
                Some(stored) if stored != name => Expr::Column(stored.clone()).alias(name.clone()),
                _ => Expr::Column(name.clone()),
            },
            Some(column) => {
                let value = Expr::Column(column.alias.clone());
                let value = match &column.dtype {
                    dtype if spelled(dtype) == *dtype => value,
                    dtype => value.strict_cast(dtype.clone()),
                };
                value.alias(name.clone())
            }
        };
        table.schema.iter_names().map(select).collect()
    }

    /// Reads the value that a file has for a column, as it is spelled in an address; `None` for text that is no such value.
    #[allow(clippy::option_option, reason = "NULL is a value")]
    pub(super) fn read(&self, name: &str, text: Option<&str>) -> Option<Option<String>> {
        let column = self.column(name)?;
        // Folders cannot be named by an empty text.
        match text.filter(|text| !text.is_empty()) {
            None => Some(None),
            Some(text) => spelling(&column.dtype, text).map(Some),
        }
    }

    /// Returns the folders of an address that say which values a file has.
    pub(super) fn folders(&self, values: &[Option<String>]) -> String {
        let mut folders = String::new();
        for (column, value) in self.columns.iter().zip(values) {
            let value = value.as_deref();
            let value = value.map(|value| utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
            folders.extend([&column.alias, "=", value.as_deref().unwrap_or(NONE), "/"]);
        }
        folders
    }
}

/// Returns whether values of a type are written in a way that is known.
fn is_written(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || matches!(
            dtype,
            DataType::String
                | DataType::Boolean
                | DataType::Date
                | DataType::Datetime(..)
                | DataType::Decimal(..)
        )
}

/// Returns the type by which polars reads the values of a type in an address: moments as numbers.
fn spelled(dtype: &DataType) -> DataType {
    match dtype {
        DataType::Datetime(..) => DataType::Int64,
        other => other.clone(),
    }
}

/// Spells a value as polars reads it.
fn spelling(dtype: &DataType, text: &str) -> Option<String> {
    let whole = |least: i64, most: i64| {
        let number: i64 = text.parse().ok()?;
        (least..=most).contains(&number).then(|| number.to_string())
    };
    match dtype {
        DataType::String => Some(text.to_owned()),
        DataType::Int8 => whole(i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => whole(i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => whole(i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => whole(i64::MIN, i64::MAX),
        DataType::Float32 => text.parse::<f32>().ok().map(|number| number.to_string()),
        DataType::Float64 => text.parse::<f64>().ok().map(|number| number.to_string()),
        DataType::Boolean => text.parse::<bool>().ok().map(|truth| truth.to_string()),
        DataType::Date => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            let is_plain = text.len() == 10 && day.format("%Y-%m-%d").to_string() == text;
            is_plain.then(|| text.to_owned())
        }
        DataType::Datetime(..) => moment(text).map(|moment| moment.and_utc().timestamp_micros().to_string()),
        DataType::Decimal(_, scale) => decimal(text, *scale).then(|| text.to_owned()),
        _ => None,
    }
}

/// Reads a moment in one of the two ways that Delta has for them.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let (form, text) = match text.strip_suffix('Z') {
        Some(text) => ("%Y-%m-%dT%H:%M:%S%.f", text),
        None => ("%Y-%m-%d %H:%M:%S%.f", text),
    };
    NaiveDateTime::parse_from_str(text, form).ok()
}

/// Returns whether a text is a decimal number with no more digits behind the point than fit.
fn decimal(text: &str, scale: usize) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty() && are_digits(whole) && are_digits(part) && part.len() <= scale
}

#[cfg(test)]
mod tests {
    use polars::prelude::{TimeUnit, TimeZone};

    use super::*;

    #[test]
    fn values_are_read_as_the_log_writes_them_and_nothing_else() {
        let utc = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
        for (dtype, text, expected) in [
            (DataType::String, "a b/ü", Some("a b/ü")),
            (DataType::Int8, "-128", Some("-128")),
            (DataType::Int8, "128", None),
            (DataType::Int64, "1.0", None),
            (DataType::Float64, "1.5", Some("1.5")),
            (DataType::Float64, "Infinity", Some("inf")),
            (DataType::Boolean, "true", Some("true")),
            (DataType::Boolean, "1", None),
            (DataType::Date, "2024-02-29", Some("2024-02-29")),
            (DataType::Date, "2023-02-29", None),
            (DataType::Date, "+2024-02-01", None),
            (utc.clone(), "1970-01-01 00:00:01", Some("1000000")),
            (utc.clone(), "1970-01-01 00:00:01.000002", Some("1000002")),
            (utc.clone(), "1970-01-01T00:00:01.000002Z", Some("1000002")),
            (utc, "1970-01-01", None),
            (DataType::Decimal(10, 2), "-1.50", Some("-1.50")),
            (DataType::Decimal(10, 2), "1.505", None),
            (DataType::Decimal(10, 2), "1e3", None),
        ] {
            assert_eq!(spelling(&dtype, text).as_deref(), expected, "{dtype} {text}");
        }
    }
}
