//! Functions of arrays, maps and structs. A map is an array of structs of `key` and `value`.

mod arrays;
mod lambdas;
mod lists;
mod maps;
mod sequences;
mod structs;

use polars::prelude::DataType;

use self::arrays::{Add, Both, One, Pick, Search, common, element};
use self::lambdas::Use;
use super::DataTypeOf as Type;
use super::Gives::{Argument, By, ByValue, Is};
use super::Parameter as P;
use super::{Function, scalar};
use crate::frame::sql::expr::Expr;
use crate::frame::sql::types;

type Typed = Result<DataType, String>;

fn list(element: DataType) -> DataType {
    DataType::List(Box::new(element))
}

fn at(dtypes: &[DataType], index: usize) -> DataType {
    dtypes.get(index).cloned().unwrap_or(DataType::Null)
}

/// An array of what the first argument has and what the argument at `VALUE` is.
fn with_value<const VALUE: usize>(dtypes: &[DataType]) -> Typed {
    Ok(list(common(&element(&at(dtypes, 0)), &at(dtypes, VALUE))?))
}

fn fits(dtypes: &[DataType]) -> Result<(), String> {
    if at(dtypes, 0) == DataType::Null {
        return Err("an array".to_owned());
    }
    common(&element(&at(dtypes, 0)), &at(dtypes, 1)).map(drop)
}

fn of_arrays(dtypes: &[DataType]) -> Typed {
    let mut all = DataType::Null;
    for dtype in dtypes {
        if !matches!(dtype, DataType::List(_) | DataType::Null) {
            return Err(format!("arrays, not {}", types::sql_name(dtype)));
        }
        all = common(&all, &element(dtype))?;
    }
    Ok(list(all))
}

/// The type of `array[index]`, `map[key]`.
fn picked(dtypes: &[DataType]) -> Typed {
    let (from, index) = (at(dtypes, 0), at(dtypes, 1));
    if let Some((key, value)) = types::as_map(&from) {
        if types::is_text(key) && types::is_number(&index) {
            return Err("a key of the map, which is text: CAST(… AS STRING)".to_owned());
        }
        common(key, &index)?;
        return Ok(value.clone());
    }
    match from {
        DataType::List(inner) if types::is_whole(&index) || index == DataType::Null => Ok(*inner),
        DataType::List(_) => Err("a whole number as index".to_owned()),
        _ => Err("an array and an index, or a map and a key".to_owned()),
    }
}

fn pick(args: super::Arguments<'_>, how: Pick) -> polars::prelude::Expr {
    if types::as_map(&args.dtype(0)).is_some() {
        return maps::value_of(args);
    }
    arrays::pick(args, how)
}

fn any_list(dtypes: &[DataType], gives: DataType) -> Typed {
    match at(dtypes, 0) {
        DataType::List(_) | DataType::Null => Ok(gives),
        other => Err(format!("an array or a map, not {}", types::sql_name(&other))),
    }
}

/// Types a function that orders elements: a map has no order.
fn ordered(dtypes: &[DataType]) -> Result<(), String> {
    any_list(dtypes, DataType::Null).map(drop)
}

pub(super) static COLLECTIONS: &[Function] = &[
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
        |args| arrays::look(args, Search::Contains),
    ),
    scalar(
        "array_position",
        "array, value",
        "where the value is first, from 1; 0 where it is not",
        &[P::Array, P::Any],
        By(|dtypes| fits(dtypes).map(|()| DataType::Int64)),
        |args| arrays::look(args, Search::Position),
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
        |args| arrays::both(args, Both::Union),
    ),
    scalar(
        "array_intersect",
        "a, b",
        "the elements that are in both, each once",
        &[P::Array, P::Array],
        By(of_arrays),
        |args| arrays::both(args, Both::Intersect),
    ),
    scalar(
        "array_except",
        "a, b",
        "the elements of `a` that are not in `b`, each once",
        &[P::Array, P::Array],
        By(of_arrays),
        |args| arrays::both(args, Both::Except),
    ),
    scalar(
        "arrays_overlap",
        "a, b",
        "whether both have an element in common",
        &[P::Array, P::Array],
        By(|dtypes| of_arrays(dtypes).map(|_| DataType::Boolean)),
        arrays::overlap,
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
        "array",
        "the array sorted, NULLs last",
        &[P::Array],
        By(|dtypes| ordered(dtypes).map(|()| at(dtypes, 0))),
        |args| arrays::one(args, One::Sort),
    ),
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
            inner @ DataType::List(_) => Ok(inner),
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
        |args| arrays::pick(args, Pick::Get),
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
        "entry",
        "entries[index]",
        "the entry of a map at an index, from 0",
        &[P::Array, P::Whole],
        By(|dtypes| Ok(element(&at(dtypes, 0)))),
        |args| arrays::pick(args, Pick::Subscript),
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
    scalar(
        "transform",
        "array, x -> …",
        "what a function gives for each element",
        &[P::Array, P::Lambda],
        By(|dtypes| Ok(list(at(dtypes, 1)))),
        |args| lambdas::each(args, Use::Transform),
    )
    .fails(),
    scalar(
        "filter",
        "array, x -> …",
        "the elements for which a condition is true",
        &[P::Array, P::Lambda],
        By(|dtypes| lambdas::condition(dtypes).map(|()| at(dtypes, 0))),
        |args| lambdas::each(args, Use::Filter),
    )
    .fails(),
    scalar(
        "exists",
        "array, x -> …",
        "whether a condition is true for an element",
        &[P::Array, P::Lambda],
        By(|dtypes| lambdas::condition(dtypes).map(|()| DataType::Boolean)),
        |args| lambdas::each(args, Use::Exists),
    )
    .fails(),
    scalar(
        "forall",
        "array, x -> …",
        "whether a condition is true for all elements",
        &[P::Array, P::Lambda],
        By(|dtypes| lambdas::condition(dtypes).map(|()| DataType::Boolean)),
        |args| lambdas::each(args, Use::Forall),
    )
    .fails(),
    scalar(
        "aggregate",
        "array, start, (so_far, x) -> …[, result -> …]",
        "folds the elements into one value",
        &[P::Array, P::Any, P::Lambda, P::Lambda],
        By(lambdas::aggregate_type),
        lambdas::aggregate,
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
        lambdas::zip_with,
    )
    .fails(),
    scalar(
        "map_filter",
        "map, (key, value) -> …",
        "the entries for which a condition is true",
        &[P::Map, P::Lambda],
        By(|dtypes| lambdas::condition(dtypes).map(|()| at(dtypes, 0))),
        |args| lambdas::each(args, Use::MapFilter),
    )
    .fails(),
    scalar(
        "transform_keys",
        "map, (key, value) -> …",
        "the map with other keys",
        &[P::Map, P::Lambda],
        By(|dtypes| Ok(types::map(at(dtypes, 1), maps::parts(&at(dtypes, 0)).1))),
        |args| lambdas::each(args, Use::TransformKeys),
    )
    .fails(),
    scalar(
        "transform_values",
        "map, (key, value) -> …",
        "the map with other values",
        &[P::Map, P::Lambda],
        By(|dtypes| Ok(types::map(maps::parts(&at(dtypes, 0)).0, at(dtypes, 1)))),
        |args| lambdas::each(args, Use::TransformValues),
    )
    .fails(),
    scalar(
        "map",
        "key, value, …",
        "a map",
        &[],
        By(maps::map_type),
        maps::map,
    )
    .rest(P::Any)
    .fails(),
    scalar(
        "map_from_arrays",
        "keys, values",
        "a map of two arrays",
        &[P::Array, P::Array],
        By(|dtypes| Ok(types::map(element(&at(dtypes, 0)), element(&at(dtypes, 1))))),
        maps::from_arrays,
    )
    .fails(),
    scalar(
        "map_from_entries",
        "array of structs",
        "a map of structs of two fields",
        &[P::Array],
        By(maps::from_entries_type),
        maps::from_entries,
    )
    .fails(),
    scalar(
        "map_keys",
        "map",
        "the keys",
        &[P::Map],
        By(|dtypes| Ok(list(maps::parts(&at(dtypes, 0)).0))),
        |args| maps::parts_of(args, "key"),
    ),
    scalar(
        "map_values",
        "map",
        "the values",
        &[P::Map],
        By(|dtypes| Ok(list(maps::parts(&at(dtypes, 0)).1))),
        |args| maps::parts_of(args, "value"),
    ),
    scalar(
        "map_entries",
        "map",
        "the entries as structs of `key` and `value`",
        &[P::Map],
        Argument(0),
        |mut args| args.take(0),
    ),
    scalar(
        "map_concat",
        "map, …",
        "the entries of all maps",
        &[],
        By(|dtypes| {
            if dtypes.iter().all(|dtype| types::as_map(dtype).is_some()) && !dtypes.is_empty() {
                of_arrays(dtypes)
            } else {
                Err("maps".to_owned())
            }
        }),
        maps::concat,
    )
    .rest(P::Any)
    .fails(),
    scalar(
        "map_contains_key",
        "map, key",
        "whether the key is there",
        &[P::Map, P::Any],
        By(|dtypes| common(&maps::parts(&at(dtypes, 0)).0, &at(dtypes, 1)).map(|_| DataType::Boolean)),
        maps::contains_key,
    ),
    scalar(
        "str_to_map",
        "text[, between_entries[, between_key_and_value]]",
        "the map that a text holds",
        &[P::Text, P::Text, P::Text],
        ByValue(maps::from_text_type),
        maps::from_text,
    )
    .optional(2)
    .fails(),
    scalar(
        "named_struct",
        "name, value, …",
        "a struct",
        &[],
        ByValue(structs::struct_type),
        structs::named_struct,
    )
    .rest(P::Any),
    scalar(
        "struct",
        "value, …",
        "a struct; its fields have the names of the columns",
        &[],
        ByValue(structs::struct_type),
        structs::named_struct,
    )
    .rest(P::Any),
    scalar(
        "field",
        "struct.field",
        "a field of a struct",
        &[P::Any, P::Text],
        ByValue(structs::field_type),
        structs::field,
    ),
];

/// Returns why maps are not compared or sorted, and what to write in place of it.
pub(super) fn refusal(function: &Function, args: &[Expr]) -> Option<(String, String)> {
    let compares = matches!(
        function.name,
        "=" | "<>" | "<" | "<=" | ">" | ">=" | "<=>" | "in" | "greatest" | "least" | "nullif"
    );
    let has_map = args.iter().any(|arg| types::has_map(&arg.dtype));
    (compares && has_map).then(|| {
        let instead = "compare map_keys(map) and map_values(map)".to_owned();
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
