//! Arrays as sets: what two have in common, and what is found in one.

use polars::prelude::*;

use super::lists::{ListSource, Lists, identities};
use super::typing::element;
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::rows::{by_rows, some};
use crate::frame::sql::types;

/// What two arrays make.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Both {
    Union,
    Intersect,
    Except,
}

pub(super) fn both(args: Arguments<'_>, what: Both) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let (left, right) = (Lists::of(rows, 0)?, Lists::of(rows, 1)?);
        let source = ListSource::new(&[&left.elements, &right.elements], &dtype)?;
        let ids = identities(&source.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        let (mut seen, mut others) = (PlHashSet::default(), PlHashSet::default());
        source.gathered(rows.length, |row, made| {
            let (left, right) = (some!(left.at(row)), some!(right.at(row)));
            seen.clear();
            others.clear();
            let right = right.map(|element| source.position(1, element));
            if what != Both::Union {
                others.extend(right.clone().map(id));
            }
            let left = left.map(|element| source.position(0, element));
            made.extend(left.filter(|position| {
                let id = id(*position);
                let is_wanted = match what {
                    Both::Union => true,
                    Both::Intersect => others.contains(&id),
                    Both::Except => !others.contains(&id),
                };
                is_wanted && seen.insert(id)
            }));
            if what == Both::Union {
                made.extend(right.filter(|position| seen.insert(id(*position))));
            }
            Ok(Some(()))
        })
    })
}

pub(super) fn overlap(args: Arguments<'_>) -> Expr {
    let dtype = types::common(&element(&args.dtype(0)), &element(&args.dtype(1))).unwrap_or(DataType::Null);
    by_rows(args, move |rows| {
        let (left, right) = (Lists::of(rows, 0)?, Lists::of(rows, 1)?);
        let source = ListSource::new(&[&left.elements, &right.elements], &dtype)?;
        let ids = identities(&source.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        let null = id(source.null());
        rows.make_booleans(|row| {
            let (left, right) = (some!(left.at(row)), some!(right.at(row)));
            let (any_left, any_right) = (!left.is_empty(), !right.is_empty());
            let left: PlHashSet<u32> = left.map(|element| id(source.position(0, element))).collect();
            let mut has_null = left.contains(&null);
            for element in right {
                let id = id(source.position(1, element));
                if id == null {
                    has_null = true;
                } else if left.contains(&id) {
                    return Ok(Some(true));
                }
            }
            Ok((!has_null || !any_left || !any_right).then_some(false))
        })
    })
}

/// What is asked of an array and a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Contains,
    Position,
}

pub(super) fn search(args: Arguments<'_>, what: Search) -> Expr {
    let dtype = types::common(&element(&args.dtype(0)), &args.dtype(1)).unwrap_or(DataType::Null);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let (values, is_constant) = rows.series(1)?;
        let source = ListSource::new(&[&lists.elements, values], &dtype)?;
        let ids = identities(&source.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        let null = id(source.null());
        let find = |row: usize| {
            let span = lists.at(row)?;
            let value = id(source.position(1, if is_constant { 0 } else { row }));
            if value == null {
                return None;
            }
            let (mut has_null, mut found) = (false, None);
            for (index, element) in span.enumerate() {
                let id = id(source.position(0, element));
                has_null |= id == null;
                if id == value {
                    found = Some(index);
                    break;
                }
            }
            Some((found, has_null))
        };
        match what {
            Search::Contains => rows.make_booleans(|row| {
                let (found, has_null) = some!(find(row));
                Ok(if found.is_some() {
                    Some(true)
                } else {
                    (!has_null).then_some(false)
                })
            }),
            Search::Position => rows.make::<Int64Type>(|row| {
                let (found, _) = some!(find(row));
                Ok(Some(found.map_or(0, |index| index as i64 + 1)))
            }),
        }
    })
}
