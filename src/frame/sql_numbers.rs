//! Numbers such as `1e+300` in SQL, which polars reads only with a point: `1.0e+300`.
//!
//! Python writes large and small floats so, and a float that is put into a query is to be found there.

use std::borrow::Cow;

/// Writes a point into every number that has an exponent and no point; texts, names and comments stay as they are.
pub(super) fn with_points(sql: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let length = token(rest);
        let word = rest.get(..length).unwrap_or(rest);
        let before = sql.get(..at).unwrap_or_default();
        if let Some(digits) = exponent(word).filter(|_| !before.ends_with('.')) {
            text.push_str(sql.get(done..at + digits).unwrap_or_default());
            text.push_str(".0");
            done = at + digits;
        }
        at += length;
    }
    if done == 0 {
        return Cow::Borrowed(sql);
    }
    text.push_str(sql.get(done..).unwrap_or_default());
    Cow::Owned(text)
}

/// Returns the length of what a text begins with: a text, a name, a comment, a word, or one character.
fn token(text: &str) -> usize {
    let up_to = |end: &str, from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.find(end).map_or(text.len(), |at| from + at + end.len())
    };
    match text.chars().next() {
        // A doubled quote inside ends one text and begins the next, which is the same here.
        Some('\'') => up_to("'", 1),
        Some('"') => up_to("\"", 1),
        Some('-') if text.starts_with("--") => up_to("\n", 2),
        Some('/') if text.starts_with("/*") => up_to("*/", 2),
        Some(first) if first.is_alphanumeric() || first == '_' => {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
            let word = text.get(..end).unwrap_or_default();
            let rest = text.get(end..).unwrap_or_default();
            // `1e+5` is one number.
            let is_begun = first.is_ascii_digit() && word.ends_with(['e', 'E']) && !word.starts_with("0x");
            match rest.strip_prefix(['+', '-']) {
                Some(digits) if is_begun && digits.starts_with(|c: char| c.is_ascii_digit()) => {
                    let more = digits.find(|c: char| !is_word(c)).unwrap_or(digits.len());
                    end + 1 + more
                }
                _ => end,
            }
        }
        Some(first) => first.len_utf8(),
        None => 0,
    }
}

/// Returns after how many digits a number has its exponent.
fn exponent(word: &str) -> Option<usize> {
    let (digits, power) = word.split_once(['e', 'E'])?;
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    let are_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    (are_digits(digits) && are_digits(power)).then_some(digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_get_a_point_and_nothing_else_changes() {
        let table = [
            ("x = 1e+300", "x = 1.0e+300"),
            ("x = -1e-07 or y = 2E5", "x = -1.0e-07 or y = 2.0E5"),
            ("x in (1e5,2e-3)", "x in (1.0e5,2.0e-3)"),
            ("x = 1.5e10", "x = 1.5e10"),
            (
                "x = '1e5' and \"1e5\" = '''1e5'",
                "x = '1e5' and \"1e5\" = '''1e5'",
            ),
            ("a1e5 + x1e5.y - 0x1e5", "a1e5 + x1e5.y - 0x1e5"),
            ("x -- 1e5\n + 1e5 /* 1e5 */", "x -- 1e5\n + 1.0e5 /* 1e5 */"),
            ("1e + 5", "1e + 5"),
            ("", ""),
        ];
        for (sql, expected) in table {
            assert_eq!(with_points(sql), expected);
        }
    }
}
