//! One HTML file that asks for nothing else: cells, highlighted code, tables that sort, plots as SVG.
//!
//! It is whole without JavaScript, which only adds the sorting; light and dark are chosen by the style sheet alone. A
//! policy in the file forbids every script and style but its own, and every request, should an escape ever fail.

mod element;
mod page;
mod source;
mod table;
mod text;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Document, Export};
use element::escaped;
use page::Page;

pub(super) use table::plain_table as table_for_jupyter;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// A page to be read in a browser.
pub(super) struct Html;

impl Export for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }

    fn write(&self, document: &Document) -> String {
        let page = Page::of(document);
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
        let mut text = String::new();
        let _ = write!(
            text,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
             style-src {}; script-src {}; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"generator\" content=\"Sheaf {}\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
            hash(STYLE),
            hash(SCRIPT),
            env!("CARGO_PKG_VERSION"),
            escaped(&document.title),
        );
        let _ = write!(
            text,
            "<body>\n{}<script>{SCRIPT}</script>\n</body>\n</html>\n",
            page.body()
        );
        text
    }
}
