//! Opening a connection, and why it cannot be opened: what the network, TLS and the server say, told apart.
//!
//! What the server says is not quoted: it repeats the user, which may be the value of a secret.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, TlsError};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::channel::Channel;
use super::login::{Login, Safety};
use super::rejection::{Rejection, answered, stranger, unknown_proof};
use super::tls;
use crate::database::error::DatabaseError;
use crate::secret::ResolvedAddress;
use crate::work::{Interrupt, catch_panic};

/// After how long without a word it is asked whether the other side is still there.
const ALIVE: Duration = Duration::from_mins(1);
/// What holds for the whole session. What the server adds to these modes by itself stays: whose statements are run here
/// may count on it.
pub(super) const PREPARE: &str = "SET NAMES utf8mb4, time_zone = '+00:00', \
     SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES', 'NO_ENGINE_SUBSTITUTION')";

/// Opens a session.
pub(super) fn connect(address: &ResolvedAddress, interrupt: &Interrupt) -> Result<Channel, DatabaseError> {
    let settings = Login::new(address)?;
    // The library panics where the server asks for a proof that it was built without.
    catch_panic(|| Channel::new(interrupt, open(&settings))).unwrap_or_else(|_| {
        let Rejection { reason, hint, .. } = unknown_proof();
        Err(DatabaseError::Connect {
            database: settings.name(),
            reason,
            hint,
            is_away: false,
        })
    })
}

async fn open(settings: &Login) -> Result<(Conn, Opts), DatabaseError> {
    let opened = timeout(settings.timeout, through(settings)).await;
    let opened = opened.unwrap_or_else(|_| Err(late(settings)));
    opened.map_err(|refusal| DatabaseError::Connect {
        database: settings.name(),
        reason: refusal.reason,
        hint: refusal.hint,
        is_away: false,
    })
}

fn late(settings: &Login) -> Rejection {
    let seconds = settings.timeout.as_secs_f32();
    Rejection::new(
        format!("it did not answer within {seconds} seconds"),
        "is the host right, and may this machine reach it? connect_timeout=60 waits longer",
    )
}

/// Tries one address of the host after another.
async fn through(settings: &Login) -> Result<(Conn, Opts), Rejection> {
    let unknown = || Rejection::new("the name of the host is not known", "is the host written right?");
    let found = lookup_host((settings.host.as_str(), settings.port)).await;
    let servers: Vec<SocketAddr> = found.map_err(|_| unknown())?.collect();
    // An address that says nothing leaves some of the time for the next one.
    let share = settings.timeout / u32::try_from(servers.len()).unwrap_or(1).max(1);
    let mut refusal = unknown();
    for server in servers {
        refusal = match timeout(share, at(settings, server)).await {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(refusal)) if !refusal.is_of_address => return Err(refusal),
            Ok(Err(refusal)) => refusal,
            Err(_) => late(settings),
        };
    }
    Err(refusal)
}

/// Connects to one address.
async fn at(settings: &Login, server: SocketAddr) -> Result<(Conn, Opts), Rejection> {
    let ssl = tls::options(settings)?;
    let is_optional = settings.safety == Safety::Here;
    let base = OptsBuilder::default()
        .ip_or_hostname(settings.host.clone())
        .tcp_port(settings.port)
        .resolved_ips(Some(vec![server.ip()]))
        .user(Some(settings.user.clone()))
        .pass(settings.password.clone())
        .db_name(settings.database.clone())
        .prefer_socket(false)
        .tcp_keepalive(Some(ALIVE));
    let mut opts = Opts::from(base.clone().ssl_opts(ssl.clone()));
    let mut opened = Conn::new(opts.clone()).await;
    // The library leaves the name of the host out of what it checks only as far as it recognises the words of the check.
    let other = match &opened {
        Err(error) if settings.safety == Safety::Signature => tls_error(error).and_then(tls::presented),
        _ => None,
    };
    if let (Some(name), Some(ssl)) = (other, ssl) {
        let ssl = ssl.with_danger_tls_hostname_override(Some(name));
        opts = base.clone().ssl_opts(ssl).into();
        opened = Conn::new(opts.clone()).await;
    }
    if is_optional
        && matches!(
            &opened,
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
        )
    {
        opts = base.into();
        opened = Conn::new(opts.clone()).await;
    }
    let mut conn = opened.map_err(|error| refused(&error))?;
    conn.query_drop(PREPARE).await.map_err(|error| refused(&error))?;
    Ok((conn, opts))
}

fn unreachable(error: &io::Error) -> Rejection {
    let refusal = match error.kind() {
        ErrorKind::ConnectionRefused => Rejection::new(
            "nothing listens there",
            "is the server running, and is the port right? MySQL's own is 3306",
        ),
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Rejection::new(
            "the host cannot be reached from this machine",
            "is the host right, and is a VPN or a firewall in between?",
        ),
        ErrorKind::Other | ErrorKind::InvalidData => stranger(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Rejection::new(
            "what answers there ends the connection without a word",
            "is the port that of the database? MySQL's own is 3306",
        ),
        _ => Rejection::new(format!("the connection failed: {error}"), "is the host right?"),
    };
    refusal.of_address()
}

/// Returns what TLS says, which is inside of what the network says.
fn tls_error(error: &Error) -> Option<&rustls::Error> {
    match error {
        Error::Io(IoError::Tls(TlsError::Tls(error))) => Some(error),
        Error::Io(IoError::Io(error)) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Says why there is no session.
fn refused(error: &Error) -> Rejection {
    match error {
        Error::Server(answer) => answered(answer),
        Error::Io(IoError::Tls(error)) => tls::untrusted(error),
        Error::Io(IoError::Io(network)) => match tls_error(error) {
            Some(error) => tls::unsafe_for(error),
            None => unreachable(network),
        },
        Error::Driver(DriverError::NoClientSslFlagFromServer) => Rejection::new(
            "it has no TLS, and one would send all for anyone to read",
            "turn TLS on at the server, or write sslMode=DISABLED where the network is safe",
        ),
        Error::Driver(
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::CleartextPluginDisabled
            | DriverError::MysqlOldPasswordDisabled,
        ) => unknown_proof(),
        Error::Driver(DriverError::ConnectionClosed) => Rejection::new(
            "the server ended the connection without a word",
            "its log says why",
        ),
        _ => stranger(),
    }
}
