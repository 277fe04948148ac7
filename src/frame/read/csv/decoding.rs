//! Bytes of a text file in any encoding → UTF-8, or the place of the first byte that is not valid.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use crate::frame::read::error::ReadError;
use crate::storage::Location;

use super::options::TextEncoding;
use super::records::occurrences;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Decodes a whole file, without its byte order mark.
pub(super) fn decode(
    location: &Location,
    bytes: Vec<u8>,
    encoding: TextEncoding,
) -> Result<Vec<u8>, ReadError> {
    match encoding {
        TextEncoding::Utf8 => {
            validate(location, &bytes, 0, 1, &bytes)?;
            Ok(without_mark(bytes))
        }
        TextEncoding::Utf8Lossy => Ok(match String::from_utf8_lossy(&bytes) {
            Cow::Borrowed(_) => without_mark(bytes),
            Cow::Owned(text) => without_mark(text.into_bytes()),
        }),
        TextEncoding::Other(encoding) => foreign(location, &bytes, encoding),
    }
}

/// Checks that a piece of a file is UTF-8; it begins at `offset`, in the physical line `line`.
///
/// `head` is the beginning of the file, from which the encoding is guessed.
pub(super) fn validate(
    location: &Location,
    piece: &[u8],
    offset: u64,
    line: u64,
    head: &[u8],
) -> Result<(), ReadError> {
    let Err(error) = std::str::from_utf8(piece) else {
        return Ok(());
    };
    let valid = error.valid_up_to();
    let before = piece.get(..valid).unwrap_or_default();
    let guess = if head.starts_with(&[0xFF, 0xFE]) {
        "utf-16le"
    } else if head.starts_with(&[0xFE, 0xFF]) {
        "utf-16be"
    } else {
        "windows-1252"
    };
    Err(ReadError::Encoding {
        file: location.name().to_owned(),
        line: line + newlines(before),
        offset: offset + valid as u64,
        byte: piece.get(valid).copied().unwrap_or_default(),
        encoding: "UTF-8".to_owned(),
        guess,
    })
}

fn foreign(location: &Location, bytes: &[u8], encoding: &'static Encoding) -> Result<Vec<u8>, ReadError> {
    // A byte order mark says more than a label: the label "utf-16" alone leaves the byte order open.
    let encoding = Encoding::for_bom(bytes).map_or(encoding, |(found, _)| found);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(capacity.unwrap_or(bytes.len()));
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text.into_bytes()),
        DecoderResult::Malformed(length, after) => {
            let offset = read.saturating_sub(usize::from(length) + usize::from(after));
            Err(ReadError::Encoding {
                file: location.name().to_owned(),
                line: 1 + newlines(text.as_bytes()),
                offset: offset as u64,
                byte: bytes.get(offset).copied().unwrap_or_default(),
                encoding: encoding.name().to_owned(),
                guess: if encoding == UTF_8 { "windows-1252" } else { "utf8" },
            })
        }
        DecoderResult::OutputFull => Ok(encoding.decode(bytes).0.into_owned().into_bytes()),
    }
}

fn without_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    bytes
}

fn newlines(bytes: &[u8]) -> u64 {
    occurrences(bytes, b'\n') as u64
}
