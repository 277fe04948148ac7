//! Operations on columns: choosing, adding, renaming, casting them, and choosing rows by a condition.

use std::sync::Arc;

use polars::prelude::{DataType, Expr, IntoLazy, LazyFrame, Schema, SchemaExt as _, Selector, col};

use super::error::FrameError;
use super::expression::{Expression, planned};
use super::frame::Frame;
use super::sql::verbs::{self, Item, Subject, VerbError};

impl Frame {
    /// Reads an expression about this table: the name of a column as it is, or SQL text.
    ///
    /// A column called `Passenger Class` is thus found without quotes.
    pub fn expression(&self, text: &str) -> Result<Expression, FrameError> {
        if self.schema()?.contains(text) {
            Ok(Expression::col(text))
        } else {
            Expression::parse(text)
        }
    }

    /// Checks that every one of `names` is a column.
    pub(super) fn require(&self, names: &[String], verb: &'static str) -> Result<(), FrameError> {
        let schema = self.schema()?;
        match names.iter().find(|name| !schema.contains(name)) {
            Some(name) => Err(FrameError::UnknownColumn {
                name: name.clone(),
                columns: self.columns()?,
                verb,
            }),
            None => Ok(()),
        }
    }

    /// Plans a verb whose arguments are expressions about this table.
    pub(super) fn verb(
        &self,
        verb: &'static str,
        expressions: &[Expression],
        plan: impl FnOnce(Subject<'_>, &[Item<'_>]) -> Result<LazyFrame, VerbError> + Send,
    ) -> Result<Self, FrameError> {
        let schema = self.schema()?;
        let lazy = self.lazy();
        let plan = planned(verb, expressions, |items| {
            let subject = Subject {
                plan: lazy,
                schema: &schema,
            };
            plan(subject, items)
        })?;
        Self::derived(plan, &[self], verb)
    }

    /// Returns these columns alone, each by its very name.
    ///
    /// # Errors
    ///
    /// A column that the table does not have.
    pub fn only(&self, names: &[String]) -> Result<Self, FrameError> {
        self.require(names, "select")?;
        let columns: Vec<Expr> = names
            .iter()
            .map(|name| Expr::Column(name.as_str().into()))
            .collect();
        let plan = self.lazy().select(columns);
        let all = self.schema()?;
        let fields = names.iter().filter_map(|name| all.get_field(name));
        let known: Schema = fields.collect();
        // Of one that is asked for twice, polars says so.
        if known.len() == names.len() {
            return Self::derived_as(Arc::new(known), plan, &[self], "select");
        }
        Self::derived(plan, &[self], "select")
    }

    /// Returns the columns that `expressions` give, in their order; `*` means all.
    ///
    /// Aggregates alone give one row.
    pub fn select(&self, expressions: &[Expression]) -> Result<Self, FrameError> {
        self.verb("select", expressions, verbs::select)
    }

    /// Returns the rows for which every condition is true; where one is null the row goes.
    pub fn filter(&self, conditions: &[Expression]) -> Result<Self, FrameError> {
        self.verb("filter", conditions, verbs::filter)
    }

    /// Returns all columns and those that `expressions` give, which replace columns of the same name.
    ///
    /// Every expression sees the table as it is, not the columns added beside it.
    pub fn with_columns(&self, expressions: &[Expression]) -> Result<Self, FrameError> {
        self.verb("with_columns", expressions, verbs::with_columns)
    }

    /// Returns the table with other names for some columns: pairs of old and new.
    pub fn rename(&self, names: &[(String, String)]) -> Result<Self, FrameError> {
        let (old, new): (Vec<String>, Vec<String>) = names.iter().cloned().unzip();
        self.require(&old, "rename")?;
        let mut seen = std::collections::HashSet::new();
        for column in self.columns()? {
            let name = names
                .iter()
                .find(|(old, _)| *old == column)
                .map_or(column.clone(), |(_, new)| new.clone());
            if !seen.insert(name.clone()) {
                return Err(FrameError::DuplicateColumn { name, verb: "rename" });
            }
        }
        Self::derived(self.lazy().rename(old, new, true), &[self], "rename")
    }

    /// Returns the table without `names`.
    pub fn drop(&self, names: &[String]) -> Result<Self, FrameError> {
        self.require(names, "drop")?;
        Self::derived(self.lazy().drop(selector(names)), &[self], "drop")
    }

    /// Returns the table with other types for some columns; a value that does not fit is an error.
    pub fn cast(&self, dtypes: &[(String, DataType)]) -> Result<Self, FrameError> {
        let names: Vec<String> = dtypes.iter().map(|(name, _)| name.clone()).collect();
        self.require(&names, "cast")?;
        let casts: Vec<Expr> = dtypes
            .iter()
            .map(|(name, dtype)| col(name.as_str()).strict_cast(dtype.clone()))
            .collect();
        Self::derived(self.lazy().with_columns(casts), &[self], "cast")
    }

    /// Returns the table with every column as `dtype`.
    pub fn cast_all(&self, dtype: &DataType) -> Result<Self, FrameError> {
        let dtypes: Vec<_> = self
            .columns()?
            .into_iter()
            .map(|name| (name, dtype.clone()))
            .collect();
        self.cast(&dtypes)
    }

    /// Returns a table of one row with the number of missing values of each column.
    pub fn null_count(&self) -> Result<Self, FrameError> {
        let counts: Vec<Expr> = self
            .columns()?
            .iter()
            .map(|name| col(name.as_str()).null_count())
            .collect();
        if counts.is_empty() {
            return Ok(Self::planned(polars::prelude::DataFrame::empty().lazy()));
        }
        Self::derived(self.lazy().select(counts), &[self], "null_count")
    }
}

/// Names columns exactly, without reading `^…$` as a pattern.
pub(super) fn selector(names: &[String]) -> Selector {
    Selector::ByName {
        names: names.iter().map(|name| name.as_str().into()).collect(),
        strict: true,
    }
}
