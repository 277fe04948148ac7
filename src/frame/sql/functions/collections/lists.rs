//! [`Lists`]: a column of arrays as its elements and where each row's are; [`gathered`]: arrays made of elements of others.

use std::ops::Range;

use polars::prelude::*;

use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::Rows;
use crate::frame::sql::lower::cast;

/// A column of arrays.
pub(super) struct Lists {
    /// All elements, of all rows.
    pub(super) elements: Series,
    spans: Vec<Option<Range<usize>>>,
    is_constant: bool,
}

impl Lists {
    /// Reads an argument.
    pub(super) fn of(rows: &Rows, index: usize) -> PolarsResult<Self> {
        let (series, is_constant) = rows.series(index)?;
        Self::of_series(series, is_constant)
    }

    pub(super) fn of_series(series: &Series, is_constant: bool) -> PolarsResult<Self> {
        if *series.dtype() == DataType::Null {
            return Ok(Self {
                elements: Series::new_null(PlSmallStr::EMPTY, 0),
                spans: vec![None; series.len()],
                is_constant,
            });
        }
        let lists = series.list()?.rechunk();
        let mut spans = Vec::with_capacity(lists.len());
        let nulls = series.is_null();
        for chunk in lists.downcast_iter() {
            let mut start = chunk.offsets().first().to_owned() as usize;
            for (row, length) in chunk.offsets().lengths().enumerate() {
                spans.push((nulls.get(row) == Some(false)).then(|| start..start + length));
                start += length;
            }
        }
        Ok(Self {
            elements: lists.get_inner(),
            spans,
            is_constant,
        })
    }

    /// Returns where the elements of a row are; `None` for NULL.
    #[inline]
    pub(super) fn at(&self, row: usize) -> Option<Range<usize>> {
        self.spans
            .get(if self.is_constant { 0 } else { row })
            .cloned()
            .flatten()
    }
}

/// Elements that arrays are made of: those of several columns one after the other, and NULL at the end.
pub(super) struct ListSource {
    pub(super) elements: Series,
    /// Where the elements of each column start.
    starts: Vec<usize>,
}

impl ListSource {
    pub(super) fn new(columns: &[&Series], dtype: &DataType) -> PolarsResult<Self> {
        let mut elements = Series::new_empty(PlSmallStr::EMPTY, dtype);
        let mut starts = Vec::with_capacity(columns.len());
        for column in columns {
            starts.push(elements.len());
            let column = if column.dtype() == dtype {
                (*column).clone()
            } else {
                converted(column, dtype)?
            };
            elements.append(&column)?;
        }
        elements.append(&Series::full_null(PlSmallStr::EMPTY, 1, dtype))?;
        Ok(Self {
            elements: elements.rechunk(),
            starts,
        })
    }

    /// Returns the position of an element of a column.
    #[inline]
    pub(super) fn position(&self, column: usize, element: usize) -> IdxSize {
        (self.starts.get(column).copied().unwrap_or_default() + element) as IdxSize
    }

    /// Returns the position of NULL.
    #[inline]
    pub(super) fn null(&self) -> IdxSize {
        self.elements.len().saturating_sub(1) as IdxSize
    }

    /// Makes arrays of elements; `make` writes their positions, and returns `None` for NULL.
    pub(super) fn gathered(
        &self,
        length: usize,
        mut make: impl FnMut(usize, &mut Vec<IdxSize>) -> PolarsResult<Option<()>>,
    ) -> PolarsResult<Series> {
        let mut builder =
            ListPrimitiveChunkedBuilder::<IdxType>::new(PlSmallStr::EMPTY, length, length, IDX_DTYPE);
        let mut positions = Vec::new();
        for row in 0..length {
            positions.clear();
            match make(row, &mut positions)? {
                Some(()) => builder.append_slice(&positions),
                None => builder.append_opt_slice(None),
            }
        }
        let positions = builder.finish();
        let arrays = positions.apply_to_inner(&|positions| self.elements.take(positions.idx()?))?;
        Ok(arrays.into_series())
    }

    /// Takes one element for each row.
    pub(super) fn picked(&self, positions: &[IdxSize]) -> PolarsResult<Series> {
        self.elements.take_slice(positions)
    }
}

/// Makes arrays of the elements that lie in spans.
pub(in crate::frame::sql::functions) fn listed(
    elements: &Series,
    spans: &[Option<Range<usize>>],
) -> PolarsResult<Series> {
    let source = ListSource::new(&[elements], &elements.dtype().clone())?;
    source.gathered(spans.len(), |row, made| {
        let Some(span) = spans.get(row).cloned().flatten() else {
            return Ok(None);
        };
        made.extend(span.map(|element| element as IdxSize));
        Ok(Some(()))
    })
}

/// Makes values those of another type, structs field by field, as a cast in SQL does.
pub(super) fn converted(values: &Series, dtype: &DataType) -> PolarsResult<Series> {
    let made = cast::column(&values.clone().into_column(), values.dtype(), dtype)?;
    Ok(made.take_materialized_series())
}

/// Equal values have equal numbers, NULLs, too.
pub(super) fn identities(values: &Series) -> PolarsResult<Vec<u32>> {
    let Some(encoded) = encoded(values)? else {
        return Ok(vec![0; values.len()]);
    };
    let mut known: PlHashMap<&[u8], u32> = PlHashMap::default();
    let identities = encoded.iter().map(|bytes| {
        let next = known.len() as u32;
        *known.entry(bytes.unwrap_or_default()).or_insert(next)
    });
    Ok(identities.collect())
}

/// Returns numbers that are ordered as the values are: NULL first, NaN last.
pub(super) fn ranks(values: &Series) -> PolarsResult<Vec<u32>> {
    let Some(encoded) = encoded(values)? else {
        return Ok(vec![0; values.len()]);
    };
    let keys: Vec<&[u8]> = encoded.iter().map(Option::unwrap_or_default).collect();
    let mut order: Vec<(&[u8], usize)> = keys.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut ranks = vec![0; keys.len()];
    let mut rank = 0;
    let mut before: Option<&[u8]> = None;
    for (key, row) in order {
        if before.is_some_and(|before| before != key) {
            rank += 1;
        }
        before = Some(key);
        if let Some(place) = ranks.get_mut(row) {
            *place = rank;
        }
    }
    Ok(ranks)
}

/// Returns bytes that are equal and ordered as values are; NULL for NULL.
pub(super) fn keys(values: &Series) -> PolarsResult<Series> {
    let name = values.name().clone();
    let Some(encoded) = encoded(values)? else {
        return Ok(Series::full_null(name, values.len(), &DataType::Binary));
    };
    let nulls = values.is_null();
    let known = encoded.iter().zip(nulls.iter());
    let keys: BinaryChunked = known
        .map(|(bytes, null)| bytes.filter(|_| null != Some(true)))
        .collect();
    Ok(keys.into_series().with_name(name))
}

/// Returns bytes that are ordered as values are; `None` where all are NULL.
pub(super) fn encoded(values: &Series) -> PolarsResult<Option<BinaryOffsetChunked>> {
    use polars::chunked_array::ops::row_encode::_get_rows_encoded_ca as encode;
    if *values.dtype() == DataType::Null {
        return Ok(None);
    }
    let values = match values.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => values.cast(&DataType::String)?,
        _ => values.clone(),
    };
    let column = [values.into_column()];
    encode(PlSmallStr::EMPTY, &column, &[false], &[false], false).map(Some)
}

/// Makes the error of a position that no array has.
pub(super) fn no_position() -> PolarsError {
    failed(
        "0 is no position in an array",
        "positions start at 1, or at -1 from the end; get(array, 0) counts from 0",
    )
}
