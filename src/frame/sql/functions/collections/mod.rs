//! Functions of arrays, maps and structs.

mod arrays;
mod body;
mod elements;
mod lambdas;
mod lists;
mod maps;
mod sequences;
mod sets;
mod sorting;
mod structs;
#[cfg(test)]
mod tests;
mod typing;
mod zips;

pub(super) use self::lambdas::LAMBDAS;
pub(super) use self::lists::listed;
pub(super) use self::maps::MAPS;
pub(super) use self::structs::STRUCTS;

use polars::prelude::DataType;

use self::arrays::{Add, One};
use self::elements::Pick;
use self::sets::{Both, Search};
use self::typing::{any_list, at, element, fits, list, of_arrays, ordered, picked, with_value};
use super::DataTypeOf as Type;
use super::Gives::{Argument, By, ByValue, Is};
use super::ParameterType as P;
use super::{Function, scalar};
use crate::frame::sql::expr::Expr;
use crate::frame::sql::types;

fn pick(args: super::Arguments<'_>, how: Pick) -> polars::prelude::Expr {
    if types::as_map(&args.dtype(0)).is_some() {
        return maps::value_of(args);
    }
    elements::pick(args, how)
}

pub(super) static ARRAYS: &[Function] = &[
    scalar(
        "array",
        "value, …",
        "an array of the values",
        &[],
        By(|dtypes| Ok(list(at(dtypes, 0)))),
        arrays::array,
    )
    .rest(P::Same),
    scalar(
        "array_contains",
        "array, value",
        "whether the value is in the array",
        &[P::Array, P::Any],
        By(|dtypes| fits(dtypes).map(|()| DataType::Boolean)),
        |args| sets::search(args, Search::Contains),
    ),
    scalar(
        "array_position",
        "array, value",
        "where the value is first, from 1; 0 where it is not",
        &[P::Array, P::Any],
        By(|dtypes| fits(dtypes).map(|()| DataType::Int64)),
        |args| sets::search(args, Search::Position),
    ),
    scalar(
        "array_distinct",
        "array",
        "each element once",
        &[P::Array],
        Argument(0),
        |args| arrays::one(args, One::Distinct),
    ),
    scalar(
        "array_compact",
        "array",
        "the array without NULLs",
        &[P::Array],
        Argument(0),
        |args| arrays::one(args, One::Compact),
    ),
    scalar(
        "array_union",
        "a, b",
        "the elements of both, each once",
        &[P::Array, P::Array],
        By(of_arrays),
        |args| sets::both(args, Both::Union),
    ),
    scalar(
        "array_intersect",
        "a, b",
        "the elements that are in both, each once",
        &[P::Array, P::Array],
        By(of_arrays),
        |args| sets::both(args, Both::Intersect),
    ),
    scalar(
        "array_except",
        "a, b",
        "the elements of `a` that are not in `b`, each once",
        &[P::Array, P::Array],
        By(of_arrays),
        |args| sets::both(args, Both::Except),
    ),
    scalar(
        "arrays_overlap",
        "a, b",
        "whether both have an element in common",
        &[P::Array, P::Array],
        By(|dtypes| of_arrays(dtypes).map(|_| DataType::Boolean)),
        sets::overlap,
    ),
    scalar(
        "array_join",
        "array, separator[, for_null]",
        "the elements as one text",
        &[P::Array, P::Text, P::Text],
        By(|dtypes| match element(&at(dtypes, 0)) {
            DataType::String | DataType::Null => Ok(DataType::String),
            other if types::is_text(&other) => Ok(DataType::String),
            other if other.is_integer() => Ok(DataType::String),
            other => Err(format!(
                "an array of texts, not of {}: transform(array, x -> CAST(x AS STRING))",
                types::sql_name(&other)
            )),
        }),
        arrays::join,
    )
    .optional(1),
    scalar(
        "array_max",
        "array",
        "the greatest element",
        &[P::Array],
        By(|dtypes| Ok(element(&at(dtypes, 0)))),
        |args| arrays::extreme(args, true),
    ),
    scalar(
        "array_min",
        "array",
        "the least element",
        &[P::Array],
        By(|dtypes| Ok(element(&at(dtypes, 0)))),
        |args| arrays::extreme(args, false),
    ),
    scalar(
        "array_remove",
        "array, value",
        "the array without the elements that are equal to the value",
        &[P::Array, P::Any],
        By(with_value::<1>),
        |args| arrays::add(args, Add::Remove),
    ),
    scalar(
        "array_append",
        "array, value",
        "the array with the value at its end",
        &[P::Array, P::Any],
        By(with_value::<1>),
        |args| arrays::add(args, Add::Append),
    ),
    scalar(
        "array_prepend",
        "array, value",
        "the array with the value at its start",
        &[P::Array, P::Any],
        By(with_value::<1>),
        |args| arrays::add(args, Add::Prepend),
    ),
    scalar(
        "array_insert",
        "array, position, value",
        "the array with the value at a position, from 1",
        &[P::Array, P::Whole, P::Any],
        By(with_value::<2>),
        arrays::insert,
    )
    .fails(),
    scalar(
        "array_repeat",
        "value, count",
        "an array of the value, `count` times",
        &[P::Any, P::Int],
        By(|dtypes| Ok(list(at(dtypes, 0)))),
        arrays::repeat,
    )
    .fails(),
    scalar(
        "size",
        "array or map",
        "how many elements there are",
        &[P::Any],
        By(|dtypes| any_list(dtypes, DataType::Int32)),
        arrays::size,
    )
    .also(&["cardinality"]),
    scalar(
        "array_size",
        "array",
        "how many elements there are",
        &[P::Array],
        Is(Type::Int),
        arrays::size,
    ),
    scalar(
        "sort_array",
        "array[, ascending]",
        "the array sorted; NULLs first, or last where it is descending",
        &[P::Array, P::Boolean],
        By(|dtypes| ordered(dtypes).map(|()| at(dtypes, 0))),
        arrays::sort_array,
    )
    .optional(1),
    scalar(
        "array_sort",
        "array[, (x, y) -> …]",
        "the array sorted, NULLs last, or by a function that gives -1, 0 or 1",
        &[P::Array, P::Lambda],
        By(|dtypes| sorting::comparator(dtypes).map(|()| at(dtypes, 0))),
        |args| {
            if args.len() > 1 {
                sorting::sort_by(args)
            } else {
                arrays::one(args, One::Sort)
            }
        },
    )
    .optional(1)
    .fails(),
    scalar(
        "arrays_zip",
        "array, …",
        "an array of structs of the elements of all",
        &[],
        ByValue(zips::zip_type),
        zips::zip,
    )
    .rest(P::Any),
    scalar(
        "reverse array",
        "array",
        "the array from its end",
        &[P::Array],
        Argument(0),
        |args| arrays::one(args, One::Reverse),
    ),
    scalar(
        "concat arrays",
        "array, …",
        "the arrays one behind the other",
        &[],
        By(of_arrays),
        arrays::concat,
    )
    .rest(P::Any),
    scalar(
        "flatten",
        "array of arrays",
        "the elements of the arrays",
        &[P::Array],
        By(|dtypes| match element(&at(dtypes, 0)) {
            inner if types::is_array(&inner) => Ok(inner),
            _ => Err("an array of arrays".to_owned()),
        }),
        arrays::flatten,
    ),
    scalar(
        "slice",
        "array, start, length",
        "a part of the array; `start` counts from 1, from the end where negative",
        &[P::Array, P::Whole, P::Whole],
        Argument(0),
        arrays::slice,
    )
    .fails(),
    scalar(
        "element_at",
        "array, index | map, key",
        "the element at an index, from 1; the value of a key",
        &[P::Any, P::Any],
        By(picked),
        |args| pick(args, Pick::ElementAt),
    )
    .fails(),
    scalar(
        "try_element_at",
        "array, index | map, key",
        "the element at an index, from 1; NULL where there is none",
        &[P::Any, P::Any],
        By(picked),
        |args| pick(args, Pick::TryElementAt),
    )
    .fails(),
    scalar(
        "get",
        "array, index",
        "the element at an index, from 0; NULL where there is none",
        &[P::Array, P::Whole],
        By(|dtypes| Ok(element(&at(dtypes, 0)))),
        |args| elements::pick(args, Pick::Get),
    ),
    scalar(
        "subscript",
        "array[index]",
        "the element at an index, from 0; the value of a key",
        &[P::Any, P::Any],
        By(picked),
        |args| pick(args, Pick::Subscript),
    )
    .fails(),
    scalar(
        "sequence",
        "start, end[, step]",
        "the values from start to end",
        &[P::Any, P::Any, P::Any],
        By(sequences::sequence_type),
        sequences::sequence,
    )
    .optional(1)
    .fails(),
];

/// Returns why maps are not compared or sorted, and what to write in place of it.
pub(super) fn refusal(function: &Function, args: &[Expr]) -> Option<(String, String)> {
    let compared = match function.name {
        "="
        | "<>"
        | "<"
        | "<="
        | ">"
        | ">="
        | "<=>"
        | "in"
        | "greatest"
        | "least"
        | "nullif"
        | "decode"
        | "array_contains"
        | "array_position"
        | "array_distinct"
        | "array_union"
        | "array_intersect"
        | "array_except"
        | "arrays_overlap"
        | "array_max"
        | "array_min"
        | "array_remove"
        | "sort_array"
        | "min"
        | "max"
        | "mode"
        | "collect_set"
        | "approx_count_distinct" => args,
        "array_sort" if args.len() == 1 => args,
        "min_by" | "max_by" => args.get(1..).unwrap_or_default(),
        _ => return None,
    };
    let has_map = compared.iter().any(|arg| types::has_map(&arg.dtype));
    has_map.then(|| {
        let instead = "take array_sort(map_entries(map)), which is an array".to_owned();
        (format!("`{}` of maps", function.name), instead)
    })
}

/// Makes bytes of arrays or structs that are equal and ordered as they are; NULL stays NULL.
pub(super) fn keys(values: polars::prelude::Expr) -> polars::prelude::Expr {
    use polars::prelude::{Field, IntoColumn as _};
    values.map(
        |column| Ok(lists::keys(&column.take_materialized_series())?.into_column()),
        |_, field| Ok(Field::new(field.name().clone(), DataType::Binary)),
    )
}

/// Returns such bytes of a column.
pub(super) fn key_series(
    values: &polars::prelude::Series,
) -> polars::prelude::PolarsResult<polars::prelude::Series> {
    lists::keys(values)
}

/// Returns the types of the parameters of a lambda, from the arguments before it; `None` where no such lambda fits.
pub(super) fn lambda_types(function: &Function, before: &[Expr], count: usize) -> Option<Vec<DataType>> {
    lambdas::lambda_types(function.name, before, count)
}

/// Returns the function of arrays where one of that name is called with an array.
pub(super) fn of_arrays_by_name(name: &str, args: &[Expr]) -> Option<&'static str> {
    let is_array = args.iter().any(|arg| matches!(arg.dtype, DataType::List(_)));
    match name {
        "concat" if is_array => Some("concat arrays"),
        "reverse" if is_array => Some("reverse array"),
        _ => None,
    }
}
