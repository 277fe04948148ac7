//! [`Reference`]: what stands in cells, files and records for a secret.

use std::fmt;

use crate::error::Problem;

/// How references begin and end in a text: Databricks' own syntax.
const OPEN: &str = "{{secrets/";
const CLOSE: &str = "}}";
/// The longest name of a scope or a key, in characters, as in Databricks.
const LONGEST: usize = 128;

/// The names of a secret: its scope and its key.
///
/// Its text is `{{secrets/scope/key}}`. Names are at most 128 letters, digits, `-`, `_`, `.` and, for scopes, `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    scope: String,
    key: String,
}

/// A name that no scope, or no key, can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} cannot be the name of a {what}")]
pub struct ReferenceError {
    /// "scope" or "key".
    pub what: &'static str,
    /// The name.
    pub name: String,
}

impl Problem for ReferenceError {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "the name of a {} has 1 to {LONGEST} letters, digits, -, _ and .{}",
            self.what,
            if self.what == "scope" { ", and @" } else { "" }
        ))
    }
}

impl Reference {
    /// Creates a reference to a secret that need not exist.
    ///
    /// # Errors
    ///
    /// A name that no scope or no key can have.
    pub fn new(scope: &str, key: &str) -> Result<Self, ReferenceError> {
        Self::check_scope(scope)?;
        Self::check_key(key)?;
        Ok(Self {
            scope: scope.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Checks the name of a scope.
    pub fn check_scope(name: &str) -> Result<(), ReferenceError> {
        check("scope", name, |letter| is_name(letter) || letter == '@')
    }

    /// Checks the name of a key.
    pub fn check_key(name: &str) -> Result<(), ReferenceError> {
        check("key", name, is_name)
    }

    /// Returns the name of the scope.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Returns the key in the scope.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Reads a text that is a reference and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let names = text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
        let (scope, key) = names.split_once('/')?;
        Self::new(scope, key).ok()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}/{}{CLOSE}", self.scope, self.key)
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text without a reference.
    Text(&'a str),
    /// A reference.
    Reference(Reference),
}

/// Splits a text into its references and what stands between them; what only looks like a reference is text.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut from) = (0, 0);
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(OPEN)) {
        let begin = from + found;
        let names = begin + OPEN.len();
        let end = text.get(names..).and_then(|rest| rest.find(CLOSE));
        let end = end.map(|end| names + end + CLOSE.len());
        let read = end.and_then(|end| Some((end, Reference::parse(text.get(begin..end)?)?)));
        let Some((end, reference)) = read else {
            from = names;
            continue;
        };
        if let Some(before) = text.get(plain..begin).filter(|before| !before.is_empty()) {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Reference(reference));
        (plain, from) = (end, end);
    }
    if let Some(rest) = text.get(plain..).filter(|rest| !rest.is_empty()) {
        parts.push(Part::Text(rest));
    }
    parts
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

fn check(what: &'static str, name: &str, allowed: impl Fn(char) -> bool) -> Result<(), ReferenceError> {
    let length = name.chars().count();
    // Names become names of files and entries: these two would be folders.
    let is_folder = matches!(name, "." | "..");
    if (1..=LONGEST).contains(&length) && name.chars().all(allowed) && !is_folder {
        return Ok(());
    }
    Err(ReferenceError {
        what,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<String> {
        let all = parts(text).into_iter();
        all.map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Reference(reference) => format!("<{}|{}>", reference.scope(), reference.key()),
        })
        .collect()
    }

    #[test]
    fn references_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("", vec![]),
            ("plain", vec!["plain"]),
            ("{{secrets/a/b}}", vec!["<a|b>"]),
            (
                "x{{secrets/a/b}}{{secrets/c@d/e.f}}y",
                vec!["x", "<a|b>", "<c@d|e.f>", "y"],
            ),
            ("{{secrets/{{secrets/a/b}}", vec!["{{secrets/", "<a|b>"]),
            (
                "{{secrets/a}} {{secrets/a/b/c}}",
                vec!["{{secrets/a}} {{secrets/a/b/c}}"],
            ),
            ("{{secrets/a/b} }", vec!["{{secrets/a/b} }"]),
            (
                "{{secrets/é/b}}{{secrets/../b}}",
                vec!["{{secrets/é/b}}{{secrets/../b}}"],
            ),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_databricks_names() {
        let long = "x".repeat(128);
        assert!(Reference::new("team@acme.com", &long).is_ok());
        let error = Reference::new("a", "b@c").unwrap_err();
        assert_eq!(error.to_string(), "\"b@c\" cannot be the name of a key");
        for name in ["", "..", "a/b", "a b", &"x".repeat(129)] {
            assert!(Reference::new(name, "key").is_err(), "{name}");
            assert!(Reference::new("scope", name).is_err(), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_lose_nothing(text in "(\\{\\{secrets/|[ab./}{é]|\\}\\}){0,20}") {
            let whole: String = parts(&text).into_iter().map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Reference(reference) => reference.to_string(),
            }).collect();
            proptest::prop_assert_eq!(whole, text);
        }
    }
}
