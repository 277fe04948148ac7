//! The arguments of `sheaf secrets`: the verbs of Databricks' command line, with its arguments.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::secret::Permission;

/// Manage scopes of secrets, their secrets, and who may use them.
#[derive(Debug, Args)]
#[command(after_help = "\
The verbs, their arguments and their JSON are those of the Databricks command line; a scope is in the store that sheaf.ron \
names for it, by default the keyring of the operating system.

Examples:
  sheaf secrets create-scope sqldbss
  sheaf secrets put-secret sqldbss sqldbpassword
  sheaf secrets list-secrets sqldbss --output json
  sheaf secrets put-acl sqldbss analysts READ
  sheaf secrets audit --since 7d")]
pub(in crate::cli) struct Secrets {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    CreateScope(CreateScope),
    /// Delete a scope from sheaf.ron; its secrets stay in their store.
    DeleteScope(OfScope),
    /// List the scopes of the workspace.
    ListScopes(Output),
    PutSecret(PutSecret),
    GetSecret(GetSecret),
    /// Delete a secret.
    DeleteSecret(OfSecret),
    ListSecrets(ListSecrets),
    PutAcl(PutAcl),
    GetAcl(GetAcl),
    ListAcls(ListAcls),
    DeleteAcl(DeleteAcl),
    Audit(Audit),
    /// Tell which stores work here, and what to do about those that do not.
    Doctor,
}

/// How a result is printed.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print the result as text or as JSON.
    #[arg(short, long, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    output: String,
    /// The same as `--output json`.
    #[arg(long)]
    json: bool,
}

impl Output {
    /// Returns whether the result is printed as JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json || self.output == "json"
    }
}

/// Create a scope in sheaf.ron, and what its store needs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf secrets create-scope sqldbss
  sheaf secrets create-scope db --store 'environment(prefix: \"DB_\")'
  sheaf secrets create-scope team --store 'file(path: \"secrets/team.age\", identity: \"~/.config/sheaf/identity.txt\")'
  sheaf secrets create-scope shared --initial-manage-principal analysts")]
pub(super) struct CreateScope {
    /// The name of the scope.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) scope: Option<String>,
    /// Where its secrets are, as sheaf.ron has it [default: keyring].
    #[arg(long, value_name = "STORE")]
    pub(super) store: Option<String>,
    /// Who gets MANAGE beside you; without it, everyone who can open the store may do everything.
    #[arg(long, value_name = "PRINCIPAL")]
    pub(super) initial_manage_principal: Option<String>,
    /// The request as JSON, or as @FILE.
    #[arg(long, value_name = "JSON")]
    pub(super) json: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OfScope {
    /// The scope.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) scope: Option<String>,
    /// The request as JSON, or as @FILE.
    #[arg(long, value_name = "JSON")]
    pub(super) json: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OfSecret {
    /// The scope.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) scope: Option<String>,
    /// The key.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) key: Option<String>,
    /// The request as JSON, or as @FILE.
    #[arg(long, value_name = "JSON")]
    pub(super) json: Option<String>,
}

/// Store a secret, replacing the one that is there.
#[derive(Debug, Args)]
#[command(after_help = "\
The value is asked for twice and not shown, or read from standard input, of which one line break at the end is not part of \
it; --file takes a file as it is. It is never an argument, which every user of the machine could read.

Examples:
  sheaf secrets put-secret sqldbss sqldbpassword
  pass show sqldb | sheaf secrets put-secret sqldbss sqldbpassword
  sheaf secrets put-secret sqldbss certificate --file client.pem
  sheaf secrets put-secret sqldbss certificate --editor")]
pub(super) struct PutSecret {
    #[command(flatten)]
    pub(super) secret: OfSecret,
    /// Read the value from FILE, as it is.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["editor", "json"])]
    pub(super) file: Option<PathBuf>,
    /// Write the value in $VISUAL or $EDITOR; one line break at the end is not part of it.
    #[arg(long, conflicts_with = "json")]
    pub(super) editor: bool,
    /// Refused: other users could read it.
    #[arg(long, value_name = "VALUE", hide = true, allow_hyphen_values = true)]
    pub(super) string_value: Option<String>,
    /// Refused: other users could read it.
    #[arg(long, value_name = "VALUE", hide = true, allow_hyphen_values = true)]
    pub(super) bytes_value: Option<String>,
}

/// Tell what is known of a secret: where it is, when it was stored; its value only with --reveal.
#[derive(Debug, Args)]
pub(super) struct GetSecret {
    /// The scope.
    pub(super) scope: String,
    /// The key.
    pub(super) key: String,
    /// Show the value, at a terminal.
    #[arg(long)]
    pub(super) reveal: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// List the keys of a scope.
#[derive(Debug, Args)]
pub(super) struct ListSecrets {
    /// The scope.
    pub(super) scope: String,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Permit a user or a group to use a scope, or one key of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Users and groups are the operating system's; group:NAME is a group that is called like a user.

Permissions protect a scope whose store a person reaches only through a Sheaf that runs with more rights than theirs, such \
as a shared workspace whose store only a service account can open. They do not protect from a person who can read the \
store without Sheaf, such as a keyring of their own, or who can write sheaf.ron.

Examples:
  sheaf secrets put-acl sqldbss analysts READ
  sheaf secrets put-acl sqldbss ann WRITE --key sqldbpassword")]
pub(super) struct PutAcl {
    #[command(flatten)]
    pub(super) acl: OfAcl,
    /// READ, WRITE or MANAGE.
    #[arg(required_unless_present = "json", conflicts_with = "json", ignore_case = true, value_parser = permission())]
    pub(super) permission: Option<Permission>,
}

/// Remove a permission.
#[derive(Debug, Args)]
pub(super) struct DeleteAcl {
    #[command(flatten)]
    pub(super) acl: OfAcl,
}

#[derive(Debug, Args)]
pub(super) struct OfAcl {
    /// The scope.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) scope: Option<String>,
    /// The user or the group.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub(super) principal: Option<String>,
    /// Only for this key of the scope.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
    /// The request as JSON, or as @FILE.
    #[arg(long, value_name = "JSON")]
    pub(super) json: Option<String>,
}

/// Tell what a user or a group is permitted.
#[derive(Debug, Args)]
pub(super) struct GetAcl {
    /// The scope.
    pub(super) scope: String,
    /// The user or the group.
    pub(super) principal: String,
    /// For this key of the scope.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// List who is permitted what.
#[derive(Debug, Args)]
pub(super) struct ListAcls {
    /// The scope.
    pub(super) scope: String,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Show who used which secret, when and for what, allowed or not.
#[derive(Debug, Args)]
#[command(after_help = "\
The log is a file of JSON lines in your own folder, $XDG_STATE_HOME/sheaf/audit.jsonl.

Examples:
  sheaf secrets audit
  sheaf secrets audit --since 7d
  sheaf secrets audit --since 2026-11-01 --json | jq 'select(.allowed | not)'")]
pub(super) struct Audit {
    /// Only from this time on: a date, a time such as 2026-11-01T12:00:00Z, or a length of time such as 7d.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(super) since: Option<SystemTime>,
    /// Print one line of JSON for each use.
    #[arg(long)]
    pub(super) json: bool,
}

/// Takes the name of a permission, in any case.
fn permission() -> impl TypedValueParser<Value = Permission> {
    let names = Permission::ALL.map(Permission::name);
    PossibleValuesParser::new(names).try_map(|name| named(&name).ok_or("no such permission"))
}

/// Returns the permission of a name, in any case.
pub(super) fn named(name: &str) -> Option<Permission> {
    let mut all = Permission::ALL.into_iter();
    all.find(|permission| permission.name().eq_ignore_ascii_case(name))
}

fn since(text: &str) -> Result<SystemTime, String> {
    let as_length = || -> Option<SystemTime> {
        let length: Duration = humantime::parse_duration(text).ok()?;
        SystemTime::now().checked_sub(length)
    };
    let as_day = || humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok();
    let as_time = || humantime::parse_rfc3339_weak(text).ok();
    as_length()
        .or_else(as_day)
        .or_else(as_time)
        .ok_or_else(|| "expected a date such as 2026-11-01, or a length of time such as 7d".to_owned())
}
