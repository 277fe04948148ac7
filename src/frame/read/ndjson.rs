//! Newline-delimited JSON, one object on each line → tables and plans.

use std::io::{BufRead, BufReader, Cursor};

use polars::prelude::*;
use serde::de::IgnoredAny;

use crate::storage::Location;
use crate::work::{Progress, catch_panic};

use super::error::{Content, ReadError, quoted};
use super::json::{DEEPEST, deep};
use super::{columns, source};

const EXPECTED: &str = "a newline-delimited JSON file";

/// How many characters of a line an error shows.
const SHOWN: usize = 60;

/// Reads newline-delimited JSON files with the same columns into one table; blank lines are passed over.
pub fn read_ndjson(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    columns::stack(files, EXPECTED, progress, |file| {
        source::expect(
            file,
            EXPECTED,
            &[Content::Json, Content::Text, Content::Gzip, Content::Zstd],
        )?;
        let bytes = source::bytes(file)?;
        check(file, bytes.as_slice())?;
        let reader = JsonReader::new(Cursor::new(bytes.as_slice()))
            .with_json_format(JsonFormat::JsonLines)
            .infer_schema_len(None);
        match catch_panic(|| reader.finish()) {
            Ok(Ok(table)) => Ok(table),
            Ok(Err(error)) => Err(ReadError::Other {
                file: file.name().to_owned(),
                expected: EXPECTED,
                detail: source::one_line(&error.to_string()),
            }),
            Err(source) => Err(ReadError::Panicked {
                file: file.name().to_owned(),
                source,
            }),
        }
    })
}

/// Creates a plan that reads newline-delimited JSON files in pieces; every line is checked now.
pub fn scan_ndjson(files: &[Location]) -> Result<LazyFrame, ReadError> {
    for file in files {
        source::expect(file, EXPECTED, &[Content::Json, Content::Text])?;
        check(file, BufReader::new(source::open(file)?))?;
    }
    columns::plan(files, EXPECTED, |sources| {
        LazyJsonLineReader::new_with_sources(sources)
            .with_infer_schema_length(None)
            .finish()
    })
}

/// Checks that every line that is not blank is a JSON object.
fn check(file: &Location, mut reader: impl BufRead) -> Result<(), ReadError> {
    let mut text = Vec::new();
    let mut line = 0;
    let mut any = false;
    loop {
        text.clear();
        let read = reader
            .read_until(b'\n', &mut text)
            .map_err(|error| source::unreadable(file, error))?;
        if read == 0 {
            break;
        }
        line += 1;
        let object = text.trim_ascii();
        if object.is_empty() {
            continue;
        }
        any = true;
        let detail = match serde_json::from_slice::<IgnoredAny>(object) {
            Ok(_) if !object.starts_with(b"{") => "found another value".to_owned(),
            Ok(_) if deep(object) => format!("found more than {DEEPEST} levels of nesting"),
            Ok(_) => continue,
            Err(error) if error.is_eof() => "but the line ends inside it".to_owned(),
            Err(error) => format!("but column {} is not valid JSON", error.column()),
        };
        let found = quoted(&String::from_utf8_lossy(object), SHOWN);
        return Err(ReadError::JsonLine {
            file: file.name().to_owned(),
            line,
            detail,
            found,
        });
    }
    if any {
        Ok(())
    } else {
        Err(ReadError::Empty {
            file: file.name().to_owned(),
        })
    }
}
