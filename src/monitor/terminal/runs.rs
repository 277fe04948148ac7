//! [`RunList`]: the runs, the newest first.

use crossterm::event::{KeyCode, KeyEvent};

use super::cursor::Cursor;
use super::motion::Motion;
use super::overlay::{Choosing, Overlay, Question};
use super::step::Step;
use super::wanted::{Errand, RunQuery, Wanted};
use crate::pipeline::RunStatus;
use crate::schedule::{RunFilter, RunId, RunRow};

/// How many runs are asked for at first, and how many more where one comes near their end.
const STEP: u32 = 200;
/// The most that are asked for.
const MOST: u32 = 100_000;

/// The runs, the newest first.
#[derive(Debug, Default)]
pub(super) struct RunList {
    filter: RunFilter,
    text: String,
    pub(super) rows: Vec<RunRow>,
    pub(super) count: u64,
    pub(super) cursor: Cursor,
    pub(super) is_loaded: bool,
    wanted: u32,
    /// Where the cursor goes when what is asked for has come.
    goes_to: Option<Motion>,
}

impl RunList {
    pub(super) fn new(filter: RunFilter) -> Self {
        Self {
            filter,
            wanted: STEP,
            ..Self::default()
        }
    }

    pub(super) fn query(&self) -> RunQuery {
        RunQuery {
            filter: RunFilter {
                limit: Some(self.wanted),
                ..self.filter.clone()
            },
            text: self.text.clone(),
        }
    }

    /// Takes the runs that were asked for; the one that was chosen stays so.
    pub(super) fn take(&mut self, rows: Vec<RunRow>, count: u64, page: usize) {
        let chosen = self.chosen().map(|run| run.id.clone());
        let above = self.cursor.at - self.cursor.top.min(self.cursor.at);
        self.rows = rows;
        self.count = count;
        self.is_loaded = true;
        if let Some(motion) = self.goes_to.take() {
            self.cursor.go(motion, self.rows.len(), page);
            return;
        }
        let place = chosen.and_then(|id| self.rows.iter().position(|run| run.id == id));
        if let Some(place) = place {
            let was_at_top = self.cursor.top == 0;
            self.cursor.at = place;
            // What is new is seen where one looks at the newest.
            self.cursor.top = if was_at_top {
                0
            } else {
                place.saturating_sub(above)
            };
        }
        self.cursor.keep(self.rows.len(), page);
    }

    pub(super) fn chosen(&self) -> Option<&RunRow> {
        self.rows.get(self.cursor.at)
    }

    /// Returns whether any of the runs that are seen goes on.
    pub(super) fn is_moving(&self, page: usize) -> bool {
        let mut seen = self.rows.iter().skip(self.cursor.top).take(page);
        seen.any(|run| !run.status.is_final())
    }

    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Step {
        if let Some(motion) = Motion::of(key) {
            self.go(motion, page);
            return Step::Stay;
        }
        match key.code {
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => match self.chosen() {
                Some(run) => Step::Open(Wanted::Run(run.id.clone())),
                None => Step::Stay,
            },
            KeyCode::Char('r') => self.chosen().map_or(Step::Stay, |run| rerun(run, None)),
            KeyCode::Char('c') => self.chosen().map_or(Step::Stay, cancel),
            KeyCode::Char('/') => Step::Cover(Overlay::Text(self.text.clone())),
            KeyCode::Char('s') => Step::Cover(Overlay::Choosing(Choosing::statuses(&self.filter.statuses))),
            KeyCode::Char('p') => Step::Cover(Overlay::Choosing(Choosing::pipelines(
                self.filter.pipeline.as_deref(),
            ))),
            KeyCode::Char('x') => {
                self.choose(|list| {
                    list.filter.statuses.clear();
                    list.filter.pipeline = None;
                    list.filter.since = None;
                    list.text.clear();
                });
                Step::Stay
            }
            _ => Step::Unknown,
        }
    }

    fn go(&mut self, motion: Motion, page: usize) {
        let is_part = self.is_part();
        if motion == Motion::Last && is_part {
            self.wanted = MOST;
            self.goes_to = Some(motion);
        }
        if motion == Motion::First {
            self.wanted = STEP;
        }
        self.cursor.go(motion, self.rows.len(), page);
        if is_part && self.cursor.at + 2 * page >= self.rows.len() {
            self.wanted = self.wanted.saturating_add(STEP).min(MOST);
        }
    }

    pub(super) fn set_statuses(&mut self, statuses: Vec<RunStatus>) {
        self.choose(|list| list.filter.statuses = statuses);
    }

    pub(super) fn set_pipeline(&mut self, pipeline: Option<String>) {
        self.choose(|list| list.filter.pipeline = pipeline);
    }

    pub(super) fn set_text(&mut self, text: String) {
        self.choose(|list| list.text = text);
    }

    /// Returns whether there may be more runs than those that are there.
    pub(super) fn is_part(&self) -> bool {
        u32::try_from(self.rows.len()).unwrap_or(MOST) >= self.wanted
    }

    pub(super) fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// Changes which runs are listed, from the newest on.
    fn choose(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.query();
        change(self);
        self.wanted = STEP;
        if self.query() != before {
            self.goes_to = Some(Motion::First);
        }
    }

    /// Says which runs are listed, where that is not all; nothing where it is.
    pub(super) fn choice(&self) -> Vec<String> {
        let filter = &self.filter;
        let mut parts = Vec::new();
        if !filter.statuses.is_empty() {
            let names: Vec<&str> = filter.statuses.iter().map(|status| status.name()).collect();
            parts.push(names.join(", "));
        }
        parts.extend(filter.pipeline.as_ref().map(|name| format!("of {name}")));
        let since = filter
            .since
            .map(|time| time.format("since %Y-%m-%d %H:%M").to_string());
        parts.extend(since);
        if !self.text.is_empty() {
            parts.push(format!("/{}", self.text));
        }
        parts
    }
}

/// Asks from where a run begins again; `activity` is one of its own that can be begun with.
pub(super) fn rerun(run: &RunRow, activity: Option<&str>) -> Step {
    if !run.status.is_final() {
        return Step::Say(format!("{} has not ended: c cancels it", run.id));
    }
    if run.origin == crate::schedule::Origin::Debug {
        return Step::Say("nothing of a debug run was kept that could be repeated".to_owned());
    }
    Step::Cover(Overlay::Question(Question::rerun(
        &run.id,
        run.status != RunStatus::Succeeded,
        activity,
    )))
}

/// Asks whether a run is to be stopped.
pub(super) fn cancel(run: &RunRow) -> Step {
    let RunRow { id, status, .. } = run;
    if status.is_final() {
        return Step::Say(format!("{id} has ended: there is nothing to cancel"));
    }
    Step::Cover(Overlay::Question(Question::yes(
        format!("Cancel {id}?"),
        "yes, cancel it",
        Errand::Cancel(RunId(id.0.clone())),
    )))
}
