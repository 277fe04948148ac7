//! [`Effect`]: what evaluating something may do besides giving a value.

/// What evaluating something may do besides giving a value.
///
/// It decides which cells may run at the same time. There is no default on purpose: what is not known
/// [acts](Effect::Acts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing.
    Pure,
    /// It may read files or widgets.
    Reads,
    /// It may write, mount, or see what others have written in other ways than by reading a file.
    Acts,
}

impl Effect {
    /// Returns what all of several may do together.
    pub fn of_all(effects: impl IntoIterator<Item = Self>) -> Self {
        effects.into_iter().max().unwrap_or(Self::Pure)
    }
}
