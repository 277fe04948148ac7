//! The keys of each place, as the last line and the help tell them.

/// A key, what it does in a word or two, and in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyHelp {
    pub(super) key: &'static str,
    /// For the last line of the screen; not there where it is empty.
    pub(super) short: &'static str,
    pub(super) long: &'static str,
}

const fn key(key: &'static str, short: &'static str, long: &'static str) -> KeyHelp {
    KeyHelp { key, short, long }
}

/// A place, as far as its keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Runs,
    Run,
    Activity,
    Notebook,
    Triggers,
}

const RUNS: [KeyHelp; 8] = [
    key("Enter", "open", "open the run"),
    key("r", "rerun", "run it again: from what failed, or whole"),
    key("c", "cancel", "ask it to stop"),
    key("/", "text", "only runs whose line has a text"),
    key("s", "status", "only runs of some statuses"),
    key("p", "pipeline", "only runs of one pipeline"),
    key("x", "", "all runs again"),
    key("t", "triggers", "what starts runs, and when"),
];

const RUN: [KeyHelp; 7] = [
    key("Enter", "open", "open the activity: its input, output and error"),
    key(
        "o",
        "notebook",
        "open its notebook as it ran, at the cell that failed",
    ),
    key(
        "r",
        "rerun",
        "run the run again: from what failed, from this activity, or whole",
    ),
    key("c", "cancel", "ask the run to stop"),
    key(
        "n N",
        "failed",
        "to the next or the previous activity that failed",
    ),
    key("Space", "", "fold what is within the activity, or unfold it"),
    key("t", "", "what starts runs, and when"),
];

const ACTIVITY: [KeyHelp; 4] = [
    key(
        "Enter",
        "notebook",
        "open its notebook as it ran, at the cell that failed",
    ),
    key("[ ]", "attempt", "the attempt before or after"),
    key(
        "r",
        "rerun",
        "run the run again: from what failed, from here, or whole",
    ),
    key("c", "cancel", "ask the run to stop"),
];

const NOTEBOOK: [KeyHelp; 2] = [
    key(
        "n N",
        "failed cell",
        "to the next or the previous cell that failed",
    ),
    key("[ ]", "cell", "to the cell before or after"),
];

const TRIGGERS: [KeyHelp; 2] = [
    key("Enter", "last run", "open the last run that it started"),
    key("s", "start/stop", "start or stop it"),
];

/// What holds everywhere.
const ALWAYS: [KeyHelp; 8] = [
    key("j k ↓ ↑", "", "a line down or up"),
    key(
        "PgDn PgUp",
        "",
        "a page down or up; Ctrl-F and Ctrl-B, half of it Ctrl-D and Ctrl-U",
    ),
    key("g G", "", "to the first or the last; Home and End"),
    key(
        "Esc",
        "back",
        "back; Backspace and q, too, and h and ← from a list",
    ),
    key("Ctrl-L", "", "draw the screen anew"),
    key("Ctrl-Z", "", "suspend the monitor"),
    key("Q", "", "leave the monitor; Ctrl-C, too"),
    key("?", "keys", "these keys"),
];

impl Where {
    /// Returns the keys that mean something of their own here.
    pub(super) const fn own(self) -> &'static [KeyHelp] {
        match self {
            Self::Runs => &RUNS,
            Self::Run => &RUN,
            Self::Activity => &ACTIVITY,
            Self::Notebook => &NOTEBOOK,
            Self::Triggers => &TRIGGERS,
        }
    }

    /// Returns all keys that mean something here.
    pub(super) fn all(self) -> impl Iterator<Item = &'static KeyHelp> {
        self.own().iter().chain(&ALWAYS)
    }

    /// Returns its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Runs => "the list of runs",
            Self::Run => "a run",
            Self::Activity => "an activity",
            Self::Notebook => "a notebook",
            Self::Triggers => "the triggers",
        }
    }
}
