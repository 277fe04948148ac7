//! [`Header`]: the columns of a result, as the server describes them.

use super::storage::{Storage, Unreadable};
use crate::database::error::DatabaseError;

/// The columns of a result, as the server describes them.
#[derive(Debug)]
pub(in crate::database) struct Header<S: Storage> {
    pub(super) columns: Vec<(String, S::Kind)>,
}

/// A type that has no counterpart in a frame.
#[derive(Debug)]
pub(in crate::database) struct Unknown {
    /// What a person calls it.
    pub(in crate::database) type_name: String,
    /// What to write instead, with `{}` for the column.
    pub(in crate::database) instead: &'static str,
}

impl Unknown {
    pub(in crate::database) fn new(type_name: impl Into<String>, instead: &'static str) -> Self {
        Self {
            type_name: type_name.into(),
            instead,
        }
    }
}

impl<S: Storage> Header<S> {
    /// Takes the columns of a result by their names, which get numbers where they are there twice or missing.
    ///
    /// # Errors
    ///
    /// A type that has no counterpart in a frame.
    pub(in crate::database) fn new(
        columns: impl IntoIterator<Item = (String, Result<S::Kind, Unknown>)>,
    ) -> Result<Self, DatabaseError> {
        let (written, kinds): (Vec<String>, Vec<_>) = columns.into_iter().unzip();
        let names: Vec<&str> = written.iter().map(String::as_str).collect();
        let columns = numbered(&names).into_iter().zip(written).zip(kinds);
        let columns = columns.map(|((name, written), kind)| match kind {
            Ok(kind) => Ok((name, kind)),
            Err(unknown) => Err(DatabaseError::Result {
                reason: format!("a frame has no type for {}", unknown.type_name),
                hint: instead_of::<S>(unknown.instead, &written),
                column: name,
            }),
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// Says which value does not fit; rows are counted from 1.
    pub(super) fn unfit(&self, column: usize, row: u64, unfit: Unreadable) -> DatabaseError {
        let name = self.columns.get(column).map(|(name, _)| name.clone());
        let name = name.unwrap_or_default();
        DatabaseError::Result {
            reason: format!("in row {row}, {}", unfit.reason),
            hint: match unfit.instead {
                Some(instead) => instead_of::<S>(instead, &name),
                None => "this may be a fault of this program; please report it".to_owned(),
            },
            column: name,
        }
    }
}

fn instead_of<S: Storage>(instead: &str, name: &str) -> String {
    format!("write {} in the query", instead.replace("{}", &S::quoted(name)))
}

/// Gives each name that was there before a number behind it, and one to what has none.
fn numbered(written: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(written.len());
    for (at, name) in written.iter().enumerate() {
        let base = if name.is_empty() {
            format!("column_{}", at + 1)
        } else {
            (*name).to_owned()
        };
        let mut unique = base.clone();
        let mut number = 0;
        while names.contains(&unique) || (unique != *name && written.contains(&unique.as_str())) {
            number += 1;
            unique = format!("{base}_{number}");
        }
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn each_column_has_a_name_of_its_own() {
        assert_eq!(numbered(&["a", "a", "A", "a"]), ["a", "a_1", "A", "a_2"]);
        assert_eq!(
            numbered(&["a", "", "a", "a_1", ""]),
            ["a", "column_2", "a_2", "a_1", "column_5"]
        );
        assert_eq!(numbered(&["", "column_1"]), ["column_1_1", "column_1"]);
    }
}
