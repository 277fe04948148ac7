//! [`EditableNotebook`]: the cells of a prompt, the steps that can be undone, and the file they are saved in.
//!
//! Every change of the cells goes through here, so that each can be undone and nothing that was typed is lost.
//! Prints nothing and reads no command.

mod passwords;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::notebook_file::{NotebookFile, OnDisk, SaveError};
use crate::error::Error;
use crate::notebook::{Cell, Format, Notebook, NotebookError};
use crate::output::Output;
use crate::parameters::WidgetError;
use crate::session::{Session, Snapshot, Surroundings};
use crate::source::{CellError, CellId};

/// How many steps can be undone.
const STEPS: usize = 100;

/// Where cells are saved.
#[derive(Default)]
struct Filed {
    file: NotebookFile,
    /// Where the cells stand among files, when that is known from before.
    surroundings: Option<Surroundings>,
}

/// A step: what it did, and how everything was on its other side.
struct Step {
    what: String,
    cells: Snapshot,
    /// Where the cells were saved, when the step changed that.
    filed: Option<Filed>,
}

/// The cells of a prompt.
pub(super) struct EditableNotebook {
    session: Session,
    undone: Vec<Step>,
    done: Vec<Step>,
    file: NotebookFile,
    /// Texts that failed in place of a cell, for the next try.
    drafts: BTreeMap<CellId, String>,
    /// Where the next new cell goes, when not to the end.
    insert_at: Option<usize>,
    /// The first cell, from 0, that may not be what it was when that was asked last.
    touched: Option<usize>,
    /// Whether the file, or what is known of it, may not be what it was when that was asked last.
    refiled: bool,
}

impl EditableNotebook {
    /// Creates a book of the cells that `session` has.
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            undone: Vec::new(),
            done: Vec::new(),
            file: NotebookFile::default(),
            drafts: BTreeMap::new(),
            insert_at: None,
            touched: Some(0),
            refiled: false,
        }
    }

    /// Returns the session.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Lets cells be served from the cache, or not; returns how it was.
    pub(super) fn set_use_cache(&mut self, served: bool) -> bool {
        let was = self.session.uses_cache();
        self.session.set_use_cache(served);
        was
    }

    /// Returns the session.
    pub(super) fn into_session(self) -> Session {
        self.session
    }

    /// Returns the file that the cells are saved in.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.path()
    }

    /// Returns the number, from 1, that the next new cell will have.
    pub(super) fn next_number(&self) -> usize {
        self.insert_at.unwrap_or(self.session.count()) + 1
    }

    /// Puts the next new cell at `position`, from 0.
    pub(super) fn insert_at(&mut self, position: usize) {
        self.insert_at = Some(position);
    }

    /// Resets the place of the next new cell to the end.
    pub(super) fn append_again(&mut self) -> bool {
        self.insert_at.take().is_some()
    }

    /// Adds a cell and runs it; one that fails is not kept.
    pub(super) fn add(
        &mut self,
        cell: Cell,
        show: impl FnMut(Output),
    ) -> Result<CellId, (CellId, CellError)> {
        let position = self.next_number() - 1;
        let before = self.session.snapshot();
        let id = self.session.insert(position, cell);
        self.session.run(id, show).map_err(|error| (id, error))?;
        self.insert_at = None;
        self.remember_from(position, format!("cell {} added", position + 1), before);
        Ok(id)
    }

    /// Removes a cell whose first try failed, after its error was shown.
    pub(super) fn drop_failed(&mut self, id: CellId) {
        self.session.remove(id);
    }

    /// Adds cells without running them.
    pub(super) fn add_all(&mut self, cells: impl IntoIterator<Item = Cell>, what: String) {
        let (before, count) = (self.session.snapshot(), self.session.count());
        for cell in cells {
            self.session.append(cell);
        }
        self.remember_from(count, what, before);
    }

    /// Replaces a cell's text and runs it; when that fails, the cell and its values are as they were.
    ///
    /// The text that failed is what [`draft`](Self::draft) gives for the next try. The session keeps the failed
    /// text until [`undo_edit`](Self::undo_edit), so that its error can be shown.
    pub(super) fn edit(
        &mut self,
        id: CellId,
        text: &str,
        show: impl FnMut(Output),
    ) -> Result<(), FailedEdit> {
        let before = self.session.snapshot();
        self.replace(id, text);
        match self.session.run(id, show) {
            Ok(()) => {
                self.drafts.remove(&id);
                self.remember(format!("cell {} edited", self.number(id)), before);
                Ok(())
            }
            Err(error) => {
                self.drafts.insert(id, text.to_owned());
                self.session.note_gone(id);
                Err(FailedEdit {
                    error,
                    before: Box::new(before),
                })
            }
        }
    }

    /// Replaces the text of a cell that has not run, and does not run it.
    pub(super) fn rewrite(&mut self, id: CellId, text: &str) {
        let before = self.session.snapshot();
        self.replace(id, text);
        self.drafts.remove(&id);
        self.remember(format!("cell {} edited", self.number(id)), before);
    }

    /// Replaces a cell's text; its title stays.
    fn replace(&mut self, id: CellId, text: &str) {
        let title = self.session.cell(id).and_then(Cell::title).map(str::to_owned);
        let typed = Cell::from_prompt(text);
        let cell = Cell::new(typed.kind().clone(), title.as_deref(), typed.source());
        self.session.edit(id, cell);
    }

    /// Keeps the text of an edit that failed, in place of one that had failed, too.
    pub(super) fn keep_edit(&mut self, id: CellId, edit: FailedEdit) {
        self.drafts.remove(&id);
        self.remember(format!("cell {} edited", self.number(id)), *edit.before);
    }

    /// Restores everything to before an edit that failed.
    pub(super) fn undo_edit(&mut self, edit: FailedEdit) {
        self.session.restore(*edit.before);
    }

    /// Returns the text to begin with when a cell is edited: what failed last, or else the cell's own.
    pub(super) fn draft(&self, id: CellId) -> String {
        let own = || self.session.cell(id).map(Cell::to_prompt).unwrap_or_default();
        self.drafts.get(&id).cloned().unwrap_or_else(own)
    }

    /// Runs a cell again; [`remember_run`](Self::remember_run) makes a step of it.
    pub(super) fn run(&mut self, id: CellId, show: impl FnMut(Output)) -> Result<(), CellError> {
        self.session.run(id, show)
    }

    /// Returns how everything is, before several cells run that are one step.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.session.snapshot()
    }

    /// Creates one step of the cells that have run since `before`.
    pub(super) fn remember_run(&mut self, ran: &[CellId], before: Snapshot) {
        let numbers: Vec<usize> = ran.iter().map(|id| self.number(*id)).collect();
        if !numbers.is_empty() {
            self.remember(format!("{} run", named(&numbers)), before);
        }
    }

    /// Moves a cell so that it is at `position`, from 0.
    pub(super) fn move_to(&mut self, id: CellId, position: usize) {
        let before = self.session.snapshot();
        let from = self.number(id);
        self.session.move_to(id, position);
        self.remember(format!("cell {from} moved to {}", self.number(id)), before);
    }

    /// Removes cells and what they bound.
    pub(super) fn delete(&mut self, ids: &[CellId]) {
        let before = self.session.snapshot();
        let numbers: Vec<usize> = ids.iter().map(|id| self.number(*id)).collect();
        let removed: BTreeSet<&CellId> = ids.iter().collect();
        self.session.retain(|id| !removed.contains(&id));
        self.remember(format!("{} deleted", named(&numbers)), before);
    }

    /// Gives a cell a title, or removes it; its values stay.
    pub(super) fn retitle(&mut self, id: CellId, title: Option<&str>) {
        let Some(cell) = self.session.cell(id) else { return };
        let cell = Cell::new(cell.kind().clone(), title, cell.source());
        let before = self.session.snapshot();
        self.session.edit(id, cell);
        self.remember(format!("cell {} titled", self.number(id)), before);
    }

    /// Sets a widget's value.
    pub(super) fn set_widget(&mut self, name: &str, value: &str) -> Result<(), WidgetError> {
        let before = self.session.snapshot();
        self.session.set_widget(name, value)?;
        self.remember(format!("widget {name} set"), before);
        Ok(())
    }

    /// Sets the values of widgets that cells will declare.
    pub(super) fn give(&mut self, parameters: &BTreeMap<String, String>) {
        self.session.give(parameters);
    }

    /// Resets a widget, or all of them.
    pub(super) fn reset_widgets(&mut self, name: Option<&str>) -> Result<(), WidgetError> {
        let before = self.session.snapshot();
        let widgets = self.session.widgets();
        let names = match name {
            Some(name) => {
                widgets.value(name)?;
                vec![name.to_owned()]
            }
            None => widgets.names(),
        };
        for name in names {
            self.session.reset_widget(&name);
        }
        self.remember(
            name.map_or_else(
                || "widgets reset".to_owned(),
                |name| format!("widget {name} reset"),
            ),
            before,
        );
        Ok(())
    }

    /// Undoes the last step and returns what it was; `None` when there is none left.
    pub(super) fn undo(&mut self) -> Option<String> {
        let step = self.done.pop()?;
        self.insert_at = None;
        let (what, other) = self.go_to(step);
        self.undone.push(other);
        Some(what)
    }

    /// Does again what was undone last, and returns what it was; `None` when there is nothing.
    pub(super) fn redo(&mut self) -> Option<String> {
        let step = self.undone.pop()?;
        let (what, other) = self.go_to(step);
        self.done.push(other);
        Some(what)
    }

    /// Applies a step in either direction, and returns what it did and the step back.
    fn go_to(&mut self, step: Step) -> (String, Step) {
        let here = Step {
            what: step.what.clone(),
            cells: self.session.snapshot(),
            filed: step.filed.map(|filed| self.refile(filed)),
        };
        self.session.restore(step.cells);
        self.touched = Some(0);
        (step.what, here)
    }

    fn remember(&mut self, what: String, cells: Snapshot) {
        self.remember_from(0, what, cells);
    }

    /// Remembers a step that left the cells above `position` as they were.
    fn remember_from(&mut self, position: usize, what: String, cells: Snapshot) {
        self.remember_filed(position, what, cells, None);
    }

    /// Remembers a step that may also have changed where the cells are saved.
    fn remember_filed(&mut self, position: usize, what: String, cells: Snapshot, filed: Option<Filed>) {
        self.touched = Some(self.touched.map_or(position, |first| first.min(position)));
        self.undone.clear();
        self.done.push(Step { what, cells, filed });
        if self.done.len() > STEPS {
            self.done.remove(0);
        }
    }

    /// Returns the cells whose values are not what a replay would give, in document order.
    pub(super) fn unfresh(&self) -> Vec<CellId> {
        self.session.unfresh()
    }

    /// Returns the cells' numbers, from 1.
    pub(super) fn number(&self, id: CellId) -> usize {
        self.session.position(id).map_or(0, |position| position + 1)
    }

    /// Returns the cell with this number, from 1.
    pub(super) fn id(&self, number: usize) -> Option<CellId> {
        self.session.id(number.checked_sub(1)?)
    }

    /// Returns the cells in document order.
    pub(super) fn cells(&self) -> Vec<Cell> {
        self.cells_from(0)
    }

    /// Returns the cells from `position`, from 0, on.
    pub(super) fn cells_from(&self, position: usize) -> Vec<Cell> {
        let ids = (position..self.session.count()).filter_map(|at| self.session.id(at));
        ids.filter_map(|id| self.session.cell(id)).cloned().collect()
    }

    /// Returns the first cell, from 0, that may not be what it was when this was asked last.
    pub(super) fn take_touched(&mut self) -> Option<usize> {
        self.touched.take()
    }

    /// Returns the notebook as it would be saved: an unchanged one byte for byte as its file has it.
    pub(super) fn notebook(&self) -> Notebook {
        self.file.with_cells(&self.cells())
    }

    /// Returns the notebook as it would be saved in `file`: its name tells whether it is Jupyter's.
    pub(super) fn notebook_for(&self, file: &Path) -> Notebook {
        let notebook = self.notebook();
        match Format::of_name(file) {
            Some(format) => notebook.convert(format),
            None if Format::named("ipynb") == Some(notebook.format()) => notebook.convert(Format::default()),
            None => notebook,
        }
    }

    /// Removes every cell; what is typed next has no file.
    pub(super) fn reset(&mut self) {
        let before = self.session.snapshot();
        self.clear();
        let filed = self.refile(Filed::default());
        self.remember_filed(0, "all cells removed".to_owned(), before, Some(filed));
    }

    /// Returns whether leaving now would lose cells: the file has others, or there is none.
    pub(super) fn is_unsaved(&self) -> bool {
        !self.file.has(&self.cells())
    }

    /// Returns the notebook as its file had it last.
    pub(super) fn saved(&self) -> Option<&Notebook> {
        self.file.saved()
    }

    /// Reads the file as it is now.
    pub(super) fn on_disk(&self) -> Result<OnDisk, NotebookError> {
        self.file.on_disk()
    }

    /// Saves the cells in `file`; without `overwrite` nothing is lost.
    pub(super) fn save(&mut self, file: &Path, overwrite: bool) -> Result<(), SaveError> {
        let notebook = self.notebook_for(file);
        self.file.save(notebook, file, overwrite)?;
        let surroundings = self.session.surroundings().at_notebook(file);
        self.session.set_surroundings(surroundings);
        self.touched = Some(0);
        self.refiled = true;
        Ok(())
    }

    /// Returns whether the file, or what is known of it, has changed since this was asked last.
    pub(super) fn take_refiled(&mut self) -> bool {
        std::mem::take(&mut self.refiled)
    }

    /// Takes the cells of a file in place of these; none of them is run.
    pub(super) fn open(&mut self, file: &Path) -> Result<usize, Error> {
        let notebook = Notebook::read(file)?;
        let before = self.session.snapshot();
        self.clear();
        let filed = self.refile(Filed {
            file: NotebookFile::new(file.to_owned(), Some(notebook.clone())),
            surroundings: None,
        });
        for cell in notebook.cells() {
            self.session.append(cell.clone());
        }
        self.remember_filed(0, format!("{} opened", file.display()), before, Some(filed));
        Ok(notebook.cells().len())
    }

    /// Reports that the cells are those of `file`, which was `saved` when they met it last.
    ///
    /// What the file is now does not count: a change that no one has seen would be overwritten.
    pub(super) fn belongs_to(&mut self, file: PathBuf, saved: Option<Notebook>) {
        self.refile(Filed {
            file: NotebookFile::new(file, saved),
            surroundings: None,
        });
    }

    /// Changes where the cells are saved, and returns where they were.
    fn refile(&mut self, filed: Filed) -> Filed {
        let before = Filed {
            file: std::mem::take(&mut self.file),
            surroundings: Some(self.session.surroundings().clone()),
        };
        let here = self.session.surroundings();
        let surroundings = match filed.file.path() {
            // From whose folder its cells name other notebooks: as where it is run headless.
            Some(file) => here.at_notebook(file),
            None => filed.surroundings.unwrap_or_else(|| here.without_notebook()),
        };
        self.session.set_surroundings(surroundings);
        self.file = filed.file;
        self.touched = Some(0);
        self.refiled = true;
        before
    }

    fn clear(&mut self) {
        self.session.retain(|_| false);
        self.insert_at = None;
        self.drafts.clear();
    }
}

/// An edit that failed, and how everything was before it.
pub(super) struct FailedEdit {
    pub(super) error: CellError,
    before: Box<Snapshot>,
}

/// Lists cells by their numbers, which are in order: `cell 3`, `cells 1-4, 7`.
pub(super) fn named(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let written: Vec<String> = ranges
        .into_iter()
        .flat_map(|(first, last)| match last - first {
            0 => vec![first.to_string()],
            1 => vec![first.to_string(), last.to_string()],
            _ => vec![format!("{first}-{last}")],
        })
        .collect();
    let cells = if numbers.len() == 1 { "cell" } else { "cells" };
    format!("{cells} {}", written.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cells_are_named_by_ranges() {
        assert_eq!(named(&[3]), "cell 3");
        assert_eq!(named(&[2, 3]), "cells 2, 3");
        assert_eq!(named(&[1, 2, 3, 5, 7, 8]), "cells 1-3, 5, 7, 8");
    }
}
