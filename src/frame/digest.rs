//! The digest of a table: of its schema and the values of its columns.
//!
//! The same at any number of chunks and threads. What lies under a missing value does not count.

use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataFrame, DataType, Float32Type, Float64Type, ListChunked,
    NumericNative, PolarsNumericType, Series,
};

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Digester, canonical, is_negative_zero};

/// How many bytes are gathered before they are digested: enough to be shared among threads.
const BLOCK: usize = 1 << 20;

/// How many texts are gathered at a time.
const TEXTS: usize = 4096;

/// The digest of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableId {
    /// Where two tables are compared: floats by their bits, with one zero and one that is not a number.
    pub digest: Digest,
    /// Where something is computed from it: the same, but that `0.0` is not `-0.0`, because `1 / x` differs.
    pub exact: Digest,
}

/// The digest of a table, as a whole and column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    /// Of the whole.
    pub id: TableId,
    /// How many rows.
    pub rows: usize,
    /// The name, the type and the digest of each column.
    pub columns: Vec<(String, String, Digest)>,
}

impl TableDigest {
    /// Digests a table.
    pub fn of(table: &DataFrame) -> Self {
        let columns: Vec<_> = table.columns().iter().map(column_digest).collect();
        let whole = |of: fn(&TableId) -> &Digest| {
            let mut digester = Digester::new("frame");
            digester.number("rows", table.height() as u64);
            for (name, dtype, column) in &columns {
                digester
                    .text("name", name)
                    .text("type", dtype)
                    .digest("column", of(column));
            }
            digester.finish()
        };
        Self {
            id: TableId {
                digest: whole(|column| &column.digest),
                exact: whole(|column| &column.exact),
            },
            rows: table.height(),
            columns: columns
                .into_iter()
                .map(|(name, dtype, column)| (name, dtype, column.digest))
                .collect(),
        }
    }
}

/// Digests a table: the names, types and values of its columns, in their order.
pub fn digest(table: &DataFrame) -> TableId {
    TableDigest::of(table).id
}

/// Digests a column; returns its name, its type and the digest of its values.
fn column_digest(column: &Column) -> (String, String, TableId) {
    let dtype = column.dtype().to_string();
    let mut values = Values::new();
    values.series(column.as_materialized_series());
    (column.name().to_string(), dtype, values.finish())
}

/// Writes all of a type: by its name alone, types of other categories or fields look alike. A name has its length, so that
/// no two look alike.
fn described(dtype: &DataType) -> String {
    match dtype {
        DataType::List(inner) => format!("list[{}]", described(inner)),
        DataType::Array(inner, width) => format!("array[{}, {width}]", described(inner)),
        DataType::Struct(fields) => {
            let fields = fields.iter();
            let fields: Vec<String> = fields
                .map(|field| format!("{} {}", sized(field.name()), described(field.dtype())))
                .collect();
            format!("struct[{}]", fields.join(", "))
        }
        DataType::Enum(categories, _) => {
            let categories: Vec<String> = categories.categories().values_iter().map(sized).collect();
            format!("enum[{}]", categories.join(", "))
        }
        other => other.to_string(),
    }
}

/// Writes a name behind its length in bytes.
fn sized(name: &str) -> String {
    format!("{}:{name}", name.len())
}

/// Gathers the values of a column in their canonical form.
struct Values {
    digester: Digester,
    block: Vec<u8>,
    /// How many floats there were.
    floats: u64,
    /// The places among them of those that are `-0.0`, where there are any.
    negative_zeros: Option<Digester>,
}

impl Values {
    fn new() -> Self {
        Self {
            digester: Digester::new("values"),
            block: Vec::with_capacity(BLOCK),
            floats: 0,
            negative_zeros: None,
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.flush();
        }
    }

    fn number(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    fn flush(&mut self) {
        self.digester.raw(&self.block);
        self.block.clear();
    }

    fn finish(mut self) -> TableId {
        self.flush();
        let digest = self.digester.finish();
        let exact = match self.negative_zeros {
            None => digest,
            Some(mut places) => places.digest("values", &digest).finish(),
        };
        TableId { digest, exact }
    }

    /// Notes which floats are `-0.0`.
    fn zeros<T: PolarsNumericType>(&mut self, values: &ChunkedArray<T>, float: fn(T::Native) -> f64) {
        let start = self.floats;
        self.floats += values.len() as u64;
        let mut chunks = values.downcast_iter().map(|chunk| chunk.values().iter());
        // Without a branch, many at a time.
        if !chunks.any(|chunk| chunk.fold(false, |any, value| any | is_negative_zero(float(*value)))) {
            return;
        }
        for (place, value) in (start..).zip(values.iter()) {
            if value.is_some_and(|value| is_negative_zero(float(value))) {
                self.negative_zeros
                    .get_or_insert_with(|| Digester::new("negative zeros"))
                    .number("place", place);
            }
        }
    }

    /// Adds the length, the type, which values are missing, and the values.
    fn series(&mut self, series: &Series) {
        let dtype = described(series.dtype());
        self.number(series.len() as u64);
        self.number(dtype.len() as u64);
        self.bytes(dtype.as_bytes());
        self.number(series.null_count() as u64);
        if series.null_count() > 0 {
            self.booleans(&series.is_null());
        }
        self.values(series);
    }

    fn values(&mut self, series: &Series) {
        match series.dtype() {
            DataType::Null => {}
            DataType::Boolean => {
                if let Ok(values) = series.bool() {
                    self.booleans(values);
                }
            }
            DataType::String => {
                let texts = series.str().into_iter().flat_map(ChunkedArray::iter);
                self.texts(texts.map(|text| text.map(str::as_bytes)));
            }
            DataType::Binary => {
                self.texts(series.binary().into_iter().flat_map(ChunkedArray::iter));
            }
            DataType::Float64 => {
                if let Ok(values) = series.f64() {
                    self.zeros::<Float64Type>(values, |value| value);
                    self.numbers::<Float64Type, 8>(values, |value| canonical(value).to_le_bytes());
                }
            }
            DataType::Float32 => {
                if let Ok(values) = series.f32() {
                    self.zeros::<Float32Type>(values, f64::from);
                    self.numbers::<Float32Type, 8>(values, |value| canonical(f64::from(value)).to_le_bytes());
                }
            }
            DataType::List(_) | DataType::Array(..) => self.lists(series),
            DataType::Struct(_) => {
                for field in series
                    .struct_()
                    .into_iter()
                    .flat_map(ChunkedArray::fields_as_series)
                {
                    self.number(field.name().len() as u64);
                    self.bytes(field.name().as_bytes());
                    self.series(&field);
                }
            }
            _ => self.others(series),
        }
    }

    /// Adds whole numbers, times and what is kept as whole numbers; or else the values as text.
    fn others(&mut self, series: &Series) {
        macro_rules! whole {
            ($series:ident: $($method:ident),*) => {
                $(if let Ok(values) = $series.$method() {
                    return self.numbers(values, |value| value.to_le_bytes());
                })*
            };
        }
        let is_text = matches!(series.dtype(), DataType::Categorical(..) | DataType::Enum(..));
        let physical = series.to_physical_repr();
        if !is_text && !series.dtype().is_decimal() {
            whole!(physical: i64, i32, i16, i8, u64, u32, u16, u8);
        }
        for row in 0..series.len() {
            let text = series
                .get(row)
                .ok()
                .filter(|value| !value.is_null())
                .map(|value| value.to_string());
            self.sized(text.as_deref().map(str::as_bytes));
        }
    }

    fn numbers<T: PolarsNumericType, const N: usize>(
        &mut self,
        values: &ChunkedArray<T>,
        bytes: impl Fn(T::Native) -> [u8; N],
    ) where
        T::Native: NumericNative,
    {
        if values.null_count() > 0 {
            for value in values.iter() {
                self.bytes(&value.map_or([0; N], &bytes));
            }
            return;
        }
        for chunk in values.downcast_iter() {
            self.slice(chunk.values(), &bytes);
        }
    }

    /// Adds values that are all there, many at a time.
    fn slice<T: Copy, const N: usize>(&mut self, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
        for part in values.chunks(BLOCK / N) {
            let start = self.block.len();
            self.block.resize(start + part.len() * N, 0);
            let places = self.block.get_mut(start..).unwrap_or_default();
            for (place, value) in places.chunks_exact_mut(N).zip(part) {
                place.copy_from_slice(&bytes(*value));
            }
            if self.block.len() >= BLOCK {
                self.flush();
            }
        }
    }

    /// Adds texts: the lengths of some, and then all of their bytes.
    fn texts<'a>(&mut self, texts: impl Iterator<Item = Option<&'a [u8]>>) {
        let mut texts = texts.peekable();
        while texts.peek().is_some() {
            let part: Vec<Option<&[u8]>> = texts.by_ref().take(TEXTS).collect();
            self.slice(&part, |text| {
                text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes()
            });
            for text in part.into_iter().flatten() {
                self.bytes(text);
            }
        }
    }

    fn booleans(&mut self, values: &BooleanChunked) {
        for value in values.iter() {
            self.bytes(&[u8::from(value.unwrap_or(false))]);
        }
    }

    fn sized(&mut self, value: Option<&[u8]>) {
        match value {
            Some(bytes) => {
                self.number(bytes.len() as u64);
                self.bytes(bytes);
            }
            None => self.number(u64::MAX),
        }
    }

    fn lists(&mut self, series: &Series) {
        let lists = match series.dtype() {
            DataType::Array(inner, _) => series.cast(&DataType::List(inner.clone())),
            _ => Ok(series.clone()),
        };
        let Ok(lists) = lists else { return };
        for item in lists.list().into_iter().flat_map(ListChunked::series_iter) {
            match item {
                Some(item) => self.series(&item),
                None => self.number(u64::MAX),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Field, FrozenCategories, IntoColumn, NamedFrom, df};

    use super::*;

    fn of(table: polars::prelude::PolarsResult<DataFrame>) -> TableId {
        digest(&table.unwrap())
    }

    #[test]
    fn types_count_with_all_they_hold() {
        let of_enum = |categories: [&str; 2]| {
            let categories = FrozenCategories::new(categories).unwrap();
            let column = Series::new("a".into(), ["x", "y"]);
            let column = column
                .cast(&DataType::from_frozen_categories(categories))
                .unwrap();
            digest(&column.into_frame())
        };
        assert_ne!(of_enum(["x", "y"]), of_enum(["y", "x"]));
        let of_field = |name: &str| {
            let field = Field::new(name.into(), DataType::Int64);
            let dtype = DataType::List(Box::new(DataType::Struct(vec![field])));
            digest(&Series::new_empty("a".into(), &dtype).into_frame())
        };
        assert_ne!(of_field("a"), of_field("b"));
    }

    #[test]
    fn the_zeros_are_equal_and_yet_not_the_same() {
        let nested = |value: f64| {
            let lists = [
                Series::new("".into(), [value, 1.0]),
                Series::new("".into(), [0.0]),
            ];
            df!("a" => lists)
        };
        let pairs = [
            (of(df!("a" => [0.0, 1.0])), of(df!("a" => [-0.0, 1.0]))),
            (of(df!("a" => [0.0_f32, 1.0])), of(df!("a" => [-0.0_f32, 1.0]))),
            (
                of(df!("a" => [Some(0.0), None])),
                of(df!("a" => [Some(-0.0), None])),
            ),
            (of(df!("a" => [0.0, -0.0])), of(df!("a" => [-0.0, 0.0]))),
            (of(nested(0.0)), of(nested(-0.0))),
        ];
        for (at, (one, other)) in pairs.iter().enumerate() {
            assert_eq!(one.digest, other.digest, "{at}");
            assert_ne!(one.exact, other.exact, "{at}");
        }
        let (without, _) = pairs[0];
        assert_eq!(without.exact, without.digest);
    }

    #[test]
    fn a_zero_under_a_missing_value_does_not_count() {
        let masked = |value: f64| {
            let column = Series::new("a".into(), [1.0, value]);
            let keep = Series::new("keep".into(), [true, false]);
            let none = Series::new("a".into(), [None::<f64>]);
            column.zip_with(keep.bool().unwrap(), &none).unwrap().into_frame()
        };
        assert_eq!(digest(&masked(0.0)), digest(&masked(-0.0)));
        assert_eq!(digest(&masked(-0.0)).exact, digest(&masked(-0.0)).digest);
    }

    #[test]
    fn chunks_do_not_count() {
        let whole =
            df!("a" => [1, 2, 3], "b" => ["x", "y", "z"], "c" => [Some(1.5), None, Some(f64::NAN)]).unwrap();
        let mut parts = whole.head(Some(1));
        parts.vstack_mut(&whole.tail(Some(2))).unwrap();
        assert_eq!(parts.column("a").unwrap().as_materialized_series().n_chunks(), 2);
        assert_eq!(digest(&whole), digest(&parts));
    }

    #[test]
    fn every_difference_counts() {
        let series = |dtype: &DataType| {
            let values = Series::new("a".into(), [1_i64, 2]).cast(dtype).unwrap();
            DataFrame::new(2, vec![values.into_column()])
        };
        let nested = |lists: &[&[i64]]| {
            let lists: Vec<Series> = lists.iter().map(|list| Series::new("".into(), *list)).collect();
            DataFrame::new(lists.len(), vec![Series::new("a".into(), lists).into_column()])
        };
        let all = [
            of(df!("a" => [1_i64, 2])),
            of(df!("b" => [1_i64, 2])),
            of(df!("a" => [2_i64, 1])),
            of(df!("a" => [1_i32, 2])),
            of(df!("a" => [1.0, 2.0])),
            of(df!("a" => [1.0_f32, 2.0])),
            of(df!("a" => ["1", "2"])),
            of(df!("a" => ["12", ""])),
            of(df!("a" => ["", "12"])),
            of(df!("a" => [Some(1_i64), None])),
            of(df!("a" => [None, Some(1_i64)])),
            of(df!("a" => [Some("null"), None])),
            of(df!("a" => [true, false])),
            of(df!("a" => [1_i64, 2], "b" => [1_i64, 2])),
            of(df!("b" => [1_i64, 2], "a" => [1_i64, 2])),
            of(series(&DataType::Date)),
            of(series(&DataType::Time)),
            of(nested(&[&[1, 2], &[]])),
            of(nested(&[&[1], &[2]])),
            of(nested(&[&[], &[1, 2]])),
            of(df!("a" => Vec::<i64>::new())),
            of(df!("a" => Vec::<f64>::new())),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at), "{at}");
        }
    }

    #[test]
    fn what_lies_under_a_missing_value_does_not_count() {
        let table = df!("a" => [1_i64, 7], "keep" => [true, false]).unwrap();
        let masked = |value: i64| {
            let column = table.column("a").unwrap().as_materialized_series() * value;
            let mask = table.column("keep").unwrap().bool().unwrap().clone();
            let none = Series::new("a".into(), [None::<i64>]);
            (column.zip_with(&mask, &none).unwrap() / value).into_frame()
        };
        assert_eq!(digest(&masked(1)), digest(&masked(3)));
    }
}
