//! The kind of a cell: the word of its magic.

use std::borrow::Cow;
use std::fmt;

use super::kinds::{KindInfo, TextForm, kind_info};

/// What a cell holds, named by the word after `%` on its first line; without one it is Python-shaped code.
///
/// Any word is kept, known or not: only running a cell decides whether its kind means something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKind(Cow<'static, str>);

impl CellKind {
    /// Python-shaped code, the kind of a cell without a magic.
    pub const PYTHON: Self = Self(Cow::Borrowed("python"));
    /// Text in markdown, `%md`.
    pub const MARKDOWN: Self = Self(Cow::Borrowed("md"));
    /// A query, `%sql`.
    pub const SQL: Self = Self(Cow::Borrowed("sql"));
    /// Text for another program, `[raw]` in the percent format.
    pub(super) const RAW: Self = Self(Cow::Borrowed("raw"));

    /// Returns the kind named by a magic's word, without its `%`; `None` when it could not follow a `%`.
    ///
    /// A word is a letter and then letters, digits, `-` and `_`, all ASCII.
    pub fn of_magic(word: &str) -> Option<Self> {
        (!word.is_empty() && word_length(word) == word.len()).then(|| Self(Cow::Owned(word.to_owned())))
    }

    /// Returns the word of the magic, without its `%`: `python`, `sql`, `md-sandbox`, ….
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Returns whether this is Python-shaped code.
    pub fn is_python(&self) -> bool {
        *self == Self::PYTHON
    }

    /// Returns what is known of it as text.
    pub fn info(&self) -> &'static KindInfo {
        kind_info(self.word())
    }

    /// Returns whether this is markdown.
    pub fn is_markdown(&self) -> bool {
        self.info().form == TextForm::Markdown
    }

    /// Returns whether this is text, and nothing to run.
    pub fn is_prose(&self) -> bool {
        self.info().is_prose
    }
}

impl Default for CellKind {
    fn default() -> Self {
        Self::PYTHON
    }
}

impl fmt::Display for CellKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns how many bytes at the beginning of `text` are a magic's word, 0 when it does not begin with one.
pub(super) fn word_length(text: &str) -> usize {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return 0;
    }
    text.find(|next: char| !(next.is_ascii_alphanumeric() || next == '-' || next == '_'))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_any_word_and_refuses_what_is_none() {
        assert_eq!(CellKind::of_magic("md-sandbox").unwrap().word(), "md-sandbox");
        assert_eq!(CellKind::of_magic("python"), Some(CellKind::PYTHON));
        for text in ["", "%sql", "5", "two words", "é", "-x", "sql\n"] {
            assert_eq!(CellKind::of_magic(text), None, "{text:?}");
        }
    }
}
