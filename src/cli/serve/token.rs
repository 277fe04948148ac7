//! `sheaf serve token`: who may use the monitor.

use std::time::SystemTime;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::monitor::{Role, Tokens};
use crate::repl::Screen as _;

/// Manage the tokens that the monitor asks for; with the first one, this machine's own browsers have to show one, too.
#[derive(Debug, Args)]
#[command(after_help = "\
A token is shown once, when it is made; the workspace keeps only what it is recognised by. Roles bind what the server \
lets through: whoever can write the workspace's files needs no token.

Examples:
  sheaf serve token add grafana
  sheaf serve token add ops --role manage
  sheaf serve token list
  sheaf serve token remove grafana")]
pub(super) struct TokenArguments {
    #[command(subcommand)]
    verb: TokenVerb,
}

#[derive(Debug, Subcommand)]
enum TokenVerb {
    /// Make a token and print it.
    Add {
        /// Who or what uses it: letters, digits, - and _.
        name: String,
        /// What its bearer may do: see; run, rerun and cancel; also start and stop triggers; all.
        #[arg(long, value_name = "ROLE", default_value = "view", value_parser = role())]
        role: Role,
    },
    /// List the tokens.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove a token: who has it is let in no more, at once.
    Remove {
        /// The token's name.
        name: String,
    },
}

/// Reads a role by its name.
fn role() -> impl clap::builder::TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name)).map(|name| Role::named(&name).unwrap_or(Role::View))
}

pub(super) fn manage(arguments: &TokenArguments, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let file = Tokens::path_of(&workspace);
    let mut tokens = Tokens::read(&file)?;
    match &arguments.verb {
        TokenVerb::Add { name, role } => {
            let token = tokens.add(name, *role, SystemTime::now().into())?;
            workspace.create_private_dir()?;
            tokens.write(&file)?;
            terminal.error("This token is not shown again:\n");
            terminal.reveal(&format!("{}\n", token.expose_text().unwrap_or_default()))
        }
        TokenVerb::List { json } => list(&tokens, *json, terminal),
        TokenVerb::Remove { name } => {
            tokens.remove(name)?;
            tokens.write(&file)?;
            terminal.out(&format!("Removed the token {name:?}.\n"))
        }
    }
}

fn list(tokens: &Tokens, is_json: bool, terminal: &Terminal) -> Result<(), Error> {
    let rows: Vec<Vec<String>> = tokens
        .all()
        .map(|(name, token)| {
            let created = token.created.format("%Y-%m-%d %H:%M UTC").to_string();
            vec![name.to_owned(), token.role.name().to_owned(), created]
        })
        .collect();
    let json = tokens
        .all()
        .map(|(name, token)| json!({ "name": name, "role": token.role.name(), "created": token.created }));
    let json = json!({ "tokens": json.collect::<Vec<_>>() });
    print(is_json, &["Name", "Role", "Made"], &rows, json, terminal)
}
