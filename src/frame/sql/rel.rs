//! [`Rel`]: the steps of a query, bound. `decorrelate` removes [`Rel::Apply`]; `lower` makes polars' plan of the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use super::tree::{Aggregate, ColumnId, Expr, Window};
pub(super) use super::tree::{
    ApplyKind, Group, GroupingSets, JoinKind, Recursive, Rel, SampleSize, SetOperation, Table,
};

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
    /// Names of columns and functions, and constants, that the query spells in another way, by their places in its text.
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

    /// Remembers how the query spells the name of a column or a function, or a constant.
    pub(super) fn spell(&mut self, place: Span, name: &str) {
        // What has no place is not in the query.
        if place != Span::empty() {
            self.spelled.insert(place, name.to_owned());
        }
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
