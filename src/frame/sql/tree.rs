//! The tree of a bound query: expressions ([`Expr`]) and steps ([`Rel`]), of which each may hold the other.
//!
//! `expr` and `rel` have what they can do.

use std::sync::Arc;

use polars::prelude::{DataType, LazyFrame, PlSmallStr};
use sqlparser::tokenizer::Span;

use super::functions::Function;

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
#[derive(Debug, Clone, Copy)]
pub(super) enum CastHow {
    /// As the query says: a value that does not fit is an error.
    Asked,
    /// As the query says: a value that does not fit is NULL.
    Try,
    /// Because an operator or a function needs it, or by a function such as `int(x)`; not shown in the names of columns.
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

/// A table of rows. Each step gives the columns that its description says, in any order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rel {
    /// A frame: some of its columns by their names there.
    Scan {
        table: Table,
        columns: Vec<(ColumnId, PlSmallStr)>,
    },
    /// Rows that are written down. One row without columns is what a query without FROM reads.
    Values {
        columns: Vec<ColumnId>,
        rows: Vec<Vec<Expr>>,
    },
    /// Exactly these columns.
    Project {
        input: Box<Self>,
        columns: Vec<(ColumnId, Expr)>,
    },
    /// All columns of the input, and these.
    Extend {
        input: Box<Self>,
        columns: Vec<(ColumnId, Expr)>,
    },
    /// The rows for which the predicate is true, in their order.
    Filter { input: Box<Self>, predicate: Expr },
    /// The columns of both; of a semi or anti join those of the left. Rows in the order of the left, then of the right;
    /// what only the right has comes last.
    Join {
        left: Box<Self>,
        right: Box<Self>,
        kind: JoinKind,
        on: Expr,
    },
    /// The input, and what a subquery says for each of its rows.
    Apply {
        input: Box<Self>,
        subquery: Box<Self>,
        kind: ApplyKind,
    },
    /// One row for each group, in the order of their first rows; without keys exactly one row.
    Group(Box<Group>),
    /// All columns of the input, and these.
    Window {
        input: Box<Self>,
        windows: Vec<(ColumnId, Window)>,
    },
    /// The first of equal rows; compared are these columns, kept are all.
    Distinct { input: Box<Self>, on: Vec<ColumnId> },
    /// Both inputs by position: column `i` of the result comes from column `i` of `left` and of `right`.
    Set {
        operation: SetOperation,
        all: bool,
        left: Box<Self>,
        right: Box<Self>,
        /// The column of the result, of the left, of the right; of one type.
        columns: Vec<(ColumnId, ColumnId, ColumnId)>,
    },
    /// Stable.
    Sort { input: Box<Self>, keys: Vec<Order> },
    /// The rows behind the first ones, so many; of each group of rows that are equal in the columns of `by`.
    Limit {
        input: Box<Self>,
        skip: u64,
        take: Option<u64>,
        by: Vec<ColumnId>,
    },
    /// A query that is read in several places. Its columns have the same numbers everywhere, so whoever reads it gives them
    /// others by a [`Rel::Project`].
    Shared(Arc<Self>),
    /// `WITH RECURSIVE`: `base`, then `step` on the rows that are new, until there are none.
    Recursive(Box<Recursive>),
    /// In the step of a recursive query: the rows that the round before gave.
    Working { id: u32, columns: Vec<ColumnId> },
    /// A part of the rows, the same for the same seed.
    Sample {
        input: Box<Self>,
        size: SampleSize,
        seed: u64,
    },
    /// One row for each element of an array or map; all columns of the input, and those of the element.
    Explode {
        input: Box<Self>,
        value: Expr,
        /// The element; of a map the key and the value.
        columns: Vec<ColumnId>,
        position: Option<ColumnId>,
        /// Whether the elements are structs, and each field has a column.
        by_field: bool,
        /// Whether a row without elements is kept.
        outer: bool,
    },
}

/// A table that a query reads.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) plan: Arc<LazyFrame>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

/// What is asked of a subquery for each row of the input. A result is one column more.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ApplyKind {
    /// Its one value, NULL without a row; two rows are an error.
    Scalar {
        value: ColumnId,
        result: ColumnId,
    },
    Exists {
        result: ColumnId,
    },
    /// True, false, or NULL where that is unknown.
    In {
        left: Vec<Expr>,
        right: Vec<ColumnId>,
        result: ColumnId,
    },
    Quantified {
        left: Box<Expr>,
        comparison: &'static Function,
        right: ColumnId,
        all: bool,
        result: ColumnId,
    },
    /// Each row beside each of the subquery's, under a condition; `outer` keeps rows that have none.
    Lateral {
        on: Expr,
        outer: bool,
        columns: Vec<ColumnId>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) input: Rel,
    /// The keys. A key that is a plain column keeps its number.
    pub(super) keys: Vec<(ColumnId, Expr)>,
    pub(super) aggregates: Vec<(ColumnId, Aggregate)>,
    pub(super) sets: Option<GroupingSets>,
}

/// `ROLLUP`, `CUBE`, `GROUPING SETS`, as the sets of keys (by position) that they stand for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GroupingSets {
    pub(super) sets: Vec<Vec<usize>>,
    /// Which keys are not in the set of a row: bit `n - 1 - i` for key `i` of `n`, as `grouping_id()` has it.
    pub(super) id: ColumnId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetOperation {
    Union,
    Intersect,
    Except,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recursive {
    /// Which `Rel::Working` are its own.
    pub(super) id: u32,
    pub(super) base: Rel,
    pub(super) step: Rel,
    /// The column of the result (and of `Rel::Working`), of the base, of the step; of one type.
    pub(super) columns: Vec<(ColumnId, ColumnId, ColumnId)>,
    /// `UNION` without `ALL`: a row comes once.
    pub(super) distinct: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SampleSize {
    /// From 0 to 100.
    Percent(f64),
    /// The first ones.
    Rows(u64),
    /// One of so many parts, from 1.
    Bucket { bucket: u64, of: u64 },
}
