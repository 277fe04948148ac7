//! A JSON array of objects → a table.

use std::io::Cursor;

use polars::prelude::*;
use serde::de::IgnoredAny;

use crate::storage::Location;
use crate::work::{Progress, catch_panic};

use super::content::Content;
use super::error::ReadError;
use super::{columns, source};

const EXPECTED: &str = "a JSON file";

/// How deep arrays and objects may be nested: what reads them calls itself for each level.
pub(super) const DEEPEST: usize = 64;

/// Reads JSON files, each an array of objects, into one table; the types are decided by all objects.
pub fn read_json(files: &[Location], progress: &Progress) -> Result<DataFrame, ReadError> {
    columns::stack(files, EXPECTED, progress, read_one)
}

fn read_one(file: &Location) -> Result<DataFrame, ReadError> {
    source::expect(
        file,
        EXPECTED,
        &[Content::Json, Content::Text, Content::Gzip, Content::Zstd],
    )?;
    let bytes = source::bytes(file)?;
    let bad = |detail: String| ReadError::Json {
        file: file.name().to_owned(),
        detail,
    };
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(text) {
        return Err(bad(format!("found: {error}")));
    }
    if deep(text) {
        return Err(bad(format!("found more than {DEEPEST} levels of nesting")));
    }
    match text.trim_ascii_start().first() {
        Some(b'[' | b'{') => {}
        _ => return Err(bad("found a single value".to_owned())),
    }
    match catch_panic(|| JsonReader::new(Cursor::new(text)).infer_schema_len(None).finish()) {
        Ok(Ok(table)) => Ok(table),
        Ok(Err(error)) => Err(bad(format!("but {}", source::one_line(&error.to_string())))),
        Err(source) => Err(ReadError::Panicked {
            file: file.name().to_owned(),
            source,
        }),
    }
}

/// Returns whether arrays and objects are nested deeper than [`DEEPEST`].
pub(super) fn deep(text: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut inside = false;
    let mut escaped = false;
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
            }
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
