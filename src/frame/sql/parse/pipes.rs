//! `FROM t |> WHERE … |> SELECT …`: a query as a pipe, written as the queries in brackets that it means.
//!
//! What comes before a `|>` is the table of what comes behind it. The words of the query keep their places.

use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use crate::frame::sql::error::{SqlErrorKind, SqlResult};

/// What the SELECT is written as that EXTEND or SET becomes: the binder refuses aggregates in it.
pub(in crate::frame::sql) const PIPED: &str = "|> SELECT";

/// The operators, as messages list them.
const OPERATORS: &str = "SELECT, EXTEND, SET, DROP, AS, WHERE, AGGREGATE, JOIN, UNION, INTERSECT, EXCEPT, ORDER BY, LIMIT, \
                         OFFSET, TABLESAMPLE, PIVOT or UNPIVOT";

/// Writes the pipes of a text as queries.
pub(super) fn unpiped(tokens: Vec<TokenWithSpan>) -> SqlResult<Vec<TokenWithSpan>> {
    if !tokens.iter().any(is_pipe) {
        return Ok(tokens);
    }
    let mut code: Vec<TokenWithSpan> = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let ending: Vec<TokenWithSpan> = {
        let is_end = |token: &TokenWithSpan| matches!(token.token, Token::EOF | Token::SemiColon);
        let start = code
            .iter()
            .rposition(|token| !is_end(token))
            .map_or(0, |last| last + 1);
        code.split_off(start)
    };
    let mut made = level(&code)?;
    made.extend(ending);
    Ok(made)
}

/// Writes `TABLE t`, where it is a query, as `SELECT * FROM t`.
pub(super) fn untabled(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !tokens.iter().any(|token| is_word(token, "table")) {
        return tokens;
    }
    let begin = ["union", "all", "distinct", "except", "intersect", "minus"];
    let is_code = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let mut made: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let before = made.iter().rfind(is_code);
        let begins = before.is_none_or(|before| {
            before.token == Token::LParen || begin.iter().any(|word| is_word(before, word))
        });
        let mut behind = tokens.iter().skip(at + 1).filter(is_code);
        let names = matches!(behind.next().map(|next| &next.token), Some(Token::Word(_)));
        if is_word(token, "table") && begins && names {
            made.extend(words("SELECT * FROM", token.span));
        } else {
            made.push(token.clone());
        }
    }
    made
}

fn is_pipe(token: &TokenWithSpan) -> bool {
    token.token == Token::VerticalBarRightAngleBracket
}

/// Writes what is between two brackets, or the whole.
fn level(tokens: &[TokenWithSpan]) -> SqlResult<Vec<TokenWithSpan>> {
    let inner = within_brackets(tokens)?;
    let parts = split(&inner, is_pipe);
    let Some((first, operators)) = parts.split_first().filter(|(_, operators)| !operators.is_empty()) else {
        return Ok(inner.clone());
    };
    let start = inner.first().map_or(Span::empty(), |token| token.span);
    let (with, base) = first.split_at(behind_with(first));
    let mut pipe = Pipe::of(base);
    for operator in operators {
        pipe.apply(operator, start)?;
    }
    Ok([with.to_vec(), pipe.query()].concat())
}

/// Writes what is in brackets at this level.
fn within_brackets(tokens: &[TokenWithSpan]) -> SqlResult<Vec<TokenWithSpan>> {
    let mut made = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        made.push(token.clone());
        at += 1;
        if token.token != Token::LParen {
            continue;
        }
        let rest = tokens.get(at..).unwrap_or_default();
        let Some(length) = closing(rest) else { continue };
        made.extend(level(rest.get(..length).unwrap_or_default())?);
        at += length;
    }
    Ok(made)
}

/// Returns how many tokens there are before the bracket that closes one before them.
fn closing(tokens: &[TokenWithSpan]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token.token {
        Token::LParen => {
            depth += 1;
            false
        }
        Token::RParen if depth == 0 => true,
        Token::RParen => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// Splits tokens at those that are outside of brackets.
fn split(tokens: &[TokenWithSpan], at: impl Fn(&TokenWithSpan) -> bool) -> Vec<&[TokenWithSpan]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && at(token)
        })
        .collect()
}

/// Returns where a word stands outside of brackets.
fn position(tokens: &[TokenWithSpan], word: &str) -> Option<usize> {
    let before = split(tokens, |token| is_word(token, word));
    (before.len() > 1).then(|| before.first().map_or(0, |part| part.len()))
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// Returns how many tokens `WITH …` takes before a query.
fn behind_with(tokens: &[TokenWithSpan]) -> usize {
    if !tokens.first().is_some_and(|token| is_word(token, "with")) {
        return 0;
    }
    let mut at = 1;
    loop {
        // A name, names of its columns, AS and a query in brackets, or no AS.
        let mut brackets = 0;
        while let Some(token) = tokens.get(at) {
            if token.token == Token::LParen {
                let rest = tokens.get(at + 1..).unwrap_or_default();
                at += closing(rest).map_or(rest.len(), |length| length + 2);
                brackets += 1;
                let goes_on = tokens.get(at).is_some_and(|next| {
                    is_word(next, "as") || (brackets == 1 && next.token == Token::LParen)
                });
                if !goes_on {
                    break;
                }
                continue;
            }
            at += 1;
        }
        match tokens.get(at) {
            Some(token) if token.token == Token::Comma => at += 1,
            _ => return at.min(tokens.len()),
        }
    }
}

/// What a pipe gives so far, as what can stand behind FROM.
struct Pipe {
    from: Vec<TokenWithSpan>,
    /// The query in brackets that it is, where it is one and has no name.
    query: Option<Vec<TokenWithSpan>>,
    /// The name of the one table that it is.
    name: Option<TokenWithSpan>,
}

impl Pipe {
    fn of(base: &[TokenWithSpan]) -> Self {
        let (first, rest) = base.split_first().unzip();
        let rest: &[TokenWithSpan] = rest.unwrap_or_default();
        let begins = |word: &str| first.is_some_and(|first| is_word(first, word));
        if begins("table") && !rest.is_empty() {
            return Self::table(rest);
        }
        if begins("from") {
            let ends = [
                "where", "select", "group", "having", "order", "limit", "lateral", "window", "union",
            ];
            if !ends.iter().any(|word| position(rest, word).is_some()) {
                return Self::table(rest);
            }
            if position(rest, "select").is_none()
                && let Some(first) = first
            {
                return Self::queried([words("SELECT *", first.span), base.to_vec()].concat(), None);
            }
        }
        Self::queried(base.to_vec(), None)
    }

    /// What stands behind FROM already.
    fn table(from: &[TokenWithSpan]) -> Self {
        let is_name = |token: &TokenWithSpan| {
            matches!(token.token, Token::Word(_) | Token::Period) && !is_word(token, "join")
        };
        let name = from.last().filter(|_| from.iter().all(is_name)).cloned();
        Self {
            from: from.to_vec(),
            query: None,
            name,
        }
    }

    /// What a query gives; the name is that of the table that it is about.
    fn queried(query: Vec<TokenWithSpan>, name: Option<TokenWithSpan>) -> Self {
        let span = query.first().map_or(Span::empty(), |token| token.span);
        let mut from = vec![sign(Token::LParen, span)];
        from.extend(query.iter().cloned());
        from.push(sign(Token::RParen, span));
        from.extend(name.iter().flat_map(|name| [word("AS", span), name.clone()]));
        Self {
            from,
            query: name.is_none().then_some(query),
            name,
        }
    }

    /// Returns the pipe as a query.
    fn query(self) -> Vec<TokenWithSpan> {
        self.query.unwrap_or_else(|| {
            let span = self.from.first().map_or(Span::empty(), |token| token.span);
            [words("SELECT * FROM", span), self.from].concat()
        })
    }

    /// Applies an operator: the words behind `|>`.
    fn apply(&mut self, operator: &[TokenWithSpan], before: Span) -> SqlResult<()> {
        let Some((first, rest)) = operator.split_first() else {
            let kind = SqlErrorKind::Syntax {
                expected: format!("{OPERATORS} behind |>"),
                found: "nothing".to_owned(),
            };
            return Err(kind.at(before));
        };
        let span = first.span;
        let all = |from: Vec<TokenWithSpan>| [words("SELECT * FROM", span), from].concat();
        let found = match &first.token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_uppercase(),
            _ => String::new(),
        };
        let from = std::mem::take(&mut self.from);
        let name = self.name.take();
        *self = match found.as_str() {
            "SELECT" => {
                let (items, window) = rest.split_at(position(rest, "window").unwrap_or(rest.len()));
                let query = [
                    vec![word("SELECT", span)],
                    items.to_vec(),
                    words("FROM", span),
                    from,
                    window.to_vec(),
                ];
                Self::queried(query.concat(), None)
            }
            "EXTEND" => {
                let query = [
                    vec![piped(span)],
                    words("* ,", span),
                    rest.to_vec(),
                    words("FROM", span),
                    from,
                ];
                Self::queried(query.concat(), name)
            }
            "SET" => Self::set(rest, from, name.as_ref(), span)?,
            "DROP" => {
                let except = [
                    words("SELECT * EXCEPT (", span),
                    rest.to_vec(),
                    words(") FROM", span),
                    from,
                ];
                Self::queried(except.concat(), name)
            }
            "AS" => Self::queried(all(from), rest.first().cloned()),
            "WHERE" | "ORDER" | "LIMIT" | "OFFSET" => {
                Self::queried([all(from), operator.to_vec()].concat(), name)
            }
            "AGGREGATE" => Self::aggregated(rest, from, span)?,
            "UNION" | "INTERSECT" | "EXCEPT" | "MINUS" => {
                Self::queried([all(from), operator.to_vec()].concat(), None)
            }
            "PIVOT" | "UNPIVOT" | "TABLESAMPLE" => {
                let mut of = Self::queried(all(from), None).from;
                of.extend(operator.iter().cloned());
                Self::table(&of)
            }
            "JOIN" | "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS" | "NATURAL" | "SEMI" | "ANTI"
            | "LATERAL" => {
                let several = split(&from, |token| token.token == Token::Comma).len() > 1;
                let left = if several {
                    Self::queried(all(from), None).from
                } else {
                    from
                };
                Self::table(&[left, operator.to_vec()].concat())
            }
            _ => {
                let kind = SqlErrorKind::Syntax {
                    expected: format!("{OPERATORS} behind |>"),
                    found: format!("`{}`", first.token),
                };
                return Err(kind.at(span));
            }
        };
        Ok(())
    }

    /// Gives columns other values, one after the other, each of which sees those before it.
    fn set(
        assignments: &[TokenWithSpan],
        from: Vec<TokenWithSpan>,
        name: Option<&TokenWithSpan>,
        span: Span,
    ) -> SqlResult<Self> {
        let mut made = Self {
            from,
            query: None,
            name: name.cloned(),
        };
        for assignment in split(assignments, |token| token.token == Token::Comma) {
            let [column, equals, value @ ..] = assignment else {
                return Err(wrong_set(assignment.first().map_or(span, |token| token.span)));
            };
            if equals.token != Token::Eq || value.is_empty() || !matches!(column.token, Token::Word(_)) {
                return Err(wrong_set(column.span));
            }
            let query = [
                vec![piped(span)],
                words("* REPLACE (", span),
                value.to_vec(),
                words("AS", span),
                vec![column.clone()],
                words(") FROM", span),
                made.from,
            ];
            made = Self::queried(query.concat(), name.cloned());
        }
        Ok(made)
    }

    /// Groups, and gives the keys and the aggregates.
    fn aggregated(rest: &[TokenWithSpan], from: Vec<TokenWithSpan>, span: Span) -> SqlResult<Self> {
        let group = position(rest, "group");
        let (aggregates, keys) = rest.split_at(group.unwrap_or(rest.len()));
        let keys = keys.get(2..).unwrap_or_default();
        let keys: Vec<&[TokenWithSpan]> = if keys.is_empty() {
            Vec::new()
        } else {
            split(keys, |token| token.token == Token::Comma)
        };
        let sets = ["rollup", "cube", "grouping", "all"];
        for key in &keys {
            let place = key.first().map_or(span, |token| token.span);
            let is_set = key.iter().any(|token| is_word(token, "with"))
                || key
                    .first()
                    .is_some_and(|first| sets.iter().any(|word| is_word(first, word)));
            if is_set
                || matches!(
                    key,
                    [TokenWithSpan {
                        token: Token::Number(..),
                        ..
                    }] | []
                )
            {
                let kind = SqlErrorKind::Unsupported {
                    what: "GROUP BY of a position, ALL, ROLLUP, CUBE or GROUPING SETS in |> AGGREGATE"
                        .to_owned(),
                    instead: "name the columns to group by; or write |> SELECT …, and a query around it"
                        .to_owned(),
                };
                return Err(kind.at(place));
            }
        }
        if keys.is_empty() && aggregates.is_empty() {
            let kind = SqlErrorKind::Syntax {
                expected: "an aggregate, or GROUP BY, behind AGGREGATE".to_owned(),
                found: "nothing".to_owned(),
            };
            return Err(kind.at(span));
        }
        let mut query = vec![word("SELECT", span)];
        let items = keys
            .iter()
            .copied()
            .chain(std::iter::once(aggregates).filter(|items| !items.is_empty()));
        for (index, item) in items.enumerate() {
            if index > 0 {
                query.push(sign(Token::Comma, span));
            }
            query.extend(item.iter().cloned());
        }
        query.extend(words("FROM", span));
        query.extend(from);
        query.extend(words("GROUP BY", span));
        if keys.is_empty() {
            query.extend(words("( )", span));
        }
        for index in 0..keys.len() {
            if index > 0 {
                query.push(sign(Token::Comma, span));
            }
            query.push(sign(Token::Number((index + 1).to_string(), false), span));
        }
        Ok(Self::queried(query, None))
    }
}

fn wrong_set(place: Span) -> crate::frame::sql::error::SqlError {
    let kind = SqlErrorKind::Syntax {
        expected: "SET column = value".to_owned(),
        found: "something else".to_owned(),
    };
    kind.at(place)
}

/// Makes tokens of words and signs with spaces between them.
fn words(text: &str, span: Span) -> Vec<TokenWithSpan> {
    let token = |part: &str| match part {
        "*" => sign(Token::Mul, span),
        "," => sign(Token::Comma, span),
        "(" => sign(Token::LParen, span),
        ")" => sign(Token::RParen, span),
        part => word(part, span),
    };
    text.split(' ').map(token).collect()
}

fn word(text: &str, span: Span) -> TokenWithSpan {
    let keyword = ALL_KEYWORDS
        .binary_search(&text)
        .ok()
        .and_then(|index| ALL_KEYWORDS_INDEX.get(index).copied());
    let word = Word {
        value: text.to_owned(),
        quote_style: None,
        keyword: keyword.unwrap_or(Keyword::NoKeyword),
    };
    TokenWithSpan::new(Token::Word(word), span)
}

fn piped(span: Span) -> TokenWithSpan {
    let word = Word {
        value: PIPED.to_owned(),
        quote_style: None,
        keyword: Keyword::SELECT,
    };
    TokenWithSpan::new(Token::Word(word), span)
}

fn sign(token: Token, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(token, span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::sql::parse::tokens;

    fn written(text: &str) -> String {
        let made = unpiped(tokens(text).unwrap());
        match made {
            Ok(tokens) => {
                let words = tokens.iter().map(|token| token.token.to_string());
                words
                    .filter(|word| word != "EOF" && word != " ")
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Err(error) => format!("{:?}", error.kind),
        }
    }

    #[test]
    fn a_table_is_a_query() {
        let written = |text: &str| {
            let tokens = untabled(tokens(text).unwrap());
            let words = tokens.iter().map(|token| token.token.to_string());
            words
                .filter(|word| !matches!(word.as_str(), "EOF" | " "))
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (text, expected) in [
            ("TABLE t", "SELECT * FROM t"),
            (
                "(TABLE t) UNION ALL TABLE u",
                "( SELECT * FROM t ) UNION ALL SELECT * FROM u",
            ),
            ("SELECT table FROM table", "SELECT table FROM table"),
            (
                "SELECT * FROM TABLE(range(3))",
                "SELECT * FROM TABLE ( range ( 3 ) )",
            ),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn pipes_are_queries_in_brackets() {
        for (text, expected) in [
            ("FROM t", "FROM t"),
            (
                "FROM t |> WHERE a > 1",
                "SELECT * FROM ( SELECT * FROM t WHERE a > 1 ) AS t",
            ),
            (
                "TABLE t |> EXTEND a + 1 AS b |> SELECT b;",
                "SELECT b FROM ( |> SELECT * , a + 1 AS b FROM t ) AS t ;",
            ),
            (
                "FROM t |> AGGREGATE sum(a) AS s, count(*) GROUP BY b, c % 2 AS d |> AS u |> DROP s",
                "SELECT * FROM ( SELECT * EXCEPT ( s ) FROM ( SELECT * FROM ( SELECT b , c % 2 AS d , sum ( a ) AS s , \
                 count ( * ) FROM t GROUP BY 1 , 2 ) ) AS u ) AS u",
            ),
            (
                "FROM t |> AGGREGATE sum(a)",
                "SELECT sum ( a ) FROM t GROUP BY ( )",
            ),
            (
                "WITH x AS (SELECT 1 AS a), y(b) AS (TABLE x |> LIMIT 1) FROM y |> JOIN x ON a = b |> ORDER BY a",
                "WITH x AS ( SELECT 1 AS a ) , y ( b ) AS ( SELECT * FROM ( SELECT * FROM x LIMIT 1 ) AS x ) \
                 SELECT * FROM y JOIN x ON a = b ORDER BY a",
            ),
            (
                "SELECT (FROM t |> AGGREGATE max(a)) AS m UNION SELECT 1 |> WHERE m > 0",
                "SELECT * FROM ( SELECT ( SELECT max ( a ) FROM t GROUP BY ( ) ) AS m UNION SELECT 1 ) WHERE m > 0",
            ),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }
}
