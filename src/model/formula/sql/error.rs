//! Why a model cannot be written as SQL.

/// Why a model cannot be written as SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The sentences say what each variant is; its fields are the facts in them.
pub enum ToSqlError {
    #[error("there is no SQL dialect {name:?}; there are {}", known.join(", "))]
    UnknownDialect {
        name: String,
        near: Option<&'static str>,
        known: Vec<&'static str>,
    },
    #[error("the feature {feature:?} uses {what}, and {title} has nothing that surely gives the same")]
    Untranslated {
        feature: String,
        what: String,
        title: &'static str,
    },
    #[error(
        "the feature {feature:?} reads the column {column:?}, whose type the model does not keep: it is no number, boolean or text"
    )]
    OtherColumn { feature: String, column: String },
    #[error("the feature {feature:?} becomes too long as SQL for {title}")]
    Long { feature: String, title: &'static str },
    #[error("the {what} {text:?} has a character that {title} cannot write")]
    Character {
        what: &'static str,
        text: String,
        title: &'static str,
    },
    #[error("the column {column:?} is listed twice")]
    Twice { column: String },
    #[error("{title} cannot give all columns of a table beside computed ones without their names")]
    AllColumns { title: &'static str },
}

impl ToSqlError {
    pub(in crate::model) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownDialect { near, .. } => return near.map(|near| format!("did you mean {near:?}?")),
            Self::Untranslated { .. } | Self::OtherColumn { .. } | Self::Long { .. } => {
                "make it a column before the fit, as in df.with_columns(name=\"…\"), and give the table that column".to_owned()
            }
            Self::Character { .. } => "replace the character U+0000 in the data, and fit again".to_owned(),
            Self::Twice { .. } => "leave one of them out".to_owned(),
            Self::AllColumns { .. } => "list the columns to keep".to_owned(),
        })
    }
}
