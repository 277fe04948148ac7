//! How a CSV file is to be read: unchecked options as a caller gives them, and checked ones.

use encoding_rs::Encoding;
use polars::prelude::DataType;

use crate::frame::read::error::ReadError;

/// Options for reading CSV, named as polars names them. Not checked yet: see [`CsvOptions::check`].
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an independent option of the reader"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct CsvOptions {
    /// One ASCII character; `None` means a comma, and lets a file that plainly has another one be refused.
    pub separator: Option<String>,
    /// Whether the first line holds the column names; without it they are `column_1`, `column_2`, ….
    pub has_header: bool,
    /// Cells to read as null, besides empty ones.
    pub null_values: Vec<String>,
    /// Types of columns by name, instead of inferred ones.
    pub schema_overrides: Vec<(String, DataType)>,
    /// Whether columns whose type is not given get the type that their first rows look like; else they are texts.
    pub infer_schema: bool,
    /// Whether to read what looks like dates as dates.
    pub try_parse_dates: bool,
    /// Lines to pass over before the header.
    pub skip_rows: usize,
    /// `"utf8"`, `"utf8-lossy"`, or a label of the WHATWG encoding standard such as `"windows-1252"`.
    pub encoding: String,
    /// One ASCII character; `None` reads quotes as ordinary text.
    pub quote_char: Option<String>,
    /// The columns to keep, in this order; `None` keeps all.
    pub columns: Option<Vec<String>>,
    /// Rows to read at most.
    pub n_rows: Option<usize>,
    /// Whether to drop extra fields of a row and read missing ones as null, instead of refusing the file.
    pub truncate_ragged_lines: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            separator: None,
            has_header: true,
            null_values: Vec::new(),
            schema_overrides: Vec::new(),
            infer_schema: true,
            try_parse_dates: false,
            skip_rows: 0,
            encoding: "utf8".to_owned(),
            quote_char: Some("\"".to_owned()),
            columns: None,
            n_rows: None,
            truncate_ragged_lines: false,
        }
    }
}

/// The encoding of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextEncoding {
    Utf8,
    Utf8Lossy,
    Other(&'static Encoding),
}

/// Options that make sense.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an independent option of the reader"
)]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CheckedOptions {
    pub(super) separator: u8,
    /// Whether the separator was left to the default.
    pub(super) guess: bool,
    pub(super) quote: Option<u8>,
    pub(super) encoding: TextEncoding,
    pub(super) has_header: bool,
    pub(super) null_values: Vec<String>,
    pub(super) overrides: Vec<(String, DataType)>,
    pub(super) infer: bool,
    pub(super) try_parse_dates: bool,
    pub(super) skip_rows: usize,
    pub(super) columns: Option<Vec<String>>,
    pub(super) n_rows: Option<usize>,
    pub(super) truncate: bool,
}

impl CsvOptions {
    /// Checks what can be checked without the file.
    pub(super) fn check(&self) -> Result<CheckedOptions, ReadError> {
        let separator = match &self.separator {
            None => b',',
            Some(text) => one_byte("separator", text)?,
        };
        let quote = self
            .quote_char
            .as_deref()
            .map(|text| one_byte("quote_char", text))
            .transpose()?;
        if quote == Some(separator) {
            return Err(ReadError::Option {
                option: "quote_char",
                value: format!("{:?}", char::from(separator)),
                expected: "a character other than the separator",
            });
        }
        for (name, dtype) in &self.schema_overrides {
            if !parsable(dtype) {
                return Err(ReadError::Option {
                    option: "schema_overrides",
                    value: format!("{{\"{name}\": {dtype}}}"),
                    expected: "a type of a single cell: an integer, a float, bool, str, date, datetime, time or decimal",
                });
            }
        }
        Ok(CheckedOptions {
            separator,
            guess: self.separator.is_none(),
            quote,
            encoding: text_encoding(&self.encoding)?,
            has_header: self.has_header,
            null_values: self.null_values.clone(),
            overrides: self.schema_overrides.clone(),
            infer: self.infer_schema,
            try_parse_dates: self.try_parse_dates,
            skip_rows: self.skip_rows,
            columns: self.columns.clone(),
            n_rows: self.n_rows,
            truncate: self.truncate_ragged_lines,
        })
    }
}

fn one_byte(option: &'static str, text: &str) -> Result<u8, ReadError> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(ReadError::Option {
            option,
            value: format!("{text:?}"),
            expected: "one ASCII character other than a line break",
        }),
    }
}

fn text_encoding(label: &str) -> Result<TextEncoding, ReadError> {
    match label.to_ascii_lowercase().as_str() {
        "utf8" | "utf-8" => return Ok(TextEncoding::Utf8),
        "utf8-lossy" | "utf-8-lossy" => return Ok(TextEncoding::Utf8Lossy),
        _ => {}
    }
    Encoding::for_label_no_replacement(label.as_bytes()).map(TextEncoding::Other).ok_or_else(|| ReadError::Option {
        option: "encoding",
        value: format!("{label:?}"),
        expected: "\"utf8\", \"utf8-lossy\", or a name such as \"latin1\", \"windows-1252\" or \"utf-16\"",
    })
}

fn parsable(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || dtype.is_decimal()
        || matches!(
            dtype,
            DataType::String
                | DataType::Boolean
                | DataType::Date
                | DataType::Datetime(..)
                | DataType::Time
                | DataType::Categorical(..)
        )
}
