//! `sheaf trust`: what a workspace says of secrets counts only after a person has approved it.

use crate::terminal::{ENTER, Terminal};
use crate::transcript::Transcript;

const SCOPES: &str = r#"(
    secrets: {
        "sqldbss": (
            sinks: ["myserver.database.windows.net", "shell"],
            bindings: {"sqldbpassword": (service: "Azure Data Studio", account: "sa")},
        ),
        "team": (store: file(path: "team.age", identity: "~/.config/sheaf/identity.txt")),
    },
)
"#;

const LISTED: &str = "
  sqldbss
    store    keyring
    sink     myserver.database.windows.net
    sink     shell
    binding  sqldbpassword: the entry \"sa\" of \"Azure Data Studio\"
  team
    store    file(path: \"team.age\", identity: \"~/.config/sheaf/identity.txt\")
";

const MEANING: &str = "
Once approved, notebooks of this workspace use these secrets, and send their values to their sinks.
";

#[test]
fn scopes_are_shown_before_they_are_approved() {
    let unapproved =
        format!("[dir]/sheaf.ron names scopes of secrets, which you have not approved:\n{LISTED}{MEANING}");
    Transcript::new()
        .file("sheaf.ron", SCOPES)
        .sheaf(["trust"])
        .stdin("y\n")
        .stdout(&unapproved)
        .stderr(
            "error: approving needs a terminal
hint: look at the scopes above; if they are what you want, `sheaf trust --yes` approves them",
        )
        .exits(1)
        .sheaf(["trust", "--list"])
        .stdout("You have approved no scopes of secrets.")
        .exits(0)
        .sheaf(["trust", "--yes"])
        .stdout(&format!(
            "{unapproved}Approved. `sheaf trust --revoke` withdraws it."
        ))
        .exits(0)
        .sheaf(["trust"])
        .stdout(&format!(
            "You have approved the scopes of [dir]/sheaf.ron:\n{LISTED}"
        ))
        .exits(0)
        .sheaf(["trust", "--revoke"])
        .stdout("The scopes of [dir] are no longer approved.")
        .exits(0)
        .sheaf(["trust", "--revoke"])
        .stdout("The scopes of [dir] were not approved: nothing was changed.")
        .exits(0)
        .sheaf(["trust"])
        .stdout(&unapproved)
        .stderr(
            "error: approving needs a terminal
hint: look at the scopes above; if they are what you want, `sheaf trust --yes` approves them",
        )
        .exits(1);
}

#[test]
fn what_changed_since_is_shown_as_a_comparison() {
    let changed = SCOPES
        .replace("\"shell\"", "\"evil.example.com\"")
        .replace("team.age", "other.age")
        .replace(
            "    },\n)",
            "        \"new\": (store: environment(prefix: \"PG\"), acls: {\"root\": read}),\n    },\n)",
        );
    let transcript = Transcript::new()
        .file("sheaf.ron", SCOPES)
        .approved()
        .file("sheaf.ron", changed)
        .sheaf(["trust", "--yes"]);
    let output = transcript.output();
    let shown = String::from_utf8(output.stdout).unwrap();
    let (head, rest) = shown.split_once(" UTC:\n").unwrap();
    assert!(
        head.contains("/sheaf.ron has changed since you approved its scopes on 20"),
        "{head}"
    );
    let expected = "
  + new
  +   store    environment(prefix: \"PG\")
    sqldbss
      store    keyring
      sink     myserver.database.windows.net
  -   sink     shell
  +   sink     evil.example.com
      binding  sqldbpassword: the entry \"sa\" of \"Azure Data Studio\"
    team
  -   store    file(path: \"team.age\", identity: \"~/.config/sheaf/identity.txt\")
  +   store    file(path: \"other.age\", identity: \"~/.config/sheaf/identity.txt\")
";
    assert_eq!(
        rest,
        format!("{expected}{MEANING}Approved. `sheaf trust --revoke` withdraws it.\n")
    );
}

#[test]
fn a_copy_of_a_workspace_is_another_one() {
    let transcript = Transcript::new().file("sheaf.ron", SCOPES).approved();
    let transcript = transcript.file("copy/sheaf.ron", SCOPES).sheaf(["trust", "copy"]);
    assert_eq!(transcript.output().status.code(), Some(1));
    let listed = transcript.run(&["trust", "--list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.trim_end().ends_with(": sqldbss, team"), "{listed}");
    assert_eq!(listed.lines().count(), 1);
}

#[test]
fn without_scopes_there_is_nothing_to_approve() {
    Transcript::new()
        .file("sheaf.ron", "()")
        .sheaf(["trust", "--yes"])
        .stdout("[dir]/sheaf.ron names no scopes of secrets: there is nothing to approve.")
        .exits(0)
        .env("XDG_STATE_HOME", "")
        .env("HOME", "")
        .sheaf(["trust"])
        .stderr(
            "error: there is no folder for what you have approved
hint: set HOME or XDG_STATE_HOME",
        )
        .exits(1)
        .sheaf(["trust", "--yes", "--revoke"])
        .stderr(
            "error: the argument '--yes' cannot be used with '--revoke'

Usage: sheaf trust --yes [FOLDER]

For more information, try '--help'.",
        )
        .exits(2);
}

#[test]
fn a_person_at_a_terminal_is_asked() {
    for (answer, end, code, approvals) in [
        ("y", "Approved.", 0, 1),
        ("", "nothing was approved", 1, 0),
        ("n", "nothing was approved", 1, 0),
    ] {
        let mut terminal = Terminal::new().file("sheaf.ron", SCOPES).start(&["trust"]);
        terminal
            .wait_for("Approve them? [y/N] ")
            .send(answer)
            .send(ENTER)
            .wait_for(end);
        assert_eq!(terminal.wait_exit(), code, "{answer}");
        let kept = std::fs::read_dir(terminal.state().join("sheaf/trust"));
        assert_eq!(kept.map_or(0, Iterator::count), approvals, "{answer}");
    }
    let mut terminal = Terminal::new()
        .file("sheaf.ron", SCOPES)
        .approved()
        .start(&["trust"]);
    terminal.wait_for("You have approved the scopes of");
    assert_eq!(terminal.wait_exit(), 0);
}
