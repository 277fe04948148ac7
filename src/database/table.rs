//! Tables of a database and their columns.

use std::fmt;

/// The name of a table, maybe with that of its schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema, where it is said.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    /// Its name.
    pub table: TableName,
    /// Whether it is a view.
    pub is_view: bool,
}

/// A column of a table.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its type as the database writes it: `numeric(10,2)`.
    pub type_name: String,
    /// Whether it may be NULL.
    pub is_nullable: bool,
    /// Whether a row may leave it out: it has a default, or is generated or counted up.
    pub has_default: bool,
    /// Whether no row may give it a value: it is generated.
    pub is_generated: bool,
    /// Whether it belongs to the primary key.
    pub is_key: bool,
}

impl TableName {
    /// Reads a name as cells write it: `scores`, `public.scores`; a part with a dot in it is in double quotes.
    ///
    /// `None` for no name, an empty one, or more than a schema and a table.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = parts(text)?;
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name.clone()),
            [schema, name] => (Some(schema.clone()), name.clone()),
            _ => return None,
        };
        let is_sound = |part: &String| !part.is_empty() && !part.contains('\0');
        let is_name = is_sound(&name) && schema.as_ref().is_none_or(is_sound);
        is_name.then_some(Self { schema, name })
    }
}

/// Splits a name at its dots; a part in quotes is taken as it is.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut characters = quoted.char_indices().peekable();
            let end = loop {
                match characters.next()? {
                    (_, '"') if characters.next_if(|(_, next)| *next == '"').is_some() => part.push('"'),
                    (at, '"') => break at + 2,
                    (_, character) => part.push(character),
                }
            };
            parts.push(part);
            end
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            parts.push(rest.get(..end)?.trim().to_owned());
            end
        };
        rest = rest.get(end..)?;
        if rest.is_empty() {
            return Some(parts);
        }
        rest = rest.strip_prefix('.')?;
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}
