//! The tables that a query reads, found without binding it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{self, ObjectName, Query, Spanned as _, Statement, Visit as _, Visitor};
use sqlparser::tokenizer::Span;

use super::error::{SqlErrorKind, SqlResult};
use super::parameters::without_braces;
use super::parse;

/// The names of the tables that a statement reads.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TableNames {
    /// Those that it writes out, each once, in the order of the text.
    pub names: Vec<String>,
    /// Those in which values of parameters are: `${day}` is one that is the value itself.
    pub by_parameters: Vec<String>,
}

/// Returns the names of the tables that a statement reads.
///
/// Names that `WITH` defines are left out where they are known: `WITH t AS (SELECT * FROM t) SELECT * FROM t` reads the
/// table `t`.
pub(in crate::frame) fn table_names(text: &str) -> SqlResult<TableNames> {
    let readable = without_braces(text);
    let statement = parse::statement(&readable)?;
    let tables = tables_of(&statement);
    if readable != text
        && let Some(table) = tables.iter().find(|table| table.name == "NULL")
    {
        let kind = SqlErrorKind::Misplaced {
            what: "a parameter, which is a value,",
            clause: "the place of a table",
            instead: "write IDENTIFIER(:name) for a table whose name is the value",
        };
        return Err(kind.at(table.place));
    }
    let (by_parameters, names) = tables
        .into_iter()
        .map(|table| table.name)
        .partition(|name| name.contains("${"));
    Ok(TableNames { names, by_parameters })
}

/// A table that a query reads.
#[derive(Debug)]
pub(in crate::frame) struct TableName {
    pub(in crate::frame) name: String,
    /// Where the query names it first.
    pub(in crate::frame) place: Span,
}

/// Returns the tables that a statement reads, as [`table_names`] does.
pub(super) fn tables_of(statement: &Statement) -> Vec<TableName> {
    let mut finder = Finder::default();
    let _ = statement.visit(&mut finder);
    finder.found
}

/// Looks at tables in the order of the text.
#[derive(Default)]
struct Finder {
    found: Vec<TableName>,
    /// The queries around: the names that each defines, and how many of them are known so far.
    queries: Vec<(Vec<String>, usize)>,
    /// Queries that `WITH` gives names, by their address: which one of the query around.
    named: HashMap<*const Query, (usize, bool)>,
}

impl Visitor for Finder {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some((index, recursive)) = self.named.get(&std::ptr::from_ref(query))
            && let Some((_, known)) = self.queries.last_mut()
        {
            *known = index + usize::from(*recursive);
        }
        let tables = query
            .with
            .as_ref()
            .map_or(&[][..], |with| with.cte_tables.as_slice());
        let recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        for (index, table) in tables.iter().enumerate() {
            self.named
                .insert(std::ptr::from_ref(&*table.query), (index, recursive));
        }
        let names = tables
            .iter()
            .map(|table| table.alias.name.value.to_lowercase())
            .collect();
        self.queries.push((names, 0));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.queries.pop();
        if let Some((index, _)) = self.named.get(&std::ptr::from_ref(query))
            && let Some((_, known)) = self.queries.last_mut()
        {
            *known = index + 1;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let parts: Vec<&str> = relation
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|part| part.value.as_str())
            .collect();
        let name = parts.join(".");
        let lower = name.to_lowercase();
        let defined = self
            .queries
            .iter()
            .any(|(names, known)| names.iter().take(*known).any(|other| *other == lower));
        if !defined && !self.found.iter().any(|table| table.name == name) {
            let place = relation.span();
            self.found.push(TableName { name, place });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &ast::TableFactor) -> ControlFlow<()> {
        // The name of a table function is no table: it is taken out again behind its factor.
        if let ast::TableFactor::Table {
            name, args: Some(_), ..
        } = factor
        {
            self.queries.push((vec![name.to_string().to_lowercase()], 1));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &ast::TableFactor) -> ControlFlow<()> {
        if let ast::TableFactor::Table { args: Some(_), .. } = factor {
            self.queries.pop();
        }
        ControlFlow::Continue(())
    }
}
