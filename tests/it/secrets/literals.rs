//! Passwords that a cell has as text: told, kept out of what Sheaf writes, and moved into a scope when cells are saved.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sheaf::secret::Nobody;
use sheaf::workspace::Workspace;

use crate::docs::without_times;
use crate::terminal::{CTRL_D, ENTER, Terminal};
use crate::transcript::Transcript;

const KEY: &str = "Zm9vYmFyLXRoaXMtaXMtYS1rZXk9PQ==";
const CONFIGURATION: &str =
    "(secrets: {\"storage\": (store: file(path: \"team.age\", identity: \"identity.txt\"))})";

fn mount(configs: &str) -> String {
    format!("dbutils.fs.mount(\"file:data\", \"/mnt/place\", extra_configs={configs})")
}

fn literal() -> String {
    mount(&format!(
        "{{\"fs.azure.account.key.me.blob.core.windows.net\": \"{KEY}\"}}"
    ))
}

/// Creates the store of the only scope, and approves it.
fn prepare(folder: &Path) {
    fs::create_dir_all(folder.join("data")).unwrap();
    let workspace = Workspace::find(folder).unwrap();
    let state = folder.join(".local/state/sheaf");
    let approved = Command::new(env!("CARGO_BIN_EXE_sheaf"))
        .args(["trust", "--yes"])
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join(".local/state"))
        .output()
        .unwrap();
    assert!(approved.status.success(), "{approved:?}");
    workspace
        .secrets(Some(&state), Arc::new(Nobody))
        .create("storage")
        .unwrap();
}

/// Returns every file below a folder that has a text; one that the program replaces meanwhile is read as it is then, or was
/// not there to be read.
pub fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if fs::read(&path)
                .unwrap_or_default()
                .windows(text.len())
                .any(|window| window == text.as_bytes())
            {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_run_warns_of_a_password_wherever_it_was_bound() {
    let above = mount("configs | {\"fs.azure.sas.a.b\": f\"{sas}\"}");
    let notebook = format!(
        "# %% Settings\nkey = \"{KEY}\"\nsas = dbutils.secrets.get(scope=\"none\", key=\"sas\") if False else \"?sv=2024&sig=abcdefgh\"\n\
         # %% Configs\nconfigs = {{\"fs.azure.account.key.me\": key, \"fs.azure.account.auth.type\": \"SharedKey\"}}\n\
         # %% Mount\n{above}\n"
    );
    let transcript = Transcript::new()
        .file("sheaf.ron", "()")
        .file("data/a.csv", "x\n1\n")
        .file("nightly.py", &notebook)
        .sheaf(["run", "nightly.py", "--record"]);
    let output = transcript.output();
    let text = without_times(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    insta::assert_snapshot!(text);
}

/// What a notebook includes is followed: its own mounts, and what it binds for others.
#[test]
fn passwords_are_followed_through_notebooks_that_are_included() {
    let sas = "?sv=2024&sig=abcdefgh";
    let setup = format!(
        "# %% Keys\nkey = \"{KEY}\"\n# %% Mount\nname = \"x\"\n{}\n# %%\n# MAGIC %run ./inner\n",
        mount("{\"fs.azure.sas.a.b\": outer}").replace("/mnt/place", "/mnt/first")
    );
    let main = format!(
        "# Databricks notebook source\nouter = \"{sas}\"\n\n# COMMAND ----------\n\n# MAGIC %run ./lib/setup\n\n\
         # COMMAND ----------\n\n{}\n",
        mount("{\"fs.azure.account.key.me\": key, \"token\": inner}")
    );
    let transcript = Transcript::new()
        .file("sheaf.ron", "()")
        .file("data/a.csv", "x\n1\n")
        .file("lib/setup.py", setup)
        .file(
            "lib/inner.py",
            "# %%\ninner = \"{}-inner-token\".format(\"an\")\n",
        )
        .file("main.py", main)
        .sheaf(["run", "main.py", "--record"]);
    let output = transcript.output();
    let text = without_times(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    insta::assert_snapshot!(text);
    let record = String::from_utf8(transcript.read("main.record.ron")).unwrap();
    for password in [KEY, sas, "an-inner-token"] {
        assert!(!record.contains(password));
    }
    // Only what is written in the notebook itself is in the way of saving it.
    let transcript = transcript
        .stdin("%open main.py\n%delete 1\n%save! other.py\n%quit\n")
        .sheaf([]);
    let output = transcript.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(text.contains("saved 2 cells in other.py"), "{text}");
}

#[test]
fn a_reference_is_no_password() {
    let cells = mount(
        "{\"fs.azure.account.key.me\": \"{{secrets/storage/key}}\", \"fs.azure.account.auth.type\": \"x\"}",
    );
    let output = Transcript::new()
        .file("sheaf.ron", "()")
        .file("data/a.csv", "x\n1\n")
        .stdin(&format!("{cells}\n%save a.py\n"))
        .output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains("password"), "{text}");
    assert!(text.contains("saved 1 cell in a.py"), "{text}");
}

#[test]
fn without_a_person_cells_with_a_password_are_not_saved() {
    let transcript = Transcript::new()
        .file("sheaf.ron", "()")
        .file("data/a.csv", "x\n1\n")
        .stdin(&format!(
            "x = 1\n{}\n%save a.py\n%save! a.py\n%export a.ipynb\n%export a.html\n",
            literal()
        ));
    let output = transcript.output();
    let text = without_times(&String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    insta::assert_snapshot!(text);
    assert_eq!(files_with(transcript.path(), KEY), Vec::<PathBuf>::new());
}

#[test]
fn at_the_prompt_a_password_goes_into_a_scope_and_the_cell_gets_it_from_there() {
    let terminal = Terminal::new().size(40, 200).file("sheaf.ron", CONFIGURATION);
    let mut running = terminal.start(&["--version"]);
    running.wait_exit();
    let folder = running.path().to_owned();
    prepare(&folder);
    let mut running = Terminal::new()
        .size(40, 200)
        .env("XDG_STATE_HOME", folder.join(".local/state").to_str().unwrap())
        .folder(&folder)
        .start(&[]);
    running.wait_for("[1]");
    // A mount is not made twice, and the cell is run again.
    let cell = literal()
        .replace("mount(", "updateMount(")
        .replace("/mnt/place", "/mnt/data");
    running.send(&cell).send(ENTER).wait_for("[2]");
    assert_eq!(
        files_with(&folder, KEY),
        Vec::<PathBuf>::new(),
        "journal and history"
    );
    running.send("%save notes.py").send(ENTER).wait_for("[Y/n]");
    running.send(ENTER).wait_for("scope [storage]:");
    running.send("other").send(ENTER).wait_for("key:");
    running
        .send("account")
        .send(ENTER)
        .wait_for("there is no scope \"other\"");
    running.wait_until(|screen| screen.matches("scope [storage]:").count() == 2);
    running
        .send(ENTER)
        .wait_until(|screen| screen.matches("key:").count() == 2);
    running
        .send("account")
        .send(ENTER)
        .wait_for("saved 1 cell in notes.py");
    running.send("%run all").send(ENTER).wait_for("True\n[2]");
    running.send("%save").send(ENTER).wait_for("recorded the results");
    // Before the prompt is there, the terminal would take the key for itself.
    running.wait_until(|screen| screen.ends_with("[2]"));
    running.send(CTRL_D);
    running.wait_exit();
    assert_eq!(
        fs::read_to_string(folder.join("notes.py")).unwrap(),
        "# Databricks notebook source\ndbutils.fs.updateMount(\"file:data\", \"/mnt/data\", extra_configs={\"fs.azure.account.key.\
         me.blob.core.windows.net\": dbutils.secrets.get(scope=\"storage\", key=\"account\")})\n"
    );
    assert_eq!(files_with(&folder, KEY), Vec::<PathBuf>::new());
    let history = fs::read_to_string(folder.join(".sheaf/history")).unwrap();
    assert!(history.contains("windows.net\": \"[REDACTED]\"})"), "{history}");
}

#[test]
fn a_text_that_turns_out_to_be_a_password_leaves_the_history() {
    let terminal = Terminal::new().size(40, 200).file("sheaf.ron", "()");
    let mut running = terminal.start(&[]);
    running.wait_for("[1]");
    fs::create_dir_all(running.path().join("data")).unwrap();
    running
        .send(&format!("key = \"{KEY}\""))
        .send(ENTER)
        .wait_for("[2]");
    assert_ne!(files_with(running.path(), KEY), Vec::<PathBuf>::new());
    running
        .send(&mount("{\"fs.azure.account.key.me\": key}"))
        .send(ENTER)
        .wait_for("[3]");
    assert_eq!(files_with(running.path(), KEY), Vec::<PathBuf>::new());
    running.send("%quit").send(ENTER).wait_for("not saved");
    running.send("%quit").send(ENTER);
    running.wait_exit();
}

#[test]
fn what_is_typed_is_kept_without_the_password_also_before_it_is_whole() {
    let mut running = Terminal::new().size(40, 200).file("sheaf.ron", "()").start(&[]);
    running.wait_for("[1]");
    let typed = literal();
    let (typed, _) = typed.split_at(typed.find(KEY).unwrap() + KEY.len());
    running.send(typed).wait_for(KEY);
    let journal = running.path().join(".sheaf/journal");
    let drafts: Vec<String> = fs::read_dir(journal)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "draft"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(drafts.len(), 1);
    assert!(
        drafts[0].ends_with("windows.net\": \"[REDACTED]"),
        "{}",
        drafts[0]
    );
    running.kill();
}
