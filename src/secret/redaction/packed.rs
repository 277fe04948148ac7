//! [`each_packed`]: bytes that a text holds as base64, in hexadecimal or as decimal numbers.
//!
//! Where such a writing begins is not known, so that a run of its symbols is unpacked from each of the places that give
//! other bytes: what a value is packed with, before and after it, makes no difference.

use std::ops::Range;

use zeroize::Zeroizing;

use super::needles::SHORTEST;
use super::reading::Reading;

/// Bytes that a text holds packed.
pub(super) struct Packed {
    /// The bytes.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where in the text each is from.
    pub(super) places: Vec<Range<usize>>,
    /// Where in the text is to be read from so that each is found again; only where more bytes may follow.
    pub(super) anchors: Vec<usize>,
    /// Whether more bytes may follow with more text.
    pub(super) is_open: bool,
    /// The begin of a byte that the end of the text cuts.
    pub(super) rest: Rest,
}

/// The begin of a byte whose end is not here yet.
pub(super) enum Rest {
    /// Nothing.
    None,
    /// So many bits, and where in the text is to be read from so that they are found again.
    Bits { bits: u8, count: u32, place: usize },
    /// A decimal number that may get more digits.
    Digits { number: u16, place: usize },
}

/// Symbols that belong together.
#[derive(Default)]
struct Run {
    symbols: Vec<Symbol>,
    /// How many of them are on this line.
    on_line: usize,
}

/// One symbol of a run.
#[derive(Clone, Copy)]
struct Symbol {
    bits: u8,
    /// Its place among the bytes of a reading.
    at: usize,
    /// How many symbols of the run are before it on its line.
    before: usize,
}

/// The most characters between two numbers of a run, and between two lines of one.
const WIDEST_GAP: usize = 16;

/// The fewest symbols of a line that the next line goes on with: words at the end of lines are no packed bytes.
const SHORTEST_LINE: usize = 8;

/// Unpacks each run of symbols in a reading that is long enough for a value.
///
/// Where more text may follow (`is_whole` is not set), the run at the end is given in any case.
pub(super) fn each_packed(reading: &Reading<'_>, is_whole: bool, visit: &mut dyn FnMut(&Packed)) {
    base64(reading, is_whole, visit);
    hexadecimal(reading, is_whole, visit);
    decimal(reading, is_whole, visit);
}

/// Reads both alphabets; a run goes on over ends of lines and what the next is indented with.
fn base64(reading: &Reading<'_>, is_whole: bool, visit: &mut dyn FnMut(&Packed)) {
    let bytes = reading.bytes();
    let mut run = Run::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let Some(bits) = sextet(*byte) {
            run.push(bits, at);
            at += 1;
            continue;
        }
        let is_end = matches!(byte, b'\n' | b'\r');
        let gap = if is_end {
            gap(bytes, at, u8::is_ascii_whitespace)
        } else {
            0
        };
        if gap == 0 || !run.ends_line() {
            run.unpack(reading, 6, false, visit);
        }
        at += gap.max(1);
    }
    run.unpack(reading, 6, !is_whole, visit);
}

/// Reads pairs of digits, which may stand apart: `70:61`, `70 61`, `0x70, 0x61`.
fn hexadecimal(reading: &Reading<'_>, is_whole: bool, visit: &mut dyn FnMut(&Packed)) {
    let bytes = reading.bytes();
    let mut run = Run::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_prefix = matches!(bytes.get(at..at + 2), Some(b"0x" | b"0X" | b"\\x"));
        if is_prefix && bytes.get(at + 2).is_some_and(u8::is_ascii_hexdigit) {
            at += 2;
            continue;
        }
        if let Some(bits) = char::from(*byte).to_digit(16) {
            run.push(bits as u8, at);
            at += 1;
            continue;
        }
        let gap = gap(bytes, at, |byte| {
            byte.is_ascii_whitespace() || matches!(byte, b':' | b'-' | b',')
        });
        let between = bytes.get(at..at + gap).unwrap_or_default();
        let is_end = between.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        if gap == 0 || (is_end && !run.ends_line()) {
            run.unpack(reading, 4, false, visit);
        }
        at += gap.max(1);
    }
    run.unpack(reading, 4, !is_whole, visit);
}

/// Reads what a list of bytes looks like: `[112, 97, 115]`.
fn decimal(reading: &Reading<'_>, is_whole: bool, visit: &mut dyn FnMut(&Packed)) {
    let bytes = reading.bytes();
    let mut packed = Packed::with_capacity(0);
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            let gap = gap(bytes, at, |byte| {
                byte.is_ascii_whitespace() || matches!(byte, b',' | b';')
            });
            if gap == 0 {
                packed.give(false, visit);
            }
            at += gap.max(1);
            continue;
        }
        let text = rest
            .get(..digits)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let number = text
            .and_then(|text| text.parse::<u16>().ok())
            .filter(|number| *number < 256);
        let place = reading.span(at..at + digits);
        at += digits;
        match number {
            Some(number) if at == bytes.len() && !is_whole => {
                packed.rest = Rest::Digits {
                    number,
                    place: place.start,
                };
            }
            Some(number) => {
                packed.anchors.push(place.start);
                packed.push(number as u8, place);
            }
            None => packed.give(false, visit),
        }
    }
    packed.give(!is_whole, visit);
}

/// Returns how many bytes from a place on are such as may stand between two symbols; none where they are too many.
fn gap(bytes: &[u8], at: usize, is_between: impl Fn(&u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let width = rest
        .iter()
        .take(WIDEST_GAP + 1)
        .take_while(|byte| is_between(byte))
        .count();
    if width > WIDEST_GAP { 0 } else { width }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

impl Run {
    fn push(&mut self, bits: u8, at: usize) {
        self.symbols.push(Symbol {
            bits,
            at,
            before: self.on_line,
        });
        self.on_line += 1;
    }

    /// Ends a line; returns whether the next line may go on with the run.
    fn ends_line(&mut self) -> bool {
        std::mem::take(&mut self.on_line) >= SHORTEST_LINE
    }

    /// Unpacks the run, of symbols with so many bits each, from each place that gives other bytes, and begins a new one.
    fn unpack(&mut self, reading: &Reading<'_>, bits: u32, is_open: bool, visit: &mut dyn FnMut(&Packed)) {
        let shortest = (SHORTEST * 8).div_ceil(bits as usize);
        if self.symbols.len() >= shortest || is_open {
            // Bytes and symbols begin together after so many symbols.
            let period = if bits == 4 { 2 } else { 4 };
            for from in 0..period.min(self.symbols.len()) {
                visit(&unpacked(&self.symbols, from, reading, bits, is_open));
            }
        }
        self.symbols.clear();
        self.on_line = 0;
    }
}

/// Unpacks the symbols of a run from one of them on.
fn unpacked(symbols: &[Symbol], from: usize, reading: &Reading<'_>, bits: u32, is_open: bool) -> Packed {
    let mut packed = Packed::with_capacity(symbols.len() * bits as usize / 8);
    packed.is_open = is_open;
    // As much of the line is read again as decides whether the next goes on with it.
    let anchor = |index: usize| {
        let back = symbols
            .get(index)
            .map_or(0, |symbol| symbol.before.min(SHORTEST_LINE));
        let first = symbols.get(index.saturating_sub(back));
        first.map_or(0, |symbol| reading.span(symbol.at..symbol.at + 1).start)
    };
    let (mut held, mut count, mut begin) = (0_u32, 0, (from, 0));
    for (index, symbol) in symbols.iter().enumerate().skip(from) {
        if count == 0 {
            begin = (index, symbol.at);
        }
        held = held << bits | u32::from(symbol.bits);
        count += bits;
        if count >= 8 {
            count -= 8;
            packed.push((held >> count) as u8, reading.span(begin.1..symbol.at + 1));
            if is_open {
                packed.anchors.push(anchor(begin.0));
            }
            held &= (1 << count) - 1;
            begin = (index, symbol.at);
        }
    }
    if is_open && count > 0 {
        packed.rest = Rest::Bits {
            bits: held as u8,
            count,
            place: anchor(begin.0),
        };
    }
    packed
}

impl Packed {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(capacity)),
            places: Vec::with_capacity(capacity),
            anchors: Vec::new(),
            is_open: false,
            rest: Rest::None,
        }
    }

    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// Gives what was read, if it is enough, and begins anew.
    fn give(&mut self, is_open: bool, visit: &mut dyn FnMut(&Self)) {
        self.is_open = is_open;
        if self.bytes.len() >= SHORTEST || is_open {
            visit(self);
        }
        self.bytes.clear();
        self.places.clear();
        self.anchors.clear();
        self.rest = Rest::None;
    }
}
