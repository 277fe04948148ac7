//! [`Expr`]: an expression whose names and types are bound.
//!
//! Built by `bind`, turned into polars' expressions by `lower`. Columns are numbers, so that two tables with equal names
//! never meet.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use super::functions::Function;
pub(super) use super::tree::{
    Aggregate, Bound, CastHow, ColumnId, Expr, Frame, Kind, Literal, Order, Subquery, SubqueryKind, Unit,
    Window,
};

/// Compares what is computed, not where it is written.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.dtype == other.dtype && self.kind == other.kind
    }
}

/// Compares what comes of a value that does not fit, not who says to cast it.
impl PartialEq for CastHow {
    fn eq(&self, other: &Self) -> bool {
        matches!(self, Self::Try) == matches!(other, Self::Try)
    }
}

impl Expr {
    pub(super) fn new(kind: Kind, dtype: DataType, place: Span) -> Self {
        Self { kind, dtype, place }
    }

    pub(super) fn column(id: ColumnId, dtype: DataType) -> Self {
        Self::new(Kind::Column(id), dtype, Span::empty())
    }

    pub(super) fn literal(literal: Literal, dtype: DataType) -> Self {
        Self::new(Kind::Literal(literal), dtype, Span::empty())
    }

    pub(super) fn boolean(value: bool) -> Self {
        Self::literal(Literal::Bool(value), DataType::Boolean)
    }

    pub(super) fn bigint(value: i64) -> Self {
        Self::literal(Literal::Int(value), DataType::Int64)
    }

    /// Calls a function whose result type is known.
    pub(super) fn call(function: &'static Function, args: Vec<Self>, dtype: DataType) -> Self {
        let place = args.first().map_or(Span::empty(), |first| first.place);
        Self::new(Kind::Call { function, args }, dtype, place)
    }

    /// Returns the expression as another type, unless it has that already.
    #[must_use]
    pub(super) fn cast(self, dtype: &DataType, how: CastHow) -> Self {
        if self.dtype == *dtype {
            return self;
        }
        let place = self.place;
        let input = Box::new(self);
        Self::new(Kind::Cast { input, how }, dtype.clone(), place)
    }

    /// Returns the conjunction of conditions, true for none.
    pub(super) fn all(mut conditions: Vec<Self>) -> Self {
        match conditions.len() {
            0 => Self::boolean(true),
            1 => conditions.remove(0),
            _ => {
                let place = conditions.first().map_or(Span::empty(), |first| first.place);
                Self::new(Kind::And(conditions), DataType::Boolean, place)
            }
        }
    }

    /// Returns the conditions that all have to be true.
    pub(super) fn conjuncts(self) -> Vec<Self> {
        match self.kind {
            Kind::And(conditions) => conditions.into_iter().flat_map(Self::conjuncts).collect(),
            _ => vec![self],
        }
    }

    /// Returns the parts directly below; of a subquery the values that it is compared with, not its own.
    pub(super) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            Kind::Column(_) | Kind::Literal(_) => Vec::new(),
            Kind::Call { args, .. } | Kind::And(args) | Kind::Or(args) => args.iter_mut().collect(),
            Kind::Cast { input, .. } => vec![input],
            Kind::Case { branches, otherwise } => {
                let branches = branches.iter_mut().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref_mut()).collect()
            }
            Kind::Lambda { body, .. } => vec![body],
            Kind::Aggregate(call) => call.children_mut(),
            Kind::Window(window) => {
                let mut all = window.call.children_mut();
                all.extend(&mut window.partition);
                all.extend(window.order.iter_mut().map(|order| &mut order.expr));
                all
            }
            Kind::Subquery(subquery) => match &mut subquery.kind {
                SubqueryKind::Scalar | SubqueryKind::Exists => Vec::new(),
                SubqueryKind::In { left } => left.iter_mut().collect(),
                SubqueryKind::Quantified { left, .. } => vec![left],
            },
        }
    }

    /// Visits this and, unless told otherwise, the parts below, from the top.
    ///
    /// `visit` returns [`ControlFlow::Break`] where the parts below are not to be visited.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Self) -> ControlFlow<()>) {
        if visit(self).is_break() {
            return;
        }
        self.children().into_iter().for_each(|child| child.visit(visit));
    }

    /// Returns the parts directly below, as [`Self::children_mut`] does.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Column(_) | Kind::Literal(_) => Vec::new(),
            Kind::Call { args, .. } | Kind::And(args) | Kind::Or(args) => args.iter().collect(),
            Kind::Cast { input, .. } => vec![input],
            Kind::Case { branches, otherwise } => {
                let branches = branches.iter().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref()).collect()
            }
            Kind::Lambda { body, .. } => vec![body],
            Kind::Aggregate(call) => call.children(),
            Kind::Window(window) => {
                let mut all = window.call.children();
                all.extend(&window.partition);
                all.extend(window.order.iter().map(|order| &order.expr));
                all
            }
            Kind::Subquery(subquery) => match &subquery.kind {
                SubqueryKind::Scalar | SubqueryKind::Exists => Vec::new(),
                SubqueryKind::In { left } => left.iter().collect(),
                SubqueryKind::Quantified { left, .. } => vec![left],
            },
        }
    }

    /// Replaces this and the parts below, from the top: where `replace` gives something, that stands and is not looked into.
    pub(super) fn rewrite<E>(
        &mut self,
        replace: &mut dyn FnMut(&mut Self) -> Result<Option<Self>, E>,
    ) -> Result<(), E> {
        if let Some(other) = replace(self)? {
            *self = other;
            return Ok(());
        }
        self.children_mut()
            .into_iter()
            .try_for_each(|child| child.rewrite(replace))
    }

    /// Returns whether something is so of this or a part below.
    pub(super) fn any(&self, is_so: impl Fn(&Self) -> bool) -> bool {
        let mut found = false;
        self.visit(&mut |part| {
            found |= is_so(part);
            if found {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        found
    }

    /// Adds the columns that are read, those that subqueries read of queries around them included.
    pub(super) fn columns(&self, found: &mut BTreeSet<ColumnId>) {
        let mut own = Vec::new();
        self.visit(&mut |part| {
            match &part.kind {
                Kind::Column(id) => {
                    found.insert(*id);
                }
                Kind::Lambda { parameters, .. } => own.extend(parameters.iter().map(|(id, _)| *id)),
                Kind::Subquery(subquery) => found.extend(subquery.rel.free_columns()),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        for id in own {
            found.remove(&id);
        }
    }

    /// Returns the column that this is, if it is nothing else.
    pub(super) fn as_column(&self) -> Option<ColumnId> {
        match self.kind {
            Kind::Column(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Literal(Literal::Null))
    }
}

impl Aggregate {
    fn children(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = self.args.iter().collect();
        all.extend(self.filter.as_ref());
        all.extend(self.order.iter().map(|order| &order.expr));
        all
    }

    fn children_mut(&mut self) -> Vec<&mut Expr> {
        let mut all: Vec<&mut Expr> = self.args.iter_mut().collect();
        all.extend(self.filter.as_mut());
        all.extend(self.order.iter_mut().map(|order| &mut order.expr));
        all
    }
}
