//! Text on its way into HTML.

use crate::render::plain;

/// Writes text so that HTML shows it as it is, in an element or in an attribute's quotes.
///
/// What cannot be seen is written out, as [`visible`] does.
pub fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut written = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            _ => written.push(character),
        }
    }
    written
}

/// Writes out control characters, and those that turn the direction of writing.
pub(super) fn visible(text: &str) -> String {
    let turns = |character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = plain(text);
    if !text.contains(turns) {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if turns(character) {
            written.extend(character.escape_default());
        } else {
            written.push(character);
        }
    }
    written
}
