//! [`Endpoint`]: what an address says of a connection: where, as whom, how safe.
//!
//! Values of secrets are in it; it has no `Debug`, and messages name parameters, never what they are.

use std::path::PathBuf;
use std::time::Duration;

use super::failure::NAME;
use crate::database::error::DatabaseError;
use crate::database::server::{check_parameters, is_here, wrong};
use crate::database::target::part;
use crate::database::verifier::Check;
use crate::secret::{Component, ResolvedAddress, SecretValue};

const PORT: u16 = 1433;
/// How long connecting may take, where that is not said: databases of Azure that sleep take their time to wake up.
const TIMEOUT: Duration = Duration::from_secs(15);
/// As what a session is listed, where that is not said.
const APPLICATION: &str = "sheaf";

/// The parameters that an address can have.
const PARAMETERS: [&str; 19] = [
    "user",
    "password",
    "database",
    "databaseName",
    "encrypt",
    "trustServerCertificate",
    "hostNameInCertificate",
    "sslrootcert",
    "loginTimeout",
    "connect_timeout",
    "applicationName",
    "application_name",
    "applicationIntent",
    "authentication",
    "accessToken",
    "instanceName",
    "integratedSecurity",
    "sendStringParametersAsUnicode",
    "multiSubnetFailover",
];

/// Whether there is TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// There is none.
    None,
    /// Where the server has it: it is this machine.
    Offered,
    /// For the whole session.
    Full,
    /// For the whole session, and before the protocol begins.
    Strict,
}

/// How one shows who one is.
pub(super) enum Proof {
    /// A login of the server.
    Password { user: String, password: String },
    /// A token of Microsoft Entra.
    Token(String),
}

/// What an address says of a connection.
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: Option<String>,
    pub(super) proof: Proof,
    pub(super) encryption: Encryption,
    /// What is checked of the server's certificate.
    pub(super) check: Check,
    /// The host that the certificate is for, where it is another one.
    pub(super) certificate_host: Option<String>,
    /// A file with the certificates to trust, instead of those of the system.
    pub(super) roots: Option<PathBuf>,
    pub(super) timeout: Duration,
    pub(super) application: String,
    /// Whether a copy that can only be read will do.
    pub(super) only_reads: bool,
}

impl Endpoint {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// A parameter that is not known, or whose value is none of it.
    pub(super) fn new(address: &ResolvedAddress) -> Result<Self, DatabaseError> {
        check_parameters(address, &PARAMETERS, NAME)?;
        let parameters = Properties { address };
        let host = text("host", address.host())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if address.instance().is_some() || parameters.one(&["instanceName"])?.is_some() {
            return Err(DatabaseError::Usage {
                reason: "the address names an instance of the server".to_owned(),
                hint: "write the port of the instance instead, as in host:1434; its configuration says which that is"
                    .to_owned(),
            });
        }
        if parameters.flag("integratedSecurity")? == Some(true) {
            return Err(DatabaseError::Usage {
                reason: "the address asks for a login of Windows, which is not known here".to_owned(),
                hint: "give a user and a password, or a token of Microsoft Entra as accessToken".to_owned(),
            });
        }
        let port = match address.get(&Component::Port) {
            Some(port) => text("port", port)?
                .parse()
                .map_err(|_| wrong("port", "it is no number"))?,
            None => PORT,
        };
        let database = match part(address, &Component::Database, "database") {
            Some(name) => Some(text("database", name)?),
            None => parameters.one(&["databaseName"])?,
        };
        let (encryption, check) = safety(
            parameters.one(&["encrypt"])?.as_deref(),
            parameters.flag("trustServerCertificate")?,
            &host,
        )?;
        let certificate_host = parameters.one(&["hostNameInCertificate"])?;
        Ok(Self {
            database: database.filter(|name| !name.is_empty()),
            proof: proof(&parameters)?,
            encryption,
            check,
            certificate_host: certificate_host.and_then(|name| certified(&name, &host)),
            roots: parameters.one(&["sslrootcert"])?.map(PathBuf::from),
            timeout: parameters.patience()?,
            application: parameters
                .one(&["applicationName", "application_name"])?
                .unwrap_or_else(|| APPLICATION.to_owned()),
            only_reads: match parameters.one(&["applicationIntent"])?.as_deref() {
                None => false,
                Some(intent) if intent.eq_ignore_ascii_case("ReadWrite") => false,
                Some(intent) if intent.eq_ignore_ascii_case("ReadOnly") => true,
                Some(_) => return Err(wrong("applicationIntent", "it is neither ReadOnly nor ReadWrite")),
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
        format!("{NAME} at {host}:{}", self.port)
    }
}

/// The parameters of an address.
struct Properties<'a> {
    address: &'a ResolvedAddress,
}

impl Properties<'_> {
    /// Returns the first that is there.
    fn one(&self, names: &[&'static str]) -> Result<Option<String>, DatabaseError> {
        for name in names {
            if let Some(value) = self.address.get(&Component::Parameter((*name).to_owned())) {
                return text(name, value).map(Some);
            }
        }
        Ok(None)
    }

    fn flag(&self, name: &'static str) -> Result<Option<bool>, DatabaseError> {
        match self
            .one(&[name])?
            .map(|value| value.to_ascii_lowercase())
            .as_deref()
        {
            None | Some("") => Ok(None),
            Some("true" | "yes") => Ok(Some(true)),
            Some("false" | "no") => Ok(Some(false)),
            Some(_) => Err(wrong(name, "it is neither true nor false")),
        }
    }

    /// Reads how many seconds connecting may take.
    fn patience(&self) -> Result<Duration, DatabaseError> {
        for name in ["loginTimeout", "connect_timeout"] {
            if let Some(seconds) = self.one(&[name])? {
                return match seconds.parse() {
                    Ok(0_u32) => Ok(TIMEOUT),
                    Ok(seconds) => Ok(Duration::from_secs(u64::from(seconds))),
                    Err(_) => Err(wrong(name, "it is no number of seconds")),
                };
            }
        }
        Ok(TIMEOUT)
    }
}

fn text(name: &'static str, value: &SecretValue) -> Result<String, DatabaseError> {
    let text = value.expose_text().map(str::to_owned);
    text.ok_or_else(|| wrong(name, "it is no UTF-8"))
}

/// Reads how one shows who one is.
fn proof(parameters: &Properties<'_>) -> Result<Proof, DatabaseError> {
    let address = parameters.address;
    let password = part(address, &Component::Password, "password");
    let password = password.map(|password| text("password", password)).transpose()?;
    let token = parameters
        .one(&["accessToken"])?
        .filter(|token| !token.is_empty());
    let way = parameters.one(&["authentication"])?.unwrap_or_default();
    match way.to_ascii_lowercase().as_str() {
        "activedirectoryaccesstoken" => {
            let token = token.or(password).filter(|token| !token.is_empty());
            return token.map(Proof::Token).ok_or_else(|| DatabaseError::Usage {
                reason: "the address asks for a token of Microsoft Entra, and none is given".to_owned(),
                hint: "give it as accessToken, or as the password: a secret, which stays out of the cell"
                    .to_owned(),
            });
        }
        "" | "notspecified" | "sqlpassword" => {}
        _ => {
            return Err(DatabaseError::Usage {
                reason: "the address asks for a way to log in that is not known here".to_owned(),
                hint: "authentication may be SqlPassword, or ActiveDirectoryAccessToken with accessToken"
                    .to_owned(),
            });
        }
    }
    if let Some(token) = token {
        return Ok(Proof::Token(token));
    }
    let user = part(address, &Component::User, "user").filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| DatabaseError::Usage {
        reason: "the address names no user".to_owned(),
        hint: "write it as mssql://user@host/database, or give connect() user=".to_owned(),
    })?;
    Ok(Proof::Password {
        user: text("user", user)?,
        password: password.unwrap_or_default(),
    })
}

/// Decides about TLS: for the whole session, and verified, unless the server is this machine.
///
/// A password goes out as it is, so without TLS it can be read by anyone in between. Towards this machine TLS is used where
/// the server has it: certificates for `localhost` are seldom signed by anyone.
pub(super) fn safety(
    encrypt: Option<&str>,
    trusts: Option<bool>,
    host: &str,
) -> Result<(Encryption, Check), DatabaseError> {
    let is_here = is_here(host);
    if trusts == Some(true) && !is_here {
        return Err(DatabaseError::Usage {
            reason: "trustServerCertificate=true would trust whoever is in between".to_owned(),
            hint: "sslrootcert=/path/to/ca.pem names the certificates to trust".to_owned(),
        });
    }
    let check = if trusts == Some(true) {
        Check::Nothing
    } else {
        Check::Everything
    };
    match encrypt.map(str::to_ascii_lowercase).as_deref() {
        None if is_here && trusts != Some(false) => Ok((Encryption::Offered, Check::Nothing)),
        None | Some("true" | "yes" | "mandatory" | "require" | "required") => Ok((Encryption::Full, check)),
        Some("strict") => Ok((Encryption::Strict, check)),
        Some("false" | "no" | "optional" | "disable" | "disabled") if is_here => {
            Ok((Encryption::None, Check::Nothing))
        }
        Some("false" | "no" | "optional" | "disable" | "disabled") => Err(DatabaseError::Usage {
            reason: "without encrypt, the password could be read by anyone in between".to_owned(),
            hint: "leave it out to have TLS; sslrootcert=/path/to/ca.pem names the certificates to trust"
                .to_owned(),
        }),
        Some(_) => Err(wrong("encrypt", "it is none of true, strict and false")),
    }
}

/// Finds the host that a certificate has to be for; `None` for that which is connected to.
///
/// Azure's own addresses have `*.database.windows.net`.
fn certified(name: &str, host: &str) -> Option<String> {
    let Some(domain) = name.strip_prefix('*') else {
        return Some(name.to_owned()).filter(|name| !name.is_empty());
    };
    (!host.to_ascii_lowercase().ends_with(&domain.to_ascii_lowercase())).then(|| format!("any{domain}"))
}
