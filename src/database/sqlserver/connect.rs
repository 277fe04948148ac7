//! Opening a connection: a way to the server, TLS in it, and a login through that.

use std::time::Duration;

use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use super::denial::Denial;
use super::dialogue::{Dialogue, Established};
use super::endpoint::{Encryption, Endpoint, Proof};
use super::packet::{self, FRONT};
use super::pipe::Pipe;
use super::prelogin::{Prelogin, Secrecy, asked};
use super::transport::{TlsKeys, Transport};
use crate::database::error::DatabaseError;
use crate::database::server::dial;
use crate::secret::ResolvedAddress;
use crate::work::Interrupt;

/// How often a server that is starting is asked, and how long is waited after the first time; that doubles.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);
/// How often a server may send one on to another.
const HOPS: u32 = 4;
/// The most bytes that a server may say of itself.
const MOST: usize = 16 << 10;

/// What holds for the whole session, whatever the server has as its own defaults.
pub(super) const PREPARE: &str =
    "SET IMPLICIT_TRANSACTIONS OFF; SET NOCOUNT OFF; SET ROWCOUNT 0; SET TEXTSIZE -1";

/// Opens a session.
pub(super) fn connect(address: &ResolvedAddress, interrupt: &Interrupt) -> Result<Dialogue, DatabaseError> {
    let endpoint = Endpoint::new(address)?;
    Dialogue::new(interrupt, open(&endpoint))
}

async fn open(endpoint: &Endpoint) -> Result<Established, DatabaseError> {
    let refused = |reason, hint| DatabaseError::Connect {
        database: endpoint.name(),
        reason,
        hint,
        is_away: false,
    };
    let keys = TlsKeys::new(endpoint).map_err(|reason| {
        refused(
            reason,
            "sslrootcert=/path/to/ca.pem names the certificates to trust".to_owned(),
        )
    })?;
    let mut pause = PAUSE;
    let mut tries = 1;
    let (mut host, mut port, mut hops) = (endpoint.host.clone(), endpoint.port, 0);
    loop {
        let attempt = timeout(endpoint.timeout, through(endpoint, keys.as_ref(), &host, port)).await;
        match attempt.unwrap_or_else(|_| Err(late(endpoint))) {
            Ok(open) => return Ok(open),
            Err(Denial::Final(reason, hint)) => return Err(refused(reason, hint)),
            Err(Denial::Elsewhere(next, at)) if hops < HOPS && is_near(&endpoint.host, &next) => {
                hops += 1;
                (host, port) = (next, at);
            }
            Err(Denial::Elsewhere(..)) => {
                return Err(refused(
                    "it sends one on to a server of another domain, to which the password does not go"
                        .to_owned(),
                    "write the address of that server, if you know it".to_owned(),
                ));
            }
            Err(Denial::Later) if tries < TRIES => {
                tries += 1;
                sleep(pause).await;
                pause *= 2;
            }
            Err(Denial::Later) => {
                return Err(refused(
                    "the server is starting up, or has too much to do".to_owned(),
                    "try again in a moment".to_owned(),
                ));
            }
        }
    }
}

/// Returns whether another server is of the same domain: nobody but its owner can be sent the password.
pub(super) fn is_near(host: &str, other: &str) -> bool {
    let Some((_, domain)) = host.split_once('.') else {
        return host.eq_ignore_ascii_case(other);
    };
    let (domain, other) = (domain.to_ascii_lowercase(), other.to_ascii_lowercase());
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if is_address || !domain.contains('.') {
        return host.eq_ignore_ascii_case(&other);
    }
    other
        .strip_suffix(&domain)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn late(endpoint: &Endpoint) -> Denial {
    let seconds = endpoint.timeout.as_secs();
    Denial::new(
        format!("it did not answer within {seconds} seconds"),
        "is the host right, and may this machine reach it? connect_timeout=60 waits longer",
    )
}

/// Tries one address of the host after another.
async fn through(
    endpoint: &Endpoint,
    keys: Option<&TlsKeys>,
    host: &str,
    port: u16,
) -> Result<Established, Denial> {
    let unknown = || Denial::new("the name of the host is not known", "is the host written right?");
    let found = lookup_host((host, port)).await;
    let servers: Vec<_> = found.map_err(|_| unknown())?.collect();
    // An address that says nothing leaves some of the time for the next one.
    let share = endpoint.timeout / u32::try_from(servers.len()).unwrap_or(1).max(1);
    let mut denial = unknown();
    for server in servers {
        let stream = match timeout(share, dial(server)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                denial = Denial::unreachable(&error);
                continue;
            }
            Err(_) => {
                denial = late(endpoint);
                continue;
            }
        };
        let (transport, answer) = secured(endpoint, keys, host, stream).await?;
        return login(endpoint, host, transport, &answer).await;
    }
    Err(denial)
}

/// Says hello, and begins TLS.
async fn secured(
    endpoint: &Endpoint,
    keys: Option<&TlsKeys>,
    host: &str,
    mut stream: TcpStream,
) -> Result<(Transport, Prelogin), Denial> {
    let sends_token = matches!(endpoint.proof, Proof::Token(_));
    let Some(keys) = keys else {
        let answer = hello(&mut stream, &asked(Secrecy::Unknown, sends_token)).await?;
        if answer.secrecy == Secrecy::Required {
            return Err(Denial::new(
                "it lets nobody in without TLS",
                "leave out what turns TLS off: encrypt",
            ));
        }
        return Ok((Transport::Plain(stream), answer));
    };
    if endpoint.encryption == Encryption::Strict {
        let begun = keys.before(host, stream).await;
        let mut transport = begun.map_err(|error| Denial::unsafe_way(&error))?;
        let answer = hello(&mut transport, &asked(Secrecy::Required, sends_token)).await?;
        return Ok((transport, answer));
    }
    let answer = hello(&mut stream, &asked(Secrecy::On, sends_token)).await?;
    match (answer.secrecy, endpoint.encryption) {
        (Secrecy::On | Secrecy::Required, _) => {
            let begun = keys.within(host, stream).await;
            let transport = begun.map_err(|error| Denial::unsafe_way(&error))?;
            Ok((transport, answer))
        }
        (_, Encryption::Offered) => Ok((Transport::Plain(stream), answer)),
        _ => Err(Denial::new(
            "it has no TLS, and one would send the password for anyone to read",
            "turn TLS on at the server",
        )),
    }
}

/// Says what this program is, and reads what the server is.
async fn hello(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), said: &[u8]) -> Result<Prelogin, Denial> {
    let closed = |_| {
        Denial::new(
            "it closes the connection instead of answering",
            "is the port that of the database? a server that wants TLS first needs encrypt=strict",
        )
    };
    let packet = packet::whole(packet::PRELOGIN, said);
    stream.write_all(&packet).await.map_err(closed)?;
    stream.flush().await.map_err(closed)?;
    let mut content = Vec::new();
    loop {
        let mut front = [0; FRONT];
        stream.read_exact(&mut front).await.map_err(closed)?;
        let length = match packet::length(&front) {
            Some(Ok(length)) if front.starts_with(&[packet::ANSWER]) => length - FRONT,
            _ => return Err(Denial::stranger()),
        };
        let mut part = vec![0; length];
        stream.read_exact(&mut part).await.map_err(closed)?;
        content.append(&mut part);
        if packet::is_last(&front) {
            return Prelogin::read(&content).ok_or_else(Denial::stranger);
        }
        if content.len() > MOST {
            return Err(Denial::stranger());
        }
    }
}

/// Logs in.
async fn login(
    endpoint: &Endpoint,
    host: &str,
    transport: Transport,
    answer: &Prelogin,
) -> Result<Established, Denial> {
    let mut config = Config::new();
    config.host(host);
    config.encryption(EncryptionLevel::NotSupported);
    config.application_name(&endpoint.application);
    config.readonly(endpoint.only_reads);
    config.handshake_timeout(None);
    if let Some(database) = &endpoint.database {
        config.database(database);
    }
    config.authentication(match &endpoint.proof {
        Proof::Password { user, password } => AuthMethod::sql_server(user, password),
        Proof::Token(token) => AuthMethod::aad_token(token),
    });
    let pipe = Pipe::new(transport, &answer.without_secrecy());
    let ear = pipe.ear();
    let denied = |error: tiberius::error::Error| Denial::of(&error, &endpoint.proof);
    let mut client = Client::connect(config, pipe).await.map_err(denied)?;
    let prepared = client.simple_query(PREPARE).await.map_err(denied)?;
    prepared.into_results().await.map_err(denied)?;
    Ok(Established { client, ear })
}
