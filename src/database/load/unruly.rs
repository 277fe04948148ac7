//! Finds the rows that break rules which the database alone knows (conditions, references, triggers), in halves: a part of the
//! rows that it refuses is cut in two, until single rows are left.
//!
//! What was tried is undone, the rows are removed from the table beside the table, and the others are taken over as if there had
//! been none: what lasts was done by one statement for all rows.

use super::checked::Checked;
use super::staging::{Stage, for_the_whole};
use super::verification::{first_row, number};
use super::{Load, Mode};
use crate::database::broken_rule::BrokenRule;
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::rejects::{Rejected, Rule};
use crate::database::savepoint::{Extent, Savepoint};
use crate::database::table::{TableColumn, TableName};
use crate::work::Interrupt;

/// How many rows are tried at once, at the most: a part with a bad row is tried again.
const PART: u64 = 8192;
/// How often rows may be found that others need.
const ROUNDS: usize = 64;

/// Where the rows are, and where they go.
struct Way<'a> {
    into: &'a TableName,
    stage: &'a Stage,
    /// The columns of the table that are loaded.
    targets: &'a [TableColumn],
}

impl Load {
    /// Takes the rows over; those that break a rule are sorted out where that is wanted, and the first of them is named where it is
    /// not. Returns how many rows replaced one, where they may.
    pub(super) fn take_over_ruled(
        &self,
        database: &mut dyn Database,
        into: &TableName,
        (targets, stage): (&[TableColumn], &Stage),
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<Option<u64>, DatabaseError> {
        let way = Way { into, stage, targets };
        let mut is_ranked = false;
        for _ in 0..ROUNDS {
            if !database.attempt(Savepoint::Set(Extent::Rows), interrupt)? {
                return self
                    .put(database, &way, rows, interrupt)
                    .map_err(|error| whole(rows, error));
            }
            let error = match self.put(database, &way, rows, interrupt) {
                Ok(replaced) => {
                    let dangling = database.dangling(into, &stage.name, &stage.row, interrupt)?;
                    if dangling.is_empty() {
                        database.attempt(Savepoint::Keep(Extent::Rows), interrupt)?;
                        return Ok(replaced);
                    }
                    undo(database, Extent::Rows, interrupt)?;
                    rank(database, stage, &mut is_ranked, interrupt)?;
                    self.leave_dangling(database, &way, dangling, rows, interrupt)?;
                    continue;
                }
                Err(error) => error,
            };
            if database.rule_of(&error).is_none() {
                return Err(error);
            }
            if undo(database, Extent::Rows, interrupt).is_err() {
                return Err(of_the_transaction(error));
            }
            rank(database, stage, &mut is_ranked, interrupt)?;
            database.attempt(Savepoint::Set(Extent::Rows), interrupt)?;
            if !rows.is_sifted() {
                return Err(match self.first(database, &way, interrupt) {
                    Ok(Some(rejected)) => named(rejected),
                    Err(stopped) if stopped.breaks() => stopped,
                    _ => error,
                });
            }
            let found = self.unruly(database, &way, rows, interrupt)?;
            if found == 0 {
                return Err(whole(rows, error));
            }
        }
        Err(DatabaseError::Rows(
            "the rows that are left break a rule of the table again and again".to_owned(),
        ))
    }

    /// Takes all rows over, in one statement.
    fn put(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        rows: &Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<Option<u64>, DatabaseError> {
        let replaced = if self.mode == Mode::Upsert {
            Some(self.upsert(database, way.into, way.stage, rows, interrupt)?)
        } else {
            let taken = self.take(database, way, None, interrupt)?;
            self.check_taken(taken, rows.rows())?;
            None
        };
        database.check_deferred(interrupt)?;
        Ok(replaced)
    }

    /// Takes rows over, or those of a part.
    fn take(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        part: Option<(u64, u64)>,
        interrupt: &Interrupt,
    ) -> Result<u64, DatabaseError> {
        if self.mode == Mode::Upsert {
            return database.merge(&self.merge(database, way.into, way.stage, part), interrupt);
        }
        let columns = self.quoted_columns(database).join(", ");
        let row = &way.stage.row;
        let part = part.map_or_else(String::new, |(first, last)| {
            format!(" WHERE {row} BETWEEN {first} AND {last}")
        });
        let sql = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {}{part} ORDER BY {row}",
            database.qualified(way.into),
            database.qualified(&way.stage.name),
        );
        database.take_over(way.into, &self.columns, &sql, interrupt)
    }

    /// Tries a part of the rows, which stay where none is refused; returns the rule that one breaks.
    fn tried(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        part: (u64, u64),
        interrupt: &Interrupt,
    ) -> Result<Option<BrokenRule>, DatabaseError> {
        database.attempt(Savepoint::Set(Extent::Part), interrupt)?;
        let done = self.take(database, way, Some(part), interrupt);
        let done = done.and_then(|_| database.check_deferred(interrupt));
        let Err(error) = done else {
            database.attempt(Savepoint::Keep(Extent::Part), interrupt)?;
            return Ok(None);
        };
        let Some(rule) = database.rule_of(&error) else {
            return Err(error);
        };
        if undo(database, Extent::Part, interrupt).is_err() {
            return Err(of_the_transaction(error));
        }
        database.broken_rule(way.into, rule, &error, interrupt).map(Some)
    }

    /// Sorts out the rows that break rules, and returns how many they are; what was tried is undone.
    fn unruly(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<usize, DatabaseError> {
        let Some((first, last)) = numbers(database, way.stage, interrupt)? else {
            return Ok(0);
        };
        // What no row of the load has broken, none can be sorted out for.
        if let Err(error) = database.check_deferred(interrupt) {
            return Err(for_the_whole(error));
        }
        let mut found = Vec::new();
        // A row may refer to one behind it.
        let mut waiting = Vec::new();
        let mut begin = first;
        while begin <= last {
            let end = last.min(begin.saturating_add(PART - 1));
            let mut parts = vec![(begin, end)];
            while let Some((low, high)) = parts.pop() {
                let Some(broken) = self.tried(database, way, (low, high), interrupt)? else {
                    continue;
                };
                if low < high {
                    let middle = low + (high - low) / 2;
                    parts.push((middle + 1, high));
                    parts.push((low, middle));
                } else if broken.rule == Rule::Reference {
                    waiting.push((low, broken));
                } else {
                    rows.reject(&rejected(database, way, (low, broken), interrupt)?)?;
                    found.push(low);
                }
            }
            begin = end.saturating_add(1);
        }
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for (row, _) in waiting {
                if let Some(broken) = self.tried(database, way, (row, row), interrupt)? {
                    still.push((row, broken));
                }
            }
            waiting = still;
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
        for (row, broken) in waiting {
            rows.reject(&rejected(database, way, (row, broken), interrupt)?)?;
            found.push(row);
        }
        // What is removed from the table beside the table is not to come back with what is undone.
        undo(database, Extent::Rows, interrupt)?;
        self.leave_unruly(database, way.stage, &found, rows, interrupt)?;
        Ok(found.len())
    }

    /// Sorts out rows that refer to none, or names the first of them where they are not to be sorted out; what was tried is undone.
    fn leave_dangling(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        dangling: Vec<(u64, BrokenRule)>,
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        let mut found = Vec::with_capacity(dangling.len());
        for (row, broken) in dangling {
            let rejected = rejected(database, way, (row, broken), interrupt)?;
            if !rows.is_sifted() {
                return Err(named(rejected));
            }
            rows.reject(&rejected)?;
            found.push(row);
        }
        self.leave_unruly(database, way.stage, &found, rows, interrupt)
    }

    /// Finds the first row that breaks a rule.
    fn first(
        &self,
        database: &mut dyn Database,
        way: &Way<'_>,
        interrupt: &Interrupt,
    ) -> Result<Option<Rejected>, DatabaseError> {
        let Some((mut low, last)) = numbers(database, way.stage, interrupt)? else {
            return Ok(None);
        };
        let mut high = last;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.tried(database, way, (low, middle), interrupt)? {
                Some(_) => high = middle,
                None => low = middle + 1,
            }
        }
        match self.tried(database, way, (low, low), interrupt)? {
            Some(broken) => rejected(database, way, (low, broken), interrupt).map(Some),
            None => Ok(None),
        }
    }

    /// Removes rows from the table beside the table, and counts what is left.
    fn leave_unruly(
        &self,
        database: &mut dyn Database,
        stage: &Stage,
        found: &[u64],
        rows: &mut Checked<'_, '_>,
        interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        // Less than any database has values in a condition.
        const AT_ONCE: usize = 500;
        for found in found.chunks(AT_ONCE) {
            let numbers: Vec<String> = found.iter().map(u64::to_string).collect();
            let sql = format!(
                "DELETE FROM {} WHERE {} IN ({})",
                database.qualified(&stage.name),
                stage.row,
                numbers.join(", ")
            );
            let removed = database.execute(&sql, &[], interrupt)?;
            self.check_taken(removed, found.len() as u64)?;
        }
        let left = rows.rows().saturating_sub(found.len() as u64);
        let nulls = self.staged_nulls(database, stage, left, interrupt)?;
        rows.leave(left, &nulls);
        Ok(())
    }
}

/// Names a row for which all of the load fails.
fn named(rejected: Rejected) -> DatabaseError {
    DatabaseError::Value {
        row: rejected.row,
        column: rejected.column,
        reason: match rejected.value {
            Some(value) => format!("{value}: {}", rejected.reason),
            None => rejected.reason,
        },
    }
}

/// Makes rows beside the table quick to find, once.
fn rank(
    database: &mut dyn Database,
    stage: &Stage,
    is_ranked: &mut bool,
    interrupt: &Interrupt,
) -> Result<(), DatabaseError> {
    if !*is_ranked {
        database.rank(&stage.name, &stage.row, interrupt)?;
        *is_ranked = true;
    }
    Ok(())
}

/// Says what is wrong with a row, with its values in the columns that the rule is about.
fn rejected(
    database: &mut dyn Database,
    way: &Way<'_>,
    (row, broken): (u64, BrokenRule),
    interrupt: &Interrupt,
) -> Result<Rejected, DatabaseError> {
    let is_loaded = |name: &&String| way.targets.iter().any(|target| target.name == **name);
    let loaded: Vec<&String> = broken.columns.iter().filter(is_loaded).collect();
    let value = if loaded.is_empty() {
        None
    } else {
        let texts = loaded.iter().map(|name| database.as_text(&database.quoted(name)));
        let texts: Vec<String> = texts.collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = {row}",
            texts.join(", "),
            database.qualified(&way.stage.name),
            way.stage.row
        );
        let values = first_row(database, &sql, interrupt)?;
        match values.as_slice() {
            [value] => value.clone(),
            values => {
                let shown = values.iter().map(|value| value.as_deref().unwrap_or("NULL"));
                Some(shown.collect::<Vec<_>>().join(", "))
            }
        }
    };
    Ok(Rejected {
        row,
        column: broken.columns.join(", "),
        value,
        rule: broken.rule,
        reason: broken.reason,
    })
}

/// Undoes what was tried, and forgets its savepoint.
fn undo(database: &mut dyn Database, extent: Extent, interrupt: &Interrupt) -> Result<(), DatabaseError> {
    database.attempt(Savepoint::Undo(extent), interrupt)?;
    database.attempt(Savepoint::Keep(extent), interrupt).map(drop)
}

/// Returns the first and the last number of the rows beside the table.
fn numbers(
    database: &mut dyn Database,
    stage: &Stage,
    interrupt: &Interrupt,
) -> Result<Option<(u64, u64)>, DatabaseError> {
    let ends = ["min", "max"].map(|end| database.as_text(&format!("{end}({})", stage.row)));
    let sql = format!(
        "SELECT {} FROM {}",
        ends.join(", "),
        database.qualified(&stage.name)
    );
    let found = first_row(database, &sql, interrupt)?;
    if found.iter().any(Option::is_none) {
        return Ok(None);
    }
    Ok(Some((number(&found, 0)?, number(&found, 1)?)))
}

/// Says of an error that it has ended the transaction, and with it all rows that could be tried again.
fn of_the_transaction(error: DatabaseError) -> DatabaseError {
    error.reworded(|message, hint| {
        let own = "nothing was loaded: with this error the database ends the whole transaction, and with it all rows that could be \
                   tried one by one, so rejects= cannot sort the row out; a trigger says so with ROLLBACK, as does a key with ON \
                   CONFLICT ROLLBACK, and one that only refuses its row (RAISE(ABORT, …) in SQLite) can be sorted out";
        (message, Some(hint.map_or_else(|| own.to_owned(), |hint| format!("{own}; {hint}"))))
    })
}

/// Says of an error that it is about all rows, where single ones were to be sorted out.
fn whole(rows: &Checked<'_, '_>, error: DatabaseError) -> DatabaseError {
    if rows.is_sifted() {
        for_the_whole(error)
    } else {
        error
    }
}
