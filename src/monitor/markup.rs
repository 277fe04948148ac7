//! [`Markup`]: HTML that is written, in which all text is escaped.

use crate::export::escaped;
use crate::secret::redaction::redact;

/// The attributes of an element: names, and values that are escaped.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// HTML that is written, in which all text is escaped.
///
/// What is not escaped is a part of this program: nothing else has its type, `&'static str`.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds HTML of this program.
    pub(super) fn raw(&mut self, html: &'static str) -> &mut Self {
        self.0.push_str(html);
        self
    }

    /// Adds text, without values of secrets.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escaped(&redact(text)));
        self
    }

    /// Adds HTML that the exporter of notebooks wrote.
    pub(super) fn exported(&mut self, html: &str) -> &mut Self {
        self.0.push_str(html);
        self
    }

    /// Adds what was written elsewhere.
    pub(super) fn append(&mut self, other: Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Adds an element with what `content` writes into it.
    pub(super) fn element(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.empty(tag, attributes);
        content(self);
        self.0.extend(["</", tag, ">"]);
        self
    }

    /// Adds an element that has no end, such as `<input>`.
    pub(super) fn empty(&mut self, tag: &'static str, attributes: Attributes<'_>) -> &mut Self {
        self.0.extend(["<", tag]);
        for (name, value) in attributes {
            self.0
                .extend([" ", *name, "=\"", escaped(&redact(value)).as_str(), "\""]);
        }
        self.0.push('>');
        self
    }

    /// Adds an element with text.
    pub(super) fn said(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) -> &mut Self {
        self.element(tag, attributes, |inside| {
            inside.text(text);
        })
    }

    /// Adds a link.
    pub(super) fn link(&mut self, address: &str, text: &str) -> &mut Self {
        self.said("a", &[("href", address)], text)
    }

    /// Returns the HTML.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_of_attributes_are_escaped() {
        let mut markup = Markup::default();
        markup.said("a", &[("href", "/x?a=\"&b='")], "<b>\u{1b}[31m\u{202e}");
        assert_eq!(
            markup.into_text(),
            "<a href=\"/x?a=&quot;&amp;b=&#39;\">&lt;b&gt;\\u{1b}[31m\\u{202e}</a>"
        );
    }
}
