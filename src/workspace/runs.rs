//! [`RunsSettings`]: what `sheaf.ron` says of the store of runs.

use std::path::Path;
use std::time::Duration;

use super::Workspace;
use super::configuration::Configuration;
use super::edit::{self, Step};
use super::error::WorkspaceError;
use super::runs_fault::{LONGEST, RunsFault};

/// The schema of a database that the tables are in, where the file does not say it.
const SCHEMA: &str = "sheaf";
/// How the URLs begin of databases that can keep the store.
const SCHEMES: [&str; 2] = ["postgresql", "postgres"];

/// What `sheaf.ron` says of the store of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsSettings {
    /// The connection to the database that keeps it; none where it is a file of the workspace.
    pub store: Option<String>,
    /// The schema of that database with its tables.
    pub schema: String,
    /// How long runs are kept after their end; for ever where there is none.
    pub retention: Option<Duration>,
}

impl Default for RunsSettings {
    fn default() -> Self {
        Self {
            store: None,
            schema: SCHEMA.to_owned(),
            retention: None,
        }
    }
}

impl Workspace {
    /// Returns what is said of the store of runs.
    pub fn runs(&self) -> &RunsSettings {
        &self.runs
    }
}

/// Checks the section of a file.
pub(super) fn check(
    configuration: &Configuration,
    file: &Path,
    text: &str,
) -> Result<RunsSettings, WorkspaceError> {
    let at = |field: &'static str, fault: RunsFault| {
        let (line, column) = edit::position(text, &[Step::Field("runs"), Step::Field(field)]);
        WorkspaceError::Runs {
            path: file.to_owned(),
            line,
            column,
            fault,
        }
    };
    let section = &configuration.runs;
    if let Some(name) = &section.store {
        let fault = match configuration.connections.get(name) {
            None => Some(RunsFault::UnknownConnection {
                name: name.clone(),
                known: configuration.connections.keys().cloned().collect(),
            }),
            Some(connection) if !is_postgresql(&connection.url) => {
                Some(RunsFault::OtherDatabase { name: name.clone() })
            }
            Some(_) => None,
        };
        fault.map_or(Ok(()), |fault| Err(at("store", fault)))?;
    }
    let schema = match &section.schema {
        None => SCHEMA,
        Some(_) if section.store.is_none() => return Err(at("schema", RunsFault::SchemaOfFile)),
        Some(name) if !is_schema(name) => {
            return Err(at("schema", RunsFault::Schema { name: name.clone() }));
        }
        Some(name) => name,
    };
    let retention = section.retention.as_deref().map(|text| {
        let time = humantime::parse_duration(text).ok();
        // Of what has just ended someone may still want to be told.
        time.filter(|time| *time >= Duration::from_hours(1))
            .ok_or_else(|| {
                at(
                    "retention",
                    RunsFault::Retention {
                        text: text.to_owned(),
                    },
                )
            })
    });
    Ok(RunsSettings {
        store: section.store.clone(),
        schema: schema.to_owned(),
        retention: retention.transpose()?,
    })
}

fn is_postgresql(url: &str) -> bool {
    let url = url.trim();
    let plain = url.strip_prefix("jdbc:").unwrap_or(url);
    let scheme = plain.split_once(':').map_or("", |(scheme, _)| scheme);
    SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme))
}

/// Returns whether a schema can have a name, also where it is not quoted.
fn is_schema(name: &str) -> bool {
    let is_part = |letter: char| letter == '_' || letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(is_part)
        && name.len() <= LONGEST
        && !name.starts_with("pg_")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Reads a workspace whose `sheaf.ron` has three connections, and this section in line 7.
    fn workspace(runs: &str) -> Result<RunsSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "(\n    connections: {{\n        \"warehouse\": \"postgresql://me@db.example.com/warehouse\",\n        \
             \"old\": \"jdbc:postgresql://db.example.com/old\",\n        \"out\": \"sqlite:out.db\",\n    }},\n    runs: \
             {runs},\n)"
        );
        fs::write(folder.path().join("sheaf.ron"), text).unwrap();
        let read = Workspace::find(folder.path());
        read.map(|workspace| workspace.runs().clone()).map_err(|error| {
            let said = format!("{error} | {}", error.hint().unwrap_or_default());
            said.split_once("sheaf.ron:").unwrap().1.to_owned()
        })
    }

    #[test]
    fn the_store_is_a_file_unless_a_connection_to_postgresql_is_named() {
        assert_eq!(workspace("()").unwrap(), RunsSettings::default());
        let settings = workspace("(store: \"warehouse\", retention: \"400 days\")").unwrap();
        assert_eq!(
            settings,
            RunsSettings {
                store: Some("warehouse".to_owned()),
                schema: "sheaf".to_owned(),
                retention: Some(Duration::from_hours(400 * 24)),
            }
        );
        let settings = workspace("(store: \"old\", schema: \"sheaf_2\")").unwrap();
        assert_eq!((settings.schema.as_str(), settings.retention), ("sheaf_2", None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_to_write() {
        for (runs, expected) in [
            (
                "(store: \"warehose\")",
                "7:12: the store of runs cannot be so: there is no connection \"warehose\" | did you mean \"warehouse\"?",
            ),
            (
                "(store: \"x\")",
                "7:12: the store of runs cannot be so: there is no connection \"x\" | there are: old, out, warehouse",
            ),
            (
                "(store: \"out\")",
                "7:12: the store of runs cannot be so: the connection \"out\" does not lead to PostgreSQL | several machines \
                 elect one in the store, for which it has to be PostgreSQL; leave `store` out, and runs are kept in \
                 .sheaf/runs.db",
            ),
            (
                "(schema: \"a\")",
                "7:12: the store of runs cannot be so: a schema is named, and no store that would have one | add `store: \
                 \"NAME\"`, a connection to PostgreSQL, or leave `schema` out",
            ),
            (
                "(store: \"old\", schema: \"pg_x\")",
                "7:26: the store of runs cannot be so: \"pg_x\" cannot be the name of a schema | write lower-case letters, \
                 digits and `_`, a letter first, at most 63 of them, such as \"sheaf_titanic\"; names with `pg_` are \
                 PostgreSQL's own",
            ),
            (
                "(\n        retention: \"45 dys\",\n    )",
                "8:9: the store of runs cannot be so: \"45 dys\" is no length of time for which runs can be kept | write it as \
                 \"45 days\", \"18 months\" or \"2 years\"; leave it out, and runs are kept for ever",
            ),
            (
                "(retention: \"5 minutes\")",
                "7:12: the store of runs cannot be so: \"5 minutes\" is no length of time for which runs can be kept | write it \
                 as \"45 days\", \"18 months\" or \"2 years\"; leave it out, and runs are kept for ever",
            ),
            (
                "(retentoin: \"45 days\")",
                "7:12: unknown field `retentoin` | did you mean `retention`?",
            ),
        ] {
            assert_eq!(workspace(runs).unwrap_err(), expected, "{runs}");
        }
    }
}
