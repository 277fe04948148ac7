//! `f"{x:.2f}"` → `__text__(__field__((x), "", ".2f"))`.

use super::super::reference::reference;
use super::scanner::{Draft, Opening, Scanner};
use super::{FIELD, Malformed, TEXT};

/// Text that goes into a literal, and where it is in the source.
struct Literal {
    /// Where it begins.
    begin: usize,
    /// What is between the quotes of the new literal.
    text: String,
    /// How many line ends it had.
    lines: usize,
}

impl Literal {
    fn from(begin: usize) -> Self {
        Self {
            begin,
            text: String::new(),
            lines: 0,
        }
    }

    /// Adds a character as it is to be read.
    fn push(&mut self, letter: char) {
        match letter {
            '"' => self.text.push_str("\\\""),
            '\\' => self.text.push_str("\\\\"),
            '\n' => {
                self.text.push_str("\\n");
                self.lines += 1;
            }
            letter => self.text.push(letter),
        }
    }

    /// Writes it, with the line ends that it had behind it.
    fn written(&self) -> String {
        format!("\"{}\"{}", self.text, "\n".repeat(self.lines))
    }
}

/// What ends a run of literals and fields.
#[derive(Clone, Copy)]
struct Inside {
    opening: Opening,
    /// Whether it is a specification, which ends at a brace.
    is_spec: bool,
    /// Where the f-string begins.
    begin: usize,
}

impl Scanner<'_> {
    /// Reads an f-string whose prefix has so many bytes.
    pub(crate) fn fstring(&mut self, prefix: usize, opening: Opening) -> Result<(), Malformed> {
        let begin = self.at;
        self.at += prefix + opening.closing().len();
        let inside = Inside {
            opening,
            is_spec: false,
            begin: begin + prefix,
        };
        self.parts(begin, inside)
    }

    /// Reads literals and fields; `begin` is where the first literal begins, its quotes included.
    fn parts(&mut self, begin: usize, inside: Inside) -> Result<(), Malformed> {
        let mut literal = Literal::from(begin);
        let mut is_first = true;
        loop {
            let Some(letter) = self.peek() else {
                return self.unterminated(inside);
            };
            match letter {
                '}' if inside.is_spec => break,
                '\n' if !inside.opening.is_triple => return self.unterminated(inside),
                '{' => match reference(self.rest()) {
                    Some(whole) if !inside.is_spec => {
                        literal.text.push_str(whole);
                        self.at += whole.len();
                    }
                    _ if !inside.is_spec && self.rest().starts_with("{{") => {
                        literal.push('{');
                        self.at += 2;
                    }
                    _ => {
                        self.field(&mut literal, is_first, inside)?;
                        is_first = false;
                    }
                },
                '}' if self.rest().starts_with("}}") => {
                    literal.push('}');
                    self.at += 2;
                }
                '}' => return self.malformed("f-string: single '}' is not allowed", self.at, self.at + 1),
                '\\' => self.escape(&mut literal, inside)?,
                _ if self.rest().starts_with(inside.opening.closing()) => {
                    if inside.is_spec {
                        return self.malformed("f-string: expecting '}'", self.at, self.at + 1);
                    }
                    self.at += inside.opening.closing().len();
                    break;
                }
                letter => {
                    literal.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        let old = self.since(literal.begin);
        let new = match (is_first, literal.text.is_empty()) {
            // In parentheses, so that it may have as many lines as it had.
            (true, _) if literal.lines > 0 => format!("({})", literal.written()),
            (true, _) => literal.written(),
            (false, true) if literal.lines == 0 => ")".to_owned(),
            (false, _) => format!(", {})", literal.written()),
        };
        self.draft.put(old, &new);
        Ok(())
    }

    fn unterminated<T>(&self, inside: Inside) -> Result<T, Malformed> {
        self.malformed("unterminated f-string", inside.begin, self.at)
    }

    /// Reads a backslash and what it says.
    fn escape(&mut self, literal: &mut Literal, inside: Inside) -> Result<(), Malformed> {
        self.at += 1;
        let Some(letter) = self.peek() else {
            return self.unterminated(inside);
        };
        if matches!(letter, '{' | '}') {
            // It says nothing about a brace.
            literal.push('\\');
            return Ok(());
        }
        self.at += letter.len_utf8();
        if inside.opening.is_raw {
            literal.push('\\');
            literal.push(letter);
        } else if letter == '\n' {
            literal.lines += 1;
        } else if letter == 'N' && self.rest().starts_with('{') {
            return self.malformed(
                "characters have no names in a cell: write the character itself, or \\u and its number",
                self.at - 2,
                self.at,
            );
        } else {
            literal.text.push('\\');
            literal.text.push(letter);
        }
        Ok(())
    }

    /// Reads a field, from its opening brace to its closing one; writes the literal before it, too.
    fn field(&mut self, literal: &mut Literal, is_first: bool, inside: Inside) -> Result<(), Malformed> {
        let open = self.at;
        self.at += 1;
        let value = self.value(open, inside)?;
        let source = self.since(open + 1).to_owned();
        if source.trim().is_empty() {
            return self.malformed("f-string: empty expression not allowed", open, self.at + 1);
        }
        let mut conversion = "";
        let equals = self.at;
        self.has_specs |= self.peek() != Some('}');
        if self.peek() == Some('=') {
            self.at += 1;
            self.at += self.rest().len() - self.rest().trim_start().len();
            // Written as it is, before its value.
            self.since(open + 1)
                .chars()
                .for_each(|letter| literal.push(letter));
            // The expression itself keeps its lines.
            literal.lines -= source.matches('\n').count();
            if !self.rest().starts_with(':') {
                conversion = "r";
            }
        }
        let tail = equals;
        if let Some(after) = self.rest().strip_prefix('!') {
            conversion = match after.chars().next() {
                Some('r') => "r",
                Some('s') => "s",
                Some('a') => "a",
                _ => {
                    let message = "f-string: invalid conversion character: expected 's', 'r', or 'a'";
                    return self.malformed(message, self.at, self.at + 2);
                }
            };
            self.at += 2;
        }
        let mut before = String::new();
        match (is_first, literal.text.is_empty() && literal.lines == 0) {
            (true, true) => before.push_str(&format!("{TEXT}(")),
            (true, false) => before.push_str(&format!("{TEXT}({}, ", literal.written())),
            (false, true) => before.push_str(", "),
            (false, false) => before.push_str(&format!(", {}, ", literal.written())),
        }
        let old = self.source.get(literal.begin..open).unwrap_or_default();
        self.draft.put(old, &before);
        self.draft.put("{", &format!("{FIELD}(("));
        self.draft.append(value);
        match self.peek() {
            Some('}') => {
                self.at += 1;
                let new = match conversion {
                    "" => "))".to_owned(),
                    conversion => format!("), \"{conversion}\")"),
                };
                let old = self.since(tail);
                self.draft.put(old, &new);
            }
            Some(':') => {
                self.at += 1;
                let old = self.since(tail);
                self.draft.put(old, &format!("), \"{conversion}\", "));
                let spec = Inside {
                    is_spec: true,
                    ..inside
                };
                self.parts(self.at, spec)?;
                self.at += 1;
                self.draft.put("}", ")");
            }
            _ => return self.malformed("f-string: expecting '}'", open, self.at),
        }
        *literal = Literal::from(self.at);
        Ok(())
    }

    /// Reads the expression of a field, up to what ends it: `}`, `!`, `:` or a single `=`.
    fn value(&mut self, open: usize, inside: Inside) -> Result<Draft, Malformed> {
        let outer = std::mem::take(&mut self.draft);
        let mut depth = 0_usize;
        loop {
            let Some(letter) = self.peek() else {
                return self.malformed("f-string: expecting '}'", open, open + 1);
            };
            let next = self.rest().chars().nth(1);
            match letter {
                '(' | '[' | '{' => depth += 1,
                '}' | ':' if depth == 0 => break,
                '!' if depth == 0 && next != Some('=') => break,
                '=' if depth == 0 && next != Some('=') && !self.is_comparison() => break,
                ')' | ']' if depth == 0 => {
                    return self.malformed(&format!("f-string: unmatched '{letter}'"), self.at, self.at + 1);
                }
                ')' | ']' | '}' => depth -= 1,
                '\n' if depth == 0 && !inside.opening.is_triple => {
                    return self.malformed("f-string: expecting '}'", open, self.at);
                }
                '\\' => {
                    let message = "f-string expression part cannot include a backslash";
                    return self.malformed(message, self.at, self.at + 1);
                }
                '#' => {
                    return self.malformed(
                        "f-string expression part cannot include '#'",
                        self.at,
                        self.at + 1,
                    );
                }
                _ => {}
            }
            self.token(letter)?;
        }
        Ok(std::mem::replace(&mut self.draft, outer))
    }

    /// Returns whether the `=` here belongs to `==`, `!=`, `<=` or `>=`.
    fn is_comparison(&self) -> bool {
        let before = self.source.get(..self.at).unwrap_or_default();
        before.ends_with(['=', '!', '<', '>'])
    }
}
