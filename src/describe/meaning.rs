//! [`Meaning`]: what a text that is given for a parameter stands for.

/// What a text that is given for a parameter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Meaning {
    /// Itself, or the parameter takes no text.
    #[default]
    Text,
    /// A frame whose columns the other parameters name.
    Frame,
    /// The name of a column.
    Column,
    /// The name of a column, or SQL text over columns.
    ColumnOrExpression,
    /// SQL text over columns.
    Expression,
    /// The name of a column of the frame on the right of a join.
    RightColumn,
    /// Other names for columns, by their names.
    Names,
    /// Types by the names of columns, or one type.
    Types,
    /// A query.
    Query,
    /// A statement for a database.
    Statement,
    /// The name of a table in a database.
    Table,
    /// A file or a folder.
    Path,
    /// A password, or a dict in which some are.
    Secret,
    /// A scope of secrets.
    Scope,
    /// The key of a secret in a scope.
    Key,
}

impl Meaning {
    /// Finds a meaning by the words that documentation has for it.
    pub fn of(words: &str) -> Option<Self> {
        Some(match words {
            "text" => Self::Text,
            "frame" => Self::Frame,
            "column" => Self::Column,
            "column or SQL" => Self::ColumnOrExpression,
            "SQL" => Self::Expression,
            "right column" => Self::RightColumn,
            "names" => Self::Names,
            "types" => Self::Types,
            "query" => Self::Query,
            "statement" => Self::Statement,
            "table" => Self::Table,
            "path" => Self::Path,
            "secret" => Self::Secret,
            "scope" => Self::Scope,
            "key" => Self::Key,
            _ => return None,
        })
    }

    /// Returns whether such a text is, or may be, SQL.
    pub fn is_sql(self) -> bool {
        matches!(
            self,
            Self::ColumnOrExpression | Self::Expression | Self::Query | Self::Statement
        )
    }
}
