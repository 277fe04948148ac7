//! [`ConnectionDefinition`]: what `sheaf.ron` says of a named connection to a database.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::connection_fault::ConnectionFault;
use crate::secret::{Address, Component, ConnectionTerms, Sendings, Template};

/// How the URLs of databases begin that are files.
const FILE: &str = "sqlite";

/// What `sheaf.ron` says of a connection: its URL as a text, or `(url: "…", user: "…", password: "…")`.
///
/// Each part may be a reference to a secret. A relative path of a file starts at the workspace, as it does in cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionDefinition {
    /// Where the database is, as `connect` takes it.
    pub url: String,
    /// Who one is there, where the URL does not say it.
    pub user: Option<String>,
    /// The password, where the URL does not have it: a reference to a secret.
    pub password: Option<String>,
}

impl ConnectionDefinition {
    /// Defines a connection by its URL alone.
    pub fn of(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            user: None,
            password: None,
        }
    }

    /// Says in one line where it leads, with references where there are secrets.
    pub fn described(&self) -> String {
        let mut text = self.url.clone();
        for (what, value) in [("user", &self.user), ("password", &self.password)] {
            if let Some(value) = value {
                text += &format!(", {what} {value}");
            }
        }
        text
    }

    /// Returns the secrets whose values it sends, each with the host that gets it.
    ///
    /// # Errors
    ///
    /// Its URL is not one of a database, or cannot be used; a password is written out.
    pub fn sendings(&self) -> Result<Sendings, ConnectionFault> {
        let Some(address) = self.address()? else {
            return Ok(Sendings::new());
        };
        if let Some(part) = address.credential_as_text() {
            return Err(ConnectionFault::CredentialAsText {
                part: part.to_owned(),
            });
        }
        Ok(address.sendings())
    }

    /// Returns what there is to approve of it.
    pub(super) fn terms(&self, sendings: &Sendings) -> ConnectionTerms {
        ConnectionTerms {
            url: self.url.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
            sends: sendings.iter().map(ToString::to_string).collect(),
        }
    }

    /// Reads where it leads, user and password included; `None` where that is a file.
    fn address(&self) -> Result<Option<Address>, ConnectionFault> {
        let url = self.url.trim();
        let plain = url.strip_prefix("jdbc:").unwrap_or(url);
        let scheme = plain.split_once(':').map_or("", |(scheme, _)| scheme);
        if scheme.eq_ignore_ascii_case(FILE) {
            if Template::of(url).references().next().is_some() {
                return Err(ConnectionFault::SecretFile);
            }
            if self.user.is_some() || self.password.is_some() {
                return Err(ConnectionFault::FileWithUser);
            }
            return Ok(None);
        }
        let scheme = url.split_once("://").map_or(scheme, |(scheme, _)| scheme);
        if !Address::database_schemes().any(|known| known.eq_ignore_ascii_case(scheme)) {
            // One that is a secret as a whole has a scheme that nobody has seen.
            let is_whole = Template::of(url).as_reference().is_some();
            let unknown = ConnectionFault::UnknownScheme {
                scheme: scheme.to_owned(),
            };
            return match Address::parse(url) {
                Err(error) if is_whole => Err(error.into()),
                _ => Err(unknown),
            };
        }
        let mut address = Address::parse(url)?;
        for (component, text) in [
            (Component::User, &self.user),
            (Component::Password, &self.password),
        ] {
            if let Some(text) = text {
                address = address.with(component, Template::of(text))?;
            }
        }
        Ok(Some(address))
    }
}

impl<'de> Deserialize<'de> for ConnectionDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrFields;

        impl<'de> Visitor<'de> for TextOrFields {
            type Value = ConnectionDefinition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text such as \"sqlite:.sheaf/out/warehouse.db\", or (url: \"…\", user: \"…\", password: \"…\")")
            }

            fn visit_str<E: serde::de::Error>(self, url: &str) -> Result<Self::Value, E> {
                Ok(ConnectionDefinition::of(url))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Fields { url, user, password } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ConnectionDefinition { url, user, password })
            }
        }

        deserializer.deserialize_any(TextOrFields)
    }
}

/// A definition with its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    url: String,
    #[serde(default, deserialize_with = "given")]
    user: Option<String>,
    #[serde(default, deserialize_with = "given")]
    password: Option<String>,
}

/// Reads a text that may be left out: it is written without `Some(…)`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem as _;

    fn of_fields(url: &str, user: Option<&str>, password: Option<&str>) -> ConnectionDefinition {
        ConnectionDefinition {
            url: url.to_owned(),
            user: user.map(str::to_owned),
            password: password.map(str::to_owned),
        }
    }

    #[test]
    fn a_connection_sends_its_secrets_to_the_host_of_its_url_alone() {
        let sends = |definition: &ConnectionDefinition| {
            let sendings = definition.sendings().unwrap();
            sendings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let beside = of_fields(
            "postgresql://DB.example.com:5433/warehouse",
            Some("{{secrets/titanic/user}}"),
            Some("{{secrets/titanic/password}}"),
        );
        let expected = [
            "{{secrets/titanic/password}} → db.example.com",
            "{{secrets/titanic/user}} → db.example.com",
        ];
        assert_eq!(sends(&beside), expected);
        let within =
            "jdbc:mysql://{{secrets/a/host}}/{{secrets/a/database}}?user=me&password={{secrets/a/password}}";
        let expected = [
            "{{secrets/a/database}} → {{secrets/a/host}}",
            "{{secrets/a/host}} → {{secrets/a/host}}",
            "{{secrets/a/password}} → {{secrets/a/host}}",
        ];
        assert_eq!(sends(&ConnectionDefinition::of(within)), expected);
        assert_eq!(
            sends(&of_fields("postgres://localhost/x", Some("me"), None)),
            [""; 0]
        );
        assert_eq!(
            sends(&ConnectionDefinition::of("jdbc:sqlite:.sheaf/out/warehouse.db")),
            [""; 0]
        );
    }

    #[test]
    fn what_cannot_be_a_connection_is_told_without_its_url() {
        for (definition, expected) in [
            (
                of_fields("postgresql://h/d", None, Some("hunter2")),
                "the password is written out",
            ),
            (
                ConnectionDefinition::of("postgresql://u:hunter2@h/d"),
                "the password is written out",
            ),
            (
                ConnectionDefinition::of("jdbc:sqlserver://h;accessToken=hunter2"),
                "the accessToken is written out",
            ),
            (
                ConnectionDefinition::of("postgre://h/d"),
                "no database has URLs that begin with `postgre:`",
            ),
            (
                ConnectionDefinition::of("https://h/hunter2"),
                "no database has URLs that begin with `https:`",
            ),
            (
                ConnectionDefinition::of("warehouse.db"),
                "the URL does not say which database it is",
            ),
            (
                ConnectionDefinition::of("{{secrets/a/url}}"),
                "the whole address is one secret, and so is the host that would get it",
            ),
            (
                ConnectionDefinition::of("sqlite:{{secrets/a/path}}"),
                "the path of a database cannot be a secret",
            ),
            (
                of_fields("sqlite:a.db", Some("me"), None),
                "a database that is a file has no users",
            ),
            (
                of_fields("postgresql://u@h/d", Some("me"), None),
                "the user is given twice: in the address, and beside it",
            ),
            (
                ConnectionDefinition::of("postgresql://{{secrets/a/host}}.example.com/d"),
                "a part of the host is a secret",
            ),
        ] {
            let fault = definition.sendings().unwrap_err();
            assert_eq!(fault.to_string(), expected);
            assert!(fault.hint().is_some(), "{expected}");
        }
    }
}
