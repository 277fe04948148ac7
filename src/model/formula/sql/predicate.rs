//! Conditions of features: comparisons, IN, LIKE, NULL and not.

use polars::prelude::DataType;

use super::call::{alike, shown};
use super::dialect::Engine;
use super::error::ToSqlError;
use super::feature::Feature;
use crate::frame::{TypedExpression, TypedKind};

impl Feature<'_> {
    /// Writes a call that is a condition, in brackets where it is more than a call.
    pub(super) fn predicate(
        &self,
        function: &'static str,
        arguments: &[TypedExpression],
    ) -> Result<String, ToSqlError> {
        match (function, arguments) {
            ("=" | "<>" | "<" | "<=" | ">" | ">=", [left, right]) => self.comparison(function, left, right),
            ("<=>" | "equal_null", [left, right]) => self.same(left, right),
            ("in", [value, list @ ..]) if !list.is_empty() => self.is_in(value, list),
            ("not", [condition]) => Ok(format!("(NOT {})", self.condition(condition)?)),
            ("is null" | "isnull", [value]) => Ok(format!("({} IS NULL)", self.operand(value)?)),
            ("is not null" | "isnotnull", [value]) => Ok(format!("({} IS NOT NULL)", self.operand(value)?)),
            ("is true", [condition]) => self.is(condition, true),
            ("is false", [condition]) => self.is(condition, false),
            ("like", [text, pattern]) => self.like(text, pattern),
            _ => Err(self.refuse(shown(function))),
        }
    }

    /// Writes what is asked for NULL: a column as it is.
    fn operand(&self, value: &TypedExpression) -> Result<String, ToSqlError> {
        match &value.kind {
            TypedKind::Column(name) => self.dialect.name(name),
            _ => self.value(value),
        }
    }

    fn is(&self, condition: &TypedExpression, truth: bool) -> Result<String, ToSqlError> {
        let condition = self.condition(condition)?;
        let condition = if truth {
            condition
        } else {
            format!("NOT {condition}")
        };
        Ok(format!("(CASE WHEN {condition} THEN 1 ELSE 0 END = 1)"))
    }

    /// Writes a comparison of two values of one type.
    pub(super) fn comparison(
        &self,
        sign: &'static str,
        left: &TypedExpression,
        right: &TypedExpression,
    ) -> Result<String, ToSqlError> {
        if !alike(left, right) {
            return Err(self.refuse("a comparison of different types"));
        }
        if left.dtype == DataType::Boolean && !matches!(sign, "=" | "<>") {
            return Err(self.refuse("an order of booleans"));
        }
        if left.dtype != DataType::String {
            let (left, right) = (self.value(left)?, self.value(right)?);
            return Ok(format!("({left} {sign} {right})"));
        }
        let (one, other) = (self.compared(left)?, self.compared(right)?);
        match self.dialect.engine {
            Engine::Sqlite => Ok(format!("({one} COLLATE BINARY {sign} {other})")),
            Engine::Tsql if sign == "=" => Ok(tsql_equal(&one, &other)),
            Engine::Tsql if sign == "<>" => Ok(format!("(NOT {})", tsql_equal(&one, &other))),
            // It orders the halves of characters.
            Engine::Tsql => Err(self.refuse("an order of texts")),
            _ => Ok(format!("({one} {sign} {other})")),
        }
    }

    /// Writes a text that is compared; constants are exact as they are.
    fn compared(&self, text: &TypedExpression) -> Result<String, ToSqlError> {
        let value = self.value(text)?;
        match (&text.kind, self.dialect.engine) {
            (TypedKind::Text(_), Engine::Postgresql | Engine::Tsql) => Ok(value),
            _ => Ok(self.dialect.exact(&value)),
        }
    }

    /// Writes whether two values are equal, or both NULL.
    fn same(&self, left: &TypedExpression, right: &TypedExpression) -> Result<String, ToSqlError> {
        if !alike(left, right) {
            return Err(self.refuse("a comparison of different types"));
        }
        let equal = self.comparison("=", left, right)?;
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        Ok(format!(
            "(CASE WHEN {equal} OR ({left} IS NULL AND {right} IS NULL) THEN 1 ELSE 0 END = 1)"
        ))
    }

    fn is_in(&self, value: &TypedExpression, list: &[TypedExpression]) -> Result<String, ToSqlError> {
        if value.dtype != DataType::String {
            let list: Result<Vec<String>, ToSqlError> = list.iter().map(|one| self.value(one)).collect();
            return Ok(format!("({} IN ({}))", self.value(value)?, list?.join(", ")));
        }
        let equal: Result<Vec<String>, ToSqlError> =
            list.iter().map(|one| self.comparison("=", value, one)).collect();
        Ok(format!("({})", equal?.join(" OR ")))
    }

    /// Writes LIKE with a constant pattern, in which nothing escapes a wildcard.
    fn like(&self, text: &TypedExpression, pattern: &TypedExpression) -> Result<String, ToSqlError> {
        let TypedKind::Text(pattern) = &pattern.kind else {
            return Err(self.refuse("LIKE with a pattern that is no constant"));
        };
        if pattern.contains('\\') {
            return Err(self.refuse("LIKE with a backslash in its pattern"));
        }
        let dialect = self.dialect;
        let value = self.value(text)?;
        Ok(match dialect.engine {
            // Its LIKE takes small and large letters for the same.
            Engine::Sqlite => {
                let pattern: String = pattern.chars().map(globbed).collect();
                format!("({value} GLOB {})", dialect.literal(&pattern)?)
            }
            Engine::Mysql => format!(
                "(CONVERT({value} USING utf8mb4) COLLATE utf8mb4_bin LIKE {})",
                dialect.literal(pattern)?
            ),
            Engine::Tsql if pattern.contains(['[', '_']) => {
                return Err(self.refuse("LIKE with `[` or `_` in its pattern"));
            }
            _ => format!("({} LIKE {})", dialect.exact(&value), dialect.literal(pattern)?),
        })
    }
}

/// Writes whether two texts are the same, spaces at their ends included.
fn tsql_equal(one: &str, other: &str) -> String {
    format!("({one} = {other} AND DATALENGTH({one}) = DATALENGTH({other}))")
}

/// Returns a character of a pattern of LIKE as GLOB has it.
fn globbed(one: char) -> String {
    match one {
        '%' => "*".to_owned(),
        '_' => "?".to_owned(),
        '*' | '?' | '[' => format!("[{one}]"),
        other => other.to_string(),
    }
}
