//! Runs for the browser and the terminal: pages, an API, metrics and a [board](terminal) over a [`View`], no logic of runs.
//!
//! Owns what is served (every page can be read without scripts), who is let in ([`Access`]), and the [`Server`]. All text from
//! outside reaches a page through one writer, which escapes it; what changes something is asked for with POST alone.

mod access;
mod address;
mod answer;
mod asked;
mod audience;
mod changes;
mod crowd;
mod error;
mod events;
mod fields;
mod filter;
mod json;
mod layered;
mod listener;

mod markup;
mod metrics;
mod moment;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod monitor;
mod pace;
mod pages;
mod refusal;
mod router;
mod routes;
mod server;
pub mod terminal;
mod tls;
mod view;

pub use access::{Access, Role, Token, Tokens};
pub use error::MonitorError;
pub use server::{Server, ServerOptions};
pub use tls::TlsFiles;
pub use view::View;
