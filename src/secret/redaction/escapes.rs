//! [`Escapes`]: the ways in which single characters of a text are written as several.

/// One way of escaping.
pub(super) struct Escapes {
    /// The bytes that an escape begins with.
    triggers: &'static [u8],
    /// Reads the escape that begins with a trigger, from what follows it.
    read: fn(u8, &[u8]) -> Token,
    /// Whether what comes out is read once more: JSON in JSON.
    pub(super) nests: bool,
}

/// What stands at one place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A byte that means itself.
    Plain,
    /// An escape that means a byte, and how long it is.
    Byte(u8, usize),
    /// An escape that means a character.
    Char(char, usize),
    /// An escape that means nothing: a color, a line that goes on.
    Nothing(usize),
    /// What the end of the text cuts, and with more text may be an escape.
    Cut,
}

/// The ways of escaping that are read.
pub(super) const ESCAPES: [Escapes; 7] = [
    // URLs and forms.
    Escapes {
        triggers: b"%",
        read: percent,
        nests: true,
    },
    Escapes {
        triggers: b"%+",
        read: form,
        nests: false,
    },
    // JSON, Python, Rust, C, and shells outside quotes.
    Escapes {
        triggers: b"\\",
        read: backslash,
        nests: true,
    },
    // Text of Python and JavaScript, where \xe9 is a character and no byte.
    Escapes {
        triggers: b"\\",
        read: backslash_of_text,
        nests: false,
    },
    // HTML and XML.
    Escapes {
        triggers: b"&",
        read: entity,
        nests: false,
    },
    // SQL and CSV double a quote, shells splice one.
    Escapes {
        triggers: b"'\"",
        read: quote,
        nests: false,
    },
    // Colors of a terminal.
    Escapes {
        triggers: b"\x1b",
        read: control,
        nests: false,
    },
];

/// The longest entity that is read, and the longest sequence of a terminal.
const LONGEST_ENTITY: usize = 10;
const LONGEST_CONTROL: usize = 256;

const ENTITIES: [(&[u8], char); 6] = [
    (b"amp", '&'),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"nbsp", ' '),
];

impl Escapes {
    /// Returns whether an escape may begin with a byte.
    pub(super) fn is_trigger(&self, byte: u8) -> bool {
        self.triggers.contains(&byte)
    }

    /// Reads what begins with a trigger, from what follows it.
    pub(super) fn token(&self, trigger: u8, rest: &[u8]) -> Token {
        (self.read)(trigger, rest)
    }
}

/// Reads hexadecimal digits: exactly so many.
fn hexadecimal(digits: &[u8], count: usize) -> Option<u32> {
    let digits = digits.get(..count)?;
    let all_digits = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| all_digits)?;
    u32::from_str_radix(text, 16).ok()
}

/// Returns whether a text ends before so many digits are there, all of those that are.
fn is_cut(rest: &[u8], count: usize) -> bool {
    rest.len() < count && rest.iter().all(u8::is_ascii_hexdigit)
}

fn percent(_: u8, rest: &[u8]) -> Token {
    match hexadecimal(rest, 2) {
        Some(byte) => Token::Byte(byte as u8, 3),
        None if is_cut(rest, 2) => Token::Cut,
        None => Token::Plain,
    }
}

fn form(trigger: u8, rest: &[u8]) -> Token {
    if trigger == b'+' {
        return Token::Byte(b' ', 1);
    }
    percent(trigger, rest)
}

fn backslash(_: u8, rest: &[u8]) -> Token {
    let Some((letter, rest)) = rest.split_first() else {
        return Token::Cut;
    };
    let simple = match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'a' => 7,
        b'e' => 27,
        b'\n' => return Token::Nothing(2),
        b'x' => return wide(rest, 2, |byte| Token::Byte(byte as u8, 4)),
        b'U' => return wide(rest, 8, |code| of_code(code, 10)),
        b'u' if rest.first() == Some(&b'{') => return braced(rest),
        b'u' => return utf16(rest),
        b'0'..=b'3' => return octal(*letter, rest),
        other => *other,
    };
    Token::Byte(simple, 2)
}

fn backslash_of_text(trigger: u8, rest: &[u8]) -> Token {
    match backslash(trigger, rest) {
        Token::Byte(byte, 4) if rest.first() == Some(&b'x') => Token::Char(char::from(byte), 4),
        token => token,
    }
}

fn wide(rest: &[u8], count: usize, token: impl FnOnce(u32) -> Token) -> Token {
    match hexadecimal(rest, count) {
        Some(code) => token(code),
        None if is_cut(rest, count) => Token::Cut,
        None => Token::Plain,
    }
}

fn of_code(code: u32, length: usize) -> Token {
    Token::Char(
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
        length,
    )
}

/// Reads `\u{1F511}`, from the brace on.
fn braced(rest: &[u8]) -> Token {
    let digits = rest
        .iter()
        .skip(1)
        .take(6)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    match rest.get(1 + digits) {
        Some(b'}') if digits > 0 => {
            let code = rest.get(1..).and_then(|rest| hexadecimal(rest, digits));
            code.map_or(Token::Plain, |code| of_code(code, digits + 4))
        }
        None => Token::Cut,
        Some(_) => Token::Plain,
    }
}

/// Reads `\ud83d\udd11`, from the first digit on.
fn utf16(rest: &[u8]) -> Token {
    let Some(first) = hexadecimal(rest, 4) else {
        return if is_cut(rest, 4) { Token::Cut } else { Token::Plain };
    };
    if !(0xD800..0xDC00).contains(&first) {
        return of_code(first, 6);
    }
    let low = rest.get(4..).unwrap_or_default();
    let mark: &[u8] = b"\\u";
    let digits = low.strip_prefix(mark);
    let second = digits.and_then(|digits| hexadecimal(digits, 4));
    match second.filter(|second| (0xDC00..0xE000).contains(second)) {
        Some(second) => of_code(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), 12),
        None if digits.map_or(mark.starts_with(low), |digits| is_cut(digits, 4)) => Token::Cut,
        None => of_code(first, 6),
    }
}

/// Reads the three digits of `\303`; fewer are a NUL, or a digit that a shell has quoted.
fn octal(first: u8, rest: &[u8]) -> Token {
    let is_digit = |byte: &u8| (b'0'..=b'7').contains(byte);
    let value = |byte: u8| byte.wrapping_sub(b'0');
    match rest {
        [second, third, ..] if is_digit(second) && is_digit(third) => {
            Token::Byte(value(first) << 6 | value(*second) << 3 | value(*third), 4)
        }
        short if short.len() < 2 && short.iter().all(is_digit) => Token::Cut,
        _ if first == b'0' => Token::Byte(0, 2),
        _ => Token::Byte(first, 2),
    }
}

fn entity(_: u8, rest: &[u8]) -> Token {
    let name = rest
        .iter()
        .take(LONGEST_ENTITY)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#');
    let length = name.count();
    match rest.get(length) {
        Some(b';') => {}
        None if length < LONGEST_ENTITY => return Token::Cut,
        _ => return Token::Plain,
    }
    let name = rest.get(..length).unwrap_or_default();
    let length = length + 2;
    if let Some((_, char)) = ENTITIES.iter().find(|(known, _)| *known == name) {
        return Token::Char(*char, length);
    }
    let code = match name {
        [b'#', b'x' | b'X', digits @ ..] => hexadecimal(digits, digits.len()),
        [b'#', digits @ ..] => std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok()),
        _ => None,
    };
    code.map_or(Token::Plain, |code| of_code(code, length))
}

fn quote(quote: u8, rest: &[u8]) -> Token {
    let splices: &[&[u8]] = match quote {
        b'\'' => &[b"\\''", b"\"'\"'", b"'"],
        _ => &[b"\""],
    };
    if rest.len() < 4
        && splices
            .iter()
            .any(|splice| splice.len() > rest.len() && splice.starts_with(rest))
    {
        return Token::Cut;
    }
    let found = splices.iter().find(|splice| rest.starts_with(splice));
    found.map_or(Token::Plain, |splice| Token::Byte(quote, 1 + splice.len()))
}

fn control(_: u8, rest: &[u8]) -> Token {
    let (skipped, is_end): (usize, fn(u8) -> bool) = match rest.first() {
        Some(b'[') => (1, |byte| (0x40..=0x7e).contains(&byte)),
        Some(b']') => (1, |byte| byte == 7 || byte == b'\\'),
        Some(_) => return Token::Plain,
        None => return Token::Cut,
    };
    let body = rest.iter().skip(skipped).take(LONGEST_CONTROL);
    match body.clone().position(|byte| is_end(*byte)) {
        Some(end) => Token::Nothing(1 + skipped + end + 1),
        None if body.count() < LONGEST_CONTROL => Token::Cut,
        None => Token::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Vec<Token> {
        let (trigger, rest) = text.as_bytes().split_first().unwrap();
        let ways = ESCAPES.iter().filter(|way| way.is_trigger(*trigger));
        ways.map(|way| way.token(*trigger, rest)).collect()
    }

    #[test]
    fn each_way_reads_its_escapes_and_nothing_else() {
        for (text, expected) in [
            ("%4a", vec![Token::Byte(b'J', 3); 2]),
            ("%4", vec![Token::Cut; 2]),
            ("%zz", vec![Token::Plain; 2]),
            ("+", vec![Token::Byte(b' ', 1)]),
            (r"\n", vec![Token::Byte(b'\n', 2); 2]),
            (r"\/", vec![Token::Byte(b'/', 2); 2]),
            (r"\u00e9x", vec![Token::Char('é', 6); 2]),
            (r"\ud83d\udd11x", vec![Token::Char('🔑', 12); 2]),
            (r"\ud83d\ud", vec![Token::Cut; 2]),
            (r"\ud83dx", vec![Token::Char('\u{fffd}', 6); 2]),
            (r"\u{1f511}", vec![Token::Char('🔑', 9); 2]),
            (r"\u{1f51", vec![Token::Cut; 2]),
            (r"\U0001f511", vec![Token::Char('🔑', 10); 2]),
            (r"\303\251", vec![Token::Byte(0xc3, 4); 2]),
            (r"\0x", vec![Token::Byte(0, 2); 2]),
            ("\\", vec![Token::Cut; 2]),
            ("&lt;", vec![Token::Char('<', 4)]),
            ("&#x27;", vec![Token::Char('\'', 6)]),
            ("&#39;", vec![Token::Char('\'', 5)]),
            ("&am", vec![Token::Cut]),
            ("& co", vec![Token::Plain]),
            ("&nosuch;", vec![Token::Plain]),
            (r"'\''s", vec![Token::Byte(b'\'', 4)]),
            (r#"'"'"'s"#, vec![Token::Byte(b'\'', 5)]),
            ("''x", vec![Token::Byte(b'\'', 2)]),
            ("'x", vec![Token::Plain]),
            ("\"\"", vec![Token::Byte(b'"', 2)]),
            ("\x1b[1;31mx", vec![Token::Nothing(7)]),
            ("\x1b]8;;x\x07", vec![Token::Nothing(7)]),
            ("\x1b[1", vec![Token::Cut]),
        ] {
            assert_eq!(first(text), expected, "{text:?}");
        }
    }
}
