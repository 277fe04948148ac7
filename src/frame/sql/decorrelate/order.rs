//! The order of inner joins: each table comes when an equality ties it to those before it.
//!
//! `FROM a, b, c WHERE …` is written without conditions between the tables, and would be all combinations of their rows.

use std::collections::BTreeSet;

use crate::frame::sql::conditions::{Key, columns, given, is_true};
use crate::frame::sql::expr::{ColumnId, Expr, Kind};
use crate::frame::sql::lower::can_fail;
use crate::frame::sql::rel::{JoinKind, Rel};

/// A table, or some that are joined.
struct JoinPart {
    rel: Rel,
    columns: BTreeSet<ColumnId>,
}

/// Filters rows by conditions that all have to be true; where they are of inner joins, the conditions go into these.
pub(super) fn filtered(rel: Rel, conditions: Vec<Expr>) -> Rel {
    let is_join = matches!(
        rel,
        Rel::Join {
            kind: JoinKind::Inner,
            ..
        }
    );
    if !is_join {
        return behind(rel, conditions);
    }
    // What can fail is asked last.
    let (mut pool, mut last) = (Vec::new(), Vec::new());
    for condition in conditions {
        let is_last = !can_join(&condition);
        if is_last { &mut last } else { &mut pool }.push(condition);
    }
    let mut tables = Vec::new();
    flatten(rel, &mut tables, &mut pool);
    behind(ordered(tables, pool), last)
}

/// Returns whether a condition may be asked before others: it cannot fail, or it is an equality by which rows find each other.
fn can_join(condition: &Expr) -> bool {
    let is_equality = match &condition.kind {
        Kind::Call { function, args } if matches!(function.name, "=" | "<=>") => {
            args.iter().all(|arg| !columns(arg).is_empty())
        }
        _ => false,
    };
    is_equality || !can_fail(condition)
}

fn behind(rel: Rel, conditions: Vec<Expr>) -> Rel {
    if conditions.is_empty() {
        return rel;
    }
    let (input, predicate) = (Box::new(rel), Expr::all(conditions));
    Rel::Filter { input, predicate }
}

/// Finds the tables of inner joins, and their conditions.
fn flatten(rel: Rel, tables: &mut Vec<JoinPart>, pool: &mut Vec<Expr>) {
    match rel {
        Rel::Join {
            left,
            right,
            kind: JoinKind::Inner,
            on,
        } if on.clone().conjuncts().iter().all(can_join) => {
            flatten(*left, tables, pool);
            flatten(*right, tables, pool);
            pool.extend(on.conjuncts().into_iter().filter(|part| !is_true(part)));
        }
        rel => {
            let columns = given(&rel);
            tables.push(JoinPart { rel, columns });
        }
    }
}

/// Joins tables: from the first on, the next that is tied to those before; where none is, the next begins anew.
fn ordered(mut tables: Vec<JoinPart>, mut pool: Vec<Expr>) -> Rel {
    for table in &mut tables {
        let own = take(&mut pool, |read| {
            !read.is_empty() && read.is_subset(&table.columns)
        });
        table.rel = behind(std::mem::replace(&mut table.rel, Rel::unit()), own);
    }
    let mut left = tables
        .into_iter()
        .collect::<std::collections::VecDeque<JoinPart>>();
    let mut islands: Vec<JoinPart> = Vec::new();
    while let Some(mut part) = left.pop_front() {
        while let Some(next) = left.iter().position(|table| is_tied(&part, table, &pool)) {
            let Some(table) = left.remove(next) else { break };
            part = both(part, table, &mut pool);
        }
        islands.push(part);
    }
    let all = islands
        .into_iter()
        .reduce(|one, other| both(one, other, &mut pool));
    behind(all.map_or_else(Rel::unit, |all| all.rel), pool)
}

fn is_tied(part: &JoinPart, table: &JoinPart, pool: &[Expr]) -> bool {
    pool.iter()
        .any(|condition| Key::of(condition, &part.columns, &table.columns).is_some())
}

/// Joins two parts under all conditions that read nothing else.
fn both(one: JoinPart, other: JoinPart, pool: &mut Vec<Expr>) -> JoinPart {
    let mut columns = one.columns;
    columns.extend(other.columns);
    let on = take(pool, |read| !read.is_empty() && read.is_subset(&columns));
    let rel = joined(one.rel, other.rel, JoinKind::Inner, on);
    JoinPart { rel, columns }
}

/// Takes the conditions whose columns are such.
fn take(pool: &mut Vec<Expr>, is_such: impl Fn(&BTreeSet<ColumnId>) -> bool) -> Vec<Expr> {
    let (taken, kept) = std::mem::take(pool)
        .into_iter()
        .partition(|condition| is_such(&columns(condition)));
    *pool = kept;
    taken
}

/// Joins two tables under conditions that all have to be true.
pub(super) fn joined(left: Rel, right: Rel, kind: JoinKind, on: Vec<Expr>) -> Rel {
    Rel::Join {
        left: Box::new(left),
        right: Box::new(right),
        kind,
        on: Expr::all(on),
    }
}
