//! Names of arguments that a call has not been given yet.

use super::context::{Nesting, OpenCall};
use super::offer::{Item, Offer};
use super::{Request, Source};
use crate::describe::Passing;

/// Completes names of arguments.
pub(crate) struct Arguments;

impl Source for Arguments {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request
            .code()
            .filter(|context| context.text.is_none() && !context.is_member)?;
        let is_name = |call: &OpenCall<'_>| {
            call.is_start
                && call.keyword.is_none()
                && call.nesting == Nesting::Argument
                && context.index.is_none()
        };
        context.call().filter(|call| is_name(call))?;
        let (call, function) = request.call()?;
        let mut position = 0;
        let mut items = Vec::new();
        for parameter in function.parameters() {
            let by_name = match parameter.passing {
                Passing::Position | Passing::Rest | Passing::NamedRest => false,
                Passing::Either | Passing::Name => true,
            };
            if matches!(parameter.passing, Passing::Position | Passing::Either) {
                position += 1;
                if position <= call.position {
                    continue;
                }
            }
            if by_name && !call.given.contains(&parameter.name.as_str()) {
                let detail = match &parameter.default {
                    Some(default) => format!("parameter = {default}"),
                    None => "parameter".to_owned(),
                };
                let written = format!("{}=", parameter.name);
                items.push(Item::new(&written, written.clone(), detail, 0));
            }
        }
        Some(Offer {
            start: context.start,
            typed: context.word.to_owned(),
            items,
            is_all: false,
        })
    }
}
