//! SQL: text → a plan that polars runs.
//!
//! ```text
//! text ─parse─▶ tree ─bind─▶ Rel, Expr ─decorrelate─▶ Rel ─lower─▶ polars' plan
//! ```
//!
//! The dialect is Spark's. `bind` finds what names mean and what types expressions have, and says what is wrong where;
//! behind it nothing can be wrong but values. Reads the tables that it is given, and nothing else.

mod bind;
mod conditions;
mod decorrelate;
mod error;
mod expr;
mod functions;
mod lower;
mod moments;
mod parse;
mod rel;
mod scope;
mod statement;
mod types;

use std::sync::Arc;

use polars::prelude::{LazyFrame, SchemaRef, col};
use sqlparser::ast;

pub use self::error::{SqlError, SqlErrorKind};

use self::bind::{Binder, Catalog};
use self::lower::{Lowering, polars_name};
use self::rel::Table;

/// The tables and parameters of a query.
pub struct Tables {
    pub tables: Vec<(String, LazyFrame, SchemaRef)>,
}

impl Catalog for Tables {
    fn table(&self, name: &str) -> Result<Option<(Table, SchemaRef)>, SqlError> {
        let exact = self.tables.iter().find(|(table, _, _)| table == name);
        let found = exact.or_else(|| {
            self.tables
                .iter()
                .find(|(table, _, _)| table.eq_ignore_ascii_case(name))
        });
        Ok(found.map(|(name, plan, schema)| {
            (
                Table {
                    name: name.clone(),
                    plan: Arc::new(plan.clone()),
                },
                schema.clone(),
            )
        }))
    }

    fn tables(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _, _)| name.clone()).collect()
    }

    fn parameter(&self, _name: &str) -> Option<expr::Expr> {
        None
    }
}

/// Plans a query.
pub fn plan(text: &str, tables: &Tables) -> Result<LazyFrame, SqlError> {
    let query = match parse::statement(text)? {
        ast::Statement::Query(query) => query,
        other => return Err(statement::not_a_query(&other)),
    };
    let mut binder = Binder::new(tables);
    let bound = binder.query(&query)?;
    let mut columns = binder.columns;
    let rel = decorrelate::decorrelate(bound.rel, &mut columns)?;
    let plan = Lowering::new(&columns).rel(&rel);
    let mut taken = std::collections::HashMap::new();
    let outputs = bound.outputs.iter().map(|output| {
        let count: &mut usize = taken.entry(output.name.clone()).or_default();
        let name = if *count == 0 {
            output.name.clone()
        } else {
            format!("{}_{count}", output.name)
        };
        *count += 1;
        col(polars_name(output.id)).alias(name)
    });
    Ok(plan.select(outputs.collect::<Vec<_>>()))
}

/// Shown by the scratch program.
pub fn timestamp_shown(micros: i64) -> String {
    moments::timestamp_text(micros)
}

/// Shown by the scratch program.
pub fn decimal_shown(value: i128, scale: usize) -> String {
    moments::decimal(value, scale)
}
