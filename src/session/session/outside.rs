//! What a session's cells reach outside it: other notebooks, the folder they are in, shell commands.

use super::Session;
use crate::notebook::Cell;
use crate::session::runner::AnalysisContext;
use crate::session::runner::Runner;
use crate::session::surroundings::Surroundings;
use crate::source::{Analysis, CellError, CellId, Source};
use crate::work::Progress;

impl Session {
    /// Returns where the cells stand among files.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Sets where the cells are from now on: what they name relative to a folder or a file is looked for from there.
    pub fn set_surroundings(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
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

    /// Analyses a cell again when what it says depends on files, and returns what was known of it before.
    pub(super) fn reanalyze(&mut self, position: usize) -> Option<Result<Analysis, CellError>> {
        let entry = self.cells.get(position)?;
        let runner = entry.runner.filter(|runner| runner.reads_files())?;
        let analysis = self.analyzed(entry.id, &entry.cell, Some(runner));
        let before = entry.analysis.clone();
        self.set_analysis(position, analysis);
        Some(before)
    }

    /// Sets what is known of the cell at `position` from its source.
    pub(super) fn set_analysis(&mut self, position: usize, analysis: Result<Analysis, CellError>) {
        // What failed to be read is never the same.
        let before = self.cells.get(position).map(|entry| &entry.analysis);
        if let (Some(Ok(before)), Ok(now)) = (before, &analysis)
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
