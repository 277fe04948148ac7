//! Arrays and maps side by side: `arrays_zip` and `map_zip_with`.

use polars::prelude::*;

use super::body::{Body, outer_columns};
use super::lists::{ListSource, Lists, identities, listed};
use super::{maps, structs};
use crate::frame::sql::expr::Expr as Bound;
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::rows::by_rows;
use crate::frame::sql::types;

/// Types `arrays_zip`, whose arguments are names and arrays in turn.
pub(super) fn zip_type(args: &[Bound]) -> Result<DataType, String> {
    let DataType::Struct(fields) = structs::struct_type(args)? else {
        return Err("arrays".to_owned());
    };
    let fields = fields.into_iter().map(|field| match field.dtype() {
        DataType::Null => Ok(field),
        array if types::is_array(array) => Ok(Field::new(field.name().clone(), super::element(array))),
        other => Err(format!("arrays, not {}", types::sql_name(other))),
    });
    let fields = fields.collect::<Result<Vec<Field>, String>>()?;
    Ok(DataType::List(Box::new(DataType::Struct(fields))))
}

/// `arrays_zip(a, b, …)`: what is missing in a shorter array is NULL.
pub(super) fn zip(args: Arguments<'_>) -> Expr {
    let DataType::Struct(fields) = super::element(args.gives) else {
        return lit(NULL);
    };
    by_rows(args, move |rows| {
        let arrays = (0..fields.len())
            .map(|index| Lists::of(rows, 2 * index + 1))
            .collect::<PolarsResult<Vec<Lists>>>()?;
        let sources = arrays
            .iter()
            .map(|lists| ListSource::new(&[&lists.elements], &lists.elements.dtype().clone()))
            .collect::<PolarsResult<Vec<ListSource>>>()?;
        let mut positions: Vec<Vec<IdxSize>> = vec![Vec::new(); fields.len()];
        let mut spans = Vec::with_capacity(rows.length);
        let mut length = 0;
        for row in 0..rows.length {
            let of_row: Option<Vec<_>> = arrays.iter().map(|lists| lists.at(row)).collect();
            let Some(of_row) = of_row else {
                spans.push(None);
                continue;
            };
            let longest = of_row.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
            for ((positions, source), mut span) in positions.iter_mut().zip(&sources).zip(of_row) {
                let next = || span.next().map_or(source.null(), |element| element as IdxSize);
                positions.extend(std::iter::repeat_with(next).take(longest));
            }
            spans.push(Some(length..length + longest));
            length += longest;
        }
        let columns = sources.iter().zip(&positions).zip(&fields);
        let columns = columns.map(|((source, positions), field)| {
            Ok(source.picked(positions)?.with_name(field.name().clone()))
        });
        let columns = columns.collect::<PolarsResult<Vec<Series>>>()?;
        let structs = StructChunked::from_series(PlSmallStr::EMPTY, length, columns.iter())?;
        listed(&structs.into_series(), &spans)
    })
}

/// Types `map_zip_with`.
pub(super) fn zip_maps_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let dtype = |index: usize| super::at(dtypes, index);
    Ok(types::map(zipped_key(&dtype(0), &dtype(1))?, dtype(2)))
}

/// Returns the type of the keys of two maps.
pub(super) fn zipped_key(one: &DataType, other: &DataType) -> Result<DataType, String> {
    super::typing::common(&maps::parts(one).0, &maps::parts(other).0)
}

/// `map_zip_with(a, b, (key, x, y) -> …)`: the keys of the first, then those that only the second has.
pub(super) fn zip_maps(mut args: Arguments<'_>) -> Expr {
    let Some((body, outer)) = Body::take(&mut args, 2) else {
        return lit(NULL);
    };
    let gives = args.gives.clone();
    args.exprs.truncate(2);
    args.exprs.extend(outer);
    by_rows(args, move |rows| {
        let (left, right) = (Lists::of(rows, 0)?, Lists::of(rows, 1)?);
        let outer = outer_columns(rows, 2)?;
        let key = maps::parts(&gives).0;
        let keys = ListSource::new(
            &[&maps::keys_of(&left.elements)?, &maps::keys_of(&right.elements)?],
            &key,
        )?;
        let ids = identities(&keys.elements)?;
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        let [of_left, of_right] = [&left, &right].map(|side| {
            let values = maps::values_of(&side.elements)?;
            ListSource::new(&[&values], &values.dtype().clone())
        });
        let (of_left, of_right) = (of_left?, of_right?);
        let (mut at, mut lefts, mut rights, mut rows_of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut spans = Vec::with_capacity(rows.length);
        let mut of_right_by_key = PlHashMap::default();
        for row in 0..rows.length {
            let (Some(one), Some(other)) = (left.at(row), right.at(row)) else {
                spans.push(None);
                continue;
            };
            let start = at.len();
            of_right_by_key.clear();
            for element in other.clone() {
                // Of equal keys, which a map from JSON may have, the first counts.
                of_right_by_key
                    .entry(id(keys.position(1, element)))
                    .or_insert(element);
            }
            for element in one {
                let position = keys.position(0, element);
                let partner = of_right_by_key.remove(&id(position));
                at.push(position);
                lefts.push(element as IdxSize);
                rights.push(partner.map_or(of_right.null(), |element| element as IdxSize));
            }
            for element in other {
                let position = keys.position(1, element);
                if of_right_by_key.get(&id(position)) == Some(&element) {
                    at.push(position);
                    lefts.push(of_left.null());
                    rights.push(element as IdxSize);
                }
            }
            rows_of.resize(at.len(), row as IdxSize);
            spans.push(Some(start..at.len()));
        }
        let keys = keys.picked(&at)?;
        let parameters = vec![keys.clone(), of_left.picked(&lefts)?, of_right.picked(&rights)?];
        let values = body.compute(parameters, &outer, &rows_of)?;
        listed(&maps::entries(&keys, &values, &gives)?, &spans)
    })
}
