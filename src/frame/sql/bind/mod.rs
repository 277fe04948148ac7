//! [`Binder`]: a parsed query → bound steps. Every name becomes a column, every expression gets a type, every fault a place.
//!
//! Nothing is run here, and polars is not asked.

mod call;
mod depth;
mod expression;
mod extract;
mod from;
mod generator;
mod literal;
mod maps;
pub(super) mod names;
mod pivot;
mod query;
mod select;
mod subquery;
mod unpivot;
mod window;

use std::ops::ControlFlow;
use std::sync::Arc;

use polars::prelude::SchemaRef;
use sqlparser::ast::{self, Ident, Spanned as _};
use sqlparser::tokenizer::Span;

use super::error::{SqlError, SqlErrorKind, SqlResult};
use super::expr::{ColumnId, Expr, Kind};
use super::rel::{Columns, Rel, Table};
use super::scope::Scope;

/// What a query can read.
pub(super) trait Catalog {
    /// Returns a table by its name, and its columns.
    fn table(&self, name: &str) -> Result<Option<(Table, SchemaRef)>, SqlError>;

    /// Returns the names of all tables.
    fn tables(&self) -> Vec<String>;

    /// Returns the value of a parameter: `:day` is called `day`.
    fn parameter(&self, name: &str) -> Option<Expr>;
}

/// A bound query.
#[derive(Debug, Clone)]
pub(super) struct BoundQuery {
    pub(super) rel: Rel,
    pub(super) outputs: Vec<OutputColumn>,
}

/// A column of a query's result.
#[derive(Debug, Clone)]
pub(super) struct OutputColumn {
    pub(super) name: String,
    pub(super) id: ColumnId,
}

/// Binds one text.
pub(super) struct Binder<'a> {
    pub(super) columns: Columns,
    catalog: &'a dyn Catalog,
    /// What names can mean; the query around comes before the one in it.
    scopes: Vec<Scope>,
    /// `WITH`; later ones hide earlier ones.
    ctes: Vec<Cte>,
    /// `WINDOW` of the queries that are being bound.
    windows: Vec<(String, ast::NamedWindowExpr)>,
    /// The parameters of the lambdas around.
    lambdas: Vec<(String, ColumnId)>,
    /// The names of the columns that the query gives, which names may mean here.
    outputs: Vec<Vec<(String, Expr)>>,
    /// How they are meant.
    reads_outputs: Reads,
    recursions: u32,
    /// How many common table expressions are computed so far, each once for every place that reads it.
    readings: u64,
    /// How many parts the expressions have so far.
    parts: usize,
    /// What may stand where an expression is bound.
    allowed: Allowed,
}

/// Whether names can mean columns of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    No,
    /// Where no column of a table has the name.
    Last,
    /// Before the columns of tables.
    First,
}

/// What may stand in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Allowed {
    clause: &'static str,
    aggregates: bool,
    windows: bool,
    subqueries: bool,
}

/// How often common table expressions may be read, those that others read multiplied.
const MOST_READINGS: u64 = 2_000;

/// A common table expression.
#[derive(Debug, Clone)]
struct Cte {
    name: String,
    rel: Arc<Rel>,
    outputs: Vec<OutputColumn>,
    /// How many common table expressions are computed for one reading of it.
    weight: u64,
}

impl<'a> Binder<'a> {
    pub(super) fn new(catalog: &'a dyn Catalog) -> Self {
        Self {
            columns: Columns::default(),
            catalog,
            scopes: Vec::new(),
            ctes: Vec::new(),
            windows: Vec::new(),
            lambdas: Vec::new(),
            outputs: Vec::new(),
            reads_outputs: Reads::No,
            recursions: 0,
            readings: 0,
            parts: 0,
            allowed: Allowed {
                clause: "an expression",
                aggregates: true,
                windows: true,
                subqueries: true,
            },
        }
    }

    /// Makes a binder of expressions, in which no queries may stand.
    pub(super) fn of_expressions(catalog: &'a dyn Catalog) -> Self {
        let mut binder = Self::new(catalog);
        binder.allowed.subqueries = false;
        binder
    }

    /// Lets names mean the columns of a scope from now on.
    pub(super) fn enter(&mut self, scope: Scope) {
        self.scopes.push(scope);
    }

    /// Binds an expression where these may stand.
    fn expr_in(
        &mut self,
        expr: &ast::Expr,
        clause: &'static str,
        aggregates: bool,
        windows: bool,
    ) -> SqlResult<Expr> {
        let allowed = Allowed {
            clause,
            aggregates,
            windows,
            subqueries: self.allowed.subqueries,
        };
        let before = std::mem::replace(&mut self.allowed, allowed);
        let bound = self.expr(expr);
        self.allowed = before;
        let bound = bound?;
        self.check_depth(&bound)?;
        Ok(bound)
    }

    /// Binds a condition.
    fn condition(
        &mut self,
        expr: &ast::Expr,
        clause: &'static str,
        aggregates: bool,
        windows: bool,
    ) -> SqlResult<Expr> {
        let bound = self.expr_in(expr, clause, aggregates, windows)?;
        as_condition(bound, clause)
    }

    /// Runs `work` with names that mean the columns of `scope` first.
    fn within<T>(&mut self, scope: Scope, work: impl FnOnce(&mut Self) -> SqlResult<T>) -> SqlResult<T> {
        self.scopes.push(scope);
        let done = work(self);
        self.scopes.pop();
        done
    }

    /// Finds what a name means, and how many of its parts that took.
    fn resolve(&self, parts: &[Ident]) -> SqlResult<(Expr, usize)> {
        let place = place_of(parts);
        let at = |mut expr: Expr| {
            expr.place = place;
            expr
        };
        let first = parts.first().map_or("", |part| part.value.as_str());
        if let Some((_, id)) = self.lambdas.iter().rev().find(|(name, _)| name == first) {
            return Ok((at(self.columns.expr(*id)), 1));
        }
        let output = || self.output(first).transpose().map(|found| Ok((at(found?), 1)));
        if self.reads_outputs == Reads::First
            && let Some(found) = output()
        {
            return found.map_err(|kind: SqlErrorKind| kind.at(place));
        }
        let mut found = None;
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            if let Some(one) = scope.find(parts)? {
                found = Some(one);
                break;
            }
            if depth == 0
                && self.reads_outputs == Reads::Last
                && let Some(found) = output()
            {
                return found.map_err(|kind: SqlErrorKind| kind.at(place));
            }
        }
        if let Some(found) = found {
            Ok((at(self.columns.expr(found.id)), found.parts))
        } else {
            let nothing = Scope::default();
            let scope = self.scopes.last().unwrap_or(&nothing);
            Err(scope.unknown(parts).at(place))
        }
    }

    /// Finds a column of the result by its name.
    fn output(&self, name: &str) -> Result<Option<Expr>, SqlErrorKind> {
        let Some(outputs) = self.outputs.last() else {
            return Ok(None);
        };
        let is_near = |output: &str| output.to_lowercase() == name.to_lowercase();
        let has_exact = outputs.iter().any(|(output, _)| output == name);
        let named = outputs.iter().enumerate().filter(|(_, (output, _))| {
            if has_exact {
                output == name
            } else {
                is_near(output)
            }
        });
        let named: Vec<(usize, &Expr)> = named.map(|(index, (_, expr))| (index, expr)).collect();
        let Some((_, first)) = named.first() else {
            return Ok(None);
        };
        if named.iter().all(|(_, expr)| expr == first) {
            return Ok(Some((*first).clone()));
        }
        let candidates = named
            .iter()
            .map(|(index, _)| format!("column {} of the result", index + 1));
        Err(SqlErrorKind::Ambiguous {
            name: name.to_owned(),
            candidates: candidates.collect(),
        })
    }

    /// Returns whether a column is of the query that is being bound, not of one around it.
    fn is_local(&self, id: ColumnId) -> bool {
        self.scopes
            .last()
            .is_some_and(|scope| scope.columns.iter().any(|column| column.id == id))
    }
}

/// Makes sure that an expression is true or false.
pub(super) fn as_condition(bound: Expr, clause: &'static str) -> SqlResult<Expr> {
    use polars::prelude::DataType;
    match bound.dtype {
        DataType::Boolean => Ok(bound),
        // As in Spark, which takes NULL in WHERE.
        DataType::Null if clause != "ON" => {
            Ok(bound.cast(&DataType::Boolean, super::expr::CastHow::Implicit))
        }
        ref other => {
            let found = super::types::sql_name(other);
            Err(SqlErrorKind::NotBoolean { clause, found }.at(bound.place))
        }
    }
}

/// Returns the place of a name of several parts.
fn place_of(parts: &[Ident]) -> Span {
    parts
        .iter()
        .fold(Span::empty(), |place, part| place.union(&part.span))
}

/// Returns the place of an expression of the parser.
fn span(expr: &ast::Expr) -> Span {
    expr.span()
}

/// Refuses aggregates, window functions and the like in an expression that is bound already.
fn refuse(
    expr: &Expr,
    what: &'static str,
    clause: &'static str,
    instead: &'static str,
    is_one: fn(&Expr) -> bool,
) -> SqlResult<()> {
    let mut found = None;
    expr.visit(&mut |part| {
        if found.is_none() && is_one(part) {
            found = Some(part.place);
        }
        ControlFlow::Continue(())
    });
    match found {
        Some(place) => Err(SqlErrorKind::Misplaced {
            what,
            clause,
            instead,
        }
        .at(place)),
        None => Ok(()),
    }
}

/// Returns whether an expression is an aggregate itself.
fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Aggregate(_))
}

/// Returns whether an expression is a window function itself.
fn is_window(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Window(_))
}
