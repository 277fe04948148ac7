//! A class as a constant of the target's type.

use super::dialect::{Dialect, Engine};
use super::error::ToSqlError;
use crate::model::class::Class;
use crate::model::column_type::ColumnType;

/// Writes a class; a whole number is cast, where the database would take it for one of another width.
pub(super) fn class_literal(
    class: &Class,
    kind: ColumnType,
    dialect: &Dialect,
) -> Result<String, ToSqlError> {
    Ok(match class {
        Class::Boolean(value) => dialect.boolean(*value).to_owned(),
        Class::Float(value) => dialect.number(*value),
        Class::Integer(value) if kind.is_float() => dialect.number(*value as f64),
        Class::Integer(value) => whole(*value, kind, dialect),
        Class::Text(text) => dialect.literal(text)?,
    })
}

fn whole(value: i64, kind: ColumnType, dialect: &Dialect) -> String {
    let dtype = match kind {
        // They have one type of whole numbers.
        _ if matches!(dialect.engine, Engine::Sqlite | Engine::Mysql) => return value.to_string(),
        ColumnType::Int8 | ColumnType::Int16 | ColumnType::UInt8 => "SMALLINT",
        ColumnType::Int32 | ColumnType::UInt16 => "INTEGER",
        _ => dialect.whole,
    };
    match dialect.engine {
        // The digits of the least number are not one by themselves.
        Engine::Postgresql if value == i64::MIN => format!("CAST('{value}' AS {dtype})"),
        Engine::Tsql
        | Engine::Postgresql
        | Engine::Spark
        | Engine::Duckdb
        | Engine::Sqlite
        | Engine::Mysql => {
            format!("CAST({value} AS {dtype})")
        }
    }
}
