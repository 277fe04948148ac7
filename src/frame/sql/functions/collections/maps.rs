//! Maps: lists of structs of two fields whose names no data of a user has, so that a map is one wherever it is kept. Keys
//! differ and are not NULL.

use polars::prelude::*;

use super::lists::{ListSource, Lists, converted, identities};
use super::typing::{at, common, element, list};
use crate::frame::sql::expr::{Expr as Bound, Kind, Literal};
use crate::frame::sql::functions::Gives::{By, ByValue};
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{by_rows, some};
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static MAPS: &[Function] = &[
    scalar("map", "key, value, …", "a map", &[], By(map_type), map)
        .rest(P::Any)
        .fails(),
    scalar(
        "map_from_arrays",
        "keys, values",
        "a map of two arrays",
        &[P::Array, P::Array],
        By(|dtypes| Ok(types::map(element(&at(dtypes, 0)), element(&at(dtypes, 1))))),
        from_arrays,
    )
    .fails(),
    scalar(
        "map_from_entries",
        "array of structs",
        "a map of structs of two fields",
        &[P::Array],
        By(from_entries_type),
        from_entries,
    )
    .fails(),
    scalar(
        "map_keys",
        "map",
        "the keys",
        &[P::Map],
        By(|dtypes| Ok(list(parts(&at(dtypes, 0)).0))),
        |args| parts_of(args, types::MAP_KEY),
    ),
    scalar(
        "map_values",
        "map",
        "the values",
        &[P::Map],
        By(|dtypes| Ok(list(parts(&at(dtypes, 0)).1))),
        |args| parts_of(args, types::MAP_VALUE),
    ),
    scalar(
        "map_entries",
        "map",
        "the entries as structs of `key` and `value`",
        &[P::Map],
        By(|dtypes| {
            let (key, value) = parts(&at(dtypes, 0));
            Ok(types::entries(key, value))
        }),
        entries_of,
    ),
    scalar(
        "map_concat",
        "map, …",
        "the entries of all maps",
        &[],
        By(|dtypes| {
            if dtypes.iter().all(|dtype| types::as_map(dtype).is_some()) && !dtypes.is_empty() {
                types::common_of(dtypes.iter()).ok_or_else(|| "maps of one type".to_owned())
            } else {
                Err("maps".to_owned())
            }
        }),
        concat,
    )
    .rest(P::Any)
    .fails(),
    scalar(
        "map_contains_key",
        "map, key",
        "whether the key is there",
        &[P::Map, P::Any],
        By(|dtypes| common(&parts(&at(dtypes, 0)).0, &at(dtypes, 1)).map(|_| DataType::Boolean)),
        contains_key,
    ),
    scalar(
        "str_to_map",
        "text[, between_entries[, between_key_and_value]]",
        "the map that a text holds",
        &[P::Text, P::Text, P::Text],
        ByValue(from_text_type),
        from_text,
    )
    .optional(2)
    .fails(),
];

/// Returns the types of keys and values; those of NULL are NULL.
pub(super) fn parts(dtype: &DataType) -> (DataType, DataType) {
    types::as_map(dtype).map_or((DataType::Null, DataType::Null), |(key, value)| {
        (key.clone(), value.clone())
    })
}

/// Makes entries of keys and values.
pub(super) fn entries(keys: &Series, values: &Series, dtype: &DataType) -> PolarsResult<Series> {
    let (key, value) = parts(dtype);
    let fields = [
        converted(keys, &key)?.with_name(types::MAP_KEY.into()),
        converted(values, &value)?.with_name(types::MAP_VALUE.into()),
    ];
    Ok(StructChunked::from_series(PlSmallStr::EMPTY, keys.len(), fields.iter())?.into_series())
}

/// Returns the keys of entries.
pub(super) fn keys_of(entries: &Series) -> PolarsResult<Series> {
    part(entries, types::MAP_KEY)
}

/// Returns the values of entries.
pub(super) fn values_of(entries: &Series) -> PolarsResult<Series> {
    part(entries, types::MAP_VALUE)
}

fn part(entries: &Series, name: &str) -> PolarsResult<Series> {
    if *entries.dtype() == DataType::Null {
        return Ok(entries.clone());
    }
    entries.struct_()?.field_by_name(name)
}

/// Returns maps; an error where a key is NULL or is there twice.
pub(super) fn checked(maps: Series) -> PolarsResult<Series> {
    let lists = Lists::of_series(&maps, false)?;
    let keys = keys_of(&lists.elements)?;
    let ids = identities(&keys)?;
    let nulls = keys.is_null();
    let mut seen = PlHashSet::default();
    for span in (0..maps.len()).filter_map(|row| lists.at(row)) {
        seen.clear();
        for element in span {
            if nulls.get(element).unwrap_or(true) {
                return Err(failed(
                    "a key of a map is NULL",
                    "leave such entries out, or write coalesce(key, …)",
                ));
            }
            if !seen.insert(ids.get(element).copied().unwrap_or_default()) {
                let key = keys.get(element)?;
                return Err(failed(
                    &format!("the key {key} is in the map twice"),
                    "leave one of them out, for example with map_filter before map_concat",
                ));
            }
        }
    }
    Ok(maps)
}

/// Types `map(key, value, …)`.
pub(super) fn map_type(dtypes: &[DataType]) -> Result<DataType, String> {
    if !dtypes.len().is_multiple_of(2) {
        return Err("a value for each key".to_owned());
    }
    let (mut key, mut value) = (DataType::Null, DataType::Null);
    for (index, dtype) in dtypes.iter().enumerate() {
        let so_far = if index % 2 == 0 { &mut key } else { &mut value };
        *so_far = common(so_far, dtype)?;
    }
    Ok(types::map(key, value))
}

/// `map(key, value, …)`
pub(super) fn map(args: Arguments<'_>) -> Expr {
    let gives = args.gives.clone();
    if args.len() == 0 {
        let DataType::List(inner) = &gives else {
            return lit(NULL);
        };
        let empty = Series::new_empty(PlSmallStr::EMPTY, inner);
        return lit(Scalar::new(gives.clone(), AnyValue::List(empty)));
    }
    by_rows(args, move |rows| {
        let (key, value) = parts(&gives);
        let columns = (0..rows.width())
            .map(|index| rows.spread(index))
            .collect::<PolarsResult<Vec<_>>>()?;
        let pick = |odd: usize| columns.iter().skip(odd).step_by(2).collect::<Vec<&Series>>();
        let keys = ListSource::new(&pick(0), &key)?;
        let values = ListSource::new(&pick(1), &value)?;
        let entries = entries(&keys.elements, &values.elements, &gives)?;
        let source = ListSource::new(&[&entries], &entries.dtype().clone())?;
        let maps = source.gathered(rows.length, |row, made| {
            made.extend((0..columns.len() / 2).map(|index| keys.position(index, row)));
            Ok(Some(()))
        })?;
        checked(maps)
    })
}

/// `map_from_arrays(keys, values)`
pub(super) fn from_arrays(args: Arguments<'_>) -> Expr {
    let gives = args.gives.clone();
    by_rows(args, move |rows| {
        let (keys, values) = (Lists::of(rows, 0)?, Lists::of(rows, 1)?);
        let (mut key_at, mut value_at): (Vec<IdxSize>, Vec<IdxSize>) = (Vec::new(), Vec::new());
        let mut lengths = Vec::with_capacity(rows.length);
        for row in 0..rows.length {
            let (Some(keys), Some(values)) = (keys.at(row), values.at(row)) else {
                lengths.push(None);
                continue;
            };
            if keys.len() != values.len() {
                let reason = format!("{} keys and {} values make no map", keys.len(), values.len());
                return Err(failed(
                    &reason,
                    "give two arrays of one length, for example with slice",
                ));
            }
            lengths.push(Some(keys.len()));
            key_at.extend(keys.map(|element| element as IdxSize));
            value_at.extend(values.map(|element| element as IdxSize));
        }
        let (keys, values) = (
            keys.elements.take_slice(&key_at)?,
            values.elements.take_slice(&value_at)?,
        );
        let entries = entries(&keys, &values, &gives)?;
        let source = ListSource::new(&[&entries], &entries.dtype().clone())?;
        let mut start = 0;
        let maps = source.gathered(rows.length, |row, made| {
            let length = some!(lengths.get(row).copied().flatten());
            made.extend((start..start + length).map(|element| element as IdxSize));
            start += length;
            Ok(Some(()))
        })?;
        checked(maps)
    })
}

/// Types `map_from_entries`.
pub(super) fn from_entries_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let element = dtypes.first().map_or(DataType::Null, super::typing::element);
    match &element {
        DataType::Struct(fields) => match fields.as_slice() {
            [key, value] => Ok(types::map(key.dtype().clone(), value.dtype().clone())),
            _ => Err("an array of structs of two fields".to_owned()),
        },
        _ => Err("an array of structs of two fields".to_owned()),
    }
}

/// `map_from_entries(array of structs)`: NULL where an entry is.
pub(super) fn from_entries(args: Arguments<'_>) -> Expr {
    let gives = args.gives.clone();
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let fields = lists.elements.struct_()?.fields_as_series();
        let [keys, values] = fields.as_slice() else {
            return Err(failed(
                "these entries have not two fields",
                "name them: struct(key, value)",
            ));
        };
        let entries = entries(keys, values, &gives)?;
        let nulls = lists.elements.is_null();
        let source = ListSource::new(&[&entries], &entries.dtype().clone())?;
        let maps = source.gathered(rows.length, |row, made| {
            for element in some!(lists.at(row)) {
                if nulls.get(element).unwrap_or(true) {
                    return Ok(None);
                }
                made.push(element as IdxSize);
            }
            Ok(Some(()))
        })?;
        checked(maps)
    })
}

/// `map_keys` and `map_values`.
pub(super) fn parts_of(args: Arguments<'_>, name: &'static str) -> Expr {
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let parts = part(&lists.elements, name)?;
        let source = ListSource::new(&[&parts], &parts.dtype().clone())?;
        source.gathered(rows.length, |row, made| {
            made.extend(some!(lists.at(row)).map(|element| element as IdxSize));
            Ok(Some(()))
        })
    })
}

/// `map_entries(map)`
fn entries_of(args: Arguments<'_>) -> Expr {
    by_rows(args, |rows| {
        let lists = Lists::of(rows, 0)?;
        let fields = [
            keys_of(&lists.elements)?.with_name("key".into()),
            values_of(&lists.elements)?.with_name("value".into()),
        ];
        let entries = StructChunked::from_series(PlSmallStr::EMPTY, lists.elements.len(), fields.iter())?;
        let entries = entries.into_series();
        let source = ListSource::new(&[&entries], &entries.dtype().clone())?;
        source.gathered(rows.length, |row, made| {
            made.extend(some!(lists.at(row)).map(|element| element as IdxSize));
            Ok(Some(()))
        })
    })
}

/// `map_concat(map, …)`
pub(super) fn concat(args: Arguments<'_>) -> Expr {
    super::arrays::concat(args).map(
        |column| Ok(checked(column.take_materialized_series())?.into_column()),
        |_, field| Ok(field.clone()),
    )
}

/// Finds the entry of a key: its value, NULL without one.
pub(super) fn value_of(args: Arguments<'_>) -> Expr {
    let key = types::common(&parts(&args.dtype(0)).0, &args.dtype(1)).unwrap_or(DataType::Null);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let (wanted, is_constant) = rows.series(1)?;
        let keys = ListSource::new(&[&keys_of(&lists.elements)?, wanted], &key)?;
        let values = values_of(&lists.elements)?;
        let source = ListSource::new(&[&values], &values.dtype().clone())?;
        let ids = identities(&keys.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        let picked: Vec<IdxSize> = (0..rows.length)
            .map(|row| {
                let wanted = id(keys.position(1, if is_constant { 0 } else { row }));
                let mut span = lists.at(row).unwrap_or_default();
                let found = span.find(|element| id(keys.position(0, *element)) == wanted);
                found.map_or(source.null(), |element| element as IdxSize)
            })
            .collect();
        source.picked(&picked)
    })
}

/// Types `str_to_map`: its separators are constants without signs that mean something in a pattern.
pub(super) fn from_text_type(args: &[Bound]) -> Result<DataType, String> {
    for arg in args.iter().skip(1) {
        let is_plain = match &arg.kind {
            Kind::Literal(Literal::Text(text)) => {
                !text.is_empty() && !text.contains(|sign| "\\^$.|?*+()[]{}".contains(sign))
            }
            _ => false,
        };
        if !is_plain {
            return Err(
                "constant separators without signs of patterns: replace(text, '|', ',') before".to_owned(),
            );
        }
    }
    Ok(types::map(DataType::String, DataType::String))
}

/// `str_to_map(text[, between entries[, between key and value]])`
pub(super) fn from_text(args: Arguments<'_>) -> Expr {
    let gives = args.gives.clone();
    let pattern = |index: usize, default: &str| match args.bound.get(index).map(|bound| &bound.kind) {
        Some(Kind::Literal(Literal::Text(text))) => text.clone(),
        _ => default.to_owned(),
    };
    let (between, inside) = (pattern(1, ","), pattern(2, ":"));
    by_rows(args, move |rows| {
        let texts = rows.texts(0)?;
        let (mut keys, mut values): (Vec<&str>, Vec<Option<&str>>) = (Vec::new(), Vec::new());
        let mut spans = Vec::with_capacity(rows.length);
        for row in 0..rows.length {
            let Some(text) = texts.at(row) else {
                spans.push(None);
                continue;
            };
            let start = keys.len();
            for entry in text.split(between.as_str()) {
                let mut parts = entry.splitn(2, inside.as_str());
                keys.push(parts.next().unwrap_or_default());
                values.push(parts.next());
            }
            spans.push(Some(start..keys.len()));
        }
        let entries = entries(
            &Series::new(PlSmallStr::EMPTY, keys),
            &Series::new(PlSmallStr::EMPTY, values),
            &gives,
        )?;
        let source = ListSource::new(&[&entries], &entries.dtype().clone())?;
        let maps = source.gathered(rows.length, |row, made| {
            made.extend(some!(spans.get(row).cloned().flatten()).map(|element| element as IdxSize));
            Ok(Some(()))
        })?;
        checked(maps)
    })
}

/// `map_contains_key(map, key)`
pub(super) fn contains_key(args: Arguments<'_>) -> Expr {
    let key = types::common(&parts(&args.dtype(0)).0, &args.dtype(1)).unwrap_or(DataType::Null);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let (wanted, is_constant) = rows.series(1)?;
        let keys = ListSource::new(&[&keys_of(&lists.elements)?, wanted], &key)?;
        let ids = identities(&keys.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        rows.make_booleans(|row| {
            let mut span = some!(lists.at(row));
            let wanted = id(keys.position(1, if is_constant { 0 } else { row }));
            if wanted == id(keys.null()) {
                return Ok(None);
            }
            Ok(Some(span.any(|element| id(keys.position(0, element)) == wanted)))
        })
    })
}
