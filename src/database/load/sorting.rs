//! Sorts out rows whose keys others have, in the table or before them in the load; the database compares them, by its rules.

use polars::prelude::{AnyValue, DataFrame};

use super::checked::Checked;
use super::staging::{Stage, free_name};
use super::{Load, Mode};
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::rejects::{Rejected, Rule};
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// Rows that are there twice, in the words of the database.
struct Doubles {
    /// Their key.
    key: Vec<String>,
    /// What is selected from, and the condition by which a row of it is one that is sorted out.
    from: String,
    is_double: String,
    /// The condition by which it is one that stays.
    stays: String,
    /// The number of the row that stays for it, where that is one of the load.
    first: Option<String>,
}

impl Load {
    /// Sorts out the rows whose keys are not theirs alone, key by key; returns where the others are.
    ///
    /// Of rows with the same key the first one stays.
    pub(super) fn sort_out(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        (columns, mut stage): (&[TableColumn], Stage),
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<Stage, DatabaseError> {
        let is_upsert = self.mode == Mode::Upsert;
        let keys = if is_upsert {
            vec![self.keys.clone()]
        } else {
            // What the database fills in itself, it alone can compare.
            let is_loaded = |key: &Vec<String>| key.iter().all(|column| self.columns.contains(column));
            let mut keys = database.unique_keys(into, interrupt)?;
            keys.retain(is_loaded);
            keys
        };
        let mut left = rows.rows();
        for key in &keys {
            // The rows that an overwrite finds are gone, and those that an upsert finds are what it is for.
            if self.mode == Mode::Append {
                let doubles = in_table(database, into, &stage, key);
                stage = self.leave_out(
                    database,
                    into,
                    (&doubles, stage),
                    (&mut *rows, &mut left),
                    interrupt,
                )?;
            }
            let doubles = self.within(database, &stage, (key, columns));
            stage = self.leave_out(
                database,
                into,
                (&doubles, stage),
                (&mut *rows, &mut left),
                interrupt,
            )?;
        }
        if left < rows.rows() {
            let nulls = self.staged_nulls(database, &stage, left, interrupt)?;
            rows.leave(left, &nulls);
        }
        Ok(stage)
    }

    /// Describes the rows whose key an earlier row of the load has.
    fn within(
        &self,
        database: &dyn Database,
        stage: &Stage,
        (key, columns): (&[String], &[TableColumn]),
    ) -> Doubles {
        let names: Vec<String> = key.iter().map(|name| database.quoted(name)).collect();
        let first = database.quoted(&free_name("sheaf_first", columns));
        let row = &stage.row;
        let nulls = names.iter().map(|name| format!("{name} IS NULL"));
        let nulls: Vec<String> = nulls.collect();
        // NULL is not the same as NULL.
        let unknown = nulls.join(" OR ");
        Doubles {
            key: key.to_vec(),
            from: format!(
                "(SELECT {}, {row}, min({row}) OVER (PARTITION BY {}) AS {first} FROM {}) AS staged",
                self.quoted_columns(database).join(", "),
                names.join(", "),
                database.qualified(&stage.name)
            ),
            is_double: format!("{row} <> {first} AND NOT ({unknown})"),
            stays: format!("{row} = {first} OR {unknown}"),
            first: Some(first),
        }
    }

    /// Hands over the rows that are sorted out; returns where the others are.
    fn leave_out(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        (doubles, stage): (&Doubles, Stage),
        (rows, left): (&mut Checked<'_, '_>, &mut u64),
        interrupt: &Interrupt,
    ) -> Result<Stage, DatabaseError> {
        let row = &stage.row;
        let mut asked = vec![database.as_text(row)];
        asked.extend(doubles.first.as_ref().map(|first| database.as_text(first)));
        let names = doubles.key.iter().map(|name| database.quoted(name));
        asked.extend(names.map(|name| database.as_text(&name)));
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {row}",
            named(database, &asked),
            doubles.from,
            doubles.is_double
        );
        let mut count = 0;
        database.query(&sql, &[], interrupt, &mut |batch| {
            count += batch.height() as u64;
            (0..batch.height()).try_for_each(|row| rows.reject(&doubles.rejected(&batch, row)?))
        })?;
        if count == 0 {
            return Ok(stage);
        }
        *left -= count.min(*left);
        let kept = Stage {
            name: database.numbered_stage(into, &stage.number, interrupt)?,
            number: stage.number,
            row: stage.row,
        };
        let columns = format!("{}, {}", self.quoted_columns(database).join(", "), kept.row);
        let sql = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE {}",
            database.qualified(&kept.name),
            doubles.from,
            doubles.stays
        );
        let taken = database.execute(&sql, &[], interrupt)?;
        self.check_taken(taken, *left)?;
        database.unstage(&stage.name, interrupt)?;
        Ok(kept)
    }
}

impl Doubles {
    /// Reads a row that is sorted out.
    fn rejected(&self, batch: &DataFrame, row: usize) -> Result<Rejected, DatabaseError> {
        let mut texts = batch.columns().iter().map(|column| match column.get(row) {
            Ok(AnyValue::String(text)) => text.to_owned(),
            Ok(AnyValue::StringOwned(text)) => text.to_string(),
            _ => String::new(),
        });
        let mut number = || {
            let number = texts.next().and_then(|text| text.parse().ok());
            number.ok_or_else(|| DatabaseError::Rows("the database does not say which row it is".to_owned()))
        };
        let row = number()?;
        let reason = match &self.first {
            Some(_) => format!("row {} of the load has the same key", number()?),
            None => "the table has a row with this key already".to_owned(),
        };
        Ok(Rejected {
            row,
            column: self.key.join(", "),
            value: Some(texts.collect::<Vec<_>>().join(", ")),
            rule: Rule::Unique,
            reason,
        })
    }
}

/// Describes the rows whose key the table has.
fn in_table(database: &dyn Database, into: &TableName, stage: &Stage, key: &[String]) -> Doubles {
    // The column of the table comes first: by its collation they are compared.
    let same = key.iter().map(|name| database.quoted(name));
    let same: Vec<String> = same.map(|name| format!("old.{name} = staged.{name}")).collect();
    let exists = format!(
        "EXISTS (SELECT 1 FROM {} AS old WHERE {})",
        database.qualified(into),
        same.join(" AND ")
    );
    Doubles {
        key: key.to_vec(),
        from: format!("{} AS staged", database.qualified(&stage.name)),
        stays: format!("NOT {exists}"),
        is_double: exists,
        first: None,
    }
}

/// Gives each expression a name of its own.
fn named(database: &dyn Database, expressions: &[String]) -> String {
    let named = expressions.iter().enumerate().map(|(index, expression)| {
        let name = database.quoted(&format!("sheaf_{index}"));
        format!("{expression} AS {name}")
    });
    named.collect::<Vec<_>>().join(", ")
}
