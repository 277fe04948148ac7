//! Passwords that cells have as text: each is told, and kept out of what Sheaf writes.
//!
//! Where they are is found in the source. What is written of a cell beside its file (history, journal) has
//! [`REDACTED`] in their place.

use std::ops::Range;

use super::snapshot::Snapshot;
use crate::describe::Catalogue;
use crate::output::Warning;
use crate::secret::redaction::{self, REDACTED};
use crate::secret::{Part, SecretValue, parts};
use crate::source::passwords::{Above, Password, Passwords};

/// Finds the passwords that a cell of Python-shaped code gives away; a reference to a secret is none.
pub(super) fn find(catalogue: &Catalogue, above: &Above<'_>, position: usize, source: &str) -> Vec<Password> {
    let mut found = Passwords::new(catalogue, above).of(position, source);
    let is_reference = |text: &str| parts(text).iter().any(|part| matches!(part, Part::Reference(_)));
    found.retain(|password| !is_reference(&password.text));
    found
}

/// Keeps a password out of all texts that are written from now on.
pub(super) fn register(password: &Password) {
    let value = |text: &str| SecretValue::new(text.as_bytes().to_vec());
    redaction::register(&value(&password.text));
    // Of a text that was put together, the longest part is the password, and the others are such as "AccountKey=".
    if let Some(longest) = password.pieces.iter().max_by_key(|piece| piece.len()) {
        redaction::register(&value(longest));
    }
}

/// Says of a password what to do; `elsewhere` names the cell that it is written in, where that is another one.
pub(super) fn warning(password: &Password, source: &str, elsewhere: Option<&str>) -> Warning {
    let Password {
        argument, function, ..
    } = password;
    let what = format!("{argument} of {function}");
    let place = elsewhere.map_or_else(|| "as text".to_owned(), |cell| format!("as text in {cell}"));
    let message = if password.text == REDACTED {
        format!(
            "a password was left out of what was kept of this session ({what}): get it from a scope, \
             dbutils.secrets.get(scope=\"SCOPE\", key=\"KEY\")"
        )
    } else {
        format!(
            "a password is written {place} ({what}): store it with `sheaf secrets put-secret SCOPE KEY`, and write \
             dbutils.secrets.get(scope=\"SCOPE\", key=\"KEY\") in its place"
        )
    };
    let before = source.get(..password.given.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Warning {
        message,
        place: Some((line, column)),
    }
}

/// Writes a source with something in the place of some of its expressions.
pub(crate) fn replaced(source: &str, new: &[(Range<usize>, String)]) -> String {
    let mut new: Vec<_> = new.iter().collect();
    new.sort_by_key(|(range, _)| range.start);
    let (mut text, mut done) = (String::with_capacity(source.len()), 0);
    for (range, new) in new {
        // One within another goes with it.
        if range.start < done {
            continue;
        }
        text.push_str(source.get(done..range.start).unwrap_or_default());
        text.push_str(new);
        done = range.end;
    }
    text.push_str(source.get(done..).unwrap_or_default());
    text
}

/// Writes the source of the cell at `position` without the passwords among `found` that are written there.
pub(crate) fn without(position: usize, source: &str, found: &[Password]) -> String {
    let here = found.iter().filter(|password| password.cell == position);
    let new: Vec<_> = here
        .map(|password| (password.range.clone(), format!("\"{REDACTED}\"")))
        .collect();
    replaced(source, &new)
}

impl Snapshot {
    /// Returns the passwords that a cell at `position` with this source gives away, and keeps them out of what is written.
    pub(crate) fn meet_passwords(&self, position: usize, source: &str) -> Vec<Password> {
        let catalogue = self.language().catalogue();
        if !Passwords::may_be_in(source, catalogue) {
            return Vec::new();
        }
        let above = |position: usize, name: &str| {
            let (at, cell) = self.binder(position, name)?;
            Some((at, cell.source().to_owned()))
        };
        let found = find(catalogue, &above, position, source);
        found.iter().for_each(register);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_replaced_where_they_are() {
        let source = "f(\"é\", g(\"b\"))";
        let new = |range: Range<usize>| (range, "x".to_owned());
        assert_eq!(replaced(source, &[new(10..13), new(2..6)]), "f(x, g(x))");
        assert_eq!(replaced(source, &[new(8..14), new(10..13)]), "f(\"é\", x)");
        assert_eq!(replaced(source, &[]), source);
    }
}
