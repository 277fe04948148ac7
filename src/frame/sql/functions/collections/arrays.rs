//! Arrays that are made of the elements of others.

use polars::prelude::*;

use super::lists::{ListSource, Lists, identities, no_position, ranks};
use super::typing::element;
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{by_rows, some};

/// `array(a, b, …)`
pub(super) fn array(args: Arguments<'_>) -> Expr {
    if args.len() == 0 {
        let empty = Series::new_empty(PlSmallStr::EMPTY, &DataType::Null);
        let empty = empty.implode().map(IntoSeries::into_series);
        return lit(empty.unwrap_or_default());
    }
    by_rows(args, |rows| {
        let columns = (0..rows.width())
            .map(|index| rows.series(index))
            .collect::<PolarsResult<Vec<_>>>()?;
        let dtype = columns
            .first()
            .map_or(DataType::Null, |(column, _)| column.dtype().clone());
        let elements: Vec<&Series> = columns.iter().map(|(column, _)| *column).collect();
        let source = ListSource::new(&elements, &dtype)?;
        source.gathered(rows.length, |row, made| {
            made.extend(
                columns.iter().enumerate().map(|(index, (_, is_constant))| {
                    source.position(index, if *is_constant { 0 } else { row })
                }),
            );
            Ok(Some(()))
        })
    })
}

/// What one array makes.
#[derive(Clone, Copy)]
pub(super) enum One {
    Distinct,
    Compact,
    Reverse,
    /// `array_sort`: NULLs last.
    Sort,
}

pub(super) fn one(args: Arguments<'_>, what: One) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let source = ListSource::new(&[&lists.elements], &dtype)?;
        let ids = match what {
            One::Sort => ranks(&source.elements)?,
            One::Distinct => identities(&source.elements)?,
            _ => Vec::new(),
        };
        let nulls = source.elements.is_null();
        let id = |element: usize| ids.get(element).copied().unwrap_or_default();
        let is_null = |element: usize| nulls.get(element).unwrap_or(false);
        let mut seen = PlHashSet::default();
        source.gathered(rows.length, |row, made| {
            let span = some!(lists.at(row));
            let all = span.clone().map(|element| element as IdxSize);
            match what {
                One::Distinct => {
                    seen.clear();
                    made.extend(all.filter(|element| seen.insert(id(*element as usize))));
                }
                One::Compact => made.extend(all.filter(|element| !is_null(*element as usize))),
                One::Reverse => made.extend(all.rev()),
                One::Sort => {
                    made.extend(all);
                    made.sort_by_key(|element| (is_null(*element as usize), id(*element as usize)));
                }
            }
            Ok(Some(()))
        })
    })
}

/// `sort_array(array[, ascending])`: NULLs first, or last where it is descending.
pub(super) fn sort_array(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let ascending = if rows.width() > 1 {
            Some(rows.booleans(1)?)
        } else {
            None
        };
        let ranks = ranks(&lists.elements)?;
        let source = ListSource::new(&[&lists.elements], &dtype)?;
        let rank = |element: &IdxSize| ranks.get(*element as usize).copied().unwrap_or_default();
        source.gathered(rows.length, |row, made| {
            let span = some!(lists.at(row));
            let ascending = match &ascending {
                Some(ascending) => some!(ascending.at(row)),
                None => true,
            };
            made.extend(span.map(|element| element as IdxSize));
            if ascending {
                made.sort_by_key(rank);
            } else {
                made.sort_by_key(|element| std::cmp::Reverse(rank(element)));
            }
            Ok(Some(()))
        })
    })
}

/// `array_max` and `array_min`, which skip NULLs.
pub(super) fn extreme(args: Arguments<'_>, is_max: bool) -> Expr {
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let source = ListSource::new(&[&lists.elements], &lists.elements.dtype().clone())?;
        let ranks = ranks(&source.elements)?;
        let nulls = source.elements.is_null();
        let rank = |element: &usize| ranks.get(*element).copied().unwrap_or_default();
        let picked: Vec<IdxSize> = (0..rows.length)
            .map(|row| {
                let known = lists.at(row).unwrap_or_default();
                let known = known.filter(|element| !nulls.get(*element).unwrap_or(true));
                let found = if is_max {
                    known.max_by_key(rank)
                } else {
                    known.min_by_key(rank)
                };
                found.map_or(source.null(), |element| element as IdxSize)
            })
            .collect();
        source.picked(&picked)
    })
}

/// What an array and a value make.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Add {
    Append,
    Prepend,
    Remove,
}

pub(super) fn add(args: Arguments<'_>, what: Add) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let (values, is_constant) = rows.series(1)?;
        let source = ListSource::new(&[&lists.elements, values], &dtype)?;
        let ids = if what == Add::Remove {
            identities(&source.elements)?
        } else {
            Vec::new()
        };
        let id = |position: IdxSize| ids.get(position as usize).copied().unwrap_or_default();
        source.gathered(rows.length, |row, made| {
            let span = some!(lists.at(row)).map(|element| source.position(0, element));
            let value = source.position(1, if is_constant { 0 } else { row });
            match what {
                Add::Append => {
                    made.extend(span);
                    made.push(value);
                }
                Add::Prepend => {
                    made.push(value);
                    made.extend(span);
                }
                Add::Remove => {
                    if id(value) == id(source.null()) {
                        return Ok(None);
                    }
                    made.extend(span.filter(|position| id(*position) != id(value)));
                }
            }
            Ok(Some(()))
        })
    })
}

/// The longest array that a function makes.
const LONGEST: usize = 1 << 26;

fn too_long(length: i64) -> PolarsError {
    failed(
        &format!("an array of {length} elements is too long"),
        "make rows in its place: FROM range(…)",
    )
}

/// `array_insert(array, position, value)`: positions from 1, from the end where negative; NULLs fill what is between.
pub(super) fn insert(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let positions = rows.bigints(1)?;
        let (values, is_constant) = rows.series(2)?;
        let source = ListSource::new(&[&lists.elements, values], &dtype)?;
        source.gathered(rows.length, |row, made| {
            let (span, position) = (some!(lists.at(row)), some!(positions.at(row)));
            let value = source.position(1, if is_constant { 0 } else { row });
            let elements = span.map(|element| source.position(0, element));
            let length = elements.len();
            let distance = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
            if distance == 0 {
                return Err(no_position());
            }
            if distance > LONGEST {
                return Err(too_long(position));
            }
            if position > 0 {
                made.extend(elements);
                made.resize(length.max(distance - 1), source.null());
                made.insert(distance - 1, value);
            } else if distance > length + 1 {
                made.push(value);
                made.resize(distance - length, source.null());
                made.extend(elements);
            } else {
                made.extend(elements);
                made.insert(length + 1 - distance, value);
            }
            Ok(Some(()))
        })
    })
}

/// `array_repeat(value, count)`
pub(super) fn repeat(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let (values, is_constant) = rows.series(0)?;
        let counts = rows.ints(1)?;
        let source = ListSource::new(&[values], &dtype)?;
        source.gathered(rows.length, |row, made| {
            let count = some!(counts.at(row));
            let length = usize::try_from(count).unwrap_or(0);
            if length > LONGEST {
                return Err(too_long(i64::from(count)));
            }
            made.resize(length, source.position(0, if is_constant { 0 } else { row }));
            Ok(Some(()))
        })
    })
}

/// `slice(array, start, length)`
pub(super) fn slice(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = Lists::of(rows, 0)?;
        let (starts, lengths) = (rows.bigints(1)?, rows.bigints(2)?);
        let source = ListSource::new(&[&lists.elements], &dtype)?;
        source.gathered(rows.length, |row, made| {
            let span = some!(lists.at(row));
            let (start, length) = (some!(starts.at(row)), some!(lengths.at(row)));
            let Ok(length) = usize::try_from(length) else {
                return Err(failed(
                    &format!("the length {length} of slice is negative"),
                    "write greatest(length, 0)",
                ));
            };
            let distance = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
            let skipped = match start {
                0 => return Err(no_position()),
                1.. => distance - 1,
                _ => match span.len().checked_sub(distance) {
                    Some(skipped) => skipped,
                    None => return Ok(Some(())),
                },
            };
            made.extend(span.skip(skipped).take(length).map(|element| element as IdxSize));
            Ok(Some(()))
        })
    })
}

/// Puts arrays one behind the other.
pub(super) fn concat(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let lists = (0..rows.width())
            .map(|index| Lists::of(rows, index))
            .collect::<PolarsResult<Vec<_>>>()?;
        let elements: Vec<&Series> = lists.iter().map(|lists| &lists.elements).collect();
        let source = ListSource::new(&elements, &dtype)?;
        source.gathered(rows.length, |row, made| {
            for (index, lists) in lists.iter().enumerate() {
                made.extend(some!(lists.at(row)).map(|element| source.position(index, element)));
            }
            Ok(Some(()))
        })
    })
}

/// `flatten(array of arrays)`: NULL where one of them is.
pub(super) fn flatten(args: Arguments<'_>) -> Expr {
    let dtype = element(args.gives);
    by_rows(args, move |rows| {
        let outer = Lists::of(rows, 0)?;
        let inner = Lists::of_series(&outer.elements, false)?;
        let source = ListSource::new(&[&inner.elements], &dtype)?;
        source.gathered(rows.length, |row, made| {
            for list in some!(outer.at(row)) {
                made.extend(some!(inner.at(list)).map(|element| element as IdxSize));
            }
            Ok(Some(()))
        })
    })
}

/// `size(array)`
pub(super) fn size(args: Arguments<'_>) -> Expr {
    by_rows(args, |rows| {
        let lists = Lists::of(rows, 0)?;
        rows.make::<Int32Type>(|row| {
            Ok(lists
                .at(row)
                .map(|span| i32::try_from(span.len()).unwrap_or(i32::MAX)))
        })
    })
}

/// `array_join(array, separator[, for NULL])`
pub(super) fn join(args: Arguments<'_>) -> Expr {
    by_rows(args, |rows| {
        let lists = Lists::of(rows, 0)?;
        let separators = rows.texts(1)?;
        let fillers = if rows.width() > 2 {
            Some(rows.texts(2)?)
        } else {
            None
        };
        let elements = lists.elements.cast(&DataType::String)?.rechunk();
        let elements = elements.str()?;
        rows.make_texts(|row, text| {
            let (span, separator) = (some!(lists.at(row)), some!(separators.at(row)));
            let filler = match &fillers {
                Some(fillers) => Some(some!(fillers.at(row))),
                None => None,
            };
            let mut is_first = true;
            for part in span.filter_map(|element| elements.get(element).or(filler)) {
                if !is_first {
                    text.push_str(separator);
                }
                is_first = false;
                text.push_str(part);
            }
            Ok(Some(()))
        })
    })
}
