//! [`Fault`] and its [`Place`]: what is wrong in a text of RON.

/// What is wrong in a text of RON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A field that there is not.
    UnknownField {
        /// The field.
        field: String,
        /// The fields that there are.
        known: &'static [&'static str],
    },
    /// A field that stands there twice.
    TwiceField {
        /// The field.
        field: &'static str,
    },
    /// A field that is needed and missing.
    MissingField {
        /// The field.
        field: &'static str,
        /// The type whose field it is.
        of: Option<String>,
    },
    /// A word that cannot stand there.
    UnknownWord {
        /// The type that has the words.
        of: Option<String>,
        /// The word.
        word: String,
        /// The words that there are.
        known: &'static [&'static str],
    },
    /// Anything else that the reader says, without a capital letter or a full stop.
    Other(String),
}

impl From<ron::Error> for Fault {
    fn from(error: ron::Error) -> Self {
        match error {
            ron::Error::NoSuchStructField { expected, found, .. } => Self::UnknownField {
                field: found,
                known: expected,
            },
            ron::Error::DuplicateStructField { field, .. } => Self::TwiceField { field },
            ron::Error::MissingStructField { field, outer } => Self::MissingField { field, of: outer },
            ron::Error::NoSuchEnumVariant {
                expected,
                found,
                outer,
            } => Self::UnknownWord {
                of: outer,
                word: found,
                known: expected,
            },
            error => Self::Other(lower_first(&error.to_string())),
        }
    }
}

/// Where something stands in a text: line and column, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// Returns the place of a byte of a text.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }

    /// Moves it past the whitespace that the reader has not skipped yet.
    pub(super) fn behind_whitespace(mut self, text: &str) -> Self {
        let rest = text
            .split_inclusive('\n')
            .skip(self.line.saturating_sub(1))
            .flat_map(str::chars)
            .skip(self.column.saturating_sub(1));
        for character in rest.take_while(|character| character.is_whitespace()) {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self
    }
}

fn lower_first(message: &str) -> String {
    let mut characters = message.trim_end_matches('.').chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
