//! Values as formatted text.

use std::iter::Peekable;
use std::str::Chars;

use polars::prelude::*;

use crate::frame::sql::functions::Gives::By;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};
use crate::frame::sql::types;

pub(in crate::frame::sql::functions) static FORMATS: &[Function] = &[
    scalar(
        "format_string",
        "format, value, …",
        "values in a text: `%s`, `%d`, `%.2f`, `%x`, with widths",
        &[P::Text],
        By(formatted),
        |args| by_rows(args, format_string),
    )
    .rest(P::Any)
    .fails()
    .also(&["printf"]),
    scalar(
        "format_number",
        "number, digits",
        "a number with commas, and so many digits behind the point; or by a pattern such as '#,##0.00'",
        &[P::Double, P::Any],
        By(|dtypes| match dtypes.get(1) {
            Some(dtype) if types::is_whole(dtype) || types::is_text(dtype) => Ok(DataType::String),
            Some(DataType::Null) => Ok(DataType::String),
            _ => Err("a number of digits or a pattern".to_owned()),
        }),
        |args| {
            if types::is_text(&args.dtype(1)) {
                by_rows(args, super::number_patterns::format_number)
            } else {
                by_rows(args, format_number)
            }
        },
    )
    .fails(),
];

fn formatted(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes
        .iter()
        .find(|dtype| dtype.is_nested() || **dtype == DataType::Binary)
    {
        Some(_) => Err("texts, numbers, dates or booleans".to_owned()),
        None => Ok(DataType::String),
    }
}

/// Puts commas between thousands.
pub(super) fn grouped(digits: &str, out: &mut String) {
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
}

/// As Java's `DecimalFormat`: halves go to the even digit.
fn format_number(rows: &Rows) -> PolarsResult<Series> {
    let (numbers, digits) = (rows.doubles(0)?, rows.ints(1)?);
    rows.make_texts(|row, out| {
        let (number, digits) = (some!(numbers.at(row)), some!(digits.at(row)));
        let Ok(digits) = usize::try_from(digits) else {
            return Ok(None);
        };
        if !number.is_finite() {
            out.push_str(if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "∞"
            } else {
                "-∞"
            });
            return Ok(Some(()));
        }
        let text = format!("{:.digits$}", number.abs());
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        if number.is_sign_negative() && text.contains(|one| matches!(one, '1'..='9')) {
            out.push('-');
        }
        grouped(whole, out);
        if !part.is_empty() {
            out.push('.');
            out.push_str(part);
        }
        Ok(Some(()))
    })
}

/// One value of `format_string`, for every row.
struct FormatValue {
    texts: StringChunked,
    whole: Option<Int64Chunked>,
    double: Option<Float64Chunked>,
}

impl FormatValue {
    fn of(series: &Series) -> PolarsResult<Self> {
        let dtype = series.dtype();
        let texts = if *dtype == DataType::String {
            series.clone()
        } else {
            crate::frame::sql::lower::cast::text_of(series, dtype)?
        };
        let whole = types::is_whole(dtype)
            .then(|| series.cast(&DataType::Int64))
            .transpose()?;
        let double = (dtype.is_float() || dtype.is_decimal())
            .then(|| series.cast(&DataType::Float64))
            .transpose()?;
        Ok(Self {
            texts: texts.str()?.rechunk().into_owned(),
            whole: whole
                .map(|whole| whole.i64().map(|whole| whole.rechunk().into_owned()))
                .transpose()?,
            double: double
                .map(|double| double.f64().map(|double| double.rechunk().into_owned()))
                .transpose()?,
        })
    }
}

/// What is between `%` and the letter.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own in a format"
)]
struct Spec {
    left: bool,
    zeros: bool,
    plus: bool,
    commas: bool,
    width: usize,
    digits: Option<usize>,
}

impl Spec {
    /// Reads what is behind `%`.
    fn read(rest: &mut Peekable<Chars<'_>>) -> Result<Self, &'static str> {
        let mut spec = Spec::default();
        while let Some(flag) = rest.next_if(|one| matches!(one, '-' | '0' | '+' | ',')) {
            match flag {
                '-' => spec.left = true,
                '0' => spec.zeros = true,
                '+' => spec.plus = true,
                _ => spec.commas = true,
            }
        }
        while let Some(digit) = rest.peek().and_then(|one| one.to_digit(10)) {
            spec.width = spec.width * 10 + digit as usize;
            if spec.width > 10_000 {
                return Err("a width is at most 10000");
            }
            rest.next();
        }
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = 0;
            while let Some(digit) = rest.peek().and_then(|one| one.to_digit(10)) {
                digits = (digits * 10 + digit as usize).min(10_000);
                rest.next();
            }
            spec.digits = Some(digits);
        }
        Ok(spec)
    }

    /// Writes a text at its width.
    fn pad(&self, text: &str, out: &mut String) {
        let missing = self.width.saturating_sub(text.chars().count());
        if !self.left {
            out.extend(std::iter::repeat_n(' ', missing));
        }
        out.push_str(text);
        if self.left {
            out.extend(std::iter::repeat_n(' ', missing));
        }
    }

    /// Writes digits with a sign.
    fn number(&self, is_negative: bool, digits: &str, out: &mut String) {
        let sign = if is_negative {
            "-"
        } else if self.plus {
            "+"
        } else {
            ""
        };
        let mut text = String::new();
        if self.commas {
            let (whole, part) = digits
                .split_once('.')
                .map_or((digits, None), |(whole, part)| (whole, Some(part)));
            grouped(whole, &mut text);
            if let Some(part) = part {
                text.push('.');
                text.push_str(part);
            }
        } else {
            text.push_str(digits);
        }
        let missing = self.width.saturating_sub(text.len() + sign.len());
        let zeros = if self.zeros {
            "0".repeat(missing)
        } else {
            String::new()
        };
        self.pad(&format!("{sign}{zeros}{text}"), out);
    }
}

fn format_string(rows: &Rows) -> PolarsResult<Series> {
    let formats = rows.texts(0)?;
    let values = (1..rows.width())
        .map(|index| FormatValue::of(&rows.spread(index)?))
        .collect::<PolarsResult<Vec<_>>>()?;
    rows.make_texts(|row, out| {
        let format = some!(formats.at(row));
        let wrong = |reason: &str| {
            failed(
                &format!("the format `{format}` is wrong: {reason}"),
                "`%s` takes any value",
            )
        };
        let mut rest = format.chars().peekable();
        let mut next = values.iter();
        while let Some(one) = rest.next() {
            if one != '%' {
                out.push(one);
                continue;
            }
            let spec = Spec::read(&mut rest).map_err(wrong)?;
            let letter = rest
                .next()
                .ok_or_else(|| wrong("a letter has to be behind `%`"))?;
            match letter {
                '%' => {
                    spec.pad("%", out);
                    continue;
                }
                'n' => {
                    out.push('\n');
                    continue;
                }
                _ => {}
            }
            let value = next
                .next()
                .ok_or_else(|| wrong("there are more signs than values"))?;
            let Some(text) = value.texts.get(row) else {
                spec.pad("null", out);
                continue;
            };
            let whole = value.whole.as_ref().and_then(|whole| whole.get(row));
            let double = value.double.as_ref().and_then(|double| double.get(row));
            match (letter, whole, double) {
                ('s' | 'S', ..) => {
                    let cut: String = text.chars().take(spec.digits.unwrap_or(usize::MAX)).collect();
                    spec.pad(&if letter == 'S' { cut.to_uppercase() } else { cut }, out);
                }
                ('d', Some(whole), _) => spec.number(whole < 0, &whole.unsigned_abs().to_string(), out),
                ('x', Some(whole), _) => spec.number(false, &format!("{whole:x}"), out),
                ('X', Some(whole), _) => spec.number(false, &format!("{whole:X}"), out),
                ('o', Some(whole), _) => spec.number(false, &format!("{whole:o}"), out),
                ('f', _, Some(double)) if double.is_finite() => {
                    let digits = spec.digits.unwrap_or(6);
                    spec.number(double.is_sign_negative(), &half_up(double.abs(), digits), out);
                }
                ('e', _, Some(double)) if double.is_finite() => {
                    let digits = spec.digits.unwrap_or(6);
                    let text = format!("{:.digits$e}", double.abs());
                    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                    let (sign, exponent) = exponent
                        .strip_prefix('-')
                        .map_or(('+', exponent), |rest| ('-', rest));
                    spec.number(
                        double.is_sign_negative(),
                        &format!("{mantissa}e{sign}{exponent:0>2}"),
                        out,
                    );
                }
                ('f' | 'e', _, Some(_)) => spec.pad(text, out),
                ('d' | 'x' | 'X' | 'o', ..) => {
                    return Err(wrong(&format!("`%{letter}` takes a whole number")));
                }
                ('f' | 'e', ..) => return Err(wrong(&format!("`%{letter}` takes a double"))),
                _ => return Err(wrong(&format!("`%{letter}` is not there"))),
            }
        }
        Ok(Some(()))
    })
}

/// Rounds the shortest digits of a double, halves away from zero, as Java's `%f` does.
pub(super) fn half_up(value: f64, digits: usize) -> String {
    let shortest = format!("{value}");
    let (whole, part) = shortest.split_once('.').unwrap_or((&shortest, ""));
    if part.len() <= digits {
        let point = if digits > 0 { "." } else { "" };
        return format!("{whole}{point}{part:0<digits$}");
    }
    let mut kept: Vec<u8> = whole.bytes().chain(part.bytes().take(digits)).collect();
    if part
        .as_bytes()
        .get(digits)
        .copied()
        .is_some_and(|next| next >= b'5')
    {
        let mut carries = true;
        for digit in kept.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carries = false;
                break;
            }
        }
        if carries {
            kept.insert(0, b'1');
        }
    }
    let mut text: String = kept.into_iter().map(char::from).collect();
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    text
}
