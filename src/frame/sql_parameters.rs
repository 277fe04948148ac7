//! Parameters of a query: `:name` is one value, or several within `IN (:names)`.

use super::error::FrameError;
use super::quoting::literal;
use super::scalar::Scalar;
use super::sql_canonical::{comment, quoted};

/// Returns the names of the parameters of a query, in the order of the text.
pub fn parameter_names(sql: &str) -> Vec<&str> {
    parts(sql).filter_map(|(_, name)| name).collect()
}

/// Writes values, as `value` gives them, in place of the parameters of a query.
///
/// A value is written so that it stays one: no text in it becomes part of the query.
pub fn with_parameters<E>(sql: &str, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
    let mut filled = String::with_capacity(sql.len());
    for (text, name) in parts(sql) {
        filled.push_str(text);
        if let Some(name) = name {
            filled.push_str(&value(name)?);
        }
    }
    Ok(filled)
}

/// Writes a value as a query has it: a list as its items with commas between, for `IN (…)`.
pub fn parameter(value: &Scalar) -> Result<String, FrameError> {
    match value {
        // `IN (NULL)` holds for no row, as for no item.
        Scalar::List(items) if items.is_empty() => literal(&Scalar::Null),
        Scalar::List(items) => {
            let items: Result<Vec<String>, FrameError> = items.iter().map(literal).collect();
            Ok(items?.join(", "))
        }
        single => literal(single),
    }
}

/// Splits a query at its parameters: each text with the name that follows it.
fn parts(sql: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(sql);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((start, end)) = next(text) else {
            return Some((text, None));
        };
        rest = text.get(end..);
        Some((text.get(..start)?, text.get(start + 1..end)))
    })
}

/// Finds the first parameter: where its `:` stands, and where its name ends.
fn next(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    // What a name, a bracket or another `:` stands before is a cast or a slice.
    let mut after_value = false;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..)?;
        let length = match first {
            '\'' | '"' | '`' => quoted(rest, first),
            ':' if !after_value => {
                let name = name_length(rest.get(1..)?);
                if name > 0 {
                    return Some((at, at + 1 + name));
                }
                1
            }
            _ => comment(rest).unwrap_or(first.len_utf8()),
        };
        after_value = is_of_name(first) || matches!(first, ':' | ')' | ']' | '\'' | '"' | '`');
        at += length;
    }
    None
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_numeric()) {
        return 0;
    }
    text.find(|c| !is_of_name(c)).unwrap_or(text.len())
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_outside_of_quotes_comments_and_casts() {
        let found = [
            ("SELECT :a", vec!["a"]),
            (
                "SELECT * FROM t WHERE x > :from_age AND y IN (:größe,:b2)",
                vec!["from_age", "größe", "b2"],
            ),
            ("SELECT x::int, :a::int, y :: int", vec!["a"]),
            ("SELECT ':a', \":b\", `:c` -- :d\n/* :e */ = :f", vec!["f"]),
            ("SELECT 'it''s :a' || :b", vec!["b"]),
            ("SELECT l[1:n], :1, a : b, :", vec![]),
            ("", vec![]),
        ];
        for (sql, names) in found {
            assert_eq!(parameter_names(sql), names, "{sql}");
            let same: Result<String, ()> = with_parameters(sql, |name| Ok(format!(":{name}")));
            assert_eq!(same.as_deref(), Ok(sql));
        }
    }

    #[test]
    fn no_value_becomes_part_of_the_query() {
        let text = |text: &str| parameter(&Scalar::String(text.to_owned())).unwrap();
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text("' OR 1=1 --"), "''' OR 1=1 --'");
        let list = Scalar::List(vec![
            Scalar::Int(1),
            Scalar::String("a, b".to_owned()),
            Scalar::Null,
        ]);
        assert_eq!(parameter(&list).unwrap(), "1, 'a, b', NULL");
        assert_eq!(parameter(&Scalar::List(vec![])).unwrap(), "NULL");
        let filled = with_parameters("SELECT :a, ':a'", |_| parameter(&Scalar::String(":b".to_owned())));
        assert_eq!(filled.unwrap(), "SELECT ':b', ':a'");
    }
}
