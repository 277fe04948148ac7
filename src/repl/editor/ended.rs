//! [`Ended`]: how typing a cell ended.

/// How typing a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// With a whole cell or command.
    Text(String),
    /// With a text pasted where a question was to be answered.
    Pasted(String),
    /// To continue in the person's own editor.
    Opened {
        text: String,
        /// Whether it is too tall for the terminal, which has to be said.
        is_tall: bool,
        /// Whether nothing of it is left on the screen.
        is_gone: bool,
    },
    Interrupted,
    End,
}
