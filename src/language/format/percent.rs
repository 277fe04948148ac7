//! The texts on the left of `%`: `"%5d"`, `"%-10s"`, `"%(name)s"`, `"%*.*f"`.

use super::error::FormatError;
use super::float::{self, Style};
use super::integer::prefix;
use super::spec::{Align, Spec, WIDEST};
use super::{Integer, Operand};

/// A part of the text on the left of `%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Directive {
    /// Text that stays as it is.
    Text(String),
    /// A place for a value.
    Value(Conversion),
}

/// A width or a precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::language) enum Measure {
    /// None is said.
    None,
    /// A number.
    Fixed(usize),
    /// `*`: the next value says it.
    Next,
}

/// A place for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) struct Conversion {
    /// The key in parentheses.
    pub(in crate::language) key: Option<String>,
    /// The width.
    pub(in crate::language) width: Measure,
    /// The precision.
    pub(in crate::language) precision: Measure,
    /// The letter.
    pub(in crate::language) letter: char,
    /// The letters before the width: `-` for the left side, `+` and a space for signs, `#` for prefixes, `0` for zeros.
    flags: String,
    /// Where the letter stands.
    index: usize,
}

/// Reads the text on the left of `%`.
///
/// The parts before an error stand before it: Python converts their values first.
pub(in crate::language) fn parse(text: &str) -> Vec<Result<Directive, FormatError>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        if !before.is_empty() {
            parts.push(Ok(Directive::Text(before.to_owned())));
        }
        match conversion(after, text) {
            Ok((part, after)) => {
                parts.push(Ok(part));
                rest = after;
            }
            Err(error) => {
                parts.push(Err(error));
                return parts;
            }
        }
    }
    if !rest.is_empty() {
        parts.push(Ok(Directive::Text(rest.to_owned())));
    }
    parts
}

fn conversion<'a>(mut rest: &'a str, whole: &str) -> Result<(Directive, &'a str), FormatError> {
    let mut key = None;
    if let Some(after) = rest.strip_prefix('(') {
        let mut open = 1;
        let end = after.find(|letter| {
            match letter {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            open == 0
        });
        let end = end.ok_or(FormatError::Malformed("incomplete format key"))?;
        let (name, after) = after.split_at(end);
        key = Some(name.to_owned());
        rest = after.get(1..).unwrap_or_default();
    }
    let flags = rest.find(|c: char| !"-+ #0".contains(c)).unwrap_or(rest.len());
    let (flags, after) = rest.split_at(flags);
    rest = after;
    let width = measure(&mut rest, "width too big")?;
    let precision = match rest.strip_prefix('.') {
        Some(after) => {
            rest = after;
            match measure(&mut rest, "precision too big")? {
                Measure::None => Measure::Fixed(0),
                measure => measure,
            }
        }
        None => Measure::None,
    };
    rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
    let mut letters = rest.chars();
    let letter = letters
        .next()
        .ok_or(FormatError::Malformed("incomplete format"))?;
    let before = whole.len() - rest.len();
    let index = whole.get(..before).unwrap_or_default().chars().count();
    if letter == '%' {
        return Ok((Directive::Text("%".to_owned()), letters.as_str()));
    }
    let conversion = Conversion {
        key,
        width,
        precision,
        letter,
        flags: flags.to_owned(),
        index,
    };
    Ok((Directive::Value(conversion), letters.as_str()))
}

fn measure(rest: &mut &str, too_big: &'static str) -> Result<Measure, FormatError> {
    if let Some(after) = rest.strip_prefix('*') {
        *rest = after;
        return Ok(Measure::Next);
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return Ok(Measure::None);
    }
    let number = digits.parse::<i32>().ok().and_then(|n| usize::try_from(n).ok());
    match number {
        Some(number) if number <= WIDEST => Ok(Measure::Fixed(number)),
        Some(number) => Err(FormatError::TooWide(number)),
        None => Err(FormatError::Malformed(too_big)),
    }
}

impl Conversion {
    /// Takes a width that a value said; a negative one is one on the left.
    pub(in crate::language) fn set_width(&mut self, width: i64) -> Result<(), FormatError> {
        if width < 0 {
            self.flags.push('-');
        }
        let width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        if width > WIDEST {
            return Err(FormatError::TooWide(width));
        }
        self.width = Measure::Fixed(width);
        Ok(())
    }

    /// Takes a precision that a value said.
    pub(in crate::language) fn set_precision(&mut self, precision: i64) -> Result<(), FormatError> {
        let precision = usize::try_from(precision).unwrap_or(0);
        if precision > WIDEST {
            return Err(FormatError::TooWide(precision));
        }
        self.precision = Measure::Fixed(precision);
        Ok(())
    }

    /// Returns whether the text of the value is put in, rather than a number.
    pub(in crate::language) fn is_text(&self) -> bool {
        matches!(self.letter, 's' | 'r' | 'a')
    }

    /// Writes it as messages name it: `%d`.
    pub(in crate::language) fn written(&self) -> String {
        format!("%{}", self.letter)
    }

    /// Inserts the text of a value, which `s`, `r` and `a` take.
    pub(in crate::language) fn text(&self, text: &str) -> Result<String, FormatError> {
        let cut: String = match self.precision {
            Measure::Fixed(most) => text.chars().take(most).collect(),
            Measure::None | Measure::Next => text.to_owned(),
        };
        self.padded(&cut)
    }

    /// Inserts a number, or a character.
    pub(in crate::language) fn number(&self, operand: &Operand<'_>) -> Result<String, FormatError> {
        match self.letter {
            'd' | 'i' | 'u' => self.whole(&self.truncated(operand)?, 'd'),
            'x' | 'X' | 'o' => match operand {
                Operand::Int(number) => self.whole(number, self.letter),
                Operand::Bool(value) => self.whole(&Integer::from(i64::from(*value)), self.letter),
                other => Err(self.wrong("an integer", other)),
            },
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => self.float(real(operand)?),
            'c' => match operand {
                Operand::Int(number) => self.padded(&number.character()?.to_string()),
                Operand::Bool(value) => self.padded(if *value { "\u{1}" } else { "\0" }),
                Operand::Text(text) if text.chars().count() == 1 => self.padded(text),
                _ => Err(FormatError::Malformed("%c requires int or char")),
            },
            letter => Err(FormatError::UnknownLetter {
                letter,
                index: self.index,
            }),
        }
    }

    fn wrong(&self, expected: &'static str, found: &Operand<'_>) -> FormatError {
        FormatError::WrongType {
            letter: self.letter,
            expected,
            found: found.kind().to_owned(),
        }
    }

    fn truncated(&self, operand: &Operand<'_>) -> Result<Integer, FormatError> {
        match operand {
            Operand::Int(number) => Ok(number.clone()),
            Operand::Bool(value) => Ok(Integer::from(i64::from(*value))),
            Operand::Float(number) if number.is_nan() => Err(FormatError::NoInteger("NaN")),
            Operand::Float(number) if number.is_infinite() => Err(FormatError::NoInteger("infinity")),
            // All digits of a float before its point are exact.
            Operand::Float(number) => match format!("{:.0}", number.trunc()).as_str() {
                "-0" => Ok(Integer::from(0)),
                digits => Ok(Integer::of_digits(digits, "")),
            },
            other => Err(self.wrong("a real number", other)),
        }
    }

    fn whole(&self, number: &Integer, code: char) -> Result<String, FormatError> {
        let least = match self.precision {
            Measure::Fixed(least) => least,
            Measure::None | Measure::Next => 0,
        };
        let digits = number.digits(code);
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let prefix = if self.has('#') { prefix(code) } else { "" };
        self.signed(number.is_negative(), prefix, &format!("{zeros}{digits}"))
    }

    fn float(&self, number: f64) -> Result<String, FormatError> {
        let precision = match self.precision {
            Measure::Fixed(precision) => precision,
            Measure::None | Measure::Next => 6,
        };
        let style = match self.letter {
            'e' | 'E' => Style::Exponent,
            'f' | 'F' => Style::Fixed,
            _ => Style::General,
        };
        let mut digits = float::digits(number, style, precision, self.has('#'))?;
        if self.letter.is_ascii_uppercase() {
            digits = digits.to_uppercase();
        }
        self.signed(number.is_sign_negative() && !number.is_nan(), "", &digits)
    }

    fn signed(&self, negative: bool, prefix: &str, digits: &str) -> Result<String, FormatError> {
        let sign = match (negative, self.has('+'), self.has(' ')) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        if self.has('0') && !self.has('-') {
            let missing = self
                .columns()
                .saturating_sub(sign.len() + prefix.len() + digits.len());
            return Ok(format!("{sign}{prefix}{}{digits}", "0".repeat(missing)));
        }
        self.padded(&format!("{sign}{prefix}{digits}"))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn columns(&self) -> usize {
        match self.width {
            Measure::Fixed(width) => width,
            Measure::None | Measure::Next => 0,
        }
    }

    fn padded(&self, text: &str) -> Result<String, FormatError> {
        let spec = Spec {
            width: self.columns(),
            ..Spec::default()
        };
        spec.pad(text, if self.has('-') { Align::Left } else { Align::Right })
    }
}

fn real(operand: &Operand<'_>) -> Result<f64, FormatError> {
    match operand {
        Operand::Float(number) => Ok(*number),
        Operand::Int(number) => number.to_float(),
        Operand::Bool(value) => Ok(f64::from(u8::from(*value))),
        other => Err(FormatError::NotReal(other.kind().to_owned())),
    }
}
