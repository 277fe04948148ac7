//! `numeric` in PostgreSQL's binary format: a sign and digits to the base of 10,000.

use bytes::{BufMut as _, BytesMut};

use super::wire::MOST_DIGITS;

const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: u16 = 0xC000;
const INFINITE: u16 = 0xD000;
const MINUS_INFINITE: u16 = 0xF000;
/// The digits of ten that are in one digit.
const GROUP: usize = 4;
const BASE: u128 = 10_000;

/// Powers of ten up to the largest that fits.
const POWERS: [u128; MOST_DIGITS + 1] = {
    let mut powers = [1; MOST_DIGITS + 1];
    let mut at = 1;
    while at <= MOST_DIGITS {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A `numeric` as it is written, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numeric<'a> {
    /// The power of 10,000 that the first digit stands for.
    weight: i32,
    sign: u16,
    /// How many digits are shown after the point.
    shown: u16,
    digits: &'a [u8],
}

impl<'a> Numeric<'a> {
    /// Takes apart what is written; `None` where that is no `numeric`.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk()?;
        let (weight, rest) = rest.split_first_chunk()?;
        let (sign, rest) = rest.split_first_chunk()?;
        let (shown, digits) = rest.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        (digits.len() == count * 2).then_some(Self {
            weight: i32::from(i16::from_be_bytes(*weight)),
            sign: u16::from_be_bytes(*sign),
            shown: u16::from_be_bytes(*shown),
            digits,
        })
    }

    fn groups(&self) -> impl DoubleEndedIterator<Item = u16> + use<'a> {
        let pairs = self.digits.chunks_exact(2);
        pairs.map(|pair| pair.first_chunk().map_or(0, |pair| u16::from_be_bytes(*pair)))
    }

    /// Returns the number times ten to `scale`; `None` where that is no whole number with at most `precision` digits.
    pub(super) fn scaled(&self, precision: usize, scale: usize) -> Option<i128> {
        if !matches!(self.sign, 0 | NEGATIVE) {
            return None;
        }
        // What power of ten the lowest digit of each group stands for, once the point is moved.
        let mut exponent = i32::try_from(GROUP).ok()? * self.weight + i32::try_from(scale).ok()?;
        let (mut number, mut lowest) = (0_u128, 0_usize);
        for group in self.groups() {
            let group = u128::from(group);
            if exponent >= 0 {
                number = number.checked_mul(BASE)?.checked_add(group)?;
                lowest = usize::try_from(exponent).ok()?;
            } else if exponent > -4 {
                // The last group that counts: a part of it is behind what is kept, and has to be nothing.
                let behind = POWERS.get(usize::try_from(-exponent).ok()?)?;
                let kept = POWERS.get(usize::try_from(4 + exponent).ok()?)?;
                if group % behind != 0 {
                    return None;
                }
                number = number.checked_mul(*kept)?.checked_add(group / behind)?;
                lowest = 0;
            } else if group != 0 {
                return None;
            }
            exponent -= 4;
        }
        if number != 0 && lowest > 0 {
            number = number.checked_mul(*POWERS.get(lowest)?)?;
        }
        if number >= *POWERS.get(precision)? {
            return None;
        }
        let number = i128::try_from(number).ok()?;
        Some(if self.sign == NEGATIVE { -number } else { number })
    }

    /// Writes the number as the database would.
    pub(super) fn text(&self) -> String {
        match self.sign {
            NOT_A_NUMBER => return "NaN".to_owned(),
            INFINITE => return "Infinity".to_owned(),
            MINUS_INFINITE => return "-Infinity".to_owned(),
            _ => {}
        }
        let group = |power: i32| {
            let at = usize::try_from(self.weight - power).ok();
            at.and_then(|at| self.groups().nth(at)).unwrap_or(0)
        };
        let mut text = String::new();
        for power in (0..=self.weight.max(0)).rev() {
            text.push_str(&format!("{:04}", group(power)));
        }
        let whole = text.trim_start_matches('0');
        let mut text = if whole.is_empty() {
            "0".to_owned()
        } else {
            whole.to_owned()
        };
        if self.shown > 0 {
            let mut after = String::new();
            let mut power = -1;
            while after.len() < usize::from(self.shown) {
                after.push_str(&format!("{:04}", group(power)));
                power -= 1;
            }
            after.truncate(usize::from(self.shown));
            text = format!("{text}.{after}");
        }
        if self.sign == NEGATIVE {
            format!("-{text}")
        } else {
            text
        }
    }
}

/// Writes `number` divided by ten to `scale`, with the length in front.
pub(super) fn put(number: i128, scale: usize, out: &mut BytesMut) {
    let scale = scale.min(MOST_DIGITS);
    let power = POWERS.get(scale).copied().unwrap_or(1);
    let magnitude = number.unsigned_abs();
    // Division is what takes time here, and numbers are small.
    let (mut whole, mut part) = match (u64::try_from(magnitude), u64::try_from(power)) {
        (Ok(magnitude), Ok(power)) => (u128::from(magnitude / power), u128::from(magnitude % power)),
        _ => (magnitude / power, magnitude % power),
    };
    let mut groups = Groups::default();
    let mut wholes = [0_u16; 10];
    let mut count = 0;
    for slot in &mut wholes {
        if whole == 0 {
            break;
        }
        if let Ok(small) = u64::try_from(whole) {
            *slot = u16::try_from(small % 10_000).unwrap_or(0);
            whole = u128::from(small / 10_000);
        } else {
            *slot = u16::try_from(whole % BASE).unwrap_or(0);
            whole /= BASE;
        }
        count += 1;
    }
    groups.weight = count - 1;
    for group in wholes.iter().take(usize::try_from(count).unwrap_or(0)).rev() {
        groups.push(*group);
    }
    let mut left = scale;
    while part != 0 && left > 0 {
        let group = if left >= GROUP {
            left -= GROUP;
            let power = POWERS.get(left).copied().unwrap_or(1);
            let group = part / power;
            part %= power;
            group
        } else {
            let group = part * POWERS.get(GROUP - left).copied().unwrap_or(1);
            (left, part) = (0, 0);
            group
        };
        groups.push(u16::try_from(group).unwrap_or(0));
    }
    groups.put(number < 0, scale, out);
}

/// Writes a number by the shortest digits that are read as it, with the length in front.
pub(super) fn put_float(number: f64, out: &mut BytesMut) {
    if !number.is_finite() {
        let sign = match number {
            _ if number.is_nan() => NOT_A_NUMBER,
            _ if number > 0.0 => INFINITE,
            _ => MINUS_INFINITE,
        };
        out.put_i32(8);
        out.put_i32(0);
        out.put_u16(sign);
        out.put_u16(0);
        return;
    }
    // As in `1.25e-7`.
    let text = format!("{:e}", number.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: Vec<u8> = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    let length = i32::try_from(digits.len()).unwrap_or(0);
    let mut groups = Groups {
        weight: exponent.div_euclid(4),
        ..Groups::default()
    };
    // The place of the first digit in its group.
    let mut place = 3 - exponent.rem_euclid(4);
    let mut group = 0;
    for digit in digits {
        let power = [1000, 100, 10, 1]
            .get(usize::try_from(place).unwrap_or(0))
            .copied()
            .unwrap_or(1);
        group += u16::from(digit) * power;
        place += 1;
        if place == 4 {
            groups.push(group);
            (group, place) = (0, 0);
        }
    }
    if place > 0 {
        groups.push(group);
    }
    let shown = usize::try_from(length - 1 - exponent).unwrap_or(0);
    groups.put(number < 0.0, shown, out);
}

/// The digits of a number that is written.
#[derive(Default)]
struct Groups {
    weight: i32,
    digits: Vec<u16>,
}

impl Groups {
    fn push(&mut self, group: u16) {
        if group == 0 && self.digits.is_empty() {
            self.weight -= 1;
        } else {
            self.digits.push(group);
        }
    }

    fn put(&self, is_negative: bool, shown: usize, out: &mut BytesMut) {
        let zeros = self.digits.iter().rev().take_while(|digit| **digit == 0).count();
        let digits = self.digits.get(..self.digits.len() - zeros).unwrap_or_default();
        let weight = if digits.is_empty() { 0 } else { self.weight };
        out.put_i32(i32::try_from(8 + 2 * digits.len()).unwrap_or(8));
        out.put_i16(i16::try_from(digits.len()).unwrap_or(0));
        out.put_i16(i16::try_from(weight).unwrap_or(0));
        out.put_u16(if is_negative && !digits.is_empty() {
            NEGATIVE
        } else {
            0
        });
        out.put_u16(u16::try_from(shown).unwrap_or(0));
        for digit in digits {
            out.put_u16(*digit);
        }
    }
}

/// Writes `number` divided by ten to `scale` as a text.
pub(super) fn shown(number: i128, scale: usize) -> String {
    let digits = number.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = digits
        .split_at_checked(digits.len() - scale)
        .unwrap_or((&digits, ""));
    let sign = if number < 0 { "-" } else { "" };
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}
