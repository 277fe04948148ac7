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

/// Symbols that belong together, each with its place among the bytes of a reading.
#[derive(Default)]
struct Run(Vec<(u8, usize)>);

/// The most characters between two numbers of a run, and between two lines of one.
const WIDEST_GAP: usize = 16;

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
        if let Some(symbol) = sextet(*byte) {
            run.0.push((symbol, at));
            at += 1;
        } else if matches!(byte, b'\n' | b'\r') {
            at += gap(bytes, at, u8::is_ascii_whitespace).max(1);
        } else {
            run.unpack(reading, 6, false, visit);
            at += 1;
        }
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
        } else if let Some(symbol) = char::from(*byte).to_digit(16) {
            run.0.push((symbol as u8, at));
            at += 1;
        } else {
            let gap = gap(bytes, at, |byte| {
                byte.is_ascii_whitespace() || matches!(byte, b':' | b'-' | b',')
            });
            if gap == 0 {
                run.unpack(reading, 4, false, visit);
            }
            at += gap.max(1);
        }
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
            Some(number) => packed.push(number as u8, place),
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
    /// Unpacks the run, of symbols with so many bits each, from each place that gives other bytes, and begins a new one.
    fn unpack(&mut self, reading: &Reading<'_>, bits: u32, is_open: bool, visit: &mut dyn FnMut(&Packed)) {
        let shortest = (SHORTEST * 8).div_ceil(bits as usize);
        let symbols = std::mem::take(&mut self.0);
        if symbols.len() >= shortest || is_open {
            // Bytes and symbols begin together after so many symbols.
            let period = if bits == 4 { 2 } else { 4 };
            for from in 0..period.min(symbols.len()) {
                let symbols = symbols.get(from..).unwrap_or_default();
                visit(&unpacked(symbols, reading, bits, is_open));
            }
        }
        self.0 = symbols;
        self.0.clear();
    }
}

fn unpacked(symbols: &[(u8, usize)], reading: &Reading<'_>, bits: u32, is_open: bool) -> Packed {
    let mut packed = Packed::with_capacity(symbols.len() * bits as usize / 8);
    packed.is_open = is_open;
    let (mut held, mut count, mut begin) = (0_u32, 0, 0);
    for (symbol, at) in symbols {
        if count == 0 {
            begin = *at;
        }
        held = held << bits | u32::from(*symbol);
        count += bits;
        if count >= 8 {
            count -= 8;
            packed.push((held >> count) as u8, reading.span(begin..at + 1));
            held &= (1 << count) - 1;
            begin = *at;
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
