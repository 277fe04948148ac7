//! Which rule of a table a row breaks, as PostgreSQL says it.

use super::PostgreSql;
use super::catalog;
use crate::database::broken_rule::BrokenRule;
use crate::database::database::Database as _;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::Savepoint;
use crate::database::table::TableName;
use crate::work::Interrupt;

/// What is between the columns of a key and their values.
const VALUES: &str = ")=(";

impl Ruled for PostgreSql {
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.say(&savepoint.statement(), interrupt)?;
        Ok(true)
    }

    fn rank(&mut self, stage: &TableName, number: &str, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        let sql = format!("CREATE INDEX ON {} ({number})", self.qualified(stage));
        self.say(&sql, interrupt)
    }

    fn check_deferred(&mut self, interrupt: &Interrupt) -> Result<(), DatabaseError> {
        self.say("SET CONSTRAINTS ALL IMMEDIATE", interrupt)
    }

    fn rule_of(&self, error: &DatabaseError) -> Option<Rule> {
        let DatabaseError::Refused { code: Some(code), .. } = error else {
            return None;
        };
        Some(match code.as_str() {
            "23502" => Rule::NotNull,
            "23503" => Rule::Reference,
            "23505" => Rule::Unique,
            "23514" | "44000" => Rule::Check,
            "23P01" => Rule::Exclusion,
            // What triggers say with RAISE, where they give no code of their own.
            "P0001" => Rule::Trigger,
            // A number that is too large for a column that is computed, a text that a trigger cannot read.
            other if other.starts_with("22") => Rule::Type,
            other if other.starts_with("23") => Rule::Check,
            _ => return None,
        })
    }

    fn broken_rule(
        &mut self,
        table: &TableName,
        rule: Rule,
        error: &DatabaseError,
        interrupt: &Interrupt,
    ) -> Result<BrokenRule, DatabaseError> {
        let DatabaseError::Refused { message, hint, .. } = error else {
            return Ok(BrokenRule::told(rule, error));
        };
        // Keys are told with their values; of a condition, all of the row is, which helps nobody.
        let detail = hint.as_deref().filter(|hint| hint.contains(VALUES));
        let columns = match (detail.and_then(key), constraint(message, rule)) {
            (Some(columns), _) => columns,
            (None, Some(name)) if rule == Rule::NotNull => vec![name.to_owned()],
            (None, Some(name)) => {
                let client = self.session.client()?;
                let found = catalog::constrained(client, table, name);
                self.session.run(interrupt, found)?
            }
            (None, None) => Vec::new(),
        };
        Ok(BrokenRule {
            rule,
            columns,
            reason: match detail {
                Some(detail) => format!("{message}: {}", detail.trim_end_matches('.')),
                None => message.clone(),
            },
        })
    }
}

/// Returns the name that a message has last in quotes, `… violates check constraint "age_check"`; of a NULL the first one.
fn constraint(message: &str, rule: Rule) -> Option<&str> {
    let mut quoted = message.split('"').skip(1).step_by(2);
    if rule == Rule::NotNull {
        quoted.next()
    } else {
        quoted.last()
    }
}

/// Reads the columns of `Key (a, b)=(1, 2) is not present in table "t".`
fn key(detail: &str) -> Option<Vec<String>> {
    let (before, _) = detail.split_once(VALUES)?;
    let (_, names) = before.split_once('(')?;
    let names = names.split(", ").map(|name| name.trim_matches('"').to_owned());
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::{constraint, key};
    use crate::database::rejects::Rule;

    #[test]
    fn the_constraint_and_the_columns_are_read_from_what_the_server_says() {
        let check = "new row for relation \"t\" violates check constraint \"t_age_check\"";
        assert_eq!(constraint(check, Rule::Check), Some("t_age_check"));
        let null = "null value in column \"name\" of relation \"t\" violates not-null constraint";
        assert_eq!(constraint(null, Rule::NotNull), Some("name"));
        assert_eq!(constraint("numeric field overflow", Rule::Type), None);
        assert_eq!(
            key("Key (city, \"Land\")=(9, x) is not present in table \"cities\".").unwrap(),
            ["city", "Land"]
        );
        assert_eq!(key("Failing row contains (1, 2)."), None);
    }
}
