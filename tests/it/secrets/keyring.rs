//! The OS keyring, against a real GNOME Keyring on a bus of its own.
//!
//! The bus is a variable of the environment, which a process has once. So what is tested inside of Sheaf's library runs as
//! an ignored test in a process of its own, which the test of the same name starts.

use std::env;
use std::time::{Duration, Instant};

use sheaf::error::Problem;
use sheaf::secret::store::{Opening, SecretStore, StoreDefinition, StoreError};
use sheaf::secret::{Binding, SecretValue};

use super::keyring_service::KeyringService;
use super::stores::suite;

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
    let mut command = std::process::Command::new(env::current_exe().unwrap());
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

/// What runs in a process of its own.
mod inside {
    use super::*;

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
