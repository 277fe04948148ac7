//! Names in scope: those of the unfinished cell, those of the session, builtins and keywords.

use super::context::Context;
use super::members::described;
use super::offer::{Item, Offer};
use super::scope::Origin;
use super::{Request, Source};

/// The words of the language.
const KEYWORDS: [&str; 18] = [
    "and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or",
    "pass", "return", "True", "False", "None",
];

/// Completes names.
pub(crate) struct Names;

impl Source for Names {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context: &Context<'_> = request.code()?;
        if context.text.is_some() || context.is_member {
            return None;
        }
        let view = &request.view;
        let mut items = Vec::new();
        for binding in view.bindings.iter().rev() {
            let detail = match &binding.origin {
                Origin::Function(_) => "function of this cell",
                Origin::Assigned { .. } | Origin::Other => "name of this cell",
            };
            items.push(Item::plain(binding.name, detail, 0));
        }
        // What cannot fit is not looked at: a session may have many values.
        let first = context.word.to_lowercase().chars().next();
        let begins = |name: &&str| first.is_none_or(|first| name.to_lowercase().starts_with(first));
        for name in view.names().into_iter().filter(begins) {
            let detail = view.about(name);
            items.push(Item::plain(name, detail, 1));
        }
        let mut module = "";
        for (path, function) in &view.catalogue().functions {
            match path.split_once('.') {
                Some((part, _)) if part == module => {}
                Some((part, _)) => {
                    module = part;
                    items.push(Item::plain(part, "module", 2));
                }
                // The functions of operators are not called by name.
                None if path.starts_with("__") => {}
                None => items.push(Item::plain(path, described(function), 2)),
            }
        }
        items.extend(KEYWORDS.map(|word| Item::plain(word, "keyword", 3)));
        Some(Offer {
            start: context.start,
            typed: context.word.to_owned(),
            items,
            is_all: false,
        })
    }
}
