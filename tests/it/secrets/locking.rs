//! A keyring that locks while cells run, as a screen lock does: the whole program, headless and at the prompt.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::keyring_service::KeyringService;
use crate::docs::without_times;
use crate::terminal::{ENTER, Terminal};

const VALUE: &str = "correct horse battery staple";
/// How long what must not hang may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
const LOCKED: &str = "scope \"sqldbss\": the OS keyring (Secret Service) is locked";
const UNLOCK: &str =
    "hint: unlock it in its dialog or in the viewer of your desktop (Passwords and Keys, KWalletManager)";

/// A workspace with a scope in a keyring, which has two secrets.
struct Place {
    service: KeyringService,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            service: KeyringService::start(),
            folder: tempfile::tempdir().unwrap(),
        };
        place.file(
            "sheaf.ron",
            "(allow_shell: true, secrets: {\"sqldbss\": (sinks: [\"shell\"])})",
        );
        place.sheaf(&["trust", "--yes"], "");
        for key in ["one", "two"] {
            place.sheaf(&["secrets", "put-secret", "sqldbss", key], VALUE);
        }
        place
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.service.command(env!("CARGO_BIN_EXE_sheaf"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_STATE_HOME", self.service.home().join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn sheaf(&self, arguments: &[&str], typed: &str) {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_run_whose_keyring_locks_in_the_middle_fails_and_says_how_to_unlock_it() {
    let place = Place::new();
    // The second cell is at work while the keyring locks.
    let notebook = "# %%\none = dbutils.secrets.get(\"sqldbss\", \"one\")\n\
                    # %% [sh]\n# MAGIC %sh touch ready; while [ ! -e go ]; do sleep 0.05; done\n\
                    # %%\ntwo = dbutils.secrets.get(\"sqldbss\", \"two\")\n# %%\nprint(two)\n";
    place.file("n.py", notebook);
    let run = place.command(&["run", "n.py", "--allow-shell"]).spawn().unwrap();
    let begun = Instant::now();
    while !place.folder.path().join("ready").exists() {
        assert!(begun.elapsed() < PATIENCE, "the second cell does not run");
        thread::sleep(Duration::from_millis(10));
    }
    place.service.lock();
    place.file("go", "");
    let begun = Instant::now();
    let output = run.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(1));
    let errors = without_times(&String::from_utf8(output.stderr).unwrap());
    insta::assert_snapshot!(errors);
    let log = fs::read_to_string(place.service.home().join("state/sheaf/audit.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&last["key"], &last["allowed"]), (&"two".into(), &true.into()));
    assert_eq!(last["error"], LOCKED);
    // Once it is unlocked, the run resumes where it failed.
    place.service.unlock();
    let resumed = place
        .command(&["run", "n.py", "--allow-shell", "--resume"])
        .output()
        .unwrap();
    let shown = String::from_utf8(resumed.stdout).unwrap();
    assert!(
        resumed.status.success() && shown.contains("{{secrets/sqldbss/two}}"),
        "{shown}"
    );
}

#[test]
fn at_the_prompt_a_locked_keyring_is_an_error_and_an_unlocked_one_answers_again() {
    let place = Place::new();
    let mut terminal = Terminal::new().size(40, 200).folder(place.folder.path()).env(
        "XDG_STATE_HOME",
        place.service.home().join("state").to_str().unwrap(),
    );
    for (name, value) in place.service.environment() {
        terminal = terminal.env(name, &value);
    }
    let mut prompt = terminal.start(&[]);
    prompt.wait_for("[1]");
    let get = |key: &str| format!("{key} = dbutils.secrets.get(\"sqldbss\", \"{key}\")");
    prompt.send(&get("one")).send(ENTER).wait_for("[2]");
    place.service.lock();
    prompt
        .send(&get("two"))
        .send(ENTER)
        .wait_for(LOCKED)
        .wait_for(UNLOCK);
    // What was got stays got, and the prompt goes on.
    prompt
        .send("print(one)")
        .send(ENTER)
        .wait_for("{{secrets/sqldbss/one}}");
    place.service.unlock();
    prompt.send(&get("two")).send(ENTER);
    prompt
        .send("print(two)")
        .send(ENTER)
        .wait_for("{{secrets/sqldbss/two}}");
    assert!(!prompt.history().contains(VALUE));
    prompt.send("%quit").send(ENTER).send("%quit").send(ENTER);
    prompt.wait_exit();
}
