//! Methods and attributes, by the type of what is before the dot.

use super::offer::{Item, Offer};
use super::{Request, Source};
use crate::describe::{Builtin, Usage};

/// Completes what follows a dot.
pub(crate) struct Members;

impl Source for Members {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code().filter(|context| context.is_member)?;
        let receiver = context.receiver.as_ref()?;
        let mut items = Vec::new();
        if let Some(module) = request.view.module(receiver) {
            items = functions(request, &format!("{module}."));
        } else {
            let outline = request.view.outline(receiver)?;
            if let Some(members) = request.view.catalogue().types.get(&outline.kind) {
                items.extend(
                    members
                        .iter()
                        .map(|(name, member)| Item::plain(name, described(member), 0)),
                );
            }
            if outline.kind != "dict" {
                items.extend(
                    outline
                        .members
                        .iter()
                        .map(|name| Item::plain(name, "attribute", 0)),
                );
            }
        }
        Some(Offer {
            start: context.start,
            typed: context.word.to_owned(),
            items,
            is_all: true,
        })
    }
}

/// Returns the functions below a dotted name, each part once.
fn functions(request: &Request<'_>, inside: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let all = request.view.catalogue().functions.range(inside.to_owned()..);
    for (path, function) in all.take_while(|(path, _)| path.starts_with(inside)) {
        let rest = path.get(inside.len()..).unwrap_or_default();
        match rest.split_once('.') {
            Some((part, _)) if items.last().is_some_and(|last| last.name == part) => {}
            Some((part, _)) => items.push(Item::plain(part, "module", 0)),
            None => items.push(Item::plain(rest, described(function), 0)),
        }
    }
    items
}

/// Describes what a builtin is: `method → frame`, `attribute list`.
pub(crate) fn described(builtin: &Builtin) -> String {
    let is_member = builtin.name.contains('.') && !builtin.name.starts_with("dbutils.");
    let returns = builtin
        .returns
        .as_deref()
        .filter(|returns| *returns != "NoneType");
    match (&builtin.usage, is_member) {
        (Usage::Call(_), true) => format!("method{}", returns.map_or(String::new(), |of| format!(" → {of}"))),
        (Usage::Call(_), false) => format!(
            "function{}",
            returns.map_or(String::new(), |of| format!(" → {of}"))
        ),
        (Usage::Value, true) => format!(
            "attribute{}",
            returns.map_or(String::new(), |of| format!(" {of}"))
        ),
        (Usage::Value, false) => format!("value{}", returns.map_or(String::new(), |of| format!(" {of}"))),
    }
}
