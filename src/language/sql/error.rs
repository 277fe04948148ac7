//! What can be wrong with the statements of a notebook.

use crate::error::{Problem, nearest};

/// A statement that does not fit the notebook.
#[derive(Debug, thiserror::Error)]
pub(super) enum StatementError {
    #[error("`{name}` is {found}, and a query needs frames")]
    NotAFrame { name: String, found: String },
    #[error("the query reads `{name}`, and there is no frame of that name above")]
    Unknown { name: String, known: Vec<String> },
    #[error("the query reads `{name}`, and its text is not known before the cell runs")]
    NotGiven { name: String },
    #[error("the query uses `:{name}`, which is neither an argument nor a widget")]
    NoParameter { name: String },
    #[error("the cell has no query")]
    Empty,
    #[error("`{name}` is bound above already")]
    Bound { name: String },
    #[error("`{name} <<` names a result, and {statement} has none")]
    NoResult { name: String, statement: &'static str },
    #[error("{statement} belongs in a %sql cell, and sql(…) gives a frame")]
    OnlyInCells {
        statement: &'static str,
        instead: String,
    },
    #[error("sql(…) takes one statement, and this text has {count}")]
    Several { count: usize },
    #[error("{}", if name.is_empty() { "`--on` names no connection".to_owned() } else { format!("{name} cannot be the name of a connection") })]
    NoConnection { name: String },
    #[error("the cell asks {connection} nothing")]
    NothingAsked { connection: String },
    #[error("`{name}` is {found}, and no connection")]
    NotAConnection { name: String, found: String },
    #[error("`${{{name}}}` stands within a text, and values for a database are bound, never pasted")]
    WithinText { name: String },
    #[error("`${{{name}}}` stands in the place of a name, and a database takes values of parameters alone")]
    AsName { name: String },
    #[error("the cell has several statements and parameters")]
    SeveralWithParameters,
    #[error("the choices of widget `{name}` are {count} columns, and have to be one")]
    Choices { name: String, count: usize },
}

impl Problem for StatementError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotAFrame { name, found } if found == "a dict" => {
                format!("convert it to a frame first: frame({name})")
            }
            Self::NotAFrame { .. } => {
                "query a frame, such as read_csv(…) or frame({\"a\": [1, 2]}) returns".to_owned()
            }
            Self::Unknown { name, .. } if name.starts_with("delta.") => {
                let path = name.trim_start_matches("delta.").trim_matches('`');
                format!("bind the table in a cell above, t = scan_delta(\"{path}\"), and read from t")
            }
            Self::Unknown { name, known } => match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "bind a frame in a cell above: df = read_csv(\"…\")".to_owned(),
                None => format!("the names above are: {}", known.join(", ")),
            },
            Self::NotGiven { name } => format!("pass the frames that it reads: sql(text, {name}={name})"),
            Self::NoParameter { name } => {
                format!(
                    "pass it, sql(text, {name}=…), or declare it: dbutils.widgets.text(\"{name}\", \"default\")"
                )
            }
            Self::Empty => "write it below %sql, as in SELECT * FROM df".to_owned(),
            Self::Bound { name } => {
                format!("write CREATE OR REPLACE TEMP VIEW {name} AS …, or give the view another name")
            }
            Self::NoResult { .. } => "leave the name out, or end the cell with a query".to_owned(),
            Self::OnlyInCells { instead, .. } => instead.clone(),
            Self::Several { .. } => "call sql once for each, or write them in a %sql cell".to_owned(),
            Self::NoConnection { .. } => {
                "write %sql --on warehouse, a connection of sheaf.ron, or --on con, where a cell above has \
                 con = connect(…)"
                    .to_owned()
            }
            Self::NothingAsked { connection } => {
                format!("write it behind the name or below, as in %sql --on {connection} SELECT 1")
            }
            Self::NotAConnection { .. } => {
                "name a connection: one of sheaf.ron, or con, where a cell above has con = connect(…)"
                    .to_owned()
            }
            Self::WithinText { name } => format!("join the texts: '…' || :{name}, or concat('…', :{name})"),
            Self::AsName { name } => {
                format!("write the name itself, or :{name} where a value stands")
            }
            Self::SeveralWithParameters => "write each statement in a cell of its own".to_owned(),
            Self::Choices { .. } => "select the column of the values to choose from".to_owned(),
        })
    }
}
