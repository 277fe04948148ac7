//! [`TriggerList`]: what starts runs, and when it does so next.

use crossterm::event::{KeyCode, KeyEvent};

use super::cursor::Cursor;
use super::motion::Motion;
use super::overlay::{Overlay, Question};
use super::step::Step;
use super::wanted::{Errand, Wanted};
use crate::monitor::view::TriggerState;

/// What starts runs.
#[derive(Debug, Default)]
pub(super) struct TriggerList {
    pub(super) rows: Option<Vec<TriggerState>>,
    pub(super) cursor: Cursor,
}

impl TriggerList {
    pub(super) fn length(&self) -> usize {
        self.rows.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn take(&mut self, rows: Vec<TriggerState>, page: usize) {
        self.cursor.keep(rows.len(), page);
        self.rows = Some(rows);
    }

    fn chosen(&self) -> Option<&TriggerState> {
        self.rows.as_ref()?.get(self.cursor.at)
    }

    pub(super) fn key(&mut self, key: &KeyEvent, page: usize) -> Step {
        if let Some(motion) = Motion::of(key) {
            self.cursor.go(motion, self.length(), page);
            return Step::Stay;
        }
        let Some(chosen) = self.chosen() else {
            return Step::Unknown;
        };
        match key.code {
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => match &chosen.last_run {
                Some(run) => Step::Open(Wanted::Run(run.id.clone())),
                None => Step::Say(format!("{} has started no run", chosen.trigger)),
            },
            KeyCode::Char('s') => {
                // As on the page: one that the scheduler has not met yet would start.
                let is_started = chosen.is_started == Some(false);
                let (verb, says) = if is_started {
                    ("Start", "yes, start it")
                } else {
                    ("Stop", "yes, stop it")
                };
                Step::Cover(Overlay::Question(Question::yes(
                    format!("{verb} {}?", chosen.trigger),
                    says,
                    Errand::SetStarted {
                        trigger: chosen.trigger.clone(),
                        is_started,
                    },
                )))
            }
            _ => Step::Unknown,
        }
    }
}
