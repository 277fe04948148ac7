//! [`Keeping`]: how long rows of a query may be served again, and what says that they are still right.

use std::time::Duration;

use polars::prelude::DataFrame;
use starlark::values::Value;
use starlark::values::ValueLike as _;
use starlark::values::float::StarlarkFloat;
use starlark::values::none::NoneOr;

use super::super::arguments::described;
use crate::database::{Connection, DatabaseError, StatementText};
use crate::digest::{Digest, Digester};
use crate::frame::Frame;
use crate::secret::Template;
use crate::session::CellContext;

/// How long rows may be served again, and what says that they are still right.
pub(super) struct Keeping {
    /// How old they may be; any age where that is not said.
    pub(super) ttl: Option<Duration>,
    /// A query whose rows are the same as long as those are.
    version: Option<String>,
}

impl Keeping {
    /// Reads what a cell says of it; `None` where rows are asked for anew.
    pub(super) fn of(
        ttl: NoneOr<Value<'_>>,
        version: NoneOr<&str>,
        sql: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let keeping = Self {
            ttl: ttl.into_option().map(age).transpose()?,
            version: version.into_option().map(str::to_owned),
        };
        if keeping.ttl.is_none() && keeping.version.is_none() {
            return Ok(None);
        }
        for (what, sql) in [("the query", Some(sql)), ("version", keeping.version.as_deref())] {
            if sql.is_some_and(|sql| !StatementText::of(sql).only_looks()) {
                return Err(DatabaseError::Usage {
                    reason: format!("{what} may do more than look, so its rows cannot be served again"),
                    hint: "leave ttl and version out; they are for a SELECT".to_owned(),
                });
            }
        }
        Ok(Some(keeping))
    }

    /// Returns what decides the rows: where they come from, what is asked, and the rows of the version now; `None` where that is
    /// not known, or not to be kept.
    ///
    /// `ask` asks for the rows of the version.
    pub(super) fn key(
        &self,
        asked: &str,
        connection: &Connection,
        context: &CellContext,
        ask: impl FnOnce(&str) -> Result<DataFrame, DatabaseError>,
    ) -> Result<Option<Digest>, DatabaseError> {
        // A password that is written out is in no digest, and a database in memory is another one the next time.
        if !connection.is_lasting()
            || connection.has_written_password()
            || context.connections().is_rehearsal()
        {
            return Ok(None);
        }
        let mut digester = Digester::new("kept rows");
        let (url, user, password) = connection.written();
        digester
            .text("database", connection.database())
            .text("url", url)
            .text("user", user.unwrap_or_default())
            .text("password", password.unwrap_or_default())
            .text("query", asked);
        for part in [Some(url), user, password].into_iter().flatten() {
            for reference in Template::of(part).references() {
                let Some(fingerprint) = context.fingerprint(reference) else {
                    return Ok(None);
                };
                digester.digest("secret", &fingerprint);
            }
        }
        if let Some(file) = connection.file() {
            let location = context.mounts().resolve(file).map_err(DatabaseError::file)?;
            let path = location.prepare_local().map_err(DatabaseError::file)?;
            digester.text("file", &path.to_string_lossy());
        }
        if let Some(version) = &self.version {
            let frame = Frame::from_dataframe(ask(version)?);
            let Some(digest) = frame.digest() else {
                return Ok(None);
            };
            digester
                .text("version", version)
                .digest("rows", &digest.id.digest);
        }
        Ok(Some(digester.finish()))
    }
}

/// Reads an age: a text such as "1 hour", or a number of seconds.
fn age(value: Value<'_>) -> Result<Duration, DatabaseError> {
    let seconds = value.unpack_i32().map(f64::from);
    let seconds = seconds.or_else(|| value.downcast_ref::<StarlarkFloat>().map(|float| float.0));
    let text = value.unpack_str();
    let read = text.and_then(|text| humantime::parse_duration(text.trim()).ok());
    let read = read.or_else(|| Duration::try_from_secs_f64(seconds?).ok());
    read.ok_or_else(|| DatabaseError::Usage {
        reason: format!("ttl is {}, which is no length of time", described(value)),
        hint: "give a text such as \"1 hour\" or \"10 minutes\", or a number of seconds".to_owned(),
    })
}
