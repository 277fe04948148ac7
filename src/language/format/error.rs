//! What a format can be refused for, in Python's words.

use crate::error::Problem;

/// A format that does not fit, or makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::language) enum FormatError {
    /// A specification that cannot be read.
    #[error("Invalid format specifier '{spec}' for object of type '{kind}'")]
    Invalid { spec: String, kind: &'static str },
    /// A code that the type does not have.
    #[error("Unknown format code '{code}' for object of type '{kind}'")]
    UnknownCode { code: String, kind: &'static str },
    /// A type that only an empty specification fits.
    #[error("unsupported format string passed to {0}.__format__")]
    Unsupported(String),
    /// What only numbers have.
    #[error("{0} not allowed in string format specifier")]
    InText(&'static str),
    /// What only floats have.
    #[error("{0} not allowed in integer format specifier")]
    InInteger(&'static str),
    /// What a character does not have.
    #[error("{0} not allowed with integer format specifier 'c'")]
    InCharacter(&'static str),
    /// A character that there is not.
    #[error("%c arg not in range(0x110000)")]
    NoCharacter,
    /// Separators and a code that has none.
    #[error("Cannot specify '{separator}' with '{code}'.")]
    Separator { separator: char, code: String },
    /// Two separators.
    #[error("Cannot specify both ',' and '_'.")]
    BothSeparators,
    /// A point without digits.
    #[error("Format specifier missing precision")]
    NoPrecision,
    /// A number that is too large.
    #[error("Too many decimal digits in format string")]
    TooManyDigits,
    /// A width or precision beyond what is made.
    #[error("the formatted text would be too long: {0} characters")]
    TooWide(usize),
    /// A whole number beyond the range of a float.
    #[error("int too large to convert to float")]
    TooLarge,
    /// What is wrong with the format itself, and has one sentence.
    #[error("{0}")]
    Malformed(&'static str),
    /// A conversion other than `!r`, `!s` and `!a`.
    #[error("Unknown conversion specifier {0}")]
    UnknownConversion(char),
    /// A place that has no value.
    #[error("Replacement index {0} out of range for positional args tuple")]
    NoPosition(usize),
    /// A name that has no value.
    #[error("there is no value for the name '{0}' in the format")]
    NoName(String),
    /// A letter after `%` that means nothing.
    #[error("unsupported format character '{letter}' (0x{code:x}) at index {index}", code = u32::from(*letter))]
    UnknownLetter { letter: char, index: usize },
    /// A value of another type than the letter after `%` takes.
    #[error("%{letter} format: {expected} is required, not {found}")]
    WrongType {
        letter: char,
        expected: &'static str,
        found: String,
    },
    /// A value that is not a number.
    #[error("must be real number, not {0}")]
    NotReal(String),
    /// A float that no whole number is near to.
    #[error("cannot convert float {0} to integer")]
    NoInteger(&'static str),
}

impl Problem for FormatError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownCode { kind: "float", .. } => {
                "a float has the codes e, f, g and %: {x:.2f} has two decimals, {x:.0f} none"
            }
            Self::UnknownCode { kind: "str", .. } => {
                "a string cannot be formatted as a number: convert it with int(…) or float(…)"
            }
            Self::Unsupported(_) => "format what is in it, or its text: {str(x):>10}",
            Self::Malformed("Single '}' encountered in format string") => "a brace itself is written }}",
            Self::Malformed("Single '{' encountered in format string") => "a brace itself is written {{",
            Self::Malformed("not all arguments converted during string formatting") => {
                "each value needs a place such as %s; % itself is written %%"
            }
            Self::Malformed("not enough arguments for format string") => {
                "give as many values as there are places, in a tuple: \"%s and %s\" % (a, b)"
            }
            Self::UnknownLetter { .. } | Self::Malformed("incomplete format") => "% itself is written %%",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
