//! Texts in PostgreSQL's binary format, and what a table keeps of them as something else: enums, JSON, UUIDs.

use bytes::{BufMut as _, BytesMut};
use polars::prelude::StringChunkedBuilder;

use super::bytes::{fixed, too_long};
use super::wire::Wire;
use crate::error::nearest;

/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;

/// Adds a text, and what is one in a frame.
pub(super) fn push_text(store: &mut StringChunkedBuilder, wire: &Wire, bytes: &[u8]) -> Option<()> {
    match wire {
        Wire::Uuid => {
            let mut text = [0; 36];
            store.append_value(hyphened(fixed(bytes)?, &mut text)?);
        }
        // The number of the format, of which there is one.
        Wire::Jsonb => store.append_value(std::str::from_utf8(bytes.strip_prefix(&[1])?).ok()?),
        // One byte of any letter: NUL is nothing, and others than ASCII are shown as the database does.
        Wire::Char => {
            let [byte] = fixed(bytes)?;
            match byte {
                0 => store.append_value(""),
                1..=127 => store.append_value(char::from(byte).to_string()),
                _ => store.append_value(format!("\\{byte:03o}")),
            }
        }
        _ => store.append_value(std::str::from_utf8(bytes).ok()?),
    }
    Some(())
}

/// Writes the text of a UUID into `text`.
fn hyphened(bytes: [u8; 16], text: &mut [u8; 36]) -> Option<&str> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut slots = text.iter_mut();
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            *slots.next()? = b'-';
        }
        for half in [byte >> 4, byte & 15] {
            *slots.next()? = *DIGITS.get(usize::from(half))?;
        }
    }
    std::str::from_utf8(text).ok()
}

/// Writes a text as a column wants it, with its length in front.
///
/// # Errors
///
/// Why the column cannot take it, with the value.
pub(super) fn put_text(text: &str, wire: &Wire, type_name: &str, out: &mut BytesMut) -> Result<(), String> {
    if text.contains('\0') {
        return Err(format!(
            "{} has a NUL character, which PostgreSQL's texts cannot have",
            shown(text)
        ));
    }
    match wire {
        Wire::Text { most: Some(most) } if text.len() > *most => {
            // Spaces behind it are taken off by the database, as the standard wants it.
            let length = text.trim_end_matches(' ').chars().count();
            if length > *most {
                return Err(format!(
                    "{} has {length} characters, and {type_name} keeps {most}",
                    shown(text)
                ));
            }
        }
        Wire::Enum(labels) if !labels.iter().any(|label| label == text) => {
            let hint = match nearest(text, labels.iter().map(String::as_str)) {
                Some(near) => format!("; did you mean {near:?}?"),
                None => String::new(),
            };
            return Err(format!("{} is no value of {type_name}{hint}", shown(text)));
        }
        Wire::Uuid => {
            let bytes = uuid(text).ok_or_else(|| format!("{} is no UUID", shown(text)))?;
            out.put_i32(16);
            out.put_u128(bytes);
            return Ok(());
        }
        Wire::Char => {
            let byte = match text.as_bytes() {
                [] => 0,
                [byte] => *byte,
                _ => {
                    return Err(format!(
                        "{} has more than the one byte of {type_name}",
                        shown(text)
                    ));
                }
            };
            out.put_i32(1);
            out.put_u8(byte);
            return Ok(());
        }
        _ => {}
    }
    let length = i32::try_from(text.len())
        .ok()
        .and_then(|length| length.checked_add(1));
    let length = length.ok_or_else(|| too_long(text.len()))?;
    if *wire == Wire::Jsonb {
        out.put_i32(length);
        // The number of the format, of which there is one.
        out.put_u8(1);
    } else {
        out.put_i32(length - 1);
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

/// Reads a UUID in the ways in which the database does: with or without braces and hyphens.
fn uuid(text: &str) -> Option<u128> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let (mut number, mut digits) = (0_u128, 0);
    let mut before = '-';
    for c in inner.chars() {
        if c == '-' {
            if before == '-' || digits % 4 != 0 {
                return None;
            }
        } else {
            number = number.checked_mul(16)? + u128::from(c.to_digit(16)?);
            digits += 1;
        }
        before = c;
    }
    (digits == 32 && before != '-').then_some(number)
}

/// Returns the beginning of a text, in quotes.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        format!("{start:?}…")
    } else {
        format!("{start:?}")
    }
}
