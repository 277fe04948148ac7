//! [`Login`]: what an address says of a connection: where, as whom, how safe.
//!
//! Values of secrets are in it; it has no `Debug`, and messages name parameters, never what they are.

use std::path::PathBuf;
use std::time::Duration;

use super::failure::NAME;
use crate::database::error::DatabaseError;
use crate::database::server::{check_parameters, is_here, wrong};
use crate::database::target::part;
use crate::secret::{Component, ResolvedAddress, SecretValue};

const PORT: u16 = 3306;
/// How long connecting may take, where that is not said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The parameters that an address can have.
const PARAMETERS: [&str; 20] = [
    "user",
    "password",
    "sslMode",
    "sslmode",
    "ssl-mode",
    "useSSL",
    "sslrootcert",
    "ssl-ca",
    "connect_timeout",
    "connectTimeout",
    "characterEncoding",
    "charset",
    "useUnicode",
    "serverTimezone",
    "connectionTimeZone",
    "allowPublicKeyRetrieval",
    "autoReconnect",
    "rewriteBatchedStatements",
    "tinyInt1isBit",
    "database",
];

/// Parameters that change nothing here, with what they may say.
const HARMLESS: [(&str, &[&str]); 9] = [
    ("characterEncoding", &["utf8", "utf-8", "utf8mb4"]),
    ("charset", &["utf8", "utf-8", "utf8mb4"]),
    ("useUnicode", &["true"]),
    ("serverTimezone", &["utc", "gmt", "etc/utc", "+00:00"]),
    ("connectionTimeZone", &["utc", "gmt", "etc/utc", "+00:00"]),
    ("autoReconnect", &["false"]),
    ("rewriteBatchedStatements", &["true", "false"]),
    ("tinyInt1isBit", &["true"]),
    ("allowPublicKeyRetrieval", &["true"]),
];

/// Whether there is TLS, and what is checked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Safety {
    /// No TLS.
    Plain,
    /// TLS where the server has it, and nothing is checked: the server is this machine.
    Here,
    /// TLS, and who signed the certificate.
    Signature,
    /// TLS, and who signed the certificate for which host.
    Everything,
}

/// What an address says of a connection.
pub(super) struct Login {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) safety: Safety,
    /// A file with the certificates to trust, instead of those of the system.
    pub(super) roots: Option<PathBuf>,
    pub(super) timeout: Duration,
}

impl Login {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// A parameter that is not known, or whose value is none of it.
    pub(super) fn new(address: &ResolvedAddress) -> Result<Self, DatabaseError> {
        check_parameters(address, &PARAMETERS, NAME)?;
        let text = |name: &'static str, value: &SecretValue| {
            let text = value.expose_text().map(str::to_owned);
            text.ok_or_else(|| wrong(name, "it is no UTF-8"))
        };
        let parameter = |name: &'static str| {
            let value = address.get(&Component::Parameter(name.to_owned()));
            value.map(|value| text(name, value)).transpose()
        };
        let first = |names: &[&'static str]| {
            for name in names {
                if let Some(value) = parameter(name)? {
                    return Ok(Some((*name, value)));
                }
            }
            Ok::<_, DatabaseError>(None)
        };
        for (name, allowed) in HARMLESS {
            let value = parameter(name)?;
            let is_fine = |value: &String| allowed.contains(&value.to_ascii_lowercase().as_str());
            if value.is_some_and(|value| !is_fine(&value)) {
                return Err(DatabaseError::Usage {
                    reason: format!("the address has a {name} that is not to be had here"),
                    hint: format!(
                        "leave it out: texts are UTF-8, and moments in UTC (it may say {})",
                        allowed.join(", ")
                    ),
                });
            }
        }
        let host = text("host", address.host())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match address.get(&Component::Port) {
            Some(port) => text("port", port)?
                .parse()
                .map_err(|_| wrong("port", "it is no number"))?,
            None => PORT,
        };
        let user = part(address, &Component::User, "user").filter(|user| !user.is_empty());
        let user = user.ok_or_else(|| DatabaseError::Usage {
            reason: "the address names no user".to_owned(),
            hint: "write it as mysql://user@host/database, or give connect() user=".to_owned(),
        })?;
        let password = part(address, &Component::Password, "password");
        let database = part(address, &Component::Database, "database").filter(|name| !name.is_empty());
        let mode = first(&["sslMode", "sslmode", "ssl-mode"])?.map(|(_, mode)| mode);
        Ok(Self {
            user: text("user", user)?,
            password: password.map(|password| text("password", password)).transpose()?,
            database: database.map(|name| text("database", name)).transpose()?,
            safety: safety(mode.as_deref(), parameter("useSSL")?.as_deref(), &host)?,
            roots: first(&["sslrootcert", "ssl-ca"])?.map(|(_, path)| PathBuf::from(path)),
            timeout: match first(&["connect_timeout", "connectTimeout"])? {
                Some((name, text)) => patience(name, &text)?,
                None => TIMEOUT,
            },
            host,
            port,
        })
    }

    /// Returns what a person calls the server.
    pub(super) fn name(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        format!("{} at {host}:{}", NAME, self.port)
    }
}

/// Reads how long connecting may take: JDBC's `connectTimeout` counts milliseconds, `connect_timeout` seconds.
fn patience(name: &'static str, text: &str) -> Result<Duration, DatabaseError> {
    let number: u32 = text.parse().map_err(|_| wrong(name, "it is no whole number"))?;
    Ok(match (name, number) {
        (_, 0) => TIMEOUT,
        ("connectTimeout", number) => Duration::from_millis(u64::from(number)),
        (_, number) => Duration::from_secs(u64::from(number)),
    })
}

/// Decides about TLS: verified, unless the address says otherwise, or the server is this machine.
///
/// Towards this machine it is used where the server has it: certificates for `localhost` are seldom signed by anyone.
pub(super) fn safety(mode: Option<&str>, ssl: Option<&str>, host: &str) -> Result<Safety, DatabaseError> {
    let Some(mode) = mode else {
        return match ssl.map(str::to_ascii_lowercase).as_deref() {
            None if is_here(host) => Ok(Safety::Here),
            None | Some("true") => Ok(Safety::Everything),
            Some("false") => Ok(Safety::Plain),
            Some(_) => Err(wrong("useSSL", "it is neither true nor false")),
        };
    };
    match mode.to_ascii_uppercase().replace('-', "_").as_str() {
        "DISABLED" | "DISABLE" => Ok(Safety::Plain),
        "REQUIRED" | "REQUIRE" | "VERIFY_IDENTITY" | "VERIFY_FULL" => Ok(Safety::Everything),
        "VERIFY_CA" => Ok(Safety::Signature),
        "PREFERRED" | "PREFER" if is_here(host) => Ok(Safety::Here),
        "PREFERRED" | "PREFER" => Err(DatabaseError::Usage {
            reason: "sslMode=PREFERRED would connect without TLS where someone in between wants that"
                .to_owned(),
            hint: "leave it out to have TLS, or write sslMode=DISABLED to have none".to_owned(),
        }),
        _ => Err(wrong(
            "sslMode",
            "it is none of DISABLED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY",
        )),
    }
}
