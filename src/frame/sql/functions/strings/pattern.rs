//! Java's regular expressions, written as Rust's: what is the same text and means something else is translated, what
//! there is not is refused.

use polars::prelude::PolarsError;

use crate::frame::sql::functions::kernels::failed;

/// A translated regular expression.
#[derive(Debug)]
pub(super) struct RegexPattern {
    pub(super) regex: String,
    /// Has `$`, which in Java is before a line break at the end, too; here it is the end alone.
    pub(super) has_end: bool,
    /// Has `(?m)`, whose lines end at `\n` alone here.
    pub(super) has_lines: bool,
}

/// What Java takes for the end of a line.
pub(super) const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Compiles a regular expression; a thread keeps the last ones.
macro_rules! compiled {
    ($shown:expr, $regex:expr) => {
        polars::polars_utils::regex_cache::compile_regex($regex).map_err(|error| {
            $crate::frame::sql::functions::strings::pattern::wrong($shown, &error.to_string())
        })?
    };
}
pub(super) use compiled;

/// Makes the error of a wrong pattern.
pub(super) fn wrong(pattern: &str, reason: &str) -> PolarsError {
    failed(&format!("the pattern `{pattern}` is wrong"), reason)
}

/// Says what is wrong with a translated regular expression.
pub(super) fn check(regex: &str) -> Result<(), String> {
    match polars::polars_utils::regex_cache::compile_regex(regex) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own in Java")]
struct Flags {
    all: bool,
    lines: bool,
    ignores_case: bool,
    unicode: bool,
}

impl Flags {
    fn ignores_ascii_case(self) -> bool {
        self.ignores_case && !self.unicode
    }
}

/// Translates a regular expression of Java.
pub(super) fn java(pattern: &str) -> Result<RegexPattern, String> {
    let mut made = RegexPattern {
        regex: String::with_capacity(pattern.len()),
        has_end: false,
        has_lines: false,
    };
    let mut rest = pattern.chars().peekable();
    let mut flags = Flags::default();
    let mut outer = Vec::new();
    // How deep in classes, and whether something to repeat, or a repetition, is before.
    let (mut classes, mut repeats) = (0_usize, false);
    let is_ascii = pattern.is_ascii();
    while let Some(one) = rest.next() {
        let was_repeated = std::mem::take(&mut repeats);
        match one {
            '\\' => escaped(&mut rest, classes > 0, flags, &mut made)?,
            '[' => {
                if classes == 0 && flags.ignores_ascii_case() {
                    made.regex.push_str("(?-i:");
                }
                classes += 1;
                made.regex.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    made.regex.push('^');
                }
                if rest.peek() == Some(&']') {
                    return Err("write `\\]` for the character".to_owned());
                }
            }
            ']' if classes > 0 => {
                classes -= 1;
                made.regex.push(']');
                if classes == 0 && flags.ignores_ascii_case() {
                    made.regex.push(')');
                }
            }
            '-' | '~' if classes > 0 && rest.peek() == Some(&one) => {
                made.regex.extend(['\\', one]);
            }
            _ if classes > 0 && flags.ignores_ascii_case() => span(one, &mut rest, &mut made.regex),
            _ if classes > 0 => made.regex.push(one),
            ']' | '}' => made.regex.extend(['\\', one]),
            '.' if flags.all => made.regex.push_str("(?s:.)"),
            '.' => made.regex.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            '$' if flags.lines => made.regex.push('$'),
            '$' => {
                made.has_end = true;
                made.regex.push_str(r"\z");
            }
            '(' => {
                outer.push(flags);
                made.regex.push('(');
                if rest.next_if_eq(&'?').is_some() {
                    group(&mut rest, &mut flags, &mut outer, &mut made, is_ascii)?;
                }
            }
            ')' => {
                flags = outer.pop().unwrap_or(flags);
                made.regex.push(')');
            }
            '*' | '+' | '?' | '{' => {
                if was_repeated {
                    return Err("a repetition of a repetition: write brackets around the first".to_owned());
                }
                made.regex.push(one);
                if one == '{' {
                    if !rest.peek().is_some_and(char::is_ascii_digit) {
                        return Err("a number has to be behind `{`: write `\\{` for the character".to_owned());
                    }
                    for next in rest.by_ref() {
                        made.regex.push(next);
                        if next == '}' {
                            break;
                        }
                    }
                }
                match rest.peek() {
                    Some('+') => {
                        return Err(
                            "possessive repetitions (`*+`) are not there: leave out the `+`".to_owned()
                        );
                    }
                    Some('?') => {
                        rest.next();
                        made.regex.push('?');
                    }
                    _ => {}
                }
                repeats = true;
            }
            one => letter(one, flags, &mut made.regex),
        }
    }
    Ok(made)
}

/// Writes a character; Java's `(?i)` is of ASCII letters, and Rust's takes the Kelvin sign for a `k`, a long `ſ` for an `s`.
fn letter(one: char, flags: Flags, regex: &mut String) {
    if flags.ignores_ascii_case() && matches!(one, 'k' | 'K' | 's' | 'S') {
        let (small, large) = (one.to_ascii_lowercase(), one.to_ascii_uppercase());
        regex.push_str(&format!("(?-i:[{small}{large}])"));
    } else {
        regex.push(one);
    }
}

/// Writes a character of a class, or the span that it begins, with small letters and large ones.
fn span(one: char, rest: &mut Rest<'_>, regex: &mut String) {
    let mut ahead = rest.clone();
    let last = match (ahead.next(), ahead.next()) {
        (Some('-'), Some(last)) if !matches!(last, ']' | '[' | '\\' | '-') => last,
        _ => one,
    };
    regex.push(one);
    if last != one {
        *rest = ahead;
        regex.extend(['-', last]);
    }
    let (small, large) = ((one.max('a'), last.min('z')), (one.max('A'), last.min('Z')));
    if small.0 <= small.1 {
        regex.extend([small.0.to_ascii_uppercase(), '-', small.1.to_ascii_uppercase()]);
    }
    if large.0 <= large.1 {
        regex.extend([large.0.to_ascii_lowercase(), '-', large.1.to_ascii_lowercase()]);
    }
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Translates what is behind `(?`.
fn group(
    rest: &mut Rest<'_>,
    flags: &mut Flags,
    outer: &mut Vec<Flags>,
    made: &mut RegexPattern,
    is_ascii: bool,
) -> Result<(), String> {
    match rest.peek() {
        Some('=' | '!') => {
            return Err(
                "looking ahead (`(?=`, `(?!`) is not there: match more, and take a group of it".to_owned(),
            );
        }
        Some('>') => return Err("atomic groups (`(?>`) are not there: write `(?:`".to_owned()),
        Some('<') => {
            rest.next();
            if matches!(rest.peek(), Some('=' | '!')) {
                return Err(
                    "looking behind (`(?<=`, `(?<!`) is not there: match more, and take a group of it"
                        .to_owned(),
                );
            }
            made.regex.push_str("?<");
            for one in rest.by_ref() {
                made.regex.push(one);
                if one == '>' {
                    break;
                }
            }
            return Ok(());
        }
        _ => {}
    }
    let (mut on, mut letters) = (true, [String::new(), String::new()]);
    for one in rest.by_ref() {
        match one {
            '-' => on = false,
            'i' => flags.ignores_case = on,
            's' => flags.all = on,
            'm' => {
                flags.lines = on;
                made.has_lines |= on;
            }
            'u' => flags.unicode = on,
            ':' | ')' => {
                if flags.ignores_case && !flags.unicode && !is_ascii {
                    return Err("`(?i)` is for ASCII letters: write `(?iu)` for all".to_owned());
                }
                if flags.ignores_case && on {
                    letters = ["i".to_owned(), String::new()];
                } else if !flags.ignores_case {
                    letters[1].push('i');
                }
                if flags.lines {
                    letters[0].push('m');
                } else {
                    letters[1].push('m');
                }
                let [with, without] = &letters;
                made.regex.push('?');
                made.regex.push_str(with);
                if !without.is_empty() {
                    made.regex.push('-');
                    made.regex.push_str(without);
                }
                made.regex.push(one);
                // `(?i)` is for the rest of the group around it.
                if one == ')' {
                    outer.pop();
                }
                return Ok(());
            }
            other => return Err(format!("the flag `{other}` is not there: i, m, s and u are")),
        }
    }
    Err("a bracket is not closed".to_owned())
}

/// Translates what is behind a backslash.
fn escaped(rest: &mut Rest<'_>, in_class: bool, flags: Flags, made: &mut RegexPattern) -> Result<(), String> {
    let Some(one) = rest.next() else {
        return Err("a backslash is at the end".to_owned());
    };
    let class = match one {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[a-zA-Z0-9_]",
        'W' => "[^a-zA-Z0-9_]",
        's' => r"[ \t\n\x0B\f\r]",
        'S' => r"[^ \t\n\x0B\f\r]",
        'h' => r"[ \t\xA0\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}]",
        'v' => r"[\n\x0B\f\r\x{85}\u{2028}\u{2029}]",
        'e' => r"\x1B",
        'R' if !in_class => r"(?:\r\n|[\n\x0B\f\r\x{85}\u{2028}\u{2029}])",
        'z' if !in_class => r"\z",
        'Z' if !in_class => {
            made.has_end = true;
            r"\z"
        }
        'A' if !in_class => r"\A",
        'B' if !in_class => r"\B",
        'b' if !in_class && rest.peek() != Some(&'{') => r"\b",
        'n' => r"\n",
        't' => r"\t",
        'r' => r"\r",
        'f' => r"\f",
        'a' => r"\x07",
        _ => "",
    };
    if !class.is_empty() {
        made.regex.push_str(class);
        return Ok(());
    }
    match one {
        'p' | 'P' => property(rest, one, flags, made),
        'x' | 'u' if flags.ignores_ascii_case() => {
            Err(format!("`\\{one}` with `(?i)` is not there: write the character"))
        }
        'x' | 'u' => {
            made.regex.extend(['\\', one]);
            Ok(())
        }
        'Q' => {
            let text: String = rest.by_ref().collect();
            let (quoted, behind) = text.split_once("\\E").unwrap_or((&text, ""));
            if !behind.is_empty() || in_class {
                return Err(
                    "`\\Q…\\E` with more behind it is not there: write a backslash before each sign"
                        .to_owned(),
                );
            }
            for one in quoted.chars() {
                match one {
                    one if one.is_ascii_alphabetic() => letter(one, flags, &mut made.regex),
                    one => literal(one, &mut made.regex),
                }
            }
            Ok(())
        }
        '1'..='9' | 'k' => Err("groups that come again (`\\1`) are not there".to_owned()),
        one if one.is_ascii_alphanumeric() => Err(format!("`\\{one}` is not there")),
        one => {
            literal(one, &mut made.regex);
            Ok(())
        }
    }
}

/// Translates `\p{…}`: Java's POSIX classes are of ASCII.
fn property(rest: &mut Rest<'_>, letter: char, flags: Flags, made: &mut RegexPattern) -> Result<(), String> {
    let name: String = match rest.next() {
        Some('{') => rest.by_ref().take_while(|one| *one != '}').collect(),
        Some(one) => one.to_string(),
        None => return Err("the name of a property has to be behind `\\p`".to_owned()),
    };
    let posix = match name.as_str() {
        "Lower" | "Upper" if flags.ignores_case => {
            return Err(format!("`\\p{{{name}}}` with `(?i)` is not there"));
        }
        "Lower" | "Upper" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph" | "Print" | "Blank" | "Cntrl"
        | "XDigit" | "Space" | "ASCII" => Some(name.to_lowercase()),
        _ => None,
    };
    let not = if letter == 'P' { "^" } else { "" };
    match posix {
        Some(posix) => made.regex.push_str(&format!("[[:{not}{posix}:]]")),
        None => made.regex.push_str(&format!("\\{letter}{{{name}}}")),
    }
    Ok(())
}

/// Writes a character that means itself.
fn literal(one: char, regex: &mut String) {
    if one.is_ascii_punctuation() && !matches!(one, '<' | '>') {
        regex.push('\\');
    }
    regex.push(one);
}

/// Translates a pattern of SIMILAR TO.
pub(super) fn similar(pattern: &str, escape: Option<&str>) -> Result<String, String> {
    let escape = match escape.map(|escape| (escape.chars().next(), escape.chars().count())) {
        None => '\\',
        Some((Some(one), 1)) => one,
        Some(_) => return Err("ESCAPE is one character".to_owned()),
    };
    let mut regex = r"\A(?:".to_owned();
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(one) = rest.next() {
        match one {
            _ if one == escape => match rest.next() {
                Some(next) => literal(next, &mut regex),
                None => return Err("the escape character is at the end".to_owned()),
            },
            ']' if in_class => {
                in_class = false;
                regex.push(']');
            }
            '^' | '-' if in_class => regex.push(one),
            _ if in_class => literal(one, &mut regex),
            '[' => {
                in_class = true;
                regex.push('[');
            }
            '%' => regex.push_str("(?s:.*)"),
            '_' => regex.push_str("(?s:.)"),
            '(' if rest.peek() == Some(&'?') => return Err("`(?` is not there".to_owned()),
            '{' => {
                regex.push(one);
                for next in rest.by_ref() {
                    regex.push(next);
                    if next == '}' {
                        break;
                    }
                }
            }
            '|' | '*' | '+' | '?' | '(' | ')' => regex.push(one),
            one => literal(one, &mut regex),
        }
    }
    regex.push_str(r")\z");
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_case_are_of_ascii() {
        let matches = |pattern: &str, text: &str| {
            let regex = java(pattern).unwrap().regex;
            polars::polars_utils::regex_cache::compile_regex(&regex)
                .unwrap()
                .is_match(text)
        };
        for pattern in [
            "(?i)^k$",
            "(?i)^[k]$",
            "(?i)^[a-z]$",
            "(?i)^[^a-jl-z]$",
            r"(?i)^\QK",
        ] {
            assert!(matches(pattern, "K") && matches(pattern, "k"), "{pattern}");
        }
        for pattern in ["(?i)^k$", "(?i)^[k]$", "(?i)^[a-z]$"] {
            assert!(!matches(pattern, "\u{212a}"), "{pattern}");
        }
        assert!(matches("(?i)^[^k]$", "\u{212a}") && !matches("(?i)^[^k]$", "K"));
        assert!(matches("(?iu)^k$", "\u{212a}") && !matches("(?i)s", "ſ"));
        assert!(matches("(?i)(?<key>[a-c]+)-[0-9_]", "AbC-_"));
    }

    #[test]
    fn java_classes_are_of_ascii() {
        assert_eq!(java(r"\w+[\d-]").unwrap().regex, "[a-zA-Z0-9_]+[[0-9]-]");
        assert!(java("a++").is_err());
        assert!(java("(?=a)").is_err());
        assert!(java(r"(a)\1").is_err());
        assert!(check(&java("(?i)a|(?s:.)|(?m)^x$").unwrap().regex).is_ok());
    }
}
