//! What every page has: its head, the way to the other pages, who is signed in.

use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;

use super::change::{self, Look};

/// The pages that every page leads to.
const PAGES: [(&str, &str); 3] = [
    ("/", "Runs"),
    ("/triggers", "Triggers"),
    ("/pipelines", "Pipelines"),
];

/// A page's own part.
pub(super) struct Page<'a> {
    /// What the browser calls it.
    pub(super) title: &'a str,
    /// Which of [`PAGES`] it belongs to.
    pub(super) section: &'static str,
    /// Whether it changes while runs do.
    pub(super) is_live: bool,
    /// What it says.
    pub(super) content: Markup,
}

impl Page<'_> {
    /// Returns the whole page.
    pub(super) fn answer(self, asked: &Asked) -> Answer {
        Answer::page(self.markup(Some(asked)))
    }

    /// Returns the whole page; without a request, one for somebody who is not let in.
    pub(super) fn markup(self, asked: Option<&Asked>) -> Markup {
        let caller = asked.and_then(|asked| asked.caller.as_ref());
        let mut page = Markup::default();
        page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .said("title", &[], &format!("{} · Sheaf", self.title))
            .raw("\n<link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n")
            .raw("<link rel=\"stylesheet\" href=\"/assets/monitor.css\">\n")
            .raw("<script src=\"/assets/monitor.js\" defer></script>\n</head>\n");
        let live: &[_] = if self.is_live { &[("data-live", "")] } else { &[] };
        page.element("body", live, |body| {
            body.raw("\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
            body.element("header", &[("class", "masthead")], |bar| {
                bar.raw("<a class=\"brand\" href=\"/\"><img src=\"/assets/icon.svg\" alt=\"\" width=\"24\" height=\"24\">Sheaf</a>");
                if let Some(caller) = caller {
                    bar.element("nav", &[("aria-label", "Pages")], |nav| {
                        for (address, name) in PAGES {
                            let here = ("aria-current", "page");
                            let attributes = [("href", address), here];
                            let shown = if address == self.section { 2 } else { 1 };
                            nav.said("a", attributes.get(..shown).unwrap_or_default(), name);
                        }
                    });
                    bar.element("p", &[("class", "who")], |who| {
                        who.raw("<span class=\"live\" hidden>Live</span>");
                        match &caller.name {
                            Some(name) => who.text(&format!("{name} ({})", caller.role.name())),
                            None => who.raw("This machine"),
                        };
                    });
                    if let (Some(asked), Some(_)) = (asked, &caller.name) {
                        change::button(bar, asked, "/sign-out", "Sign out", Look::Quiet, &[]);
                    }
                }
            });
            body.raw("\n<main id=\"main\" tabindex=\"-1\">\n")
                .append(self.content)
                .raw("</main>\n");
            body.raw("<footer class=\"foot\"><p>Sheaf ")
                .raw(env!("CARGO_PKG_VERSION"));
            if let Some(asked) = asked.filter(|asked| asked.caller.is_some()) {
                body.raw(" · times in ").text(asked.zone.name());
                body.raw(" · <a href=\"/metrics\">Metrics</a>");
            }
            body.raw("</p></footer>\n");
        });
        page.raw("\n</html>\n");
        page
    }
}
