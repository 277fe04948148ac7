//! Parameters of a query: `:name` is one value, or several within `IN (:names)`.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::parse::{offset, tokens};

/// Returns the names of the parameters of a query, in the order of the text.
pub fn parameter_names(sql: &str) -> Vec<&str> {
    places(sql)
        .into_iter()
        .filter_map(|(start, end)| sql.get(start + 1..end))
        .collect()
}

/// Writes values, as `value` gives them, in place of the parameters of a query.
///
/// A value is written so that it stays one: no text in it becomes part of the query.
pub fn with_parameters<E>(sql: &str, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
    let mut filled = String::with_capacity(sql.len());
    let mut at = 0;
    for (start, end) in places(sql) {
        filled.push_str(sql.get(at..start).unwrap_or_default());
        filled.push_str(&value(sql.get(start + 1..end).unwrap_or_default())?);
        at = end;
    }
    filled.push_str(sql.get(at..).unwrap_or_default());
    Ok(filled)
}

/// Finds the parameters: where the `:` of each stands, and where its name ends.
fn places(sql: &str) -> Vec<(usize, usize)> {
    // A text that cannot be split is no query, and is refused as such.
    let Ok(tokens) = tokens(sql) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // What a value or another `:` stands before is a cast, a slice or a field.
    let mut after_value = false;
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        if let (Token::Colon, false, Some(name)) = (&token.token, after_value, tokens.peek())
            && let Token::Word(word) = &name.token
            && word.quote_style.is_none()
            && is_beside(token, name)
        {
            found.push((offset(sql, token.span.start), offset(sql, name.span.end)));
        }
        after_value = match &token.token {
            Token::Whitespace(_) => false,
            Token::Word(_) | Token::RParen | Token::RBracket | Token::Colon | Token::DoubleColon => true,
            Token::SingleQuotedString(_) | Token::Number(..) => true,
            _ => false,
        };
    }
    found
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
            let same: Result<String, ()> = with_parameters(sql, |name| Ok(format!(":{name}")));
            assert_eq!(same.as_deref(), Ok(sql));
        }
    }

    #[test]
    fn no_value_becomes_part_of_the_query() {
        let filled: Result<String, ()> = with_parameters("SELECT :a, ':a'", |_| Ok("':b'".to_owned()));
        assert_eq!(filled.as_deref(), Ok("SELECT ':b', ':a'"));
    }
}
