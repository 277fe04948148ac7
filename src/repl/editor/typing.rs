//! [`Typing`]: what is known of the cell that is being typed; the keys and the painter share it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ahead::Ahead;
use super::choice::Choice;
use super::ended::Ended;
use super::paste::Paste;
use super::recall::Recall;
use super::shown::LastDrawn;

/// A key that comes sooner after the last was painted was not pressed by hand: it is pasted without brackets, or was
/// typed ahead.
const BURST: Duration = Duration::from_millis(3);
/// The same where keys that are pasted would do harm, on a terminal that is slow to show what is painted.
const SLOW_BURST: Duration = Duration::from_millis(30);

/// What is put in the place of all that is typed.
#[derive(Debug)]
pub(super) struct EditorChange {
    pub(super) text: String,
    pub(super) cursor: usize,
}

/// What keys are for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A cell is typed.
    #[default]
    Cell,
    /// A cell is searched in the history.
    Search,
    /// A question is answered.
    Question,
}

/// What is known of the cell that is being typed.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// What is on the line above the cell.
    pub(super) label: String,
    /// Whether the label is to be painted: the line editor does not know of it.
    pub(super) must_label: bool,
    pub(super) mode: Mode,
    /// All that is typed, as it was when it changed last.
    pub(super) text: String,
    /// What is on the terminal.
    pub(super) shown: LastDrawn,
    pub(super) ended: Option<Ended>,
    pub(super) ahead: Ahead,
    pub(super) paste: Option<Paste>,
    /// What the painter is to put into the editor.
    pub(super) edit: Option<EditorChange>,
    pub(super) choice: Option<Choice>,
    pub(super) recall: Option<Recall>,
    /// Whether something stands behind or below what is typed.
    pub(super) has_hint: bool,
    /// Whether the last key was not pressed by hand.
    pub(super) is_burst: bool,
    painted: Option<Instant>,
}

impl Typing {
    /// Starts again below `label`, or behind a question, with the keys that came too early.
    pub(super) fn begin(&mut self, label: Option<&str>) {
        *self = Self {
            mode: if label.is_some() {
                Mode::Cell
            } else {
                Mode::Question
            },
            must_label: label.is_some(),
            label: label.unwrap_or_default().to_owned(),
            ahead: std::mem::take(&mut self.ahead),
            paste: self.paste.take(),
            ..Self::default()
        };
    }

    /// Remembers that something was painted now.
    pub(super) fn paint(&mut self) {
        self.painted = Some(Instant::now());
    }

    /// Returns whether a key that comes now was not pressed by hand.
    pub(super) fn is_too_soon(&self, is_harmful: bool) -> bool {
        let burst = if is_harmful { SLOW_BURST } else { BURST };
        self.painted.is_some_and(|painted| painted.elapsed() < burst)
    }
}

/// Locks what is shared; what a panic left there is still good.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
