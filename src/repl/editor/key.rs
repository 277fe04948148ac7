//! [`Key`]: what a key is for.

use rustyline::{KeyCode, KeyEvent, Modifiers};

pub(super) const CTRL_C: KeyEvent = KeyEvent(KeyCode::Char('C'), Modifiers::CTRL);
pub(super) const CTRL_D: KeyEvent = KeyEvent(KeyCode::Char('D'), Modifiers::CTRL);

/// What a key is for; what is none of these is `rustyline`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Enter,
    NewLine,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    /// Goes right or to the end, where the grey text is.
    Right,
    RightWord,
    Open,
    Search,
    Interrupt,
    End,
    Escape,
    Letter(char),
    /// Clears the screen.
    Clear,
    /// Undoes and so on: nothing that writes.
    Harmless,
    Other,
}

impl Key {
    /// Returns what a key is for; `is_command` says that letters are commands.
    pub(super) fn of(key: KeyEvent, is_command: bool) -> Self {
        const NONE: Modifiers = Modifiers::NONE;
        const CTRL: Modifiers = Modifiers::CTRL;
        const ALT: Modifiers = Modifiers::ALT;
        match (key.0, key.1) {
            _ if is_enter(key) => Self::Enter,
            (KeyCode::Enter, _) | (KeyCode::Char('J'), Modifiers::CTRL_ALT) => Self::NewLine,
            (KeyCode::Tab, NONE) => Self::Tab,
            (KeyCode::BackTab, _) => Self::BackTab,
            (KeyCode::Backspace, NONE) if !is_command => Self::Backspace,
            (KeyCode::Up, NONE) | (KeyCode::Char('P'), CTRL) => Self::Up,
            (KeyCode::Down, NONE) | (KeyCode::Char('N'), CTRL) => Self::Down,
            (KeyCode::Char('k' | '-'), NONE) if is_command => Self::Up,
            (KeyCode::Char('j' | '+'), NONE) if is_command => Self::Down,
            (KeyCode::Right | KeyCode::End, NONE) | (KeyCode::Char('E' | 'F'), CTRL) => Self::Right,
            (KeyCode::Right, CTRL | ALT) | (KeyCode::Char('f'), ALT) => Self::RightWord,
            (KeyCode::Char('O'), CTRL) => Self::Open,
            (KeyCode::Char('R' | 'S'), CTRL) => Self::Search,
            (KeyCode::Esc, NONE) => Self::Escape,
            (KeyCode::Char('u'), NONE) if is_command => Self::Harmless,
            (KeyCode::Char('L'), CTRL) => Self::Clear,
            (KeyCode::Char('_' | 'Z' | 'G'), CTRL) | (KeyCode::UnknownEscSeq | KeyCode::Null, _) => {
                Self::Harmless
            }
            (KeyCode::Char(letter), NONE) if !is_command => Self::Letter(letter),
            _ if key == CTRL_C => Self::Interrupt,
            _ if key == CTRL_D => Self::End,
            _ => Self::Other,
        }
    }
}

/// Returns whether a key ends a line.
pub(super) fn is_enter(key: KeyEvent) -> bool {
    matches!(
        key,
        KeyEvent(KeyCode::Enter, Modifiers::NONE) | KeyEvent(KeyCode::Char('J' | 'M'), Modifiers::CTRL)
    )
}
