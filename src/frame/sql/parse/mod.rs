//! SQL text → a tree, within bounds; a place and a reason for what is no SQL.

mod bounds;
mod chains;
mod dialect;
mod identifiers;
mod pipes;
mod places;

use sqlparser::ast::{self, Ident};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use self::dialect::Spark;
pub(in crate::frame::sql) use self::identifiers::NAMED_BY;
pub(in crate::frame) use self::identifiers::name_parts;
pub(in crate::frame::sql) use self::pipes::PIPED;
pub(in crate::frame) use self::places::{PlacedToken, offset, placed_tokens};
use super::error::{SqlError, SqlErrorKind, SqlResult};
use crate::error::nearest;

/// How deep the parser may go.
const DEEPEST: usize = 200;

/// Reads one statement.
pub(super) fn statement(text: &str) -> SqlResult<ast::Statement> {
    parsed(text, |parser| {
        let mut statement = parser.parse_statement()?;
        chains::balance(&mut statement);
        while parser.consume_token(&Token::SemiColon) {}
        end(parser)?;
        Ok(statement)
    })
}

/// An expression as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::frame) struct Written {
    pub(in crate::frame) ast: ast::Expr,
    /// The name behind it.
    pub(in crate::frame) alias: Option<String>,
    /// Where the text ends without the name, in bytes.
    pub(in crate::frame) end: usize,
    pub(in crate::frame) has_comments: bool,
}

/// Reads an expression, and the name behind it if there is one.
pub(in crate::frame) fn expression(text: &str) -> SqlResult<Written> {
    let (ast, alias) = named_expression(text).map_err(|error| begun_query(text).unwrap_or(error))?;
    let tokens = tokens(text)?;
    let has_comments = tokens.iter().any(|token| {
        matches!(
            token.token,
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
        )
    });
    let mut code = tokens
        .iter()
        .rev()
        .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    let name = code.next();
    let word = code.next();
    let is_as = word.is_some_and(|word| matches!(&word.token, Token::Word(word) if word.keyword == Keyword::AS && word.quote_style.is_none()));
    let end = match (&alias, name, word) {
        (Some(_), _, Some(word)) if is_as => offset(text, word.span.start),
        (Some(_), Some(name), _) => offset(text, name.span.start),
        _ => text.len(),
    };
    Ok(Written {
        ast,
        alias: alias.map(|alias| alias.value),
        end,
        has_comments,
    })
}

/// Tells of a text that cannot be read whether it was meant as a query.
fn begun_query(text: &str) -> Option<SqlError> {
    let tokens = tokens(text).ok()?;
    let first = tokens
        .iter()
        .find(|token| !matches!(token.token, Token::Whitespace(_)))?;
    let is_query = matches!(&first.token, Token::Word(word) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH | Keyword::VALUES));
    is_query.then(|| SqlErrorKind::QUERY_IN_EXPRESSION.at(first.span))
}

fn named_expression(text: &str) -> SqlResult<(ast::Expr, Option<Ident>)> {
    parsed(text, |parser| {
        let mut expr = parser.parse_expr()?;
        chains::balance(&mut expr);
        let alias = match &parser.peek_token_ref().token {
            Token::Word(word) if word.keyword == Keyword::AS => {
                parser.next_token();
                Some(parser.parse_identifier()?)
            }
            Token::Word(_) => Some(parser.parse_identifier()?),
            _ => None,
        };
        end(parser)?;
        Ok((expr, alias))
    })
}

/// Splits a text into its tokens.
pub(super) fn tokens(text: &str) -> SqlResult<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(&Spark, text).tokenize_with_location();
    tokens.map_err(|error| {
        let place = Span::new(error.location, error.location);
        let first = text
            .get(offset(text, error.location)..)
            .and_then(|rest| rest.chars().next());
        let quote = first.unwrap_or('\'');
        let expected = match error.message.as_str() {
            message if message.contains("comment") => "`*/`, which ends a comment".to_owned(),
            message if message.contains("nterminated") || message.contains("close delimiter") => {
                format!("another {quote} for the one here")
            }
            message => plain(message),
        };
        SqlErrorKind::Syntax {
            expected,
            found: "the end".to_owned(),
        }
        .at(place)
    })
}

fn parsed<T>(text: &str, read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>) -> SqlResult<T> {
    let split = tokens(text)?;
    bounds::check(text, &split)?;
    let split = pipes::untabled(pipes::unpiped(identifiers::named(split)?)?);
    bounds::check_depth(&split)?;
    let mut parser = Parser::new(&Spark)
        .with_recursion_limit(DEEPEST)
        .with_tokens_with_locations(split);
    read(&mut parser).map_err(|error| {
        let error = match error {
            ParserError::ParserError(message) | ParserError::TokenizerError(message) => reason(&message),
            ParserError::RecursionLimitExceeded => {
                let kind = SqlErrorKind::TooDeep {
                    what: "expressions or queries",
                    limit: DEEPEST,
                };
                kind.at(parser.peek_token_ref().span)
            }
        };
        // Split anew: the parser has the tokens, and most texts are right.
        placed(error, &tokens(text).unwrap_or_default())
    })
}

fn end(parser: &Parser<'_>) -> Result<(), ParserError> {
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(());
    }
    parser.expected("the end", next)
}

/// Reads a message of the parser: `Expected: an expression, found: EOF at Line: 1, Column: 5`.
fn reason(message: &str) -> SqlError {
    let (text, place) = match message.rsplit_once(" at Line: ") {
        Some((text, at)) => (text, location(at)),
        None => (message, None),
    };
    let place = place.map_or(Span::empty(), |place| Span::new(place, place));
    let kind = match text
        .strip_prefix("Expected: ")
        .or_else(|| text.strip_prefix("Expected "))
        .and_then(|text| text.split_once(", found: "))
    {
        Some((expected, found)) => SqlErrorKind::Syntax {
            expected: plain(expected),
            found: if found == "EOF" {
                "the end".to_owned()
            } else {
                format!("`{found}`")
            },
        },
        None => SqlErrorKind::Unsupported {
            what: plain(text),
            instead: String::new(),
        },
    };
    kind.at(place)
}

/// Gives an error at the end of the text its place, and says which word before it may be misspelt.
fn placed(mut error: SqlError, tokens: &[TokenWithSpan]) -> SqlError {
    let code: Vec<&TokenWithSpan> = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
        .collect();
    if error.place.start.line == 0 {
        let end = code.last().map_or(Location::new(1, 1), |token| token.span.end);
        error.place = Span::new(end, end);
    }
    let at = code
        .iter()
        .position(|token| token.span.start >= error.place.start)
        .unwrap_or(code.len());
    let before = at.checked_sub(1).and_then(|before| code.get(before));
    let near = [before, code.get(at)]
        .into_iter()
        .flatten()
        .find_map(|token| match &token.token {
            Token::Word(word) if word.quote_style.is_none() && !is_clause(&word.value) => {
                nearest(&word.value, CLAUSES.iter().copied())
                    .filter(|_| word.value.len() > 2)
                    .map(|clause| (word.value.clone(), clause))
            }
            _ => None,
        });
    if let (SqlErrorKind::Syntax { found, .. }, Some((word, clause))) = (&mut error.kind, near) {
        found.push_str(&format!("; should `{word}` be {clause}?"));
    }
    error
}

/// Words that begin or join the parts of a query.
const CLAUSES: &[&str] = &[
    "SELECT",
    "DISTINCT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "QUALIFY",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "OUTER",
    "CROSS",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "WITH",
    "VALUES",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AND",
    "USING",
    "LATERAL",
    "RECURSIVE",
];

fn is_clause(word: &str) -> bool {
    CLAUSES.iter().any(|clause| clause.eq_ignore_ascii_case(word))
}

fn plain(text: &str) -> String {
    let text = text
        .replace("an expression:", "an expression")
        .replace("end of statement", "the end")
        .replace(
            "an SQL statement",
            "a query, which begins with SELECT, WITH, FROM or VALUES",
        )
        .replace(" in the query body", "")
        .replace(
            "[NOT] NULL | TRUE | FALSE | DISTINCT | [form] NORMALIZED FROM after IS",
            "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM behind IS",
        )
        .replace("identifier", "a name");
    if !text.is_empty() && text.chars().all(|sign| sign.is_ascii_punctuation()) {
        return format!("`{text}`");
    }
    text
}

fn location(at: &str) -> Option<Location> {
    let (line, column) = at.split_once(", Column: ")?;
    Some(Location::new(
        line.trim().parse().ok()?,
        column.trim().parse().ok()?,
    ))
}
