//! The rest of the signature of the call that is being typed.
//!
//! Says nothing in strings and comments, and nothing of what it does not know.

use std::time::Duration;

use super::completion::{Context, OpenCall, View};
use crate::describe::{Builtin, Parameter, Passing};
use crate::session::Session;

/// What stands for parameters that do not fit.
const MORE: &str = "…)";

/// Returns what could follow `typed`, the beginning of a cell: the parameters that its innermost call has not been
/// given, in at most `width` characters; `None` where there is none to show.
///
/// The type of what is called on is found within `budget`, or not at all.
pub fn signature(session: &Session, typed: &str, width: usize, budget: Duration) -> Option<String> {
    if typed.trim_start().starts_with('%') {
        return None;
    }
    let context = Context::at(typed, typed.len())?;
    if context.text.is_some() || context.index.is_some() {
        return None;
    }
    let call = context.call()?;
    let function = View::new(session, typed, typed.len(), budget).callee(&call.callee)?;
    let is_start = call.is_start && context.word.is_empty();
    let rest = Rest {
        function: &function,
        call,
        is_start,
    };
    rest.fitted(width)
}

/// What a call has not been given.
struct Rest<'a> {
    function: &'a Builtin,
    call: &'a OpenCall<'a>,
    /// Whether nothing of the current argument has been typed, but perhaps its name.
    is_start: bool,
}

impl Rest<'_> {
    fn fitted(&self, width: usize) -> Option<String> {
        let mut parts = self.parts();
        if let (Some(name), true) = (self.call.keyword, self.is_start) {
            // `how=` is there already: its default follows.
            let parameters = self.function.parameters().iter();
            let default = parameters
                .filter(|parameter| parameter.name == name)
                .find_map(|parameter| parameter.default.clone());
            parts.insert(0, default.unwrap_or_default());
        }
        let opening = if self.is_start || parts.is_empty() {
            ""
        } else {
            ", "
        };
        let whole = format!("{opening}{})", parts.join(", "));
        if whole.chars().count() <= width {
            return Some(whole);
        }
        let mut shown = opening.to_owned();
        let mut has_some = false;
        for part in &parts {
            let next = format!("{shown}{part}, ");
            if next.chars().count() + MORE.chars().count() > width {
                break;
            }
            shown = next;
            has_some = true;
        }
        has_some.then(|| shown + MORE)
    }

    /// Writes the parameters that are left, with the mark before those that are given by name only.
    fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut position = 0;
        // The current argument counts as given once it has begun.
        let begun = usize::from(!self.is_start && self.call.keyword.is_none());
        let taken = self.call.position + begun;
        let (mut has_rest, mut is_marked) = (false, false);
        for parameter in self.function.parameters() {
            match parameter.passing {
                Passing::Position | Passing::Either => {
                    position += 1;
                    if position <= taken || self.is_given(parameter) {
                        continue;
                    }
                }
                Passing::Rest => has_rest = true,
                Passing::Name if self.is_given(parameter) => continue,
                Passing::Name if !has_rest && !is_marked => {
                    parts.push("*".to_owned());
                    is_marked = true;
                }
                Passing::Name | Passing::NamedRest => {}
            }
            parts.push(written(parameter));
        }
        parts
    }

    fn is_given(&self, parameter: &Parameter) -> bool {
        self.call.given.contains(&parameter.name.as_str()) || self.call.keyword == Some(&parameter.name)
    }
}

fn written(parameter: &Parameter) -> String {
    let stars = match parameter.passing {
        Passing::Rest => "*",
        Passing::NamedRest => "**",
        Passing::Position | Passing::Either | Passing::Name => "",
    };
    match &parameter.default {
        Some(default) => format!("{stars}{}={default}", parameter.name),
        None => format!("{stars}{}", parameter.name),
    }
}
