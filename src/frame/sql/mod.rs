//! SQL: text → a plan that polars runs.
//!
//! ```text
//! text ─parse─▶ tree ─bind─▶ Rel, Expr ─decorrelate─▶ Rel ─lower─▶ polars' plan
//! ```
//!
//! The dialect is Spark's. `bind` finds what names mean and what types expressions have, and says what is wrong where;
//! behind it nothing can be wrong but values. Reads the tables that it is given, and nothing else.

mod aggregation;
mod bind;
mod canonical;
mod conditions;
mod decorrelate;
mod error;
mod expr;
mod functions;
#[cfg(test)]
mod hostile;
mod lower;
pub(super) mod moments;
mod names;
mod outline;
mod parameters;
pub(super) mod parse;
mod rel;
mod scope;
mod statement;
mod tree;
mod typed;
mod types;
pub(super) mod verbs;
mod written;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use polars::prelude::{LazyFrame, Schema, SchemaRef, col};
use sqlparser::ast;

pub use self::canonical::canonical_query;
pub use self::error::{SqlError, SqlErrorKind};
pub(super) use self::functions::kernels::failure;
pub use self::functions::{FunctionSummary, sql_functions};
pub use self::names::TableNames;
pub(super) use self::names::table_names;
pub(super) use self::outline::steps;
pub(super) use self::parameters::filled_name;
pub use self::parameters::{FilledQuery, ParameterPlace, parameter_names, with_parameters};
pub(super) use self::parse::{PlacedToken, Written, expression, name_parts, offset, placed_tokens};
pub(crate) use self::typed::{TypedExpression, TypedKind};
pub(super) use self::types::short_name;
pub(super) use self::written::{columns_named, functions_of, query_in, reads_other_rows, size};

use self::bind::{Binder, Catalog};
use self::lower::{Lowering, polars_name};
use self::names::TableName;
use self::rel::Table;

/// The tables of a query: name, plan and columns of each.
pub(in crate::frame) struct Tables {
    pub(super) tables: Vec<(String, LazyFrame, SchemaRef)>,
}

impl Catalog for Tables {
    fn table(&self, name: &str) -> Result<Option<(Table, SchemaRef)>, SqlError> {
        let exact = self.tables.iter().find(|(table, _, _)| table == name);
        let found = exact.or_else(|| {
            let near = |(table, _, _): &&(String, LazyFrame, SchemaRef)| table.eq_ignore_ascii_case(name);
            self.tables.iter().find(near)
        });
        Ok(found.map(|(name, plan, schema)| {
            let table = Table {
                name: name.clone(),
                plan: Arc::new(plan.clone()),
            };
            (table, schema.clone())
        }))
    }

    fn tables(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _, _)| name.clone()).collect()
    }

    fn parameter(&self, _name: &str) -> Option<expr::Expr> {
        None
    }
}

/// A query that has been read.
pub(super) struct ParsedQuery {
    query: Box<ast::Query>,
    tables: Vec<TableName>,
}

impl ParsedQuery {
    /// Reads a query.
    pub(super) fn parse(text: &str) -> Result<Self, SqlError> {
        let statement = parse::statement(text)?;
        let tables = names::tables_of(&statement);
        match statement {
            ast::Statement::Query(query) => Ok(Self { query, tables }),
            other => Err(statement::not_a_query(&other)),
        }
    }

    /// Returns the tables that it reads, as [`table_names`] does.
    pub(super) fn tables(&self) -> &[TableName] {
        &self.tables
    }

    /// Plans it.
    pub(super) fn plan(&self, tables: &Tables) -> Result<QueryPlan, SqlError> {
        let mut binder = Binder::new(tables);
        let bound = binder.query(&self.query)?;
        let mut columns = binder.columns;
        let rel = decorrelate::decorrelate(bound.rel, &mut columns)?;
        let plan = Lowering::new(&columns).query(&rel);
        let names: Vec<String> = bound.outputs.iter().map(|output| output.name.clone()).collect();
        let mut schema = Schema::with_capacity(names.len());
        let mut outputs = Vec::with_capacity(names.len());
        for (output, name) in bound.outputs.iter().zip(numbered(&names)) {
            outputs.push(col(polars_name(output.id)).alias(name.as_str()));
            schema.insert(name.into(), columns.dtype(output.id));
        }
        Ok(QueryPlan {
            plan: plan.select(outputs),
            names,
            schema: Arc::new(schema),
        })
    }
}

/// A planned query.
pub(super) struct QueryPlan {
    pub(super) plan: LazyFrame,
    /// The names of its columns as the query gives them, equal ones too.
    pub(super) names: Vec<String>,
    /// Its columns: of two of one name the second has `_1` behind it, the third `_2`.
    pub(super) schema: SchemaRef,
}

/// Plans a query.
#[cfg(test)]
fn plan(text: &str, tables: &Tables) -> Result<LazyFrame, SqlError> {
    Ok(ParsedQuery::parse(text)?.plan(tables)?.plan)
}

/// Makes names different.
fn numbered(names: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut made = Vec::new();
    for name in names {
        let count = counts.entry(name).or_default();
        let mut new = name.clone();
        while *count > 0 {
            new = format!("{name}_{count}");
            if taken.insert(new.clone()) {
                break;
            }
            *count += 1;
        }
        *count += 1;
        made.push(new);
    }
    made
}
