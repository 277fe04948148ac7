//! [`Board`]: what is looked at, and what keys, sizes, times and news do to it.

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_core::layout::Size;

use super::activity::ActivitySheet;
use super::keys::Where;
use super::notebook::NotebookSheet;
use super::overlay::{Choosing, Outcome, Overlay};
use super::run::RunSheet;
use super::runs::RunList;
use super::step::Step;
use super::triggers::TriggerList;
use super::wanted::{Errand, News, Seen, Told, Wanted};
use crate::schedule::{RunFilter, RunId};

/// The lines around what a place shows: its head, and the keys.
pub(super) const AROUND: u16 = 2;

/// How long a message that tells of no error is shown.
const SHOWN: TimeDelta = TimeDelta::seconds(10);

/// The most places above the list of runs.
const DEEPEST: usize = 32;

/// What is looked at: the list of runs, and what was opened from it.
#[derive(Debug)]
pub struct Board {
    pub(super) list: RunList,
    above: Vec<Sheet>,
    pub(super) overlay: Option<Overlay>,
    pub(super) message: Option<Message>,
    pub(super) now: DateTime<Utc>,
    pub(super) size: Size,
    pub(super) is_colored: bool,
    /// What is to be done, and has not been taken.
    errands: Vec<Errand>,
    /// The run that is being repeated: the one that does so is opened.
    repeated: Option<RunId>,
}

/// A place above the list of runs.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few at a time")]
pub(super) enum Sheet {
    Run(RunSheet),
    Activity(ActivitySheet),
    Notebook(NotebookSheet),
    Triggers(TriggerList),
}

/// A message in the last line, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) text: String,
    pub(super) is_error: bool,
    /// When it goes by itself; one that tells of an error stays.
    until: Option<DateTime<Utc>>,
}

/// What is to be done with the terminal after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Stay,
    /// Leave.
    Quit,
    /// Leave as one who was interrupted.
    Interrupt,
    /// Give the terminal to the shell until one comes back.
    Suspend,
    /// Draw all of it anew.
    Redraw,
}

impl Board {
    /// Looks at the runs of a filter.
    pub fn new(filter: RunFilter, is_colored: bool, now: DateTime<Utc>) -> Self {
        Self {
            list: RunList::new(filter),
            above: Vec::new(),
            overlay: None,
            message: None,
            now,
            size: Size::new(80, 24),
            is_colored,
            errands: Vec::new(),
            repeated: None,
        }
    }

    /// Takes the size of the window.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.size = Size::new(columns, rows);
        self.settle();
    }

    /// Takes the time: what has not ended has taken longer.
    pub fn tick(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.message
            .take_if(|message| message.until.is_some_and(|until| until <= now));
        self.settle();
    }

    /// Returns whether what is seen changes with time.
    pub fn is_moving(&self) -> bool {
        let is_told = self
            .message
            .as_ref()
            .is_some_and(|message| message.until.is_some());
        is_told || self.has_moving()
    }

    fn has_moving(&self) -> bool {
        match self.above.last() {
            None => self.list.is_moving(self.page()),
            Some(Sheet::Run(sheet)) => sheet.is_moving(),
            Some(Sheet::Activity(sheet)) => sheet.is_moving(),
            Some(Sheet::Notebook(_) | Sheet::Triggers(_)) => false,
        }
    }

    pub(super) fn top(&self) -> Option<&Sheet> {
        self.above.last()
    }

    /// Returns the place that is looked at.
    pub(super) fn place(&self) -> Where {
        match self.above.last() {
            None => Where::Runs,
            Some(Sheet::Run(_)) => Where::Run,
            Some(Sheet::Activity(_)) => Where::Activity,
            Some(Sheet::Notebook(_)) => Where::Notebook,
            Some(Sheet::Triggers(_)) => Where::Triggers,
        }
    }

    /// Returns what is shown, and so is to be told of.
    pub(super) fn wanted(&self) -> Wanted {
        match self.above.last() {
            None => Wanted::Runs(self.list.query()),
            Some(Sheet::Run(sheet)) => Wanted::Run(sheet.id.clone()),
            Some(Sheet::Activity(sheet)) => Wanted::Activity {
                run: sheet.id.clone(),
                path: sheet.path.clone(),
            },
            Some(Sheet::Notebook(sheet)) => Wanted::Notebook {
                run: sheet.id.clone(),
                path: sheet.path.clone(),
                attempt: sheet.attempt,
            },
            Some(Sheet::Triggers(_)) => Wanted::Triggers,
        }
    }

    /// Takes what is to be done.
    pub(super) fn errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }

    /// Returns how many lines of what scrolls are seen.
    pub(super) fn page(&self) -> usize {
        let body = usize::from(self.size.height.saturating_sub(AROUND));
        let taken = match self.above.last() {
            // The heads of the columns.
            None | Some(Sheet::Triggers(_)) => 1,
            Some(Sheet::Run(sheet)) => sheet.facts(self.wide(), self.now).len() + 2,
            Some(Sheet::Activity(_) | Sheet::Notebook(_)) => 0,
        };
        body.saturating_sub(taken).max(1)
    }

    /// Returns how many columns text has, with one on each side.
    pub(super) fn wide(&self) -> usize {
        usize::from(self.size.width.saturating_sub(2))
    }

    /// Returns how many lines of a choice or of the help are seen.
    pub(super) fn overlay_page(&self) -> usize {
        usize::from(self.size.height.saturating_sub(4)).max(1)
    }

    /// Takes a key.
    pub fn key(&mut self, key: &KeyEvent) -> Action {
        self.message = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if is_control => return Action::Interrupt,
            KeyCode::Char('z') if is_control => return Action::Suspend,
            KeyCode::Char('l') if is_control => return Action::Redraw,
            _ => {}
        }
        let action = if self.overlay.is_some() {
            self.cover_key(key);
            Action::Stay
        } else {
            self.place_key(key)
        };
        self.settle();
        action
    }

    fn cover_key(&mut self, key: &KeyEvent) {
        let page = self.overlay_page();
        let Some(overlay) = &mut self.overlay else {
            return;
        };
        match overlay.key(key, page) {
            Outcome::Open => return,
            Outcome::Left => {}
            Outcome::Do(errand) => self.perform(errand),
            Outcome::Statuses(statuses) => self.list.set_statuses(statuses),
            Outcome::Pipeline(pipeline) => self.list.set_pipeline(pipeline),
            Outcome::Text { text, is_whole } => {
                self.list.set_text(text);
                if !is_whole {
                    return;
                }
            }
        }
        self.overlay = None;
    }

    fn perform(&mut self, errand: Errand) {
        if let Errand::Rerun { run, .. } = &errand {
            self.repeated = Some(run.clone());
            self.say(format!("{run} begins again …"));
        }
        self.errands.push(errand);
    }

    fn place_key(&mut self, key: &KeyEvent) -> Action {
        let page = self.page();
        let step = match self.above.last_mut() {
            None => self.list.key(key, page),
            Some(Sheet::Run(sheet)) => sheet.key(key, page),
            Some(Sheet::Activity(sheet)) => sheet.key(key, page),
            Some(Sheet::Notebook(sheet)) => sheet.key(key, page),
            Some(Sheet::Triggers(sheet)) => sheet.key(key, page),
        };
        match step {
            Step::Stay => {}
            Step::Unknown => return self.common_key(key),
            Step::Open(wanted) => self.open(wanted),
            Step::Cover(overlay) => {
                if let Overlay::Choosing(Choosing { names: None, .. }) = &overlay {
                    self.errands.push(Errand::Names);
                }
                self.overlay = Some(overlay);
            }
            Step::Say(text) => self.say(text),
        }
        Action::Stay
    }

    /// Takes a key that means the same everywhere.
    fn common_key(&mut self, key: &KeyEvent) -> Action {
        match key.code {
            KeyCode::Char('Q') => return Action::Quit,
            KeyCode::Char('q') if self.above.is_empty() => return Action::Quit,
            KeyCode::Esc if self.above.is_empty() && self.list.has_text() => {
                self.list.set_text(String::new());
            }
            KeyCode::Char('q' | 'h') | KeyCode::Esc | KeyCode::Backspace | KeyCode::Left => {
                self.above.pop();
            }
            KeyCode::Char('t') if self.place() != Where::Triggers => self.open(Wanted::Triggers),
            KeyCode::Char('?') | KeyCode::F(1) => self.overlay = Some(Overlay::Help(0)),
            _ => {}
        }
        Action::Stay
    }

    fn open(&mut self, wanted: Wanted) {
        if self.above.len() >= DEEPEST {
            self.above.remove(0);
        }
        self.above.push(match wanted {
            Wanted::Run(id) => Sheet::Run(RunSheet::new(id)),
            Wanted::Activity { run, path } => Sheet::Activity(ActivitySheet::new(run, path)),
            Wanted::Notebook { run, path, attempt } => {
                Sheet::Notebook(NotebookSheet::new(run, path, attempt))
            }
            Wanted::Triggers => Sheet::Triggers(TriggerList::default()),
            // It is always there, below the others.
            Wanted::Runs(_) => return self.above.clear(),
        });
    }

    fn say(&mut self, text: String) {
        self.message = Some(Message {
            text,
            is_error: false,
            until: Some(self.now + SHOWN),
        });
    }

    fn warn(&mut self, text: String) {
        self.message = Some(Message {
            text,
            is_error: true,
            until: None,
        });
    }

    /// Takes news from the store.
    pub fn hear(&mut self, told: Told) {
        match told.0 {
            News::Seen { of, seen } if of == self.wanted() => match seen {
                Ok(seen) => self.take(seen),
                Err(text) => self.warn(text),
            },
            // It is not looked at any more.
            News::Seen { .. } => {}
            News::Names(names) => {
                if let Some(Overlay::Choosing(choosing)) = &mut self.overlay {
                    choosing.name(names);
                }
            }
            News::Began { of, run } => {
                let is_here = match self.above.last() {
                    None => self.list.chosen().is_some_and(|run| run.id == of),
                    Some(Sheet::Run(sheet)) => sheet.id == of,
                    Some(Sheet::Activity(sheet)) => sheet.id == of,
                    Some(Sheet::Notebook(_) | Sheet::Triggers(_)) => false,
                };
                let is_awaited = self.repeated.take().is_some_and(|repeated| repeated == of);
                self.say(format!("{run} repeats {of}"));
                if is_awaited && is_here && self.overlay.is_none() {
                    self.open(Wanted::Run(run));
                }
            }
            News::Done(text) => self.say(text),
            News::Failed(text) => {
                self.repeated = None;
                self.warn(text);
            }
        }
        self.settle();
    }

    fn take(&mut self, seen: Seen) {
        let page = self.page();
        match (self.above.last_mut(), seen) {
            (None, Seen::Runs { rows, count }) => self.list.take(rows, count, page),
            (Some(Sheet::Run(sheet)), Seen::Run { run, rows, attempts }) => {
                sheet.take(run, rows, attempts, page);
            }
            (Some(Sheet::Activity(sheet)), Seen::Activity { run, row, attempts }) => {
                sheet.loaded = Some((run, row, attempts));
            }
            (Some(Sheet::Notebook(sheet)), Seen::Notebook(executed)) => sheet.take(executed),
            (Some(Sheet::Triggers(sheet)), Seen::Triggers(rows)) => sheet.take(rows, page),
            _ => {}
        }
    }

    /// Puts what is seen in order after anything has changed.
    fn settle(&mut self) {
        let (page, wide, now, is_colored) = (self.page(), self.wide(), self.now, self.is_colored);
        match self.above.last_mut() {
            None => self.list.cursor.keep(self.list.rows.len(), page),
            Some(Sheet::Run(sheet)) => {
                let length = sheet.length();
                sheet.cursor.keep(length, page);
            }
            Some(Sheet::Activity(sheet)) => sheet.lay(wide, page, now),
            Some(Sheet::Notebook(sheet)) => sheet.lay(wide, page, is_colored),
            Some(Sheet::Triggers(sheet)) => {
                let length = sheet.length();
                sheet.cursor.keep(length, page);
            }
        }
        if let Some(Overlay::Choosing(choosing)) = &mut self.overlay {
            let length = choosing.names.as_ref().map_or(0, Vec::len);
            let page = usize::from(self.size.height.saturating_sub(4)).max(1);
            choosing.cursor.keep(length, page);
        }
    }
}
