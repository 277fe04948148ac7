//! [`RunSheet`]: a run, and its activities as a tree.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui_core::text::{Line, Span};

use super::cursor::Cursor;
use super::motion::Motion;
use super::runs::{cancel, rerun};
use super::step::Step;
use super::theme::{dim, failure};
use super::tree::{Branch, branches};
use super::wanted::Wanted;
use super::words::{clean, cut, time, took, width};
use crate::monitor::pages::origin;
use crate::pipeline::ActivityStatus;
use crate::schedule::{ActivityRow, AttemptRow, RunId, RunRow};

/// The most lines of the run's error that are shown: its activity has all of it.
const ERROR: usize = 3;

/// A run, and its activities as a tree.
#[derive(Debug)]
pub(super) struct RunSheet {
    pub(super) id: RunId,
    pub(super) loaded: Option<LoadedRun>,
    pub(super) cursor: Cursor,
    /// The paths of those whose inner activities are not shown.
    folded: BTreeSet<String>,
}

/// What is known of a run.
#[derive(Debug)]
pub(super) struct LoadedRun {
    pub(super) run: RunRow,
    pub(super) rows: Vec<ActivityRow>,
    pub(super) attempts: Vec<(String, Vec<AttemptRow>)>,
    pub(super) branches: Vec<Branch>,
}

impl LoadedRun {
    /// Returns the activity of a line of the tree.
    pub(super) fn row(&self, line: usize) -> Option<&ActivityRow> {
        self.rows.get(self.branches.get(line)?.at)
    }

    fn is_failed(&self, line: usize) -> bool {
        self.row(line)
            .is_some_and(|row| row.status == ActivityStatus::Failed)
    }
}

impl RunSheet {
    pub(super) fn new(id: RunId) -> Self {
        Self {
            id,
            loaded: None,
            cursor: Cursor::default(),
            folded: BTreeSet::new(),
        }
    }

    /// Takes what was asked for; the activity that was chosen stays so, and the first that failed is chosen at first.
    pub(super) fn take(
        &mut self,
        run: RunRow,
        rows: Vec<ActivityRow>,
        attempts: Vec<(String, Vec<AttemptRow>)>,
        page: usize,
    ) {
        let chosen = self.chosen().map(|row| row.path.clone());
        let loaded = LoadedRun {
            branches: branches(&rows, &self.folded),
            run,
            rows,
            attempts,
        };
        let lines = 0..loaded.branches.len();
        let place = match chosen {
            Some(path) => lines
                .clone()
                .find(|line| loaded.row(*line).is_some_and(|row| row.path == path)),
            None => lines.filter(|line| loaded.is_failed(*line)).max_by_key(|line| {
                let row = loaded.row(*line);
                // The innermost: what has others within fails because they do.
                row.map(|row| (row.has_notebook, row.path.matches('/').count()))
            }),
        };
        self.cursor.at = place.unwrap_or(self.cursor.at);
        self.cursor.keep(loaded.branches.len(), page);
        self.loaded = Some(loaded);
    }

    pub(super) fn chosen(&self) -> Option<&ActivityRow> {
        self.loaded.as_ref()?.row(self.cursor.at)
    }

    pub(super) fn is_moving(&self) -> bool {
        let loaded = self.loaded.as_ref();
        loaded.is_some_and(|loaded| !loaded.run.status.is_final())
    }

    pub(super) fn length(&self) -> usize {
        self.loaded.as_ref().map_or(0, |loaded| loaded.branches.len())
    }

    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Step {
        if let KeyCode::Char(' ') = key.code {
            self.fold(page);
            return Step::Stay;
        }
        if let Some(motion) = Motion::of(key) {
            self.cursor.go(motion, self.length(), page);
            return Step::Stay;
        }
        let Some(loaded) = &self.loaded else {
            return Step::Unknown;
        };
        let chosen = loaded.row(self.cursor.at);
        match key.code {
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => chosen.map_or(Step::Stay, |row| {
                Step::Open(Wanted::Activity {
                    run: self.id.clone(),
                    path: row.path.clone(),
                })
            }),
            KeyCode::Char('o') => match chosen {
                Some(row) if row.has_notebook => Step::Open(Wanted::Notebook {
                    run: self.id.clone(),
                    path: row.path.clone(),
                    attempt: row.attempts,
                }),
                Some(row) => Step::Say(format!(
                    "{} ran no notebook: it is an activity {}",
                    row.path, row.kind
                )),
                None => Step::Stay,
            },
            KeyCode::Char('n' | 'N') => {
                let length = loaded.branches.len();
                let at = self.cursor.at;
                let found = if key.code == KeyCode::Char('n') {
                    (at + 1..length).chain(0..at).find(|line| loaded.is_failed(*line))
                } else {
                    (0..at)
                        .rev()
                        .chain((at..length).rev())
                        .find(|line| loaded.is_failed(*line))
                };
                match found {
                    Some(line) => {
                        self.cursor.at = line;
                        self.cursor.keep(length, page);
                        Step::Stay
                    }
                    None if loaded.is_failed(at) => Step::Stay,
                    None => Step::Say("no activity has failed".to_owned()),
                }
            }
            KeyCode::Char('r') => {
                let whole = chosen
                    .map(|row| row.path.as_str())
                    .filter(|path| !path.contains('/'));
                rerun(&loaded.run, whole)
            }
            KeyCode::Char('c') => cancel(&loaded.run),
            _ => Step::Unknown,
        }
    }

    /// Shows what is within the chosen activity, or no more.
    fn fold(&mut self, page: usize) {
        let Some(path) = self.chosen().map(|row| row.path.clone()) else {
            return;
        };
        if !self.folded.remove(&path) {
            self.folded.insert(path);
        }
        if let Some(loaded) = &mut self.loaded {
            loaded.branches = branches(&loaded.rows, &self.folded);
            self.cursor.keep(loaded.branches.len(), page);
        }
    }

    /// Writes what there is to say of the run itself, in so many columns.
    pub(super) fn facts(&self, wide: usize, now: DateTime<Utc>) -> Vec<Line<'static>> {
        let Some(LoadedRun { run, .. }) = &self.loaded else {
            return vec![Line::styled("…", dim())];
        };
        let version = run
            .version
            .map_or("draft".to_owned(), |version| format!("version {version}"));
        let mut facts = vec![version, format!("by {}", clean(&origin(run)))];
        facts.push(match run.started_at {
            Some(began) => format!("began {} UTC", time(began, wide / 4)),
            None => format!("asked for {} UTC", time(run.queued_at, wide / 4)),
        });
        if run.started_at.is_some() {
            let took = took(run.started_at, run.ended_at, run.status.is_final(), now);
            facts.push(if run.ended_at.is_some() {
                format!("took {took}")
            } else {
                format!("for {took}")
            });
        }
        facts.extend(run.rerun_of.as_ref().map(|of| format!("repeats {of}")));
        let trigger = &run.trigger;
        facts.extend(
            trigger
                .scheduled_time
                .map(|at| format!("scheduled for {}", time(at, 19))),
        );
        if let (Some(start), Some(end)) = (trigger.window_start, trigger.window_end) {
            facts.push(format!("window {} to {}", time(start, 19), time(end, 19)));
        }
        facts.extend(trigger.files.iter().map(|file| format!("file {}", clean(file))));
        if run.is_cancel_asked && !run.status.is_final() {
            facts.push("is asked to stop".to_owned());
        }
        let mut lines = Vec::new();
        let mut line = String::new();
        for fact in facts {
            if !line.is_empty() && width(&line) + 3 + width(&fact) > wide {
                lines.push(Line::styled(std::mem::take(&mut line), dim()));
            }
            if !line.is_empty() {
                line += " · ";
            }
            line += &fact;
        }
        lines.push(Line::styled(cut(&line, wide), dim()));
        let parameters = run.parameters.as_object().filter(|all| !all.is_empty());
        lines.extend(parameters.map(|parameters| {
            let text = serde_json::to_string(parameters).unwrap_or_default();
            let text = cut(&clean(&text), wide.saturating_sub(11));
            Line::from(vec![Span::styled("parameters ", dim()), Span::raw(text)])
        }));
        if let Some(error) = &run.error {
            let mut error = failure(error, wide);
            if error.len() > ERROR {
                error.truncate(ERROR);
                if let Some(last) = error.last_mut() {
                    last.push_span(Span::raw(" …"));
                }
            }
            lines.extend(error);
        }
        lines
    }
}
