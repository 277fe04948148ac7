//! [`Meaning`]: the meaning of a text in a call, by the function and the parameter.

use super::context::OpenCall;
use crate::describe::{Builtin, Parameter, Passing};

/// The meaning of a text argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The name of a column.
    Column,
    /// The name of a column, or SQL text over columns.
    ColumnOrExpression,
    /// SQL text over columns.
    Expression,
    /// The name of a column of the frame on the right of a join.
    RightColumn,
    /// Other names for columns, by their names.
    Mapping,
    /// Types by the names of columns, or one type.
    Types,
    /// A query.
    Query,
    /// A file or a folder.
    Path,
    /// Anything else.
    Other,
}

/// The types of columns, as `cast` takes them.
pub(crate) const DTYPES: [&str; 14] = [
    "Boolean", "Date", "Datetime", "Float32", "Float64", "Int16", "Int32", "Int64", "Int8", "String", "Time",
    "UInt32", "UInt64", "UInt8",
];

impl Meaning {
    /// Returns the meaning of a text for `parameter` of `function`.
    pub(crate) fn of(function: &str, parameter: &Parameter) -> Self {
        let verb = function.rsplit('.').next().unwrap_or(function);
        match (verb, parameter.name.as_str()) {
            ("sql", "query") => Self::Query,
            ("rename", "mapping") => Self::Mapping,
            ("cast", "dtypes") | (_, "schema_overrides" | "dtype") => Self::Types,
            ("expr", "text") | ("filter", "predicates") | ("with_columns", "exprs") | ("agg", "aggs") => {
                Self::Expression
            }
            ("select" | "group_by" | "with_columns" | "agg", _)
                if parameter.passing == Passing::NamedRest =>
            {
                Self::Expression
            }
            ("pivot" | "unpivot", "on")
            | ("col", "name")
            | (
                _,
                "subset" | "column" | "columns" | "index" | "values" | "target" | "stratify" | "x" | "y"
                | "color",
            ) => Self::Column,
            (_, "exprs" | "by" | "more_by" | "on" | "left_on" | "features" | "feature") => {
                Self::ColumnOrExpression
            }
            (_, "right_on") => Self::RightColumn,
            // What is mounted is not a path: `file:datasets`.
            ("mount" | "updateMount", "source") => Self::Other,
            (
                _,
                "source" | "path" | "file" | "dir" | "from" | "to" | "save" | "mount_point" | "mountPoint",
            ) => Self::Path,
            _ => Self::Other,
        }
    }
}

/// Finds the parameter that the cursor's argument is given for.
pub(crate) fn parameter<'b>(function: &'b Builtin, call: &OpenCall<'_>) -> Option<&'b Parameter> {
    let parameters = function.parameters();
    let find = |passing: Passing| parameters.iter().find(|parameter| parameter.passing == passing);
    match call.keyword {
        Some(name) => parameters
            .iter()
            .find(|parameter| {
                parameter.name == name && matches!(parameter.passing, Passing::Either | Passing::Name)
            })
            .or_else(|| find(Passing::NamedRest)),
        None => parameters
            .iter()
            .filter(|parameter| matches!(parameter.passing, Passing::Position | Passing::Either))
            .nth(call.position)
            .or_else(|| find(Passing::Rest)),
    }
}
