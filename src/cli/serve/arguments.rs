//! The arguments of `sheaf serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::token::TokenArguments;

/// Run the triggers of this workspace and show its runs in the browser, until it is stopped.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
What is published runs; `sheaf pipeline publish` publishes. One process serves a workspace; of several that keep its runs \
in one database, one leads and the others stand by. SIGTERM and Ctrl-C end it: runs \
are interrupted, and go on when it serves again; a second signal ends it at once. After a crash it goes on as well: what had \
ended well is not run again.

The page is at http://localhost:8484/, or at the next port that is free; only this machine reaches it. Other machines do with \
TLS or through a proxy that encrypts, and with a token.

Examples:
  sheaf serve
  sheaf serve --log json
  sheaf serve --address 127.0.0.1:9000
  sheaf serve token add ops --role manage
  sheaf serve --address 0.0.0.0:8443 --tls-certificate chain.pem --tls-key key.pem
  sheaf serve --install > ~/.config/systemd/user/sheaf.service
  sheaf serve --install --address 127.0.0.1:9000 --behind-proxy > ~/.config/systemd/user/sheaf.service")]
pub(in crate::cli) struct ServeArguments {
    /// The form of the log on standard error [default: plain; in a unit, json].
    #[arg(long, value_name = "FORM", value_enum)]
    pub(super) log: Option<LogForm>,
    /// Print a systemd unit that serves this workspace with the other options that are given, and end.
    #[arg(long)]
    pub(super) install: bool,
    /// Where the page is: an address of this machine and a port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) address: Option<SocketAddr>,
    /// Encrypt with this certificate and those that vouch for it, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(super) tls_key: Option<PathBuf>,
    /// A proxy in front of the page encrypts, and passes on Host and X-Forwarded-For.
    #[arg(long, conflicts_with = "tls_certificate")]
    pub(super) behind_proxy: bool,
    #[command(subcommand)]
    pub(super) command: Option<ServeCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ServeCommand {
    Token(TokenArguments),
}

/// How what happens is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogForm {
    /// A line of text for each.
    Plain,
    /// A line of JSON for each.
    Json,
}
