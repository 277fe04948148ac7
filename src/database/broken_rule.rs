//! [`BrokenRule`]: which rule of a table a row breaks that the database alone knows.

use super::error::DatabaseError;
use super::rejects::Rule;
use super::table::TableColumn;

/// A rule of a table that a row breaks, as the database says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// Which kind of rule.
    pub rule: Rule,
    /// The columns that it is about; none where the database does not say so.
    pub columns: Vec<String>,
    /// What is wrong, with the name of the constraint where it has one.
    pub reason: String,
}

impl BrokenRule {
    /// Returns a rule of which no more is known than the error says.
    pub(super) fn told(rule: Rule, error: &DatabaseError) -> Self {
        Self {
            rule,
            columns: Vec::new(),
            reason: error.to_string(),
        }
    }
}

/// Returns the columns whose names stand in a condition as words.
pub(super) fn mentioned(condition: &str, columns: &[TableColumn]) -> Vec<String> {
    let is_in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_mentioned = |name: &str| {
        let mut places = condition.match_indices(name);
        places.any(|(at, _)| {
            let before = condition.get(..at).and_then(|text| text.chars().next_back());
            let after = condition
                .get(at + name.len()..)
                .and_then(|text| text.chars().next());
            !before.is_some_and(is_in_word) && !after.is_some_and(is_in_word)
        })
    };
    columns
        .iter()
        .filter(|column| !column.name.is_empty() && is_mentioned(&column.name))
        .map(|column| column.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::mentioned;
    use crate::database::table::TableColumn;

    #[test]
    fn only_whole_words_are_columns() {
        let columns = ["age", "größe", "a"].map(|name| TableColumn {
            name: name.to_owned(),
            type_name: "INTEGER".to_owned(),
            is_nullable: true,
            has_default: false,
            is_generated: false,
            is_key: false,
        });
        assert_eq!(mentioned("age_check", &columns), Vec::<String>::new());
        assert_eq!(
            mentioned("`age` < 9 and größe>a", &columns),
            ["age", "größe", "a"]
        );
        assert_eq!(mentioned("", &columns), Vec::<String>::new());
    }
}
