//! [`Json`]: a JSON text, its numbers as they are written.

/// A value of a JSON text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How deep values may be in others.
const DEPTH: usize = 500;

impl Json {
    /// Reads a text; `None` where it is no JSON.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = JsonReader { text, at: 0 };
        let value = reader.value(DEPTH)?;
        reader.blanks();
        (reader.at == text.len()).then_some(value)
    }

    /// Reads what a text starts with, whatever is behind it; `None` where that is no JSON.
    pub(super) fn first(text: &str) -> Option<Self> {
        JsonReader { text, at: 0 }.value(DEPTH)
    }

    /// Writes it without blanks.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&shown(number)),
            Self::Text(text) => quoted(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quoted(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Writes a number as Spark does: whole ones as they are, others as doubles.
pub(super) fn shown(number: &str) -> String {
    if number.bytes().all(|one| one == b'-' || one.is_ascii_digit()) {
        return number.to_owned();
    }
    number
        .parse()
        .map_or_else(|_| number.to_owned(), crate::frame::sql::moments::double)
}

/// Writes a text in quotes.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            one if one < ' ' => out.push_str(&format!("\\u{:04X}", one as u32)),
            one => out.push(one),
        }
    }
    out.push('"');
}

struct JsonReader<'t> {
    text: &'t str,
    at: usize,
}

impl JsonReader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        self.blanks();
        match self.peek()? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string(b'"').map(Json::Text),
            b'\'' => self.string(b'\'').map(Json::Text),
            b'[' => {
                self.at += 1;
                let mut elements = Vec::new();
                self.blanks();
                if self.take(b']').is_some() {
                    return Some(Json::Array(elements));
                }
                loop {
                    elements.push(self.value(depth)?);
                    self.blanks();
                    if self.take(b']').is_some() {
                        return Some(Json::Array(elements));
                    }
                    self.take(b',')?;
                }
            }
            b'{' => {
                self.at += 1;
                let mut fields = Vec::new();
                self.blanks();
                if self.take(b'}').is_some() {
                    return Some(Json::Object(fields));
                }
                loop {
                    self.blanks();
                    let key = match self.peek()? {
                        quote @ (b'"' | b'\'') => self.string(quote)?,
                        _ => return None,
                    };
                    self.blanks();
                    self.take(b':')?;
                    fields.push((key, self.value(depth)?));
                    self.blanks();
                    if self.take(b'}').is_some() {
                        return Some(Json::Object(fields));
                    }
                    self.take(b',')?;
                }
            }
            _ => self.number(),
        }
    }

    fn digits(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|one| one.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(self.at - from)
    }

    fn number(&mut self) -> Option<Json> {
        let from = self.at;
        let _ = self.take(b'-');
        let starts_with_zero = self.peek() == Some(b'0');
        let count = self.digits()?;
        if starts_with_zero && count > 1 {
            return None;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text
            .get(from..self.at)
            .map(|text| Json::Number(text.to_owned()))
    }

    fn string(&mut self, quote: u8) -> Option<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let one = rest.chars().next()?;
            self.at += one.len_utf8();
            match one {
                one if one == char::from(quote) => return Some(text),
                '\\' => {
                    let escaped = self.peek()?;
                    self.at += 1;
                    text.push(match escaped {
                        b'n' => '\n',
                        b't' => '\t',
                        b'r' => '\r',
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'u' => self.unit()?,
                        b'"' | b'\\' | b'/' | b'\'' => char::from(escaped),
                        _ => return None,
                    });
                }
                one if one < ' ' => return None,
                one => text.push(one),
            }
        }
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let unit = is_hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()?;
        self.at += 4;
        Some(unit)
    }

    /// Reads what is behind `\u`, of which there are two for some characters.
    fn unit(&mut self) -> Option<char> {
        let first = self.hex()?;
        if let Some(one) = char::from_u32(u32::from(first)) {
            return Some(one);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.hex()?;
        char::decode_utf16([first, second]).next()?.ok()
    }
}
