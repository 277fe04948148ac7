//! [`PlacedToken`]: the tokens of a text with their places in it, as lines and columns and in bytes.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use sqlparser::tokenizer::{Location, Span, Token};

use super::tokens;
use crate::frame::sql::error::SqlResult;

/// A token, and where it is written.
#[derive(Debug, Clone)]
pub(in crate::frame) struct PlacedToken<'a> {
    pub(in crate::frame) token: Token,
    /// Lines and columns.
    pub(in crate::frame) place: Span,
    /// Bytes.
    pub(in crate::frame) range: Range<usize>,
    /// The token as it is written.
    pub(in crate::frame) written: &'a str,
}

/// Splits a text into its tokens, each with its place; spaces and comments are tokens, too.
pub(in crate::frame) fn placed_tokens(text: &str) -> SqlResult<Vec<PlacedToken<'_>>> {
    let mut finder = PlaceFinder::new(text);
    let placed = tokens(text)?.into_iter().filter_map(|token| {
        let range = finder.byte(token.span.start)..finder.byte(token.span.end);
        let written = text.get(range.clone()).unwrap_or_default();
        (token.token != Token::EOF).then_some(PlacedToken {
            token: token.token,
            place: token.span,
            range,
            written,
        })
    });
    Ok(placed.collect())
}

/// Returns the byte of a place in a text, or its end where the place is behind it.
pub(in crate::frame) fn offset(text: &str, place: Location) -> usize {
    PlaceFinder::new(text).byte(place)
}

/// Finds places in a text that come one after the other.
struct PlaceFinder<'a> {
    rest: Peekable<CharIndices<'a>>,
    at: Location,
    end: usize,
}

impl<'a> PlaceFinder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.char_indices().peekable(),
            at: Location::new(1, 1),
            end: text.len(),
        }
    }

    /// Returns the byte of a place, which is not before the last one.
    fn byte(&mut self, place: Location) -> usize {
        while self.at < place {
            let Some((_, character)) = self.rest.next() else {
                break;
            };
            self.at = match character {
                '\n' => Location::new(self.at.line + 1, 1),
                _ => Location::new(self.at.line, self.at.column + 1),
            };
        }
        self.rest.peek().map_or(self.end, |(byte, _)| *byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_is_written_at_their_places() {
        let text = "SELECT 'ä\nö', größe -- ü\nFROM \"t\"";
        let tokens = placed_tokens(text).unwrap();
        let written: Vec<&str> = tokens.iter().map(|token| token.written).collect();
        assert_eq!(written.concat(), text);
        assert!(written.contains(&"'ä\nö'") && written.contains(&"größe"));
        for token in &tokens {
            assert_eq!(text.get(token.range.clone()), Some(token.written));
            assert_eq!(offset(text, token.place.start), token.range.start);
        }
        assert_eq!(offset(text, Location::new(9, 9)), text.len());
    }
}
