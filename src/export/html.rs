//! One HTML file that asks for nothing else: cells, highlighted code, tables that sort, plots as SVG.
//!
//! It is whole without JavaScript, which only adds the sorting; light and dark are chosen by the style sheet alone. A
//! policy in the file forbids every script and style but its own, and every request, should an escape ever fail.

mod clean;
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
pub use element::escaped;
use page::Page;

pub(super) use table::plain_table as table_for_jupyter;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The style of what [`embedded`] writes: also the colours and letters of the page that holds it.
pub const EMBEDDED_STYLE: &str = STYLE;

/// The script that makes tables of what [`embedded`] writes sort.
pub const EMBEDDED_SCRIPT: &str = SCRIPT;

/// Writes a document as a part of another page: its parameters, notices, contents and cells, the fifth one as `#cell-5`.
///
/// It has no script and no style of its own, and no value of a secret that this process knows.
pub fn embedded(document: &Document) -> String {
    Page::of(&document.redacted()).embedded()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a colour's relative luminance, as WCAG defines it.
    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let share = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    /// Returns the value of a variable of the style sheet in light and in dark.
    fn colors(name: &str) -> [&'static str; 2] {
        let (_, rest) = STYLE.split_once(&format!("--{name}: light-dark(")).unwrap();
        let (light, dark) = rest.split_once(')').unwrap().0.split_once(", ").unwrap();
        [light, dark]
    }

    #[test]
    fn text_stands_out_from_its_paper_in_light_and_dark() {
        let inks = "ink soft accent keyword literal number comment call fresh-ink".split(' ');
        let pairs = inks.flat_map(|ink| ["paper", "panel", "stripe"].map(|paper| (ink, paper)));
        let others = [
            ("stale-ink", "stale-paper"),
            ("failed-ink", "failed-paper"),
            ("ink", "failed-paper"),
            ("soft", "raised"),
            ("ink", "raised"),
        ];
        for (ink, paper) in pairs.chain(others) {
            for (of_ink, of_paper) in colors(ink).into_iter().zip(colors(paper)) {
                let (one, other) = (luminance(of_ink), luminance(of_paper));
                let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(
                    ratio >= 4.5,
                    "{ink} on {paper}: {of_ink} on {of_paper} is {ratio:.2}"
                );
            }
        }
    }

    #[test]
    fn a_page_says_which_script_and_style_may_run_and_asks_for_nothing() {
        let page = Html.write(&Document {
            title: "a <b>".to_owned(),
            ran: None,
            parameters: std::collections::BTreeMap::new(),
            cells: Vec::new(),
        });
        assert!(page.contains("<title>a &lt;b&gt;</title>"), "{page}");
        assert!(
            page.contains("default-src 'none'; img-src data:; style-src 'sha256-"),
            "{page}"
        );
        let addresses = ["http://", "https://", "//cdn", "url(", "@import"];
        assert!(addresses.iter().all(|address| !page.contains(address)), "{page}");
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
    }
}
