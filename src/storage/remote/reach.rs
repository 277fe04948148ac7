//! Whether a host is reached at all, step by step: its name, a connection, a safe one. Nothing is sent that says who asks.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::Method;
use object_store::client::{HttpRequest, HttpRequestBody};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

use super::failure::{Failure, RemoteError};
use super::runtime;
use super::transport::Transport;
use crate::work::Interrupt;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds the addresses of a host.
pub(in crate::storage) fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let place = (host.trim_matches(['[', ']']).to_owned(), port);
    let failure = Failure::UnknownHost {
        host: host.to_owned(),
    };
    let found = runtime::wait(&Interrupt::of_thread(), async move {
        let found = timeout(PATIENCE, lookup_host(place)).await.ok()?.ok()?;
        Some(found.collect::<Vec<_>>())
    })?;
    let found = found.filter(|found| !found.is_empty());
    found.ok_or_else(|| RemoteError::new(host, failure).into_io())
}

/// Connects to one of the addresses of a host; returns to which.
pub(in crate::storage) fn connect(host: &str, addresses: Vec<SocketAddr>) -> io::Result<SocketAddr> {
    let failure = Failure::Down {
        host: host.to_owned(),
    };
    let connected = runtime::wait(&Interrupt::of_thread(), async move {
        for address in addresses {
            if let Ok(Ok(_)) = timeout(PATIENCE, TcpStream::connect(address)).await {
                return Some(address);
            }
        }
        None
    })?;
    connected.ok_or_else(|| RemoteError::new(host, failure).into_io())
}

/// Asks a server anything at all, for an answer over a safe connection; what it answers does not matter.
pub(in crate::storage) fn answers(address: &Url) -> io::Result<()> {
    let host = address.host_str().unwrap_or_default().to_owned();
    let is_direct = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    let transport = Transport::new(&host, is_direct, |_| None).map_err(RemoteError::into_io)?;
    let request = http::Request::builder()
        .method(Method::HEAD)
        .uri(address.as_str())
        .body(HttpRequestBody::empty());
    let request: HttpRequest = request.map_err(io::Error::other)?;
    let answered = runtime::wait(&Interrupt::of_thread(), async move {
        timeout(PATIENCE, transport.send(request)).await
    })?;
    match answered {
        Err(_) => {
            let waited = PATIENCE;
            Err(RemoteError::new(&host, Failure::TimedOut { waited }).into_io())
        }
        Ok(Err(error)) if is_unreached(&error.failure) => Err(error.into_io()),
        Ok(_) => Ok(()),
    }
}

/// Returns whether a failure is one before any answer.
fn is_unreached(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Tls { .. }
            | Failure::Down { .. }
            | Failure::UnknownHost { .. }
            | Failure::TimedOut { .. }
            | Failure::Broken
            | Failure::Stopped
    )
}
