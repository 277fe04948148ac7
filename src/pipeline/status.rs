//! [`RunStatus`] and [`ActivityStatus`]: how far a run and an activity have come, in Data Factory's words.

use std::fmt;

/// How far a run of a pipeline has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// It waits until it may run.
    Queued,
    /// It runs.
    InProgress,
    /// It has ended well: each failure in it was handled.
    Succeeded,
    /// It has failed.
    Failed,
    /// Someone stopped it.
    Cancelled,
    /// The process that ran it ended in the middle of it.
    Interrupted,
}

impl RunStatus {
    /// Every status, in the order in which a run can take them.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::InProgress,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// Returns its name, as it is written and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Interrupted => "Interrupted",
        }
    }

    /// Returns the status of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(name))
    }

    /// Returns whether nothing more happens to it by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::InProgress)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How far an activity of a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActivityStatus {
    /// It waits for what it comes after.
    Waiting,
    /// It runs.
    InProgress,
    /// An attempt has failed, and it waits for the next.
    Retrying,
    /// It has ended well.
    Succeeded,
    /// Its last attempt has failed.
    Failed,
    /// What it comes after did not end as it asks for.
    Skipped,
    /// Someone stopped the run.
    Cancelled,
    /// The process that ran it ended in the middle of it.
    Interrupted,
}

impl ActivityStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::InProgress,
        Self::Retrying,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// Returns its name, as it is written and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::InProgress => "InProgress",
            Self::Retrying => "Retrying",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Cancelled => "Cancelled",
            Self::Interrupted => "Interrupted",
        }
    }

    /// Returns the status of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(name))
    }

    /// Returns whether it has ended.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::InProgress | Self::Retrying)
    }
}

impl fmt::Display for ActivityStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
