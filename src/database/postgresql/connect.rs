//! Opening a connection, and why it cannot be opened: what the network, TLS and the server say, told apart.
//!
//! What the server says is not quoted: it repeats the user, which may be the value of a secret.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::CertificateError;
use tokio::net::lookup_host;
use tokio::time::{sleep, timeout};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Error, NoTls};

use super::failure;
use super::link::{Link, Open};
use super::name::NAME;
use super::settings::Settings;
use super::tls::Tls;
use crate::database::error::DatabaseError;
use crate::database::server::dial;
use crate::secret::ResolvedAddress;
use crate::work::Interrupt;

/// How often a server that is starting is asked, and how long is waited after the first time; that doubles.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);

/// Lets the server look, while it works, whether anyone still waits.
const WATCH: &str = "SET client_connection_check_interval = '5s'";

/// Opens a session.
pub(super) fn connect(address: &ResolvedAddress, interrupt: &Interrupt) -> Result<Link, DatabaseError> {
    let settings = Settings::new(address)?;
    Link::new(interrupt, open(&settings))
}

/// Why there is no connection.
enum Refusal {
    /// The server is starting: later it may let one in.
    Starting,
    /// It does not answer, which may pass: why, and what to do.
    Away(String, String),
    /// It lets no one in so: why, and what to do.
    Other(String, String),
}

impl Refusal {
    fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Other(reason.into(), hint.into())
    }

    fn away(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Away(reason.into(), hint.into())
    }
}

async fn open(settings: &Settings) -> Result<Open, DatabaseError> {
    let because = |reason, hint, is_away| DatabaseError::Connect {
        database: settings.name(),
        reason,
        hint,
        is_away,
    };
    let tls = match settings.config.get_ssl_mode() {
        SslMode::Disable => None,
        _ => Some(
            Tls::new(&settings.host, settings.check, settings.roots.as_deref()).map_err(|reason| {
                because(
                    reason,
                    "sslrootcert=/path/to/ca.pem names the certificates to trust".to_owned(),
                    false,
                )
            })?,
        ),
    };
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match attempt(settings, tls.as_ref()).await {
            Ok(open) => return Ok(open),
            Err(Refusal::Other(reason, hint)) => return Err(because(reason, hint, false)),
            Err(Refusal::Away(reason, hint)) => return Err(because(reason, hint, true)),
            Err(Refusal::Starting) => {
                sleep(pause).await;
                pause *= 2;
            }
        }
    }
    match attempt(settings, tls.as_ref()).await {
        Ok(open) => Ok(open),
        Err(Refusal::Other(reason, hint)) => Err(because(reason, hint, false)),
        Err(Refusal::Away(reason, hint)) => Err(because(reason, hint, true)),
        Err(Refusal::Starting) => Err(because(
            "the server is starting up, shutting down or recovering".to_owned(),
            "try again in a moment".to_owned(),
            true,
        )),
    }
}

async fn attempt(settings: &Settings, tls: Option<&Tls>) -> Result<Open, Refusal> {
    let opened = timeout(settings.timeout, through(settings, tls)).await;
    opened.unwrap_or_else(|_| Err(late(settings)))
}

fn late(settings: &Settings) -> Refusal {
    let seconds = settings.timeout.as_secs();
    Refusal::away(
        format!("it did not answer within {seconds} seconds"),
        "is the host right, and may this machine reach it? connect_timeout=60 waits longer",
    )
}

/// Tries one address of the host after another.
async fn through(settings: &Settings, tls: Option<&Tls>) -> Result<Open, Refusal> {
    let unknown = || Refusal::away("the name of the host is not known", "is the host written right?");
    let found = lookup_host((settings.host.as_str(), settings.port)).await;
    let servers: Vec<_> = found.map_err(|_| unknown())?.collect();
    // An address that says nothing leaves some of the time for the next one.
    let share = settings.timeout / u32::try_from(servers.len()).unwrap_or(1).max(1);
    let mut refusal = unknown();
    for server in servers {
        let stream = match timeout(share, dial(server)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                refusal = unreachable(&error);
                continue;
            }
            Err(_) => {
                refusal = late(settings);
                continue;
            }
        };
        let ended = Arc::default();
        let (client, pump) = if let Some(tls) = tls {
            let connected = settings.config.connect_raw(stream, tls.clone()).await;
            let (client, connection) = connected.map_err(|error| refused(&error))?;
            (client, tokio::spawn(pump(connection, Arc::clone(&ended))))
        } else {
            let connected = settings.config.connect_raw(stream, NoTls).await;
            let (client, connection) = connected.map_err(|error| refused(&error))?;
            (client, tokio::spawn(pump(connection, Arc::clone(&ended))))
        };
        prepare(&client, settings.path.as_deref())
            .await
            .map_err(|error| refused(&error))?;
        return Ok(Open {
            client,
            pump,
            ended,
            server,
            tls: tls.cloned(),
            path: settings.path.clone(),
        });
    }
    Err(refusal)
}

/// Reads and writes for a client, as long as there is one.
async fn pump(connection: impl Future<Output = Result<(), Error>>, ended: Arc<OnceLock<String>>) {
    if let Err(error) = connection.await {
        let _ = ended.set(failure::lost(&error));
    }
}

/// Sets what holds for the whole session: moments without a zone of their own are in UTC, as in frames.
pub(super) async fn prepare(client: &Client, path: Option<&str>) -> Result<(), Error> {
    client.batch_execute("SET TIME ZONE 'UTC'").await?;
    // What is asked by a program that was killed is not answered to its end; some servers cannot look after that.
    let _ = client.batch_execute(WATCH).await;
    if let Some(path) = path {
        let set = "SELECT pg_catalog.set_config('search_path', $1, false)";
        client.query(set, &[&path]).await?;
    }
    Ok(())
}

fn unreachable(error: &io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::ConnectionRefused => Refusal::away(
            "nothing listens there",
            "is the server running, and is the port right? PostgreSQL's own is 5432",
        ),
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Refusal::away(
            "the host cannot be reached from this machine",
            "is the host right, and is a VPN or a firewall in between?",
        ),
        _ => Refusal::away(format!("the connection failed: {error}"), "is the host right?"),
    }
}

/// Says why a server that answers does not let one in.
fn refused(error: &Error) -> Refusal {
    if let Some(answer) = error.as_db_error() {
        return answered(answer);
    }
    let source = std::error::Error::source(error);
    if let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(error) = inner {
            return untrusted(error);
        }
    }
    // Whoever stands before a server that is away takes connections, and ends them.
    let is_ended = source
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|error| {
            matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            )
        });
    if error.is_closed() || is_ended {
        return Refusal::away(
            "it ends the connection before it has answered",
            "is the server running behind this address, and is the port that of the database? PostgreSQL's own is 5432",
        );
    }
    // The library tells these apart by its words alone.
    let message = error.to_string();
    if message.contains("TLS") {
        return Refusal::new(
            "it has no TLS, and one would send the password for anyone to read",
            "turn TLS on at the server, or write sslmode=disable where the network is safe",
        );
    }
    if message == "invalid configuration" {
        return Refusal::new(
            "it asks for a password, and none is given",
            "give connect() a password: a secret, which stays out of the cell",
        );
    }
    if message == "authentication error" {
        return Refusal::new(
            "the server wants to know who one is in a way that is not known here",
            "passwords by SCRAM and MD5 are; GSSAPI, SSPI and others are not",
        );
    }
    Refusal::new(
        format!("what answers there does not speak as {NAME} does: {message}"),
        "is the port that of the database? PostgreSQL's own is 5432",
    )
}

/// Says why a certificate is not trusted.
fn untrusted(error: &rustls::Error) -> Refusal {
    let rustls::Error::InvalidCertificate(error) = error else {
        return Refusal::new(
            format!("TLS fails: {error}"),
            "does the server have TLS 1.2 or 1.3?",
        );
    };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Refusal::new(
            "its certificate is for another host",
            "write the host as the certificate has it; sslmode=verify-ca checks only who signed it",
        ),
        CertificateError::UnknownIssuer => Refusal::new(
            "its certificate is signed by nobody whom this system trusts",
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Refusal::new(
            "its certificate has expired",
            "the server needs a new one; is this clock right?",
        ),
        other => Refusal::new(
            format!("its certificate is not trusted: {other}"),
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
    }
}

/// Says why the server refuses, by its code: its words repeat who one is.
fn answered(answer: &DbError) -> Refusal {
    // What did not find something has a name in every language.
    let routine = answer.routine().unwrap_or_default();
    match answer.code().code() {
        "57P03" => Refusal::Starting,
        "28P01" => Refusal::new(
            "the user or the password is wrong",
            "check both; in a secret, a line break at its end counts",
        ),
        "28000" if routine == "InitializeSessionUserId" => Refusal::new(
            "it has no such user, or one that may not log in",
            "is the user written right?",
        ),
        "28000" => Refusal::new(
            "it lets this user of this machine into no such database in this way",
            "its pg_hba.conf decides: by address, user, database, and whether there is TLS (sslmode=require)",
        ),
        "3D000" => Refusal::new(
            "it has no such database",
            "write it behind the host: postgresql://host/database",
        ),
        "42501" => Refusal::new(
            "the user may not connect to this database",
            "who owns it can say GRANT CONNECT ON DATABASE … TO …",
        ),
        "53300" => Refusal::away(
            "it has too many connections",
            "close some: con.close(), or other notebooks",
        ),
        code => Refusal::new(
            format!("the server refuses (SQLSTATE {code})"),
            "its log says why",
        ),
    }
}
