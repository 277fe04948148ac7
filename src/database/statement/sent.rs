//! [`Sent`]: a statement as it goes to the server, with its marks replaced; a place in it is found again in what was written.

use std::borrow::Cow;
use std::ops::Range;

use super::token::{Token, TokenKind};

/// A statement as it goes to the server.
#[derive(Debug)]
pub(in crate::database) struct Sent {
    /// The text.
    pub(in crate::database) text: String,
    /// For each value that goes with it: which of the parameters it is.
    pub(in crate::database) order: Vec<usize>,
    /// The tokens of what was written.
    pub(in crate::database) tokens: Vec<Token>,
    /// Where something was replaced: its end as sent, and as written.
    moved: Vec<(usize, usize)>,
}

impl Sent {
    /// Writes new texts in the place of parts of a statement, which are in their order and apart.
    pub(in crate::database) fn new<'a>(
        sql: &str,
        tokens: Vec<Token>,
        order: Vec<usize>,
        replaced: impl IntoIterator<Item = (Range<usize>, Cow<'a, str>)>,
    ) -> Self {
        let (mut text, mut moved) = (String::with_capacity(sql.len()), Vec::new());
        let mut copied = 0;
        for (range, new) in replaced {
            text.push_str(sql.get(copied..range.start).unwrap_or_default());
            text.push_str(&new);
            copied = range.end;
            moved.push((text.len(), copied));
        }
        text.push_str(sql.get(copied..).unwrap_or_default());
        Self {
            text,
            order,
            tokens,
            moved,
        }
    }

    /// Finds a place of what is sent in what was written, both in bytes.
    pub(in crate::database) fn written(&self, at: usize) -> usize {
        let mut place = at;
        for (sent, written) in &self.moved {
            if at < *sent {
                break;
            }
            place = at - sent + written;
        }
        place
    }

    /// Returns where a second statement begins behind a `;`.
    pub(in crate::database) fn second(&self) -> Option<usize> {
        let is_end = |token: &&Token| token.kind == TokenKind::Semicolon;
        let first = self.tokens.iter().position(|token| is_end(&token))?;
        let mut after = self.tokens.iter().skip(first).skip_while(is_end);
        after.next().map(|token| token.range.start)
    }
}
