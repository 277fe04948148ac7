//! The digits of a float: the shortest that give it back, or as many as are asked for, rounded exactly.

use std::fmt::Write as _;

use super::error::FormatError;

/// No float has more digits than this after the point: those that follow are zeros.
const MOST_DIGITS: usize = 1_100;

/// How digits are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The shortest digits that give the same float.
    Shortest,
    /// `e`: one digit before the point, and an exponent.
    Exponent,
    /// `f`: no exponent.
    Fixed,
    /// `g`: significant digits, with an exponent where that is shorter.
    General,
    /// As [`Self::General`], with at least one digit after the point.
    GeneralWithPoint,
}

/// Writes a float as the shortest text that gives the same float: what Python's `repr` writes.
pub(in crate::language) fn repr(number: f64) -> String {
    let sign = if number.is_sign_negative() && !number.is_nan() {
        "-"
    } else {
        ""
    };
    let digits = digits(number, Style::Shortest, 0, false).unwrap_or_default();
    format!("{sign}{digits}")
}

/// Writes a float without its sign.
pub(super) fn digits(
    number: f64,
    style: Style,
    precision: usize,
    alternate: bool,
) -> Result<String, FormatError> {
    if number.is_nan() {
        return Ok("nan".to_owned());
    }
    if number.is_infinite() {
        return Ok("inf".to_owned());
    }
    let number = number.abs();
    Ok(match style {
        Style::Fixed => fixed(number, precision, alternate),
        Style::Exponent => {
            let (digits, exponent) = significant(number, precision.saturating_add(1));
            with_exponent(&digits, exponent, precision, alternate)
        }
        Style::Shortest => {
            let (digits, exponent) = shortest(number);
            laid_out(&digits, exponent, -4..16, Point::Digit, alternate)
        }
        Style::General | Style::GeneralWithPoint => {
            let precision = precision.max(1);
            let (mut digits, exponent) = significant(number, precision);
            if !alternate {
                digits.truncate(digits.trim_end_matches('0').len().max(1));
            }
            let most = i64::try_from(precision).unwrap_or(i64::MAX);
            let (most, point) = if style == Style::General {
                (most, Point::None)
            } else {
                (most - 1, Point::Digit)
            };
            laid_out(&digits, exponent, -4..most, point, alternate)
        }
    })
}

/// What is after a point that nothing needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Point {
    /// Neither a point nor a digit.
    None,
    /// A point and one zero.
    Digit,
}

fn fixed(number: f64, precision: usize, alternate: bool) -> String {
    let exact = precision.min(MOST_DIGITS);
    let mut text = format!("{number:.exact$}");
    text.push_str(&"0".repeat(precision - exact));
    if alternate && precision == 0 {
        text.push('.');
    }
    text
}

/// Returns `count` significant digits, and the exponent of the first.
fn significant(number: f64, count: usize) -> (String, i64) {
    let exact = count.saturating_sub(1).min(MOST_DIGITS);
    let (mut digits, exponent) = split(&format!("{number:.exact$e}"));
    digits.push_str(&"0".repeat(count.saturating_sub(exact + 1)));
    (digits, exponent)
}

/// Returns the fewest digits that give the float back; of two that are equally near, the even one.
fn shortest(number: f64) -> (String, i64) {
    let shortest = format!("{number:e}");
    let (digits, exponent) = split(&shortest);
    let count = digits.len().saturating_sub(1);
    let rounded = format!("{number:.count$e}");
    if rounded != shortest && rounded.parse() == Ok(number) {
        return split(&rounded);
    }
    (digits, exponent)
}

/// Splits `1.25e-3` into `125` and `-3`.
fn split(text: &str) -> (String, i64) {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (digits.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn with_exponent(digits: &str, exponent: i64, precision: usize, alternate: bool) -> String {
    let (first, rest) = digits.split_at(digits.len().min(1));
    let point = if precision > 0 || alternate { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

/// Writes digits without an exponent, where it is within `range`, or with it.
fn laid_out(
    digits: &str,
    exponent: i64,
    range: std::ops::Range<i64>,
    point: Point,
    alternate: bool,
) -> String {
    if !range.contains(&exponent) {
        return with_exponent(digits, exponent, digits.len() - 1, alternate);
    }
    let mut text = String::new();
    if let Ok(before) = usize::try_from(exponent) {
        let before = before + 1;
        let (whole, rest) = digits.split_at(before.min(digits.len()));
        let zeros = before - whole.len();
        // Text takes what it is given.
        let _ = write!(text, "{whole}{}", "0".repeat(zeros));
        match (rest, point) {
            ("", Point::Digit) => text.push_str(".0"),
            ("", Point::None) if alternate => text.push('.'),
            ("", Point::None) => {}
            (rest, _) => {
                let _ = write!(text, ".{rest}");
            }
        }
    } else {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        let _ = write!(text, "0.{}{digits}", "0".repeat(zeros));
    }
    text
}
