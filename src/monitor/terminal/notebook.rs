//! [`NotebookSheet`]: a notebook as it ran: its cells, what they showed, the underlined error.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui_core::text::Line;

use super::motion::Motion;
use super::scroll::Scroll;
use super::step::Step;
use super::styled;
use super::theme::failure;
use super::wanted::Executed;
use crate::record::{RecordedCell, Status};
use crate::render::{Graphics, Style, cells, fold};
use crate::schedule::RunId;

/// A notebook as it ran.
#[derive(Debug)]
pub(super) struct NotebookSheet {
    pub(super) id: RunId,
    pub(super) path: String,
    pub(super) attempt: u32,
    pub(super) loaded: Option<Executed>,
    pub(super) text: Scroll,
    /// The lines with which cells begin, and whether each failed.
    cells: Vec<(usize, bool)>,
    /// How many columns it was written in.
    wide: usize,
    is_new: bool,
}

impl NotebookSheet {
    pub(super) fn new(id: RunId, path: String, attempt: u32) -> Self {
        Self {
            id,
            path,
            attempt,
            loaded: None,
            text: Scroll::default(),
            cells: Vec::new(),
            wide: 0,
            is_new: true,
        }
    }

    pub(super) fn take(&mut self, executed: Executed) {
        // What ran does not change.
        self.loaded.get_or_insert(executed);
    }

    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Step {
        if let Some(motion) = Motion::of(key) {
            self.text.go(motion, page);
            return Step::Stay;
        }
        let top = self.text.top;
        let failed = |cell: &&(usize, bool)| cell.1;
        let all = || self.cells.iter();
        let found = match key.code {
            KeyCode::Char('n') => {
                let after = all().filter(failed).find(|cell| cell.0 > top);
                after.or_else(|| all().find(failed))
            }
            KeyCode::Char('N') => {
                let before = all().filter(failed).rev().find(|cell| cell.0 < top);
                before.or_else(|| all().rev().find(failed))
            }
            KeyCode::Char(']') => all().find(|cell| cell.0 > top),
            KeyCode::Char('[') => all().rev().find(|cell| cell.0 < top),
            _ => return Step::Unknown,
        };
        match found {
            Some((line, _)) => {
                self.text.top = *line;
                self.text.keep(page);
            }
            None if matches!(key.code, KeyCode::Char('n' | 'N')) => {
                return Step::Say("no cell has failed".to_owned());
            }
            None => {}
        }
        Step::Stay
    }

    /// Returns the cell that is looked at: the first that begins on the screen, or the one that fills it.
    fn seen(&self, page: usize) -> Option<usize> {
        let top = self.text.top;
        let begins = self
            .cells
            .iter()
            .position(|cell| (top..top + page).contains(&cell.0));
        begins.or_else(|| self.cells.iter().rposition(|cell| cell.0 <= top))
    }

    /// Writes it in so many columns; at first, the cell that failed is seen.
    pub(super) fn lay(&mut self, wide: usize, page: usize, is_colored: bool) {
        let Some(executed) = &self.loaded else {
            return;
        };
        if self.wide != wide {
            let seen = self.seen(page);
            let (lines, starts) = written(executed, wide, is_colored);
            (self.text.lines, self.cells) = (lines, starts);
            // What was looked at still is, however its lines are broken.
            if let Some((line, _)) = seen
                .and_then(|seen| self.cells.get(seen))
                .filter(|_| self.wide > 0)
            {
                self.text.top = *line;
            }
            self.wide = wide;
        }
        if self.is_new {
            self.is_new = false;
            let failed = self.cells.iter().find(|(_, failed)| *failed);
            self.text.top = failed.map_or(0, |(line, _)| *line);
        }
        self.text.keep(page);
    }
}

/// Writes the cells of a notebook with what the record has of each, and says with which lines they begin.
fn written(executed: &Executed, wide: usize, is_colored: bool) -> (Vec<Line<'static>>, Vec<(usize, bool)>) {
    let style = Style {
        width: wide,
        color: is_colored,
        graphics: Graphics::None,
    };
    let mut lines = Vec::new();
    let mut starts = Vec::new();
    let record = match &executed.record {
        Ok(record) => Some(record),
        Err(error) => {
            lines.extend(failure(&format!("what it showed is not known: {error}"), wide));
            lines.push(Line::default());
            None
        }
    };
    for (at, cell) in executed.notebook.cells().iter().enumerate() {
        // The record is of this very text: each cell is the one at its place.
        let recorded: Option<&RecordedCell> = record.and_then(|record| record.cells.get(at));
        let timing = record.and_then(|record| record.timing.cells.get(at));
        let has_failed =
            recorded.is_some_and(|cell| matches!(cell.status, Status::Failed | Status::Interrupted));
        if at > 0 {
            lines.push(Line::default());
        }
        starts.push((lines.len(), has_failed));
        let mut text = cells::text(at + 1, cell, &style);
        if let Some(recorded) = recorded {
            let seconds = timing.map_or(0.0, |timing| timing.seconds);
            text += &recorded.text(Some(cell.source()), seconds, &style);
        }
        lines.extend(styled::lines(&fold(&text, wide)));
    }
    (lines, starts)
}
