//! Python that Starlark's parser does not know, written in what it knows: before anything is parsed.
//!
//! An f-string becomes a call with its parts; `text.format`, `", ".join`, `a ** b` and `x -= 1` become calls of what the language
//! puts in their place; `1_000` loses its underscore. Lines stay lines. What was changed where goes along in a comment
//! after the last line, so that every position in the new text maps to a position in the original.

mod edits;
mod fstring;
mod operators;
mod scanner;

use edits::Edits;
pub(crate) use edits::{Original, original, place_in};
use scanner::Scanner;

/// The function that puts the parts of an f-string together.
pub(crate) const TEXT: &str = "__text__";
/// The function that writes one value of an f-string: `(value, conversion, specification)`.
pub(crate) const FIELD: &str = "__field__";
/// The function that finds the method `format` of a value.
pub(crate) const FORMAT: &str = "__format__";
/// The function that finds the method `join` of a text that is written out.
pub(crate) const JOIN: &str = "__join__";
/// The function for `a ** b`.
pub(crate) const POWER: &str = "__pow__";
/// The function for `container[key] -= value`: `(container, key, operator, value)`.
pub(crate) const MODIFY: &str = "__modify__";

/// The functions that a person did not write.
const OWN: [&str; 6] = [TEXT, FIELD, FORMAT, JOIN, POWER, MODIFY];

/// Returns whether a name is of a function that a person did not write.
pub(crate) fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// An f-string that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// What is wrong, in Python's words.
    pub(crate) message: String,
    /// From where to where, in bytes of the source.
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

/// Source in what the parser knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    /// The text, with the comment that tells what was changed.
    pub(crate) text: String,
    /// How much of it stands before that comment.
    pub(crate) code: usize,
    /// Whether an f-string has a specification, or writes its expression, too.
    pub(crate) has_specs: bool,
}

impl Rewritten {
    /// Returns the text without the comment.
    pub(crate) fn code(&self) -> &str {
        self.text.get(..self.code).unwrap_or(&self.text)
    }
}

/// Rewrites source; `None` where there is nothing to rewrite.
///
/// # Errors
///
/// An f-string that cannot be read.
pub(crate) fn rewrite(source: &str) -> Result<Option<Rewritten>, Malformed> {
    let mut scanner = Scanner::new(source);
    scanner.module()?;
    let has_specs = scanner.has_specs;
    let (code, mut edits) = scanner.finish();
    let code = operators::rewrite(code, &mut edits);
    if edits.is_empty() && !Edits::are_in(source) {
        return Ok(None);
    }
    let text = edits.noted(&code);
    Ok(Some(Rewritten {
        code: code.len(),
        text,
        has_specs,
    }))
}

/// Changes more of a text, which may be a rewritten one: `(from, to, new)`, in order.
pub(crate) fn rewrite_more(text: &str, changes: &[(usize, usize, String)]) -> String {
    let (code, mut edits) = Edits::read(text).unwrap_or((text, Edits::default()));
    let mut new_code = String::with_capacity(code.len() + 32 * changes.len());
    let mut done = 0;
    for (from, to, new) in changes {
        new_code.push_str(code.get(done..*from).unwrap_or_default());
        new_code.push_str(new);
        done = *to;
    }
    new_code.push_str(code.get(done..).unwrap_or_default());
    edits.merge(code, changes);
    edits.noted(&new_code)
}

#[cfg(test)]
mod tests;
