//! Texts that are equal where they are the same: databases may pass over the size of letters, accents and spaces at the end.

use super::dialect::{Dialect, Engine};
use super::error::ToSqlError;

impl Dialect {
    /// Writes a text so that what it is compared with has to be the same; SQLite decides that where it compares.
    pub(super) fn exact(&self, text: &str) -> String {
        match self.engine {
            Engine::Postgresql => format!("{text} COLLATE \"C\""),
            // The collations of characters pad texts with spaces before they compare them.
            Engine::Mysql => format!("CAST(CONVERT({text} USING utf8mb4) AS BINARY)"),
            Engine::Tsql => format!("{text} COLLATE Latin1_General_BIN2"),
            Engine::Sqlite | Engine::Spark | Engine::Duckdb => text.to_owned(),
        }
    }

    /// Writes whether a text that [`exact`](Self::exact) wrote is this one.
    pub(super) fn is_text(&self, text: &str, constant: &str) -> Result<String, ToSqlError> {
        let literal = self.literal(constant)?;
        Ok(match self.engine {
            Engine::Sqlite => format!("{text} COLLATE BINARY = {literal}"),
            // Spaces at the end count for nothing there, whatever the collation.
            Engine::Tsql => {
                let bytes = constant.encode_utf16().count() * 2;
                format!("({text} = {literal} AND DATALENGTH({text}) = {bytes})")
            }
            _ => format!("{text} = {literal}"),
        })
    }
}
