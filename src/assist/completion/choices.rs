//! Values of arguments that take one of a few: `how=`, `strategy=`, types of columns, `True` and `False`.

use super::columns::closing;
use super::context::Nesting;
use super::offer::{Item, Offer};
use super::quoting::in_text;
use super::{Request, Source};
use crate::describe::Meaning;

/// The types of columns, as `cast` takes them.
const DTYPES: [&str; 14] = [
    "Boolean", "Date", "Datetime", "Float32", "Float64", "Int16", "Int32", "Int64", "Int8", "String", "Time",
    "UInt32", "UInt64", "UInt8",
];

/// Completes values of arguments.
pub(crate) struct Choices;

impl Source for Choices {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code()?;
        if context.index.is_some() || context.is_member {
            return None;
        }
        let (call, _) = request.call()?;
        let parameter = request.parameter()?;
        let detail = format!("value of {}", parameter.name);
        let choices: Vec<&str> = match (parameter.meaning, call.nesting) {
            (Meaning::Types, Nesting::Argument) if parameter.accepts.starts_with("dict") => Vec::new(),
            (Meaning::Types, Nesting::Argument | Nesting::Value) => DTYPES.to_vec(),
            (_, Nesting::Argument) => parameter.choices.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        if let Some(text) = &context.text {
            let closing = closing(request, text);
            let items = choices
                .iter()
                .map(|choice| Item::new(choice, in_text(choice, &text.quotes) + &closing, &*detail, 0));
            return (!choices.is_empty()).then(|| Offer {
                start: text.start,
                typed: text.body.to_owned(),
                items: items.collect(),
                is_all: true,
            });
        }
        if !call.is_start || call.nesting != Nesting::Argument {
            return None;
        }
        // Without its name an argument may be many other things: only what is sure is offered.
        call.keyword?;
        let quoted = choices
            .iter()
            .map(|choice| Item::new(choice, format!("\"{choice}\""), &*detail, 0));
        let mut items: Vec<Item> = quoted.collect();
        let is_flag =
            parameter.accepts == "bool" || matches!(parameter.default.as_deref(), Some("True" | "False"));
        if is_flag {
            items.extend(["False", "True"].map(|flag| Item::plain(flag, &*detail, 0)));
        }
        (!items.is_empty()).then(|| Offer {
            start: context.start,
            typed: context.word.to_owned(),
            items,
            is_all: true,
        })
    }
}
