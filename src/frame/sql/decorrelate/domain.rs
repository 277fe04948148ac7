//! A subquery, computed at once for all values that it reads of the query around it.
//!
//! The domain is the distinct rows of these values. It is joined to the subquery as far down as they are read; from there
//! up every step keeps them apart: groups have them among their keys, windows among their partitions.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use super::order::joined;
use super::{Decorrelator, call, case, renumber};
use crate::frame::sql::error::{SqlError, SqlResult, unsupported};
use crate::frame::sql::expr::{Aggregate, ColumnId, Expr, Window};
use crate::frame::sql::functions::function;
use crate::frame::sql::rel::{Group, JoinKind, Rel, Renumbered, SetOperation};

/// The distinct values that a subquery reads.
pub(super) struct Domain {
    rel: Arc<Rel>,
    /// The columns of the query around, and those of `rel`.
    columns: Renumbered,
    /// What became of parts that are read in several places.
    shared: HashMap<*const Rel, (Arc<Rel>, Arc<Rel>, Renumbered)>,
}

impl Domain {
    fn reads(&self, rel: &Rel) -> bool {
        rel.free_columns().iter().any(|id| self.columns.contains_key(id))
    }
}

/// A step for all values of a domain, and the columns that hold the values.
type Pushed = (Rel, Renumbered);

impl Decorrelator<'_> {
    /// Makes the domain of a subquery that reads these columns of its input.
    pub(super) fn domain(&mut self, input: &Arc<Rel>, outer: &BTreeSet<ColumnId>) -> Domain {
        let ids: Vec<ColumnId> = outer.iter().copied().collect();
        let (rel, columns) = self.reading(input, &ids);
        let on = rel.columns();
        let input = Box::new(rel);
        Domain {
            rel: Arc::new(Rel::Distinct { input, on }),
            columns,
            shared: HashMap::new(),
        }
    }

    /// Reads the domain under new numbers.
    fn values(&mut self, domain: &Domain) -> Pushed {
        let ids: Vec<ColumnId> = domain.columns.values().copied().collect();
        let (rel, copies) = self.reading(&domain.rel, &ids);
        let columns = domain.columns.iter();
        let columns = columns.filter_map(|(outer, id)| Some((*outer, *copies.get(id)?)));
        (rel, columns.collect())
    }

    /// Computes a step for all values of a domain.
    pub(super) fn push(&mut self, rel: Rel, domain: &mut Domain) -> SqlResult<Pushed> {
        if !domain.reads(&rel) {
            let (values, copies) = self.values(domain);
            if rel == Rel::unit() {
                return Ok((values, copies));
            }
            return Ok((joined(values, rel, JoinKind::Inner, Vec::new()), copies));
        }
        match rel {
            Rel::Values { columns, rows } => self.rows(&columns, rows, domain),
            Rel::Project { input, mut columns } => {
                let (input, copies) = self.push(*input, domain)?;
                columns.iter_mut().for_each(|(_, expr)| renumber(expr, &copies));
                columns.extend(copies.values().map(|id| (*id, self.columns.expr(*id))));
                let input = Box::new(input);
                Ok((Rel::Project { input, columns }, copies))
            }
            Rel::Extend { input, mut columns } => {
                let (input, copies) = self.push(*input, domain)?;
                columns.iter_mut().for_each(|(_, expr)| renumber(expr, &copies));
                let input = Box::new(input);
                Ok((Rel::Extend { input, columns }, copies))
            }
            Rel::Filter { input, mut predicate } => {
                let (input, copies) = self.push(*input, domain)?;
                renumber(&mut predicate, &copies);
                Ok((super::order::filtered(input, predicate.conjuncts()), copies))
            }
            Rel::Join {
                left,
                right,
                kind,
                on,
            } => self.push_join(*left, *right, kind, on, domain),
            Rel::Group(group) => self.push_group(*group, domain),
            Rel::Window { input, windows } => self.push_window(*input, windows, domain),
            Rel::Distinct { input, mut on } => {
                let (input, copies) = self.push(*input, domain)?;
                on.extend(copies.values());
                let input = Box::new(input);
                Ok((Rel::Distinct { input, on }, copies))
            }
            Rel::Set {
                operation,
                all,
                left,
                right,
                columns,
            } => self.push_set((operation, all), (*left, *right), columns, domain),
            Rel::Sort { input, mut keys } => {
                let (input, copies) = self.push(*input, domain)?;
                keys.iter_mut().for_each(|key| renumber(&mut key.expr, &copies));
                let input = Box::new(input);
                Ok((Rel::Sort { input, keys }, copies))
            }
            Rel::Limit {
                input,
                skip,
                take,
                mut by,
            } => {
                let (input, copies) = self.push(*input, domain)?;
                by.extend(copies.values());
                let input = Box::new(input);
                let limit = Rel::Limit {
                    input,
                    skip,
                    take,
                    by,
                };
                Ok((limit, copies))
            }
            Rel::Explode {
                input,
                mut value,
                columns,
                position,
                by_field,
                outer,
            } => {
                let (input, copies) = self.push(*input, domain)?;
                renumber(&mut value, &copies);
                let input = Box::new(input);
                let rel = Rel::Explode {
                    input,
                    value,
                    columns,
                    position,
                    by_field,
                    outer,
                };
                Ok((rel, copies))
            }
            Rel::Shared(shared) => self.push_shared(&shared, domain),
            Rel::Recursive(_) | Rel::Sample { .. } => Err(refused(&rel)),
            // These read nothing.
            rel @ (Rel::Scan { .. } | Rel::Working { .. } | Rel::Apply { .. }) => {
                Ok((rel, Renumbered::new()))
            }
        }
    }

    /// Computes window functions over the rows of each value of a domain.
    fn push_window(
        &mut self,
        input: Rel,
        mut windows: Vec<(ColumnId, Window)>,
        domain: &mut Domain,
    ) -> SqlResult<Pushed> {
        let (input, copies) = self.push(input, domain)?;
        for (_, window) in &mut windows {
            window
                .parts_mut()
                .into_iter()
                .for_each(|expr| renumber(expr, &copies));
            window
                .partition
                .extend(copies.values().map(|id| self.columns.expr(*id)));
        }
        let input = Box::new(input);
        Ok((Rel::Window { input, windows }, copies))
    }

    /// Computes a set operation, whether it keeps equal rows or not, of two steps.
    fn push_set(
        &mut self,
        (operation, all): (SetOperation, bool),
        (left, right): (Rel, Rel),
        mut columns: Vec<(ColumnId, ColumnId, ColumnId)>,
        domain: &mut Domain,
    ) -> SqlResult<Pushed> {
        let (left, of_left) = self.push(left, domain)?;
        let (right, of_right) = self.push(right, domain)?;
        let mut copies = Renumbered::new();
        for ((outer, left), right) in of_left.iter().zip(of_right.values()) {
            let id = self.copy(*outer);
            copies.insert(*outer, id);
            columns.push((id, *left, *right));
        }
        let (left, right) = (Box::new(left), Box::new(right));
        let rel = Rel::Set {
            operation,
            all,
            left,
            right,
            columns,
        };
        Ok((rel, copies))
    }

    /// Computes a part that is read in several places once.
    fn push_shared(&mut self, shared: &Arc<Rel>, domain: &mut Domain) -> SqlResult<Pushed> {
        let address = Arc::as_ptr(shared);
        let known = domain.shared.get(&address);
        let (pushed, inner) =
            if let Some(known) = known.map(|(_, pushed, copies)| (pushed.clone(), copies.clone())) {
                known
            } else {
                let (pushed, copies) = self.push((**shared).clone(), domain)?;
                let pushed = Arc::new(pushed);
                let entry = (shared.clone(), pushed.clone(), copies.clone());
                domain.shared.insert(address, entry);
                (pushed, copies)
            };
        // Whoever reads the part keeps its columns apart; those of the domain are kept apart here.
        let mut copies = Renumbered::new();
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        for id in shared.columns() {
            columns.push((id, self.columns.expr(id)));
        }
        for (outer, id) in inner {
            let copy = self.copy(id);
            copies.insert(outer, copy);
            columns.push((copy, self.columns.expr(id)));
        }
        let input = Box::new(Rel::Shared(pushed));
        Ok((Rel::Project { input, columns }, copies))
    }

    fn rows(&mut self, columns: &[ColumnId], rows: Vec<Vec<Expr>>, domain: &Domain) -> SqlResult<Pushed> {
        let mut all: Option<Pushed> = None;
        for row in rows {
            let (values, copies) = self.values(domain);
            let ids: Vec<ColumnId> = columns.iter().map(|id| self.copy(*id)).collect();
            let mut made: Vec<(ColumnId, Expr)> = ids.iter().copied().zip(row).collect();
            made.iter_mut().for_each(|(_, expr)| renumber(expr, &copies));
            made.extend(copies.values().map(|id| (*id, self.columns.expr(*id))));
            let input = Box::new(values);
            let one = Rel::Project { input, columns: made };
            let mut copies = copies;
            // The columns of the table are kept under their own numbers.
            copies.extend(columns.iter().copied().zip(ids));
            all = Some(match all {
                None => (one, copies),
                Some((before, of_before)) => self.below(before, &of_before, one, &copies),
            });
        }
        let Some((rel, copies)) = all else {
            let (values, copies) = self.values(domain);
            let none = Rel::Values {
                columns: columns.to_vec(),
                rows: Vec::new(),
            };
            return Ok((joined(values, none, JoinKind::Inner, Vec::new()), copies));
        };
        let (mut named, mut outer) = (Vec::new(), Renumbered::new());
        for (of, id) in copies {
            if columns.contains(&of) {
                named.push((of, self.columns.expr(id)));
            } else {
                named.push((id, self.columns.expr(id)));
                outer.insert(of, id);
            }
        }
        let input = Box::new(rel);
        let rel = Rel::Project {
            input,
            columns: named,
        };
        Ok((rel, outer))
    }

    /// Puts a table below another.
    fn below(&mut self, left: Rel, of_left: &Renumbered, right: Rel, of_right: &Renumbered) -> Pushed {
        let mut copies = Renumbered::new();
        let mut columns = Vec::new();
        for ((of, left), right) in of_left.iter().zip(of_right.values()) {
            let id = self.copy(*of);
            copies.insert(*of, id);
            columns.push((id, *left, *right));
        }
        let rel = Rel::Set {
            operation: crate::frame::sql::rel::SetOperation::Union,
            all: true,
            left: Box::new(left),
            right: Box::new(right),
            columns,
        };
        (rel, copies)
    }

    fn push_join(
        &mut self,
        left: Rel,
        right: Rel,
        kind: JoinKind,
        mut on: Expr,
        domain: &mut Domain,
    ) -> SqlResult<Pushed> {
        if kind == JoinKind::Right {
            return self.push_join(right, left, JoinKind::Left, on, domain);
        }
        let (in_left, in_right) = (domain.reads(&left), domain.reads(&right));
        let is_kept = kind == JoinKind::Full;
        if kind == JoinKind::Inner && in_right && !in_left {
            let (right, copies) = self.push(right, domain)?;
            renumber(&mut on, &copies);
            return Ok((joined(left, right, kind, vec![on]), copies));
        }
        let (left, copies) = self.push(left, domain)?;
        if !in_right && !is_kept {
            renumber(&mut on, &copies);
            return Ok((joined(left, right, kind, vec![on]), copies));
        }
        let (right, of_right) = self.push(right, domain)?;
        renumber(&mut on, &copies);
        let mut conditions = vec![on];
        for (id, other) in copies.values().zip(of_right.values()) {
            let args = vec![self.columns.expr(*id), self.columns.expr(*other)];
            conditions.push(call("<=>", args)?);
        }
        let rel = joined(left, right, kind, conditions);
        if !is_kept {
            return Ok((rel, copies));
        }
        // Of a row that only one side has, that side has the values: where the left has none, they are NULL.
        let mut values = Renumbered::new();
        let mut columns = Vec::new();
        for ((outer, id), other) in copies.iter().zip(of_right.values()) {
            let (one, other) = (self.columns.expr(*id), self.columns.expr(*other));
            let is_null = call("is null", vec![one.clone()])?;
            let value = self.copy(*outer);
            columns.push((value, case(vec![(is_null, other)], one)));
            values.insert(*outer, value);
        }
        let input = Box::new(rel);
        Ok((Rel::Extend { input, columns }, values))
    }

    fn push_group(&mut self, mut group: Group, domain: &mut Domain) -> SqlResult<Pushed> {
        let without_keys = group.keys.is_empty() && group.sets.is_none();
        let (input, copies) = self.push(group.input, domain)?;
        group.input = input;
        for (_, key) in &mut group.keys {
            renumber(key, &copies);
        }
        for (_, call) in &mut group.aggregates {
            call.parts_mut()
                .into_iter()
                .for_each(|part| renumber(part, &copies));
        }
        let count = copies.len();
        let keys = copies.values().map(|id| (*id, self.columns.expr(*id)));
        group.keys = keys.chain(group.keys).collect();
        if let Some(sets) = &mut group.sets {
            for set in &mut sets.sets {
                *set = (0..count).chain(set.iter().map(|key| key + count)).collect();
            }
        }
        if !without_keys {
            return Ok((Rel::Group(Box::new(group)), copies));
        }
        // Values without rows have a row, too: that of no rows.
        let (values, of_values) = self.values(domain);
        let mut conditions = Vec::new();
        for (value, id) in of_values.values().zip(copies.values()) {
            let args = vec![self.columns.expr(*value), self.columns.expr(*id)];
            conditions.push(call("<=>", args)?);
        }
        let rel = self.with_otherwise(values, group, conditions)?;
        Ok((rel, of_values))
    }

    /// Joins rows to their group; those that have none get what the aggregates are of no rows.
    pub(super) fn with_otherwise(&mut self, rows: Rel, group: Group, on: Vec<Expr>) -> SqlResult<Rel> {
        let of_rows = rows.columns();
        let aggregates = group.aggregates.clone();
        let mut read: BTreeSet<ColumnId> = BTreeSet::new();
        for (_, call) in &aggregates {
            call.parts().into_iter().for_each(|part| part.columns(&mut read));
        }
        let mark = self.fresh(DataType::Boolean);
        let mut copies = Renumbered::new();
        let mut columns = vec![(mark, Expr::boolean(true))];
        for (id, _) in &aggregates {
            let copy = self.copy(*id);
            copies.insert(*id, copy);
            columns.push((copy, self.columns.expr(*id)));
        }
        let keys = group.keys.iter().map(|(id, _)| (*id, self.columns.expr(*id)));
        columns.extend(keys);
        let input = Box::new(Rel::Group(Box::new(group)));
        let found = joined(rows, Rel::Project { input, columns }, JoinKind::Left, on);
        let none = self.of_no_rows(&aggregates, read);
        let both = joined(found, none.0, JoinKind::Inner, Vec::new());
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        for (id, _) in &aggregates {
            let (Some(found), Some(none)) = (copies.get(id), none.1.get(id)) else {
                continue;
            };
            let is_missing = call("is null", vec![self.columns.expr(mark)])?;
            let value = case(
                vec![(is_missing, self.columns.expr(*none))],
                self.columns.expr(*found),
            );
            columns.push((*id, value));
        }
        columns.extend(of_rows.into_iter().map(|id| (id, self.columns.expr(id))));
        let input = Box::new(both);
        Ok(Rel::Project { input, columns })
    }

    /// Computes aggregates of no rows; what they read has numbers of its own there, for a query around may give it.
    fn of_no_rows(&mut self, aggregates: &[(ColumnId, Aggregate)], read: BTreeSet<ColumnId>) -> Pushed {
        let read: Renumbered = read.into_iter().map(|id| (id, self.copy(id))).collect();
        let mut columns: Vec<ColumnId> = read.values().copied().collect();
        columns.push(self.fresh(DataType::Boolean));
        let input = Rel::Values {
            columns,
            rows: Vec::new(),
        };
        let mut copies = Renumbered::new();
        let mut computed = Vec::new();
        for (id, call) in aggregates {
            let copy = self.copy(*id);
            copies.insert(*id, copy);
            let mut call = call.clone();
            call.parts_mut()
                .into_iter()
                .for_each(|part| renumber(part, &read));
            computed.push((copy, call));
        }
        let group = Group {
            input,
            keys: Vec::new(),
            aggregates: computed,
            sets: None,
        };
        (Rel::Group(Box::new(group)), copies)
    }
}

/// Says what cannot be computed for each row of the query around it.
fn refused(rel: &Rel) -> SqlError {
    let (what, instead) = match rel {
        Rel::Recursive(_) => (
            "WITH RECURSIVE that reads columns of the query around it",
            "put it before the whole query, and join its rows",
        ),
        _ => (
            "TABLESAMPLE in a query that reads columns of the query around it",
            "take the sample in WITH, before the whole query",
        ),
    };
    unsupported(what, instead, Span::empty())
}

/// Makes a call of an aggregate function.
pub(super) fn aggregate(names: &[&str], args: Vec<Expr>) -> SqlResult<Aggregate> {
    let found = names.iter().find_map(|name| function(name));
    let Some(function) = found else {
        return Err(unsupported(names.join(" or "), "", Span::empty()));
    };
    Ok(Aggregate {
        function,
        args,
        distinct: false,
        filter: None,
        order: Vec::new(),
        ignore_nulls: false,
    })
}
