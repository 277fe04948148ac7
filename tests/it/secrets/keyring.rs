//! The OS keyring, against a real GNOME Keyring on a bus of its own.
//!
//! The bus is a variable of the environment, which a process has once. So what is tested inside of Sheaf's library runs as
//! an ignored test in a process of its own, which the test of the same name starts.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use sheaf::error::Problem;
use sheaf::secret::store::{Opening, SecretStore, StoreDefinition, StoreError};
use sheaf::secret::{
    Binding, Condition, Origin, Reference, ScopeDefinition, ScopeDefinitions, SecretValue, Secrets, Trust,
};

use super::keyring_service::{DAEMON, KeyringService, unlock_keyring};
use super::stores::{Variables, definition, suite};

/// Opens the keyring for a scope, on the bus of this process.
fn open(bindings: &[(&str, &str, &str)]) -> Result<Box<dyn SecretStore>, StoreError> {
    let bindings = bindings.iter().map(|(key, service, account)| {
        let binding = Binding {
            service: (*service).to_owned(),
            account: (*account).to_owned(),
        };
        ((*key).to_owned(), binding)
    });
    StoreDefinition::Keyring.open(&Opening {
        scope: "sqldbss".to_owned(),
        bindings: bindings.collect(),
        ..Opening::default()
    })
}

/// Returns an error with its hint.
fn told<T>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(_) => "fine".to_owned(),
        Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
    }
}

fn value(text: &str) -> SecretValue {
    SecretValue::new(text.as_bytes().to_vec())
}

#[test]
fn it_does_what_every_store_does() {
    KeyringService::start().run_test("secrets::keyring::inside::it_does_what_every_store_does");
}

#[test]
fn it_holds_a_thousand_secrets_and_long_ones() {
    KeyringService::start().run_test("secrets::keyring::inside::it_holds_a_thousand_secrets_and_long_ones");
}

#[test]
fn entries_are_legible_and_others_can_be_bound() {
    let service = KeyringService::start();
    service.secret_tool(
        "The warehouse",
        &["service", "warehouse", "username", "reader"],
        b"of secret-tool",
    );
    service.run_test("secrets::keyring::inside::entries_are_legible_and_others_can_be_bound");
    // What was made here is seen there.
    let looked_up = |attributes: &[&str]| {
        let mut command = service.command("secret-tool");
        command.arg("lookup").args(attributes).output().unwrap().stdout
    };
    assert!(looked_up(&["service", "sheaf/sqldbss", "username", "sqldbpassword"]) == b"made here");
    assert!(looked_up(&["service", "warehouse", "username", "reader"]) == b"rotated here");
    let mut search = service.command("secret-tool");
    let found = search
        .args(["search", "service", "sheaf/sqldbss"])
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(
        found.contains("label = sheaf/sqldbss/sqldbpassword\n"),
        "no label"
    );
}

#[test]
fn without_a_bus_it_says_so() {
    let service = KeyringService::bus();
    let environment = service.environment();
    // Nobody listens there any more.
    drop(service);
    let mut command = Command::new(env::current_exe().unwrap());
    command.envs(environment).args([
        "secrets::keyring::inside::without_a_bus_it_says_so",
        "--exact",
        "--ignored",
    ]);
    assert!(command.status().unwrap().success());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    assert!(command.status().unwrap().success());
}

#[test]
fn a_bus_without_a_keyring_is_told_from_an_empty_keyring() {
    KeyringService::bus()
        .run_test("secrets::keyring::inside::a_bus_without_a_keyring_is_told_from_an_empty_keyring");
}

#[test]
fn a_keyring_without_a_default_says_how_to_create_one() {
    let mut service = KeyringService::bus();
    service.start_daemon(false);
    service.run_test("secrets::keyring::inside::a_keyring_without_a_default_says_how_to_create_one");
}

#[test]
fn a_locked_keyring_lists_nothing_and_says_how_to_unlock_it() {
    let service = KeyringService::start();
    service.secret_tool(
        "One",
        &["service", "sheaf/sqldbss", "username", "one"],
        b"of secret-tool",
    );
    service.lock();
    service.run_test("secrets::keyring::inside::a_locked_keyring_lists_nothing_and_says_how_to_unlock_it");
}

#[test]
fn a_keyring_that_locks_in_the_middle_is_told_and_goes_on_when_it_is_unlocked() {
    KeyringService::start()
        .run_test("secrets::keyring::inside::a_keyring_that_locks_in_the_middle_is_told_and_goes_on_when_it_is_unlocked");
}

#[test]
fn a_keyring_that_hangs_is_given_up_and_opened_again() {
    KeyringService::start()
        .run_test("secrets::keyring::inside::a_keyring_that_hangs_is_given_up_and_opened_again");
}

#[test]
fn the_doctor_says_how_each_scope_is_and_what_to_do() {
    KeyringService::start()
        .run_test("secrets::keyring::inside::the_doctor_says_how_each_scope_is_and_what_to_do");
}

/// What runs in a process of its own.
mod inside {
    use super::*;

    /// The secrets of a workspace with three scopes, which its person has approved if `is_approved`.
    fn secrets(folder: &Path, is_approved: bool) -> Secrets {
        let scope = |text: &str| ScopeDefinition {
            store: definition(text),
            ..ScopeDefinition::default()
        };
        let scopes: ScopeDefinitions = [
            ("app", "environment(prefix: \"APP_\")"),
            ("files", "folder(path: \"nowhere\")"),
            ("sqldbss", "keyring"),
        ]
        .map(|(name, text)| (name.to_owned(), scope(text)))
        .into();
        let state = folder.join("state");
        if is_approved {
            Trust::of(&state).approve(folder, &scopes).unwrap();
        }
        Secrets::new(folder, scopes, Some(&state), Arc::new(Variables::default()))
    }

    fn lock() {
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        service.get_default_collection().unwrap().lock().unwrap();
    }

    /// Unlocks the keyring with its password, as a login does.
    fn unlock() {
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        unlock_keyring(&env::var("XDG_RUNTIME_DIR").unwrap(), &service);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn a_keyring_that_locks_in_the_middle_is_told_and_goes_on_when_it_is_unlocked() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(folder.path(), true);
        let one = Reference::new("sqldbss", "one").unwrap();
        let origin = Origin::default();
        secrets.put(&one, value("value of one"), &origin).unwrap();
        assert!(secrets.reveal(&one, &origin).unwrap().expose() == b"value of one");
        lock();
        let locked = "scope \"sqldbss\": the OS keyring (Secret Service) is locked";
        assert_eq!(secrets.reveal(&one, &origin).unwrap_err().to_string(), locked);
        assert_eq!(secrets.list("sqldbss", &origin).unwrap_err().to_string(), locked);
        assert_eq!(
            secrets.put(&one, value("2"), &origin).unwrap_err().to_string(),
            locked
        );
        unlock();
        assert!(secrets.reveal(&one, &origin).unwrap().expose() == b"value of one");
        assert_eq!(secrets.list("sqldbss", &origin).unwrap().len(), 1);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn a_keyring_that_hangs_is_given_up_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(folder.path(), true);
        let one = Reference::new("sqldbss", "one").unwrap();
        let origin = Origin::default();
        secrets.put(&one, value("value of one"), &origin).unwrap();
        let daemon = env::var(DAEMON).unwrap();
        let signal = |signal: &str| {
            assert!(
                Command::new("kill")
                    .args([signal, daemon.as_str()])
                    .status()
                    .unwrap()
                    .success()
            );
        };
        signal("-STOP");
        let begun = Instant::now();
        assert_eq!(
            secrets.reveal(&one, &origin).unwrap_err().to_string(),
            "scope \"sqldbss\": the OS keyring (Secret Service) did not answer within 10 seconds"
        );
        assert!(begun.elapsed() < Duration::from_secs(15));
        signal("-CONT");
        assert!(secrets.reveal(&one, &origin).unwrap().expose() == b"value of one");
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn the_doctor_says_how_each_scope_is_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let found = |is_approved: bool| {
            let diagnosis = secrets(folder.path(), is_approved).diagnose().unwrap();
            let scopes = diagnosis.scopes.iter().map(|finding| {
                let hint = finding.hint.as_deref().unwrap_or("nothing");
                format!(
                    "{}: {}: {}; do {hint}",
                    finding.name,
                    finding.condition.word(),
                    finding.text
                )
            });
            let keyring = &diagnosis.stores[0];
            assert_eq!(keyring.name, "keyring");
            (
                keyring.condition,
                scopes
                    .collect::<Vec<_>>()
                    .join("\n")
                    .replace(folder.path().to_str().unwrap(), "[dir]"),
            )
        };
        insta::assert_snapshot!(found(false).1, @r#"
        app: not approved: you have not approved the scopes of this workspace; do look at them, and approve them with `sheaf trust`
        files: not approved: you have not approved the scopes of this workspace; do look at them, and approve them with `sheaf trust`
        sqldbss: not approved: you have not approved the scopes of this workspace; do look at them, and approve them with `sheaf trust`
        "#);
        insta::assert_snapshot!(found(true).1, @r#"
        app: read-only: it has 0 secrets; do nothing
        files: absent: the folder nowhere is not available: there is no folder [dir]/nowhere; do mount the secrets where Sheaf runs, or name another folder in sheaf.ron
        sqldbss: empty: it has 0 secrets; do nothing
        "#);
        open(&[]).unwrap().put("one", &value("1")).unwrap();
        let (condition, text) = found(true);
        assert_eq!(condition, Condition::Empty);
        assert!(
            text.ends_with("sqldbss: works: it has 1 secret; do nothing"),
            "{text}"
        );
        lock();
        let (condition, text) = found(true);
        assert_eq!(condition, Condition::Locked);
        assert!(
            text.contains("sqldbss: locked: the OS keyring (Secret Service) is locked; do unlock it"),
            "{text}"
        );
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn it_does_what_every_store_does() {
        suite(&|| open(&[]).unwrap(), &[]);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn it_holds_a_thousand_secrets_and_long_ones() {
        let store = open(&[]).unwrap();
        let keys: Vec<String> = (0..1_000).map(|index| format!("key-{index:04}")).collect();
        for key in &keys {
            store.put(key, &value(&format!("value of {key}"))).unwrap();
        }
        let begun = Instant::now();
        let list = store.list().unwrap();
        let listing = begun.elapsed();
        assert!(list.iter().map(|found| &found.key).eq(&keys));
        assert!(list.iter().all(|found| found.modified.is_some()));
        let begun = Instant::now();
        for key in &keys {
            assert!(store.get(key).unwrap().expose() == format!("value of {key}").as_bytes());
        }
        let each = begun.elapsed() / 1_000;
        println!("listing took {listing:?}, and each secret {each:?}");
        assert!(listing < Duration::from_secs(5), "{listing:?}");
        assert!(each < Duration::from_millis(20), "{each:?}");
        let long: Vec<u8> = (0..64 << 10).map(|index| (index % 251) as u8).collect();
        for key in ["long", "longer"] {
            store.put(key, &SecretValue::new(long.clone())).unwrap();
            assert!(open(&[]).unwrap().get(key).unwrap().expose() == long);
        }
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn entries_are_legible_and_others_can_be_bound() {
        let store = open(&[
            ("password", "warehouse", "reader"),
            ("none", "warehouse", "nobody"),
        ])
        .unwrap();
        store.put("sqldbpassword", &value("made here")).unwrap();
        let listed = |store: &dyn SecretStore| -> Vec<String> {
            store.list().unwrap().into_iter().map(|found| found.key).collect()
        };
        assert_eq!(listed(&*store), ["password", "sqldbpassword"]);
        assert_eq!(listed(&*open(&[]).unwrap()), ["sqldbpassword"]);
        assert!(store.get("password").unwrap().expose() == b"of secret-tool");
        assert!(matches!(store.get("none"), Err(StoreError::Missing { .. })));
        store.put("password", &value("rotated here")).unwrap();
        insta::assert_snapshot!(told(store.delete("password")), @r#"
        the OS keyring (Secret Service): the key "password" is bound to an entry that was made elsewhere, with the service "warehouse" and the account "reader"
        hint: delete the entry in the viewer of your desktop (Passwords and Keys, KWalletManager), or remove the binding from sheaf.ron
        "#);
        assert!(store.get("password").is_ok());
    }

    #[test]
    #[ignore = "runs without a bus"]
    fn without_a_bus_it_says_so() {
        insta::assert_snapshot!(told(open(&[])), @r#"
        the OS keyring (Secret Service) is not available: there is no session bus (D-Bus) here
        hint: start Sheaf in a desktop session or under `dbus-run-session`; without a desktop, use another store: `sheaf secrets doctor` tells which work here
        "#);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn a_bus_without_a_keyring_is_told_from_an_empty_keyring() {
        insta::assert_snapshot!(told(open(&[])), @r#"
        the OS keyring (Secret Service) is not available: no keyring is running on the session bus
        hint: install and start gnome-keyring, KWallet or KeePassXC, or use another store: `sheaf secrets doctor` tells which work here
        "#);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn a_keyring_without_a_default_says_how_to_create_one() {
        let store = open(&[]).unwrap();
        assert!(matches!(store.get("one"), Err(StoreError::Missing { .. })));
        insta::assert_snapshot!(told(store.put("one", &value("1"))), @r#"
        the OS keyring (Secret Service): it has no default keyring yet, in which entries are made
        hint: create one in the viewer of your desktop (Passwords and Keys, KWalletManager), or with `gnome-keyring-daemon --unlock`
        "#);
    }

    #[test]
    #[ignore = "runs on a bus of its own"]
    fn a_locked_keyring_lists_nothing_and_says_how_to_unlock_it() {
        let store = open(&[]).unwrap();
        insta::assert_snapshot!(told(store.list()), @r#"
        the OS keyring (Secret Service) is locked
        hint: unlock it in its dialog or in the viewer of your desktop (Passwords and Keys, KWalletManager), and try again; where nobody can be asked, `gnome-keyring-daemon --unlock` reads its password from standard input
        "#);
        let locked = told(store.list());
        assert_eq!(told(store.get("one")), locked);
        assert_eq!(told(store.get("two")), locked);
        assert_eq!(told(store.put("one", &value("1"))), locked);
        assert_eq!(told(store.put("two", &value("2"))), locked);
        assert_eq!(told(store.delete("one")), locked);
        assert!(!store.is_asking());
    }
}
