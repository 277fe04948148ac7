//! Statements that are no queries: what to do instead.

use sqlparser::ast;
use sqlparser::tokenizer::{Location, Span};

use super::error::{SqlError, SqlErrorKind};

/// Says what to do instead of a statement that is no query.
pub(super) fn not_a_query(statement: &ast::Statement) -> SqlError {
    let text = statement.to_string();
    let statement = text.split_whitespace().next().unwrap_or_default().to_uppercase();
    let instead = match statement.as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" => {
            "frames never change: bind a query's result to a new name; rows of a database are changed with its connection"
        }
        _ => "write SELECT …; frames never change, so bind the result to a new name",
    };
    SqlErrorKind::NotAQuery {
        statement,
        instead: instead.to_owned(),
    }
    .at(Span::new(Location::new(1, 1), Location::new(1, 1)))
}
