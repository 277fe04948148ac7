//! Names of columns: in `df["…`, in arguments that take them, and in SQL expressions.

use super::context::{Context, Nesting, OpenCall, OpenText};
use super::offer::{Item, Offer};
use super::quoting::{identifier, in_text, is_plain};
use super::{Request, Source, sql};
use crate::describe::{Builtin, ColumnOutline, Meaning};

/// Completes names of columns, and keys of dicts.
pub(crate) struct Columns;

impl Source for Columns {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code()?;
        let text = context.text.as_ref()?;
        if let Some(chain) = &context.index {
            let outline = request.view.outline(chain)?;
            let keys = outline.members.iter().map(|key| (key.as_str(), "key".to_owned()));
            let columns = described(&outline.columns);
            return Some(names(request, text, columns.chain(keys)));
        }
        let (call, _) = request.call()?;
        let meaning = request.parameter()?.meaning;
        let columns = match meaning {
            Meaning::Query
            | Meaning::Statement
            | Meaning::Table
            | Meaning::Path
            | Meaning::Frame
            | Meaning::Text
            | Meaning::Secret
            | Meaning::Scope
            | Meaning::Key => return None,
            Meaning::RightColumn => request.view.columns(call.first.as_ref()?),
            Meaning::Column
            | Meaning::ColumnOrExpression
            | Meaning::Expression
            | Meaning::Names
            | Meaning::Types => columns(request, context),
        };
        match (meaning, call.nesting) {
            (Meaning::Column, _) | (Meaning::Names | Meaning::Types, Nesting::Key) => {
                Some(names(request, text, described(&columns)))
            }
            (Meaning::ColumnOrExpression | Meaning::RightColumn, Nesting::Argument | Nesting::Item) => {
                Some(expression(request, text, &columns, true))
            }
            (Meaning::Expression, Nesting::Argument | Nesting::Item) => {
                Some(expression(request, text, &columns, false))
            }
            _ => None,
        }
    }
}

/// Returns the columns that a text in the innermost call can name.
fn columns(request: &Request<'_>, context: &Context<'_>) -> Vec<ColumnOutline> {
    for call in &context.calls {
        // What a model learns from is the frame it is given.
        let takes_frame = || {
            let callee = request.view.callee(&call.callee);
            let first = callee.as_ref().and_then(|callee| callee.parameters().first());
            first.is_some_and(|first| first.meaning == Meaning::Frame)
        };
        let frame = match &call.first {
            Some(first) if takes_frame() => Some(first.clone()),
            _ => call.callee.parent(),
        };
        let columns = frame
            .map(|frame| request.view.columns(&frame))
            .unwrap_or_default();
        if !columns.is_empty() {
            return columns;
        }
    }
    // `col("…` and the like stand on their own: any frame's columns may be meant.
    let functions = &request.view.catalogue().functions;
    let stands_alone = |call: &OpenCall<'_>| {
        let function = super::called(&call.callee).filter(|_| call.callee.parent().is_none());
        let function = function.and_then(|name| functions.get(name));
        function.is_some_and(names_columns)
    };
    if !context.calls.iter().any(stands_alone) {
        return Vec::new();
    }
    let mut all: Vec<ColumnOutline> = Vec::new();
    for (_, frame) in request.view.frames() {
        for column in frame.columns {
            if !all.contains(&column) {
                all.push(column);
            }
        }
    }
    all
}

/// Returns whether a function takes texts about columns of a frame that it does not take itself.
fn names_columns(function: &Builtin) -> bool {
    let mut parameters = function.parameters().iter();
    parameters.any(|parameter| {
        matches!(
            parameter.meaning,
            Meaning::Column | Meaning::ColumnOrExpression | Meaning::Expression
        )
    })
}

fn described(columns: &[ColumnOutline]) -> impl Iterator<Item = (&str, String)> {
    columns
        .iter()
        .map(|column| (column.name.as_str(), format!("column {}", column.dtype)))
}

/// Offers names that are the whole text.
fn names<'n>(
    request: &Request<'_>,
    text: &OpenText<'_>,
    names: impl Iterator<Item = (&'n str, String)>,
) -> Offer {
    let closing = closing(request, text);
    Offer {
        start: text.start,
        typed: text.body.to_owned(),
        items: names
            .map(|(name, detail)| Item::new(name, in_text(name, &text.quotes) + &closing, detail, 0))
            .collect(),
        is_all: true,
    }
}

/// Offers names and words in SQL text; where `is_whole` says so, the text may also be the bare name of a column.
fn expression(
    request: &Request<'_>,
    text: &OpenText<'_>,
    columns: &[ColumnOutline],
    is_whole: bool,
) -> Offer {
    let begun = |column: &&ColumnOutline| {
        let name = column.name.to_lowercase();
        text.body.contains(' ') && name.starts_with(&text.body.to_lowercase())
    };
    if is_whole && columns.iter().any(|column| begun(&column)) {
        return names(request, text, described(columns));
    }
    let Some(place) = sql::place(text.body) else {
        return Offer {
            start: request.cursor,
            typed: String::new(),
            items: Vec::new(),
            is_all: true,
        };
    };
    let is_bare = is_whole && place.start == 0 && !text.body.starts_with(['"', '`', '\\']);
    let mut items: Vec<Item> = columns
        .iter()
        .map(|column| {
            let written = if is_bare && !is_plain(&column.name) {
                in_text(&column.name, &text.quotes) + &closing(request, text)
            } else {
                identifier(&column.name, Some(&text.quotes))
            };
            Item::new(&column.name, written, format!("column {}", column.dtype), 0)
        })
        .collect();
    if !place.word.is_empty() {
        items.extend(sql::words(place.word, false, 1));
    }
    Offer {
        start: text.start + place.start,
        typed: place.word.to_owned(),
        items,
        is_all: true,
    }
}

/// Returns the quote that ends the text, unless it is there already.
pub(crate) fn closing(request: &Request<'_>, text: &OpenText<'_>) -> String {
    if request.behind().starts_with(text.quotes.mark) || text.quotes.is_triple() {
        String::new()
    } else {
        text.quotes.mark.to_string()
    }
}
