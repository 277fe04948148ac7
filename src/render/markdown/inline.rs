//! Text within a block: how it looks, folding it to a width, and its colours.

use std::ops::{BitAnd, BitOr};

use crate::render::cell::width;

/// How text looks: any of bold, dim, italic, underlined, struck out and code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look(u8);

impl Look {
    pub(super) const BOLD: Self = Self(1);
    pub(super) const DIM: Self = Self(2);
    pub(super) const ITALIC: Self = Self(4);
    pub(super) const UNDERLINE: Self = Self(8);
    pub(super) const STRIKE: Self = Self(16);
    pub(super) const CODE: Self = Self(32);

    /// The parameters of the "select graphic rendition" code of ECMA-48.
    const PARAMETERS: [(Self, &str); 6] = [
        (Self::BOLD, "1"),
        (Self::DIM, "2"),
        (Self::ITALIC, "3"),
        (Self::UNDERLINE, "4"),
        (Self::STRIKE, "9"),
        (Self::CODE, "36"),
    ];
}

impl BitOr for Look {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Look {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// A stretch of text that looks the same; a line end in it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
}

/// Returns the text alone.
pub(super) fn text(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// Folds text to lines of at most `width` columns; a word that is wider gets a line of its own.
pub(super) fn fold(spans: &[Span], width: usize) -> Vec<Vec<Span>> {
    let mut fold = Fold {
        width,
        lines: Vec::new(),
        line: Vec::new(),
        used: 0,
        word: Vec::new(),
        space: None,
    };
    for span in spans {
        for character in span.text.chars() {
            match character {
                '\n' => {
                    fold.end_word();
                    fold.end_line();
                }
                '\u{a0}' => fold.add(' ', span.look),
                _ if character.is_whitespace() => {
                    fold.end_word();
                    fold.space = Some(span.look);
                }
                _ if is_ideograph(character) => {
                    fold.end_word();
                    fold.add(character, span.look);
                    fold.end_word();
                }
                _ => fold.add(character, span.look),
            }
        }
    }
    fold.end_word();
    if !fold.line.is_empty() {
        fold.end_line();
    }
    fold.lines
}

/// Writes a line, with colours or without.
pub(super) fn paint(line: &[Span], color: bool) -> String {
    if !color {
        return text(line);
    }
    let mut painted = String::new();
    for same in line.chunk_by(|a, b| a.look == b.look) {
        let look = same.first().map(|span| span.look).unwrap_or_default();
        let parameters: Vec<&str> = Look::PARAMETERS
            .iter()
            .filter(|(part, _)| look & *part == *part)
            .map(|(_, parameter)| *parameter)
            .collect();
        if parameters.is_empty() {
            painted.push_str(&text(same));
        } else {
            painted.extend(["\x1b[", &parameters.join(";"), "m", &text(same), "\x1b[0m"]);
        }
    }
    painted
}

struct Fold {
    width: usize,
    lines: Vec<Vec<Span>>,
    line: Vec<Span>,
    used: usize,
    word: Vec<Span>,
    /// How a space before the next word looks, where there is one.
    space: Option<Look>,
}

impl Fold {
    fn add(&mut self, character: char, look: Look) {
        match self.word.last_mut() {
            Some(span) if span.look == look => span.text.push(character),
            _ => self.word.push(Span {
                text: character.to_string(),
                look,
            }),
        }
    }

    fn end_word(&mut self) {
        let Some(first) = self.word.first() else { return };
        let wide: usize = self.word.iter().map(|span| width(&span.text)).sum();
        let mut space = self.space.take().map(|look| look & first.look);
        if let Some(last) = self.line.last() {
            space = space.map(|look| look & last.look);
            if self.used + usize::from(space.is_some()) + wide > self.width {
                self.end_line();
            }
        }
        if let Some(look) = space.filter(|_| !self.line.is_empty()) {
            self.line.push(Span {
                text: " ".to_owned(),
                look,
            });
            self.used += 1;
        }
        self.used += wide;
        self.line.append(&mut self.word);
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.used = 0;
        self.space = None;
    }
}

/// Returns whether a line may end before and after a character, as in Chinese, Japanese and Korean.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
