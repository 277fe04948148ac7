//! [`Template`]: a text with references, kept apart from each other until the values are there.

use std::collections::BTreeMap;

use super::reference::{Part, Reference, parts};
use super::value::SecretValue;

/// A text with references in it.
///
/// What is text stays text: neither a value nor a text that was decoded can become a reference later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Text(String),
    /// A reference.
    Reference(Reference),
}

impl Template {
    /// Reads a text, in which references are written as `{{secrets/scope/key}}`.
    pub fn of(text: &str) -> Self {
        let pieces = parts(text).into_iter().map(|part| match part {
            Part::Text(text) => Piece::Text(text.to_owned()),
            Part::Reference(reference) => Piece::Reference(reference),
        });
        Self {
            pieces: pieces.collect(),
        }
    }

    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// Returns the references, in their order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Reference(reference) => Some(reference),
        })
    }

    /// Returns the reference that the whole text is.
    pub fn as_reference(&self) -> Option<&Reference> {
        match self.pieces.as_slice() {
            [Piece::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// Returns the text, where there is no reference in it.
    pub fn as_text(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the text as it was written, with references as references.
    pub fn written(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Reference(reference) => reference.to_string(),
        });
        pieces.collect()
    }

    /// Returns the text with the values of its references; `None` where one is missing.
    pub fn fill(&self, values: &BTreeMap<Reference, SecretValue>) -> Option<SecretValue> {
        let pieces: Option<Vec<&[u8]>> = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_bytes()),
                Piece::Reference(reference) => values.get(reference).map(SecretValue::expose),
            })
            .collect();
        pieces.map(|pieces| SecretValue::concat(&pieces))
    }
}

impl From<Reference> for Template {
    fn from(reference: Reference) -> Self {
        Self {
            pieces: vec![Piece::Reference(reference)],
        }
    }
}
