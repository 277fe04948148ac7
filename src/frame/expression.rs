//! [`Expression`]: SQL text for a value per row or per group, as it is written and as polars reads it.
//!
//! The text is the expression: `col("Age") > 30` builds `Age > 30`, and every engine that speaks the dialect reads
//! the same. Two points where dialects differ follow polars: `/` always divides exactly (`5 / 2` is 2.5; `//`
//! divides whole numbers), and `%` takes the sign of the right side, as in Python.

use std::fmt;
use std::sync::Arc;

use polars::prelude::{DataType, Expr};
use polars::sql::{extract_table_identifiers, sql_expr};

use super::dtype::dtype_name;
use super::error::FrameError;
use super::identifier::identifier;
use super::operator::{Operator, Precedence};
use super::quoting::literal;
use super::scalar::Scalar;
use super::sql_numbers::with_points;
use super::sql_refused::refuse_expression;
use super::sql_text::{is_query, plain, position, unsupported, within_bounds, words};

/// A value per row, or per group, as SQL text.
#[derive(Clone)]
pub struct Expression(Arc<Parsed>);

struct Parsed {
    /// The text without the output name.
    text: String,
    alias: Option<String>,
    level: Precedence,
    expr: Expr,
}

impl Expression {
    /// Reads SQL text such as `Age > 30 AND Sex = 'male'` or `avg(Survived) AS rate`.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let text = text.trim();
        let expr = read(text)?;
        let (body, alias) = match &expr {
            Expr::Alias(inner, name) => match without_alias(text, name) {
                Some(body) if read(body).is_ok_and(|read| read == **inner) => (body, Some(name.to_string())),
                _ => (text, None),
            },
            _ => (text, None),
        };
        // A comment would swallow what is put behind it.
        let body = if body.contains("--") || body.contains("/*") {
            format!("({body}\n)")
        } else {
            body.to_owned()
        };
        let level = if body.ends_with("\n)") || is_atom(&body, &expr) {
            Precedence::Atom
        } else {
            Precedence::Or
        };
        Ok(Self(Arc::new(Parsed {
            text: body,
            alias,
            level,
            expr,
        })))
    }

    fn build(text: String, level: Precedence) -> Result<Self, FrameError> {
        let expr = read(&text)?;
        Ok(Self(Arc::new(Parsed {
            text,
            alias: None,
            level,
            expr,
        })))
    }

    /// Returns the column `name`, quoted where SQL needs it.
    pub fn col(name: &str) -> Self {
        let expr = Expr::Column(name.into());
        Self(Arc::new(Parsed {
            text: identifier(name),
            alias: None,
            level: Precedence::Atom,
            expr,
        }))
    }

    /// Returns a constant.
    pub fn lit(value: &Scalar) -> Result<Self, FrameError> {
        let text = literal(value)?;
        let level = if text.starts_with('-') {
            Precedence::Negate
        } else {
            Precedence::Atom
        };
        Self::build(text, level)
    }

    /// Returns what polars evaluates, with the output name if one was given.
    pub fn expr(&self) -> Expr {
        self.0.expr.clone()
    }

    /// Returns the SQL text.
    pub fn sql(&self) -> String {
        self.to_string()
    }

    /// Returns the output name that was given with `AS` or [`Expression::alias`].
    pub fn output_name(&self) -> Option<&str> {
        self.0.alias.as_deref()
    }

    /// Returns whether this is nothing but a column, and returns its name.
    pub fn as_column(&self) -> Option<&str> {
        match &self.0.expr {
            Expr::Column(name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// Returns the text, in brackets if its operator binds more loosely than `level`.
    fn at(&self, level: Precedence) -> String {
        if self.0.level >= level {
            self.0.text.clone()
        } else {
            format!("({})", self.0.text)
        }
    }

    /// Returns the expression with an output name.
    #[must_use]
    pub fn alias(&self, name: &str) -> Self {
        let bare = match &self.0.expr {
            Expr::Alias(inner, _) => (**inner).clone(),
            other => other.clone(),
        };
        Self(Arc::new(Parsed {
            text: self.0.text.clone(),
            alias: Some(name.to_owned()),
            level: self.0.level,
            expr: bare.alias(name),
        }))
    }

    /// Combines two expressions; a comparison with null asks whether a value is missing.
    pub fn binary(&self, operator: Operator, right: &Self) -> Result<Self, FrameError> {
        let null = |side: &Self| side.0.text.eq_ignore_ascii_case("null");
        match operator {
            Operator::Equal if null(right) => return self.is_null(),
            Operator::NotEqual if null(right) => return self.is_not_null(),
            Operator::Equal if null(self) => return right.is_null(),
            Operator::NotEqual if null(self) => return right.is_not_null(),
            _ => {}
        }
        let (level, loosest_left, loosest_right) = operator.levels();
        let text = format!(
            "{} {} {}",
            self.at(loosest_left),
            operator.sql(),
            right.at(loosest_right)
        );
        Self::build(text, level)
    }

    /// Returns true where this is false.
    pub fn not(&self) -> Result<Self, FrameError> {
        Self::build(format!("NOT {}", self.at(Precedence::Compare)), Precedence::Not)
    }

    /// Returns the negative.
    pub fn negate(&self) -> Result<Self, FrameError> {
        Self::build(format!("-{}", self.at(Precedence::Atom)), Precedence::Negate)
    }

    /// Returns true where there is no value.
    pub fn is_null(&self) -> Result<Self, FrameError> {
        Self::build(format!("{} IS NULL", self.at(Precedence::Add)), Precedence::Is)
    }

    /// Returns true where there is a value.
    pub fn is_not_null(&self) -> Result<Self, FrameError> {
        Self::build(
            format!("{} IS NOT NULL", self.at(Precedence::Add)),
            Precedence::Is,
        )
    }

    /// Returns true where the value is one of `values`, which are of one type; of none, never.
    pub fn is_in(&self, values: &[Scalar]) -> Result<Self, FrameError> {
        if values.is_empty() {
            return Self::build("FALSE".to_owned(), Precedence::Atom);
        }
        let values = values.iter().map(literal).collect::<Result<Vec<_>, _>>()?;
        Self::build(
            format!("{} IN ({})", self.at(Precedence::Add), values.join(", ")),
            Precedence::Is,
        )
    }

    /// Returns true from `low` to `high`, both included.
    pub fn between(&self, low: &Self, high: &Self) -> Result<Self, FrameError> {
        let (low, high) = (low.at(Precedence::Add), high.at(Precedence::Add));
        Self::build(
            format!("{} BETWEEN {low} AND {high}", self.at(Precedence::Add)),
            Precedence::Is,
        )
    }

    /// Returns the value as another type; one that does not fit is an error.
    pub fn cast(&self, dtype: &DataType) -> Result<Self, FrameError> {
        let name = match dtype {
            DataType::Int8 => "TINYINT",
            DataType::Int16 => "SMALLINT",
            DataType::Int32 => "INTEGER",
            DataType::Int64 => "BIGINT",
            DataType::UInt8 => "TINYINT UNSIGNED",
            DataType::UInt16 => "SMALLINT UNSIGNED",
            DataType::UInt32 => "INTEGER UNSIGNED",
            DataType::UInt64 => "BIGINT UNSIGNED",
            DataType::Float32 => "REAL",
            DataType::Float64 => "DOUBLE",
            DataType::Boolean => "BOOLEAN",
            DataType::String => "VARCHAR",
            DataType::Date => "DATE",
            DataType::Datetime(..) => "TIMESTAMP",
            DataType::Time => "TIME",
            DataType::Binary => "BLOB",
            _ => {
                return Err(FrameError::Argument {
                    verb: "cast",
                    argument: "the type",
                    expected: "a number, Boolean, String, Date, Datetime, Time or Binary in an expression"
                        .to_owned(),
                    found: dtype_name(dtype),
                });
            }
        };
        Self::build(format!("CAST({} AS {name})", self.0.text), Precedence::Atom)
    }

    /// Calls an SQL function on this and `arguments`: `round`, `upper`, `coalesce`, ….
    pub fn call(&self, function: &str, arguments: &[Self]) -> Result<Self, FrameError> {
        let mut text = format!("{function}({}", self.0.text);
        for argument in arguments {
            text.push_str(", ");
            text.push_str(&argument.0.text);
        }
        text.push(')');
        Self::build(text, Precedence::Atom)
    }

    /// Returns the number of different values.
    pub fn n_unique(&self) -> Result<Self, FrameError> {
        Self::build(format!("count(DISTINCT {})", self.0.text), Precedence::Atom)
    }
}

/// Prints the SQL text, with the output name.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        match &self.0.alias {
            Some(alias) => write!(f, " AS {}", identifier(alias)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({self})")
    }
}

/// Reads SQL text with polars and explains why it cannot be read.
fn read(text: &str) -> Result<Expr, FrameError> {
    let fail = |reason: String, column| FrameError::Sql {
        text: text.to_owned(),
        column,
        reason,
        is_query: is_query(text),
    };
    if text.trim().is_empty() {
        return Err(fail("expected an expression, found nothing".to_owned(), None));
    }
    if text.trim() == "*" {
        return Ok(polars::prelude::col("*"));
    }
    let result = within_bounds(text, || {
        if let Some((start, word)) = words(text).find(|(_, word)| word.eq_ignore_ascii_case("select")) {
            let quoted = text
                .get(..start)
                .is_some_and(|before| before.matches(['\'', '"']).count() % 2 == 1);
            if !quoted {
                return Err((
                    format!("an expression cannot contain a query ({word})"),
                    Some(start + 1),
                ));
            }
        }
        sql_expr(with_points(text)).map_err(|error| {
            // The parser of whole statements says where it stopped; that of expressions does not.
            const PREFIX: &str = "SELECT ";
            match extract_table_identifiers(&format!("{PREFIX}{text}"), false, true) {
                Err(found) => position(&plain(&found.to_string()), text, PREFIX),
                Ok(_) => (unsupported(&plain(&error.to_string())), None),
            }
        })
    })?;
    let expr = result.map_err(|(reason, column)| fail(reason, column))?;
    refuse_expression(text)?;
    Ok(expr)
}

/// Returns the text before `AS name`, or before a bare name at its end.
fn without_alias<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let end = text.trim_end_matches(['"', '`']);
    let before = end.strip_suffix(name)?.trim_end_matches(['"', '`']).trim_end();
    let cut = before.len().checked_sub(2)?;
    match before.get(cut..) {
        Some(word) if word.eq_ignore_ascii_case("as") => {
            let body = before.get(..cut)?;
            body.ends_with(|character: char| character.is_whitespace() || ")\"'".contains(character))
                .then(|| body.trim_end())
        }
        _ => Some(before),
    }
}

/// Returns whether the text stands as one unit beside any operator: a name, a constant, or one call.
fn is_atom(text: &str, expr: &Expr) -> bool {
    if matches!(expr, Expr::Column(_)) {
        return true;
    }
    if text
        .chars()
        .all(|character| character.is_alphanumeric() || "_.".contains(character))
    {
        return true;
    }
    let name = text.find('(').and_then(|open| text.get(..open)).unwrap_or("-");
    let called = name
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_')
        && !["not", "case"].contains(&name.to_lowercase().as_str());
    if !called || text.contains(['\'', '"', '`', '$']) {
        return false;
    }
    // The bracket that opens first has to close last.
    let mut depth = 0usize;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
