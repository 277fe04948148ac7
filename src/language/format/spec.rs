//! One specification: `[[fill]align][sign][z][#][0][width][grouping][.precision][code]`.

use super::error::FormatError;

/// The widest text and the most decimals that are written.
pub(super) const WIDEST: usize = 10_000_000;

/// On which side a text is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    Inside,
}

impl Align {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            '<' => Self::Left,
            '>' => Self::Right,
            '^' => Self::Center,
            '=' => Self::Inside,
            _ => return None,
        })
    }
}

/// A specification that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) fill: Option<char>,
    pub(super) align: Option<Align>,
    pub(super) sign: Option<char>,
    pub(super) no_negative_zero: bool,
    pub(super) alternate: bool,
    pub(super) width: usize,
    pub(super) separator: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) code: Option<char>,
}

impl Spec {
    /// Reads a specification for a value of what Python calls `kind`.
    pub(super) fn parse(text: &str, kind: &'static str) -> Result<Self, FormatError> {
        let mut spec = Self::default();
        let mut letters = text.chars();
        let first = letters.next();
        if let Some(align) = letters.next().and_then(Align::of) {
            spec.fill = first;
            spec.align = Some(align);
        } else {
            letters = text.chars();
            spec.align = first.and_then(Align::of);
            if spec.align.is_some() {
                letters.next();
            }
        }
        let mut rest = letters.as_str();
        spec.sign = ['+', '-', ' '].into_iter().find(|sign| eat(&mut rest, *sign));
        spec.no_negative_zero = eat(&mut rest, 'z');
        spec.alternate = eat(&mut rest, '#');
        if spec.fill.is_none() && eat(&mut rest, '0') {
            spec.fill = Some('0');
            if kind != "str" && spec.align.is_none() {
                spec.align = Some(Align::Inside);
            }
        }
        spec.width = number(&mut rest)?.unwrap_or(0);
        if eat(&mut rest, ',') {
            spec.separator = Some(',');
        }
        if eat(&mut rest, '_') && spec.separator.replace('_').is_some() {
            return Err(FormatError::BothSeparators);
        }
        if rest.starts_with(',') && spec.separator == Some('_') {
            return Err(FormatError::BothSeparators);
        }
        if eat(&mut rest, '.') {
            spec.precision = Some(number(&mut rest)?.ok_or(FormatError::NoPrecision)?);
        }
        let mut letters = rest.chars();
        spec.code = letters.next();
        if letters.next().is_some() {
            let spec = text.to_owned();
            return Err(FormatError::Invalid { spec, kind });
        }
        spec.check_separator(kind)?;
        let widest = spec.width.max(spec.precision.unwrap_or(0));
        if widest > WIDEST {
            return Err(FormatError::TooWide(widest));
        }
        Ok(spec)
    }

    fn check_separator(&self, kind: &str) -> Result<(), FormatError> {
        let Some(separator) = self.separator else {
            return Ok(());
        };
        let code = self.code.or((kind == "str").then_some('s'));
        match code {
            None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%') => Ok(()),
            Some('b' | 'o' | 'x' | 'X') if separator == '_' => Ok(()),
            Some(code) => Err(FormatError::Separator {
                separator,
                code: printed(code),
            }),
        }
    }

    /// Reports that a type does not have the code.
    pub(super) fn unknown(&self, kind: &'static str) -> FormatError {
        let code = self.code.map(printed).unwrap_or_default();
        FormatError::UnknownCode { code, kind }
    }

    /// Pads a text; `align` is the side where none is said.
    pub(super) fn pad(&self, text: &str, align: Align) -> Result<String, FormatError> {
        let missing = self.width.saturating_sub(text.chars().count());
        let fill = |count: usize| self.fill.unwrap_or(' ').to_string().repeat(count);
        Ok(match self.align.unwrap_or(align) {
            Align::Left => format!("{text}{}", fill(missing)),
            Align::Right | Align::Inside => format!("{}{text}", fill(missing)),
            Align::Center => format!("{}{text}{}", fill(missing / 2), fill(missing - missing / 2)),
        })
    }

    /// Assembles a number: its sign, a prefix such as `0x`, its whole digits, and what follows them.
    pub(super) fn number(
        &self,
        negative: bool,
        prefix: &str,
        whole: &str,
        rest: &str,
    ) -> Result<String, FormatError> {
        let sign = match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            (false, _) => "",
        };
        let around = sign.len() + prefix.len() + rest.len();
        let every = if matches!(self.code, Some('b' | 'o' | 'x' | 'X')) {
            4
        } else {
            3
        };
        // Zeros between sign and digits are digits, so they are grouped, too.
        let zeros = self.fill == Some('0') && self.align == Some(Align::Inside);
        let least = if zeros {
            self.width.saturating_sub(around)
        } else {
            0
        };
        let whole = match self.separator {
            Some(separator) => grouped(whole, separator, every, least),
            None => whole.to_owned(),
        };
        let digits = format!("{whole}{rest}");
        if self.align == Some(Align::Inside) {
            let inner = Self {
                width: self.width.saturating_sub(sign.len() + prefix.len()),
                ..self.clone()
            };
            return Ok(format!("{sign}{prefix}{}", inner.pad(&digits, Align::Right)?));
        }
        self.pad(&format!("{sign}{prefix}{digits}"), Align::Right)
    }
}

/// Inserts separators between digits, with zeros before them until there are `least` characters.
fn grouped(digits: &str, separator: char, every: usize, least: usize) -> String {
    let mut reversed = String::new();
    let mut count = 0;
    let mut digits = digits.chars().rev().peekable();
    if digits.peek().is_none() {
        // Infinity and what is no number have no whole digits to group.
        return String::new();
    }
    while digits.peek().is_some() || reversed.len() < least {
        if count > 0 && count % every == 0 {
            reversed.push(separator);
        }
        reversed.push(digits.next().unwrap_or('0'));
        count += 1;
    }
    reversed.chars().rev().collect()
}

/// Removes a letter from the front, when it is there.
fn eat(rest: &mut &str, letter: char) -> bool {
    match rest.strip_prefix(letter) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Removes a number from the front.
fn number(rest: &mut &str) -> Result<Option<usize>, FormatError> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse::<i64>().ok().and_then(|n| usize::try_from(n).ok());
    number.map(Some).ok_or(FormatError::TooManyDigits)
}

/// Writes a code as Python's messages do.
fn printed(code: char) -> String {
    match u32::from(code) {
        33..=127 => code.to_string(),
        code => format!("\\x{code:x}"),
    }
}
