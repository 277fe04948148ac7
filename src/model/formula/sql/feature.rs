//! A feature that is SQL itself, from Spark's meaning to that of another database.
//!
//! It is printed from the bound expression, which knows the type of each part. What is not listed here or in `call.rs` has no
//! translation: better none than one that means something else.

use polars::prelude::{DataType, Schema};

use super::dialect::{Dialect, Engine};
use super::error::ToSqlError;
use crate::frame::{TypedExpression, TypedKind};
use crate::model::column_type::{ColumnType, Family};
use crate::model::error::ModelError;
use crate::model::recipe::Source;

/// The longest text of a part: what needs its argument several times grows with each level.
const LONGEST: usize = 20_000;

/// A feature on its way to a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature<'a> {
    pub(super) name: &'a str,
    pub(super) dialect: &'a Dialect,
}

impl Feature<'_> {
    /// Writes the feature as a double, or as text, and says which.
    pub(super) fn written(&self, source: &Source, schema: &Schema) -> Result<(String, Family), ModelError> {
        let is_known = |column: &str| {
            let lower = column.to_lowercase();
            schema.iter_names().any(|name| name.to_lowercase() == lower)
        };
        if let Some(column) = source.roots(self.name)?.into_iter().find(|root| !is_known(root)) {
            let feature = self.name.to_owned();
            return Err(ToSqlError::OtherColumn { feature, column }.into());
        }
        let typed = match source.expression(self.name)? {
            Some(expression) => expression.typed(schema, "features")?,
            None => None,
        };
        let Some(typed) = typed else {
            return Err(self.refuse("no expression").into());
        };
        let family = ColumnType::of(&typed.dtype).map_or(Family::Number, ColumnType::family);
        let value = match family {
            Family::Text => self.value(&typed)?,
            Family::Boolean | Family::Number => self.double(&typed)?,
        };
        Ok((value, family))
    }

    /// Refuses what has no translation.
    pub(super) fn refuse(&self, what: impl Into<String>) -> ToSqlError {
        ToSqlError::Untranslated {
            feature: self.name.to_owned(),
            what: what.into(),
            title: self.dialect.title,
        }
    }

    /// Writes a number or a boolean as a double.
    pub(super) fn double(&self, typed: &TypedExpression) -> Result<String, ToSqlError> {
        let dialect = self.dialect;
        match (&typed.kind, &typed.dtype) {
            (TypedKind::Column(name), dtype) => {
                let family = ColumnType::of(dtype).map_or(Family::Number, ColumnType::family);
                let column = dialect.name(name)?;
                Ok(dialect.column(&column, family))
            }
            (TypedKind::Whole(value), _) => Ok(dialect.number(*value as f64)),
            (_, DataType::Boolean) => {
                let condition = self.condition(typed)?;
                Ok(either(
                    &condition,
                    typed,
                    &dialect.number(1.0),
                    &dialect.number(0.0),
                ))
            }
            (TypedKind::Null, _) => Ok(dialect.as_double("NULL")),
            (_, DataType::Float64 | DataType::Float32 | DataType::Decimal(..)) => self.value(typed),
            (_, dtype) if dtype.is_integer() => Ok(dialect.as_double(&self.value(typed)?)),
            (_, other) => Err(self.refuse(format!("a value of the type {other}"))),
        }
    }

    /// Writes a value of its own type: a whole number, a double, text, or a boolean.
    pub(super) fn value(&self, typed: &TypedExpression) -> Result<String, ToSqlError> {
        let dialect = self.dialect;
        if typed.dtype.is_decimal() {
            return Err(self.refuse("a decimal"));
        }
        let written = match &typed.kind {
            TypedKind::Column(_) if typed.dtype.is_float() => self.double(typed)?,
            TypedKind::Column(name) if typed.dtype == DataType::String => {
                dialect.as_text(&dialect.name(name)?)
            }
            TypedKind::Column(name) => dialect.name(name)?,
            TypedKind::Null => "NULL".to_owned(),
            TypedKind::Boolean(value) => dialect.boolean(*value).to_owned(),
            TypedKind::Whole(value) if *value < 0 => format!("({value})"),
            TypedKind::Whole(value) => value.to_string(),
            TypedKind::Double(value) if typed.dtype == DataType::Float64 => dialect.number(*value),
            TypedKind::Double(_) => return Err(self.refuse("a FLOAT of 32 bits")),
            TypedKind::Text(text) => dialect.literal(text)?,
            TypedKind::Other(what) => return Err(self.refuse(*what)),
            TypedKind::Cast { input, is_tried } => self.cast(input, &typed.dtype, *is_tried)?,
            TypedKind::Case { branches, otherwise } => self.case(branches, otherwise.as_deref())?,
            TypedKind::All(_) | TypedKind::Any(_) => self.condition_as_value(typed)?,
            TypedKind::Call { function, arguments } => {
                if typed.dtype == DataType::Float32 {
                    return Err(self.refuse("arithmetic in FLOATs of 32 bits"));
                }
                if typed.dtype == DataType::Boolean && !picks(function) {
                    self.condition_as_value(typed)?
                } else {
                    self.call(function, arguments, &typed.dtype)?
                }
            }
        };
        self.bounded(written)
    }

    /// Writes a boolean as a condition, which not all databases have as a value.
    pub(super) fn condition(&self, typed: &TypedExpression) -> Result<String, ToSqlError> {
        let written = match &typed.kind {
            TypedKind::All(parts) => self.joined(parts, " AND ")?,
            TypedKind::Any(parts) => self.joined(parts, " OR ")?,
            TypedKind::Call { function, arguments } if !picks(function) => {
                self.predicate(function, arguments)?
            }
            TypedKind::Cast { input, .. } if is_number(&input.dtype) => {
                format!("({} <> {})", self.double(input)?, self.dialect.number(0.0))
            }
            _ if self.dialect.has_conditions_as_values => self.value(typed)?,
            _ => format!("({} = {})", self.value(typed)?, self.dialect.boolean(true)),
        };
        self.bounded(written)
    }

    fn condition_as_value(&self, typed: &TypedExpression) -> Result<String, ToSqlError> {
        let condition = self.condition(typed)?;
        if self.dialect.has_conditions_as_values {
            return Ok(condition);
        }
        let [no, yes] = [false, true].map(|value| self.dialect.boolean(value));
        Ok(either(&condition, typed, yes, no))
    }

    fn joined(&self, parts: &[TypedExpression], word: &str) -> Result<String, ToSqlError> {
        let parts: Result<Vec<String>, ToSqlError> = parts.iter().map(|part| self.condition(part)).collect();
        Ok(format!("({})", parts?.join(word)))
    }

    /// Writes CASE with the conditions and values of its branches, whose values are of one type.
    pub(super) fn case(
        &self,
        branches: &[(TypedExpression, TypedExpression)],
        otherwise: Option<&TypedExpression>,
    ) -> Result<String, ToSqlError> {
        let mut text = "CASE".to_owned();
        for (when, then) in branches {
            text.push_str(&format!(
                " WHEN {} THEN {}",
                self.condition(when)?,
                self.value(then)?
            ));
        }
        if let Some(value) = otherwise {
            text.push_str(&format!(" ELSE {}", self.value(value)?));
        }
        text.push_str(" END");
        Ok(text)
    }

    fn cast(&self, input: &TypedExpression, to: &DataType, is_tried: bool) -> Result<String, ToSqlError> {
        let dialect = self.dialect;
        let refuse = || {
            let (from, to) = (type_name(&input.dtype), type_name(to));
            let word = if is_tried { "TRY_CAST" } else { "CAST" };
            Err(self.refuse(format!("{word} of {from} to {to}")))
        };
        if matches!(input.kind, TypedKind::Null) {
            return Ok("NULL".to_owned());
        }
        let from = &input.dtype;
        // What does not fit is an error in one place and something else in another, unless everything fits.
        let is_safe = !is_tried || (from.is_integer() || *from == DataType::Boolean) && to.is_float();
        if !is_safe {
            return refuse();
        }
        match (from, to) {
            (DataType::Float32, DataType::Float64) if !matches!(input.kind, TypedKind::Column(_)) => refuse(),
            (_, DataType::Float64) if is_number(from) || *from == DataType::Boolean => self.double(input),
            (DataType::Boolean, to) if to.is_integer() => {
                Ok(either(&self.condition(input)?, input, "1", "0"))
            }
            (DataType::Boolean, DataType::String) => {
                let [no, yes] = ["false", "true"].map(|word| dialect.literal(word));
                Ok(either(&self.condition(input)?, input, &yes?, &no?))
            }
            (from, DataType::Boolean) if is_number(from) => self.condition_as_value(&TypedExpression {
                kind: TypedKind::Cast {
                    input: Box::new(input.clone()),
                    is_tried,
                },
                dtype: DataType::Boolean,
            }),
            (from, to) if from.is_integer() && to.is_integer() => self.value(input),
            (DataType::Float64, to) if to.is_integer() => {
                let value = self.double(input)?;
                Ok(dialect.as_whole(&match dialect.engine {
                    // A cast rounds there.
                    Engine::Postgresql | Engine::Duckdb => format!("TRUNC({value})"),
                    Engine::Mysql => format!("TRUNCATE({value}, 0)"),
                    Engine::Sqlite | Engine::Tsql | Engine::Spark => value,
                }))
            }
            (from, DataType::String) if from.is_integer() => {
                Ok(dialect.as_text(&dialect.as_whole(&self.value(input)?)))
            }
            (from, to) if from == to => self.value(input),
            _ if dialect.engine == Engine::Spark && *to == DataType::Float64 => {
                Ok(dialect.as_double(&self.value(input)?))
            }
            _ => refuse(),
        }
    }

    pub(super) fn bounded(&self, written: String) -> Result<String, ToSqlError> {
        if written.len() > LONGEST {
            return Err(ToSqlError::Long {
                feature: self.name.to_owned(),
                title: self.dialect.title,
            });
        }
        Ok(written)
    }
}

/// Returns whether values of a type are numbers that can be computed with here.
pub(super) fn is_number(dtype: &DataType) -> bool {
    dtype.is_integer() || dtype.is_float()
}

/// Returns whether a function gives one of its arguments, so that it may be a boolean without being a condition.
fn picks(function: &str) -> bool {
    matches!(function, "if" | "coalesce" | "nvl" | "nvl2" | "nullif")
}

/// Returns whether a condition is true or false, but never NULL.
fn is_never_null(typed: &TypedExpression) -> bool {
    match &typed.kind {
        TypedKind::Boolean(_) => true,
        TypedKind::All(parts) | TypedKind::Any(parts) => parts.iter().all(is_never_null),
        TypedKind::Call { function, arguments } => match *function {
            "is null" | "is not null" | "is true" | "is false" | "<=>" | "equal_null" | "isnull"
            | "isnotnull" => true,
            "not" => arguments.iter().all(is_never_null),
            _ => false,
        },
        _ => false,
    }
}

fn type_name(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "a boolean",
        DataType::String => "text",
        DataType::Float64 => "a DOUBLE",
        DataType::Float32 => "a FLOAT",
        DataType::Decimal(..) => "a decimal",
        DataType::Null => "NULL",
        dtype if dtype.is_integer() => "a whole number",
        _ => "another type",
    }
}

/// Writes one value where a condition is true, another where it is false, and NULL where it is NULL.
fn either(condition: &str, typed: &TypedExpression, yes: &str, no: &str) -> String {
    if is_never_null(typed) {
        format!("CASE WHEN {condition} THEN {yes} ELSE {no} END")
    } else {
        format!("CASE WHEN {condition} THEN {yes} WHEN NOT {condition} THEN {no} END")
    }
}
