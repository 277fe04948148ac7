//! [`CommandSpec`]: a command of a front end, as completion knows it.

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// The number of a cell, or one of these words, each with what it means.
    Cell(&'static [(&'static str, &'static str)]),
    /// A file.
    File,
    /// Something that there is help about.
    Topic,
    /// A widget and a value for it.
    Widget,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Nothing.
    Nothing,
}

/// A command of a front end, as completion knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandSpec {
    /// Its name without the `%`.
    pub name: &'static str,
    /// What it takes.
    pub arguments: ArgumentKind,
    /// What it does, in a few words.
    pub summary: &'static str,
}
