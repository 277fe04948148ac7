//! Tables and answers as JSON: `tests/sql/README.md`, "A program that answers".

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, IntoColumn as _, NamedFrom as _, Series, TimeUnit,
};
use serde_json::{Map, Value, json};
use sheaf::frame::Scalar;

/// Makes a table of `{"columns": [[name, type], …], "rows": [[…], …]}`.
pub fn table(table: &Value) -> DataFrame {
    let rows = table["rows"].as_array().unwrap();
    let columns = table["columns"].as_array().unwrap();
    let columns = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let cells = rows.iter().map(|row| &row[place]);
            column_of(column[0].as_str().unwrap(), column[1].as_str().unwrap(), cells)
        })
        .collect();
    DataFrame::new(rows.len(), columns).unwrap()
}

fn column_of<'a>(name: &str, dtype: &str, cells: impl Iterator<Item = &'a Value>) -> Column {
    let name = name.into();
    let series = match dtype {
        "i32" => Series::new(name, cells.map(Value::as_i64).collect::<Vec<_>>())
            .strict_cast(&DataType::Int32)
            .unwrap(),
        "i64" => Series::new(name, cells.map(Value::as_i64).collect::<Vec<_>>()),
        "f64" => Series::new(name, cells.map(double).collect::<Vec<_>>()),
        "bool" => Series::new(name, cells.map(Value::as_bool).collect::<Vec<_>>()),
        "date" => Series::new(
            name,
            cells.map(|cell| cell.as_str().map(days)).collect::<Vec<_>>(),
        )
        .cast(&DataType::Date)
        .unwrap(),
        "timestamp" => Series::new(
            name,
            cells
                .map(|cell| cell.as_str().map(microseconds))
                .collect::<Vec<_>>(),
        )
        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
        .unwrap(),
        text => {
            let series = Series::new(name, cells.map(Value::as_str).collect::<Vec<_>>());
            match text
                .strip_prefix("decimal(")
                .and_then(|rest| rest.strip_suffix(')'))
            {
                Some(digits) => {
                    let (precision, scale) = digits.split_once(',').unwrap();
                    let dtype = DataType::Decimal(precision.parse().unwrap(), scale.parse().unwrap());
                    series.strict_cast(&dtype).unwrap()
                }
                None => series,
            }
        }
    };
    series.into_column()
}

fn double(cell: &Value) -> Option<f64> {
    // Rust reads `NaN`, `Infinity` and `-Infinity` as they are written.
    cell.as_f64()
        .or_else(|| cell.as_str().map(|text| text.parse().unwrap()))
}

/// Days since 1970 of `2024-01-31`.
fn days(text: &str) -> i32 {
    let mut parts = text.split('-').map(|part| part.parse::<i32>().unwrap());
    let mut next = || parts.next().unwrap();
    let (year, month, day) = (next(), next(), next());
    // Years begin in March here, so that a leap day ends one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469
}

/// Microseconds since 1970 of `2024-01-31 10:00:00.5`.
fn microseconds(text: &str) -> i64 {
    let (date, time) = text.split_once(' ').unwrap();
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let seconds = time
        .split(':')
        .fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
    let part: i64 = format!("{part:0<6}").parse().unwrap();
    (i64::from(days(date)) * 86_400 + seconds) * 1_000_000 + part
}

/// Writes an answer's columns and rows.
pub fn answer(table: &DataFrame) -> Value {
    let columns: Vec<Value> = table
        .columns()
        .iter()
        .map(|column| json!({ "name": column.name().as_str(), "type": sheaf::frame::dtype_name(column.dtype()) }))
        .collect();
    let rows: Vec<Value> = (0..table.height())
        .map(|row| {
            table
                .columns()
                .iter()
                .map(|column| cell(&column.get(row).unwrap()))
                .collect()
        })
        .collect();
    json!({ "columns": columns, "rows": rows })
}

/// polars cannot write moments whose years have more than six digits.
fn text(value: &AnyValue) -> String {
    let days = match value {
        AnyValue::Date(days) => i64::from(*days),
        AnyValue::Datetime(count, TimeUnit::Microseconds, _) => count / 86_400_000_000,
        _ => 0,
    };
    if days.abs() > 90_000_000 {
        return Scalar::from(value).to_string();
    }
    value.to_string()
}

fn cell(value: &AnyValue) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => json!(value),
        AnyValue::String(value) => json!(value),
        AnyValue::StringOwned(value) => json!(value.as_str()),
        AnyValue::Float32(value) => number(f64::from(*value)),
        AnyValue::Float64(value) => number(*value),
        AnyValue::Duration(value, unit) => json!(match unit {
            TimeUnit::Nanoseconds => value / 1000,
            TimeUnit::Microseconds => *value,
            TimeUnit::Milliseconds => value * 1000,
        }),
        AnyValue::List(items) => items.iter().map(|item| cell(&item)).collect(),
        AnyValue::Struct(..) => {
            let AnyValue::StructOwned(fields) = value.clone().into_static() else {
                return Value::Null;
            };
            structure(&fields.0, fields.1.iter().map(|field| field.name().as_str()))
        }
        AnyValue::StructOwned(fields) => {
            structure(&fields.0, fields.1.iter().map(|field| field.name().as_str()))
        }
        AnyValue::Date(_) | AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..) | AnyValue::Decimal(..) => {
            json!(text(value))
        }
        AnyValue::BinaryOwned(bytes) => json!(hexadecimal(bytes)),
        AnyValue::Binary(bytes) => json!(hexadecimal(bytes)),
        whole => whole
            .extract::<i64>()
            .map_or_else(|| json!(whole.to_string()), |whole| json!(whole)),
    }
}

fn structure<'a>(values: &[AnyValue], names: impl Iterator<Item = &'a str>) -> Value {
    let fields: Map<String, Value> = names.map(str::to_owned).zip(values.iter().map(cell)).collect();
    Value::Object(fields)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn number(value: f64) -> Value {
    if value.is_finite() {
        return json!(value);
    }
    json!(if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

#[test]
fn moments_are_counted_from_1970() {
    assert_eq!(days("1970-01-01"), 0);
    assert_eq!(days("2000-03-01"), 11_017);
    assert_eq!(days("1900-01-01"), -25_567);
    assert_eq!(microseconds("1969-12-31 23:59:59.5"), -500_000);
}
