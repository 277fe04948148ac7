//! [`Settings`]: what an address says of a connection: where, as whom, how safe.
//!
//! Values of secrets are in it; it has no `Debug`, and messages name parameters, never what they are.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::name::NAME;
use crate::database::error::DatabaseError;
use crate::database::server::{check_parameters, is_here, wrong};
use crate::database::target::part;
use crate::database::verifier::Check;
use crate::secret::{Component, ResolvedAddress, SecretValue};

const PORT: u16 = 5432;
/// How long connecting may take, where that is not said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// As what a session is listed, where that is not said.
const APPLICATION: &str = "sheaf";

/// The parameters that an address can have.
const PARAMETERS: [&str; 13] = [
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "ssl",
    "connect_timeout",
    "connectTimeout",
    "application_name",
    "ApplicationName",
    "currentSchema",
    "search_path",
    "options",
    "dbname",
];

/// What an address says of a connection.
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    /// User, password, database, and whether there is TLS.
    pub(super) config: Config,
    /// What is checked of the server's certificate.
    pub(super) check: Check,
    /// A file with the certificates to trust, instead of those of the system.
    pub(super) roots: Option<PathBuf>,
    pub(super) timeout: Duration,
    /// The schemas in which names are looked up.
    pub(super) path: Option<String>,
}

impl Settings {
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
            hint: "write it as postgresql://user@host/database, or give connect() user=".to_owned(),
        })?;
        let user = text("user", user)?;
        let database = part(address, &Component::Database, "dbname").filter(|name| !name.is_empty());
        let database = database.map(|name| text("database", name)).transpose()?;
        let application = match parameter("application_name")? {
            Some(name) => Some(name),
            None => parameter("ApplicationName")?,
        };
        let mut config = Config::new();
        config
            .dbname(database.unwrap_or_else(|| user.clone()))
            .user(user)
            .application_name(application.unwrap_or_else(|| APPLICATION.to_owned()));
        if let Some(password) = part(address, &Component::Password, "password") {
            config.password(password.expose());
        }
        if let Some(options) = parameter("options")? {
            config.options(options);
        }
        let (mode, check) = safety(parameter("sslmode")?, parameter("ssl")?, &host)?;
        config.ssl_mode(mode);
        let path = match parameter("currentSchema")? {
            Some(path) => Some(path),
            None => parameter("search_path")?,
        };
        let timeout = match parameter("connect_timeout")? {
            Some(seconds) => Some(("connect_timeout", seconds)),
            None => parameter("connectTimeout")?.map(|seconds| ("connectTimeout", seconds)),
        };
        let timeout = timeout.map(|(name, seconds)| match seconds.parse() {
            Ok(0_u32) => Ok(TIMEOUT),
            Ok(seconds) => Ok(Duration::from_secs(u64::from(seconds))),
            Err(_) => Err(wrong(name, "it is no number of seconds")),
        });
        Ok(Self {
            host,
            port,
            config,
            check,
            roots: parameter("sslrootcert")?.map(PathBuf::from),
            timeout: timeout.transpose()?.unwrap_or(TIMEOUT),
            path,
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

/// Decides about TLS: verified, unless the address says otherwise, or the server is this machine.
///
/// Towards this machine it is used where the server has it: certificates for `localhost` are seldom signed by anyone.
fn safety(mode: Option<String>, ssl: Option<String>, host: &str) -> Result<(SslMode, Check), DatabaseError> {
    let mode = match (mode.as_deref(), ssl.as_deref()) {
        (Some(mode), _) => mode,
        (None, None | Some("false")) if is_here(host) => return Ok((SslMode::Prefer, Check::Nothing)),
        (None, None | Some("true" | "false" | "")) => "verify-full",
        (None, Some(_)) => return Err(wrong("ssl", "it is neither true nor false")),
    };
    match mode {
        "disable" => Ok((SslMode::Disable, Check::Nothing)),
        "require" | "verify-full" => Ok((SslMode::Require, Check::Everything)),
        "verify-ca" => Ok((SslMode::Require, Check::Signature)),
        "allow" | "prefer" => Err(DatabaseError::Usage {
            reason: format!("sslmode={mode} would connect without TLS where someone in between wants that"),
            hint: "leave it out to have TLS, or write sslmode=disable to have none".to_owned(),
        }),
        _ => Err(wrong(
            "sslmode",
            "it is none of disable, require, verify-ca and verify-full",
        )),
    }
}
