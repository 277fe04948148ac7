//! Values, errors and facts, as pages show them.

use serde_json::Value;

use crate::monitor::markup::Markup;

/// Values of more lines than this are folded.
const LINES: usize = 24;

/// Writes a value under a heading; nothing where there is none.
pub(super) fn value(into: &mut Markup, heading: &str, value: &Value) {
    let is_empty = match value {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    if is_empty {
        return;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    };
    if text.lines().count() > LINES {
        into.element("details", &[("class", "value")], |details| {
            details.said("summary", &[], heading);
            preformatted(details, &text, heading);
        });
    } else {
        into.said("h3", &[], heading);
        preformatted(into, &text, heading);
    }
}

fn preformatted(into: &mut Markup, text: &str, label: &str) {
    let attributes = [
        ("class", "listing"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", label),
    ];
    into.element("pre", &attributes, |pre| {
        pre.said("code", &[], text);
    });
}

/// Writes why something failed, and where that leads.
pub(super) fn error(into: &mut Markup, message: &str, links: &[(&str, String)]) {
    let attributes = [("class", "error"), ("role", "group"), ("aria-label", "Error")];
    into.element("div", &attributes, |error| {
        // Marks stand below the source text that they are about: its columns have to be as wide as theirs.
        let is_marked = message.contains('\n') && message.contains('^');
        let class = if is_marked { "message lines" } else { "message" };
        error.said("pre", &[("class", class)], message);
        if !links.is_empty() {
            error.element("p", &[("class", "leads")], |line| {
                for (says, address) in links {
                    line.link(address, says).raw(" ");
                }
            });
        }
    });
}

/// Writes a fact in a list of them.
pub(super) fn fact(into: &mut Markup, name: &'static str, content: impl FnOnce(&mut Markup)) {
    into.raw("<div>").said("dt", &[], name);
    into.element("dd", &[], content).raw("</div>");
}
