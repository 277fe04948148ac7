//! The texts that `str.format` takes: `{}`, `{0}`, `{name}`, `{0[key].field!r:>{width}}`.

use super::error::FormatError;
use crate::source::reference;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Part {
    /// Text that stays as it is.
    Text(String),
    /// A place for a value.
    Field(Field),
}

/// A place for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) struct Field {
    /// Which argument.
    pub(in crate::language) name: Name,
    /// What of it.
    pub(in crate::language) steps: Vec<Step>,
    /// The letter after `!`.
    pub(in crate::language) conversion: Option<char>,
    /// What follows `:`, with places of its own.
    pub(in crate::language) spec: Vec<Part>,
}

/// Which argument a place takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Name {
    /// The one at a position.
    Position(usize),
    /// The one with a name.
    Word(String),
}

/// A step from a value to one that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Step {
    /// `.name`
    Attribute(String),
    /// `[3]`
    Index(usize),
    /// `[key]`
    Key(String),
}

/// How the places are numbered.
#[derive(Default)]
enum Numbering {
    #[default]
    Open,
    Automatic(usize),
    Manual,
}

/// Reads a template.
pub(in crate::language) fn parse(text: &str) -> Result<Vec<Part>, FormatError> {
    parts(text, 2, &mut Numbering::default())
}

fn parts(text: &str, depth: usize, numbering: &mut Numbering) -> Result<Vec<Part>, FormatError> {
    if depth == 0 {
        return Err(FormatError::Malformed("Max string recursion exceeded"));
    }
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        literal.push_str(before);
        if let Some(whole) = reference(after) {
            literal.push_str(whole);
            rest = after.get(whole.len()..).unwrap_or_default();
        } else if let Some(after) = after.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = after.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if after.starts_with('}') {
            return Err(FormatError::Malformed("Single '}' encountered in format string"));
        } else {
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            let (field, after) = field(after.get(1..).unwrap_or_default(), depth, numbering)?;
            parts.push(Part::Field(field));
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

/// Reads a place, of which the opening brace was read, and returns what follows it.
fn field<'a>(
    text: &'a str,
    depth: usize,
    numbering: &mut Numbering,
) -> Result<(Field, &'a str), FormatError> {
    if text.is_empty() {
        return Err(FormatError::Malformed("Single '{' encountered in format string"));
    }
    let end = name_end(text)?;
    let (name, rest) = text.split_at(end);
    let unmatched = FormatError::Malformed("unmatched '{' in format spec");
    let mut letters = rest.chars();
    let mut conversion = None;
    let mut mark = letters.next();
    if mark == Some('!') {
        conversion = letters.next();
        mark = letters.next();
        match mark {
            None => return Err(unmatched),
            Some(':' | '}') => {}
            Some(_) => {
                return Err(FormatError::Malformed("expected ':' after conversion specifier"));
            }
        }
    }
    let (name, steps) = path(name, numbering)?;
    let rest = letters.as_str();
    let (spec, rest) = if mark == Some(':') {
        let end = spec_end(rest).ok_or(unmatched)?;
        let (spec, rest) = rest.split_at(end);
        (
            parts(spec, depth - 1, numbering)?,
            rest.get(1..).unwrap_or_default(),
        )
    } else {
        (Vec::new(), rest)
    };
    let field = Field {
        name,
        steps,
        conversion,
        spec,
    };
    Ok((field, rest))
}

/// Finds the end of a place's name: `!`, `:` or `}` outside brackets.
fn name_end(text: &str) -> Result<usize, FormatError> {
    let mut in_brackets = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => return Err(FormatError::Malformed("unexpected '{' in field name")),
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            '}' | ':' | '!' if !in_brackets => return Ok(at),
            _ => {}
        }
    }
    Err(FormatError::Malformed("expected '}' before end of string"))
}

/// Finds the closing brace of a specification, which may hold places of its own.
fn spec_end(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Reads which argument a place takes, and what of it.
fn path(text: &str, numbering: &mut Numbering) -> Result<(Name, Vec<Step>), FormatError> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (first, mut rest) = text.split_at(end);
    let mixed = |sentence| Err(FormatError::Malformed(sentence));
    let name = match (first, &mut *numbering) {
        ("", Numbering::Manual) => {
            return mixed("cannot switch from manual field specification to automatic field numbering");
        }
        ("", Numbering::Automatic(next)) => {
            *next += 1;
            Name::Position(*next)
        }
        ("", Numbering::Open) => {
            *numbering = Numbering::Automatic(0);
            Name::Position(0)
        }
        (first, Numbering::Automatic(_)) if is_number(first) => {
            return mixed("cannot switch from automatic field numbering to manual field specification");
        }
        (first, _) if is_number(first) => {
            *numbering = Numbering::Manual;
            Name::Position(position(first)?)
        }
        (first, _) => Name::Word(first.to_owned()),
    };
    let mut steps = Vec::new();
    let empty = FormatError::Malformed("Empty attribute in format string");
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (word, after) = after.split_at(end);
            if word.is_empty() {
                return Err(empty);
            }
            steps.push(Step::Attribute(word.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some((key, after)) = after.split_once(']') else {
                return Err(FormatError::Malformed("Missing ']' in format string"));
            };
            steps.push(match key {
                "" => return Err(empty),
                key if is_number(key) => Step::Index(position(key)?),
                key => Step::Key(key.to_owned()),
            });
            rest = after;
        } else {
            return Err(FormatError::Malformed(
                "Only '.' or '[' may follow ']' in format field specifier",
            ));
        }
    }
    Ok((name, steps))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn position(digits: &str) -> Result<usize, FormatError> {
    let number = digits.parse::<i64>().ok().and_then(|n| usize::try_from(n).ok());
    number.ok_or(FormatError::TooManyDigits)
}
