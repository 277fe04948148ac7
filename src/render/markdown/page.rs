//! [`Page`]: lines on the way to the terminal: what each begins with, and what sets blocks apart.

use crate::render::cell::width;

/// Text gets at least this many columns, however deep it is nested.
const NARROWEST: usize = 16;

/// An item or quotation, by what lines begin with outside it.
struct Container {
    is_item: bool,
    prefix: usize,
    used: usize,
}

/// The lines so far, and what the next one begins with.
pub(super) struct Page {
    columns: usize,
    text: String,
    /// What every line begins with, and its width.
    prefix: String,
    used: usize,
    /// What the next line begins with in place of the prefix: the mark of an item.
    first: Option<String>,
    containers: Vec<Container>,
    /// How much of the prefix is in the blank line that sets the next block apart from the last.
    gap: Option<usize>,
}

impl Page {
    /// Starts a page that is `columns` wide.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            text: String::new(),
            prefix: String::new(),
            used: 0,
            first: None,
            containers: Vec::new(),
            gap: None,
        }
    }

    /// Returns the lines, without a line end after the last.
    pub(super) fn into_text(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }

    /// Returns whether the innermost container is an item.
    pub(super) fn is_in_item(&self) -> bool {
        self.containers.last().is_some_and(|inner| inner.is_item)
    }

    /// Puts a mark before the text of an item that begins here, in place of its bullet; false where none begins.
    pub(super) fn mark_item(&mut self, bullet: &str, mark: &str) -> bool {
        let Some(mut first) = self.first.take() else {
            return false;
        };
        let mut wider = width(mark);
        if first.ends_with(bullet) {
            first.truncate(first.len() - bullet.len());
            wider = wider.saturating_sub(width(bullet));
        }
        first.push_str(mark);
        self.first = Some(first);
        self.indent(&" ".repeat(wider), wider);
        true
    }

    /// Starts an item or quotation: `mark` stands before its first line, `rest` before the others.
    pub(super) fn enter(&mut self, is_item: bool, mark: &str, rest: &str, wide: usize) {
        if is_item || self.first.is_some() {
            let mut first = self.first.take().unwrap_or_else(|| self.prefix.clone());
            first.push_str(mark);
            self.first = Some(first);
        }
        self.containers.push(Container {
            is_item,
            prefix: self.prefix.len(),
            used: self.used,
        });
        self.indent(rest, wide);
    }

    /// Lets lines begin with more, while there is room; so a line's beginning never outgrows the terminal.
    fn indent(&mut self, text: &str, wide: usize) {
        if self.used + wide + NARROWEST <= self.columns {
            self.prefix.push_str(text);
            self.used += wide;
        }
    }

    /// Ends the innermost item or quotation; an item without text leaves its mark.
    pub(super) fn leave_container(&mut self) {
        let Some(container) = self.containers.pop() else {
            return;
        };
        if container.is_item && self.first.is_some() {
            self.line("");
        }
        self.prefix.truncate(container.prefix);
        self.used = container.used;
        self.gap = self.gap.map(|gap| gap.min(container.prefix));
    }

    /// Sets the next block apart from what has been written.
    pub(super) fn set_gap(&mut self) {
        if self.first.is_none() {
            self.gap = Some(self.prefix.len());
        }
    }

    /// Lets the next block follow at once.
    pub(super) fn close_gap(&mut self) {
        self.gap = None;
    }

    /// Returns how many columns text has here.
    pub(super) fn width(&self) -> usize {
        self.columns.saturating_sub(self.used).max(NARROWEST)
    }

    /// Writes a line.
    pub(super) fn line(&mut self, text: &str) {
        if let Some(gap) = self.gap.take()
            && !self.text.is_empty()
        {
            let before = self.prefix.get(..gap).unwrap_or_default();
            self.text.push_str(before.trim_end());
            self.text.push('\n');
        }
        let first = self.first.take();
        self.text.push_str(first.as_deref().unwrap_or(&self.prefix));
        self.text.push_str(text);
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}
