//! Functions that call functions: the body is computed once over the elements of all rows.

use polars::prelude::*;

use super::body::{Body, outer_columns};
use super::lists::{ListSource, Lists, converted};
use super::maps;
use super::typing::{at, element, list};
use super::zips;
use crate::frame::sql::expr::Expr as Bound;
use crate::frame::sql::functions::Gives::By;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::rows::{by_rows, some};
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static LAMBDAS: &[Function] = &[
    scalar(
        "transform",
        "array, x -> …",
        "what a function gives for each element",
        &[P::Array, P::Lambda],
        By(|dtypes| Ok(list(at(dtypes, 1)))),
        |args| each(args, Use::Transform),
    )
    .fails(),
    scalar(
        "filter",
        "array, x -> …",
        "the elements for which a condition is true",
        &[P::Array, P::Lambda],
        By(|dtypes| condition(dtypes).map(|()| at(dtypes, 0))),
        |args| each(args, Use::Filter),
    )
    .fails(),
    scalar(
        "exists",
        "array, x -> …",
        "whether a condition is true for an element",
        &[P::Array, P::Lambda],
        By(|dtypes| condition(dtypes).map(|()| DataType::Boolean)),
        |args| each(args, Use::Exists),
    )
    .fails(),
    scalar(
        "forall",
        "array, x -> …",
        "whether a condition is true for all elements",
        &[P::Array, P::Lambda],
        By(|dtypes| condition(dtypes).map(|()| DataType::Boolean)),
        |args| each(args, Use::Forall),
    )
    .fails(),
    scalar(
        "aggregate",
        "array, start, (so_far, x) -> …[, result -> …]",
        "folds the elements into one value",
        &[P::Array, P::Any, P::Lambda, P::Lambda],
        By(aggregate_type),
        aggregate,
    )
    .optional(1)
    .fails()
    .also(&["reduce"]),
    scalar(
        "zip_with",
        "a, b, (x, y) -> …",
        "what a function gives for the elements of both",
        &[P::Array, P::Array, P::Lambda],
        By(|dtypes| Ok(list(at(dtypes, 2)))),
        zip_with,
    )
    .fails(),
    scalar(
        "map_zip_with",
        "a, b, (key, x, y) -> …",
        "what a function gives for the keys of both maps",
        &[P::Map, P::Map, P::Lambda],
        By(zips::zip_maps_type),
        zips::zip_maps,
    )
    .fails(),
    scalar(
        "map_filter",
        "map, (key, value) -> …",
        "the entries for which a condition is true",
        &[P::Map, P::Lambda],
        By(|dtypes| condition(dtypes).map(|()| at(dtypes, 0))),
        |args| each(args, Use::MapFilter),
    )
    .fails(),
    scalar(
        "transform_keys",
        "map, (key, value) -> …",
        "the map with other keys",
        &[P::Map, P::Lambda],
        By(|dtypes| Ok(types::map(at(dtypes, 1), maps::parts(&at(dtypes, 0)).1))),
        |args| each(args, Use::TransformKeys),
    )
    .fails(),
    scalar(
        "transform_values",
        "map, (key, value) -> …",
        "the map with other values",
        &[P::Map, P::Lambda],
        By(|dtypes| Ok(types::map(maps::parts(&at(dtypes, 0)).0, at(dtypes, 1)))),
        |args| each(args, Use::TransformValues),
    )
    .fails(),
];

/// The elements of all rows, one below the other.
struct Flat {
    /// Where each is in the column of arrays.
    elements: Vec<IdxSize>,
    rows_of: Vec<IdxSize>,
    /// Of each its place in its array.
    places: Vec<i32>,
    lengths: Vec<Option<usize>>,
}

impl Flat {
    fn of(lists: &Lists, length: usize) -> Self {
        let mut flat = Self {
            elements: Vec::new(),
            rows_of: Vec::new(),
            places: Vec::new(),
            lengths: Vec::with_capacity(length),
        };
        for row in 0..length {
            let span = lists.at(row);
            flat.lengths.push(span.as_ref().map(ExactSizeIterator::len));
            for (place, element) in span.unwrap_or_default().enumerate() {
                flat.elements.push(element as IdxSize);
                flat.rows_of.push(row as IdxSize);
                flat.places.push(i32::try_from(place).unwrap_or(i32::MAX));
            }
        }
        flat
    }

    /// Makes arrays of values, one for each element; leaves out those that are not `kept`.
    fn listed(&self, values: &Series, kept: Option<&BooleanChunked>) -> PolarsResult<Series> {
        let source = ListSource::new(&[values], &values.dtype().clone())?;
        let mut start = 0;
        source.gathered(self.lengths.len(), |row, made| {
            let length = some!(self.lengths.get(row).copied().flatten());
            let all = start..start + length;
            start += length;
            made.extend(
                all.filter(|element| kept.is_none_or(|kept| kept.get(*element) == Some(true)))
                    .map(|element| element as IdxSize),
            );
            Ok(Some(()))
        })
    }
}

/// What a function does with the values of its lambda.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Transform,
    Filter,
    Exists,
    Forall,
    MapFilter,
    TransformKeys,
    TransformValues,
}

/// Computes `function(array or map, lambda)`.
pub(super) fn each(mut args: Arguments<'_>, what: Use) -> Expr {
    let Some((body, outer)) = Body::take(&mut args, 1) else {
        return lit(NULL);
    };
    let gives = args.gives.clone();
    args.exprs.truncate(1);
    args.exprs.extend(outer);
    let is_map = matches!(what, Use::MapFilter | Use::TransformKeys | Use::TransformValues);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let outer = outer_columns(rows, 1)?;
        let flat = Flat::of(&lists, rows.length);
        let elements = lists.elements.take_slice(&flat.elements)?;
        let parameters = if is_map {
            vec![maps::keys_of(&elements)?, maps::values_of(&elements)?]
        } else {
            vec![elements.clone(), Series::new(PlSmallStr::EMPTY, &flat.places)]
        };
        let mut computed = body.compute(parameters, &outer, &flat.rows_of)?;
        if matches!(what, Use::Filter | Use::MapFilter | Use::Exists | Use::Forall) {
            computed = computed.cast(&DataType::Boolean)?;
        }
        match what {
            Use::Transform => flat.listed(&computed, None),
            Use::Filter | Use::MapFilter => flat.listed(&elements, Some(computed.bool()?)),
            Use::TransformKeys => {
                let entries = maps::entries(&computed, &maps::values_of(&elements)?, &gives)?;
                maps::checked(flat.listed(&entries, None)?)
            }
            Use::TransformValues => {
                let entries = maps::entries(&maps::keys_of(&elements)?, &computed, &gives)?;
                flat.listed(&entries, None)
            }
            Use::Exists | Use::Forall => {
                let decides = what == Use::Exists;
                let values = computed.bool()?;
                let mut start = 0;
                rows.make_booleans(|row| {
                    let length = some!(flat.lengths.get(row).copied().flatten());
                    let all = start..start + length;
                    start += length;
                    let mut has_null = false;
                    for element in all {
                        match values.get(element) {
                            Some(value) if value == decides => return Ok(Some(decides)),
                            None => has_null = true,
                            Some(_) => {}
                        }
                    }
                    Ok((!has_null).then_some(!decides))
                })
            }
        }
    })
}

/// `aggregate(array, start, (so far, x) -> …[, result -> …])`: one step for all rows at a time.
pub(super) fn aggregate(mut args: Arguments<'_>) -> Expr {
    let Some((merge, merge_outer)) = Body::take(&mut args, 2) else {
        return lit(NULL);
    };
    let finish = Body::take(&mut args, 3);
    args.exprs.truncate(2);
    let merge_width = merge_outer.len();
    args.exprs.extend(merge_outer);
    let finish = finish.map(|(body, outer)| {
        args.exprs.extend(outer);
        body
    });
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let outer = outer_columns(rows, 2)?;
        let (merge_outer, finish_outer) = outer.split_at(merge_width.min(outer.len()));
        let mut state = converted(&rows.spread(1)?, &merge.dtype)?;
        let longest = (0..rows.length)
            .filter_map(|row| lists.at(row))
            .map(|span| span.len())
            .max();
        for place in 0..longest.unwrap_or(0) {
            let (mut at, mut elements) = (Vec::new(), Vec::new());
            for row in 0..rows.length {
                if let Some(span) = lists.at(row)
                    && place < span.len()
                {
                    at.push(row as IdxSize);
                    elements.push((span.start + place) as IdxSize);
                }
            }
            let parameters = vec![state.take_slice(&at)?, lists.elements.take_slice(&elements)?];
            let computed = merge.compute(parameters, merge_outer, &at)?;
            // Rows that have an element get the new value, the others keep theirs.
            let length = rows.length;
            let mut positions: Vec<IdxSize> = (0..length as IdxSize).collect();
            for (new, row) in at.iter().enumerate() {
                if let Some(position) = positions.get_mut(*row as usize) {
                    *position = (length + new) as IdxSize;
                }
            }
            state.append(&computed)?;
            state = state.rechunk().take_slice(&positions)?;
        }
        if let Some(finish) = &finish {
            let all: Vec<IdxSize> = (0..rows.length as IdxSize).collect();
            state = finish.compute(vec![state], finish_outer, &all)?;
        }
        let is_there: BooleanChunked = (0..rows.length)
            .map(|row| Some(lists.at(row).is_some()))
            .collect();
        let nothing = Series::full_null(PlSmallStr::EMPTY, rows.length, state.dtype());
        state.zip_with(&is_there, &nothing)
    })
}

/// `zip_with(a, b, (x, y) -> …)`: the shorter array is filled with NULL.
pub(super) fn zip_with(mut args: Arguments<'_>) -> Expr {
    let Some((body, outer)) = Body::take(&mut args, 2) else {
        return lit(NULL);
    };
    args.exprs.truncate(2);
    args.exprs.extend(outer);
    by_rows(args, move |rows| {
        let (left, right) = (Lists::of(rows, 0)?, Lists::of(rows, 1)?);
        let outer = outer_columns(rows, 2)?;
        let sides = [
            ListSource::new(&[&left.elements], &left.elements.dtype().clone())?,
            ListSource::new(&[&right.elements], &right.elements.dtype().clone())?,
        ];
        let mut flat = Flat::of(&left, 0);
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        for row in 0..rows.length {
            let (Some(one), Some(other)) = (left.at(row), right.at(row)) else {
                flat.lengths.push(None);
                continue;
            };
            let length = one.len().max(other.len());
            flat.lengths.push(Some(length));
            let [of_left, of_right] = &sides;
            for place in 0..length {
                let at = |span: &std::ops::Range<usize>, source: &ListSource| {
                    if place < span.len() {
                        (span.start + place) as IdxSize
                    } else {
                        source.null()
                    }
                };
                lefts.push(at(&one, of_left));
                rights.push(at(&other, of_right));
                flat.rows_of.push(row as IdxSize);
            }
        }
        let [of_left, of_right] = &sides;
        let parameters = vec![of_left.picked(&lefts)?, of_right.picked(&rights)?];
        flat.listed(&body.compute(parameters, &outer, &flat.rows_of)?, None)
    })
}

/// Returns the types of the parameters of a lambda, from the arguments before it; `None` where no such lambda fits.
pub(super) fn lambda_types(name: &str, before: &[Bound], count: usize) -> Option<Vec<DataType>> {
    let dtype = |index: usize| before.get(index).map_or(DataType::Null, |arg| arg.dtype.clone());
    Some(match (name, before.len(), count) {
        ("transform" | "filter" | "exists" | "forall", 1, 1) => vec![element(&dtype(0))],
        ("transform" | "filter", 1, 2) => vec![element(&dtype(0)), DataType::Int32],
        ("aggregate", 2, 2) => vec![dtype(1), element(&dtype(0))],
        ("aggregate", 3, 1) => vec![dtype(1)],
        ("array_sort", 1, 2) => vec![element(&dtype(0)), element(&dtype(0))],
        ("map_zip_with", 2, 3) => {
            let key = zips::zipped_key(&dtype(0), &dtype(1)).ok()?;
            vec![key, maps::parts(&dtype(0)).1, maps::parts(&dtype(1)).1]
        }
        ("zip_with", 2, 2) => vec![element(&dtype(0)), element(&dtype(1))],
        ("map_filter" | "transform_keys" | "transform_values", 1, 2) => {
            let (key, value) = maps::parts(&dtype(0));
            vec![key, value]
        }
        _ => return None,
    })
}

/// Refuses a state of `aggregate` that changes its type on the way.
pub(super) fn aggregate_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let [_, start, merged, rest @ ..] = dtypes else {
        return Err("a start and a function".to_owned());
    };
    if *start != *merged {
        return Err(format!(
            "a function whose result has the type of the start, which is {} (its result is {}): cast the start",
            types::sql_name(start),
            types::sql_name(merged)
        ));
    }
    Ok(rest.first().unwrap_or(merged).clone())
}

/// Makes the error of a condition that is no condition.
pub(super) fn condition(dtypes: &[DataType]) -> Result<(), String> {
    match dtypes.get(1) {
        Some(DataType::Boolean | DataType::Null) | None => Ok(()),
        Some(other) => Err(format!(
            "a function that gives true or false, not {}",
            types::sql_name(other)
        )),
    }
}
