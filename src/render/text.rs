//! Text from data on its way to a terminal.

/// Returns `text` with control characters written out, so that data cannot steer the terminal.
///
/// Line ends and tabs stay.
pub fn plain(text: &str) -> String {
    if !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return text.to_owned();
    }
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_and_not_obeyed() {
        assert_eq!(plain("a\u{1b}[31mb\r\nc\td"), "a\\u{1b}[31mb\\r\nc\td");
    }
}
