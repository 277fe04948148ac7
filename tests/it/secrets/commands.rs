//! `sheaf secrets`: every verb, and what each says to what is wrong.

use std::fs;
use std::path::Path;

use crate::transcript::Transcript;

const SHEAF_RON: &str = r#"// Ours.
(
    mounts: {"/mnt/data": "file:datasets"}, // the data
    secrets: {
        // what the container hands over
        "env": (store: environment(prefix: "DB_")), // read-only
    },
    keys: vi,
)
"#;

const FILE: &str = "file(path: \"team.age\", identity: \"identity.txt\")";

/// A workspace with an encrypted file, whose identity this person has.
fn team() -> Transcript {
    let transcript = Transcript::new().file("sheaf.ron", SHEAF_RON).approved();
    let output = transcript.run(&["secrets", "create-scope", "team", "--store", FILE]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stdout.is_empty());
    transcript
}

/// Returns what the audit log has, without the times.
fn audited(transcript: &Transcript) -> Vec<String> {
    let output = transcript.run(&["secrets", "audit"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| line.split_once("  ").unwrap().1.to_owned());
    lines.collect()
}

/// Returns how the files below a folder that contain a text are called.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_scope_is_created_in_the_text_of_the_workspace() {
    let transcript = team();
    let text = String::from_utf8(transcript.read("sheaf.ron")).unwrap();
    let line = format!("// read-only\n        \"team\": (store: {FILE}),\n");
    assert_eq!(text, SHEAF_RON.replace("// read-only\n", &line));
    transcript
        .sheaf(["secrets", "list-scopes"])
        .stdout("Scope  Backend Type\nenv    ENVIRONMENT\nteam   FILE")
        .exits(0)
        .sheaf(["secrets", "list-scopes", "--output", "json"])
        .stdout(
            r#"[
  {
    "backend_type": "ENVIRONMENT",
    "name": "env"
  },
  {
    "backend_type": "FILE",
    "name": "team"
  }
]"#,
        )
        .exits(0)
        .sheaf(["secrets", "create-scope", "--json", r#"{"scope": "team"}"#])
        .stderr(
            "error: there is a scope \"team\" already
hint: `sheaf secrets list-scopes` lists them; what sheaf.ron says of it can be edited there",
        )
        .exits(1)
        .sheaf(["secrets", "create-scope", "a/b"])
        .stderr(
            "error: \"a/b\" cannot be the name of a scope
hint: the name of a scope has 1 to 128 letters, digits, -, _ and ., and @",
        )
        .exits(1)
        .sheaf(["secrets", "create-scope", "new", "--store", "vault(x: 1)"])
        .fails(2, "error: --store: ")
        .sheaf(["secrets", "create-scope", "--json", "{\"scope\": 1}"])
        .stderr(
            "error: --json: the field \"scope\" is not a text
hint: give an object such as '{\"scope\": \"sqldbss\"}', or @FILE",
        )
        .exits(2)
        .sheaf(["secrets", "delete-scope", "team"])
        .stderr(&format!(
            "the scope is no longer in sheaf.ron; its secrets are still in its store, {FILE}"
        ))
        .exits(0)
        .sheaf(["secrets", "delete-scope", "tem"])
        .stderr(
            "error: there is no scope \"tem\" in this workspace
hint: there are: env; create it with `sheaf secrets create-scope tem`",
        )
        .exits(1)
        .sheaf(["trust"])
        .stdout("You have approved the scopes of [dir]/sheaf.ron:\n\n  env\n    store    environment(prefix: \"DB_\")")
        .exits(0);
}

#[test]
fn a_secret_is_stored_listed_and_deleted_and_its_value_is_nowhere() {
    let value = "correct horse battery";
    let transcript = team()
        .stdin(&format!("{value}\n"))
        .sheaf(["secrets", "put-secret", "team", "password"])
        .exits(0)
        .file("short", "1234567")
        .sheaf(["secrets", "put-secret", "team", "pin", "--file", "short"])
        .stderr("note: the value has fewer than 8 bytes: it is not scrubbed from what cells print")
        .exits(0);
    let listed = transcript.run(&["secrets", "list-secrets", "team", "-o", "json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let keys: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["password", "pin"]);
    let told = transcript.run(&["secrets", "get-secret", "team", "password"]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.starts_with("{{secrets/team/password}}\nstore    "), "{told}");
    let transcript = transcript
        .sheaf(["secrets", "get-secret", "team", "password", "--reveal"])
        .stderr(
            "error: --reveal needs a terminal
hint: cells and connections get values by themselves; no script needs to see one",
        )
        .exits(2)
        .sheaf(["secrets", "delete-secret", "team", "passwrd"])
        .stderr(
            "error: scope \"team\": there is no secret \"passwrd\" in the encrypted file team.age
hint: did you mean \"password\"? Otherwise store it with `sheaf secrets put-secret team passwrd`",
        )
        .exits(1)
        .sheaf(["secrets", "get-secret", "team", "Password"])
        .stderr(
            "error: scope \"team\": there is no secret \"Password\" in the encrypted file team.age
hint: did you mean \"password\"? Otherwise store it with `sheaf secrets put-secret team Password`",
        )
        .exits(1)
        .sheaf(["secrets", "get-secret", "team", "user"])
        .stderr(
            "error: scope \"team\": there is no secret \"user\" in the encrypted file team.age
hint: store it with `sheaf secrets put-secret team user`",
        )
        .exits(1)
        .sheaf([
            "secrets",
            "delete-secret",
            "--json",
            r#"{"scope": "team", "key": "pin"}"#,
        ])
        .exits(0)
        .sheaf(["secrets", "get-secret", "nobody", "password"])
        .stderr(
            "error: there is no scope \"nobody\" in this workspace
hint: there are: env, team; create it with `sheaf secrets create-scope nobody`",
        )
        .exits(1);
    let log = audited(&transcript);
    let user = log.first().unwrap().split("  ").next().unwrap().to_owned();
    let log: Vec<String> = log.iter().map(|line| line.replacen(&user, "USER", 1)).collect();
    assert_eq!(
        log.first().unwrap(),
        "USER  create-scope  team  sheaf secrets create-scope  allowed"
    );
    assert!(
        log.contains(&"USER  put-secret  team/password  sheaf secrets put-secret  allowed".to_owned()),
        "{log:?}"
    );
    // What failed is one line, too.
    let failed = log.iter().filter(|line| line.contains("passwrd"));
    assert_eq!(
        failed.collect::<Vec<_>>(),
        [
            "USER  delete-secret  team/passwrd  sheaf secrets delete-secret  allowed, but failed: scope \"team\": there is no secret \
             \"passwrd\" in the encrypted file team.age"
        ]
    );
    assert_eq!(
        log.last().unwrap(),
        "USER  get  nobody/password  sheaf secrets get-secret  refused: there is no scope \"nobody\" in this workspace"
    );
    assert_eq!(files_with(transcript.path(), value), Vec::<String>::new());
    assert_eq!(files_with(transcript.state(), value), Vec::<String>::new());
}

#[test]
fn a_value_never_comes_from_an_argument() {
    let transcript = team();
    for flag in ["--string-value", "--bytes-value"] {
        let output = transcript.run(&["secrets", "put-secret", "team", "k", flag, "hunter2hunter2"]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!(
                "error: a value is not taken from {flag}: every user of this machine can read arguments, and shells keep them
hint: type it when you are asked for it, pipe it into the command, or use --file; if it was a real value, change it\n"
            )
        );
    }
    transcript
        .sheaf(["secrets", "put-secret", "--json", r#"{"scope": "team", "key": "k", "string_value": "hunter2hunter2"}"#])
        .stderr(
            "error: a value is not taken from --json: every user of this machine can read arguments, and shells keep them
hint: type it when you are asked for it, pipe it into the command, or use --file; if it was a real value, change it",
        )
        .exits(2)
        .file("request.json", r#"{"scope": "team", "key": "k", "bytes_value": "aHVudGVyMmh1bnRlcjI="}"#)
        .sheaf(["secrets", "put-secret", "--json", "@request.json"])
        .exits(0)
        .file("request.json", r#"{"scope": "team", "key": "k", "bytes_value": "hunter2!"}"#)
        .sheaf(["secrets", "put-secret", "--json", "@request.json"])
        .stderr(
            "error: --json: the field \"bytes_value\" is not base64
hint: give an object such as '{\"scope\": \"sqldbss\"}', or @FILE",
        )
        .exits(2)
        .sheaf(["secrets", "put-secret", "team", "k"])
        .stderr(
            "error: the value is empty: nothing was stored
hint: type it, pipe it into the command, or use --file",
        )
        .exits(1)
        .sheaf(["secrets", "put-secret", "team", "k", "--file", "missing"])
        .stderr("error: cannot read the value from missing: No such file or directory (os error 2)")
        .exits(1)
        .sheaf(["secrets", "put-secret", "team", "k", "--editor"])
        .stderr(
            "error: the editor gave no value: neither VISUAL nor EDITOR is set
hint: set EDITOR, or pipe the value into the command",
        )
        .exits(1)
        .stdin("value of a variable")
        .sheaf(["secrets", "put-secret", "env", "k"])
        .fails(1, "error: scope \"env\": the environment (DB_…) is read-only");
}

#[test]
fn nothing_is_changed_while_the_change_cannot_be_noted() {
    let transcript = team();
    let log = transcript.state().join("sheaf/audit.jsonl");
    fs::rename(&log, log.with_extension("old")).unwrap();
    fs::create_dir(&log).unwrap();
    let before = transcript.read("team.age");
    let transcript = transcript
        .stdin("some value")
        .sheaf(["secrets", "put-secret", "team", "k"])
        .fails(1, "error: the access cannot be noted in the audit log ");
    assert!(transcript.read("team.age") == before);
}

#[cfg(unix)]
#[test]
fn the_doctor_says_which_files_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = r#"(secrets: {"pod": (store: folder(path: "secrets"))})"#;
    let transcript = Transcript::new()
        .file("sheaf.ron", text)
        .file("secrets/password", "correct horse battery")
        .approved();
    let permit = |mode: u32| {
        let file = transcript.path().join("secrets/password");
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        let told = transcript.run(&["secrets", "doctor"]);
        let told = String::from_utf8(told.stdout).unwrap();
        told.split_once("Scopes\n").unwrap().1.to_owned()
    };
    assert_eq!(permit(0o600), "  pod: read-only: it has 1 secret\n");
    assert_eq!(
        permit(0o644),
        "  pod: read-only: it has 1 secret\n    everyone on this machine can read 1 of the folder secrets: password\n"
    );
}

#[test]
fn an_editor_writes_the_value() {
    let transcript = team().file(
        "edit.sh",
        "#!/bin/sh\nls -ld \"$1\" | cut -c1-10 >mode\nprintf 'from an editor\\n' >\"$1\"\n",
    );
    let transcript = transcript
        .env("EDITOR", "/bin/sh edit.sh")
        .env("PATH", "/usr/bin:/bin")
        .sheaf(["secrets", "put-secret", "team", "k", "--editor"])
        .exits(0);
    assert_eq!(transcript.read("mode"), b"-rw-------\n");
    assert_eq!(
        files_with(transcript.path(), "from an editor"),
        [format!("{}/edit.sh", transcript.path().display())]
    );
}

#[test]
fn nothing_is_used_before_it_is_approved() {
    let not_approved = "error: you have not approved the scopes that [dir]/sheaf.ron names
hint: look at them, and approve them with `sheaf trust`";
    let transcript = Transcript::new()
        .file("sheaf.ron", SHEAF_RON)
        .env("DB_HOST", "db.example.com")
        .sheaf(["secrets", "get-secret", "env", "host"])
        .stderr(not_approved)
        .exits(1)
        .sheaf(["secrets", "list-secrets", "env"])
        .stderr(not_approved)
        .exits(1)
        .stdin("some value")
        .sheaf(["secrets", "put-secret", "env", "host"])
        .stderr(not_approved)
        .exits(1)
        .sheaf(["secrets", "create-scope", "keyring"])
        .stderr("the scopes of this workspace are not approved: `sheaf trust` shows and approves them")
        .exits(0);
    let log = audited(&transcript);
    assert_eq!(
        log.iter()
            .filter(|line| line.contains("refused: you have not approved"))
            .count(),
        3
    );
}

#[test]
fn without_a_workspace_there_are_no_scopes() {
    Transcript::new()
        .sheaf(["secrets", "create-scope", "db"])
        .stderr(
            "error: there is no sheaf.ron here or above: [dir] is no workspace
hint: create a workspace with `sheaf init`",
        )
        .exits(3)
        .sheaf(["secrets", "list-scopes"])
        .stdout("Scope  Backend Type")
        .exits(0)
        .sheaf(["secrets", "audit", "--since", "yesterday"])
        .stderr(
            "error: invalid value 'yesterday' for '--since <TIME>': expected a date such as 2026-11-01, or a length of time such as 7d

For more information, try '--help'.",
        )
        .exits(2);
}

#[test]
fn permissions_are_put_told_and_deleted() {
    let user = String::from_utf8(
        std::process::Command::new("id")
            .arg("-un")
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap();
    let user = user.trim();
    let transcript = team()
        .sheaf(["secrets", "list-acls", "team"])
        .stdout("everyone who can open the store of this scope may do everything")
        .exits(0)
        .sheaf(["secrets", "put-acl", "team", "daemon", "read"])
        .stderr(&format!(
            "from now on only those who are permitted use the scope \"team\"; {user} has MANAGE"
        ))
        .exits(0)
        .sheaf([
            "secrets",
            "put-acl",
            "team",
            "group:daemon",
            "WRITE",
            "--key",
            "password",
        ])
        .exits(0)
        .sheaf(["secrets", "get-acl", "team", "daemon", "--json"])
        .stdout("{\n  \"permission\": \"READ\",\n  \"principal\": \"daemon\"\n}")
        .exits(0)
        .sheaf(["secrets", "put-acl", "team", "sheaf-nobody", "READ"])
        .stderr(
            "error: there is no user or group \"sheaf-nobody\" on this system
hint: `getent passwd` and `getent group` list them; write group:NAME for a group that is called like a user",
        )
        .exits(1)
        .sheaf(["secrets", "delete-acl", "team", user])
        .stderr(
            "error: nobody would be left who may MANAGE the scope \"team\"
hint: give somebody MANAGE first",
        )
        .exits(1)
        .sheaf(["secrets", "delete-acl", "team", "deamon"])
        .stderr(
            "error: deamon has no permission of their own for the scope \"team\"
hint: did you mean \"daemon\"?",
        )
        .exits(1);
    let text = String::from_utf8(transcript.read("sheaf.ron")).unwrap();
    let mut acls = [("daemon", "read"), (user, "manage")];
    acls.sort_unstable();
    assert!(
        text.contains("key_acls: {\"password\": {\"group:daemon\": write}}"),
        "{text}"
    );
    for (name, permission) in acls {
        assert!(text.contains(&format!("\"{name}\": {permission}")), "{text}");
    }
    transcript
        .sheaf([
            "secrets",
            "delete-acl",
            "team",
            "group:daemon",
            "--key",
            "password",
        ])
        .exits(0)
        .sheaf(["secrets", "delete-acl", "team", "daemon"])
        .exits(0)
        .sheaf(["secrets", "list-acls", "team"])
        .stdout(&format!(
            "{:width$}  Permission  Key\n{:width$}  MANAGE",
            "Principal",
            user,
            width = user.len().max("Principal".len())
        ))
        .exits(0);
}
