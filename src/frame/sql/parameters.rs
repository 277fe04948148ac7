//! Parameters of a query: `:name` is one value, or several within `IN (:names)`. The older ways of notebooks mean the same:
//! `getArgument('name')`, `${name}`, and `'… ${name} …'` within a text.

use std::ops::Range;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::parse::{offset, tokens};

/// A parameter in the text of a query, in bytes.
struct Parameter {
    whole: Range<usize>,
    name: Range<usize>,
    place: ParameterPlace,
}

/// Returns the names of the parameters of a query, in the order of the text.
pub fn parameter_names(sql: &str) -> Vec<&str> {
    parameters(sql)
        .into_iter()
        .filter_map(|parameter| sql.get(parameter.name))
        .collect()
}

/// Where in a query the value of a parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPlace {
    /// In place of an expression.
    Expression,
    /// Within the quotes of a text.
    Text,
}

/// Writes values, as `value` gives them for a name and a place, in place of the parameters of a query.
///
/// A value is written so that it stays one: no text in it becomes part of the query.
pub fn with_parameters<E>(
    sql: &str,
    mut value: impl FnMut(&str, ParameterPlace) -> Result<String, E>,
) -> Result<String, E> {
    let mut filled = String::with_capacity(sql.len());
    let mut at = 0;
    for parameter in parameters(sql) {
        filled.push_str(sql.get(at..parameter.whole.start).unwrap_or_default());
        let name = sql.get(parameter.name).unwrap_or_default();
        filled.push_str(&value(name, parameter.place)?);
        at = parameter.whole.end;
    }
    filled.push_str(sql.get(at..).unwrap_or_default());
    Ok(filled)
}

/// Writes NULL in place of each `${name}`, which only has a meaning with its value; all else stays in its place.
pub(super) fn without_braces(sql: &str) -> String {
    let mut readable = String::with_capacity(sql.len());
    let mut at = 0;
    for Parameter { whole, place, .. } in parameters(sql) {
        let written = sql.get(whole.clone()).unwrap_or_default();
        if place == ParameterPlace::Expression && written.starts_with('$') {
            readable.push_str(sql.get(at..whole.start).unwrap_or_default());
            readable.push_str(&format!("{:width$}", "NULL", width = written.chars().count()));
            at = whole.end;
        }
    }
    readable.push_str(sql.get(at..).unwrap_or_default());
    readable
}

/// Finds the parameters, in the order of the text.
fn parameters(sql: &str) -> Vec<Parameter> {
    // A text that cannot be split is no query, and is refused as such.
    let Ok(tokens) = tokens(sql) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // What a value or another `:` stands before is a cast, a slice or a field.
    let mut after_value = false;
    let mut rest = tokens.as_slice();
    while let Some((token, behind)) = rest.split_first() {
        let parameter = match &token.token {
            Token::Colon if !after_value => colon(sql, token, behind),
            Token::Placeholder(sign) if sign == "$" => braces(sql, token, behind),
            Token::Word(word) if word.value.eq_ignore_ascii_case("getargument") => {
                argument(sql, token, behind)
            }
            Token::SingleQuotedString(_) => {
                found.extend(within(sql, place(sql, token)));
                None
            }
            _ => None,
        };
        after_value = matches!(
            token.token,
            Token::Word(_)
                | Token::RParen
                | Token::RBracket
                | Token::Colon
                | Token::DoubleColon
                | Token::SingleQuotedString(_)
                | Token::Number(..)
        );
        rest = behind;
        if let Some((parameter, count)) = parameter {
            found.push(parameter);
            after_value = true;
            rest = behind.get(count..).unwrap_or_default();
        }
    }
    found
}

/// Reads `:name`; returns how many tokens that are behind the first one it takes, too.
fn colon(sql: &str, token: &TokenWithSpan, behind: &[TokenWithSpan]) -> Option<(Parameter, usize)> {
    let name = behind
        .first()
        .filter(|name| is_name(name) && is_beside(token, name))?;
    let name = place(sql, name);
    let whole = offset(sql, token.span.start)..name.end;
    Some((parameter(whole, name), 1))
}

/// Reads `${name}`.
fn braces(sql: &str, token: &TokenWithSpan, behind: &[TokenWithSpan]) -> Option<(Parameter, usize)> {
    let [open, name, close, ..] = behind else {
        return None;
    };
    let is_one = open.token == Token::LBrace && is_name(name) && close.token == Token::RBrace;
    let is_one = is_one && is_beside(token, open) && is_beside(open, name) && is_beside(name, close);
    let whole = offset(sql, token.span.start)..offset(sql, close.span.end);
    is_one.then(|| (parameter(whole, place(sql, name)), 3))
}

/// Reads `getArgument('name')`.
fn argument(sql: &str, token: &TokenWithSpan, behind: &[TokenWithSpan]) -> Option<(Parameter, usize)> {
    let [open, name, close, ..] = behind else {
        return None;
    };
    let is_text = matches!(name.token, Token::SingleQuotedString(_));
    let is_one = open.token == Token::LParen && is_text && close.token == Token::RParen;
    let quoted = place(sql, name);
    let whole = offset(sql, token.span.start)..offset(sql, close.span.end);
    is_one.then(|| {
        (
            parameter(whole, quoted.start + 1..quoted.end.saturating_sub(1)),
            3,
        )
    })
}

/// Finds the `${name}` within a text.
fn within(sql: &str, text: Range<usize>) -> Vec<Parameter> {
    let mut found = Vec::new();
    let mut at = text.start;
    while let Some(rest) = sql.get(at..text.end)
        && let Some(start) = rest.find("${").map(|start| at + start)
    {
        let name = sql.get(start + 2..text.end).unwrap_or_default();
        let length = name
            .find(|character: char| !(character.is_alphanumeric() || character == '_'))
            .unwrap_or(name.len());
        at = start + 2 + length;
        if length > 0 && name.get(length..).is_some_and(|rest| rest.starts_with('}')) {
            found.push(Parameter {
                whole: start..at + 1,
                name: start + 2..at,
                place: ParameterPlace::Text,
            });
        }
    }
    found
}

fn parameter(whole: Range<usize>, name: Range<usize>) -> Parameter {
    Parameter {
        whole,
        name,
        place: ParameterPlace::Expression,
    }
}

fn place(sql: &str, token: &TokenWithSpan) -> Range<usize> {
    offset(sql, token.span.start)..offset(sql, token.span.end)
}

fn is_name(token: &TokenWithSpan) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none())
}

fn is_beside(one: &TokenWithSpan, other: &TokenWithSpan) -> bool {
    one.span.end == other.span.start
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
            let same: Result<String, ()> = with_parameters(sql, |name, _| Ok(format!(":{name}")));
            assert_eq!(same.as_deref(), Ok(sql));
        }
    }

    #[test]
    fn the_older_ways_of_notebooks_are_parameters_too() {
        let sql = "SELECT getArgument('day'), ${n}, 'a ${day} b', '${', '$x', \"${q}\"";
        assert_eq!(parameter_names(sql), ["day", "n", "day"]);
        let filled: Result<String, ()> = with_parameters(sql, |name, place| {
            Ok(match place {
                ParameterPlace::Text => "it''s".to_owned(),
                ParameterPlace::Expression if name == "n" => "1".to_owned(),
                ParameterPlace::Expression => "'it''s'".to_owned(),
            })
        });
        let expected = "SELECT 'it''s', 1, 'a it''s b', '${', '$x', \"${q}\"";
        assert_eq!(filled.as_deref(), Ok(expected));
    }

    #[test]
    fn a_query_can_be_read_before_its_values_are_known() {
        let readable = without_braces("SELECT ${größe} + :a, '${b}', getArgument('c'), ${d}");
        assert_eq!(readable, "SELECT NULL     + :a, '${b}', getArgument('c'), NULL");
    }

    #[test]
    fn no_value_becomes_part_of_the_query() {
        let filled: Result<String, ()> = with_parameters("SELECT :a, ':a'", |_, _| Ok("':b'".to_owned()));
        assert_eq!(filled.as_deref(), Ok("SELECT ':b', ':a'"));
    }
}
