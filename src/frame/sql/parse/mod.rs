//! SQL text → a tree, within bounds; a place and a reason for what is no SQL.

mod bounds;
mod dialect;

use sqlparser::ast::{self, Ident};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use self::dialect::Spark;
use super::error::{SqlErrorKind, SqlResult};

/// How deep the parser may go.
const DEEPEST: usize = 200;

/// Reads one statement.
pub(super) fn statement(text: &str) -> SqlResult<ast::Statement> {
    parsed(text, |parser| {
        let statement = parser.parse_statement()?;
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
    let (ast, alias) = named_expression(text)?;
    let tokens = tokens(text)?;
    let is_comment = |token: &&TokenWithSpan| {
        matches!(
            token.token,
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
        )
    };
    let has_comments = tokens.iter().any(|token| is_comment(&token));
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

/// Returns the byte of a place in a text.
pub(in crate::frame) fn offset(text: &str, place: Location) -> usize {
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number as u64 + 1 == place.line {
            let characters = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
            return at
                + line
                    .char_indices()
                    .nth(characters)
                    .map_or(line.len(), |(byte, _)| byte);
        }
        at += line.len();
    }
    text.len()
}

fn named_expression(text: &str) -> SqlResult<(ast::Expr, Option<Ident>)> {
    parsed(text, |parser| {
        let expr = parser.parse_expr()?;
        let alias = match &parser.peek_token_ref().token {
            Token::EOF => None,
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
        let expected = error.message.clone();
        SqlErrorKind::Syntax {
            expected,
            found: "the end".to_owned(),
        }
        .at(place)
    })
}

fn parsed<T>(text: &str, read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>) -> SqlResult<T> {
    let tokens = tokens(text)?;
    bounds::check(text, &tokens)?;
    let mut parser = Parser::new(&Spark)
        .with_recursion_limit(DEEPEST)
        .with_tokens_with_locations(tokens);
    read(&mut parser).map_err(|error| match error {
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => reason(&message),
        ParserError::RecursionLimitExceeded => SqlErrorKind::TooLarge {
            what: "levels",
            found: DEEPEST + 1,
            limit: DEEPEST,
        }
        .at(Span::empty()),
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
fn reason(message: &str) -> super::error::SqlError {
    let (text, place) = match message.rsplit_once(" at Line: ") {
        Some((text, at)) => (text, location(at)),
        None => (message, None),
    };
    let place = place.map_or(Span::empty(), |place| Span::new(place, place));
    let kind = match text
        .strip_prefix("Expected: ")
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

fn plain(text: &str) -> String {
    text.replace("an expression:", "an expression")
        .replace("end of statement", "the end")
}

fn location(at: &str) -> Option<Location> {
    let (line, column) = at.split_once(", Column: ")?;
    Some(Location::new(
        line.trim().parse().ok()?,
        column.trim().parse().ok()?,
    ))
}
