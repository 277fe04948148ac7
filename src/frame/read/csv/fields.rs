//! [`Fields`]: sound records → columns. The fields that are wanted are found 64 bytes at a time, and polars parses their texts.
//!
//! polars itself looks for the ends of fields byte by byte, also of those that no one asked for.

use polars::io::csv::read::builder::{Builder, init_builders};
use polars::io::csv::read::{CsvEncoding, CsvParseOptions};
use polars::prelude::*;

use super::block::{Block, WIDTH, below, parity};
use super::records::Dialect;

/// How the fields of records become columns.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) dialect: Dialect,
    /// The columns of the file.
    pub(super) schema: &'a Schema,
    /// Which of them are wanted, in their order.
    pub(super) wanted: &'a [usize],
    /// The texts that stand for nulls.
    pub(super) nulls: &'a [String],
    /// Whether each record is to have a field for each column.
    pub(super) is_strict: bool,
}

impl Fields<'_> {
    /// Parses so many records, between which there are no blank lines; each quote of theirs begins or ends a field, or is
    /// doubled within one.
    ///
    /// # Errors
    ///
    /// A field is not of its column's type, or a record has not a field for each column.
    pub(super) fn parse(&self, bytes: &[u8], rows: usize) -> PolarsResult<DataFrame> {
        let usual = CsvParseOptions::default();
        let builders = init_builders(
            self.wanted,
            rows + 1,
            self.schema,
            self.dialect.quote,
            CsvEncoding::Utf8,
            usual.decimal_comma,
        )?;
        let mut taker = Taker {
            fields: self,
            bytes,
            builders,
            start: 0,
            field: 0,
            taken: 0,
            last: self.schema.len().saturating_sub(1),
            is_ragged: false,
            rows: 0,
        };
        // All bits where a block begins within quotes.
        let mut inside = 0;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let block = Block::of(rest);
            let quotes = self.dialect.quote.map_or(0, |quote| block.equal(quote));
            let within = if quotes == 0 {
                inside
            } else {
                parity(quotes) ^ inside
            };
            let ends = block.equal(self.dialect.end_of_line) & !within;
            let mut marks = (block.equal(self.dialect.separator) & !within) | ends;
            while marks != 0 {
                if taker.taken == self.wanted.len() {
                    // What is left of the record is passed over.
                    let left = ends & marks;
                    if left == 0 {
                        taker.field += marks.count_ones() as usize;
                        break;
                    }
                    let passed = below(left.trailing_zeros() as usize);
                    taker.field += (marks & passed).count_ones() as usize;
                    marks &= !passed;
                }
                let place = marks.trailing_zeros() as usize;
                taker.field(at + place, ends >> place & 1 == 1)?;
                marks &= marks - 1;
            }
            inside = if within >> (WIDTH - 1) == 1 { u64::MAX } else { 0 };
            at += WIDTH;
        }
        taker.finish(rows)
    }
}

/// Takes fields in their order.
struct Taker<'a> {
    fields: &'a Fields<'a>,
    bytes: &'a [u8],
    builders: Vec<Builder>,
    /// Where the field begins that is next, and which one of its record it is.
    start: usize,
    field: usize,
    /// How many fields of its record were taken.
    taken: usize,
    /// Which field of a record is its last one.
    last: usize,
    /// Whether some record had more fields, or fewer.
    is_ragged: bool,
    rows: usize,
}

impl Taker<'_> {
    /// Takes the field that ends at `end`, and with it, perhaps, its record.
    #[inline]
    fn field(&mut self, end: usize, is_last: bool) -> PolarsResult<()> {
        if self.fields.wanted.get(self.taken) == Some(&self.field) {
            let text = self.bytes.get(self.start..end).unwrap_or_default();
            self.add(text)?;
            self.taken += 1;
        }
        self.start = end + 1;
        if is_last {
            self.is_ragged |= self.field != self.last;
            (self.field, self.taken) = (0, 0);
            self.rows += 1;
        } else {
            self.field += 1;
        }
        Ok(())
    }

    #[inline]
    fn add(&mut self, text: &[u8]) -> PolarsResult<()> {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let is_quoted = self
            .fields
            .dialect
            .quote
            .is_some_and(|quote| text.first() == Some(&quote));
        let Some(builder) = self.builders.get_mut(self.taken) else {
            return Ok(());
        };
        let nulls = self.fields.nulls;
        if !nulls.is_empty() {
            let value = if is_quoted {
                text.get(1..text.len() - 1).unwrap_or_default()
            } else {
                text
            };
            if nulls.iter().any(|null| null.as_bytes() == value) {
                builder.add_null(false);
                return Ok(());
            }
        }
        let added = builder.add(text, false, is_quoted, true);
        added.map_err(|error| self.unparsed(text, &error))
    }

    /// Says which field could not be parsed.
    #[cold]
    fn unparsed(&self, text: &[u8], error: &PolarsError) -> PolarsError {
        let column = self.fields.wanted.get(self.taken);
        let column = column.and_then(|place| self.fields.schema.get_at_index(*place));
        let (name, dtype) = column.map_or(("", String::new()), |(name, dtype)| {
            (name.as_str(), dtype.to_string())
        });
        let text = String::from_utf8_lossy(text);
        PolarsError::ComputeError(
            format!("could not parse `{text}` as dtype `{dtype}` at column '{name}': {error}").into(),
        )
    }

    /// Ends the last record, and returns all of them, which are to be this many.
    fn finish(mut self, rows: usize) -> PolarsResult<DataFrame> {
        if self.start < self.bytes.len() || self.field > 0 {
            self.field(self.bytes.len(), true)?;
        }
        let columns = self
            .builders
            .into_iter()
            .map(|builder| builder.into_series().map(Column::from));
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        if self.is_ragged && self.fields.is_strict {
            return Err(PolarsError::ComputeError(
                "a record has not a field for each column".into(),
            ));
        }
        let is_whole = self.rows == rows && columns.iter().all(|column| column.len() == rows);
        if !is_whole {
            let detail = format!("{} rows were parsed of {rows}", self.rows);
            return Err(PolarsError::ComputeError(detail.into()));
        }
        DataFrame::new(rows, columns)
    }
}

#[cfg(test)]
mod tests {
    use polars::io::csv::read::_csv_read_internal::read_chunk;
    use proptest::prelude::*;

    use super::*;

    const DIALECT: Dialect = Dialect {
        separator: b',',
        quote: Some(b'"'),
        end_of_line: b'\n',
    };

    fn schema() -> Schema {
        Schema::from_iter([
            Field::new("text".into(), DataType::String),
            Field::new("whole".into(), DataType::Int64),
            Field::new("float".into(), DataType::Float64),
            Field::new("more".into(), DataType::String),
        ])
    }

    /// Parses as polars does by itself.
    fn by_polars(bytes: &[u8], rows: usize, wanted: &[usize], nulls: &[String]) -> PolarsResult<DataFrame> {
        let values =
            (!nulls.is_empty()).then(|| NullValues::AllColumns(nulls.iter().map(PlSmallStr::from).collect()));
        let compiled = values.map(|values| values.compile(&schema())).transpose()?;
        let parse = CsvParseOptions::default();
        let length = bytes.len();
        read_chunk(
            bytes,
            &parse,
            &schema(),
            false,
            wanted,
            0,
            rows,
            compiled.as_ref(),
            usize::MAX,
            length,
            Some(0),
        )
    }

    proptest! {
        #[test]
        fn fields_are_what_polars_makes_of_them(
            rows in proptest::collection::vec(
                ("[ab\",\n\r\u{e9}]{0,90}", proptest::option::of(-50_i64..50), "-?[0-9]{1,4}(\\.[0-9]{0,20})?|NA|", "[ab\",\u{e9}NA]{0,9}"),
                1..8,
            ),
            wanted in proptest::sample::subsequence(vec![0_usize, 1, 2, 3], 1..=4),
            end in "\n|\r\n",
            is_ended: bool,
            has_nulls: bool,
        ) {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let lines = rows.iter().map(|(text, whole, float, more)| {
                let plain = if more.contains(['"', ',']) { quoted(more) } else { more.clone() };
                let whole = whole.map_or_else(String::new, |whole| whole.to_string());
                format!("{},{whole},{float},{plain}", quoted(text))
            });
            let mut text = lines.collect::<Vec<_>>().join(&end);
            if is_ended {
                text.push_str(&end);
            }
            let nulls: &[String] = if has_nulls { &["NA".to_owned(), "a".to_owned()] } else { &[] };
            let fields = Fields { dialect: DIALECT, schema: &schema(), wanted: &wanted, nulls, is_strict: true };
            let parsed = fields.parse(text.as_bytes(), rows.len());
            match (parsed, by_polars(text.as_bytes(), rows.len(), &wanted, nulls)) {
                (Ok(parsed), Ok(expected)) => prop_assert!(parsed.equals_missing(&expected), "{parsed:?} {expected:?}"),
                (Err(error), Err(_)) => prop_assert!(error.to_string().contains("could not parse")),
                (parsed, expected) => prop_assert!(false, "{parsed:?} {expected:?}"),
            }
        }
    }

    #[test]
    fn other_numbers_of_rows_are_not_taken_for_parsed() {
        let fields = Fields {
            dialect: DIALECT,
            schema: &schema(),
            wanted: &[0, 3],
            nulls: &[],
            is_strict: true,
        };
        assert!(fields.parse(b"a,1,2,b\n", 1).is_ok());
        for (text, rows) in [("a,1,2,b\n", 2), ("a,1,2,b\nc,1,2,d", 1), ("", 1)] {
            let error = fields.parse(text.as_bytes(), rows).unwrap_err().to_string();
            assert!(error.contains("rows were parsed"), "{error}");
        }
        // Fields that no one asked for are counted, too, in every place of a block of 64 bytes.
        for length in 0..140 {
            let long = "x".repeat(length);
            for (text, is_whole) in [
                (format!("{long},1,2,b\na,1,2,{long}\n"), true),
                (format!("{long},1,2,b\na,1,2\n"), false),
                (format!("a,1,2,{long}\na,1,2,b,c\na,1,2,{long}"), false),
                (format!("{long},1\na,1,2,b"), false),
                (format!("a,1,2,b\n{long},1,2,b,"), false),
            ] {
                for wanted in [&[0][..], &[0, 3], &[1], &[0, 1, 2, 3]] {
                    let fields = Fields { wanted, ..fields };
                    let rows = text.trim_end().split('\n').count();
                    assert_eq!(
                        fields.parse(text.as_bytes(), rows).is_ok(),
                        is_whole,
                        "{text:?} {wanted:?}"
                    );
                }
            }
        }
    }
}
