//! Text on its way into HTML.

use crate::render::plain;

/// Writes text so that HTML shows it as it is, in an element or in an attribute's quotes.
///
/// Control characters, and those that turn the direction of writing, are written out.
pub(super) fn escaped(text: &str) -> String {
    let text = plain(text);
    let mut written = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => written.extend(character.escape_default()),
            _ => written.push(character),
        }
    }
    written
}
