//! Databases in cells: `connect`, what a connection does, and `frame.write_table`.
//!
//! A connection is a value that holds where it leads, with references where there are secrets; its session is opened when it
//! is needed, and closed when nothing holds the value any more.

mod connection;
mod keeping;
mod listing;
mod parameters;
mod reading;
mod rejects_file;
mod report;
mod retrying;
mod running;
mod scoring;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, MethodsBuilder};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::float::UnpackFloat;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, Value, ValueLike};

use super::secret::ReferenceValue;
use super::{BuiltinModule, OrFail, context};
use crate::cache::{Packed, Written};
use crate::database::{Connection, DatabaseError};
use crate::describe::{Help, HelpList};
use crate::error::{Error, nearest};
use crate::frame::TableId;
use crate::output::Output;
use crate::session::CellContext;
use crate::workspace::is_connection_name;
pub(super) use connection::ConnectionValue;
pub(super) use parameters::Given;
pub(super) use reading::rows;
pub(crate) use rejects_file::RejectsFile;
use report::ReportValue;
pub(super) use retrying::Again;

/// The type's name, in cells and in caches.
const KIND: &str = "connection";
/// What properties of a connection, as JDBC has them, may be called.
const PROPERTIES: [&str; 3] = ["user", "password", "driver"];

/// Connections to databases.
pub(super) struct Databases;

/// A connection as it is kept: where it leads, with references where there are secrets.
#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    user: Option<String>,
    password: Option<String>,
    name: String,
    /// Whether `sheaf.ron` names it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<f64>,
}

impl BuiltinModule for Databases {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }

    fn frame_methods(&self, methods: &mut MethodsBuilder) {
        writing::frame_methods(methods);
    }

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        let text = value.downcast_ref::<ReportValue>()?.shown();
        Some(Ok(Output::Text { text, whole: None }))
    }

    fn summary(&self, value: Value<'_>) -> Option<(String, Option<usize>)> {
        if let Some(report) = value.downcast_ref::<ReportValue>() {
            return Some((report.summary(), None));
        }
        let connection = value.downcast_ref::<ConnectionValue>()?;
        Some((connection.to_string(), None))
    }

    fn about(&self, value: Value<'_>) -> Option<Help> {
        let connection = value.downcast_ref::<ConnectionValue>()?.connection();
        let facts = [("name", connection.name()), ("database", connection.database())];
        Some(Help {
            title: KIND.to_owned(),
            lists: vec![HelpList {
                heading: "Connection",
                rows: facts
                    .map(|(name, text)| (name.to_owned(), text.to_owned()))
                    .into(),
            }],
            ..Help::default()
        })
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        if let Some(report) = value.downcast_ref::<ReportValue>() {
            return report.pack();
        }
        let value = value.downcast_ref::<ConnectionValue>()?;
        let connection = value.connection();
        if connection.has_written_password() {
            // The password stays in the cell that has it: the value is made again by running that.
            let about = format!("{}, {}", connection.name(), connection.shown());
            return Some(Packed::described(KIND, about));
        }
        let (url, user, password) = connection.written();
        let kept = Kept {
            url: url.to_owned(),
            user: user.map(str::to_owned),
            password: password.map(str::to_owned),
            name: connection.name().to_owned(),
            is_named: value.is_named(),
            timeout: connection.timeout().map(|timeout| timeout.as_secs_f64()),
        };
        Some(Packed::Written(Written {
            kind: KIND.to_owned(),
            text: serde_json::to_string(&kept).ok()?,
            whole: true,
            digest: None,
        }))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        _table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        let Packed::Written(written) = packed else {
            return None;
        };
        let Written { kind, text, .. } = written;
        if kind != KIND {
            return ReportValue::unpack(written, heap);
        }
        let kept: Kept = serde_json::from_str(text).ok()?;
        let (user, password) = (kept.user.as_deref(), kept.password.as_deref());
        let connection = Connection::new(&kept.url, user, password, Some(&kept.name)).ok()?;
        let connection = connection.with_timeout(seconds(kept.timeout).ok()?);
        Some(heap.alloc(if kept.is_named {
            ConnectionValue::named(connection)
        } else {
            ConnectionValue::new(connection)
        }))
    }

    fn types(&self) -> Vec<DocType> {
        vec![connection::documentation(), report::documentation()]
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Connects to a database: SQLite, PostgreSQL, MySQL or MariaDB, SQL Server or Azure SQL; by a name that `sheaf.ron` has for it, or by its URL.
    ///
    /// `connect("warehouse")` opens what `connections: {"warehouse": "sqlite:.sheaf/out/warehouse.db"}` in `sheaf.ron` says;
    /// with secrets it is `"warehouse": (url: "postgresql://host/database", user: "{{secrets/scope/user}}", password:
    /// "{{secrets/scope/password}}")`, which `sheaf trust` approves. All cells that open the same name share one session of the
    /// database. A user or a password that is given beside the name counts instead of the one in the file.
    ///
    /// `url` is `sqlite:/mnt/data/passengers.db`, `sqlite::memory:`, `postgresql://host:5432/database`,
    /// `mysql://host:3306/database`, `mssql://host:1433/database`, or what JDBC has for them,
    /// `jdbc:sqlserver://host:1433;database=name`. User and password are in it, or given beside it, by name or as JDBC's
    /// properties `{"user": …, "password": …}`; each part may be a secret. Servers are asked for TLS and their certificate is
    /// checked: `?sslmode=disable` turns that off for PostgreSQL and MySQL, and `?sslrootcert=/path/ca.pem` names your own
    /// authority.
    ///
    /// Effect: reads
    /// * `url`: where the database is, a text in which parts may be secrets; or the name of a connection in `sheaf.ron`
    /// * `properties`: user and password as JDBC has them, instead of by name
    /// * `user`: who one is there; a text or a secret
    /// * `password`: a secret, from `dbutils.secrets.get`
    /// * `name`: what messages and records call the connection, instead of its URL
    /// * `timeout`: the seconds that a query, a statement or a whole load may take, each; any time where it is not given
    ///
    /// ```python
    /// con = connect("sqlite::memory:")
    /// con.query("SELECT 1 AS one, 'a' AS letter")
    /// ```
    fn connect<'v>(
        url: Value<'v>,
        #[starlark(default = NoneOr::None)] properties: NoneOr<UnpackDictEntries<&'v str, Value<'v>>>,
        #[starlark(require = named, default = NoneOr::None)] user: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] password: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] name: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] timeout: NoneOr<UnpackFloat>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<ConnectionValue> {
        let url = text(url, "url")?;
        let mut user = optional(user, "user")?;
        let mut password = optional(password, "password")?;
        let entries = properties.into_option().map_or_else(Vec::new, |all| all.entries);
        for (property, value) in entries {
            match property {
                "user" => put(&mut user, text(value, "user")?, "user")?,
                "password" => put(&mut password, text(value, "password")?, "password")?,
                // A class of Java's, which the URL says already.
                "driver" => {}
                other => return Err(unknown_property(other)).or_fail(),
            }
        }
        let (user, password) = (user.as_deref(), password.as_deref());
        let timeout = seconds(timeout.into_option().map(|seconds| seconds.0)).or_fail()?;
        let value = if is_connection_name(&url) {
            if name.into_option().is_some() {
                return Err(renamed(&url)).or_fail();
            }
            named_connection(&url, (user, password), timeout, context(eval)?).or_fail()?
        } else {
            let connection = Connection::new(&url, user, password, name.into_option());
            let connection = connection.or_fail()?.with_timeout(timeout);
            if connection.has_written_password() {
                context(eval)?.warn(
                    "connect: the password is written as text, so whoever reads the notebook has it: keep it in a scope, \
                     `sheaf secrets put-secret SCOPE KEY`, and write password=dbutils.secrets.get(\"SCOPE\", \"KEY\")",
                );
            }
            ConnectionValue::new(connection)
        };
        value.open(eval)?;
        Ok(value)
    }
}

/// Returns the connection that a value is.
pub(super) fn connection_of(value: Value<'_>) -> Option<Arc<Connection>> {
    Some(value.downcast_ref::<ConnectionValue>()?.connection())
}

/// Returns the connection that `sheaf.ron` calls so, as another user where one is given.
pub(super) fn named_connection(
    name: &str,
    (user, password): (Option<&str>, Option<&str>),
    timeout: Option<Duration>,
    context: &CellContext,
) -> Result<ConnectionValue, DatabaseError> {
    let definition = context.connection(name)?;
    let user = user.or(definition.user.as_deref());
    let password = password.or(definition.password.as_deref());
    let connection = Connection::new(&definition.url, user, password, Some(name))?;
    Ok(ConnectionValue::named(connection.with_timeout(timeout)))
}

fn renamed(name: &str) -> DatabaseError {
    DatabaseError::Usage {
        reason: format!("connect: the connection {name:?} of sheaf.ron has its name already"),
        hint: "leave `name` out; it is for connections by URL".to_owned(),
    }
}

/// Reads how long something may take.
fn seconds(given: Option<f64>) -> Result<Option<Duration>, DatabaseError> {
    let Some(seconds) = given else {
        return Ok(None);
    };
    let timeout = Duration::try_from_secs_f64(seconds).ok();
    let timeout = timeout.filter(|timeout| !timeout.is_zero());
    timeout.map(Some).ok_or_else(|| DatabaseError::Usage {
        reason: format!("connect: timeout is {seconds}, which is no number of seconds"),
        hint: "give one that is larger than 0, or leave it out".to_owned(),
    })
}

/// Reads a text, in which references stand for secrets.
fn text(value: Value<'_>, argument: &'static str) -> anyhow::Result<String> {
    let text = value.unpack_str().or_else(|| ReferenceValue::text_of(value));
    text.map(str::to_owned)
        .ok_or_else(|| DatabaseError::Usage {
            reason: format!(
                "connect: {argument} is {}, not a text",
                super::arguments::described(value)
            ),
            hint: "give a text, or a secret: dbutils.secrets.get(scope, key)".to_owned(),
        })
        .or_fail()
}

fn optional(value: NoneOr<Value<'_>>, argument: &'static str) -> anyhow::Result<Option<String>> {
    value.into_option().map(|value| text(value, argument)).transpose()
}

/// Takes a property that was not given by name as well.
fn put(place: &mut Option<String>, value: String, argument: &'static str) -> anyhow::Result<()> {
    if place.is_some() {
        return Err(DatabaseError::Usage {
            reason: format!("connect: {argument} is given twice, by name and among the properties"),
            hint: "give it once".to_owned(),
        })
        .or_fail();
    }
    *place = Some(value);
    Ok(())
}

fn unknown_property(name: &str) -> DatabaseError {
    DatabaseError::Usage {
        reason: format!("connect: there is no property {name:?}"),
        hint: match nearest(name, PROPERTIES) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("write it behind the URL: `?{name}=…`"),
        },
    }
}
