//! Makes joins of subqueries: after it there is no [`Rel::Apply`].
//!
//! A subquery that reads its query only in conditions at its top is joined under these ([`pull`]). Any other is computed
//! once for each combination of the values that it reads ([`domain`]), and joined by them.

mod apply;
mod compare;
mod domain;
mod filter;
mod order;
mod pull;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use super::error::{SqlResult, unsupported};
use super::expr::{ColumnId, Expr, Kind, Literal};
use super::functions::function;
use super::rel::{Columns, Rel, Renumbered};

/// Replaces every `Apply` of a query.
pub(super) fn decorrelate(rel: Rel, columns: &mut Columns) -> SqlResult<Rel> {
    let shared = HashMap::new();
    Decorrelator { columns, shared }.rel(rel)
}

struct Decorrelator<'a> {
    columns: &'a mut Columns,
    /// What became of parts that are read in several places; the first is kept so that its address stays its own.
    shared: HashMap<*const Rel, (Arc<Rel>, Arc<Rel>)>,
}

/// A column of a subquery that has to equal something of the query around it.
#[derive(Debug, Clone)]
struct Link {
    inner: ColumnId,
    outer: Expr,
    nulls_equal: bool,
}

impl Decorrelator<'_> {
    fn rel(&mut self, rel: Rel) -> SqlResult<Rel> {
        match rel {
            Rel::Shared(shared) => {
                if let Some((_, known)) = self.shared.get(&Arc::as_ptr(&shared)) {
                    return Ok(Rel::Shared(known.clone()));
                }
                let made = Arc::new(self.rel((*shared).clone())?);
                let entry = (shared.clone(), made.clone());
                self.shared.insert(Arc::as_ptr(&shared), entry);
                Ok(Rel::Shared(made))
            }
            Rel::Filter { input, predicate } => self.filter(*input, predicate),
            Rel::Apply {
                input,
                subquery,
                kind,
            } => {
                let (input, subquery) = (self.rel(*input)?, self.rel(*subquery)?);
                self.apply(input, subquery, kind)
            }
            mut other => {
                for input in other.inputs_mut() {
                    *input = self.rel(std::mem::replace(input, Rel::unit()))?;
                }
                Ok(other)
            }
        }
    }

    /// Makes a column of a type.
    fn fresh(&mut self, dtype: DataType) -> ColumnId {
        self.columns.add("", dtype)
    }

    /// Makes another number for a column.
    fn copy(&mut self, id: ColumnId) -> ColumnId {
        let name = self.columns.name(id).to_owned();
        self.columns.add(name, self.columns.dtype(id))
    }

    /// Reads these columns of a part that is read elsewhere, too, under other numbers.
    fn reading(&mut self, shared: &Arc<Rel>, ids: &[ColumnId]) -> (Rel, Renumbered) {
        let mut copies = Renumbered::new();
        for id in ids {
            if !copies.contains_key(id) {
                copies.insert(*id, self.copy(*id));
            }
        }
        let columns = copies.iter().map(|(id, copy)| (*copy, self.columns.expr(*id)));
        let columns = columns.collect();
        let input = Box::new(Rel::Shared(shared.clone()));
        (Rel::Project { input, columns }, copies)
    }

    /// Returns the condition that a link is.
    fn condition(&self, link: &Link) -> SqlResult<Expr> {
        let args = vec![link.outer.clone(), self.columns.expr(link.inner)];
        call(if link.nulls_equal { "<=>" } else { "=" }, args)
    }

    /// Returns the conditions that links are.
    fn conditions(&self, links: &[Link]) -> SqlResult<Vec<Expr>> {
        links.iter().map(|link| self.condition(link)).collect()
    }
}

/// Calls a function of conditions.
fn call(name: &str, args: Vec<Expr>) -> SqlResult<Expr> {
    match function(name) {
        Some(function) => Ok(Expr::call(function, args, DataType::Boolean)),
        None => Err(unsupported(format!("`{name}`"), "", Span::empty())),
    }
}

fn null(dtype: &DataType) -> Expr {
    Expr::literal(Literal::Null, dtype.clone())
}

/// Makes a choice.
fn case(branches: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let dtype = otherwise.dtype.clone();
    let otherwise = Some(Box::new(otherwise));
    Expr::new(Kind::Case { branches, otherwise }, dtype, Span::empty())
}

/// Makes an expression read other columns.
fn renumber(expr: &mut Expr, copies: &Renumbered) {
    let done: Result<(), std::convert::Infallible> = expr.rewrite(&mut |part: &mut Expr| {
        if let Kind::Column(id) = &mut part.kind
            && let Some(copy) = copies.get(id)
        {
            *id = *copy;
        }
        Ok(None)
    });
    match done {
        Ok(()) => {}
        Err(never) => match never {},
    }
}
