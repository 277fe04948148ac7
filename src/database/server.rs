//! What servers have in common: what their addresses may say, whether one is this machine, which certificates are trusted, how
//! one is dialled, and how work is waited for.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::error::DatabaseError;
use crate::error::nearest;
use crate::secret::ResolvedAddress;
use crate::work::Interrupt;

/// How often waiting work looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);

/// Returns whether a host is this machine.
pub(super) fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Checks that an address has only parameters that `database` knows.
///
/// # Errors
///
/// It has another one.
pub(super) fn check_parameters(
    address: &ResolvedAddress,
    known: &[&str],
    database: &str,
) -> Result<(), DatabaseError> {
    let Some(unknown) = address.parameters().find(|name| !known.contains(name)) else {
        return Ok(());
    };
    let hint = match nearest(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", known.join(", ")),
    };
    Err(DatabaseError::Usage {
        reason: format!("the address has the parameter {unknown:?}, which is none of {database}"),
        hint,
    })
}

/// Says that a part of an address is not what it has to be.
pub(super) fn wrong(name: &str, what: &str) -> DatabaseError {
    DatabaseError::Usage {
        reason: format!("the address has a wrong {name}: {what}"),
        hint: "change the address, or the secret that is in it".to_owned(),
    }
}

/// Reads the certificates to trust: those of a file, or those of the system.
///
/// # Errors
///
/// The file cannot be read or has none that can be used, or the system has none: as a sentence.
pub(super) fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(file) = file else {
        let mut found = rustls_native_certs::load_native_certs().certs;
        // One that cannot be read is one that is not trusted.
        found.retain(|root| RootCertStore::empty().add(root.clone()).is_ok());
        if found.is_empty() {
            return Err("this system trusts no certificates: there are none where it has them".to_owned());
        }
        return Ok(found);
    };
    let shown = file.display();
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found
        .map_err(|error| format!("the certificates of sslrootcert, {shown}, cannot be read: {error}"))?;
    for root in &found {
        let added = RootCertStore::empty().add(root.clone());
        added.map_err(|error| format!("a certificate of sslrootcert, {shown}, cannot be used: {error}"))?;
    }
    if found.is_empty() {
        return Err(format!("the file of sslrootcert, {shown}, has no certificates"));
    }
    Ok(found)
}

/// Connects to one address of a server.
pub(super) async fn dial(server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = if server.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_keepalive(true)?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Waits for work; `None` where it was not wanted any more before it ended.
pub(super) async fn until_unwanted<T>(interrupt: &Interrupt, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    while !interrupt.is_set() {
        if let Ok(result) = timeout(POLL, &mut work).await {
            return Some(result);
        }
    }
    None
}
