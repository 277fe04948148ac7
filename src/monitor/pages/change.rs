//! Forms that change something: each a button that works without scripts, and carries the browser's mark.

use crate::monitor::access::Role;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As what one probably wants.
    Main,
    /// As what one may want.
    Plain,
    /// As what ends something.
    Ending,
    /// As a link.
    Quiet,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Plain => "plain",
            Self::Ending => "ending",
            Self::Quiet => "quiet",
        }
    }
}

/// Returns whether whoever asks may do what needs this role, by a form.
pub(super) fn may(asked: &Asked, role: Role) -> bool {
    let caller = asked.caller.as_ref();
    caller.is_some_and(|caller| caller.mark.is_some() && caller.role >= role)
}

/// Writes a form around what `content` writes.
pub(super) fn form(into: &mut Markup, asked: &Asked, address: &str, content: impl FnOnce(&mut Markup)) {
    let mark = asked.caller.as_ref().and_then(|caller| caller.mark.as_deref());
    let Some(mark) = mark else {
        return;
    };
    into.element("form", &[("method", "post"), ("action", address)], |form| {
        form.empty("input", &[("type", "hidden"), ("name", "mark"), ("value", mark)]);
        content(form);
    });
}

/// Writes a form that is one button.
pub(super) fn button(
    into: &mut Markup,
    asked: &Asked,
    address: &str,
    says: &str,
    look: Look,
    fields: &[(&str, &str)],
) {
    form(into, asked, address, |form| {
        for (name, value) in fields {
            form.empty("input", &[("type", "hidden"), ("name", name), ("value", value)]);
        }
        form.said("button", &[("class", look.class())], says);
    });
}
