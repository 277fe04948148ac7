//! Whole numbers of any size, as their digits.

use super::error::FormatError;
use super::spec::{Align, Spec};

/// A whole number: its sign, and its digits to the bases 10 and 16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) struct Integer {
    negative: bool,
    decimal: String,
    hexadecimal: String,
}

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        let size = number.unsigned_abs();
        Self {
            negative: number < 0,
            decimal: size.to_string(),
            hexadecimal: format!("{size:x}"),
        }
    }
}

impl Integer {
    /// Takes a number that was written to the bases 10 and 16, with a sign where it has one.
    pub(in crate::language) fn of_digits(decimal: &str, hexadecimal: &str) -> Self {
        Self {
            negative: decimal.starts_with('-'),
            decimal: decimal.trim_start_matches('-').to_owned(),
            hexadecimal: hexadecimal.trim_start_matches('-').to_owned(),
        }
    }

    /// Returns the nearest float.
    pub(in crate::language) fn to_float(&self) -> Result<f64, FormatError> {
        let size = self.decimal.parse::<f64>().unwrap_or(f64::INFINITY);
        if size.is_infinite() {
            return Err(FormatError::TooLarge);
        }
        Ok(if self.negative { -size } else { size })
    }

    /// Returns whether it is below zero.
    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Returns its digits in the base of a code, without its sign.
    pub(super) fn digits(&self, code: char) -> String {
        match code {
            'x' => self.hexadecimal.clone(),
            'X' => self.hexadecimal.to_uppercase(),
            'b' => without_zeros(&self.bits()),
            'o' => {
                let bits = self.bits();
                let missing = (3 - bits.len() % 3) % 3;
                let bits = format!("{}{bits}", "0".repeat(missing));
                let digits = bits.as_bytes().chunks(3).map(|three| {
                    let value = three.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0'));
                    char::from(b'0' + value)
                });
                without_zeros(&digits.collect::<String>())
            }
            _ => self.decimal.clone(),
        }
    }

    fn bits(&self) -> String {
        let digits = self.hexadecimal.chars().filter_map(|digit| digit.to_digit(16));
        let one = |digit: u32, place: u32| if digit >> place & 1 == 1 { '1' } else { '0' };
        digits
            .flat_map(|digit| (0..4).rev().map(move |place| one(digit, place)))
            .collect()
    }

    /// Returns the character that it numbers.
    pub(super) fn character(&self) -> Result<char, FormatError> {
        let number = self.decimal.parse().ok().filter(|_| !self.negative);
        number.and_then(char::from_u32).ok_or(FormatError::NoCharacter)
    }
}

fn without_zeros(digits: &str) -> String {
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// Returns what is before the digits of a base.
pub(super) fn prefix(code: char) -> &'static str {
    match code {
        'b' => "0b",
        'o' => "0o",
        'x' => "0x",
        'X' => "0X",
        _ => "",
    }
}

/// Writes a whole number.
pub(super) fn write(number: &Integer, spec: &Spec) -> Result<String, FormatError> {
    if spec.precision.is_some() {
        return Err(FormatError::InInteger("Precision"));
    }
    if spec.no_negative_zero {
        return Err(FormatError::InInteger("Negative zero coercion (z)"));
    }
    let code = spec.code.unwrap_or('d');
    if code == 'c' {
        if spec.sign.is_some() {
            return Err(FormatError::InCharacter("Sign"));
        }
        if spec.alternate {
            return Err(FormatError::InCharacter("Alternate form (#)"));
        }
        return spec.pad(&number.character()?.to_string(), Align::Right);
    }
    let prefix = if spec.alternate { prefix(code) } else { "" };
    spec.number(number.is_negative(), prefix, &number.digits(code), "")
}
