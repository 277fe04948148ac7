//! [`Summary`]: what a value is, in one line.

/// What a value is, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its type, as `type()` names it.
    pub kind: String,
    /// Its shape, or the value itself where it is short.
    pub text: String,
    /// How much memory it takes, where that is known; memory that values share counts for each.
    pub bytes: Option<usize>,
}
