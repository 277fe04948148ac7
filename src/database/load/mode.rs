//! [`Mode`]: what happens to the rows that a table has.

use crate::database::error::DatabaseError;
use crate::error::nearest;

/// What happens to the rows that a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They stay, and the rows of the load come behind them.
    Append,
    /// They go; the table keeps its columns, its constraints and who may read it.
    Overwrite,
    /// There must be no such table.
    Error,
    /// Those whose keys are those of a row of the load get its values; the other rows of the load are added.
    Upsert,
}

impl Mode {
    const ALL: [(&'static str, Self); 4] = [
        ("append", Self::Append),
        ("overwrite", Self::Overwrite),
        ("error", Self::Error),
        ("upsert", Self::Upsert),
    ];

    /// Reads the name of a mode.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub fn parse(text: &str) -> Result<Self, DatabaseError> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, mode)| *mode).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name);
            DatabaseError::Usage {
                reason: format!("there is no mode {text:?}"),
                hint: match nearest(text, names) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!(
                        "the modes are {}",
                        names.map(|name| format!("{name:?}")).join(", ")
                    ),
                },
            }
        })
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Overwrite => "overwrite",
            Self::Error => "error",
            Self::Upsert => "upsert",
        }
    }
}
