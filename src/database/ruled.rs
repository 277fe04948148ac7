//! [`Ruled`]: how a database tells which rows break the rules of its tables that it alone knows: conditions, references,
//! triggers.

use super::broken_rule::BrokenRule;
use super::error::DatabaseError;
use super::rejects::Rule;
use super::savepoint::Savepoint;
use super::table::TableName;
use crate::work::Interrupt;

/// A session that tries rows, and says which rule one of them breaks.
pub trait Ruled {
    /// Sets a savepoint around rows of a load that a rule may forbid, or keeps or undoes them; returns whether they can be undone
    /// alone.
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError>;

    /// Makes rows of a numbered table beside a table quick to find by their numbers; `number` is the column as statements have it.
    fn rank(&mut self, stage: &TableName, number: &str, interrupt: &Interrupt) -> Result<(), DatabaseError>;

    /// Looks at the rules now that would be looked at when the transaction ends.
    fn check_deferred(&mut self, _interrupt: &Interrupt) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Looks at references again with each statement, in a transaction that never lasts; what was to be looked at at its end is
    /// forgotten.
    fn forget_deferred(&mut self) {}

    /// Returns the rows beside a table that have been taken over and refer to no row, in the order of their numbers, where references
    /// are looked at when the transaction ends and not before; `number` is their column as statements have it.
    fn dangling(
        &mut self,
        _table: &TableName,
        _stage: &TableName,
        _number: &str,
        _interrupt: &Interrupt,
    ) -> Result<Vec<(u64, BrokenRule)>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Returns which kind of rule a row has broken, where an error is of one, and not of all of its statement.
    fn rule_of(&self, error: &DatabaseError) -> Option<Rule>;

    /// Says which rule of a table that is, once what was refused is undone.
    fn broken_rule(
        &mut self,
        table: &TableName,
        rule: Rule,
        error: &DatabaseError,
        interrupt: &Interrupt,
    ) -> Result<BrokenRule, DatabaseError>;
}
