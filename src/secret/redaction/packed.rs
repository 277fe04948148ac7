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
    /// Whether more bytes may follow with more text.
    pub(super) is_open: bool,
    /// The begin of a byte that the end of the text cuts.
    pub(super) rest: Rest,
}

/// The begin of a byte whose end is not here yet.
pub(super) enum Rest {
    /// Nothing.
    None,
    /// So many bits, and where in the text they are from.
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
}

/// The most characters between two numbers of a run, and between two lines of one.
const WIDEST_GAP: usize = 16;

/// The fewest symbols of a line that the next line goes on with: words at the end of lines are no packed bytes.
const SHORTEST_LINE: usize = 8;

/// How many bytes before a place decide with it whether the next line goes on with a run.
const CONTEXT: usize = 32;

/// Returns from where on a text is to be read so that packed bytes after a place are found there.
pub(super) fn context(text: &[u8], place: usize) -> usize {
    let before = text.get(..place).unwrap_or_default().iter().rev().take(CONTEXT);
    let is_packed = |byte: &&u8| sextet(**byte).is_some() || b" :,".contains(byte);
    place - before.take_while(is_packed).count()
}

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
        if is_prefix && bytes.get(at + 2).map_or(!is_whole, u8::is_ascii_hexdigit) {
            at += 2;
            continue;
        }
        if !is_whole && bytes.get(at..) == Some(b"\\") {
            break;
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
        self.symbols.push(Symbol { bits, at });
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
            // A byte may begin at any bit at which a symbol can, and at none between.
            let step = if bits == 4 { 4 } else { 2 };
            for skipped in (0..8).step_by(step) {
                visit(&unpacked(&self.symbols, skipped, reading, bits, is_open));
            }
        }
        self.symbols.clear();
        self.on_line = 0;
    }
}

/// Unpacks the symbols of a run after the first few bits.
fn unpacked(symbols: &[Symbol], skipped: u32, reading: &Reading<'_>, bits: u32, is_open: bool) -> Packed {
    let mut packed = Packed::with_capacity(symbols.len() * bits as usize / 8);
    packed.is_open = is_open;
    let (mut held, mut count, mut begin) = (0_u32, 0, 0);
    let mut skipped = skipped;
    for symbol in symbols {
        if count == 0 {
            begin = symbol.at;
        }
        let left = bits - skipped.min(bits);
        skipped -= bits - left;
        held = held << left | (u32::from(symbol.bits) & ((1 << left) - 1));
        count += left;
        if count >= 8 {
            count -= 8;
            packed.push((held >> count) as u8, reading.span(begin..symbol.at + 1));
            held &= (1 << count) - 1;
            begin = symbol.at;
        }
    }
    if is_open && count > 0 {
        packed.rest = Rest::Bits {
            bits: held as u8,
            count,
            place: reading.span(begin..begin + 1).start,
        };
    }
    packed
}

impl Packed {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(capacity)),
            places: Vec::with_capacity(capacity),
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
        self.rest = Rest::None;
    }
}
