//! The named connections of a workspace: what `sheaf.ron` says of them, and what there is to approve.

use std::collections::BTreeMap;
use std::path::Path;

use super::Workspace;
use super::configuration::Configuration;
use super::connection_definition::ConnectionDefinition;
use super::connection_fault::ConnectionFault;
use super::edit::{self, Step};
use super::error::WorkspaceError;
use crate::secret::ConnectionTerms;

impl Workspace {
    /// Returns the connections that cells open by name.
    pub fn connections(&self) -> &BTreeMap<String, ConnectionDefinition> {
        &self.configuration.connections
    }
}

/// Returns whether a text can be the name of a connection, which no URL and no path with folders is.
pub fn is_connection_name(text: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !text.is_empty() && text.chars().all(is_part)
}

/// Checks the connections of a file, and returns what there is to approve of them.
pub(super) fn check(
    configuration: &Configuration,
    file: &Path,
    text: &str,
) -> Result<BTreeMap<String, ConnectionTerms>, WorkspaceError> {
    let mut all = BTreeMap::new();
    for (name, definition) in &configuration.connections {
        let checked = if is_connection_name(name) {
            definition.sendings()
        } else {
            Err(ConnectionFault::Name)
        };
        let sendings = checked.map_err(|fault| {
            let (line, column) = edit::position(text, &[Step::Field("connections"), Step::Entry(name)]);
            WorkspaceError::Connection {
                path: file.to_owned(),
                line,
                column,
                name: name.clone(),
                fault,
            }
        })?;
        if !sendings.is_empty() {
            all.insert(name.clone(), definition.terms(&sendings));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Reads a workspace whose `sheaf.ron` has these connections from line 3 on.
    fn workspace(connections: &str) -> Result<Workspace, String> {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("(\n    connections: {{\n{connections}\n    }},\n)");
        fs::write(folder.path().join("sheaf.ron"), text).unwrap();
        Workspace::find(folder.path()).map_err(|error| {
            let said = format!("{error} | {}", error.hint().unwrap_or_default());
            said.split_once("sheaf.ron:").unwrap().1.to_owned()
        })
    }

    #[test]
    fn connections_are_read_and_those_with_secrets_are_to_be_approved() {
        let workspace = workspace(
            "\"warehouse\": (url: \"postgresql://db.example.com/warehouse\", user: \"{{secrets/titanic/user}}\", \
             password: \"{{secrets/titanic/password}}\"),\n\"out\": \"sqlite:.sheaf/out/out.db\",",
        )
        .unwrap();
        let described = workspace
            .connections()
            .iter()
            .map(|(name, connection)| format!("{name}: {}", connection.described()));
        assert_eq!(
            described.collect::<Vec<_>>(),
            [
                "out: sqlite:.sheaf/out/out.db",
                "warehouse: postgresql://db.example.com/warehouse, user {{secrets/titanic/user}}, password \
                 {{secrets/titanic/password}}"
            ]
        );
        let sections = workspace.terms().sections();
        let expected = [
            "url      postgresql://db.example.com/warehouse",
            "user     {{secrets/titanic/user}}",
            "password {{secrets/titanic/password}}",
            "sends    {{secrets/titanic/password}} → db.example.com",
            "sends    {{secrets/titanic/user}} → db.example.com",
        ];
        let expected = expected.map(str::to_owned).to_vec();
        assert_eq!(sections, [("connection warehouse".to_owned(), expected)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_to_write() {
        for (connections, expected) in [
            (
                "        \"a\": (url: \"sqlite:a.db\", usr: \"me\"),",
                "3:35: unknown field `usr` | did you mean `user`?",
            ),
            (
                "        \"a\": \"sqlite:a.db\",\n        \"b\": \"postgre://h/d\",",
                "4:9: the connection \"b\" cannot be used: no database has URLs that begin with `postgre:` | did you mean \
                 `postgres:`?",
            ),
            (
                "    \"ware house\": \"sqlite:a.db\",",
                "3:5: the connection \"ware house\" cannot be used: its name has other characters than letters, digits, `_`, \
                 `-` and `.` | write a name such as \"warehouse\": connect(\"warehouse\") opens it",
            ),
            (
                "\"a\": (url: \"mysql://h/d\", password: \"hunter2\"),",
                "3:1: the connection \"a\" cannot be used: the password is written out | store it in a scope with `sheaf \
                 secrets put-secret SCOPE KEY`, and write {{secrets/SCOPE/KEY}} here",
            ),
            (
                "\"a\": \"sqlite:a.db\", \"a\": \"sqlite:b.db\",",
                "4:5: a is defined twice | write it like `(mounts: {\"/mnt/data\": \"file:datasets\"})`; `sheaf init` in an \
                 empty folder creates a complete one to compare with",
            ),
        ] {
            assert_eq!(workspace(connections).unwrap_err(), expected, "{connections}");
        }
    }
}
