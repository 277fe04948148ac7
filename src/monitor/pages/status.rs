//! The words and signs of statuses: never colour alone.

use crate::monitor::markup::Markup;
use crate::pipeline::{ActivityStatus, RunStatus};

/// How a status is drawn: the class of its colours, a sign, and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::monitor) struct Drawn {
    pub(in crate::monitor) class: &'static str,
    pub(in crate::monitor) sign: &'static str,
    pub(in crate::monitor) words: &'static str,
}

const fn drawn(class: &'static str, sign: &'static str, words: &'static str) -> Drawn {
    Drawn { class, sign, words }
}

/// Returns how the status of a run is drawn.
pub(in crate::monitor) fn of_run(status: RunStatus) -> Drawn {
    match status {
        RunStatus::Queued => drawn("waiting", "○", "Queued"),
        RunStatus::InProgress => drawn("running", "◐", "In progress"),
        RunStatus::Succeeded => drawn("succeeded", "✓", "Succeeded"),
        RunStatus::Failed => drawn("failed", "✕", "Failed"),
        RunStatus::Cancelled => drawn("cancelled", "⊘", "Cancelled"),
        RunStatus::Interrupted => drawn("interrupted", "‖", "Interrupted"),
    }
}

/// Returns how the status of an activity is drawn.
pub(in crate::monitor) fn of_activity(status: ActivityStatus) -> Drawn {
    match status {
        ActivityStatus::Waiting => drawn("waiting", "○", "Waiting"),
        ActivityStatus::InProgress => drawn("running", "◐", "In progress"),
        ActivityStatus::Retrying => drawn("running", "↻", "Retrying"),
        ActivityStatus::Succeeded => drawn("succeeded", "✓", "Succeeded"),
        ActivityStatus::Failed => drawn("failed", "✕", "Failed"),
        ActivityStatus::Skipped => drawn("skipped", "⤼", "Skipped"),
        ActivityStatus::Cancelled => drawn("cancelled", "⊘", "Cancelled"),
        ActivityStatus::Interrupted => drawn("interrupted", "‖", "Interrupted"),
    }
}

/// Returns how a trigger is drawn; one that no scheduler has met yet is neither started nor stopped.
pub(super) fn of_trigger(is_started: Option<bool>) -> Drawn {
    match is_started {
        Some(true) => drawn("succeeded", "▶", "Started"),
        Some(false) => drawn("waiting", "■", "Stopped"),
        None => drawn("waiting", "○", "Not seen by a scheduler yet"),
    }
}

/// Writes a status.
pub(super) fn badge(into: &mut Markup, drawn: Drawn) {
    into.element("span", &[("class", &format!("state {}", drawn.class))], |badge| {
        badge
            .said("span", &[("aria-hidden", "true")], drawn.sign)
            .raw(" ")
            .text(drawn.words);
    });
}
