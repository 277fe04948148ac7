//! [`Expression`]: SQL text for a value per row or per group, as it is written and as it is read.
//!
//! The text is the expression: `col("Age") > 30` builds `Age > 30`, and every engine that speaks the dialect reads
//! the same. What names mean and which type a value has is known where an expression meets a frame.

use std::fmt;
use std::sync::Arc;

use polars::prelude::{DataType, Expr, Schema};
use sqlparser::ast;

use super::dtype::dtype_name;
use super::error::FrameError;
use super::identifier::identifier;
use super::operator::{Operator, Precedence};
use super::quoting::literal;
use super::scalar::Scalar;
use super::sql::verbs::{self, Item, Subject};
use super::sql::{self, SqlErrorKind, TypedExpression, functions_of};
use crate::work::{catch_panic, on_deep_stack};

/// A value per row, or per group, as SQL text.
#[derive(Clone)]
pub struct Expression(Arc<Parsed>);

struct Parsed {
    /// The text without the output name.
    text: String,
    alias: Option<String>,
    level: Precedence,
    /// `None` for `*`.
    ast: Option<ast::Expr>,
}

impl Expression {
    /// Reads SQL text such as `Age > 30 AND Sex = 'male'` or `avg(Survived) AS rate`.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self(Arc::new(Parsed {
                text: text.to_owned(),
                alias: None,
                level: Precedence::Atom,
                ast: None,
            })));
        }
        let written = read(text)?;
        let body = text.get(..written.end).unwrap_or(text).trim_end();
        // A comment would swallow what is put behind it.
        if written.has_comments {
            let bare = Self::build(format!("({body}\n)"), Precedence::Atom)?;
            return Ok(match written.alias {
                Some(alias) => bare.alias(&alias),
                None => bare,
            });
        }
        let (body, level) = if is_atom(&written.ast) {
            (body.to_owned(), Precedence::Atom)
        } else {
            (body.to_owned(), Precedence::Or)
        };
        Ok(Self(Arc::new(Parsed {
            text: body,
            alias: written.alias,
            level,
            ast: Some(written.ast),
        })))
    }

    fn build(text: String, level: Precedence) -> Result<Self, FrameError> {
        let written = read(&text)?;
        Ok(Self(Arc::new(Parsed {
            text,
            alias: None,
            level,
            ast: Some(written.ast),
        })))
    }

    /// Returns the column `name`, quoted where SQL needs it.
    pub fn col(name: &str) -> Self {
        let text = identifier(name);
        let ident = ast::Ident::with_quote('"', name);
        Self(Arc::new(Parsed {
            text,
            alias: None,
            level: Precedence::Atom,
            ast: Some(ast::Expr::Identifier(ident)),
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
        match &self.0.ast {
            Some(ast::Expr::Identifier(name)) if self.0.alias.is_none() => Some(&name.value),
            _ => None,
        }
    }

    /// Returns the names that may be columns, in the order of the text, each once.
    pub fn names(&self) -> Vec<String> {
        self.0.ast.as_ref().map(sql::columns_named).unwrap_or_default()
    }

    /// Returns whether this is `*`: all columns of a table.
    pub fn is_all_columns(&self) -> bool {
        self.0.ast.is_none()
    }

    /// Returns the first function in it that reads rows other than its own.
    pub fn reads_other_rows(&self) -> Option<String> {
        let ast = self.0.ast.as_ref()?;
        functions_of(ast)
            .into_iter()
            .find(|name| sql::reads_other_rows(name))
    }

    /// Returns how many parts it has: names, constants, operators and calls.
    pub fn size(&self) -> usize {
        self.0.ast.as_ref().map_or(1, sql::size)
    }

    /// Returns what polars evaluates on rows of these columns; it reads no rows but its own.
    pub(crate) fn over(&self, schema: &Schema, verb: &'static str) -> Result<(Expr, DataType), FrameError> {
        let subject = Subject {
            plan: polars::prelude::LazyFrame::default(),
            schema,
        };
        let made = planned(verb, std::slice::from_ref(self), |items| {
            verbs::columns(subject, items)
        })?;
        match made.into_iter().next() {
            Some((_, expr, dtype)) => Ok((expr, dtype)),
            None => Err(FrameError::Argument {
                verb,
                argument: "the expression",
                expected: "one column".to_owned(),
                found: "none".to_owned(),
            }),
        }
    }

    /// Returns what it is on rows of these columns, as data: for what prints it in another dialect.
    pub(crate) fn typed(
        &self,
        schema: &Schema,
        verb: &'static str,
    ) -> Result<Option<TypedExpression>, FrameError> {
        let subject = Subject {
            plan: polars::prelude::LazyFrame::default(),
            schema,
        };
        let made = planned(verb, std::slice::from_ref(self), |items| {
            verbs::typed(subject, items)
        })?;
        Ok(made.into_iter().next())
    }

    /// Returns this as an argument of a verb.
    pub(super) fn item(&self) -> Item<'_> {
        Item {
            ast: self.0.ast.as_ref(),
            alias: self.0.alias.as_deref(),
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
        Self(Arc::new(Parsed {
            text: self.0.text.clone(),
            alias: Some(name.to_owned()),
            level: self.0.level,
            ast: self.0.ast.clone(),
        }))
    }

    /// Combines two expressions; a comparison with null asks whether a value is missing, and a text and what is added to
    /// it are joined.
    pub fn binary(&self, operator: Operator, right: &Self) -> Result<Self, FrameError> {
        let null = |side: &Self| side.0.text.eq_ignore_ascii_case("null");
        match operator {
            Operator::Equal if null(right) => return self.is_null(),
            Operator::NotEqual if null(right) => return self.is_not_null(),
            Operator::Equal if null(self) => return right.is_null(),
            Operator::NotEqual if null(self) => return right.is_not_null(),
            Operator::Add if self.is_text() || right.is_text() => {
                return self.binary(Operator::Concat, right);
            }
            _ => {}
        }
        let (level, loosest_left, loosest_right) = operator.levels();
        let left = match operator {
            Operator::Concat if self.is_joined() => self.0.text.clone(),
            _ => self.at(loosest_left),
        };
        let text = format!("{left} {} {}", operator.sql(), right.at(loosest_right));
        Self::build(text, level)
    }

    /// Returns whether this is a text as it is written: a constant, or several joined.
    fn is_text(&self) -> bool {
        let constant = match &self.0.ast {
            Some(ast::Expr::Value(value)) => matches!(value.value, ast::Value::SingleQuotedString(_)),
            _ => false,
        };
        constant || self.is_joined()
    }

    /// Returns whether its outermost operator joins texts.
    fn is_joined(&self) -> bool {
        let joins = |op: &ast::BinaryOperator| *op == ast::BinaryOperator::StringConcat;
        matches!(&self.0.ast, Some(ast::Expr::BinaryOp { op, .. }) if joins(op))
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

/// Plans a verb; what is wrong with an expression is said with its text.
pub(super) fn planned<T: Send>(
    verb: &'static str,
    expressions: &[Expression],
    plan: impl FnOnce(&[Item<'_>]) -> Result<T, verbs::VerbError> + Send,
) -> Result<T, FrameError> {
    let items: Vec<Item<'_>> = expressions.iter().map(Expression::item).collect();
    let made = catch_panic(|| on_deep_stack(|| plan(&items)))?;
    made.map_err(|error| match error {
        verbs::VerbError::Twice(name) => FrameError::DuplicateColumn { name, verb },
        verbs::VerbError::Fault(fault) => {
            let expression = expressions.get(fault.item).or_else(|| expressions.last());
            let text = expression.map_or_else(String::new, |one| one.0.text.clone());
            FrameError::of_sql(verb, &text, fault.error)
        }
    })
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

/// Reads SQL text and explains why it cannot be read.
fn read(text: &str) -> Result<sql::Written, FrameError> {
    let fail = |error| FrameError::of_sql("expr", text, error);
    if text.trim().is_empty() {
        let kind = SqlErrorKind::Syntax {
            expected: "an expression".to_owned(),
            found: "nothing".to_owned(),
        };
        return Err(fail(kind.anywhere()));
    }
    let written = catch_panic(|| on_deep_stack(|| sql::expression(text)))?.map_err(fail)?;
    match sql::query_in(&written.ast) {
        Some(error) => Err(fail(error)),
        None => Ok(written),
    }
}

/// Returns whether the text stands as one unit beside any operator: a name, a constant, or one call.
fn is_atom(expr: &ast::Expr) -> bool {
    matches!(
        expr,
        ast::Expr::Identifier(_)
            | ast::Expr::CompoundIdentifier(_)
            | ast::Expr::Value(_)
            | ast::Expr::Function(_)
            | ast::Expr::Nested(_)
            | ast::Expr::Cast {
                kind: ast::CastKind::Cast | ast::CastKind::TryCast,
                ..
            }
            | ast::Expr::Case { .. }
            | ast::Expr::Extract { .. }
            | ast::Expr::Ceil { .. }
            | ast::Expr::Floor { .. }
            | ast::Expr::Position { .. }
            | ast::Expr::Substring { .. }
            | ast::Expr::Trim { .. }
            | ast::Expr::Overlay { .. }
            | ast::Expr::Array(_)
            | ast::Expr::Map(_)
    )
}

#[cfg(test)]
mod tests;
