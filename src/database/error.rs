//! [`DatabaseError`]: what can go wrong between a cell and a database.

use std::time::Duration;

use super::DRIVERS;
use super::table::TableName;
use crate::error::{Error, Kind, Problem, nearest};
use crate::secret::{AddressError, SecretError};
use crate::work::Stopped;

/// What can go wrong between a cell and a database.
///
/// A server's words are quoted where it answers a statement; never where it refuses a connection, whose address may hold
/// values of secrets.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No kind of database has such URLs.
    #[error("{}", if scheme.is_empty() { "the URL does not say which database it is".to_owned() } else { format!("no database has URLs that begin with `{scheme}:`") })]
    UnknownScheme {
        /// How the URL begins.
        scheme: String,
    },
    /// No connection has this name.
    #[error("there is no connection {name:?}")]
    UnknownName {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A connection that was made of what `sheaf.ron` no longer says.
    #[error("the connection {name:?} is another one in sheaf.ron by now")]
    Redefined {
        /// Its name.
        name: String,
    },
    /// The path of a database is a secret.
    #[error("the path of a database cannot be a secret")]
    SecretFile,
    /// An address that is wrong.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A secret that does not go there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database cannot be reached, or does not let one in.
    #[error("cannot connect to {database}: {reason}")]
    Connect {
        /// The kind of database, and which: "PostgreSQL at db.example.com:5432".
        database: String,
        /// Why, without the value of a secret.
        reason: String,
        /// What to do.
        hint: String,
        /// Whether it does not answer, and may later: what keeps something there waits for it. PostgreSQL alone tells.
        is_away: bool,
    },
    /// A statement that the database refuses.
    #[error("{database} refuses the statement: {message}")]
    Refused {
        /// The kind of database.
        database: &'static str,
        /// What it says.
        message: String,
        /// Its own code for that, if it has one: an SQLSTATE, or a number.
        code: Option<String>,
        /// The place in the statement, as a position in bytes.
        at: Option<usize>,
        /// What to do, in its words or in ours.
        hint: Option<String>,
    },
    /// The connection broke.
    #[error("the connection to {database} broke: {reason}")]
    Broken {
        /// The kind of database.
        database: &'static str,
        /// Why.
        reason: String,
    },
    /// The connection broke while the database was asked to make a load last.
    #[error(
        "the connection to {database} broke: {reason}; the answer to COMMIT was lost, so look whether the rows are there"
    )]
    Unanswered {
        /// The kind of database.
        database: &'static str,
        /// Why.
        reason: String,
    },
    /// No session is open.
    #[error("the connection is closed")]
    Closed,
    /// Someone asked for a stop; the statement was cancelled, and a transaction undone.
    #[error("interrupted")]
    Interrupted,
    /// What was asked took longer than the connection allows; it was cancelled, and a transaction undone.
    #[error("{database} has taken longer than the timeout of {} s; it was stopped, and what was not finished has changed nothing", timeout.as_secs_f64())]
    TimedOut {
        /// The kind of database.
        database: &'static str,
        /// How long it may take.
        timeout: Duration,
    },
    /// The work was ended from outside, or by a fault of a library.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A value of a result that cannot be one of its column.
    #[error("column {column:?} of the result: {reason}")]
    Result {
        /// The column.
        column: String,
        /// What is wrong, with the row where one is.
        reason: String,
        /// What to write instead.
        hint: String,
    },
    /// Marks and parameters that do not belong together.
    #[error("{reason}")]
    Parameters {
        /// What does not fit.
        reason: String,
    },
    /// No such table.
    #[error("there is no table {table}")]
    NoTable {
        /// The table.
        table: TableName,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A load into a table that is there, with `mode="error"`.
    #[error("the table {table} is there already")]
    TableExists {
        /// The table.
        table: TableName,
    },
    /// Columns of a load that the table does not have, or the other way round.
    #[error("{reason}")]
    Columns {
        /// Which do not fit, and how.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A value that a column cannot take.
    #[error("row {row}, column {column:?}: {reason}")]
    Value {
        /// The row of the frame, counted from 1.
        row: u64,
        /// The column of the table.
        column: String,
        /// What is wrong, with the value.
        reason: String,
    },
    /// More rows that a table cannot take than there may be.
    #[error(
        "more than {most} rows cannot be loaded; nothing was loaded, and {kept} has those that were found"
    )]
    TooManyRejects {
        /// How many there may be.
        most: u64,
        /// Where those are that were found.
        kept: String,
    },
    /// A load that was not what it should be when it was verified; nothing of it was kept.
    #[error("the load into {table} was undone: {reason}")]
    Verification {
        /// The table.
        table: TableName,
        /// What differs.
        reason: String,
    },
    /// Something around a load that cannot be: a mode without its keys.
    #[error("{reason}")]
    Usage {
        /// What is wrong.
        reason: String,
        /// What to write.
        hint: String,
    },
    /// A file that is not where it should be.
    #[error("{0}")]
    File(Error),
    /// The rows of a frame that is loaded could not be computed.
    #[error("{0}")]
    Frame(Error),
    /// Rows that are not what the database, or the frame, said they would be.
    #[error("{0}")]
    Rows(String),
}

impl DatabaseError {
    /// Says why a file could not be found.
    pub fn file(error: impl Into<Error>) -> Self {
        Self::File(error.into())
    }

    /// Says why the rows of a frame could not be computed.
    pub fn frame(error: impl Into<Error>) -> Self {
        Self::Frame(error.into())
    }

    /// Says that a text is not the name of a table.
    pub fn not_a_table(text: &str) -> Self {
        Self::Usage {
            reason: format!("{text:?} is not the name of a table"),
            hint: "write \"scores\" or \"public.scores\"; a name with a dot in it is in quotes: '\"v1.2\"'"
                .to_owned(),
        }
    }

    /// Says what a database refuses in other words, and what to do; other errors stay as they are.
    pub(super) fn reworded(
        self,
        words: impl FnOnce(String, Option<String>) -> (String, Option<String>),
    ) -> Self {
        match self {
            Self::Refused {
                database,
                message,
                code,
                at,
                hint,
            } => {
                let (message, hint) = words(message, hint);
                Self::Refused {
                    database,
                    message,
                    code,
                    at,
                    hint,
                }
            }
            error => error,
        }
    }

    /// Says of a row that breaks a rule of its table what there is to change, where nobody has said more.
    pub(super) fn by_the_rule(self) -> Self {
        self.reworded(|message, hint| {
            let hint = hint.unwrap_or_else(|| "change the row, or the rule of the table".to_owned());
            (message, Some(hint))
        })
    }

    /// Says of a connection that broke that nobody knows whether what was to last does.
    pub(super) fn unanswered(self) -> Self {
        match self {
            Self::Broken { database, reason } => Self::Unanswered { database, reason },
            error => error,
        }
    }

    /// Returns whether the session cannot be used any more.
    pub fn breaks(&self) -> bool {
        matches!(
            self,
            Self::Broken { .. } | Self::Unanswered { .. } | Self::Interrupted
        )
    }
}

impl Problem for DatabaseError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownScheme { scheme } if scheme.is_empty() => {
                "write sqlite:PATH for a file, or postgresql://HOST:PORT/DATABASE for a server".to_owned()
            }
            Self::UnknownScheme { scheme } => {
                let all: Vec<&str> = DRIVERS
                    .iter()
                    .flat_map(|driver| driver.schemes)
                    .copied()
                    .collect();
                match nearest(scheme, all.iter().copied()) {
                    Some(near) => format!("did you mean `{near}:`?"),
                    None => format!("they begin with {}", all.join(":, ") + ":"),
                }
            }
            Self::UnknownName { name, known } => unknown_name(name, known),
            Self::Redefined { .. } => "run the cell again that connects".to_owned(),
            Self::SecretFile => "write the path itself: who may read the file decides the system".to_owned(),
            Self::Address(error) => return error.hint(),
            Self::Secret(error) => return error.hint(),
            Self::Stopped(stopped) => return stopped.hint(),
            Self::Connect { hint, .. }
            | Self::Result { hint, .. }
            | Self::Columns { hint, .. }
            | Self::Usage { hint, .. } => hint.clone(),
            Self::Refused { hint, .. } => return hint.clone(),
            Self::Broken { .. } => "what was not finished has changed nothing; run the cell again".to_owned(),
            Self::Unanswered { .. } => {
                "with run_id, a load is done once however often it is run: the database knows whether it was done".to_owned()
            }
            Self::Closed => "connect again: `con = connect(…)`".to_owned(),
            Self::Parameters { .. } => {
                "give a list for `?` and `$1`, as in con.query(\"SELECT ?\", [1]), and a dict for `:name`"
                    .to_owned()
            }
            Self::NoTable { table, known } => match nearest_table(&table.name, known) {
                Some(near) => format!("did you mean {near}?"),
                None if known.is_empty() => "the database has no tables".to_owned(),
                None => "con.tables() lists those that there are".to_owned(),
            },
            Self::TableExists { .. } => {
                "give mode=\"append\" to add rows, or mode=\"overwrite\" to replace all that are there"
                    .to_owned()
            }
            Self::Value { .. } => "nothing was loaded; change the value, or filter the row out".to_owned(),
            Self::TimedOut { .. } => {
                "give the connection more time, connect(…, timeout=SECONDS), ask for less, or let an index help the database"
                    .to_owned()
            }
            Self::TooManyRejects { kept, .. } => {
                format!(
                    "look at {kept} for what is wrong with them; a larger max_rejects lets more of them go"
                )
            }
            Self::Verification { .. } => {
                "the table is as it was; something else may have changed it meanwhile: a trigger, a rule"
                    .to_owned()
            }
            Self::File(error) | Self::Frame(error) => return error.hint(),
            Self::Interrupted | Self::Rows(_) => return None,
        };
        Some(hint)
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Interrupted => Kind::Interrupted,
            Self::Stopped(stopped) => stopped.kind(),
            Self::File(error) | Self::Frame(error) => error.kind(),
            _ => Kind::Failure,
        }
    }
}

/// Says which connection may be meant, or how one is named.
fn unknown_name(name: &str, known: &[String]) -> String {
    if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
        return format!("did you mean {near:?}?");
    }
    let named = match known {
        [] => String::new(),
        known => format!("there are: {}; ", known.join(", ")),
    };
    format!(
        "{named}write it in sheaf.ron, `connections: {{\"{name}\": \"postgresql://HOST/DATABASE\"}}`, or give a URL: a file is \
         \"sqlite:{name}\""
    )
}

/// Finds the table that may be meant: by its name alone, or with that of its schema.
fn nearest_table<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let all = known.iter().map(String::as_str);
    let alone = |full: &'a str| full.rsplit_once('.').map_or(full, |(_, name)| name);
    nearest(name, all.clone()).or_else(|| {
        let near = nearest(name, all.clone().map(alone))?;
        all.clone().find(|full| alone(full) == near)
    })
}
