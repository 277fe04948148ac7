//! Tables, columns and words in `%sql` cells and in `sql("…")`.

use super::offer::{Item, Offer};
use super::quoting::identifier;
use super::sql::{self, SqlPlace};
use super::token::Quotes;
use super::{Place, Request, Source};
use crate::describe::{Meaning, Outline};
use crate::language::asked_of;

/// Completes queries.
pub(crate) struct Queries;

impl Source for Queries {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        if let Place::Query { start } = request.place {
            // What a database is asked, its own tables are for.
            if asked_of(request.text.get(start..)?).is_some() {
                return None;
            }
            let typed = request.typed(start);
            // `name << SELECT …`
            let start = start + typed.find("<<").map_or(0, |marks| marks + 2);
            return offer(request, start, request.text.get(start..)?, None);
        }
        let context = request.code()?;
        let text = context.text.as_ref()?;
        if request.parameter()?.meaning != Meaning::Query {
            return None;
        }
        let length = text.body.len() + request.behind().find(text.quotes.mark).unwrap_or(0);
        let query = request.text.get(text.start..text.start + length)?;
        offer(request, text.start, query, Some(&text.quotes))
    }
}

/// Offers what may be in `query`, which begins at byte `start` and reaches beyond the cursor.
fn offer(request: &Request<'_>, start: usize, query: &str, quotes: Option<&Quotes>) -> Option<Offer> {
    let place = sql::place(request.typed(start))?;
    let frames = request.view.frames();
    let mut read = sql::tables(query);
    // The word that is being typed is not a name yet.
    for (_, alias) in &mut read {
        *alias = alias.filter(|alias| *alias != place.word);
    }
    let mut items = Vec::new();
    if let Some(qualifier) = place.qualifier {
        let table = read
            .iter()
            .find(|(table, alias)| alias.unwrap_or(table) == qualifier)
            .map_or(qualifier, |(table, _)| table);
        let frame = frames.iter().find(|(name, _)| *name == table);
        items.extend(frame.iter().flat_map(|(_, outline)| columns(outline, quotes, 0)));
    } else {
        let tables = frames.iter().map(|(name, _)| {
            let detail = request.view.about(name);
            Item::new(
                name,
                identifier(name, quotes),
                detail,
                u8::from(!place.is_table) * 2,
            )
        });
        items.extend(tables);
        if !place.is_table {
            items.extend(in_expression(&place, &frames, &read, quotes));
        }
    }
    Some(Offer {
        start: start + place.start,
        typed: place.word.to_owned(),
        items,
        is_all: true,
    })
}

/// Returns the columns of the tables that are read, or else of all, and words.
fn in_expression(
    place: &SqlPlace<'_>,
    frames: &[(&str, Outline)],
    read: &[(&str, Option<&str>)],
    quotes: Option<&Quotes>,
) -> Vec<Item> {
    let mut items = Vec::new();
    let is_read = |name: &str| read.iter().any(|(table, _)| *table == name);
    for (name, outline) in frames {
        if is_read(name) {
            items.extend(columns(outline, quotes, 0));
        } else if read.is_empty() && !place.word.is_empty() {
            items.extend(columns(outline, quotes, 1));
        }
    }
    let aliases = read.iter().filter_map(|(table, alias)| Some((*table, (*alias)?)));
    items.extend(aliases.map(|(table, alias)| Item::plain(alias, format!("table {table}"), 2)));
    items.extend(sql::words(place.word, true, 3));
    items
}

fn columns(outline: &Outline, quotes: Option<&Quotes>, tier: u8) -> Vec<Item> {
    let columns = outline.columns.iter();
    columns
        .map(|column| {
            let detail = format!("column {}", column.dtype);
            Item::new(&column.name, identifier(&column.name, quotes), detail, tier)
        })
        .collect()
}
