//! Checks a load against its table, before the first row goes out.

use std::collections::HashSet;

use polars::prelude::DataType;

use super::unfit::{way_out, wrong};
use super::{Load, Mode};
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::table::TableColumn;
use crate::error::nearest;

impl Load {
    /// Checks what can be without the database.
    pub(super) fn check(&self) -> Result<(), DatabaseError> {
        if self.columns.is_empty() {
            return Err(wrong(
                "the frame has no columns".to_owned(),
                "there is nothing to load".to_owned(),
            ));
        }
        if self.columns.len() != self.types.len() {
            return Err(DatabaseError::Rows(
                "the columns of the frame and their types differ in number".to_owned(),
            ));
        }
        let mut seen = HashSet::new();
        if let Some(twice) = self.columns.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(wrong(
                format!("two columns of the frame go to the column {twice:?} of the table"),
                "send one of them elsewhere with mapping={…}, or leave it out".to_owned(),
            ));
        }
        match (self.mode, self.keys.as_slice()) {
            (Mode::Upsert, []) => Err(DatabaseError::Usage {
                reason: "an upsert needs the columns by which a row is known".to_owned(),
                hint: format!(
                    "give keys=[{:?}]",
                    self.columns.first().map_or("id", String::as_str)
                ),
            }),
            (Mode::Upsert, keys) => match keys.iter().find(|key| !self.columns.contains(key)) {
                Some(key) => Err(DatabaseError::Usage {
                    reason: format!("the key {key:?} is not a column that is loaded"),
                    hint: suggestion(key, self.columns.iter().map(String::as_str)),
                }),
                None => Ok(()),
            },
            (_, []) => Ok(()),
            (mode, _) => Err(DatabaseError::Usage {
                reason: format!(
                    "keys are of use for an upsert alone, and mode is {:?}",
                    mode.name()
                ),
                hint: "give mode=\"upsert\", or leave the keys out".to_owned(),
            }),
        }
    }

    /// Returns the column of the table that each column of the load goes to.
    pub(super) fn targets(
        &self,
        database: &dyn Database,
        columns: &[TableColumn],
        types: &[DataType],
    ) -> Result<Vec<TableColumn>, DatabaseError> {
        let mut targets = Vec::new();
        for (name, dtype) in self.columns.iter().zip(types) {
            let Some(target) = columns.iter().find(|column| column.name == *name) else {
                return Err(self.unknown(name, columns));
            };
            if target.is_generated {
                return Err(wrong(
                    format!(
                        "the column {name:?} of {} is generated, and no row can give it a value",
                        self.table
                    ),
                    format!("leave it out of what is loaded: df.drop({name:?})"),
                ));
            }
            if let Some(reason) = database.misfit(dtype, target) {
                return Err(misfit(database, name, dtype, &reason));
            }
            targets.push(target.clone());
        }
        let is_missing = |column: &&TableColumn| {
            !column.is_nullable && !column.has_default && !self.columns.contains(&column.name)
        };
        let missing: Vec<String> = columns
            .iter()
            .filter(is_missing)
            .map(|column| format!("{:?}", column.name))
            .collect();
        if !missing.is_empty() {
            return Err(wrong(
                format!("{} needs a value for {}, and nothing is loaded there", self.table, missing.join(", ")),
                "add the columns to the frame, send others there with mapping={…}, or give them a default in the \
                 database"
                    .to_owned(),
            ));
        }
        Ok(targets)
    }

    /// Checks that the database can tell rows apart by the keys.
    pub(super) fn check_keys(
        &self,
        database: &dyn Database,
        unique: &[Vec<String>],
    ) -> Result<(), DatabaseError> {
        let wanted: HashSet<&String> = self.keys.iter().collect();
        if unique
            .iter()
            .any(|key| key.iter().collect::<HashSet<_>>() == wanted)
        {
            return Ok(());
        }
        let known: Vec<String> = unique.iter().map(|key| format!("({})", key.join(", "))).collect();
        let keys = self.keys.join(", ");
        let also = if known.is_empty() {
            String::new()
        } else {
            format!(", or give the keys of one that it has: {}", known.join(", "))
        };
        let quoted: Vec<String> = self.keys.iter().map(|key| database.quoted(key)).collect();
        Err(DatabaseError::Usage {
            reason: format!(
                "{} has no unique constraint or index on ({keys}), so rows are not known by it",
                self.table
            ),
            hint: format!(
                "add one with con.execute('CREATE UNIQUE INDEX … ON {} ({})'){also}",
                self.table,
                quoted.join(", ")
            ),
        })
    }

    fn unknown(&self, name: &str, columns: &[TableColumn]) -> DatabaseError {
        let free = columns
            .iter()
            .filter(|column| !self.columns.contains(&column.name));
        let hint = if let Some(near) = nearest(name, free.map(|column| column.name.as_str())) {
            format!("did you mean {near:?}? mapping={{{name:?}: {near:?}}} sends it there")
        } else {
            let all: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            format!(
                "it has {}; mapping={{{name:?}: …}} sends it to one of them, and df.drop({name:?}) leaves it out",
                all.join(", ")
            )
        };
        wrong(format!("{} has no column {name:?}", self.table), hint)
    }
}

fn misfit(database: &dyn Database, name: &str, dtype: &DataType, reason: &str) -> DatabaseError {
    let hint = match database.type_for(dtype) {
        Some(_) => format!(
            "cast it first with df.cast({{{name:?}: …}}), or send it to another column with mapping={{…}}"
        ),
        None => way_out(name, dtype),
    };
    wrong(format!("column {name:?}: {reason}"), hint)
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("those are {}", known.collect::<Vec<_>>().join(", ")),
    }
}
