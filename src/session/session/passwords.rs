//! Passwords that the cells of a session, and those that they include, have as text.

use super::Session;
use crate::output::Warning;
use crate::session::evaluator::of_included;
use crate::session::passwords::{Readable, warning};
use crate::source::passwords::{CellPlace, Password};

impl Session {
    /// Returns the passwords that the cell at `position`, or one that it includes, gives to what it calls, as far as the
    /// sources tell.
    pub(super) fn passwords(&self, position: usize) -> Vec<Password> {
        self.with_cells(|cells| cells.passwords(position))
    }

    fn with_cells<T>(&self, work: impl FnOnce(&Readable<'_>) -> T) -> T {
        let entry = |position: usize| self.cells.get(position);
        let binder = |position: usize, name: &str| self.cells.definer(name, position);
        work(&Readable {
            entry: &entry,
            binder: &binder,
            catalogue: self.language.catalogue(),
        })
    }

    /// Returns the passwords that the cells from `position` on give away and that are written in cells of this notebook,
    /// each place once.
    pub(crate) fn passwords_from(&self, position: usize) -> Vec<Password> {
        let mut found: Vec<Password> = Vec::new();
        let all = (position..self.count()).flat_map(|position| self.passwords(position));
        for password in all.filter(|password| password.cell.as_own().is_some()) {
            let is_known =
                |known: &Password| (&known.cell, &known.range) == (&password.cell, &password.range);
            if !found.iter().any(is_known) {
                found.push(password);
            }
        }
        found
    }

    /// Returns a warning of each of the passwords that the cell at `position` gives away.
    pub(super) fn warnings_of(&self, passwords: &[Password]) -> Vec<Warning> {
        self.with_cells(|cells| {
            let warnings = passwords.iter().map(|password| self.warning_of(password, cells));
            warnings.collect()
        })
    }

    fn warning_of(&self, password: &Password, cells: &Readable<'_>) -> Warning {
        let elsewhere = (password.cell != password.giver).then(|| self.named(&password.cell, cells));
        let elsewhere = elsewhere.flatten();
        if let Some(giver) = cells.other(&password.giver) {
            let warning = warning(password, &giver.source, elsewhere.as_deref());
            return of_included(warning, &giver.place);
        }
        let giver = self.cells.get(password.giver.position);
        let source = giver.map_or("", |entry| entry.cell.source());
        warning(password, source, elsewhere.as_deref())
    }

    /// Names a cell in a message about another one.
    fn named(&self, cell: &CellPlace, cells: &Readable<'_>) -> Option<String> {
        match cells.other(cell) {
            Some(other) => Some(format!("{} of {}", other.place.label(), other.place.file)),
            None => self.cells.get(cell.position).map(|entry| self.label(entry)),
        }
    }
}
