//! A cell's source → HTML with a class for each colour.

use super::element::escaped;
use crate::render::highlight::{Language, Paint, pieces};

/// Writes source with the classes of the style sheet.
pub(super) fn source(text: &str, language: Language) -> String {
    let mut written = String::new();
    let mut pieces = pieces(text, language).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let mut content = escaped(piece.text);
        while let Some(next) = pieces.next_if(|next| next.paint == piece.paint) {
            content.push_str(&escaped(next.text));
        }
        match class(piece.paint) {
            Some(class) => written.extend(["<span class=\"", class, "\">", &content, "</span>"]),
            None => written.push_str(&content),
        }
    }
    written
}

fn class(paint: Paint) -> Option<&'static str> {
    match paint {
        Paint::Plain | Paint::Bracket => None,
        Paint::Keyword => Some("k"),
        Paint::Literal => Some("s"),
        Paint::Number | Paint::Code => Some("n"),
        Paint::Comment => Some("c"),
        Paint::Call => Some("f"),
        Paint::Heading => Some("h"),
        Paint::Magic => Some("m"),
    }
}
