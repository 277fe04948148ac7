//! Tables → comma-separated values.

use std::io::Write;
use std::sync::Arc;

use polars::lazy::dsl::FileWriteFormat;
use polars::prelude::*;

use super::{Format, WriteError, encode};

/// Comma-separated values; floats are written with as many digits as it takes to read the same number back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    separator: u8,
    include_header: bool,
    null_value: String,
    quote_style: QuoteStyle,
}

impl Csv {
    /// Commas, a header, nulls as empty cells, quotes where they are needed.
    pub const DEFAULT: Self = Self {
        separator: b',',
        include_header: true,
        null_value: String::new(),
        quote_style: QuoteStyle::Necessary,
    };

    /// Checks and takes the options, named as polars names them.
    ///
    /// `separator` is one ASCII character; `quote_style` is `"necessary"`, `"always"`, `"non_numeric"` or
    /// `"never"`.
    pub fn new(
        separator: &str,
        include_header: bool,
        null_value: &str,
        quote_style: &str,
    ) -> Result<Self, WriteError> {
        let separator = match separator.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | b'"') => *byte,
            _ => {
                return Err(WriteError::Option {
                    option: "separator",
                    value: format!("{separator:?}"),
                    expected: "one ASCII character other than a quote or a line break",
                });
            }
        };
        let quote_style = match quote_style {
            "necessary" => QuoteStyle::Necessary,
            "always" => QuoteStyle::Always,
            "non_numeric" => QuoteStyle::NonNumeric,
            "never" => QuoteStyle::Never,
            _ => {
                return Err(WriteError::Option {
                    option: "quote_style",
                    value: format!("{quote_style:?}"),
                    expected: "\"necessary\", \"always\", \"non_numeric\" or \"never\"",
                });
            }
        };
        Ok(Self {
            separator,
            include_header,
            null_value: null_value.to_owned(),
            quote_style,
        })
    }
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn write(&self, table: &mut DataFrame, out: &mut dyn Write) -> Result<(), WriteError> {
        encode("csv", || {
            CsvWriter::new(out)
                .with_separator(self.separator)
                .include_header(self.include_header)
                .with_null_value(self.null_value.as_str().into())
                .with_quote_style(self.quote_style)
                .finish(table)
        })
    }

    fn pieces(&self) -> FileWriteFormat {
        FileWriteFormat::Csv(CsvWriterOptions {
            check_extension: false,
            include_header: self.include_header,
            serialize_options: Arc::new(SerializeOptions {
                separator: self.separator,
                null: self.null_value.as_str().into(),
                quote_style: self.quote_style,
                ..SerializeOptions::default()
            }),
            ..CsvWriterOptions::default()
        })
    }

    fn holds(&self, dtype: &DataType) -> bool {
        !dtype.is_nested() && !matches!(dtype, DataType::Binary)
    }
}
