//! `sheaf trust`: what a `sheaf.ron` says of secrets, and a person's approval of it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::arguments::Approve;
use super::environment::environment;
use super::error::CliError;
use super::terminal::Terminal;
use crate::error::Error;
use crate::render::{Paint, plain};
use crate::repl::Screen as _;
use crate::secret::{Approval, ScopeDefinition, ScopeDefinitions, SecretError, Trust};
use crate::workspace::{FILE, Workspace};

pub(super) fn execute(arguments: &Approve, terminal: &Terminal) -> Result<(), Error> {
    let folder = environment().state_folder.ok_or(SecretError::NoStateFolder)?;
    let trust = Trust::of(&folder);
    if arguments.list {
        return list(&trust.list(), terminal);
    }
    let workspace = Workspace::find(&arguments.folder)?;
    let root = workspace.root();
    if arguments.revoke {
        return revoke(&trust, root, terminal);
    }
    let scopes = workspace.scopes();
    let file = root.join(FILE).display().to_string();
    if scopes.is_empty() {
        let text = format!(
            "{} names no scopes of secrets: there is nothing to approve.\n",
            plain(&file)
        );
        return terminal.out(&text);
    }
    if trust.has_approved(root, scopes) {
        let text = listing(scopes, terminal);
        return terminal.out(&format!(
            "You have approved the scopes of {}:\n\n{text}",
            plain(&file)
        ));
    }
    let before = trust.approved(root);
    terminal.out(&question(&file, before.as_ref(), scopes, terminal))?;
    if !arguments.yes {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(CliError::NobodyApproves.into());
        }
        terminal.error("Approve them? [y/N] ");
        if !is_yes() {
            return Err(CliError::NotApproved.into());
        }
    }
    approve(&trust, root, scopes)?;
    terminal.out("Approved. `sheaf trust --revoke` withdraws it.\n")
}

/// Approves the scopes as they are.
pub(super) fn approve(trust: &Trust, root: &Path, scopes: &ScopeDefinitions) -> Result<(), Error> {
    let approved = trust.approve(root, scopes);
    approved.map_err(|error| kept("kept", &error).into())
}

/// Returns whether the person at the terminal answers yes.
pub(super) fn is_yes() -> bool {
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn revoke(trust: &Trust, root: &Path, terminal: &Terminal) -> Result<(), Error> {
    let revoked = trust.revoke(root).map_err(|error| kept("removed", &error))?;
    let root = root.display().to_string();
    let root = plain(&root);
    terminal.out(&if revoked {
        format!("The scopes of {root} are no longer approved.\n")
    } else {
        format!("The scopes of {root} were not approved: nothing was changed.\n")
    })
}

fn list(approvals: &[Approval], terminal: &Terminal) -> Result<(), Error> {
    let mut text = String::new();
    for approval in approvals {
        let scopes: Vec<&str> = approval.scopes.keys().map(String::as_str).collect();
        let line = format!("{}  {}: {}", when(approval), approval.root, scopes.join(", "));
        let _ = writeln!(text, "{}", plain(&line));
    }
    if text.is_empty() {
        text += "You have approved no scopes of secrets.\n";
    }
    terminal.out(&text)
}

/// Writes what is to be approved; where something was approved before, what changed since.
fn question(file: &str, before: Option<&Approval>, scopes: &ScopeDefinitions, terminal: &Terminal) -> String {
    let (head, text) = match before {
        None => (
            "names scopes of secrets, which you have not approved".to_owned(),
            listing(scopes, terminal),
        ),
        Some(approval) => (
            format!("has changed since you approved its scopes on {}", when(approval)),
            changes(&approval.scopes, scopes, terminal),
        ),
    };
    format!(
        "{} {head}:\n\n{text}\nOnce approved, notebooks of this workspace use these secrets, and send their values to \
         their sinks.\n",
        plain(file)
    )
}

fn listing(scopes: &ScopeDefinitions, terminal: &Terminal) -> String {
    let paint = Paint::new(&terminal.style());
    let mut text = String::new();
    for (name, lines) in scopes.iter().map(|(name, scope)| (name, lines(scope))) {
        let _ = writeln!(text, "  {}", paint.strong(&plain(name)));
        for line in lines {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

/// Writes the scopes as a comparison with what they were.
fn changes(before: &ScopeDefinitions, now: &ScopeDefinitions, terminal: &Terminal) -> String {
    let paint = Paint::new(&terminal.style());
    let page = |scopes: &ScopeDefinitions| {
        let mut text = String::new();
        for (name, scope) in scopes {
            let _ = writeln!(text, "{}", plain(name));
            for line in lines(scope) {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    };
    let (before, now) = (page(before), page(now));
    let difference = TextDiff::from_lines(&before, &now);
    let lines = difference.iter_all_changes().map(|change| match change.tag() {
        ChangeTag::Equal => format!("    {}", change.value()),
        ChangeTag::Insert => paint.strong(&format!("  + {}", change.value().trim_end())) + "\n",
        ChangeTag::Delete => paint.error(&format!("  - {}", change.value().trim_end())) + "\n",
    });
    lines.collect()
}

/// Says what there is to approve of a scope: where its secrets are, and where their values go.
fn lines(scope: &ScopeDefinition) -> Vec<String> {
    let mut lines = vec![format!("store    {}", plain(&scope.store.written()))];
    lines.extend(scope.sinks.iter().map(|sink| format!("sink     {}", plain(sink))));
    lines.extend(scope.bindings.iter().map(|(key, binding)| {
        let (account, service) = (&binding.account, &binding.service);
        format!("binding  {}: the entry {account:?} of {service:?}", plain(key))
    }));
    lines
}

fn when(approval: &Approval) -> String {
    let time = humantime::format_rfc3339_seconds(approval.time()).to_string();
    time.replace('T', " ").replace('Z', " UTC")
}

fn kept(done: &'static str, error: &io::Error) -> CliError {
    CliError::Approval {
        done,
        reason: error.to_string(),
    }
}
