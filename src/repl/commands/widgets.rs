//! `%widgets`: the parameters of the cells, shown and set.

use super::{Command, Flow};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::render::table::listing;
use crate::repl::prompt::Prompt;

/// Shows and sets widgets.
pub(super) struct Widgets;

impl Command for Widgets {
    fn name(&self) -> &'static str {
        "widgets"
    }

    fn usage(&self) -> &'static str {
        "%widgets, %widgets NAME=VALUE or %widgets reset NAME"
    }

    fn summary(&self) -> &'static str {
        "show the parameters, where their values come from and their choices; set one, or reset it"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Widget
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let before = prompt.book().session().stale_so_far();
        if let Some((name, value)) = argument.split_once('=') {
            let name = name.trim();
            prompt.book_mut().set_widget(name, unquoted(value.trim()))?;
            show(prompt, Some(name))?;
        } else if argument.is_empty() {
            show(prompt, None)?;
        } else {
            // A name may have spaces, and one widget may be named `reset`.
            match argument.split_once(char::is_whitespace) {
                Some(("reset", name)) => {
                    let name = Some(unquoted(name.trim()));
                    prompt.book_mut().reset_widgets(name)?;
                    show(prompt, name)?;
                }
                _ if argument == "reset" => {
                    prompt.book_mut().reset_widgets(None)?;
                    show(prompt, None)?;
                }
                _ => {
                    let name = unquoted(argument);
                    prompt.book().session().widgets().value(name)?;
                    show(prompt, Some(name))?;
                }
            }
        }
        prompt.tell_newly_stale(&before)?;
        Ok(Flow::Continue)
    }
}

/// Removes the quotes around a value, where there are some.
fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// Shows all widgets, or the one that is named.
fn show(prompt: &Prompt<'_>, name: Option<&str>) -> Result<(), Error> {
    let widgets = prompt.book().session().widgets();
    let rows: Vec<Vec<String>> = widgets
        .declared()
        .filter(|(known, ..)| name.is_none_or(|name| name == *known))
        .map(|(name, widget, value, origin)| {
            vec![
                name.to_owned(),
                widget.kind.name().to_owned(),
                value,
                origin.name().to_owned(),
                widget.choices.join(", "),
                widget.label.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let headings = ["name", "kind", "value", "from", "choices", "label"];
    let text = if rows.is_empty() {
        "no widgets yet; a cell declares one: dbutils.widgets.text(\"day\", \"2026-01-31\")".to_owned()
    } else {
        listing(&headings, &rows, &prompt.style())
    };
    prompt.say(&text)
}
