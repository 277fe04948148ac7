//! Parameters of a query: `:name` is one value, or several within `IN (:names)`. The older ways of notebooks mean the same:
//! `getArgument('name')`, `${name}`, and `'… ${name} …'` within a text.
//!
//! `${name}` where only a name can stand, as behind FROM, means `IDENTIFIER(:name)`, whose value is a name.

mod identifier_places;

use std::ops::Range;

use sqlparser::tokenizer::Token;

use self::identifier_places::IdentifierPlaces;
use super::parse::{NAMED_BY, PlacedToken, placed_tokens};

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
    /// In place of a name, which the value is.
    Identifier,
    /// Within the backticks of a name.
    QuotedIdentifier,
}

/// A query with values in place of its parameters.
#[derive(Debug)]
pub struct FilledQuery {
    /// The text with the values.
    pub text: String,
    /// Where each value is in the text, and where its parameter is in the query, in the order of both.
    values: Vec<(Range<usize>, Range<usize>)>,
}

impl FilledQuery {
    /// Returns which part of the query, in bytes, a part of the text was made from.
    pub fn written(&self, part: Range<usize>) -> Range<usize> {
        let mut written = part.clone();
        for (value, parameter) in &self.values {
            let moved = |at: usize| at - value.end + parameter.end;
            if part.start >= value.end {
                written.start = moved(part.start);
            } else if part.start >= value.start {
                written.start = parameter.start;
            }
            if part.end >= value.end {
                written.end = moved(part.end);
            } else if part.end > value.start {
                written.end = parameter.end;
            }
        }
        written
    }
}

/// Writes values, as `value` gives them for a name and a place, in place of the parameters of a query.
///
/// A value is written so that it stays one: no text in it becomes part of the query.
pub fn with_parameters<E>(
    sql: &str,
    mut value: impl FnMut(&str, ParameterPlace) -> Result<String, E>,
) -> Result<FilledQuery, E> {
    let mut text = String::with_capacity(sql.len());
    let mut values = Vec::new();
    let mut at = 0;
    for parameter in parameters(sql) {
        text.push_str(sql.get(at..parameter.whole.start).unwrap_or_default());
        let name = sql.get(parameter.name).unwrap_or_default();
        let start = text.len();
        text.push_str(&value(name, parameter.place)?);
        at = parameter.whole.end;
        values.push((start..text.len(), parameter.whole));
    }
    text.push_str(sql.get(at..).unwrap_or_default());
    Ok(FilledQuery { text, values })
}

/// Writes what can be read in place of each `${name}`, which only has a meaning with its value; all else stays in its place.
///
/// For a value that is NULL, for a name the one of the parameter, with a mark in front.
pub(super) fn without_braces(sql: &str) -> String {
    let mut readable = String::with_capacity(sql.len());
    let mut at = 0;
    for Parameter { whole, name, place } in parameters(sql) {
        let written = sql.get(whole.clone()).unwrap_or_default();
        let stand_in = match place {
            ParameterPlace::Expression if written.starts_with('$') => "NULL".to_owned(),
            ParameterPlace::Identifier => format!("{NAMED_BY}{}", sql.get(name).unwrap_or_default()),
            _ => continue,
        };
        readable.push_str(sql.get(at..whole.start).unwrap_or_default());
        readable.push_str(&format!("{stand_in:width$}", width = written.chars().count()));
        at = whole.end;
    }
    readable.push_str(sql.get(at..).unwrap_or_default());
    readable
}

/// Writes texts, as `value` gives them for a name, in place of each `${name}` in a text; `None` where there is none for one.
pub(in crate::frame) fn filled_name(text: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut at = 0;
    for parameter in within(text, 0..text.len(), ParameterPlace::Text) {
        filled.push_str(text.get(at..parameter.whole.start)?);
        filled.push_str(&value(text.get(parameter.name)?)?);
        at = parameter.whole.end;
    }
    filled.push_str(text.get(at..)?);
    Some(filled)
}

/// Finds the parameters, in the order of the text.
fn parameters(sql: &str) -> Vec<Parameter> {
    // A text that cannot be split is no query, and is refused as such.
    let Ok(tokens) = placed_tokens(sql) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // What a value or another `:` stands before is a cast, a slice or a field.
    let mut after_value = false;
    let mut places = IdentifierPlaces::default();
    let mut rest = tokens.as_slice();
    while let Some((token, behind)) = rest.split_first() {
        let parameter = match &token.token {
            Token::Colon if !after_value => colon(token, behind),
            Token::Placeholder(sign) if sign == "$" => braces(token, behind),
            Token::Word(word) if word.value.eq_ignore_ascii_case("getargument") => argument(token, behind),
            Token::SingleQuotedString(_) => {
                found.extend(within(sql, token.range.clone(), ParameterPlace::Text));
                None
            }
            Token::Word(word) if word.quote_style == Some('`') => {
                found.extend(within(sql, token.range.clone(), ParameterPlace::QuotedIdentifier));
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
        if let Some((mut parameter, count)) = parameter {
            rest = behind.get(count..).unwrap_or_default();
            let is_older = matches!(token.token, Token::Placeholder(_));
            if places.parameter(&parameter.whole, rest) && is_older {
                parameter.place = ParameterPlace::Identifier;
            }
            found.push(parameter);
            after_value = true;
        } else {
            places.pass(token);
        }
    }
    found
}

/// Reads `:name`; returns how many tokens that are behind the first one it takes, too.
fn colon(token: &PlacedToken<'_>, behind: &[PlacedToken<'_>]) -> Option<(Parameter, usize)> {
    let name = behind
        .first()
        .filter(|name| is_name(name) && is_beside(token, name))?;
    Some((parameter(token, name.range.clone(), name), 1))
}

/// Reads `${name}`.
fn braces(token: &PlacedToken<'_>, behind: &[PlacedToken<'_>]) -> Option<(Parameter, usize)> {
    let [open, name, close, ..] = behind else {
        return None;
    };
    let is_one = open.token == Token::LBrace && is_name(name) && close.token == Token::RBrace;
    let is_one = is_one && is_beside(token, open) && is_beside(open, name) && is_beside(name, close);
    is_one.then(|| (parameter(token, name.range.clone(), close), 3))
}

/// Reads `getArgument('name')`.
fn argument(token: &PlacedToken<'_>, behind: &[PlacedToken<'_>]) -> Option<(Parameter, usize)> {
    let [open, name, close, ..] = behind else {
        return None;
    };
    let is_text = matches!(name.token, Token::SingleQuotedString(_));
    let is_one = open.token == Token::LParen && is_text && close.token == Token::RParen;
    let unquoted = name.range.start + 1..name.range.end.saturating_sub(1);
    is_one.then(|| (parameter(token, unquoted, close), 3))
}

/// Finds the `${name}` within quotes.
fn within(sql: &str, text: Range<usize>, place: ParameterPlace) -> Vec<Parameter> {
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
                place,
            });
        }
    }
    found
}

/// Makes a parameter of the tokens from `first` to `last`.
fn parameter(first: &PlacedToken<'_>, name: Range<usize>, last: &PlacedToken<'_>) -> Parameter {
    Parameter {
        whole: first.range.start..last.range.end,
        name,
        place: ParameterPlace::Expression,
    }
}

fn is_name(token: &PlacedToken<'_>) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none())
}

fn is_beside(one: &PlacedToken<'_>, other: &PlacedToken<'_>) -> bool {
    one.range.end == other.range.start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sql: &str, value: impl Fn(&str, ParameterPlace) -> String) -> String {
        let filled: Result<FilledQuery, std::convert::Infallible> =
            with_parameters(sql, |name, place| Ok(value(name, place)));
        filled.unwrap().text
    }

    #[test]
    fn what_is_wrong_beside_a_value_is_found_in_the_query() {
        let sql = "SELECT :first, a, '${b}', :c FROM t";
        let filled: Result<FilledQuery, std::convert::Infallible> =
            with_parameters(sql, |name, _| Ok(name.repeat(9)));
        let filled = filled.unwrap();
        for (found, written) in [
            ("SELECT", "SELECT"),
            ("firstfirst", ":first"),
            (", a,", ", a,"),
            ("'bbbbbbbbb'", "'${b}'"),
            ("cc", ":c"),
            ("a, 'bb", "a, '${b}"),
            ("FROM t", "FROM t"),
        ] {
            let start = filled.text.find(found).unwrap();
            let place = filled.written(start..start + found.len());
            assert_eq!(sql.get(place), Some(written), "{found}");
        }
    }

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
            assert_eq!(filled(sql, |name, _| format!(":{name}")), sql);
        }
    }

    #[test]
    fn the_older_ways_of_notebooks_are_parameters_too() {
        let sql = "SELECT getArgument('day'), ${n}, 'a ${day} b', '${', '$x', \"${q}\"";
        assert_eq!(parameter_names(sql), ["day", "n", "day"]);
        let filled = filled(sql, |name, place| match place {
            ParameterPlace::Text => "it''s".to_owned(),
            _ if name == "n" => "1".to_owned(),
            _ => "'it''s'".to_owned(),
        });
        let expected = "SELECT 'it''s', 1, 'a it''s b', '${', '$x', \"${q}\"";
        assert_eq!(filled, expected);
    }

    #[test]
    fn a_query_can_be_read_before_its_values_are_known() {
        let readable = without_braces("SELECT ${größe} + :a, '${b}', getArgument('c'), ${d}");
        assert_eq!(readable, "SELECT NULL     + :a, '${b}', getArgument('c'), NULL");
    }

    #[test]
    fn braces_in_the_place_of_a_name_are_told_from_values() {
        let names = [
            "SELECT * FROM ${t}",
            "SELECT * FROM a, ${t} x",
            "SELECT * FROM (SELECT 1) a\nJOIN ${t} ON true",
            "SELECT a.${t}, 1",
            "SELECT ${t}.a",
            "SELECT 1 AS ${t}",
            "SELECT a FROM x ORDER BY ${t} DESC, a",
            "SELECT a FROM x GROUP BY a, ${t}",
            "SELECT sum(a) OVER (PARTITION BY ${t} ORDER BY a) FROM x",
            "SELECT IDENTIFIER(${t})",
            "TABLE ${t}",
            "FROM ${t} |> WHERE true",
        ];
        let values = [
            "SELECT ${t}",
            "SELECT a FROM x WHERE a = ${t}",
            "SELECT extract(DAY FROM ${t}) FROM x",
            "SELECT a IS DISTINCT FROM ${t} FROM x",
            "SELECT a FROM x ORDER BY a + ${t}",
            "SELECT a FROM x ORDER BY ${t} + a",
            "SELECT a FROM x WHERE a IN (1, ${t})",
            "SELECT a FROM x JOIN y ON a = ${t}, z",
            "SELECT a FROM x LIMIT ${t}",
            "SELECT CASE WHEN a THEN ${t} END FROM x",
        ];
        let place = |sql: &str| parameters(sql).first().unwrap().place;
        for sql in names {
            assert_eq!(place(sql), ParameterPlace::Identifier, "{sql}");
        }
        for sql in values {
            assert_eq!(place(sql), ParameterPlace::Expression, "{sql}");
        }
        assert_eq!(place("SELECT `a ${t}`"), ParameterPlace::QuotedIdentifier);
        let readable = without_braces("SELECT ${a}.x FROM ${table}, y");
        assert_eq!(
            readable,
            format!("SELECT {NAMED_BY}a  .x FROM {NAMED_BY}table  , y")
        );
    }

    #[test]
    fn no_value_becomes_part_of_the_query() {
        let filled = filled("SELECT :a, ':a'", |_, _| "':b'".to_owned());
        assert_eq!(filled, "SELECT ':b', ':a'");
    }
}
