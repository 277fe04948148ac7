//! The verbs of frames: `select`, `filter` and the like, whose arguments are expressions.
//!
//! Each expression is bound to the columns of one frame. Where a row alone gives its value, polars computes it in the
//! frame's own plan; windows and aggregates get steps of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::{
    DataType, Expr as PolarsExpr, LazyFrame, PlSmallStr, Schema, SchemaRef, SortMultipleOptions, col,
};
use sqlparser::ast;

use super::bind::{Binder, Catalog, as_condition};
use super::error::{SqlError, SqlErrorKind};
use super::expr::{Bound, ColumnId, Expr, Frame as Rows, Kind, Unit, Window};
use super::lower::{Lowering, lowered, polars_name};
use super::rel::{Rel, Table};
use super::scope::Scope;
use super::typed::TypedExpression;

/// An argument of a verb.
#[derive(Debug, Clone, Copy)]
pub(in crate::frame) struct Item<'a> {
    /// `None` for `*`.
    pub(in crate::frame) ast: Option<&'a ast::Expr>,
    pub(in crate::frame) alias: Option<&'a str>,
}

/// What is wrong, and with which argument.
#[derive(Debug)]
pub(in crate::frame) struct Fault {
    pub(in crate::frame) item: usize,
    pub(in crate::frame) error: SqlError,
}

/// How a verb fails.
#[derive(Debug)]
pub(in crate::frame) enum VerbError {
    Fault(Fault),
    /// Two columns of the result have this name.
    Twice(String),
}

/// A frame that expressions are about.
pub(in crate::frame) struct Subject<'a> {
    pub(in crate::frame) plan: LazyFrame,
    pub(in crate::frame) schema: &'a Schema,
}

/// No tables: an expression reads its frame.
struct Nothing;

impl Catalog for Nothing {
    fn table(&self, _name: &str) -> Result<Option<(Table, SchemaRef)>, SqlError> {
        Ok(None)
    }

    fn tables(&self) -> Vec<String> {
        Vec::new()
    }

    fn parameter(&self, _name: &str) -> Option<Expr> {
        None
    }
}

/// A frame's columns as a binder sees them.
struct Work<'a> {
    subject: Subject<'a>,
    binder: Binder<'a>,
    /// The frame's columns in their order.
    own: Vec<(ColumnId, PlSmallStr)>,
}

impl<'a> Work<'a> {
    fn new(subject: Subject<'a>) -> Self {
        let mut binder = Binder::of_expressions(&Nothing);
        let own: Vec<(ColumnId, PlSmallStr)> = subject
            .schema
            .iter()
            .map(|(name, dtype)| (binder.columns.add(name.as_str(), dtype.clone()), name.clone()))
            .collect();
        let named = own.iter().map(|(id, name)| (name.to_string(), *id));
        binder.enter(Scope::of(None, named));
        Self { subject, binder, own }
    }

    fn bind(&mut self, items: &[Item<'_>]) -> Result<Vec<(String, Expr)>, VerbError> {
        let mut bound = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(ast) = item.ast else {
                let all = self
                    .own
                    .iter()
                    .map(|(id, name)| (name.to_string(), self.binder.columns.expr(*id)));
                bound.extend(all);
                continue;
            };
            let expr = self
                .binder
                .expr(ast)
                .and_then(|bound| self.binder.check_depth(&bound).map(|()| bound))
                .map_err(|error| VerbError::Fault(Fault { item: index, error }))?;
            let name = match item.alias {
                Some(alias) => alias.to_owned(),
                None => super::bind::names::name(&expr, &self.binder.columns),
            };
            bound.push((name, expr));
        }
        Ok(bound)
    }

    /// Returns the frame as a step, whose columns are numbers.
    fn scan(&self) -> Rel {
        let table = Table {
            name: String::new(),
            plan: Arc::new(self.subject.plan.clone()),
        };
        Rel::Scan {
            table,
            columns: self.own.clone(),
        }
    }

    /// Makes polars' expression over the frame's own columns.
    fn lowered(&self, expr: &Expr) -> PolarsExpr {
        let names: BTreeMap<PlSmallStr, &PlSmallStr> = self
            .own
            .iter()
            .map(|(id, name)| (polars_name(*id), name))
            .collect();
        let lowered = lowered(expr);
        lowered.map_expr(|part| match &part {
            PolarsExpr::Column(name) => match names.get(name) {
                Some(own) => PolarsExpr::Column((*own).clone()),
                None => part,
            },
            _ => part,
        })
    }

    /// Makes the plan of a step, with these columns of it under these names.
    fn plan(&self, rel: &Rel, outputs: &[(String, ColumnId)]) -> LazyFrame {
        let plan = Lowering::new(&self.binder.columns).rel(rel);
        plan.select(
            outputs
                .iter()
                .map(|(name, id)| col(polars_name(*id)).alias(name.as_str()))
                .collect::<Vec<_>>(),
        )
    }

    /// Makes an aggregate one over all rows, beside each of them.
    fn over_all(exprs: &mut [&mut Expr]) {
        for expr in exprs {
            let made: Result<(), std::convert::Infallible> = expr.rewrite(&mut |part: &mut Expr| {
                let Kind::Aggregate(call) = &part.kind else {
                    // What is in a window function already is one.
                    return Ok(matches!(part.kind, Kind::Window(_)).then(|| part.clone()));
                };
                let frame = Rows {
                    unit: Unit::Rows,
                    start: Bound::UnboundedPreceding,
                    end: Bound::UnboundedFollowing,
                };
                let window = Window {
                    call: (**call).clone(),
                    partition: Vec::new(),
                    order: Vec::new(),
                    frame,
                };
                Ok(Some(Expr::new(
                    Kind::Window(Box::new(window)),
                    part.dtype.clone(),
                    part.place,
                )))
            });
            match made {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
    }
}

fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Aggregate(_))
}

fn is_set(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Aggregate(_) | Kind::Window(_))
}

/// Returns whether an expression has a column outside of aggregates.
fn reads_row(expr: &Expr) -> bool {
    let mut reads = false;
    expr.visit(&mut |part| {
        reads |= matches!(part.kind, Kind::Column(_) | Kind::Window(_));
        if is_set(part) {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    });
    reads
}

fn whole(error: SqlError) -> VerbError {
    VerbError::Fault(Fault { item: 0, error })
}

fn unique(names: impl Iterator<Item = String>) -> Result<(), VerbError> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(VerbError::Twice(name));
        }
    }
    Ok(())
}

/// Returns the columns that the items give. Aggregates alone give one row; beside a column they are repeated.
pub(in crate::frame) fn select(subject: Subject<'_>, items: &[Item<'_>]) -> Result<LazyFrame, VerbError> {
    let mut work = Work::new(subject);
    let mut bound = work.bind(items)?;
    unique(bound.iter().map(|(name, _)| name.clone()))?;
    let aggregates = bound.iter().any(|(_, expr)| expr.any(is_aggregate));
    if aggregates && !bound.iter().any(|(_, expr)| reads_row(expr)) {
        return grouped(work, Vec::new(), bound);
    }
    Work::over_all(&mut bound.iter_mut().map(|(_, expr)| expr).collect::<Vec<_>>());
    if !bound.iter().any(|(_, expr)| expr.any(is_set)) {
        let is_constant = bound.iter().all(|(_, expr)| !reads_row(expr));
        let exprs: Vec<PolarsExpr> = bound
            .iter()
            .map(|(name, expr)| work.lowered(expr).alias(name.as_str()))
            .collect();
        if is_constant && !bound.is_empty() {
            // One value for each row.
            let names: Vec<PolarsExpr> = bound.iter().map(|(name, _)| col(name.as_str())).collect();
            return Ok(work.subject.plan.clone().with_columns(exprs).select(names));
        }
        return Ok(work.subject.plan.clone().select(exprs));
    }
    let rel = work.scan();
    let rel = work
        .binder
        .windowed(rel, bound.iter_mut().map(|(_, expr)| expr).collect())
        .map_err(whole)?;
    let mut columns = Vec::new();
    let mut outputs = Vec::new();
    for (name, expr) in bound {
        let id = work.binder.columns.add(&name, expr.dtype.clone());
        columns.push((id, expr));
        outputs.push((name, id));
    }
    let rel = Rel::Project {
        input: Box::new(rel),
        columns,
    };
    Ok(work.plan(&rel, &outputs))
}

/// Returns all columns and those that the items give, which take the place of columns of the same name.
pub(in crate::frame) fn with_columns(
    subject: Subject<'_>,
    items: &[Item<'_>],
) -> Result<LazyFrame, VerbError> {
    let mut work = Work::new(subject);
    let mut bound = work.bind(items)?;
    for ((name, expr), item) in bound.iter_mut().zip(items) {
        // Without a name of its own, what is made of a column takes its place.
        if item.alias.is_none()
            && item.ast.is_some()
            && let Some(root) = first_column(expr)
        {
            work.binder.columns.name(root).clone_into(name);
        }
    }
    unique(bound.iter().map(|(name, _)| name.clone()))?;
    Work::over_all(&mut bound.iter_mut().map(|(_, expr)| expr).collect::<Vec<_>>());
    if !bound.iter().any(|(_, expr)| expr.any(is_set)) {
        let exprs: Vec<PolarsExpr> = bound
            .iter()
            .map(|(name, expr)| work.lowered(expr).alias(name.as_str()))
            .collect();
        return Ok(work.subject.plan.clone().with_columns(exprs));
    }
    let rel = work.scan();
    let rel = work
        .binder
        .windowed(rel, bound.iter_mut().map(|(_, expr)| expr).collect())
        .map_err(whole)?;
    let mut outputs: Vec<(String, ColumnId)> = work
        .own
        .iter()
        .map(|(id, name)| (name.to_string(), *id))
        .collect();
    let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
    for (name, expr) in bound {
        let id = work.binder.columns.add(&name, expr.dtype.clone());
        columns.push((id, expr));
        match outputs.iter_mut().find(|(other, _)| *other == name) {
            Some((_, place)) => *place = id,
            None => outputs.push((name, id)),
        }
    }
    let rel = Rel::Extend {
        input: Box::new(rel),
        columns,
    };
    Ok(work.plan(&rel, &outputs))
}

/// Returns the first column that an expression reads, in the order of its text.
fn first_column(expr: &Expr) -> Option<ColumnId> {
    let mut first: Option<ColumnId> = None;
    expr.visit(&mut |part| {
        if first.is_none() {
            first = part.as_column();
        }
        std::ops::ControlFlow::Continue(())
    });
    first
}

/// Returns the rows for which every condition is true.
pub(in crate::frame) fn filter(subject: Subject<'_>, items: &[Item<'_>]) -> Result<LazyFrame, VerbError> {
    let mut work = Work::new(subject);
    let mut bound = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let fault = |error| VerbError::Fault(Fault { item: index, error });
        let [(_, expr)] = work
            .bind(std::slice::from_ref(item))
            .map_err(|error| at(error, index))?
            .try_into()
            .map_err(|_| {
                let kind = SqlErrorKind::NotBoolean {
                    clause: "the condition",
                    found: "several columns".to_owned(),
                };
                fault(kind.at(sqlparser::tokenizer::Span::empty()))
            })?;
        bound.push(as_condition(expr, "the condition").map_err(fault)?);
    }
    Work::over_all(&mut bound.iter_mut().collect::<Vec<_>>());
    if !bound.iter().any(|expr| expr.any(is_set)) {
        let plan = work.subject.plan.clone();
        return Ok(bound
            .iter()
            .fold(plan, |plan, expr| plan.filter(work.lowered(expr))));
    }
    let rel = work.scan();
    let rel = work
        .binder
        .windowed(rel, bound.iter_mut().collect())
        .map_err(whole)?;
    let rel = Rel::Filter {
        input: Box::new(rel),
        predicate: Expr::all(bound),
    };
    let outputs: Vec<(String, ColumnId)> = work
        .own
        .iter()
        .map(|(id, name)| (name.to_string(), *id))
        .collect();
    Ok(work.plan(&rel, &outputs))
}

fn at(error: VerbError, item: usize) -> VerbError {
    match error {
        VerbError::Fault(fault) => VerbError::Fault(Fault { item, ..fault }),
        VerbError::Twice(name) => VerbError::Twice(name),
    }
}

/// Returns the rows in the order of the items; equal ones keep theirs.
pub(in crate::frame) fn sort(
    subject: Subject<'_>,
    items: &[Item<'_>],
    options: SortMultipleOptions,
) -> Result<LazyFrame, VerbError> {
    let mut work = Work::new(subject);
    let mut bound = work.bind(items)?;
    Work::over_all(&mut bound.iter_mut().map(|(_, expr)| expr).collect::<Vec<_>>());
    if !bound.iter().any(|(_, expr)| expr.any(is_set)) {
        let keys: Vec<PolarsExpr> = bound.iter().map(|(_, expr)| work.lowered(expr)).collect();
        return Ok(work.subject.plan.clone().sort_by_exprs(keys, options));
    }
    let rel = work.scan();
    let rel = work
        .binder
        .windowed(rel, bound.iter_mut().map(|(_, expr)| expr).collect())
        .map_err(whole)?;
    let lowering = &mut Lowering::new(&work.binder.columns);
    let keys: Vec<PolarsExpr> = bound.iter().map(|(_, expr)| lowered(expr)).collect();
    let own = work
        .own
        .iter()
        .map(|(id, name)| col(polars_name(*id)).alias(name.as_str()));
    Ok(lowering
        .rel(&rel)
        .sort_by_exprs(keys, options)
        .select(own.collect::<Vec<_>>()))
}

/// Returns one row for each group: its keys, then what the items give for it.
pub(in crate::frame) fn group(
    subject: Subject<'_>,
    keys: &[Item<'_>],
    items: &[Item<'_>],
) -> Result<LazyFrame, VerbError> {
    let mut work = Work::new(subject);
    let keys = work.bind(keys)?;
    let bound = work.bind(items).map_err(|error| match error {
        VerbError::Fault(fault) => VerbError::Fault(Fault {
            item: fault.item + keys.len(),
            ..fault
        }),
        VerbError::Twice(name) => VerbError::Twice(name),
    })?;
    let all = keys.iter().chain(&bound).map(|(name, _)| name.clone());
    unique(all)?;
    grouped(work, keys, bound)
}

fn grouped(
    mut work: Work<'_>,
    keys: Vec<(String, Expr)>,
    items: Vec<(String, Expr)>,
) -> Result<LazyFrame, VerbError> {
    let key_exprs: Vec<Expr> = keys.iter().map(|(_, expr)| expr.clone()).collect();
    let scan = work.scan();
    let offset = keys.len();
    let bound = work
        .binder
        .grouped_items(scan, key_exprs, keys.into_iter().chain(items).collect());
    let bound = bound.map_err(|error| VerbError::Fault(Fault { item: offset, error }))?;
    let outputs: Vec<(String, ColumnId)> = bound
        .outputs
        .into_iter()
        .map(|output| (output.name, output.id))
        .collect();
    Ok(work.plan(&bound.rel, &outputs))
}

/// Returns polars' expressions of items whose values come from a row alone, with their types.
pub(in crate::frame) fn columns(
    subject: Subject<'_>,
    items: &[Item<'_>],
) -> Result<Vec<(String, PolarsExpr, DataType)>, VerbError> {
    let mut work = Work::new(subject);
    let bound = work.bind(items)?;
    let mut made = Vec::new();
    for (index, (name, expr)) in bound.into_iter().enumerate() {
        if expr.any(is_set) {
            let kind = SqlErrorKind::Misplaced {
                what: "an aggregate or a window function",
                clause: "a key",
                instead: "compute it with with_columns first",
            };
            return Err(VerbError::Fault(Fault {
                item: index,
                error: kind.at(expr.place),
            }));
        }
        made.push((name, work.lowered(&expr), expr.dtype));
    }
    Ok(made)
}

/// Returns items as data, for what prints them in another dialect.
pub(in crate::frame) fn typed(
    subject: Subject<'_>,
    items: &[Item<'_>],
) -> Result<Vec<TypedExpression>, VerbError> {
    let mut work = Work::new(subject);
    let bound = work.bind(items)?;
    let names: BTreeMap<ColumnId, &PlSmallStr> = work.own.iter().map(|(id, name)| (*id, name)).collect();
    Ok(bound
        .iter()
        .map(|(_, expr)| TypedExpression::of(expr, &names))
        .collect())
}
