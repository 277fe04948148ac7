//! What Tab offers.

/// What follows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// The number of a cell.
    Cell,
    /// A file.
    File,
    /// A name in scope.
    Name,
    /// A topic of the help.
    Topic,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// Nothing.
    Nothing,
}

/// What completion knows of a command of the prompt.
#[derive(Debug, Clone, Copy)]
pub struct CommandSpec {
    /// Its name, without the `%`.
    pub name: &'static str,
    /// What follows it.
    pub arguments: ArgumentKind,
    /// What it does.
    pub summary: &'static str,
}
