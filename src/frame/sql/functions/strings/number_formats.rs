//! Numbers in formats such as `$9,999.99S`: `to_char`, `to_number`.

use polars::prelude::*;

use super::formats::half_up;
use crate::frame::sql::expr::{Expr as Bound, Kind, Literal};
use crate::frame::sql::functions::Gives::ByValue;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Arguments, Function, scalar};
use crate::frame::sql::lower::cast::text_of;

pub(in crate::frame::sql::functions) static NUMBER_FORMATS: &[Function] = &[
    scalar(
        "to_char",
        "number, format",
        "a number in a format such as '$9,999.99S' (a date as date_format gives it)",
        &[P::Number, P::Text],
        ByValue(|args| constant(args).map(|_| DataType::String)),
        |args| match constant(args.bound) {
            Ok(format) => by_rows(args, move |rows| written(rows, &format)),
            Err(_) => lit(NULL),
        },
    )
    .also(&["to_varchar"]),
    scalar(
        "to_number",
        "text, format",
        "the number in a text of a format such as '9,999.99'",
        &[P::Text, P::Text],
        ByValue(|args| constant(args)?.dtype()),
        |args| numbers(args, false),
    )
    .fails(),
    scalar(
        "try_to_number",
        "text, format",
        "as to_number, and NULL for a text that is not of the format",
        &[P::Text, P::Text],
        ByValue(|args| constant(args)?.dtype()),
        |args| numbers(args, true),
    ),
];

/// What stands for the sign of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `S`: plus or minus.
    Always,
    /// `MI`: minus or a space.
    Minus,
    /// `PR`: a negative number is in brackets.
    Brackets,
}

/// Digits between two commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DigitGroup {
    digits: usize,
    /// Whether it starts with `0`, so that all its digits are there.
    is_full: bool,
}

/// A format, read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NumberFormat {
    before: Option<Sign>,
    has_currency: bool,
    /// The groups of digits before the point.
    groups: Vec<DigitGroup>,
    has_point: bool,
    decimals: usize,
    behind: Option<Sign>,
}

/// Reads the format that is the second argument.
fn constant(args: &[Bound]) -> Result<NumberFormat, String> {
    match args.get(1).map(|format| &format.kind) {
        Some(Kind::Literal(Literal::Text(format))) => NumberFormat::read(format),
        _ => Err("a constant format such as '9,999.99'".to_owned()),
    }
}

impl NumberFormat {
    /// Reads `[S|MI][$]9,990.99[S|MI|PR]`.
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "a format of 0, 9, a comma, a point, $, S, MI and PR such as '$9,999.99S' instead of '{text}'"
            )
        };
        let upper = text.to_uppercase();
        let sign = |rest: &str| match rest {
            rest if rest.starts_with('S') => Some((Sign::Always, 1)),
            rest if rest.starts_with("MI") => Some((Sign::Minus, 2)),
            rest if rest.starts_with("PR") => Some((Sign::Brackets, 2)),
            _ => None,
        };
        let mut rest = upper.as_str();
        let before = sign(rest).filter(|(sign, _)| *sign != Sign::Brackets);
        rest = rest.get(before.map_or(0, |(_, length)| length)..).unwrap_or("");
        let has_currency = rest.starts_with('$');
        rest = rest.strip_prefix('$').unwrap_or(rest);
        let is_digit = |one: char| matches!(one, '0' | '9');
        let end = rest
            .find(|one| !is_digit(one) && !matches!(one, ',' | 'G'))
            .unwrap_or(rest.len());
        let (whole, behind) = rest.split_at(end);
        let mut groups = Vec::new();
        if !whole.is_empty() {
            for digits in whole.split([',', 'G']) {
                groups.push(DigitGroup {
                    digits: digits.len(),
                    is_full: digits.starts_with('0'),
                });
            }
        }
        rest = behind;
        let has_point = rest.starts_with(['.', 'D']);
        let mut decimals = 0;
        if has_point {
            rest = rest.get(1..).unwrap_or("");
            decimals = rest.find(|one| !is_digit(one)).unwrap_or(rest.len());
            rest = rest.get(decimals..).unwrap_or("");
        }
        let behind = sign(rest);
        rest = rest.get(behind.map_or(0, |(_, length)| length)..).unwrap_or("");
        let format = Self {
            before: before.map(|(sign, _)| sign),
            has_currency,
            groups,
            has_point,
            decimals,
            behind: behind.map(|(sign, _)| sign),
        };
        let is_twice = format.before.is_some() && format.before == format.behind;
        let has_empty = format.groups.iter().any(|group| group.digits == 0);
        let has_digits = !format.groups.is_empty() || decimals > 0;
        if rest.is_empty() && has_digits && !has_empty && !is_twice {
            Ok(format)
        } else {
            Err(wrong())
        }
    }

    fn whole_digits(&self) -> usize {
        self.groups.iter().map(|group| group.digits).sum()
    }

    /// Returns the type of numbers that are read.
    fn dtype(&self) -> Result<DataType, String> {
        match self.whole_digits() + self.decimals {
            digits @ 1..=38 => Ok(DataType::Decimal(digits, self.decimals)),
            digits => Err(format!("a format of at most 38 digits instead of {digits}")),
        }
    }

    /// Writes a number, which is its digits before and behind the point.
    fn write(&self, is_negative: bool, whole: &str, part: &str, out: &mut String) {
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let width = self.whole_digits();
        let fits = whole.len() <= width && part.len() <= self.decimals;
        if self.behind == Some(Sign::Brackets) && is_negative {
            out.push('<');
        }
        match self.before {
            Some(Sign::Minus) if !is_negative => out.push(' '),
            Some(_) => out.push(if is_negative { '-' } else { '+' }),
            None => {}
        }
        if self.has_currency {
            out.push('$');
        }
        let padded = if fits {
            format!("{whole:>width$}")
        } else {
            "#".repeat(width)
        };
        let mut digits = padded.chars();
        for (index, group) in self.groups.iter().enumerate() {
            if index > 0 && out.ends_with(|one: char| one.is_ascii_digit()) {
                out.push(',');
            } else if index > 0 {
                push_space(out);
            }
            for digit in digits.by_ref().take(group.digits) {
                match digit {
                    ' ' if group.is_full => out.push('0'),
                    ' ' => push_space(out),
                    digit => out.push(digit),
                }
            }
        }
        if self.has_point {
            if out.ends_with(' ') {
                out.pop();
                out.push('0');
            }
            out.push('.');
            let decimals = self.decimals;
            if fits {
                out.push_str(&format!("{part:0<decimals$}"));
            } else {
                out.push_str(&"#".repeat(decimals));
            }
        }
        let sign = match self.behind {
            None => "",
            Some(Sign::Always) if !is_negative => "+",
            Some(Sign::Minus) if !is_negative => " ",
            Some(Sign::Brackets) if !is_negative => "  ",
            Some(Sign::Brackets) => ">",
            Some(_) => "-",
        };
        // A point without digits behind it is a space.
        if self.has_point && self.decimals == 0 {
            out.pop();
            out.push(' ');
        }
        let at = if sign.trim().is_empty() {
            out.len()
        } else {
            out.trim_end_matches(' ').len()
        };
        out.insert_str(at, sign);
        if matches!(out.as_str(), "" | "+" | "-") {
            out.clear();
            out.push('0');
        }
    }

    /// Reads a number, as a whole one of the decimals of the format; `None` where the text is not of the format.
    fn number(&self, text: &str) -> Option<i128> {
        let mut rest = text;
        let mut is_negative = false;
        let mut signed = |sign: Option<Sign>, rest: &mut &str| {
            let behind = match sign {
                Some(Sign::Always) => rest.strip_prefix('+'),
                _ => None,
            };
            let minus = match sign {
                Some(Sign::Always | Sign::Minus) => rest.strip_prefix('-'),
                _ => None,
            };
            is_negative |= minus.is_some();
            *rest = behind.or(minus).unwrap_or(rest);
        };
        let mut is_open = false;
        if self.behind == Some(Sign::Brackets)
            && let Some(behind) = rest.strip_prefix('<')
        {
            (rest, is_open) = (behind, true);
        }
        signed(self.before, &mut rest);
        if self.has_currency && !rest.is_empty() {
            rest = rest.strip_prefix('$')?;
        }
        let end = |rest: &str, is_part: bool| {
            let is_in = |one: char| one.is_ascii_digit() || one.is_whitespace() || one == ',' && !is_part;
            rest.find(|one| !is_in(one)).unwrap_or(rest.len())
        };
        let (written, behind) = rest.split_at(end(rest, false));
        let count = |group: &str| group.bytes().filter(u8::is_ascii_digit).count();
        let sizes: Vec<usize> = written.rsplit(',').map(count).collect();
        if sizes.len() > self.groups.len().max(1) {
            return None;
        }
        for (index, group) in self.groups.iter().rev().enumerate() {
            let size = sizes.get(index).copied().unwrap_or(0);
            if size > group.digits || group.is_full && size < group.digits {
                return None;
            }
        }
        if self.groups.is_empty() && count(written) > 0 {
            return None;
        }
        let mut digits: String = written.chars().filter(char::is_ascii_digit).collect();
        rest = behind;
        let mut decimals = 0;
        if self.has_point
            && let Some(behind) = rest.strip_prefix('.')
        {
            let (written, behind) = behind.split_at(end(behind, true));
            let part = written.chars().filter(char::is_ascii_digit);
            let before = digits.len();
            digits.extend(part);
            decimals = digits.len() - before;
            rest = behind;
        }
        signed(self.behind, &mut rest);
        if is_open {
            rest = rest.strip_prefix('>')?;
            is_negative = true;
        }
        if !rest.is_empty() || digits.is_empty() || decimals > self.decimals {
            return None;
        }
        digits.extend(std::iter::repeat_n('0', self.decimals - decimals));
        let number: i128 = digits.parse().ok()?;
        Some(if is_negative { -number } else { number })
    }
}

/// Adds a space, before the sign that is at the end.
fn push_space(out: &mut String) {
    let at = out.trim_end_matches(['+', '-', '<']).len();
    out.insert(at, ' ');
}

fn written(rows: &Rows, format: &NumberFormat) -> PolarsResult<Series> {
    let values = rows.spread(0)?;
    let dtype = values.dtype().clone();
    let doubles = dtype
        .is_float()
        .then(|| values.cast(&DataType::Float64))
        .transpose()?;
    let doubles = doubles.as_ref().map(|doubles| doubles.f64()).transpose()?;
    let texts = match doubles {
        Some(_) => None,
        None => Some(text_of(&values, &dtype)?),
    };
    let texts = texts.as_ref().map(|texts| texts.str()).transpose()?;
    rows.make_texts(|row, out| {
        let text = match (doubles, texts) {
            (Some(doubles), _) => {
                let value = some!(doubles.get(row));
                if !value.is_finite() {
                    return Ok(None);
                }
                // As the decimal of 15 digits behind the point that Spark makes of a double.
                let sign = if value < 0.0 { "-" } else { "" };
                format!("{sign}{}", half_up(value.abs(), 15))
            }
            (_, Some(texts)) => some!(texts.get(row)).to_owned(),
            _ => return Ok(None),
        };
        let (is_negative, number) = match text.strip_prefix('-') {
            Some(number) => (number.contains(|one| matches!(one, '1'..='9')), number),
            None => (false, text.as_str()),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        format.write(is_negative, whole, part, out);
        Ok(Some(()))
    })
}

fn numbers(args: Arguments<'_>, tries: bool) -> Expr {
    let (Ok(format), gives) = (constant(args.bound), args.gives.clone()) else {
        return lit(NULL);
    };
    let written = match args.bound.get(1).map(|format| &format.kind) {
        Some(Kind::Literal(Literal::Text(format))) => format.clone(),
        _ => String::new(),
    };
    by_rows(args, move |rows| {
        let texts = rows.texts(0)?;
        let mut numbers = Vec::with_capacity(rows.length);
        for row in 0..rows.length {
            let number = match texts.at(row) {
                None => None,
                Some(text) => match format.number(text) {
                    None if !tries => {
                        return Err(failed(
                            &format!("`{text}` is not of the format '{written}'"),
                            "try_to_number(text, format) gives NULL there",
                        ));
                    }
                    number => number,
                },
            };
            numbers.push(number);
        }
        let numbers = Int128Chunked::from_iter_options(PlSmallStr::EMPTY, numbers.into_iter());
        match gives {
            DataType::Decimal(precision, scale) => Ok(numbers.into_decimal(precision, scale)?.into_series()),
            _ => Ok(numbers.into_series()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::NumberFormat;

    fn written(number: &str, format: &str) -> String {
        let format = NumberFormat::read(format).unwrap();
        let (is_negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let mut out = String::new();
        format.write(is_negative, whole, part, &mut out);
        out
    }

    #[test]
    fn numbers_are_written_in_formats() {
        assert_eq!(written("454", "999"), "454");
        assert_eq!(written("454", "000D00"), "454.00");
        assert_eq!(written("12454", "99,999"), "12,454");
        assert_eq!(written("78.12", "$99.99"), "$78.12");
        assert_eq!(written("-12454.8", "99,999.9S"), "12,454.8-");
        assert_eq!(written("-12454.8", "99,999.9PR"), "<12,454.8>");
        assert_eq!(written("-12", "S999"), " -12");
        assert_eq!(written("12", "00000"), "00012");
        assert_eq!(written("1234", "999"), "###");
        assert_eq!(written("0.5", "9.9"), "0.5");
        assert_eq!(written("12", "999MI"), " 12 ");
    }

    #[test]
    fn numbers_are_read_in_formats() {
        let read = |text: &str, format: &str| NumberFormat::read(format).unwrap().number(text);
        assert_eq!(read("454", "999"), Some(454));
        assert_eq!(read("454.00", "000.00"), Some(45400));
        assert_eq!(read("12,454", "99,999"), Some(12454));
        assert_eq!(read("$78.12", "$99.99"), Some(7812));
        assert_eq!(read("12,454.8-", "99,999.9S"), Some(-124_548));
        assert_eq!(read("<12>", "99PR"), Some(-12));
        assert_eq!(read("1234", "999"), None);
        assert_eq!(read("12", "000"), None);
        assert_eq!(read("1,2345", "9,999"), None);
        assert_eq!(read("", "9"), None);
    }

    #[test]
    fn wrong_formats_are_refused() {
        for format in ["", "$", "9,,9", "9$", "S9S", "9.9.9", "x9", "9.9,9"] {
            assert!(NumberFormat::read(format).is_err(), "{format}");
        }
    }
}
