//! [`Scope`]: the columns that names can mean at a place of a query.

use sqlparser::ast::Ident;

use super::error::{SqlErrorKind, SqlResult};
use super::expr::ColumnId;
use crate::error::nearest;

/// The columns that a FROM gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) columns: Vec<Named>,
}

/// A column by its name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// The name of its table; `None` for a column that `USING` made of two.
    pub(super) table: Option<String>,
    pub(super) name: String,
    pub(super) id: ColumnId,
    /// Whether `*` and its bare name mean it: not one that `USING` has made another of.
    pub(super) visible: bool,
}

/// What a name was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: ColumnId,
    /// How many parts of the name it took; those after it name fields.
    pub(super) parts: usize,
}

impl Scope {
    /// Makes the scope of one table.
    pub(super) fn of(table: Option<&str>, columns: impl IntoIterator<Item = (String, ColumnId)>) -> Self {
        let named = |(name, id)| Named {
            table: table.map(str::to_owned),
            name,
            id,
            visible: true,
        };
        Self {
            columns: columns.into_iter().map(named).collect(),
        }
    }

    /// Returns the names of the tables, each once.
    pub(super) fn tables(&self) -> Vec<&str> {
        let mut tables: Vec<&str> = Vec::new();
        for table in self.columns.iter().filter_map(|column| column.table.as_deref()) {
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        tables
    }

    /// Returns the columns that `*` means, or `table.*`.
    pub(super) fn all(&self, table: Option<&Ident>) -> Vec<&Named> {
        let is_meant = |column: &&Named| match table {
            None => column.visible,
            Some(table) => column.table.as_deref().is_some_and(|name| is_name(table, name)),
        };
        self.columns.iter().filter(is_meant).collect()
    }

    /// Finds what a name of one or more parts means; `None` if nothing here.
    pub(super) fn find(&self, parts: &[Ident]) -> SqlResult<Option<Found>> {
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        if let Some(second) = parts.get(1) {
            let of_table = |column: &&Named| column.table.as_deref().is_some_and(|name| is_name(first, name));
            let columns: Vec<&Named> = self.columns.iter().filter(of_table).collect();
            if let Some(id) = one_of(second, parts, &columns)? {
                return Ok(Some(Found { id, parts: 2 }));
            }
        }
        let columns: Vec<&Named> = self.columns.iter().filter(|column| column.visible).collect();
        let found = one_of(first, parts.get(..1).unwrap_or_default(), &columns)?;
        Ok(found.map(|id| Found { id, parts: 1 }))
    }

    /// Says that nothing has a name.
    pub(super) fn unknown(&self, parts: &[Ident]) -> SqlErrorKind {
        let last = parts.last().map_or("", |part| part.value.as_str());
        let table = (parts.len() > 1).then(|| parts.first()).flatten();
        let is_table = |table: &Ident| self.tables().iter().any(|name| is_name(table, name));
        let table = table.filter(|table| is_table(table));
        let mut columns: Vec<String> = self
            .all(table)
            .into_iter()
            .map(|column| column.name.clone())
            .collect();
        columns.dedup();
        SqlErrorKind::UnknownColumn {
            name: if table.is_some() {
                last.to_owned()
            } else {
                written(parts)
            },
            table: table.map(|table| table.value.clone()),
            nearest: self
                .renamed(parts, table)
                .or_else(|| nearest(last, columns.iter().map(String::as_str)).map(str::to_owned)),
            columns,
        }
    }
}

/// Finds the one column of a name: letters of another size count only where no column has the very name.
fn one_of(name: &Ident, whole: &[Ident], columns: &[&Named]) -> SqlResult<Option<ColumnId>> {
    let exact: Vec<&Named> = columns
        .iter()
        .copied()
        .filter(|column| column.name == name.value)
        .collect();
    let loose = || {
        let is_near = |column: &&Named| column.name.to_lowercase() == name.value.to_lowercase();
        columns.iter().copied().filter(is_near).collect()
    };
    let found = if exact.is_empty() { loose() } else { exact };
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.id)),
        [first, rest @ ..] if rest.iter().all(|other| other.id == first.id) => Ok(Some(first.id)),
        many => {
            let candidates = many.iter().map(|column| match &column.table {
                Some(table) => format!("{table}.{}", column.name),
                None => column.name.clone(),
            });
            let kind = SqlErrorKind::Ambiguous {
                name: written(whole),
                candidates: candidates.collect(),
            };
            Err(kind.at(name.span))
        }
    }
}

impl Scope {
    /// Returns the full name of the one column that is meant where the table has another name here.
    fn renamed(&self, parts: &[Ident], table: Option<&Ident>) -> Option<String> {
        let ([_, last], None) = (parts, table) else {
            return None;
        };
        let mut found = self.columns.iter().filter(|column| is_name(last, &column.name));
        let (one, None) = (found.next()?, found.next()) else {
            return None;
        };
        Some(format!("{}.{}", one.table.as_deref()?, one.name))
    }
}

/// Returns whether a name means a table.
fn is_name(written: &Ident, name: &str) -> bool {
    written.value == name || written.value.to_lowercase() == name.to_lowercase()
}

/// Returns a name of several parts as it is written, without quotes.
pub(super) fn written(parts: &[Ident]) -> String {
    parts
        .iter()
        .map(|part| part.value.as_str())
        .collect::<Vec<_>>()
        .join(".")
}
