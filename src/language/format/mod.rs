//! Python's format mini-language: what `f"{x:.2f}"`, `"{:>10}".format(x)`, `"%5d" % x` and `repr` write.
//!
//! Works on plain numbers and texts and knows nothing of Starlark. What Python writes is what is written, and what
//! Python refuses is refused with Python's words.

mod error;
mod float;
mod integer;
mod percent;
mod quoted;
mod spec;
mod template;

pub(super) use error::FormatError;
pub(super) use float::repr as float_repr;
pub(super) use integer::Integer;
pub(super) use percent::{Directive, Measure, parse as parse_percent};
pub(super) use quoted::{ascii, quoted};
pub(super) use template::{Field, Name, Part, Step, parse as parse_template};

use float::Style;
use spec::{Align, Spec};

/// A value as a format sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand<'a> {
    /// Text.
    Text(&'a str),
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(Integer),
    /// A floating-point number.
    Float(f64),
    /// Anything else: what Python calls its type.
    Other(&'a str),
}

impl Operand<'_> {
    /// Returns what Python calls the type.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "str",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Other(kind) => kind,
        }
    }
}

/// Writes `operand` as `spec`, which is not empty, says.
///
/// # Errors
///
/// Where Python raises one.
pub(super) fn format(operand: &Operand<'_>, spec: &str) -> Result<String, FormatError> {
    match operand {
        Operand::Text(text) => in_text(text, &Spec::parse(spec, "str")?),
        Operand::Bool(value) => in_number(&Integer::from(i64::from(*value)), spec, "bool"),
        Operand::Int(number) => in_number(number, spec, "int"),
        Operand::Float(number) => in_float(*number, &Spec::parse(spec, "float")?, "float"),
        Operand::Other(kind) => Err(FormatError::Unsupported((*kind).to_owned())),
    }
}

fn in_text(text: &str, spec: &Spec) -> Result<String, FormatError> {
    if !matches!(spec.code, None | Some('s')) {
        return Err(spec.unknown("str"));
    }
    match spec.sign {
        Some(' ') => return Err(FormatError::InText("Space")),
        Some(_) => return Err(FormatError::InText("Sign")),
        None => {}
    }
    if spec.no_negative_zero {
        return Err(FormatError::InText("Negative zero coercion (z)"));
    }
    if spec.alternate {
        return Err(FormatError::InText("Alternate form (#)"));
    }
    if spec.align == Some(Align::Inside) {
        return Err(FormatError::InText("'=' alignment"));
    }
    let cut: String = match spec.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    spec.pad(&cut, Align::Left)
}

fn in_number(number: &Integer, spec: &str, kind: &'static str) -> Result<String, FormatError> {
    let spec = Spec::parse(spec, kind)?;
    match spec.code {
        None | Some('d' | 'b' | 'o' | 'x' | 'X' | 'n' | 'c') => integer::write(number, &spec),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => in_float(number.to_float()?, &spec, kind),
        Some(_) => Err(spec.unknown(kind)),
    }
}

fn in_float(number: f64, spec: &Spec, kind: &'static str) -> Result<String, FormatError> {
    let (style, precision) = match (spec.code, spec.precision) {
        (None, None) => (Style::Shortest, 0),
        // At least one digit after the point, so that it still looks like a float.
        (None, Some(precision)) => (Style::GeneralWithPoint, precision),
        (Some('e' | 'E'), precision) => (Style::Exponent, precision.unwrap_or(6)),
        (Some('f' | 'F' | '%'), precision) => (Style::Fixed, precision.unwrap_or(6)),
        (Some('g' | 'G' | 'n'), precision) => (Style::General, precision.unwrap_or(6)),
        (Some(_), _) => return Err(spec.unknown(kind)),
    };
    let is_percent = spec.code == Some('%');
    let number = if is_percent { number * 100.0 } else { number };
    let mut digits = float::digits(number, style, precision, spec.alternate)?;
    if matches!(spec.code, Some('E' | 'F' | 'G')) {
        digits = digits.to_uppercase();
    }
    let is_zero = !digits.contains(|c: char| matches!(c, '1'..='9' | 'n' | 'N'));
    let negative = number.is_sign_negative() && !number.is_nan() && !(spec.no_negative_zero && is_zero);
    let at = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(at);
    let rest = if is_percent {
        format!("{rest}%")
    } else {
        rest.to_owned()
    };
    spec.number(negative, "", whole, &rest)
}

#[cfg(test)]
mod tests;
