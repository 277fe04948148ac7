//! A cell's source → HTML with a class for each colour.

use super::element::escaped;
use crate::render::highlight::{Highlight, Language, pieces};

/// Writes source with the classes of the style sheet.
pub(super) fn source(text: &str, language: Language) -> String {
    let mut written = String::new();
    let mut pieces = pieces(text, language).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let mut content = escaped(piece.text);
        while let Some(next) = pieces.next_if(|next| next.highlight == piece.highlight) {
            content.push_str(&escaped(next.text));
        }
        match class(piece.highlight) {
            Some(class) => written.extend(["<span class=\"", class, "\">", &content, "</span>"]),
            None => written.push_str(&content),
        }
    }
    written
}

fn class(highlight: Highlight) -> Option<&'static str> {
    match highlight {
        Highlight::Plain | Highlight::Bracket => None,
        Highlight::Keyword => Some("k"),
        Highlight::Literal => Some("s"),
        Highlight::Number | Highlight::Code => Some("n"),
        Highlight::Comment => Some("c"),
        Highlight::Call => Some("f"),
        Highlight::Heading => Some("h"),
        Highlight::Magic => Some("m"),
    }
}
