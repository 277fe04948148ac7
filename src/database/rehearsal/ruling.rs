//! What a rehearsal says of the rules of tables: what its session does.

use super::Rehearsal;
use crate::database::broken_rule::BrokenRule;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::Savepoint;
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Ruled for Rehearsal {
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.session.attempt(savepoint, interrupt)
    }

    fn rank(&mut self, stage: &TableName, number: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.rank(stage, number, interrupt)
    }

    fn check_deferred(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.session.check_deferred(interrupt)
    }

    fn forget_deferred(&mut self) {
        self.session.forget_deferred();
    }

    fn dangling(
        &mut self,
        table: &TableName,
        stage: &TableName,
        number: &str,
        interrupt: &Interrupt,
    ) -> Result<Vec<(u64, BrokenRule)>, DatabaseError> {
        self.session.dangling(table, stage, number, interrupt)
    }

    fn rule_of(&self, error: &DatabaseError) -> Option<Rule> {
        self.session.rule_of(error)
    }

    fn broken_rule(
        &mut self,
        table: &TableName,
        rule: Rule,
        error: &DatabaseError,
        interrupt: &Interrupt,
    ) -> Result<BrokenRule, DatabaseError> {
        self.session.broken_rule(table, rule, error, interrupt)
    }
}
