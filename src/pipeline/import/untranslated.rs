//! [`Untranslated`]: what of an expression has no counterpart here.

/// What of an expression has no counterpart here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untranslated {
    /// A function.
    #[error("the function {0}() has no counterpart")]
    Function(String),
    /// Something of the pipeline, the trigger or a format.
    #[error("{0} has no counterpart")]
    Fact(String),
    /// An activity that the pipeline does not have.
    #[error("the pipeline has no activity {0:?}")]
    Activity(String),
    /// A text that is no expression of Data Factory's.
    #[error("this is not a Data Factory expression")]
    Syntax,
}
