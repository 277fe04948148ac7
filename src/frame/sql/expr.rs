//! [`Expr`]: an expression whose names and types are bound.
//!
//! Built by `bind`, turned into polars' expressions by `lower`. Columns are numbers, so that two tables with equal names
//! never meet.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use super::functions::Function;
use super::rel::Rel;

/// A column of one table, or one that a step computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ColumnId(pub(super) u32);

/// A bound expression.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    /// The type of its values. Of NULL alone, [`DataType::Null`].
    pub(super) dtype: DataType,
    /// Where it is in the text.
    pub(super) place: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A column of this query or, in a subquery, of one around it.
    Column(ColumnId),
    Literal(Literal),
    /// A call of a scalar function, or an operator, which is a function, too.
    Call {
        function: &'static Function,
        args: Vec<Expr>,
    },
    /// A value as the type of the expression.
    Cast {
        input: Box<Expr>,
        how: CastHow,
    },
    /// True where all are; later ones are not evaluated for rows in which an earlier one is false.
    And(Vec<Expr>),
    /// True where one is; later ones are not evaluated for rows in which an earlier one is true.
    Or(Vec<Expr>),
    /// The value of the first branch whose condition is true; only that is evaluated.
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// A function as an argument: `x -> x + 1`. Its parameters are columns of their own.
    Lambda {
        parameters: Vec<(ColumnId, String)>,
        body: Box<Expr>,
    },
    /// An aggregate, until the query around it has taken it out.
    Aggregate(Box<Aggregate>),
    /// A window function, until the query around it has taken it out.
    Window(Box<Window>),
    /// A query as a value, until the query around it has taken it out.
    Subquery(Box<Subquery>),
}

/// A constant; the type of the expression says how wide a number is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// An unscaled value; the type has precision and scale.
    Decimal(i128),
    Text(String),
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00; the type says whether in UTC or of no zone.
    Timestamp(i64),
    /// A span of time whose months and days are not of one length. Its type is a duration, which only date arithmetic takes.
    Interval {
        months: i32,
        days: i32,
        micros: i64,
    },
}

/// How a value becomes another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CastHow {
    /// As the query says: a value that does not fit is an error.
    Asked,
    /// As the query says: a value that does not fit is NULL.
    Try,
    /// Because an operator or a function needs it; not shown in the names of columns.
    Implicit,
}

/// A call of an aggregate function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aggregate {
    pub(super) function: &'static Function,
    /// None for `count(*)`.
    pub(super) args: Vec<Expr>,
    pub(super) distinct: bool,
    /// Rows that do not fulfil it are left out.
    pub(super) filter: Option<Expr>,
    /// `WITHIN GROUP (ORDER BY …)`, or `ORDER BY` among the arguments.
    pub(super) order: Vec<Order>,
    pub(super) ignore_nulls: bool,
}

/// A call of a window function, or of an aggregate over a window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub(super) call: Aggregate,
    pub(super) partition: Vec<Expr>,
    pub(super) order: Vec<Order>,
    pub(super) frame: Frame,
}

/// The rows around the current one that a window function sees.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    pub(super) unit: Unit,
    pub(super) start: Bound,
    pub(super) end: Bound,
}

/// What the bounds of a frame count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Rows,
    /// Values of the one key of the order; without an offset, ties.
    Range,
    /// Groups of ties.
    Groups,
}

/// One end of a frame; offsets are constants.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) expr: Expr,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

/// A query as a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subquery {
    pub(super) rel: Rel,
    /// The columns it gives.
    pub(super) columns: Vec<ColumnId>,
    pub(super) kind: SubqueryKind,
}

/// What is asked of a subquery.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SubqueryKind {
    /// Its one value, NULL without a row; a second row is an error.
    Scalar,
    /// Whether it has a row.
    Exists,
    /// Whether these values, one for each column, are among its rows; NULL where that is unknown.
    In { left: Vec<Expr> },
    /// Whether a comparison (the name of its function, such as `<`) holds with any, or with all, of its rows.
    Quantified {
        left: Box<Expr>,
        comparison: &'static Function,
        all: bool,
    },
}

/// Compares what is computed, not where it is written.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.dtype == other.dtype && self.kind == other.kind
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
    fn children(&self) -> Vec<&Self> {
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
        let mut own = BTreeSet::new();
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
        found.retain(|id| !own.contains(id));
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
