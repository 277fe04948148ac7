//! Newline-delimited JSON, one object on each line → tables and plans.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use polars::prelude::*;
use serde::de::IgnoredAny;

use crate::storage::Location;
use crate::work::{Progress, catch_panic};

use super::columns::same_schema;
use super::content::Content;
use super::error::{ReadError, quoted};
use super::json::{DEEPEST, deep};
use super::scannable::Scannable;
use super::scanned::Scan;
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
pub fn scan_ndjson(files: &[Location]) -> Result<Scan, ReadError> {
    for file in files {
        source::expect(file, EXPECTED, &[Content::Json, Content::Text])?;
    }
    if files.iter().all(|file| file.local().is_some()) {
        for file in files {
            check(file, BufReader::new(source::open(file)?))?;
        }
        return columns::plan(
            files,
            EXPECTED,
            |_| Ok(()),
            |sources| {
                LazyJsonLineReader::new_with_sources(sources)
                    .with_infer_schema_length(None)
                    .finish()
            },
        );
    }
    // To infer types, polars would download files as a whole, to a folder of its own.
    let scannable = Scannable::new(files)?;
    let pinned = scannable
        .bridge
        .as_ref()
        .map_or_else(Vec::new, |bridge| bridge.files());
    let Some((first, others)) = pinned.split_first() else {
        return Err(ReadError::NoFiles);
    };
    let leader = Arc::new(checked_schema(first)?);
    for file in others {
        same_schema(first, &leader, file, &checked_schema(file)?)?;
    }
    let plan = scannable.decode(first, EXPECTED, || {
        LazyJsonLineReader::new_with_sources(scannable.sources.clone())
            .with_schema(Some(leader))
            .finish()
    })?;
    Ok(scannable.scan(plan))
}

/// Checks every line of a file and infers its columns from all of them, reading it once.
fn checked_schema(file: &Location) -> Result<Schema, ReadError> {
    let mut lines = BufReader::new(CheckedLines {
        reader: BufReader::with_capacity(1 << 20, source::open(file)?),
        file,
        lines: Lines::default(),
        line: Vec::new(),
        at: 0,
        failure: None,
    });
    let inferred = source::decode(file, EXPECTED, || {
        polars::io::ndjson::infer_schema(&mut lines, None)
    });
    match lines.into_inner().failure {
        Some(failure) => Err(failure),
        None => inferred,
    }
}

/// The lines of a file, each checked before it is returned.
struct CheckedLines<'a, R> {
    reader: R,
    file: &'a Location,
    lines: Lines,
    line: Vec<u8>,
    /// How much of the line was returned.
    at: usize,
    failure: Option<ReadError>,
}

impl<R: BufRead> Read for CheckedLines<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            let next = self.lines.next(self.file, &mut self.reader, &mut self.line);
            if let Err(failure) = next {
                self.line.clear();
                self.failure = Some(failure);
                return Err(io::Error::other("the check has failed"));
            }
        }
        let left = self.line.get(self.at..).unwrap_or_default();
        let read = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..read), left.get(..read)) {
            to.copy_from_slice(from);
        }
        self.at += read;
        Ok(read)
    }
}

/// Checks that every line that is not blank is a JSON object.
fn check(file: &Location, mut reader: impl BufRead) -> Result<(), ReadError> {
    let (mut lines, mut line) = (Lines::default(), Vec::new());
    while lines.next(file, &mut reader, &mut line)? {
        line.clear();
    }
    Ok(())
}

/// What is known of the lines of a file so far.
#[derive(Default)]
struct Lines {
    count: u64,
    /// Whether one was not blank.
    any: bool,
}

impl Lines {
    /// Appends the next line that is not blank, and checks it; returns whether there is one.
    fn next(
        &mut self,
        file: &Location,
        reader: &mut impl BufRead,
        line: &mut Vec<u8>,
    ) -> Result<bool, ReadError> {
        loop {
            line.clear();
            let read = reader
                .read_until(b'\n', line)
                .map_err(|error| source::unreadable(file, error))?;
            if read == 0 {
                return if self.any {
                    Ok(false)
                } else {
                    Err(ReadError::Empty {
                        file: file.name().to_owned(),
                    })
                };
            }
            self.count += 1;
            let object = line.trim_ascii();
            if object.is_empty() {
                continue;
            }
            self.any = true;
            let detail = match serde_json::from_slice::<IgnoredAny>(object) {
                Ok(_) if !object.starts_with(b"{") => "found another value".to_owned(),
                Ok(_) if deep(object) => format!("found more than {DEEPEST} levels of nesting"),
                Ok(_) => return Ok(true),
                Err(error) if error.is_eof() => "but the line ends inside it".to_owned(),
                Err(error) => format!("but column {} is not valid JSON", error.column()),
            };
            let found = quoted(&String::from_utf8_lossy(object), SHOWN);
            return Err(ReadError::JsonLine {
                file: file.name().to_owned(),
                line: self.count,
                detail,
                found,
            });
        }
    }
}
