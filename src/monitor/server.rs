//! [`Server`]: where the monitor is found, and its run until someone stops it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::access::Access;
use super::error::MonitorError;
use super::listener::{Listener, Peer};
use super::monitor::Monitor;
use super::router::router;
use super::tls::TlsFiles;
use super::view::View;
use crate::work::Interrupt;

/// How often the server looks whether it is to stop.
const POLL: Duration = Duration::from_millis(100);

/// How long answers may still take when the server stops.
const ENDING: Duration = Duration::from_secs(2);

/// Where the monitor listens, and who encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// The address; port 0 is any that is free.
    pub address: SocketAddr,
    /// The certificate and the key; without them, the server encrypts nothing.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy is in front of it, which encrypts and says where requests come from.
    pub is_behind_proxy: bool,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    is_behind_proxy: bool,
    monitor: Arc<Monitor>,
}

impl Server {
    /// Begins to listen; requests are answered once it runs.
    ///
    /// # Errors
    ///
    /// When the address is taken, or others can reach it without encryption or without a token.
    pub fn bind(options: &ServerOptions, view: View, access: Access) -> Result<Self, MonitorError> {
        let address = options.address;
        let (is_tls, is_behind_proxy) = (options.tls.is_some(), options.is_behind_proxy);
        if !address.ip().is_loopback() && !is_tls && !is_behind_proxy {
            return Err(MonitorError::Open { address });
        }
        if (!address.ip().is_loopback() || is_behind_proxy) && access.is_empty()? {
            return Err(MonitorError::NoTokens);
        }
        let tls = options.tls.as_ref().map(TlsFiles::acceptor).transpose()?;
        let failed = |error: std::io::Error| MonitorError::Listen {
            address,
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            tls,
            is_behind_proxy,
            monitor: Arc::new(Monitor::new(view, access, address, is_behind_proxy, is_tls)),
        })
    }

    /// Returns the address of its first page on this machine: `http://localhost:8484/`.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let port = self.address.port();
        if self.address.ip().is_loopback() {
            format!("{scheme}://localhost:{port}/")
        } else {
            format!("{scheme}://{}/", self.address)
        }
    }

    /// Returns the address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until the interrupt is set; answers that have begun have a moment to end.
    ///
    /// # Errors
    ///
    /// When the system gives no threads or takes the address away.
    pub fn run(self, interrupt: &Interrupt) -> Result<(), MonitorError> {
        let address = self.address;
        let failed = |error: std::io::Error| MonitorError::Listen {
            address,
            reason: error.to_string(),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("monitor")
            .enable_all()
            .build()
            .map_err(failed)?;
        let ended = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let listener = Listener::new(listener, self.tls, self.is_behind_proxy)?;
            let service: IntoMakeServiceWithConnectInfo<_, Peer> =
                router(&self.monitor).into_make_service_with_connect_info();
            let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
            let serving = axum::serve(listener, service).with_graceful_shutdown(async {
                let _ = stopping.await;
            });
            let serving = tokio::spawn(serving.into_future());
            while !interrupt.is_set() && !serving.is_finished() {
                sleep(POLL).await;
            }
            let _ = stop.send(());
            // Pages that listen for changes never end by themselves.
            match timeout(ENDING, serving).await {
                Ok(Ok(ended)) => ended,
                Ok(Err(_)) | Err(_) => Ok(()),
            }
        });
        runtime.shutdown_timeout(ENDING);
        ended.map_err(failed)
    }
}
