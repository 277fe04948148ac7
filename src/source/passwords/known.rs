//! [`Known`]: what the source tells of a value.

use std::ops::Range;

use super::CellPlace;

/// What is written for a part of a text that is not known.
pub(super) const UNKNOWN: &str = "…";

/// What is known of a value.
#[derive(Clone)]
pub(super) enum Known {
    /// A text.
    Text(KnownText),
    /// A text with parts that are not known.
    Partly(String),
    /// A dict: keys as far as they are known, and values.
    Dict(Vec<(String, Known)>),
    /// Nothing.
    Nothing,
}

/// A text, where it is written, and the texts that it is made of.
#[derive(Clone)]
pub(super) struct KnownText {
    pub(super) text: String,
    pub(super) cell: CellPlace,
    pub(super) range: Range<usize>,
    pub(super) pieces: Vec<String>,
}

/// Joins texts, of which some may not be known.
pub(super) fn join(parts: impl Iterator<Item = Known>, here: impl Fn(String, Vec<String>) -> Known) -> Known {
    let (mut text, mut pieces, mut is_whole) = (String::new(), Vec::new(), true);
    for part in parts {
        match part {
            Known::Text(known) => {
                text.push_str(&known.text);
                pieces.extend(known.pieces);
            }
            Known::Partly(known) => {
                text.push_str(&known);
                is_whole = false;
            }
            Known::Dict(_) | Known::Nothing => {
                text.push_str(UNKNOWN);
                is_whole = false;
            }
        }
    }
    if is_whole {
        here(text, pieces)
    } else {
        Known::Partly(text)
    }
}
