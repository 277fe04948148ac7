//! `IDENTIFIER('text')`: a name that is written as a text, or that the value of a parameter is.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use crate::frame::sql::error::{SqlErrorKind, SqlResult};

/// Stands before the name of a parameter that is a name whose value is not known: a letter that no one begins a name with.
pub(in crate::frame::sql) const NAMED_BY: char = 'ꟷ';

/// Puts the names in place of each `IDENTIFIER(…)`.
///
/// One whose parameters have no values yet becomes a name in which they are: `${day}`.
pub(super) fn named(tokens: Vec<TokenWithSpan>) -> SqlResult<Vec<TokenWithSpan>> {
    let is_one = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) => is_identifier(word) || word.value.starts_with(NAMED_BY),
        _ => false,
    };
    if !tokens.iter().any(is_one) {
        return Ok(tokens);
    }
    let mut made = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((token, behind)) = rest.split_first() {
        rest = behind;
        match &token.token {
            Token::Word(word) if word.quote_style.is_none() && word.value.starts_with(NAMED_BY) => {
                made.push(quoted(template(word), token.span));
            }
            Token::Word(word) if is_identifier(word) => match IdentifierCall::read(token, behind) {
                Some(call) => {
                    made.extend(call.names()?);
                    rest = behind.get(call.tokens..).unwrap_or_default();
                }
                None => made.push(token.clone()),
            },
            _ => made.push(token.clone()),
        }
    }
    Ok(made)
}

/// Splits a name into its parts, those in backticks without them; `None` for what is no name.
pub(in crate::frame) fn name_parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let part;
        if let Some(quoted) = rest.strip_prefix('`') {
            let mut value = String::new();
            let mut letters = quoted.char_indices().peekable();
            let end = loop {
                match letters.next()? {
                    (_, '`') if letters.next_if(|(_, next)| *next == '`').is_some() => value.push('`'),
                    (at, '`') => break at + 1,
                    (_, letter) => value.push(letter),
                }
            };
            part = value;
            rest = quoted.get(end..)?;
        } else {
            let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            let (name, behind) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
            if name.chars().all(|letter| letter.is_ascii_digit()) {
                return None;
            }
            part = name.to_owned();
            rest = behind;
        }
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(behind) => rest = behind,
            None => return rest.is_empty().then_some(parts),
        }
    }
}

/// What is in the brackets of one `IDENTIFIER(…)`.
struct IdentifierCall {
    text: String,
    /// Whether parameters without values are in it.
    is_open: bool,
    span: Span,
    /// How many tokens it takes behind its word.
    tokens: usize,
}

impl IdentifierCall {
    /// Reads texts and parameters with `||` between them, in brackets.
    fn read(word: &TokenWithSpan, behind: &[TokenWithSpan]) -> Option<Self> {
        let code = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
        let mut tokens = behind.iter().filter(code).peekable();
        if tokens.next()?.token != Token::LParen {
            return None;
        }
        let (mut text, mut is_open) = (String::new(), false);
        loop {
            match &tokens.next()?.token {
                Token::SingleQuotedString(part) => text.push_str(part),
                Token::Colon => match &tokens.next()?.token {
                    Token::Word(name) => {
                        text.push_str(&format!("${{{}}}", name.value));
                        is_open = true;
                    }
                    _ => return None,
                },
                Token::Word(name) if name.value.starts_with(NAMED_BY) => {
                    text.push_str(&template(name));
                    is_open = true;
                }
                Token::Word(name) if name.value.eq_ignore_ascii_case("getargument") => {
                    let (open, name, close) = (tokens.next()?, tokens.next()?, tokens.next()?);
                    let Token::SingleQuotedString(name) = &name.token else {
                        return None;
                    };
                    if open.token != Token::LParen || close.token != Token::RParen {
                        return None;
                    }
                    text.push_str(&format!("${{{name}}}"));
                    is_open = true;
                }
                Token::Word(inner) if is_identifier(inner) && tokens.peek()?.token == Token::LParen => {
                    tokens.next();
                    let Token::SingleQuotedString(part) = &tokens.next()?.token else {
                        return None;
                    };
                    text.push_str(part);
                    if tokens.next()?.token != Token::RParen {
                        return None;
                    }
                }
                _ => return None,
            }
            let next = tokens.next()?;
            match next.token {
                Token::StringConcat => {}
                Token::RParen => {
                    let count = behind.iter().position(|token| std::ptr::eq(token, next))? + 1;
                    return Some(Self {
                        text,
                        is_open,
                        span: word.span.union(&next.span),
                        tokens: count,
                    });
                }
                _ => return None,
            }
        }
    }

    /// Returns the name, part by part.
    fn names(&self) -> SqlResult<Vec<TokenWithSpan>> {
        if self.is_open {
            return Ok(vec![quoted(self.text.clone(), self.span)]);
        }
        let Some(parts) = name_parts(&self.text) else {
            let kind = SqlErrorKind::Unsupported {
                what: format!("`{}`, which is no name,", self.text),
                instead: "IDENTIFIER(…) takes the name of a table, a column or a function: letters, digits and _, or \
                          what is in backticks, with points between the parts"
                    .to_owned(),
            };
            return Err(kind.at(self.span));
        };
        let mut made = Vec::new();
        for part in parts {
            if !made.is_empty() {
                made.push(TokenWithSpan::new(Token::Period, self.span));
            }
            made.push(quoted(part, self.span));
        }
        Ok(made)
    }
}

fn is_identifier(word: &Word) -> bool {
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case("identifier")
}

/// Writes the name of a parameter in the way in which its value will come into a name.
fn template(word: &Word) -> String {
    format!("${{{}}}", word.value.trim_start_matches(NAMED_BY))
}

fn quoted(value: String, span: Span) -> TokenWithSpan {
    let word = Word {
        value,
        quote_style: Some('`'),
        keyword: Keyword::NoKeyword,
    };
    TokenWithSpan::new(Token::Word(word), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_parts() {
        let parts = |text: &str| name_parts(text).map(|parts| parts.join("|"));
        for (text, expected) in [
            ("titanic", Some("titanic")),
            (" größe_2 ", Some("größe_2")),
            ("a.b.c", Some("a|b|c")),
            ("`my table`.`it``s`", Some("my table|it`s")),
            ("2024_sales", Some("2024_sales")),
            ("", None),
            ("1", None),
            ("a.", None),
            (".a", None),
            ("a b", None),
            ("a; DROP TABLE b", None),
            ("a`b", None),
            ("`a", None),
            ("``", None),
            ("a--", None),
            ("(SELECT 1)", None),
        ] {
            assert_eq!(parts(text).as_deref(), expected, "{text}");
        }
    }
}
