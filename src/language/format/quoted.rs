//! Text between quotes, as `repr` and lists write it: letters of every language as they are.

use std::fmt::Write as _;

/// Writes text between double quotes, with what cannot be seen escaped.
pub(in crate::language) fn quoted(text: &str) -> String {
    escaped(text, |letter| letter.is_ascii() || is_seen(letter))
}

/// Writes text between double quotes, with all that is not ASCII escaped.
pub(in crate::language) fn ascii(text: &str) -> String {
    escaped(text, |letter| letter.is_ascii())
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        // Text takes what it is given.
        let _ = match letter {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            letter if !letter.is_control() && stays(letter) => out.write_char(letter),
            letter => match u32::from(letter) {
                code @ ..0x100 => write!(out, "\\x{code:02x}"),
                code @ ..0x1_0000 => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            },
        };
    }
    out.push('"');
    out
}

/// Returns whether a letter outside ASCII leaves something on a page, or joins those beside it.
fn is_seen(letter: char) -> bool {
    const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];
    // Marks are escaped where they begin a text, not where they follow a letter, as these do.
    JOINERS.contains(&letter) || format!("a{letter}").escape_debug().count() == 2
}
