//! What a session's cells reach outside it: other notebooks, the folder they stand in, shell commands.

use std::path::Path;

use super::Session;
use crate::notebook::Cell;
use crate::session::runner::Runner;
use crate::session::surroundings::{AnalysisContext, Surroundings};
use crate::source::{Analysis, CellError, CellId, Source};
use crate::work::Progress;

impl Session {
    /// Sets the folder from which a session without a notebook file finds other notebooks, and in which it runs
    /// shell commands; otherwise that is the workspace's.
    #[must_use]
    pub fn with_folder(mut self, folder: &Path) -> Self {
        self.surroundings = Surroundings::of_folder(&self.mounts, folder);
        self
    }

    /// Sets the folder from which cells without a file name other notebooks from now on.
    pub fn set_folder(&mut self, folder: &Path) {
        self.surroundings = Surroundings::of_folder(&self.mounts, folder);
    }

    /// Returns the folder from which the cells name other notebooks.
    pub fn folder(&self) -> &Path {
        self.surroundings.folder()
    }

    /// Says which file the cells stand in from now on: what they name relative to it is looked for from its folder.
    /// Without one they stay in the folder where they are.
    pub fn set_notebook(&mut self, notebook: Option<&Path>) {
        self.surroundings = match notebook {
            Some(_) => Surroundings::of(&self.mounts, notebook),
            None => Surroundings::of_folder(&self.mounts, self.surroundings.folder()),
        };
    }

    /// Lets cells run shell commands, or not, as in the beginning.
    #[must_use]
    pub fn with_shell(mut self, allowed: bool) -> Self {
        self.shell = allowed;
        self
    }

    /// Returns where the running cell tells how far it is.
    pub fn progress(&self) -> Progress {
        self.interrupt.progress().clone()
    }

    /// Reads what a cell says it needs and binds.
    pub(super) fn analyzed(
        &self,
        id: CellId,
        cell: &Cell,
        runner: Option<&'static dyn Runner>,
    ) -> Result<Analysis, CellError> {
        let Some(runner) = runner else {
            return Ok(Analysis::default());
        };
        runner.analyze(
            cell,
            &AnalysisContext {
                source: Source::Cell(id),
                language: &*self.language,
                surroundings: &self.surroundings,
            },
        )
    }

    /// Says where the cells stand, as another session sees it that runs them.
    #[must_use]
    pub(in crate::session) fn within(mut self, around: Surroundings) -> Self {
        self.surroundings = around;
        self
    }

    /// Analyses a cell anew when what it says depends on files, and returns what was known of it before.
    pub(super) fn refresh(&mut self, position: usize) -> Option<Result<Analysis, CellError>> {
        let entry = &self.cells[position];
        let runner = entry.runner.filter(|runner| runner.reads_files())?;
        let analysis = self.analyzed(entry.id, &entry.cell, Some(runner));
        let before = entry.analysis.clone();
        self.set_analysis(position, analysis);
        Some(before)
    }

    /// Sets what is known of the cell at `position` from its source.
    pub(super) fn set_analysis(&mut self, position: usize, analysis: Result<Analysis, CellError>) {
        // What failed to be read is never the same.
        if let (Ok(before), Ok(now)) = (&self.cells[position].analysis, &analysis)
            && before == now
        {
            return;
        }
        self.cells.set_analysis(position, analysis);
        self.source_changed(position);
    }

    /// Finds the place of a text that a failure of the cell at `position` is about: that cell itself, or else the
    /// nearest above, or else one of another notebook.
    pub(super) fn place_of(&self, source: &Source, position: usize) -> Source {
        let mut until = (0..=position)
            .rev()
            .filter_map(|position| self.cells.get(position));
        let own = self.cells.get(position).map_or(CellId(0), |entry| entry.id);
        let with_text = until.find(|entry| Source::of_text(entry.cell.source()) == *source);
        match with_text {
            Some(entry) => Source::Cell(entry.id),
            // What a cell's text was translated to is in no cell; then it is about that cell.
            None => self
                .loaded
                .included(source)
                .map_or(Source::Cell(own), Source::Included),
        }
    }
}
