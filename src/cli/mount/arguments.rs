//! The arguments of `sheaf mount`.

use clap::{Args, Subcommand};

/// Manage mounts: names under /mnt for folders and for places in object stores.
#[derive(Debug, Args)]
#[command(after_help = "\
Mounts are in sheaf.ron; those that notebooks make with dbutils.fs.mount are in .sheaf/mounts.ron. What a mount sends to \
prove who you are counts only once you have approved it with `sheaf trust`.

Examples:
  sheaf mount add file:/data/titanic /mnt/titanic
  sheaf mount add wasbs://titanic@acme.blob.core.windows.net /mnt/data \\
      --secret fs.azure.account.key.acme.blob.core.windows.net=storage/acctkey
  sheaf mount list
  sheaf mount test /mnt/data
  sheaf mount remove /mnt/data")]
pub(in crate::cli) struct Mount {
    #[command(subcommand)]
    pub(super) verb: MountVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum MountVerb {
    Add(Add),
    /// List the mounts, what each sends where, and whether you have approved that.
    List(List),
    Test(TestMount),
    /// Remove a mount; its files stay where they are.
    Remove(Remove),
}

/// Add a mount to sheaf.ron, which keeps its comments.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf mount add file:/data/titanic /mnt/titanic
  sheaf mount add s3://titanic /mnt/data --config fs.s3a.endpoint.region=eu-central-1 \\
      --secret fs.s3a.access.key=aws/id --secret fs.s3a.secret.key=aws/key
  sheaf mount add https://example.com/data /mnt/web")]
pub(super) struct Add {
    #[arg(
        help = "The place: file:FOLDER, wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/FOLDER, abfss://…, s3://…, gs://…, https://…"
    )]
    pub(super) source: String,
    /// The name under /mnt.
    pub(super) mount_point: String,
    /// Set a setting that is no secret; may be repeated.
    #[arg(long = "config", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) configs: Vec<(String, String)>,
    /// Set a setting to the secret KEY of the scope SCOPE; may be repeated.
    #[arg(long = "secret", value_name = "NAME=SCOPE/KEY", value_parser = pair)]
    pub(super) secrets: Vec<(String, String)>,
    /// Do not keep what is read of it on this machine.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Approve what it sends without asking.
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Print what was added as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print them as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Try a mount, step by step: name, connection, TLS, credentials, container, list, read, write.
#[derive(Debug, Args)]
#[command(after_help = "\
A small file is written, read back and removed, unless --read-only is given. The exit code is 1 where a step fails.

Examples:
  sheaf mount test /mnt/data
  sheaf mount test /mnt/data --read-only --json")]
pub(super) struct TestMount {
    /// The mount point.
    pub(super) mount_point: String,
    /// Write nothing.
    #[arg(long)]
    pub(super) read_only: bool,
    /// Print one line of JSON for each step.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The mount point.
    pub(super) mount_point: String,
    /// Print what was removed as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        // What was typed could be a value, and is not repeated.
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
