//! The keys of the Linux kernel: as root, whose quota is large, and as a user, whose quota is the usual one.

#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;

use sheaf::error::Problem;
use sheaf::secret::SecretValue;
use sheaf::secret::store::{Capabilities, Metadata, Opening, SecretStore, StoreDefinition, StoreError};

use super::stores::suite;

/// A store that is asked on a thread of its own each time, as Sheaf does it: the kernel's keyrings are a thread's.
struct Threaded(Box<dyn SecretStore>);

impl Threaded {
    fn ask<T: Send>(&self, question: impl FnOnce(&dyn SecretStore) -> T + Send) -> T {
        thread::scope(|scope| scope.spawn(|| question(&*self.0)).join().unwrap())
    }
}

impl SecretStore for Threaded {
    fn name(&self) -> String {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        self.ask(|store| store.get(key))
    }

    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError> {
        self.ask(|store| store.put(key, value))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.ask(|store| store.delete(key))
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        self.ask(|store| store.list())
    }

    fn probe(&self) -> Result<Option<usize>, StoreError> {
        self.ask(|store| store.probe())
    }
}

fn open(scope: &str) -> Threaded {
    let opening = Opening {
        scope: scope.to_owned(),
        ..Opening::default()
    };
    Threaded(StoreDefinition::Keyutils.open(&opening).unwrap())
}

#[test]
fn they_do_what_every_store_does() {
    // Keys are the user's, not the process's: another run of the tests may be there.
    let scope = format!("suite-{}", std::process::id());
    suite(&|| Box::new(open(&scope)), &[]);
}

#[test]
fn a_user_with_the_usual_quota_has_the_same() {
    as_user(60_000, "secrets::keyutils::inside::they_do_what_every_store_does");
}

#[test]
fn a_quota_is_told_where_it_is_reached() {
    as_user(48_000, "secrets::keyutils::inside::a_quota_of_bytes_is_told");
    as_user(52_000, "secrets::keyutils::inside::a_quota_of_keys_is_told");
}

#[test]
fn a_key_is_there_for_the_next_process_of_the_user() {
    as_user(56_000, "secrets::keyutils::inside::one_process_puts");
    as_user(56_000, "secrets::keyutils::inside::the_next_one_gets");
}

/// Runs an ignored test of this program as a user without keys: as root, one whose number no account has.
fn as_user(first: u32, name: &str) {
    let mut program = env::current_exe().unwrap();
    // That user may not look into the folder of the build.
    let folder = tempfile::tempdir().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("tests");
        fs::copy(program, &copy).unwrap();
        program = copy;
    }
    let mut command = Command::new(program);
    command.args([name, "--exact", "--ignored", "--nocapture"]);
    if is_root {
        let number = first + std::process::id() % 4_000;
        command.uid(number).gid(number).current_dir("/");
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("test result: ok. 1 passed"), "{text}");
}

/// What runs as a user of its own.
mod inside {
    use super::*;

    #[test]
    #[ignore = "runs as a user of its own"]
    fn they_do_what_every_store_does() {
        let can = open("suite").capabilities();
        assert_eq!(
            (can.most, can.together, can.longest),
            (Some(200), Some(20_000), Some(20_000))
        );
        suite(&|| Box::new(open("suite")), &[]);
    }

    #[test]
    #[ignore = "runs as a user of its own"]
    fn one_process_puts() {
        let value = SecretValue::new(b"for the next one".to_vec());
        open("processes").put("key", &value).unwrap();
    }

    #[test]
    #[ignore = "runs as a user of its own"]
    fn the_next_one_gets() {
        let store = open("processes");
        assert!(store.get("key").unwrap().expose() == b"for the next one");
        store.delete("key").unwrap();
    }

    #[test]
    #[ignore = "runs as a user of its own"]
    fn a_quota_of_bytes_is_told() {
        // With their names and what the kernel notes itself, not quite twenty.
        reach(1_000, 17..20);
    }

    #[test]
    #[ignore = "runs as a user of its own"]
    fn a_quota_of_keys_is_told() {
        reach(1, 180..200);
    }

    fn reach(size: usize, expected: Range<usize>) {
        let store = open("quota").0;
        let value = SecretValue::new(vec![b'x'; size]);
        let mut count = 0;
        let error = loop {
            match store.put(&format!("key-{count}"), &value) {
                Ok(()) => count += 1,
                Err(error) => break error,
            }
        };
        assert!(expected.contains(&count), "{count} of {size} bytes: {error}");
        assert_eq!(
            format!("{error}; {}", error.hint().unwrap()),
            "the Linux kernel's keyring (keyutils) is full: the kernel lets you have 200 keys and 20000 bytes in all; \
             delete secrets that are not needed, or use another store"
        );
        for index in 0..count {
            store.delete(&format!("key-{index}")).unwrap();
        }
    }
}
