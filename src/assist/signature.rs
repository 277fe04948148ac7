//! [`Signature`]: what the call that is being typed takes.
//!
//! Says nothing in strings and comments, and nothing of what it does not know.

use std::time::Duration;

use super::completion::{Context, OpenCall, View};
use super::position::Position;
use crate::describe::{Builtin, Parameter, Passing};
use crate::session::Snapshot;

/// The mark for parameters that do not fit.
const MORE: &str = "…)";

/// What the call that is being typed takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What is called.
    pub function: Builtin,
    /// The parameter that the argument at the cursor is for, as its place among all, from 0.
    pub active: Option<usize>,
    /// What is between the cursor and the parameters that are left.
    opening: &'static str,
    /// The parameters that the call has not been given, as they could be typed.
    left: Vec<String>,
}

/// Finds the signature of the innermost call around `at`, where the cell's text is `text`.
///
/// The type of what is called on is found within `budget`, or not at all.
pub(super) fn signature(
    snapshot: &Snapshot,
    at: Position,
    text: &str,
    budget: Duration,
) -> Option<Signature> {
    if text.trim_start().starts_with('%') {
        return None;
    }
    let offset = text.floor_char_boundary(at.offset);
    let context = Context::at(text, offset)?;
    if context.text.is_some() || context.index.is_some() {
        return None;
    }
    let call = context.call()?;
    let function = View::new(snapshot, at.cell, text, offset, budget).callee(&call.callee)?;
    let is_start = call.is_start && context.word.is_empty();
    let rest = Rest {
        function: &function,
        call,
        is_start,
    };
    let (opening, left) = rest.written();
    let active = function.parameter(call.keyword, call.position);
    let active = active.and_then(|active| function.parameters().iter().position(|one| one == active));
    Some(Signature {
        function,
        active,
        opening,
        left,
    })
}

impl Signature {
    /// Writes what could follow the cursor, the parameters that the call has not been given, in at most `width`
    /// characters; `None` where none of them fits.
    pub fn rest(&self, width: usize) -> Option<String> {
        let whole = format!("{}{})", self.opening, self.left.join(", "));
        if whole.chars().count() <= width {
            return Some(whole);
        }
        let mut shown = self.opening.to_owned();
        let mut has_some = false;
        for part in &self.left {
            let next = format!("{shown}{part}, ");
            if next.chars().count() + MORE.chars().count() > width {
                break;
            }
            shown = next;
            has_some = true;
        }
        has_some.then(|| shown + MORE)
    }
}

/// What a call has not been given.
struct Rest<'a> {
    function: &'a Builtin,
    call: &'a OpenCall<'a>,
    /// Whether nothing of the current argument has been typed, but perhaps its name.
    is_start: bool,
}

impl Rest<'_> {
    /// Writes what is left, and what is before it.
    fn written(&self) -> (&'static str, Vec<String>) {
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
        (opening, parts)
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
