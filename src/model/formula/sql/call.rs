//! Functions and operators of features: which of them mean the same in another database, and how they are written there.
//!
//! Doubles compare and compute alike everywhere. Whole numbers do until a sum is too large, which is the database's affair.
//! Texts are compared exactly (see `text.rs`); what maps letters is left out, for each database has its own idea of letters.

use polars::prelude::DataType;

use super::dialect::Engine;
use super::error::ToSqlError;
use super::feature::{Feature, is_number};
use crate::frame::{TypedExpression, TypedKind};

impl Feature<'_> {
    /// Writes a call that is a value.
    pub(super) fn call(
        &self,
        function: &'static str,
        arguments: &[TypedExpression],
        dtype: &DataType,
    ) -> Result<String, ToSqlError> {
        let dialect = self.dialect;
        if is_number(dtype)
            && let Some(number) = self.number(function, arguments, dtype)?
        {
            return Ok(number);
        }
        match (function, arguments) {
            ("if", [condition, then, otherwise]) => {
                let branch = (condition.clone(), then.clone());
                self.case(&[branch], Some(otherwise))
            }
            ("coalesce" | "nvl", values) if !values.is_empty() => {
                Ok(format!("COALESCE({})", self.values(values)?.join(", ")))
            }
            ("nvl2", [value, there, missing]) => Ok(format!(
                "CASE WHEN {} IS NOT NULL THEN {} ELSE {} END",
                self.value(value)?,
                self.value(there)?,
                self.value(missing)?
            )),
            ("nullif", [value, other]) if alike(value, other) => Ok(format!(
                "CASE WHEN {} THEN NULL ELSE {} END",
                self.comparison("=", value, other)?,
                self.value(value)?
            )),
            ("concat" | "||", [_, _, ..]) => {
                let values = self.values(arguments)?;
                Ok(match dialect.engine {
                    Engine::Mysql => format!("CONCAT({})", values.join(", ")),
                    Engine::Tsql => format!("({})", values.join(" + ")),
                    _ => format!("({})", values.join(" || ")),
                })
            }
            ("trim" | "ltrim" | "rtrim", [text]) => {
                let (name, text) = (function.to_uppercase(), self.value(text)?);
                Ok(match dialect.engine {
                    // Its own idea of a space is wider.
                    Engine::Duckdb => format!("{name}({text}, ' ')"),
                    _ => format!("{name}({text})"),
                })
            }
            ("substring", [text, start, length @ ..]) if length.len() < 2 => {
                let (Some(start), true) = (positive(start), dialect.engine != Engine::Tsql) else {
                    return Err(self.refuse("substring that does not begin at a constant position from 1 on"));
                };
                let text = self.value(text)?;
                match length.first().map(positive) {
                    None => Ok(format!("SUBSTR({text}, {start})")),
                    Some(Some(length)) => Ok(format!("SUBSTR({text}, {start}, {length})")),
                    Some(None) => Err(self.refuse("substring whose length is no constant from 1 on")),
                }
            }
            ("left", [text, length]) if dialect.engine != Engine::Tsql => match positive(length) {
                Some(length) => Ok(format!("SUBSTR({}, 1, {length})", self.value(text)?)),
                None => Err(self.refuse("left whose length is no constant from 1 on")),
            },
            ("lower" | "upper", [text]) if dialect.engine == Engine::Spark => {
                Ok(format!("{}({})", function.to_uppercase(), self.value(text)?))
            }
            _ => Err(self.refuse(shown(function))),
        }
    }

    /// Writes a call that is a number; `None` for one that is not only of numbers.
    fn number(
        &self,
        function: &'static str,
        arguments: &[TypedExpression],
        dtype: &DataType,
    ) -> Result<Option<String>, ToSqlError> {
        let dialect = self.dialect;
        let engine = dialect.engine;
        let (zero, one) = (dialect.number(0.0), dialect.number(1.0));
        let is_whole = dtype.is_integer();
        Ok(Some(match (function, arguments) {
            ("+" | "-" | "*" | "/", [left, right]) => {
                format!("({} {function} {})", self.value(left)?, self.value(right)?)
            }
            ("%", [left, right]) => {
                // SQLite cuts doubles to whole numbers first; PostgreSQL and SQL Server have none of doubles.
                if !is_whole && matches!(engine, Engine::Sqlite | Engine::Postgresql | Engine::Tsql) {
                    return Err(self.refuse("% of doubles"));
                }
                format!("({} % {})", self.value(left)?, self.value(right)?)
            }
            ("negative", [value]) => format!("(-({}))", self.value(value)?),
            ("positive", [value]) => self.value(value)?,
            ("abs", [value]) => format!("ABS({})", self.value(value)?),
            ("floor" | "ceil", [value]) if value.dtype.is_integer() => self.value(value)?,
            ("floor", [value]) => dialect.as_whole(&format!("FLOOR({})", self.double(value)?)),
            ("ceil", [value]) => {
                let name = if engine == Engine::Tsql { "CEILING" } else { "CEIL" };
                dialect.as_whole(&format!("{name}({})", self.double(value)?))
            }
            ("sign" | "signum", [value]) => dialect.as_double(&format!("SIGN({})", self.double(value)?)),
            ("sqrt", [value]) => format!("SQRT({})", self.double(value)?),
            ("power", [base, exponent]) => {
                format!("POWER({}, {})", self.double(base)?, self.double(exponent)?)
            }
            ("exp", [value]) => self.exponential(&self.double(value)?),
            ("expm1" | "log1p", [value]) if engine == Engine::Spark => {
                format!("{}({})", function.to_uppercase(), self.double(value)?)
            }
            // As exact for small numbers as where it is one function (Kahan).
            ("expm1", [value]) => {
                let value = self.double(value)?;
                let (e, low) = (format!("EXP({value})"), dialect.number(-50.0));
                let ln = self.logarithm_name();
                format!(
                    "CASE WHEN {value} < {low} THEN {} WHEN {e} = {one} THEN {value} \
                     ELSE ({e} - {one}) * ({value} / {ln}({e})) END",
                    dialect.number(-1.0)
                )
            }
            ("log1p", [value]) => {
                let value = self.double(value)?;
                let (sum, low) = (format!("({one} + {value})"), dialect.number(-1.0));
                let ln = self.logarithm_name();
                format!(
                    "CASE WHEN {sum} = {one} THEN {value} \
                     WHEN {value} > {low} THEN {ln}{sum} * ({value} / ({sum} - {one})) END"
                )
            }
            ("ln" | "log", [value]) => self.above_zero(self.logarithm_name(), value)?,
            ("log10", [value]) => self.above_zero("LOG10", value)?,
            ("log2", [value]) if !matches!(engine, Engine::Postgresql | Engine::Tsql) => {
                self.above_zero("LOG2", value)?
            }
            ("zeroifnull", [value]) => {
                let zero = if is_whole { "0".to_owned() } else { zero };
                format!("COALESCE({}, {zero})", self.value(value)?)
            }
            ("nullifzero", [value]) => {
                let zero = if is_whole { "0".to_owned() } else { zero };
                format!("NULLIF({}, {zero})", self.value(value)?)
            }
            ("greatest" | "least", values) => self.extreme(function, values)?,
            ("length", [text]) if text.dtype == DataType::String => match engine {
                Engine::Tsql => return Err(self.refuse(shown(function))),
                Engine::Mysql => format!("CHAR_LENGTH({})", self.value(text)?),
                _ => format!("LENGTH({})", self.value(text)?),
            },
            _ => return Ok(None),
        }))
    }

    /// Writes e to the power of a number; where a result that is too small is an error there, it is 0.
    fn exponential(&self, value: &str) -> String {
        let dialect = self.dialect;
        match dialect.least_exponent {
            None => format!("EXP({value})"),
            Some(least) => format!(
                "CASE WHEN {value} < {} THEN {} ELSE EXP({value}) END",
                dialect.number(least),
                dialect.number(0.0)
            ),
        }
    }

    fn logarithm_name(&self) -> &'static str {
        match self.dialect.engine {
            Engine::Tsql => "LOG",
            _ => "LN",
        }
    }

    /// Writes a logarithm, which is NULL of what is not above 0.
    fn above_zero(&self, name: &str, value: &TypedExpression) -> Result<String, ToSqlError> {
        let value = self.double(value)?;
        let zero = self.dialect.number(0.0);
        Ok(match self.dialect.engine {
            Engine::Spark => format!("{name}({value})"),
            _ => format!("CASE WHEN {value} > {zero} THEN {name}({value}) END"),
        })
    }

    /// Writes the greatest or least of numbers, NULLs aside.
    fn extreme(&self, function: &str, values: &[TypedExpression]) -> Result<String, ToSqlError> {
        let written = self.values(values)?;
        let name = function.to_uppercase();
        match self.dialect.engine {
            Engine::Postgresql | Engine::Spark | Engine::Duckdb => {
                return Ok(format!("{name}({})", written.join(", ")));
            }
            // Theirs is NULL as soon as one value is.
            Engine::Sqlite | Engine::Mysql | Engine::Tsql => {}
        }
        let sign = if function == "greatest" { ">=" } else { "<=" };
        let mut written = written.into_iter();
        let first = written.next().unwrap_or_default();
        written.try_fold(first, |best, value| {
            let text =
                format!("CASE WHEN {best} {sign} {value} OR {value} IS NULL THEN {best} ELSE {value} END");
            self.bounded(text)
        })
    }

    fn values(&self, values: &[TypedExpression]) -> Result<Vec<String>, ToSqlError> {
        values.iter().map(|value| self.value(value)).collect()
    }
}

/// Returns whether two values are compared as they are: two numbers, two texts, two booleans.
pub(super) fn alike(one: &TypedExpression, other: &TypedExpression) -> bool {
    one.dtype == other.dtype || is_number(&one.dtype) && is_number(&other.dtype)
}

/// Returns the constant that an argument is, from 1 on.
fn positive(typed: &TypedExpression) -> Option<i64> {
    match &typed.kind {
        TypedKind::Whole(value) if *value > 0 => Some(*value),
        TypedKind::Cast { input, .. } => positive(input),
        _ => None,
    }
}

/// Returns what a function is called in a message.
pub(super) fn shown(function: &'static str) -> String {
    let is_name = function.chars().all(|one| one.is_alphanumeric() || one == '_');
    if is_name {
        format!("{function}()")
    } else {
        format!("`{function}`")
    }
}
