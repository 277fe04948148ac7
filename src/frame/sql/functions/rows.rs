//! [`Rows`]: what computes row by row, over columns of several types; a constant stands for every row.

use polars::prelude::*;

use super::Arguments;
use crate::frame::sql::lower::cast;

/// Goes on with a value; without one the row's result is NULL.
macro_rules! some {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}
pub(super) use some;

/// What computes the values of a function.
type RowWork = Box<dyn Fn(&Rows) -> PolarsResult<Series> + Send + Sync>;

/// Makes an expression whose values `work` computes from the columns of the arguments.
pub(super) fn by_rows(
    args: Arguments<'_>,
    work: impl Fn(&Rows) -> PolarsResult<Series> + Send + Sync + 'static,
) -> Expr {
    by_boxed(args, Box::new(work))
}

/// Does what is the same for all functions.
fn by_boxed(mut args: Arguments<'_>, work: RowWork) -> Expr {
    let mut exprs = std::mem::take(&mut args.exprs).into_iter();
    let first = exprs.next().unwrap_or_else(|| lit(NULL));
    let rest: Vec<Expr> = exprs.collect();
    let gives = args.gives.clone();
    let dtype = gives.clone();
    first.map_many(
        move |columns| {
            let rows = Rows::new(columns);
            let made = work(&rows)?;
            let made = if made.dtype() == &dtype {
                made
            } else {
                let from = made.dtype().clone();
                let made = cast::column(&made.into_column(), &from, &dtype)?;
                made.take_materialized_series()
            };
            Ok(made.with_name(rows.name.clone()).into_column())
        },
        &rest,
        move |_, fields| {
            let name = fields
                .first()
                .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
            Ok(Field::new(name, gives.clone()))
        },
    )
}

/// The columns of a function's arguments.
pub(super) struct Rows {
    columns: Vec<Series>,
    name: PlSmallStr,
    /// How many rows there are.
    pub(super) length: usize,
}

/// A column that is read row by row.
pub(super) struct Reader<C> {
    values: C,
    is_constant: bool,
}

macro_rules! readers {
    ($($method:ident, $reader:ident, $chunked:ty, $value:ty, $access:ident, $dtype:expr;)*) => { $(
        pub(super) type $reader = Reader<$chunked>;

        impl Rows {
            pub(super) fn $method(&self, index: usize) -> PolarsResult<$reader> {
                let (series, is_constant) = self.column(index, &$dtype)?;
                let values = series.$access()?.rechunk().into_owned();
                Ok(Reader { values, is_constant })
            }
        }

        impl Reader<$chunked> {
            /// Returns the value of a row.
            #[inline]
            pub(super) fn at(&self, row: usize) -> Option<$value> {
                self.values.get(if self.is_constant { 0 } else { row })
            }
        }
    )* };
}

readers! {
    texts, Texts, StringChunked, &str, str, DataType::String;
    bytes, Bytes, BinaryChunked, &[u8], binary, DataType::Binary;
    ints, Ints, Int32Chunked, i32, i32, DataType::Int32;
    bigints, Bigints, Int64Chunked, i64, i64, DataType::Int64;
    doubles, Doubles, Float64Chunked, f64, f64, DataType::Float64;
    booleans, Booleans, BooleanChunked, bool, bool, DataType::Boolean;
}

impl Rows {
    pub(super) fn new(columns: &[Column]) -> Self {
        // A column of one value has as many rows as the others.
        let length = columns
            .iter()
            .map(Column::len)
            .find(|length| *length != 1)
            .unwrap_or(1);
        let name = columns
            .first()
            .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
        let columns = columns.iter().map(|column| match column.as_scalar_column() {
            Some(scalar) => scalar.as_single_value_series(),
            None => column.as_materialized_series().clone(),
        });
        Self {
            columns: columns.collect(),
            name,
            length,
        }
    }

    /// Returns how many arguments there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Returns an argument as it is, and whether it is a constant of one row.
    pub(super) fn series(&self, index: usize) -> PolarsResult<(&Series, bool)> {
        let series = self
            .columns
            .get(index)
            .ok_or_else(|| polars_err!(ComputeError: "argument {} is not there", index + 1))?;
        Ok((series, series.len() == 1 && self.length != 1))
    }

    /// Returns an argument with a value for every row.
    pub(super) fn spread(&self, index: usize) -> PolarsResult<Series> {
        let (series, is_constant) = self.series(index)?;
        Ok(if is_constant {
            series.new_from_index(0, self.length)
        } else {
            series.clone()
        })
    }

    fn column(&self, index: usize, dtype: &DataType) -> PolarsResult<(Series, bool)> {
        let (series, is_constant) = self.series(index)?;
        let series = if series.dtype() == dtype {
            series.clone()
        } else {
            series.cast(dtype)?
        };
        Ok((series, is_constant))
    }

    /// Computes texts; `make` writes into the text that it is given, and returns `None` for NULL.
    pub(super) fn make_texts(
        &self,
        mut make: impl FnMut(usize, &mut String) -> PolarsResult<Option<()>>,
    ) -> PolarsResult<Series> {
        let mut builder = StringChunkedBuilder::new(PlSmallStr::EMPTY, self.length);
        let mut text = String::new();
        for row in 0..self.length {
            text.clear();
            match make(row, &mut text)? {
                Some(()) => builder.append_value(&text),
                None => builder.append_null(),
            }
        }
        Ok(builder.finish().into_series())
    }

    /// Computes texts that are parts of others.
    pub(super) fn make_parts<'t>(
        &self,
        mut make: impl FnMut(usize) -> PolarsResult<Option<&'t str>>,
    ) -> PolarsResult<Series> {
        let mut builder = StringChunkedBuilder::new(PlSmallStr::EMPTY, self.length);
        for row in 0..self.length {
            builder.append_option(make(row)?);
        }
        Ok(builder.finish().into_series())
    }

    /// Computes bytes, as [`Self::make_texts`] does texts.
    pub(super) fn make_bytes(
        &self,
        mut make: impl FnMut(usize, &mut Vec<u8>) -> PolarsResult<Option<()>>,
    ) -> PolarsResult<Series> {
        let mut builder = BinaryChunkedBuilder::new(PlSmallStr::EMPTY, self.length);
        let mut bytes = Vec::new();
        for row in 0..self.length {
            bytes.clear();
            match make(row, &mut bytes)? {
                Some(()) => builder.append_value(&bytes),
                None => builder.append_null(),
            }
        }
        Ok(builder.finish().into_series())
    }

    /// Computes numbers.
    pub(super) fn make<T: PolarsNumericType>(
        &self,
        mut make: impl FnMut(usize) -> PolarsResult<Option<T::Native>>,
    ) -> PolarsResult<Series>
    where
        ChunkedArray<T>: IntoSeries,
    {
        let mut builder = PrimitiveChunkedBuilder::<T>::new(PlSmallStr::EMPTY, self.length);
        for row in 0..self.length {
            builder.append_option(make(row)?);
        }
        Ok(builder.finish().into_series())
    }

    /// Computes what is true or false.
    pub(super) fn make_booleans(
        &self,
        mut make: impl FnMut(usize) -> PolarsResult<Option<bool>>,
    ) -> PolarsResult<Series> {
        let mut builder = BooleanChunkedBuilder::new(PlSmallStr::EMPTY, self.length);
        for row in 0..self.length {
            builder.append_option(make(row)?);
        }
        Ok(builder.finish().into_series())
    }

    /// Computes arrays of texts.
    pub(super) fn make_lists(
        &self,
        mut make: impl FnMut(usize, &mut Vec<String>) -> PolarsResult<Option<()>>,
    ) -> PolarsResult<Series> {
        let mut builder = ListStringChunkedBuilder::new(PlSmallStr::EMPTY, self.length, self.length);
        let mut texts = Vec::new();
        for row in 0..self.length {
            texts.clear();
            match make(row, &mut texts)? {
                Some(()) => builder.append_values_iter(texts.iter().map(String::as_str)),
                None => builder.append_null(),
            }
        }
        Ok(builder.finish().into_series())
    }
}
