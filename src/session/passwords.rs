//! Passwords that cells have as text: each is told, and kept out of what Sheaf writes.
//!
//! Where they are is found in the source. What is written of a cell beside its file (history, journal) has
//! [`REDACTED`] in their place.

use std::ops::Range;

use super::entry::Entry;
use super::snapshot::Snapshot;
use crate::describe::Catalogue;
use crate::output::Warning;
use crate::secret::redaction::{self, REDACTED};
use crate::secret::{Part, SecretValue, parts};
use crate::source::Included;
use crate::source::passwords::{CellPlace, Password, Passwords};

/// The cells that passwords are looked for in.
pub(super) struct Readable<'a> {
    /// Returns the cell at a position.
    pub(super) entry: &'a dyn Fn(usize) -> Option<&'a Entry>,
    /// Finds the nearest cell above a position that binds a name.
    pub(super) binder: &'a dyn Fn(usize, &str) -> Option<usize>,
    pub(super) catalogue: &'a Catalogue,
}

impl<'a> Readable<'a> {
    /// Finds the passwords that the cell at `position` gives away, and those that cells do which it includes.
    pub(super) fn passwords(&self, position: usize) -> Vec<Password> {
        let Some(entry) = (self.entry)(position) else {
            return Vec::new();
        };
        let own = CellPlace::own(position);
        let mut found = Vec::new();
        if entry.cell.kind().is_python() {
            found = self.given(&own, entry.cell.source());
        }
        self.included(&own, included(entry), &mut found);
        found
    }

    fn included(&self, by: &CellPlace, cells: &[Included], found: &mut Vec<Password>) {
        for (position, cell) in cells.iter().enumerate() {
            let place = by.including(position);
            if cell.is_python {
                found.extend(self.given(&place, &cell.source));
            }
            self.included(&place, &cell.analysis.included, found);
        }
    }

    /// Finds the passwords that a cell of Python-shaped code gives away; a reference to a secret is none.
    pub(super) fn given(&self, cell: &CellPlace, source: &str) -> Vec<Password> {
        if !Passwords::may_be_in(source, self.catalogue) {
            return Vec::new();
        }
        let above = |cell: &CellPlace, name: &str| self.above(cell, name);
        let mut found = Passwords::new(self.catalogue, &above).of(cell, source);
        let is_reference = |text: &str| parts(text).iter().any(|part| matches!(part, Part::Reference(_)));
        found.retain(|password| !is_reference(&password.text));
        found
    }

    /// Finds the cell that binds a name for `cell`, and its source.
    fn above(&self, cell: &CellPlace, name: &str) -> Option<(CellPlace, String)> {
        let mut around = cell.clone();
        while let Some(position) = around.inside.pop() {
            let above = self.inside(&around)?.get(..position)?;
            if let Some(found) = last_binder(&around, above, name) {
                return Some(found);
            }
        }
        let position = (self.binder)(cell.position, name)?;
        let (own, entry) = (CellPlace::own(position), (self.entry)(position)?);
        match included(entry) {
            [] => Some((own, entry.cell.source().to_owned())),
            cells => last_binder(&own, cells, name),
        }
    }

    /// Returns the cells that a cell includes.
    fn inside(&self, cell: &CellPlace) -> Option<&'a [Included]> {
        let mut cells = included((self.entry)(cell.position)?);
        for position in &cell.inside {
            cells = &cells.get(*position)?.analysis.included;
        }
        Some(cells)
    }

    /// Returns the cell of another notebook that is meant; `None` for a cell of the session itself.
    pub(super) fn other(&self, cell: &CellPlace) -> Option<&'a Included> {
        let mut around = cell.clone();
        let position = around.inside.pop()?;
        self.inside(&around)?.get(position)
    }
}

fn included(entry: &Entry) -> &[Included] {
    entry.analysis.as_ref().map_or(&[], |analysis| &analysis.included)
}

/// Finds the last of the cells that `by` includes which binds a name, and its source.
fn last_binder(by: &CellPlace, cells: &[Included], name: &str) -> Option<(CellPlace, String)> {
    let mut binders = cells.iter().enumerate().rev();
    let (position, cell) = binders.find(|(_, cell)| cell.analysis.outputs.contains(name))?;
    let place = by.including(position);
    match cell.analysis.included.as_slice() {
        [] => Some((place, cell.source.clone())),
        cells => last_binder(&place, cells, name),
    }
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

/// Says of a password what to do; `source` is of the cell that gives it, and `elsewhere` names the cell that it is written in,
/// where that is another one.
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
    let here = found
        .iter()
        .filter(|password| password.cell.as_own() == Some(position));
    let new: Vec<_> = here
        .map(|password| (password.range.clone(), format!("\"{REDACTED}\"")))
        .collect();
    replaced(source, &new)
}

impl Snapshot {
    /// Returns the passwords that a cell at `position` with this source gives away, and keeps them out of what is written.
    pub(crate) fn meet_passwords(&self, position: usize, source: &str) -> Vec<Password> {
        let binder = |position: usize, name: &str| self.binder(position, name);
        let entry = |position: usize| self.entries.get(position).map(|entry| &**entry);
        let cells = Readable {
            entry: &entry,
            binder: &binder,
            catalogue: self.language().catalogue(),
        };
        let found = cells.given(&CellPlace::own(position), source);
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
