//! [`Marked`]: a text whose references are replaced by marks, so that it can be parsed before any value is there.

use crate::secret::reference::{Part, Reference, parts};
use crate::secret::template::{Piece, Template};

/// What a mark ends with.
const END: char = 'x';

/// A text with marks in place of its references.
///
/// A mark is letters and digits, so that it means nothing in any part of an address, and begins with a text that is not
/// in the original.
pub(super) struct Marked {
    pub(super) text: String,
    stem: String,
    references: Vec<Reference>,
}

impl Marked {
    pub(super) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        // One `q` at its beginning alone: so a mark cannot begin in the text before it.
        // Of more stems than it has letters, one is not in it.
        let stem = (0..=lower.len())
            .map(|number| format!("qz{number}s"))
            .find(|stem| !lower.contains(stem.as_str()))
            .unwrap_or_default();
        let mut marked = Self {
            text: String::new(),
            stem,
            references: Vec::new(),
        };
        for part in parts(text) {
            match part {
                Part::Text(text) => marked.text.push_str(text),
                Part::Reference(reference) => {
                    let mark = format!("{}{}{END}", marked.stem, marked.references.len());
                    marked.text.push_str(&mark);
                    marked.references.push(reference);
                }
            }
        }
        marked
    }

    /// Returns whether there is a mark in a part of the text.
    pub(super) fn is_in(&self, part: &str) -> bool {
        part.contains(&self.stem)
    }

    /// Returns the reference that a part of the text is the mark of.
    pub(super) fn reference(&self, part: &str) -> Option<&Reference> {
        let number = part.strip_prefix(&self.stem)?.strip_suffix(END)?;
        self.references.get(number.parse::<usize>().ok()?)
    }

    /// Returns a part of the text with its references; `decode` is applied to what is text.
    pub(super) fn template(&self, part: &str, decode: impl Fn(&str) -> String) -> Template {
        let mut pieces = Vec::new();
        let mut text = part;
        while let Some(begin) = text.find(&self.stem) {
            let (before, rest) = text.split_at(begin);
            let end = rest.find(END).map_or(rest.len(), |end| end + END.len_utf8());
            let (mark, after) = rest.split_at(end);
            if !before.is_empty() {
                pieces.push(Piece::Text(decode(before)));
            }
            match self.reference(mark) {
                Some(reference) => pieces.push(Piece::Reference(reference.clone())),
                None => pieces.push(Piece::Text(decode(mark))),
            }
            text = after;
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(decode(text)));
        }
        Template::new(pieces)
    }
}
