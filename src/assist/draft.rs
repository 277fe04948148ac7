//! Passwords in text that is still being typed, which no parser reads: by the names that they are given to.

use std::borrow::Cow;

use super::completion::{Token, TokenKind, Tokens};
use crate::secret::names_a_password;
use crate::secret::redaction::REDACTED;

/// Returns what is typed without the strings that are given to a name of a password: `"fs.azure.account.key.x": "…"`,
/// `password="…"`, `configs["sas"] = "…"`.
pub fn without_passwords(typed: &str) -> Cow<'_, str> {
    if !typed.contains(['"', '\'']) {
        return Cow::Borrowed(typed);
    }
    let tokens = Tokens::of(typed);
    let (mut text, mut done) = (String::new(), 0);
    for (at, token) in tokens.list.iter().enumerate() {
        let TokenKind::Text(quotes) = token.kind else {
            continue;
        };
        if !named(&tokens, at).is_some_and(names_a_password) {
            continue;
        }
        let body = token.start + quotes.opening..token.end.saturating_sub(quotes.closing());
        if body.is_empty() {
            continue;
        }
        text.push_str(typed.get(done..body.start).unwrap_or_default());
        text.push_str(REDACTED);
        done = body.end;
    }
    if done == 0 {
        return Cow::Borrowed(typed);
    }
    text.push_str(typed.get(done..).unwrap_or_default());
    Cow::Owned(text)
}

/// Returns the name that the value at `at` is given to: a key, an argument, or what is assigned.
fn named<'a>(tokens: &Tokens<'a>, at: usize) -> Option<&'a str> {
    let sign = at.checked_sub(1)?;
    let mut before = sign.checked_sub(1)?;
    if !matches!(tokens.text(sign), ":" | "=") {
        return None;
    }
    // `configs["sas"]`
    if tokens.text(before) == "]" {
        before = before.checked_sub(1)?;
    }
    let token = tokens.get(before)?;
    match token.kind {
        TokenKind::Word => Some(tokens.text(before)),
        TokenKind::Text(_) => body(tokens, token),
        _ => None,
    }
}

fn body<'a>(tokens: &Tokens<'a>, token: &Token) -> Option<&'a str> {
    let TokenKind::Text(quotes) = token.kind else {
        return None;
    };
    tokens
        .source
        .get(token.start + quotes.opening..token.end.saturating_sub(quotes.closing()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_for_a_password_is_left_out() {
        for (typed, kept) in [
            (
                "dbutils.fs.mount(s, m, extra_configs={\"fs.azure.account.key.a\": \"abc=",
                "dbutils.fs.mount(s, m, extra_configs={\"fs.azure.account.key.a\": \"[REDACTED]",
            ),
            (
                "f(password='abc', user=\"me\") # \"x\"",
                "f(password='[REDACTED]', user=\"me\") # \"x\"",
            ),
            (
                "configs[f\"fs.azure.sas.{x}\"] = \"\"\"a\nb\"\"\"\ny",
                "configs[f\"fs.azure.sas.{x}\"] = \"\"\"[REDACTED]\"\"\"\ny",
            ),
            ("password = \"", "password = \""),
            ("password == \"abc\"", "password == \"abc\""),
            ("x = \"abc\"", "x = \"abc\""),
            (
                "key = dbutils.secrets.get(scope=\"a\", key=\"b\")",
                "key = dbutils.secrets.get(scope=\"a\", key=\"b\")",
            ),
        ] {
            assert_eq!(without_passwords(typed), kept, "{typed}");
        }
    }
}
