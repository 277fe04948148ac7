//! [`ExpressionError`]: what is wrong with an expression, and where in it.

use std::fmt;

use crate::error::{Problem, nearest};

/// What is wrong with an expression, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// What stands between `@{` and `}`.
    pub expression: String,
    /// Where the fault is in the whole text, in bytes.
    pub offset: usize,
    /// Where it is in the expression: the column, counted from 1, of the line where it is.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no brace at its end.
    #[error("the expression has no closing brace")]
    Unclosed,
    /// A bracket closes what nothing opened.
    #[error("this `{0}` closes nothing")]
    Unopened(char),
    /// Nothing stands there.
    #[error("there is no expression")]
    Empty,
    /// It ends too early.
    #[error("the expression is not complete")]
    Incomplete,
    /// A word of the language behind a dot.
    #[error("`{0}` is a keyword, and cannot follow a dot")]
    Keyword(String),
    /// A name that expressions do not have.
    #[error("there is no `{name}` here")]
    UnknownName {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A field that something does not have.
    #[error("{} has no `{field}`", if of.is_empty() { "this value" } else { of.as_str() })]
    UnknownField {
        /// What was asked, as it is written.
        of: String,
        /// The field.
        field: String,
        /// The fields that it has.
        known: Vec<String>,
    },
    /// An activity that is not surely done when the expression is evaluated.
    #[error("{activity:?} may not have run before this, so that its output may be missing")]
    NotBefore {
        /// The activity.
        activity: String,
    },
    /// Something of Data Factory's that the import could not translate.
    #[error("Data Factory's `{0}` has no counterpart here")]
    NoCounterpart(String),
    /// What an activity gave, and was kept out of the store of runs.
    #[error("what {activity:?} gave was kept out of the store of runs, and is not known any more")]
    Concealed {
        /// The activity, by its path in the run.
        activity: String,
    },
    /// A value of another type than what is needed.
    #[error("{what} has to be {expected}, but is {found}")]
    Type {
        /// What it is for.
        what: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// `None` within a text.
    #[error("the value is None, which cannot be part of a text")]
    NothingInText,
    /// A value that is no data.
    #[error("the value is {0}, not a text, a number, true or false, a list or an object")]
    NoData(String),
    /// It took too long, or too many steps.
    #[error("evaluating it takes too long")]
    TooLong,
    /// It took too much memory.
    #[error("evaluating it takes too much memory")]
    TooLarge,
    /// Anything else that Starlark says.
    #[error("{message}")]
    Other {
        /// What it says.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

/// The longest expression that a message shows whole.
const SHOWN: usize = 120;

impl ExpressionError {
    /// Makes the error of a fault `at` so many bytes behind the expression's begin, which is at `offset` in its text.
    pub(super) fn new(expression: &str, offset: usize, at: usize, fault: Fault) -> Self {
        let before = expression.get(..at).unwrap_or(expression);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            expression: expression.to_owned(),
            offset: offset + before.len(),
            column: line.chars().count() + 1,
            fault,
        }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.expression.split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "in @{{{}…}}: ", line.get(..end).unwrap_or_default())?,
            None => write!(f, "in @{{{line}}}: ")?,
        }
        self.fault.fmt(f)
    }
}

impl std::error::Error for ExpressionError {}

impl Fault {
    /// Returns what to do about it.
    pub fn hint(&self) -> Option<String> {
        let among = |word: &str, known: &[String], none: &str| {
            let near = nearest(word, known.iter().map(String::as_str));
            Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => none.to_owned(),
                None => format!("there are: {}", known.join(", ")),
            })
        };
        match self {
            Self::Unclosed => {
                Some("end it with `}`; a text `@{` that is no expression is written `@@{`".to_owned())
            }
            Self::Unopened(_) => Some("remove it, or open a bracket before".to_owned()),
            Self::Empty => Some("write a value between the braces, such as `parameters.date`".to_owned()),
            Self::Incomplete => Some("write what is missing at its end".to_owned()),
            Self::Keyword(word) => Some(format!("write it in brackets: [{word:?}]")),
            Self::UnknownName { name, known } => among(name, known, "nothing is defined here"),
            Self::UnknownField { field, known, .. } => among(field, known, "it has no fields"),
            Self::NotBefore { activity } => Some(format!("add {activity:?} to the activity's `after`")),
            Self::Concealed { activity } => {
                let end = activity.find(['/', '[', ':']).unwrap_or(activity.len());
                let name = activity.get(..end).unwrap_or(activity);
                Some(format!("run it again: `sheaf runs rerun RUN --from {name}`"))
            }
            Self::NoCounterpart(_) => {
                Some("write in its place what it gives, or let a notebook compute it".to_owned())
            }
            Self::NothingInText => Some(
                "say what to use instead: `value or \"…\"`; only runs of a trigger have what is in `trigger`"
                    .to_owned(),
            ),
            Self::NoData(kind) if kind == "range" => Some("write it as a list: `list(range(…))`".to_owned()),
            Self::NoData(_) => Some("call it, or choose one of its fields".to_owned()),
            Self::TooLong | Self::TooLarge => {
                Some("let a notebook compute it, and use its output".to_owned())
            }
            Self::Type { .. } => None,
            Self::Other { hint, .. } => hint.clone(),
        }
    }
}

impl Problem for ExpressionError {
    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}
