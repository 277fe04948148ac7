//! Databases in cells: `connect`, what a connection does, and `frame.write_table`.
//!
//! A connection is a value that holds where it leads, with references where there are secrets; its session is opened when it
//! is needed, and closed when nothing holds the value any more.

mod connection;
mod parameters;
mod scoring;
mod writing;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, MethodsBuilder};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, Value, ValueLike};

use super::secret::ReferenceValue;
use super::{BuiltinModule, OrFail};
use crate::cache::{Packed, Written};
use crate::database::{Connection, DatabaseError};
use crate::describe::{Help, HelpList};
use crate::error::nearest;
use crate::frame::TableId;
use connection::ConnectionValue;

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
}

impl BuiltinModule for Databases {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }

    fn frame_methods(&self, methods: &mut MethodsBuilder) {
        writing::frame_methods(methods);
    }

    fn summary(&self, value: Value<'_>) -> Option<(String, Option<usize>)> {
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
        let connection = value.downcast_ref::<ConnectionValue>()?.connection();
        let (url, user, password) = connection.written();
        let kept = Kept {
            url: url.to_owned(),
            user: user.map(str::to_owned),
            password: password.map(str::to_owned),
            name: connection.name().to_owned(),
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
        let Packed::Written(Written { kind, text, .. }) = packed else {
            return None;
        };
        if kind != KIND {
            return None;
        }
        let kept: Kept = serde_json::from_str(text).ok()?;
        let (user, password) = (kept.user.as_deref(), kept.password.as_deref());
        let connection = Connection::new(&kept.url, user, password, Some(&kept.name)).ok()?;
        Some(heap.alloc(ConnectionValue::new(connection)))
    }

    fn types(&self) -> Vec<DocType> {
        vec![connection::documentation()]
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Connects to a database: SQLite, PostgreSQL, MySQL or MariaDB.
    ///
    /// `url` is `sqlite:/mnt/data/passengers.db`, `sqlite::memory:`, `postgresql://host:5432/database`,
    /// `mysql://host:3306/database`, or what JDBC has for them, `jdbc:postgresql://host:5432/database`. User and password are in
    /// it, or given beside it, by name or as JDBC's properties `{"user": …, "password": …}`; each part may be a secret. Servers
    /// are asked for TLS and their certificate is checked: `?sslmode=disable` turns that off, `?sslrootcert=/path/ca.pem` names
    /// your own authority.
    ///
    /// Effect: reads
    /// * `url`: where the database is; a text, in which parts may be secrets
    /// * `properties`: user and password as JDBC has them, instead of by name
    /// * `user`: who one is there; a text or a secret
    /// * `password`: a secret, from `dbutils.secrets.get`
    /// * `name`: what messages and records call the connection, instead of its URL
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
        let connection = Connection::new(&url, user.as_deref(), password.as_deref(), name.into_option());
        let value = ConnectionValue::new(connection.or_fail()?);
        value.open(eval)?;
        Ok(value)
    }
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
