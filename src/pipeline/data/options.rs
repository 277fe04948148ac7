//! The options of files, as definitions write them → those of readers and writers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::DataError;
use crate::frame::read::CsvOptions;
use crate::frame::write::Csv;
use crate::pipeline::definition::FileFormat;

/// The options of CSV files: those of `read_csv`, and of `write_csv`.
const CSV: &[&str] = &[
    "separator",
    "has_header",
    "null_values",
    "try_parse_dates",
    "skip_rows",
    "encoding",
    "quote_char",
    "truncate_ragged_lines",
    "null_value",
    "quote_style",
];

type Options = BTreeMap<String, Value>;

/// Checks the names of the options of a file.
///
/// # Errors
///
/// The format has no such option.
pub(super) fn check(format: FileFormat, options: &Options) -> Result<(), DataError> {
    let (name, known): (_, &'static [&'static str]) = match format {
        FileFormat::Csv => ("csv", CSV),
        FileFormat::Parquet => ("parquet", &[]),
        FileFormat::Ndjson => ("ndjson", &[]),
        FileFormat::Ipc => ("ipc", &[]),
    };
    match options.keys().find(|option| !known.contains(&option.as_str())) {
        None => Ok(()),
        Some(option) => Err(DataError::NoOption {
            format: name,
            option: option.clone(),
            known,
        }),
    }
}

/// Returns how a CSV file is read.
///
/// # Errors
///
/// An option is not what it has to be.
pub(super) fn reading(options: &Options) -> Result<CsvOptions, DataError> {
    let usual = CsvOptions::default();
    let quote_char = match options.get("quote_char") {
        Some(Value::Null) => None,
        _ => text(options, "quote_char")?.or(usual.quote_char),
    };
    Ok(CsvOptions {
        separator: text(options, "separator")?,
        has_header: flag(options, "has_header", usual.has_header)?,
        null_values: texts(options, "null_values")?,
        try_parse_dates: flag(options, "try_parse_dates", usual.try_parse_dates)?,
        skip_rows: count(options, "skip_rows")?,
        encoding: text(options, "encoding")?.unwrap_or(usual.encoding),
        quote_char,
        truncate_ragged_lines: flag(options, "truncate_ragged_lines", usual.truncate_ragged_lines)?,
        ..CsvOptions::default()
    })
}

/// Returns how a CSV file is written.
///
/// # Errors
///
/// An option is not what it has to be.
pub(super) fn writing(options: &Options) -> Result<Csv, DataError> {
    let separator = text(options, "separator")?;
    let null_value = text(options, "null_value")?;
    let quote_style = text(options, "quote_style")?;
    Csv::new(
        separator.as_deref().unwrap_or(","),
        flag(options, "has_header", true)?,
        null_value.as_deref().unwrap_or_default(),
        quote_style.as_deref().unwrap_or("necessary"),
    )
    .map_err(DataError::of)
}

fn text(options: &Options, option: &'static str) -> Result<Option<String>, DataError> {
    match options.get(option) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(found) => Err(wrong(option, found, "a text")),
    }
}

fn texts(options: &Options, option: &'static str) -> Result<Vec<String>, DataError> {
    let one = |value: &Value| value.as_str().map(str::to_owned);
    match options.get(option) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(found) => found
            .as_array()
            .and_then(|items| items.iter().map(one).collect())
            .ok_or_else(|| wrong(option, found, "a list of texts")),
    }
}

fn flag(options: &Options, option: &'static str, usual: bool) -> Result<bool, DataError> {
    match options.get(option) {
        None => Ok(usual),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(found) => Err(wrong(option, found, "true or false")),
    }
}

fn count(options: &Options, option: &'static str) -> Result<usize, DataError> {
    match options.get(option) {
        None => Ok(0),
        Some(found) => found
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .ok_or_else(|| wrong(option, found, "a number from 0 on")),
    }
}

fn wrong(option: &'static str, found: &Value, expected: &'static str) -> DataError {
    DataError::Option {
        option,
        found: found.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(value: Value) -> Options {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_unknown_option_names_the_one_that_is_meant() {
        use crate::error::Problem as _;

        let error = check(FileFormat::Csv, &options(json!({ "seperator": ";" }))).unwrap_err();
        assert_eq!(error.to_string(), "csv files have no option \"seperator\"");
        assert_eq!(error.hint().unwrap(), "did you mean \"separator\"?");
        let error = check(FileFormat::Parquet, &options(json!({ "separator": ";" }))).unwrap_err();
        assert_eq!(error.hint().unwrap(), "leave it out");
    }

    #[test]
    fn values_of_options_are_checked() {
        let read = reading(&options(json!({
            "separator": ";", "has_header": false, "null_values": ["NA", "-"], "skip_rows": 2, "quote_char": null
        })));
        let expected = CsvOptions {
            separator: Some(";".to_owned()),
            has_header: false,
            null_values: vec!["NA".to_owned(), "-".to_owned()],
            skip_rows: 2,
            quote_char: None,
            ..CsvOptions::default()
        };
        assert_eq!(read.unwrap(), expected);
        for (wrong, expected) in [
            (
                json!({ "separator": 7 }),
                "the option \"separator\" is 7, not a text",
            ),
            (
                json!({ "has_header": "yes" }),
                "the option \"has_header\" is \"yes\", not true or false",
            ),
            (
                json!({ "skip_rows": -1 }),
                "the option \"skip_rows\" is -1, not a number from 0 on",
            ),
            (
                json!({ "null_values": [1] }),
                "the option \"null_values\" is [1], not a list of texts",
            ),
        ] {
            assert_eq!(reading(&options(wrong)).unwrap_err().to_string(), expected);
        }
    }
}
