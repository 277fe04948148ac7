//! A table of SQLite in memory, with the functions that a query needs of it.

use polars::prelude::*;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

/// A function of one number.
type OfOne = fn(f64) -> f64;

/// Puts rows into a table of SQLite, numbered.
pub(super) fn database(rows: &DataFrame) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let of_one: [(&str, OfOne); 6] = [
        ("exp", f64::exp),
        ("ln", f64::ln),
        ("log10", f64::log10),
        ("sqrt", f64::sqrt),
        ("floor", f64::floor),
        ("ceil", f64::ceil),
    ];
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    for (name, function) in of_one {
        connection
            .create_scalar_function(name, 1, flags, move |call| {
                Ok(call.get::<Option<f64>>(0)?.map(function))
            })
            .unwrap();
    }
    connection
        .create_scalar_function("power", 2, flags, |call| {
            let (base, exponent) = (call.get::<Option<f64>>(0)?, call.get::<Option<f64>>(1)?);
            Ok(base.zip(exponent).map(|(base, exponent)| base.powf(exponent)))
        })
        .unwrap();
    let columns: Vec<String> = rows
        .schema()
        .iter()
        .map(|(name, dtype)| {
            let dtype = match dtype {
                DataType::String => "TEXT COLLATE NOCASE",
                DataType::Float64 => "REAL",
                _ => "INTEGER",
            };
            format!("\"{}\" {dtype}", name.replace('"', "\"\""))
        })
        .collect();
    let create = format!("CREATE TABLE rows (place INTEGER, {})", columns.join(", "));
    connection.execute(&create, []).unwrap();
    let marks = vec!["?"; rows.width() + 1].join(", ");
    let mut insert = connection
        .prepare(&format!("INSERT INTO rows VALUES ({marks})"))
        .unwrap();
    for row in 0..rows.height() {
        let mut values = vec![Value::Integer(row as i64)];
        values.extend(
            rows.columns()
                .iter()
                .map(|column| match column.get(row).unwrap() {
                    AnyValue::Null => Value::Null,
                    AnyValue::String(text) => Value::Text(text.to_owned()),
                    AnyValue::StringOwned(text) => Value::Text(text.to_string()),
                    AnyValue::Boolean(flag) => Value::Integer(i64::from(flag)),
                    AnyValue::Float64(number) => Value::Real(number),
                    other => Value::Integer(other.extract().unwrap()),
                }),
        );
        insert.execute(rusqlite::params_from_iter(values)).unwrap();
    }
    drop(insert);
    connection
}

/// Runs a query, and returns the rows behind the place.
pub(super) fn run(connection: &rusqlite::Connection, query: &str) -> Vec<Vec<Value>> {
    let mut statement = connection
        .prepare(query)
        .unwrap_or_else(|error| panic!("{error}\n{query}"));
    let width = statement.column_count();
    let rows = statement
        .query_map([], |row| (0..width).map(|index| row.get(index)).collect())
        .unwrap();
    let mut rows: Vec<Vec<Value>> = rows.map(Result::unwrap).collect();
    rows.sort_by_key(|row| match row[0] {
        Value::Integer(place) => place,
        _ => panic!("a place"),
    });
    rows
}
