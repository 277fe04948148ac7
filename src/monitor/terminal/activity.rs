//! [`ActivitySheet`]: the attempts of an activity, each with what it was given, what it gave, why it failed.

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui_core::text::Line;
use serde_json::Value;

use super::motion::Motion;
use super::runs::{cancel, rerun};
use super::scroll::Scroll;
use super::step::Step;
use super::theme::{badge, dim, fact, failure, strong};
use super::wanted::Wanted;
use super::words::{broken, took};
use crate::monitor::moment::{length, written};
use crate::monitor::pages::of_activity;
use crate::pipeline::progress;
use crate::schedule::{ActivityRow, AttemptRow, RunId, RunRow};

/// An activity, and one of its attempts.
#[derive(Debug)]
pub(super) struct ActivitySheet {
    pub(super) id: RunId,
    pub(super) path: String,
    pub(super) loaded: Option<(RunRow, ActivityRow, Vec<AttemptRow>)>,
    /// Which attempt is looked at, counted from 1; the last one where none is.
    attempt: Option<u32>,
    pub(super) text: Scroll,
}

impl ActivitySheet {
    pub(super) fn new(id: RunId, path: String) -> Self {
        Self {
            id,
            path,
            loaded: None,
            attempt: None,
            text: Scroll::default(),
        }
    }

    /// Returns the attempt that is looked at.
    fn attempt(&self) -> Option<&AttemptRow> {
        let (_, _, attempts) = self.loaded.as_ref()?;
        match self.attempt {
            Some(number) => attempts.iter().find(|attempt| attempt.attempt == number),
            None => attempts.last(),
        }
    }

    pub(super) fn is_moving(&self) -> bool {
        self.loaded
            .as_ref()
            .is_some_and(|(_, row, _)| !row.status.is_final())
    }

    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Step {
        if let Some(motion) = Motion::of(key) {
            self.text.go(motion, page);
            return Step::Stay;
        }
        let Some((run, row, attempts)) = &self.loaded else {
            return Step::Unknown;
        };
        match key.code {
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l' | 'o') => match self.attempt() {
                Some(attempt) if attempt.has_notebook => Step::Open(Wanted::Notebook {
                    run: self.id.clone(),
                    path: self.path.clone(),
                    attempt: attempt.attempt,
                }),
                _ => Step::Say(format!("no notebook ran here: it is an activity {}", row.kind)),
            },
            KeyCode::Char('[') => {
                let shown = self.attempt().map_or(1, |attempt| attempt.attempt);
                self.attempt = Some(shown.saturating_sub(1).max(1));
                self.text.top = 0;
                Step::Stay
            }
            KeyCode::Char(']') => {
                let last = attempts.last().map_or(1, |attempt| attempt.attempt);
                self.attempt = self.attempt.map(|shown| shown + 1).filter(|next| *next < last);
                self.text.top = 0;
                Step::Stay
            }
            KeyCode::Char('r') => rerun(run, Some(self.path.as_str()).filter(|path| !path.contains('/'))),
            KeyCode::Char('c') => cancel(run),
            _ => Step::Unknown,
        }
    }

    /// Writes it in so many columns.
    pub(super) fn lay(&mut self, wide: usize, page: usize, now: DateTime<Utc>) {
        let Some((_, row, attempts)) = &self.loaded else {
            return;
        };
        let mut lines = Vec::new();
        if let Some(attempt) = self.attempt() {
            let mut title = vec![format!("Attempt {} of {}  ", attempt.attempt, attempts.len()).into()];
            title.extend(badge(of_activity(attempt.status)));
            lines.push(Line::from(title).style(strong()));
            lines.push(fact("type", &row.kind));
            lines.push(fact("began", &written(attempt.started_at, chrono_tz::Tz::UTC)));
            if let Some(ended) = attempt.ended_at {
                lines.push(fact("ended", &written(ended, chrono_tz::Tz::UTC)));
            }
            let is_over = attempt.status.is_final();
            let took = took(Some(attempt.started_at), attempt.ended_at, is_over, now);
            lines.push(fact("took", &took));
            if let Some(far) = row.progress.filter(|_| !is_over) {
                let time = length(Some(attempt.started_at), None, now);
                lines.push(fact("progress", &progress(&row.kind, far, time)));
            }
            if attempt.has_notebook {
                lines.push(fact("notebook", "Enter opens it as it ran"));
            }
            if let Some(error) = &attempt.error {
                lines.push(Line::default());
                lines.extend(failure(error, wide));
            }
            lines.extend(value("Input", &attempt.input, wide));
            lines.extend(value("Output", &attempt.output, wide));
        } else {
            let mut title = badge(of_activity(row.status));
            title.push("  no attempt was made".into());
            lines.push(Line::from(title).style(strong()));
            lines.push(fact("type", &row.kind));
            if let Some(error) = &row.error {
                lines.push(Line::default());
                lines.extend(failure(error, wide));
            }
            lines.extend(value("Input", &row.input, wide));
            lines.extend(value("Output", &row.output, wide));
        }
        self.text.lines = lines;
        self.text.keep(page);
    }
}

/// Writes a value under its name; nothing where there is none.
fn value(name: &'static str, value: &Value, wide: usize) -> Vec<Line<'static>> {
    let is_empty = match value {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    if is_empty {
        return Vec::new();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    };
    let mut lines = vec![Line::default(), Line::styled(name, dim())];
    lines.extend(broken(&text, wide).into_iter().map(Line::raw));
    lines
}
