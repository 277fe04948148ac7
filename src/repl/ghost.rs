//! [`Ghost`]: the grey text behind the cursor: an earlier cell that began like this, or the signature of a call.

use std::sync::PoisonError;

use nu_ansi_term::{Color, Style};
use reedline::{Hinter, History, SearchQuery};
use unicode_segmentation::UnicodeSegmentation as _;

use super::completion::BUDGET;
use super::prompt::Shared;
use super::signature::signature;

/// The longest signature shown, in columns.
const WIDTH: usize = 60;

/// The grey text behind the cursor.
pub(super) struct Ghost {
    book: Shared,
    /// What accepting it would add; nothing for a signature.
    addition: String,
}

impl Ghost {
    pub(super) fn new(book: Shared) -> Self {
        Self {
            book,
            addition: String::new(),
        }
    }
}

impl Hinter for Ghost {
    fn handle(&mut self, line: &str, pos: usize, history: &dyn History, color: bool, _cwd: &str) -> String {
        self.addition.clear();
        if line.trim().is_empty() || pos != line.len() {
            return String::new();
        }
        let earlier = history.search(SearchQuery::last_with_prefix(line.to_owned(), history.session()));
        let earlier = earlier.ok().and_then(|mut found| found.pop());
        if let Some(rest) = earlier.and_then(|item| item.command_line.strip_prefix(line).map(str::to_owned)) {
            self.addition = rest;
        }
        let shown = if self.addition.is_empty() {
            rest_of_call(&self.book, line)
        } else {
            self.addition.clone()
        };
        if color && !shown.is_empty() {
            Style::new().fg(Color::DarkGray).paint(shown).to_string()
        } else {
            // Without colours it could not be told from what was typed.
            String::new()
        }
    }

    fn complete_hint(&self) -> String {
        self.addition.clone()
    }

    fn next_hint_token(&self) -> String {
        let mut token = String::new();
        for word in self.addition.split_word_bounds() {
            token.push_str(word);
            if !word.trim().is_empty() {
                break;
            }
        }
        token
    }
}

/// Returns the parameters that the call being typed has not been given.
fn rest_of_call(book: &Shared, line: &str) -> String {
    let book = book.lock().unwrap_or_else(PoisonError::into_inner);
    signature(book.session(), line, WIDTH, BUDGET).unwrap_or_default()
}
