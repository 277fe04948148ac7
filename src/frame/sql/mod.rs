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
mod types;
pub(super) mod verbs;
mod written;

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{LazyFrame, SchemaRef, col};
use sqlparser::ast;

pub use self::canonical::canonical_query;
pub use self::error::{SqlError, SqlErrorKind};
pub(super) use self::functions::kernels::failure;
pub use self::functions::{FunctionSummary, sql_functions};
pub(super) use self::names::table_names;
pub(super) use self::outline::steps;
pub use self::parameters::{ParameterPlace, parameter_names, with_parameters};
pub(super) use self::parse::{Written, expression, tokens};
pub(super) use self::types::short_name;
pub(super) use self::written::{columns_named, functions_of, query_in, reads_other_rows, size};

use self::bind::{Binder, Catalog};
use self::lower::{Lowering, polars_name};
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

/// Plans a query. Of two result columns of one name the second gets `_1` behind it, the third `_2`.
pub(super) fn plan(text: &str, tables: &Tables) -> Result<LazyFrame, SqlError> {
    Ok(planned(text, tables)?.0)
}

/// Plans a query, and returns the names of its columns as the query gives them, equal ones too.
pub(super) fn planned(text: &str, tables: &Tables) -> Result<(LazyFrame, Vec<String>), SqlError> {
    let query = match parse::statement(text)? {
        ast::Statement::Query(query) => query,
        other => return Err(statement::not_a_query(&other)),
    };
    let mut binder = Binder::new(tables);
    let bound = binder.query(&query)?;
    let mut columns = binder.columns;
    let rel = decorrelate::decorrelate(bound.rel, &mut columns)?;
    let plan = Lowering::new(&columns).rel(&rel);
    let names = numbered(bound.outputs.iter().map(|output| output.name.as_str()));
    let outputs = bound
        .outputs
        .iter()
        .zip(names)
        .map(|(output, name)| col(polars_name(output.id)).alias(name));
    let plan = plan.select(outputs.collect::<Vec<_>>());
    let names = bound.outputs.iter().map(|output| output.name.clone());
    Ok((plan, names.collect()))
}

/// Makes names different.
fn numbered<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut taken: std::collections::HashSet<String> = names.clone().map(str::to_owned).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut made = Vec::new();
    for name in names {
        let count = counts.entry(name).or_default();
        let mut new = name.to_owned();
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
