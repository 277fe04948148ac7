//! Which rule of a table a row breaks, as MySQL and MariaDB say it.

use super::failure::column;
use super::rejected::entry;
use super::{MySql, catalog};
use crate::database::broken_rule::{BrokenRule, mentioned};
use crate::database::database::Database as _;
use crate::database::error::DatabaseError;
use crate::database::rejects::Rule;
use crate::database::ruled::Ruled;
use crate::database::savepoint::Savepoint;
use crate::database::table::TableName;
use crate::work::Interrupt;

impl Ruled for MySql {
    fn attempt(&mut self, savepoint: Savepoint, interrupt: &Interrupt) -> Result<bool, DatabaseError> {
        self.savepoint(savepoint, interrupt)
    }

    /// The numbers are its key, which no statement could make later without ending the transaction.
    fn rank(
        &mut self,
        _stage: &TableName,
        _number: &str,
        _interrupt: &Interrupt,
    ) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn rule_of(&self, error: &DatabaseError) -> Option<Rule> {
        let DatabaseError::Refused { code: Some(code), .. } = error else {
            return None;
        };
        Some(match code.parse::<u16>().ok()? {
            1048 | 1263 | 1364 => Rule::NotNull,
            1022 | 1062 | 1586 => Rule::Unique,
            1216 | 1452 => Rule::Reference,
            1369 | 3819 | 4025 => Rule::Check,
            // What triggers say with SIGNAL.
            1644 => Rule::Trigger,
            1264 | 1265 | 1292 | 1366 | 1367 | 1406 | 1411 | 1416 | 1525 | 1690 | 3140 | 3903 | 4078 => {
                Rule::Type
            }
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
        let DatabaseError::Refused { message, .. } = error else {
            return Ok(BrokenRule::told(rule, error));
        };
        let columns = match rule {
            Rule::Unique => {
                let (_, key) = entry(message).unwrap_or_default();
                let indexes = self
                    .session
                    .run(interrupt, async |conn| catalog::indexes(conn, table).await)?;
                let found = indexes.into_iter().find(|(name, _)| *name == key);
                found.map_or_else(Vec::new, |(_, columns)| columns)
            }
            Rule::Reference => referring(message),
            Rule::Check => {
                let name = checked(message).unwrap_or_default();
                let known = self.columns(table, interrupt)?.unwrap_or_default();
                if known.iter().any(|column| column.name == name) {
                    // MariaDB calls the rule of a column as the column is called.
                    vec![name]
                } else {
                    let condition = self.session.run(interrupt, async |conn| {
                        catalog::condition(conn, table, &name).await
                    })?;
                    mentioned(condition.as_deref().unwrap_or_default(), &known)
                }
            }
            _ => column(message).into_iter().collect(),
        };
        let said = message.rsplit_once(" at row ");
        Ok(BrokenRule {
            rule,
            columns,
            reason: said.map_or(message.as_str(), |(said, _)| said).to_owned(),
        })
    }
}

/// Reads the columns of `… CONSTRAINT `fk` FOREIGN KEY (`a`, `b`) REFERENCES `t` (`id`)`.
fn referring(message: &str) -> Vec<String> {
    let columns = message
        .split_once("FOREIGN KEY (")
        .and_then(|(_, rest)| rest.split_once(')'));
    let columns = columns.map_or("", |(columns, _)| columns);
    let columns = columns.split(", ").filter(|name| !name.is_empty());
    columns
        .map(|name| name.trim_matches('`').replace("``", "`"))
        .collect()
}

/// Reads the name of a condition, which MariaDB has in backticks and with its table, and MySQL in single quotes.
fn checked(message: &str) -> Option<String> {
    let quote = if message.starts_with("CONSTRAINT `") {
        '`'
    } else {
        '\''
    };
    let (_, rest) = message.split_once(quote)?;
    let (name, _) = rest.split_once(quote)?;
    Some(name.rsplit_once('.').map_or(name, |(_, name)| name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{checked, referring};

    #[test]
    fn the_rule_is_read_from_what_the_server_says() {
        let refers = "Cannot add or update a child row: a foreign key constraint fails (`d`.`t`, CONSTRAINT `fk` FOREIGN KEY \
                      (`city`, `land`) REFERENCES `cities` (`id`, `land`))";
        assert_eq!(referring(refers), ["city", "land"]);
        assert_eq!(referring("something else"), Vec::<String>::new());
        let of_maria = "CONSTRAINT `t.age` failed for `d`.`t`";
        assert_eq!(checked(of_maria).as_deref(), Some("age"));
        assert_eq!(
            checked("Check constraint 't_chk_1' is violated.").as_deref(),
            Some("t_chk_1")
        );
        assert_eq!(checked("x"), None);
    }
}
