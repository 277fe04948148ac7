//! [`Action`]: what a key does.

use console::Key;

/// What a key does between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Runs the cell that is shown and shows the next one.
    Next,
    /// Shows the cell before.
    Back,
    /// Runs a cell once more.
    Again,
    /// Goes to a cell by its number.
    Go,
    /// Goes to a cell by its title.
    Skip,
    /// Opens a prompt on the values there are.
    Prompt,
    /// Lists the cells.
    List,
    /// Describes what the keys do.
    Help,
    /// Ends the show.
    Leave,
    /// Ends the show as an interrupted program.
    Interrupt,
}

/// The keys as they are explained.
const HELP: [(&str, &str); 9] = [
    ("Enter, →", "run, and go to the next"),
    ("b, ←", "back one cell"),
    ("r", "run the last cell again"),
    ("g", "go to a cell by number"),
    ("/", "go to a cell by title"),
    ("p", "open a prompt with these values"),
    ("l, t", "list the cells"),
    ("?", "these keys"),
    ("q, Ctrl-D", "leave"),
];

impl Action {
    /// Returns what a key does, if it does anything.
    pub(super) fn of(key: &Key) -> Option<Self> {
        match key {
            // The buttons of a presenter's remote control are the page keys.
            Key::Enter | Key::ArrowRight | Key::PageDown | Key::Char(' ') => Some(Self::Next),
            Key::ArrowLeft | Key::PageUp | Key::Backspace => Some(Self::Back),
            Key::CtrlC => Some(Self::Interrupt),
            Key::Char(character) => match character.to_ascii_lowercase() {
                'b' => Some(Self::Back),
                'r' => Some(Self::Again),
                'g' => Some(Self::Go),
                '/' => Some(Self::Skip),
                'p' => Some(Self::Prompt),
                't' | 'l' => Some(Self::List),
                '?' | 'h' => Some(Self::Help),
                'q' | '\u{4}' => Some(Self::Leave),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Explains the keys, a line for each.
pub(super) fn help() -> String {
    let lines = HELP.map(|(keys, what)| format!("  {keys:<9}  {what}\n"));
    format!("{}\n", lines.concat())
}
