//! Tables and columns of databases: in `%sql --on warehouse` cells, in `con.query("…")`, and in `con.read_table("…")`.
//!
//! Only what a session of the database has told that a cell opened: nothing is opened here, and nobody waits for an answer
//! longer than for a keystroke.

use std::sync::Arc;
use std::time::Duration;

use super::chain::Head;
use super::context::Nesting;
use super::offer::{Item, Offer};
use super::quoting::in_text;
use super::sql::{self, SqlPlace};
use super::token::{Quotes, in_word};
use super::{Place, Request, Source};
use crate::database::{Connection, KnownTable};
use crate::describe::Meaning;
use crate::language::asked_of;

/// How long someone who types waits for what a session tells for the first time.
const PATIENCE: Duration = Duration::from_millis(50);
/// Schemas whose tables are called by their names alone.
const USUAL: [&str; 3] = ["public", "main", "dbo"];

/// Words that databases read as themselves unless they are quoted.
const RESERVED: &str = "\
    all alter analyze and any as asc between both by case cast check collate column constraint create \
    cross current default delete desc distinct drop else end except exists false fetch for foreign from \
    full grant group having in index inner insert intersect into is join key leading left like limit \
    natural not null of offset on or order outer over primary references right row rows select set some \
    table then to trailing true union unique update user using values when where window with";

/// Completes names of connections, tables and columns.
pub(crate) struct Tables;

impl Source for Tables {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        if let Place::Query { start } = request.place {
            let (name, sql) = asked_of(request.text.get(start..)?)?;
            let (name, sql) = (name.start + start..name.end + start, sql + start);
            if request.cursor <= name.end {
                return (request.cursor >= name.start).then(|| connections(request, name.start));
            }
            let query = request.text.get(sql..).filter(|_| request.cursor >= sql)?;
            let known = Known::of(&connection(request, request.text.get(name)?)?);
            return known.statement(request, sql, query, None);
        }
        let context = request.code()?;
        let text = context.text.as_ref()?;
        let (call, _) = request.call()?;
        let meaning = request.parameter()?.meaning;
        if !matches!(meaning, Meaning::Statement | Meaning::Table) || call.nesting != Nesting::Argument {
            return None;
        }
        let owner = call.callee.parent()?;
        let Head::Name(name) = owner.head else { return None };
        let is_local = request.view.bindings.iter().any(|binding| binding.name == name);
        if !owner.links.is_empty() || is_local {
            return None;
        }
        let known = Known::of(&connection(request, name)?);
        if meaning == Meaning::Table {
            return Some(known.named(text.start, text.body, &text.quotes));
        }
        let length = text.body.len() + request.behind().find(text.quotes.mark).unwrap_or(0);
        let query = request.text.get(text.start..text.start + length)?;
        known.statement(request, text.start, query, Some(&text.quotes))
    }
}

/// Finds a connection as a cell would: a value above, or else one that `sheaf.ron` names and that a cell has used.
fn connection(request: &Request<'_>, name: &str) -> Option<Arc<Connection>> {
    let snapshot = request.view.snapshot;
    let value = snapshot.value_above(request.view.cell, name);
    let value = value.and_then(|value| snapshot.language().connection(value.value()));
    match value {
        Some(value) => Some(snapshot.connections().in_use(value)),
        None => snapshot.connections().used(name),
    }
}

/// Offers the names of connections: values above, and those of `sheaf.ron`.
fn connections(request: &Request<'_>, start: usize) -> Offer {
    let snapshot = request.view.snapshot;
    let is_connection = |name: &&str| {
        let value = snapshot.value_above(request.view.cell, name);
        value.is_some_and(|value| snapshot.language().connection(value.value()).is_some())
    };
    let values = request.view.names().into_iter().filter(is_connection);
    let values = values.map(|name| Item::plain(name, request.view.about(name), 0));
    let named = snapshot.connections().names();
    let named = named.map(|name| Item::plain(name, "connection of sheaf.ron", 1));
    Offer {
        start,
        typed: request.typed(start).to_owned(),
        items: values.chain(named).collect(),
        is_all: true,
    }
}

/// What is known of a database, and how it quotes names.
struct Known {
    tables: Arc<Vec<KnownTable>>,
    quote: char,
    /// Whether a name with capitals means another one unless it is quoted.
    folds: bool,
}

impl Known {
    fn of(connection: &Arc<Connection>) -> Self {
        let database = connection.database();
        Self {
            tables: connection.known_tables(PATIENCE),
            quote: if database.contains("MySQL") { '`' } else { '"' },
            folds: database == "PostgreSQL",
        }
    }

    /// Offers what may be in a statement, which begins at byte `start` and reaches beyond the cursor.
    fn statement(
        &self,
        request: &Request<'_>,
        start: usize,
        statement: &str,
        quotes: Option<&Quotes>,
    ) -> Option<Offer> {
        let place = sql::place(request.typed(start))?;
        let mut items = match place.qualifier {
            Some(qualifier) => self.behind_dot(statement, qualifier, quotes),
            None => self.tables(quotes, u8::from(!place.is_table) * 2),
        };
        if place.qualifier.is_none() && !place.is_table {
            items.extend(self.in_expression(&place, statement, quotes));
        }
        Some(Offer {
            start: start + place.start,
            typed: place.word.to_owned(),
            items,
            is_all: true,
        })
    }

    /// Offers the names of tables as a text that is one.
    fn named(&self, start: usize, typed: &str, quotes: &Quotes) -> Offer {
        let item = |table: &KnownTable| {
            let name = called(table);
            Item::new(&name, in_text(&name, quotes), kind(table), 0)
        };
        Offer {
            start,
            typed: typed.to_owned(),
            items: self.tables.iter().map(item).collect(),
            is_all: true,
        }
    }

    fn tables(&self, quotes: Option<&Quotes>, tier: u8) -> Vec<Item> {
        let item = |table: &KnownTable| {
            let schema = table.table.schema.iter();
            let schema = schema.filter(|schema| !USUAL.contains(&schema.as_str()));
            let parts: Vec<String> = schema
                .chain([&table.table.name])
                .map(|part| self.written(part, quotes))
                .collect();
            Item::new(&called(table), parts.join("."), kind(table), tier)
        };
        self.tables.iter().map(item).collect()
    }

    /// Returns the columns of the table that a name stands for in the statement, or the tables of the schema that it is.
    fn behind_dot(&self, statement: &str, qualifier: &str, quotes: Option<&Quotes>) -> Vec<Item> {
        let read = sql::tables(statement);
        let aliased = read.iter().find(|(_, alias)| *alias == Some(qualifier));
        let wanted = aliased.map_or(qualifier, |(table, _)| *table);
        let mut items = Vec::new();
        for table in self.tables.iter() {
            if table.table.name.eq_ignore_ascii_case(wanted) {
                items.extend(self.columns(table, quotes, 0));
            }
            let is_in = |schema: &String| schema.eq_ignore_ascii_case(qualifier);
            if table.table.schema.as_ref().is_some_and(is_in) {
                let name = &table.table.name;
                items.push(Item::new(name, self.written(name, quotes), kind(table), 0));
            }
        }
        items
    }

    /// Returns the columns of the tables that the statement reads, or else of all, and words.
    fn in_expression(&self, place: &SqlPlace<'_>, statement: &str, quotes: Option<&Quotes>) -> Vec<Item> {
        let read = sql::tables(statement);
        let is_named = |name: &String| read.iter().any(|(table, _)| table.eq_ignore_ascii_case(name));
        let mut items = Vec::new();
        for table in self.tables.iter() {
            // Of `public.passengers` the schema is what stands there as a table.
            let is_read = is_named(&table.table.name)
                || table.table.schema.as_ref().is_some_and(is_named) && statement.contains(&table.table.name);
            if is_read {
                items.extend(self.columns(table, quotes, 0));
            } else if read.is_empty() && !place.word.is_empty() {
                items.extend(self.columns(table, quotes, 1));
            }
        }
        let aliases = read.iter().filter_map(|(table, alias)| Some((*table, (*alias)?)));
        let aliases = aliases.filter(|(_, alias)| *alias != place.word);
        items.extend(aliases.map(|(table, alias)| Item::plain(alias, format!("table {table}"), 2)));
        items.extend(sql::keywords(place.word, true, 3));
        items
    }

    fn columns(&self, table: &KnownTable, quotes: Option<&Quotes>, tier: u8) -> Vec<Item> {
        let columns = table.columns.iter();
        columns
            .map(|column| {
                let detail = format!("column {}", column.type_name);
                Item::new(&column.name, self.written(&column.name, quotes), detail, tier)
            })
            .collect()
    }

    /// Writes a name as the database reads it, in a string that is quoted so or outside of any.
    fn written(&self, name: &str, quotes: Option<&Quotes>) -> String {
        let is_folded = self.folds && name.chars().any(char::is_uppercase);
        let is_reserved = RESERVED
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case(name));
        if is_word(name) && !is_folded && !is_reserved {
            return name.to_owned();
        }
        let quote = self.quote;
        let doubled = name.replace(quote, &format!("{quote}{quote}"));
        let written = format!("{quote}{doubled}{quote}");
        match quotes {
            Some(quotes) => in_text(&written, quotes),
            None => written,
        }
    }
}

/// Returns whether every database reads a name as one word.
fn is_word(name: &str) -> bool {
    name.is_ascii()
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(in_word)
}

/// Returns what a person calls a table: with its schema, unless that is the usual one.
fn called(table: &KnownTable) -> String {
    let name = &table.table;
    match &name.schema {
        Some(schema) if !USUAL.contains(&schema.as_str()) => format!("{schema}.{}", name.name),
        _ => name.name.clone(),
    }
}

fn kind(table: &KnownTable) -> String {
    let kind = if table.is_view { "view" } else { "table" };
    match table.columns.len() {
        0 => kind.to_owned(),
        1 => format!("{kind} 1 column"),
        count => format!("{kind} {count} columns"),
    }
}
