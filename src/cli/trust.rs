//! `sheaf trust`: what a `sheaf.ron` says of secrets, mounts and connections, and a person's approval of it.

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
use crate::secret::{Approval, SecretError, Terms, Trust};
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
    let (terms, made) = (workspace.terms(), unapproved(&trust, &workspace)?);
    let file = root.join(FILE).display().to_string();
    if terms.is_empty() && made.mounts.is_empty() {
        let text = format!(
            "{} names no scopes of secrets: there is nothing to approve.\n",
            plain(&file)
        );
        return terminal.out(&text);
    }
    let is_approved = terms.is_empty() || trust.has_approved(root, &terms);
    if is_approved && made.mounts.is_empty() {
        let text = listing(&terms, terminal);
        return terminal.out(&format!(
            "You have approved the {} of {}:\n\n{text}",
            named(&terms),
            plain(&file)
        ));
    }
    if !is_approved {
        let before = trust.approved(root);
        terminal.out(&question(&file, before.as_ref(), &terms, terminal))?;
    }
    if !made.mounts.is_empty() {
        terminal.out(&format!(
            "{}Notebooks have made mounts in this workspace, which you have not approved:\n\n{}\nOnce approved, later \
             sessions use them. `dbutils.fs.unmount` removes one.\n",
            if is_approved { "" } else { "\n" },
            listing(&made, terminal)
        ))?;
    }
    if !arguments.yes {
        if !is_watched() {
            return Err(CliError::NobodyApproves.into());
        }
        terminal.error("Approve them? [y/N] ");
        if !is_yes() {
            return Err(CliError::NotApproved.into());
        }
    }
    if !is_approved {
        approve(&trust, &workspace)?;
    }
    for (mount_point, terms) in &made.mounts {
        let approved = trust.approve_mount(root, mount_point, terms);
        approved.map_err(|error| kept("kept", &error))?;
    }
    terminal.out("Approved. `sheaf trust --revoke` withdraws it.\n")
}

/// Returns the mounts that notebooks made and that the person has not approved.
fn unapproved(trust: &Trust, workspace: &Workspace) -> Result<Terms, Error> {
    let mut made = workspace.made_terms()?;
    made.retain(|mount_point, terms| !trust.has_approved_mount(workspace.root(), mount_point, terms));
    Ok(Terms {
        mounts: made,
        ..Terms::default()
    })
}

/// Approves the scopes, mounts and connections of a workspace as they are.
pub(super) fn approve(trust: &Trust, workspace: &Workspace) -> Result<(), Error> {
    let approved = trust.approve(workspace.root(), workspace.terms());
    approved.map_err(|error| kept("kept", &error).into())
}

/// Returns whether a person is there to be asked.
pub(super) fn is_watched() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
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
        let names = approval.scopes.keys().chain(approval.mounts.keys());
        let names = names.chain(approval.connections.keys());
        let names: Vec<&str> = names.map(String::as_str).collect();
        let line = format!("{}  {}: {}", when(approval), approval.root, names.join(", "));
        let _ = writeln!(text, "{}", plain(&line));
    }
    if text.is_empty() {
        text += "You have approved no scopes of secrets.\n";
    }
    terminal.out(&text)
}

/// Writes what is to be approved; where something was approved before, what changed since.
fn question(file: &str, before: Option<&Approval>, terms: &Terms, terminal: &Terminal) -> String {
    let (head, text) = match before {
        None => (
            format!("names {}, which you have not approved", described(terms)),
            listing(terms, terminal),
        ),
        Some(approval) => (
            format!(
                "has changed since you approved its {} on {}",
                named(&approval.terms()),
                when(approval)
            ),
            changes(&approval.terms(), terms, terminal),
        ),
    };
    let senders = parts(terms, ["", "mounts", "connections"]);
    let meaning = match (terms.scopes.is_empty(), senders.as_str()) {
        (false, "") => {
            "notebooks of this workspace use these secrets, and send their values to their sinks".to_owned()
        }
        (true, senders) => {
            format!("notebooks of this workspace use these {senders}, which send what is written above")
        }
        (false, senders) => format!(
            "notebooks of this workspace use these secrets, and send their values to their sinks and as the {senders} say"
        ),
    };
    format!("{} {head}:\n\n{text}\nOnce approved, {meaning}.\n", plain(file))
}

/// Says what there is to approve, in a few words.
fn described(terms: &Terms) -> String {
    let all = [
        "scopes of secrets",
        "mounts with credentials",
        "connections with credentials",
    ];
    parts(terms, all)
}

/// The same in a word for each.
fn named(terms: &Terms) -> String {
    parts(terms, ["scopes", "mounts", "connections"])
}

/// Lists the words for those of scopes, mounts and connections that there are.
fn parts(terms: &Terms, words: [&str; 3]) -> String {
    let are_there = [
        !terms.scopes.is_empty(),
        !terms.mounts.is_empty(),
        !terms.connections.is_empty(),
    ];
    let words = words.into_iter().zip(are_there);
    let words = words.filter(|(word, is_there)| *is_there && !word.is_empty());
    let words: Vec<&str> = words.map(|(word, _)| word).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

fn listing(terms: &Terms, terminal: &Terminal) -> String {
    let paint = Paint::new(&terminal.style());
    let mut text = String::new();
    for (name, lines) in terms.sections() {
        let _ = writeln!(text, "  {}", paint.strong(&plain(&name)));
        for line in lines {
            let _ = writeln!(text, "    {}", plain(&line));
        }
    }
    text
}

/// Writes what there is to approve as a comparison with what there was.
fn changes(before: &Terms, now: &Terms, terminal: &Terminal) -> String {
    let paint = Paint::new(&terminal.style());
    let page = |terms: &Terms| {
        let mut text = String::new();
        for (name, lines) in terms.sections() {
            let _ = writeln!(text, "{}", plain(&name));
            for line in lines {
                let _ = writeln!(text, "  {}", plain(&line));
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
