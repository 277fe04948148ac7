//! [`Rel`]: the steps of a query, bound. `decorrelate` removes [`Rel::Apply`]; `lower` makes polars' plan of the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::{DataType, LazyFrame, PlSmallStr};
use sqlparser::tokenizer::Span;

use super::expr::{Aggregate, ColumnId, Expr, Order, Window};
use super::functions::Function;

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
    Bucket {
        bucket: u64,
        of: u64,
    },
}

impl Rel {
    /// One row without columns.
    pub(super) fn unit() -> Self {
        Self::Values {
            columns: Vec::new(),
            rows: vec![Vec::new()],
        }
    }

    /// Returns the columns that a step gives.
    pub(super) fn columns(&self) -> Vec<ColumnId> {
        let ids = |columns: &[(ColumnId, Expr)]| columns.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let with = |input: &Self, more: Vec<ColumnId>| {
            let mut all = input.columns();
            all.extend(more);
            all
        };
        match self {
            Self::Scan { columns, .. } => columns.iter().map(|(id, _)| *id).collect(),
            Self::Values { columns, .. } | Self::Working { columns, .. } => columns.clone(),
            Self::Project { columns, .. } => ids(columns),
            Self::Extend { input, columns } => with(input, ids(columns)),
            Self::Filter { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. }
            | Self::Sample { input, .. } => input.columns(),
            Self::Join {
                left,
                kind: JoinKind::Semi | JoinKind::Anti,
                ..
            } => left.columns(),
            Self::Join { left, right, .. } => with(left, right.columns()),
            Self::Apply { input, kind, .. } => with(input, kind.results()),
            Self::Group(group) => {
                let mut all = ids(&group.keys);
                all.extend(group.aggregates.iter().map(|(id, _)| *id));
                all.extend(group.sets.as_ref().map(|sets| sets.id));
                all
            }
            Self::Window { input, windows } => with(input, windows.iter().map(|(id, _)| *id).collect()),
            Self::Set { columns, .. } => columns.iter().map(|(id, _, _)| *id).collect(),
            Self::Recursive(recursive) => recursive.columns.iter().map(|(id, _, _)| *id).collect(),
            Self::Shared(shared) => shared.columns(),
            Self::Explode {
                input,
                columns,
                position,
                ..
            } => with(input, columns.iter().chain(position).copied().collect()),
        }
    }

    /// Returns the steps directly below.
    pub(super) fn inputs(&self) -> Vec<&Self> {
        match self {
            Self::Scan { .. } | Self::Values { .. } | Self::Working { .. } => Vec::new(),
            Self::Project { input, .. }
            | Self::Extend { input, .. }
            | Self::Filter { input, .. }
            | Self::Window { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. }
            | Self::Sample { input, .. }
            | Self::Explode { input, .. } => vec![input],
            Self::Join { left, right, .. } | Self::Set { left, right, .. } => vec![left, right],
            Self::Apply { input, subquery, .. } => vec![input, subquery],
            Self::Group(group) => vec![&group.input],
            Self::Shared(shared) => vec![shared],
            Self::Recursive(recursive) => vec![&recursive.base, &recursive.step],
        }
    }

    /// Returns the steps directly below, of which none is shared.
    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Scan { .. } | Self::Values { .. } | Self::Working { .. } | Self::Shared(_) => Vec::new(),
            Self::Project { input, .. }
            | Self::Extend { input, .. }
            | Self::Filter { input, .. }
            | Self::Window { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. }
            | Self::Sample { input, .. }
            | Self::Explode { input, .. } => vec![input],
            Self::Join { left, right, .. } | Self::Set { left, right, .. } => vec![left, right],
            Self::Apply { input, subquery, .. } => vec![input, subquery],
            Self::Group(group) => vec![&mut group.input],
            Self::Recursive(recursive) => vec![&mut recursive.base, &mut recursive.step],
        }
    }

    /// Returns the expressions of this step.
    pub(super) fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Scan { .. }
            | Self::Working { .. }
            | Self::Distinct { .. }
            | Self::Set { .. }
            | Self::Limit { .. }
            | Self::Shared(_)
            | Self::Recursive(_)
            | Self::Sample { .. } => Vec::new(),
            Self::Values { rows, .. } => rows.iter().flatten().collect(),
            Self::Project { columns, .. } | Self::Extend { columns, .. } => {
                columns.iter().map(|(_, expr)| expr).collect()
            }
            Self::Filter { predicate, .. } => vec![predicate],
            Self::Join { on, .. } => vec![on],
            Self::Apply { kind, .. } => match kind {
                ApplyKind::Scalar { .. } | ApplyKind::Exists { .. } => Vec::new(),
                ApplyKind::In { left, .. } => left.iter().collect(),
                ApplyKind::Quantified { left, .. } => vec![left],
                ApplyKind::Lateral { on, .. } => vec![on],
            },
            Self::Group(group) => {
                let keys = group.keys.iter().map(|(_, expr)| expr);
                keys.chain(group.aggregates.iter().flat_map(|(_, call)| call.parts()))
                    .collect()
            }
            Self::Window { windows, .. } => windows.iter().flat_map(|(_, window)| window.parts()).collect(),
            Self::Sort { keys, .. } => keys.iter().map(|key| &key.expr).collect(),
            Self::Explode { value, .. } => vec![value],
        }
    }

    /// Returns the columns that this reads and that no step of it gives: those of queries around it.
    pub(super) fn free_columns(&self) -> BTreeSet<ColumnId> {
        let (mut read, mut given) = (BTreeSet::new(), BTreeSet::new());
        self.collect_columns(&mut read, &mut given, &mut BTreeSet::new());
        read.difference(&given).copied().collect()
    }

    /// Looks into a part that is read in several places once: a chain of such parts has many paths.
    fn collect_columns(
        &self,
        read: &mut BTreeSet<ColumnId>,
        given: &mut BTreeSet<ColumnId>,
        seen: &mut BTreeSet<*const Self>,
    ) {
        if let Self::Shared(shared) = self
            && !seen.insert(Arc::as_ptr(shared))
        {
            return;
        }
        self.expressions().into_iter().for_each(|expr| expr.columns(read));
        given.extend(self.columns());
        self.inputs()
            .into_iter()
            .for_each(|input| input.collect_columns(read, given, seen));
    }

    /// Returns whether a filter is among the steps.
    pub(super) fn has_filter(&self, seen: &mut BTreeSet<*const Self>) -> bool {
        match self {
            Self::Filter { .. } => true,
            Self::Shared(shared) if !seen.insert(Arc::as_ptr(shared)) => false,
            _ => self.inputs().into_iter().any(|input| input.has_filter(seen)),
        }
    }
}

impl ApplyKind {
    /// Returns the columns that are added.
    pub(super) fn results(&self) -> Vec<ColumnId> {
        match self {
            Self::Scalar { result, .. }
            | Self::Exists { result }
            | Self::In { result, .. }
            | Self::Quantified { result, .. } => vec![*result],
            Self::Lateral { columns, .. } => columns.clone(),
        }
    }
}

impl Aggregate {
    /// Returns its expressions.
    pub(super) fn parts(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = self.args.iter().collect();
        all.extend(&self.filter);
        all.extend(self.order.iter().map(|order| &order.expr));
        all
    }
}

impl Aggregate {
    /// Returns its expressions, to change them.
    pub(super) fn parts_mut(&mut self) -> Vec<&mut Expr> {
        let mut all: Vec<&mut Expr> = self.args.iter_mut().collect();
        all.extend(&mut self.filter);
        all.extend(self.order.iter_mut().map(|order| &mut order.expr));
        all
    }
}

impl Window {
    /// Returns its expressions, to change them, without the constants of its frame.
    pub(super) fn parts_mut(&mut self) -> Vec<&mut Expr> {
        let mut all = self.call.parts_mut();
        all.extend(&mut self.partition);
        all.extend(self.order.iter_mut().map(|order| &mut order.expr));
        all
    }

    /// Returns its expressions, without the constants of its frame.
    pub(super) fn parts(&self) -> Vec<&Expr> {
        let mut all = self.call.parts();
        all.extend(&self.partition);
        all.extend(self.order.iter().map(|order| &order.expr));
        all
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.name)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.plan, &other.plan)
    }
}

/// All columns of a query: their names and types.
#[derive(Debug, Default, Clone)]
pub(super) struct Columns {
    all: Vec<(String, DataType)>,
    /// Names of columns and functions that the query spells in another way, by their places in its text.
    spelled: HashMap<Span, String>,
}

impl Columns {
    pub(super) fn add(&mut self, name: impl Into<String>, dtype: DataType) -> ColumnId {
        self.all.push((name.into(), dtype));
        ColumnId(self.all.len() as u32 - 1)
    }

    pub(super) fn dtype(&self, id: ColumnId) -> DataType {
        self.all
            .get(id.0 as usize)
            .map_or(DataType::Null, |(_, dtype)| dtype.clone())
    }

    pub(super) fn name(&self, id: ColumnId) -> &str {
        self.all.get(id.0 as usize).map_or("", |(name, _)| name)
    }

    /// Remembers how the query spells the name of a column or a function.
    pub(super) fn spell(&mut self, place: Span, name: &str) {
        self.spelled.insert(place, name.to_owned());
    }

    /// Returns how the query spells the name at a place, if in another way.
    pub(super) fn spelled(&self, place: Span) -> Option<&str> {
        self.spelled.get(&place).map(String::as_str)
    }

    /// Returns a column as an expression.
    pub(super) fn expr(&self, id: ColumnId) -> Expr {
        Expr::column(id, self.dtype(id))
    }
}

/// New numbers for the columns of a part of a query that is read twice.
pub(super) type Renumbered = BTreeMap<ColumnId, ColumnId>;
