//! What a person types at a terminal without seeing it, and what they see only there.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::literals::files_with;
use crate::terminal::{ENTER, Running, Terminal};

const VALUE: &str = "correct horse battery staple";
const PASSPHRASE: &str = "the passphrase of the team";
const WRONG: &str = "the passphrase of yesterday";

/// A workspace with an encrypted file, and a person at a terminal.
struct Desk {
    folder: TempDir,
    state: TempDir,
}

impl Desk {
    /// Creates the file of the scope, whose passphrase is typed twice.
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
        };
        fs::write(desk.folder.path().join("sheaf.ron"), "()").unwrap();
        let store = "file(path: \"team.age\", passphrase: prompt)";
        let mut running = desk.start(&["secrets", "create-scope", "team", "--store", store]);
        for question in [
            "New passphrase for the encrypted file team.age: ",
            "The same again: ",
        ] {
            answer(&mut running, question, PASSPHRASE);
        }
        assert_eq!(running.wait_exit(), 0);
        Self::has_not_shown(&running, PASSPHRASE);
        assert!(desk.folder.path().join("team.age").exists());
        desk
    }

    fn start(&self, arguments: &[&str]) -> Running {
        Terminal::new()
            .size(40, 160)
            .folder(self.folder.path())
            .env("XDG_STATE_HOME", self.state.path().to_str().unwrap())
            .start(arguments)
    }

    /// Answers the question for the passphrase.
    fn unlock(running: &mut Running) {
        answer(running, "Passphrase of the encrypted file team.age: ", PASSPHRASE);
    }

    /// Stores the secret `password`.
    fn put_secret(&self) {
        let mut running = self.start(&["secrets", "put-secret", "team", "password"]);
        answer(&mut running, "Value of team/password: ", VALUE);
        answer(&mut running, "Once more: ", VALUE);
        Self::unlock(&mut running);
        assert_eq!(running.wait_exit(), 0);
        Self::has_not_shown(&running, VALUE);
    }

    fn has_not_shown(running: &Running, text: &str) {
        assert!(!running.history().contains(text), "what was typed was shown");
    }
}

/// Answers a question as a person does, who reads it first: the echo of the terminal is turned off just after it is asked.
fn answer(running: &mut Running, question: &str, text: &str) {
    running.wait_for(question);
    thread::sleep(Duration::from_millis(200));
    running.send(text).send(ENTER);
}

#[test]
fn a_value_is_typed_twice_and_not_shown_and_revealed_only_at_a_terminal() {
    let desk = Desk::new();
    let put = || desk.start(&["secrets", "put-secret", "team", "password"]);
    let mut running = put();
    answer(&mut running, "Value of team/password: ", VALUE);
    answer(&mut running, "Once more: ", "another value");
    running.wait_for("error: the two values differ: nothing was stored");
    assert_eq!(running.wait_exit(), 1);
    Desk::has_not_shown(&running, VALUE);
    let mut running = put();
    answer(&mut running, "Value of team/password: ", "");
    running.wait_for("error: the value is empty: nothing was stored");
    assert_eq!(running.wait_exit(), 1);
    let mut running = put();
    answer(&mut running, "Value of team/password: ", VALUE);
    answer(&mut running, "Once more: ", VALUE);
    Desk::unlock(&mut running);
    assert_eq!(running.wait_exit(), 0);
    Desk::has_not_shown(&running, VALUE);

    let mut running = desk.start(&["secrets", "get-secret", "team", "password"]);
    Desk::unlock(&mut running);
    running.wait_for("{{secrets/team/password}}");
    assert_eq!(running.wait_exit(), 0);
    Desk::has_not_shown(&running, VALUE);

    let mut running = desk.start(&["secrets", "get-secret", "team", "password", "--reveal"]);
    Desk::unlock(&mut running);
    running.wait_for(VALUE);
    assert_eq!(running.wait_exit(), 0);
    Desk::has_not_shown(&running, PASSPHRASE);
}

#[test]
fn a_cell_asks_for_the_passphrase_at_the_prompt_and_what_is_typed_is_nowhere() {
    let desk = Desk::new();
    desk.put_secret();
    let mut running = desk.start(&[]);
    running.wait_for("[1]");
    let get = "password = dbutils.secrets.get(scope=\"team\", key=\"password\")";
    running.send(get).send(ENTER);
    answer(&mut running, "Passphrase of the encrypted file team.age: ", WRONG);
    let again = "That is not the passphrase of the encrypted file team.age. Try again: ";
    answer(&mut running, again, PASSPHRASE);
    running.wait_for("[2]");
    // It is asked for once.
    let get = get.replacen("password", "again", 1);
    running.send(&get).send(ENTER).wait_for("[3]");
    running
        .send("print(password)")
        .send(ENTER)
        .wait_for("{{secrets/team/password}}");
    running.send("%quit").send(ENTER).wait_for("not saved");
    running.send("%quit").send(ENTER);
    running.wait_exit();
    for text in [VALUE, PASSPHRASE, WRONG] {
        Desk::has_not_shown(&running, text);
        for folder in [&desk.folder, &desk.state] {
            assert_eq!(files_with(folder.path(), text), Vec::<PathBuf>::new());
        }
    }
}

/// In front of people, nobody decides on where values go: what to do is said.
#[test]
fn a_presentation_refuses_what_the_scope_does_not_list() {
    let desk = Desk::new();
    desk.put_secret();
    let cells = "# %%\np = dbutils.secrets.get(\"team\", \"password\")\n# %% [sh]\n# MAGIC %sh --env V=p echo \"$V\"\n";
    fs::write(desk.folder.path().join("n.py"), cells).unwrap();
    let mut running = desk.start(&["present", "n.py", "--allow-shell"]);
    running.wait_for("1/2").send(ENTER);
    Desk::unlock(&mut running);
    running.wait_for("2/2").send(ENTER);
    running.wait_for("error: the value of {{secrets/team/password}} may not go to shell");
    running.wait_for("hint: if it may, add \"shell\" to the sinks of the scope \"team\" in sheaf.ron, and run `sheaf trust`");
    Desk::has_not_shown(&running, VALUE);
    running.send("q");
    running.wait_exit();
}

#[test]
fn nobody_types_a_value_that_cannot_be_stored() {
    let desk = Desk::new();
    let text = "(secrets: {\"team\": (store: file(path: \"team.age\", passphrase: prompt)), \"desktop\": (store: keyring)})";
    let file = desk.folder.path().join("sheaf.ron");
    fs::write(&file, text).unwrap();
    let refused = |scope: &str, error: &str| {
        let mut running = desk.start(&["secrets", "put-secret", scope, "password"]);
        running.wait_for(error);
        assert_eq!(running.wait_exit(), 1);
        assert!(!running.history().contains("Value of"), "a value was asked for");
    };
    refused("desktop", "error: you have not approved the scopes that");
    assert_eq!(desk.start(&["trust", "--yes"]).wait_exit(), 0);
    refused(
        "desktop",
        "error: scope \"desktop\": the OS keyring (Secret Service) is not available",
    );
    // A file whose passphrase is not typed yet is no reason.
    desk.put_secret();
    let log = fs::read_to_string(desk.state.path().join("sheaf/audit.jsonl")).unwrap();
    let put: Vec<&str> = log.lines().filter(|line| line.contains("put-secret")).collect();
    assert_eq!(put.len(), 3, "{log}");
}
