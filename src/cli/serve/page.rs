//! [`Page`]: the monitor's page beside the scheduler.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};

use super::arguments::ServeArguments;
use crate::error::Error;
use crate::job::Environment;
use crate::monitor::{Access, MonitorError, Server, ServerOptions, TlsFiles, Tokens, View};
use crate::schedule::Runs;
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// The port where none is said, and how many from there are tried before any other: one machine serves several workspaces.
const PORT: u16 = 8484;
const TRIED: u16 = 10;

/// The monitor's page beside the scheduler.
pub(super) struct Page {
    stop: Interrupt,
    thread: JoinHandle<()>,
}

/// Begins to listen where the arguments say.
///
/// # Errors
///
/// The address is taken, or others could reach it without encryption or a token; of a store that is a file, those of opening it.
pub(super) fn bind(
    arguments: &ServeArguments,
    root: &Path,
    environment: &Environment,
    is_there: &Arc<AtomicBool>,
) -> Result<Server, Error> {
    // A workspace and a store of its own: pages and scheduler do not wait for each other.
    let workspace = Workspace::find(root)?;
    let runs = Runs::shown(&workspace, environment, is_there)?;
    let tokens = Tokens::path_of(&workspace);
    let view = View::new(Arc::new(workspace), runs);
    let at = |address| at(address, arguments, &view, &tokens);
    if let Some(address) = arguments.address {
        return Ok(at(address)?);
    }
    let ports = PORT..PORT + TRIED;
    let mut tried = ports.map(|port| at(local(port)));
    let is_taken = |result: &Result<Server, MonitorError>| matches!(result, Err(MonitorError::Listen { .. }));
    Ok(tried
        .find(|result| !is_taken(result))
        .unwrap_or_else(|| at(local(0)))?)
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn at(
    address: SocketAddr,
    arguments: &ServeArguments,
    view: &View,
    tokens: &Path,
) -> Result<Server, MonitorError> {
    let tls = arguments.tls_certificate.clone().zip(arguments.tls_key.clone());
    let options = ServerOptions {
        address,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        is_behind_proxy: arguments.behind_proxy,
    };
    Server::bind(&options, view.clone(), Access::new(tokens.to_owned())?)
}

impl Page {
    /// Answers requests on a thread of its own.
    pub(super) fn show(server: Server) -> Self {
        let stop = Interrupt::default();
        let stopping = stop.clone();
        tracing::info!(address = server.url(), "the monitor is open");
        let thread = thread::spawn(move || {
            if let Err(error) = server.run(&stopping) {
                tracing::error!(%error, "the monitor has stopped");
            }
        });
        Self { stop, thread }
    }

    /// Ends it; answers that have begun have a moment to end.
    pub(super) fn end(self) {
        self.stop.trigger();
        if self.thread.join().is_err() {
            tracing::error!("the monitor has stopped with a panic");
        }
    }
}
