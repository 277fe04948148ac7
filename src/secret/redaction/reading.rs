//! [`Reading`]: a text as one way of escaping reads, with the places in the text that its bytes come from.

use std::ops::Range;

use zeroize::Zeroizing;

use super::escapes::{ESCAPES, Escapes, Token};

/// The bytes that a text holds when it is read in one way.
pub(super) struct Reading<'a> {
    content: Content<'a>,
    /// Where in the text each byte is from.
    places: Vec<Range<usize>>,
    /// The escapes, which are cut nowhere.
    escapes: Vec<Range<usize>>,
    /// Where an escape begins whose end is not here yet.
    open: Option<usize>,
}

enum Content<'a> {
    /// The text as it is.
    Text(&'a [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

impl<'a> Reading<'a> {
    /// Reads a text as it is.
    fn plain(text: &'a [u8]) -> Self {
        Self {
            content: Content::Text(text),
            places: Vec::new(),
            escapes: Vec::new(),
            open: None,
        }
    }

    /// Reads a text in all ways that give different bytes.
    pub(super) fn all(text: &'a [u8], is_whole: bool) -> Vec<Self> {
        let mut stands = [false; 256];
        for byte in text {
            if let Some(stands) = stands.get_mut(usize::from(*byte)) {
                *stands = true;
            }
        }
        let plain = Self::plain(text);
        let mut readings = Vec::new();
        for escapes in &ESCAPES {
            let has_trigger = (0..=u8::MAX)
                .zip(stands)
                .any(|(byte, stands)| stands && escapes.is_trigger(byte));
            let Some(once) = has_trigger.then(|| plain.unescaped(escapes, is_whole)).flatten() else {
                continue;
            };
            let twice = if escapes.nests {
                once.unescaped(escapes, is_whole)
            } else {
                None
            };
            readings.extend([Some(once), twice].into_iter().flatten());
        }
        readings.push(plain);
        readings
    }

    /// Reads what this reading gives once more, with escapes; `None` where there are none.
    ///
    /// Where more text may follow (`is_whole` is not set), an escape that the end cuts stays open.
    fn unescaped<'b>(&self, escapes: &Escapes, is_whole: bool) -> Option<Reading<'b>> {
        let bytes = self.bytes();
        let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
        let mut places = Vec::with_capacity(bytes.len());
        let mut found = Vec::new();
        let (mut at, mut open) = (0, self.open);
        while let Some((first, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
            let token = if escapes.is_trigger(*first) {
                escapes.token(*first, rest)
            } else {
                Token::Plain
            };
            let (letter, length) = match token {
                Token::Cut if !is_whole => {
                    let begin = self.span(at..at + 1).start;
                    open = Some(open.map_or(begin, |open| open.min(begin)));
                    break;
                }
                Token::Plain | Token::Cut => (Letter::byte(*first), 1),
                Token::Byte(byte, length) => (Letter::byte(byte), length),
                Token::Char(char, length) => (Letter::char(char), length),
                Token::Nothing(length) => (Letter::default(), length),
            };
            let span = self.span(at..at + length);
            decoded.extend_from_slice(letter.bytes());
            places.extend(letter.bytes().iter().map(|_| span.clone()));
            if !matches!(token, Token::Plain | Token::Cut) {
                found.push(span);
            }
            at += length;
        }
        if found.is_empty() && open == self.open {
            return None;
        }
        Some(Reading {
            content: Content::Decoded(decoded),
            places,
            escapes: found,
            open,
        })
    }

    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text,
            Content::Decoded(bytes) => bytes,
        }
    }

    /// Returns the part of the text that some of the bytes are from.
    pub(super) fn span(&self, bytes: Range<usize>) -> Range<usize> {
        if let Content::Text(_) = self.content {
            return bytes;
        }
        let first = self.places.get(bytes.start).map_or(0, |place| place.start);
        let last = bytes.end.checked_sub(1).and_then(|last| self.places.get(last));
        first..last.map_or(first, |place| place.end)
    }

    /// Returns where in the text an escape begins whose end is not here yet.
    pub(super) fn open(&self) -> Option<usize> {
        self.open
    }

    /// Returns the beginning of the escape that a place in the text is inside of; without one, the place.
    pub(super) fn outside_escapes(&self, place: usize) -> usize {
        let after = self.escapes.partition_point(|escape| escape.start < place);
        let before = after.checked_sub(1).and_then(|last| self.escapes.get(last));
        match before {
            Some(escape) if escape.end > place => escape.start,
            _ => place,
        }
    }
}

/// The bytes of what one token reads as: at most four.
#[derive(Default)]
struct Letter {
    bytes: [u8; 4],
    length: usize,
}

impl Letter {
    fn byte(byte: u8) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }

    fn char(char: char) -> Self {
        let mut letter = Self::default();
        letter.length = char.encode_utf8(&mut letter.bytes).len();
        letter
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
