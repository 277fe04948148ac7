//! Passwords that the cells of a session have as text.

use super::Session;
use crate::output::Warning;
use crate::session::passwords::{find, warning};
use crate::source::passwords::{Password, Passwords};

impl Session {
    /// Returns the passwords that the cell at `position` gives to what it calls, as far as its source tells.
    pub(crate) fn passwords(&self, position: usize) -> Vec<Password> {
        let Some(entry) = self.cells.get(position) else {
            return Vec::new();
        };
        let (cell, catalogue) = (&entry.cell, self.language.catalogue());
        if !cell.kind().is_python() || !Passwords::may_be_in(cell.source(), catalogue) {
            return Vec::new();
        }
        let above = |position: usize, name: &str| {
            let at = self.cells.definer(name, position)?;
            Some((at, self.cells.get(at)?.cell.source().to_owned()))
        };
        find(catalogue, &above, position, cell.source())
    }

    /// Returns the passwords that the cells from `position` on give away, each place once.
    pub(crate) fn passwords_from(&self, position: usize) -> Vec<Password> {
        let mut found: Vec<Password> = Vec::new();
        for password in (position..self.count()).flat_map(|position| self.passwords(position)) {
            let is_known = |known: &Password| (known.cell, &known.range) == (password.cell, &password.range);
            if !found.iter().any(is_known) {
                found.push(password);
            }
        }
        found
    }

    /// Returns a warning of each password of a cell.
    pub(super) fn warnings_of_passwords(&self, position: usize) -> Vec<Warning> {
        let found = self.passwords(position);
        let source = self.cells.get(position).map_or("", |entry| entry.cell.source());
        let warning = |password: &Password| {
            let other = self
                .cells
                .get(password.cell)
                .filter(|_| password.cell != position);
            warning(password, source, other.map(|entry| self.label(entry)).as_deref())
        };
        found.iter().map(warning).collect()
    }
}
