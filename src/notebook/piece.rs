//! Pieces of a file: its text cut before certain lines, and the lines of a piece with their places.
//!
//! Pieces are slices: together they are the text they were cut from. Knows no format.

/// A run of whole lines of a file, exactly as they were written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// The text, with line endings.
    pub(super) text: &'a str,
    /// The number of its first line in the file, from 1.
    pub(super) first_line: usize,
}

/// One line, or what is left of it, and where it is in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The number of the line in the file, from 1.
    pub(super) number: usize,
    /// How many characters of the line come before `text`.
    pub(super) column: usize,
    /// The text, without the line ending.
    pub(super) text: &'a str,
}

impl<'a> Piece<'a> {
    /// Returns the whole of a file's text.
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, first_line: 1 }
    }

    /// Returns the lines. Only `\n` ends a line; `\r` before it belongs to the ending.
    pub(super) fn lines(self) -> impl Iterator<Item = Line<'a>> {
        self.text
            .split_inclusive('\n')
            .zip(self.first_line..)
            .map(|(line, number)| Line {
                number,
                column: 0,
                text: without_ending(line),
            })
    }

    /// Returns whether there is nothing but white space.
    pub(super) fn is_blank(self) -> bool {
        self.text.trim().is_empty()
    }

    /// Cuts before every line that `begins` a piece; the first piece is what is before them all.
    pub(super) fn cut_before(self, begins: impl Fn(&str) -> bool) -> (Self, Vec<Self>) {
        let mut cuts = Vec::new();
        let mut offset = 0;
        for (line, number) in self.text.split_inclusive('\n').zip(self.first_line..) {
            if begins(without_ending(line)) {
                cuts.push((offset, number));
            }
            offset += line.len();
        }
        let end_of_first = cuts.first().map_or(self.text.len(), |(offset, _)| *offset);
        let ends = cuts
            .iter()
            .skip(1)
            .map(|(offset, _)| *offset)
            .chain([self.text.len()]);
        let pieces = cuts.iter().zip(ends).map(|(&(start, first_line), end)| Self {
            text: self.text.get(start..end).unwrap_or_default(),
            first_line,
        });
        let first = Self {
            text: self.text.get(..end_of_first).unwrap_or_default(),
            ..self
        };
        (first, pieces.collect())
    }

    /// Cuts after the first `count` lines.
    pub(super) fn cut_after(self, count: usize) -> (Self, Self) {
        let length = self.text.split_inclusive('\n').take(count).map(str::len).sum();
        let (text, rest) = self.text.split_at(length);
        (
            Self { text, ..self },
            Self {
                text: rest,
                first_line: self.first_line + count,
            },
        )
    }
}

impl Line<'_> {
    /// Returns what follows the first `bytes` bytes, or `None` where there are fewer, or they cut a character.
    pub(super) fn after(self, bytes: usize) -> Option<Self> {
        let (before, text) = self.text.split_at_checked(bytes)?;
        Some(Self {
            column: self.column + before.chars().count(),
            text,
            ..self
        })
    }

    /// Returns what follows `prefix`, if the line begins with it.
    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Self> {
        if self.text.starts_with(prefix) {
            self.after(prefix.len())
        } else {
            None
        }
    }

    /// Returns the line without white space at its beginning.
    pub(super) fn trim_start(self) -> Self {
        self.after(self.text.len() - self.text.trim_start().len())
            .unwrap_or(self)
    }

    /// Returns whether there is nothing but white space.
    pub(super) fn is_blank(self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Returns `lines` without the blank ones at both ends.
pub(super) fn trim_blank<'s, 'a>(lines: &'s [Line<'a>]) -> &'s [Line<'a>] {
    let start = lines
        .iter()
        .position(|line| !line.is_blank())
        .unwrap_or(lines.len());
    let end = lines
        .iter()
        .rposition(|line| !line.is_blank())
        .map_or(start, |last| last + 1);
    lines.get(start..end).unwrap_or_default()
}

fn without_ending(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}
