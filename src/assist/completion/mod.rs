//! Completion: what could be at the cursor of an unfinished cell.
//!
//! Owns the reading of unfinished cells and the sources of candidates. Runs no cell, reads no data, touches no network,
//! and answers within its budget whatever the text; how candidates are shown is the editor's.

use std::cell::OnceCell;
use std::time::Duration;

mod arguments;
mod chain;
mod choices;
mod columns;
mod commands;
mod context;
mod members;
mod names;
mod offer;
mod paths;
mod queries;
mod quoting;
mod scope;
mod secrets;
mod sql;
mod tables;
mod token;
mod view;

pub(crate) use chain::Tokens;
pub(crate) use context::{Context, OpenCall, called};
pub use offer::{Candidate, Completion};
pub(crate) use token::{Token, TokenKind, in_word};
pub(crate) use view::View;

use super::command::{ArgumentKind, CommandSpec};
use super::position::Position;
use crate::describe::{Builtin, Parameter};
use crate::notebook::{TextForm, kind_info, shell_words};
use crate::session::Snapshot;
use offer::Offer;

/// What is asked for.
struct Request<'a> {
    commands: &'a [CommandSpec],
    /// The whole text.
    text: &'a str,
    /// The cursor's byte.
    cursor: usize,
    place: Place<'a>,
    view: View<'a>,
    /// What is called around the cursor, once someone has asked.
    callee: OnceCell<Option<Builtin>>,
}

/// What kind of text the cursor is in.
enum Place<'a> {
    /// A `%` command, or the first line of a cell of a kind of its own: from its first line's `%`.
    Command {
        /// What has been typed from the `%` on.
        typed: &'a str,
    },
    /// The query of a `%sql` cell.
    Query {
        /// The byte at which it begins.
        start: usize,
    },
    /// Python-shaped code.
    Code(Box<Context<'a>>),
}

impl<'a> Request<'a> {
    /// Returns what stands around the cursor, where that is code.
    fn code(&self) -> Option<&Context<'a>> {
        match &self.place {
            Place::Code(context) => Some(context),
            Place::Command { .. } | Place::Query { .. } => None,
        }
    }

    /// Returns the innermost call around the cursor and what is called, where that is known.
    fn call(&self) -> Option<(&OpenCall<'a>, &Builtin)> {
        let call = self.code()?.call()?;
        let callee = self.callee.get_or_init(|| self.view.callee(&call.callee));
        Some((call, callee.as_ref()?))
    }

    /// Returns the parameter that the cursor's argument is given for.
    fn parameter(&self) -> Option<&Parameter> {
        let (call, function) = self.call()?;
        function.parameter(call.keyword, call.position)
    }

    /// Returns what has been typed from byte `start` on.
    fn typed(&self, start: usize) -> &'a str {
        self.text.get(start..self.cursor).unwrap_or_default()
    }

    /// Returns what follows the cursor.
    fn behind(&self) -> &'a str {
        self.text.get(self.cursor..).unwrap_or_default()
    }
}

/// A source of candidates.
trait Source: Sync {
    /// Returns what could be at the cursor; nothing where this source has no say.
    fn offer(&self, request: &Request<'_>) -> Option<Offer>;
}

/// Every source, the one that knows best first.
static SOURCES: &[&dyn Source] = &[
    &commands::Commands,
    &tables::Tables,
    &queries::Queries,
    &choices::Choices,
    &secrets::Scopes,
    &columns::Columns,
    &paths::Paths,
    &members::Members,
    &arguments::Arguments,
    &names::Names,
];

/// Returns what could be at `at` in a notebook, where the cell's text is `text`.
pub(super) fn complete(
    commands: &[CommandSpec],
    snapshot: &Snapshot,
    at: Position,
    text: &str,
    budget: Duration,
) -> Completion {
    let cursor = text.floor_char_boundary(at.offset);
    let nothing = Completion {
        start: cursor,
        candidates: Vec::new(),
    };
    let Some(place) = place(text, cursor) else {
        return nothing;
    };
    let request = Request {
        commands,
        text,
        cursor,
        place,
        view: View::new(snapshot, at.cell, text, cursor, budget),
        callee: OnceCell::new(),
    };
    let mut found: Option<Offer> = None;
    for source in SOURCES {
        let Some(offer) = source.offer(&request) else {
            continue;
        };
        if offer.is_all {
            let ranked = offer.ranked();
            if found.is_none() && !ranked.candidates.is_empty() {
                return ranked;
            }
            continue;
        }
        match &mut found {
            Some(first) if first.start == offer.start && first.typed == offer.typed => {
                first.items.extend(offer.items);
            }
            Some(_) => {}
            None => found = Some(offer),
        }
    }
    found.map_or(nothing, Offer::ranked)
}

/// Returns what kind of text the cursor is in; nothing where nothing is completed.
fn place(text: &str, cursor: usize) -> Option<Place<'_>> {
    let start = text.len() - text.trim_start().len();
    let typed = text.get(start..cursor).unwrap_or_default();
    let Some(body) = text.get(start..).and_then(|body| body.strip_prefix('%')) else {
        return Context::at(text, cursor).map(|context| Place::Code(Box::new(context)));
    };
    let word = body.len()
        - body
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
            .len();
    let kind = body.get(..word).unwrap_or_default();
    let after = start + 1 + word;
    match kind_info(kind).form {
        TextForm::Sql if cursor > after => Some(Place::Query { start: after }),
        TextForm::Markdown if cursor > after => None,
        TextForm::Shell if cursor > after && !is_in_shell_options(text.get(after..cursor)) => None,
        TextForm::Code if cursor > after && typed.contains('\n') => {
            Context::at(text, cursor).map(|context| Place::Code(Box::new(context)))
        }
        TextForm::Commands => Some(Place::Command {
            typed: typed.rsplit('\n').next().unwrap_or_default(),
        }),
        _ if typed.contains('\n') => None,
        _ => Some(Place::Command { typed }),
    }
}

/// Returns whether what was typed behind `%sh` are options so far, and no command.
fn is_in_shell_options(typed: Option<&str>) -> bool {
    let typed = typed.unwrap_or_default();
    !typed.contains('\n') && (typed.trim().is_empty() || shell_words(typed).1 >= typed.len())
}
