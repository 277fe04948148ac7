//! One suite for every store: each does exactly what it declares, and refuses more with a reason.
//!
//! A store joins it with a test of a few lines: it opens the store, with nothing in it or with [`Given`] values where they
//! come from elsewhere, and calls [`suite`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use ron::Options;
use ron::extensions::Extensions;
use sheaf::error::Problem;
use sheaf::secret::store::{Capabilities, Metadata, Opening, SecretStore, StoreDefinition, StoreError};
use sheaf::secret::{Caller, SecretValue};

/// A secret that a read-only store has.
pub type Given = (&'static str, Vec<u8>);

/// Names with every character that a key may have, the shortest and the longest.
const KEYS: [&str; 4] = ["a", "A-b_c.9", "0", "-._"];
/// How many secrets a store without a limit is asked to have.
const MANY: usize = 100;
/// How long a value a store without a limit is asked to have.
const LONG: usize = 1 << 20;

/// Tests a store: `open` opens it again and again, as separate runs of Sheaf would.
///
/// Texts of errors are compared by what they have to say, and each has to come with a hint: what to do is part of it.
pub fn suite(open: &dyn Fn() -> Box<dyn SecretStore>, given: &[Given]) {
    let store = open();
    let can = store.capabilities();
    assert!(!store.name().is_empty());
    missing(&*store);
    if can.writes {
        assert!(given.is_empty(), "a store that can be written to begins empty");
        values(&*store, open, can);
        longest(&*store, can);
        most(&*store, open, can);
    } else {
        read_only(&*store, given);
    }
}

/// A key that is not there is missing, in every question.
fn missing(store: &dyn SecretStore) {
    for key in ["no-such-key", "NO.SUCH_KEY"] {
        let errors = [store.get(key).map(|_| ()), store.delete(key)];
        for error in errors.into_iter().map(Result::unwrap_err) {
            match &error {
                StoreError::Missing { key: named, .. } => assert_eq!(named, key),
                StoreError::Unusable { .. } => assert!(!store.capabilities().keys.takes(key)),
                StoreError::ReadOnly { .. } => assert!(!store.capabilities().writes),
                other => panic!("{other}"),
            }
            told(&error);
        }
    }
}

/// Values come back as they were put, are replaced, listed and deleted.
fn values(store: &dyn SecretStore, open: &dyn Fn() -> Box<dyn SecretStore>, can: Capabilities) {
    let longest_key = "k".repeat(128);
    let keys = KEYS.into_iter().chain([longest_key.as_str()]);
    let (keys, refused): (Vec<&str>, Vec<&str>) = keys.partition(|key| can.keys.takes(key));
    for key in refused {
        let errors = [
            put(store, key, b"value"),
            store.delete(key),
            store.get(key).map(|_| ()),
        ];
        for error in errors.into_iter().map(Result::unwrap_err) {
            assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
            told(&error);
        }
    }
    for key in &keys {
        put(store, key, b"first value").unwrap();
        put(store, key, "passwörd 🔑\n".as_bytes()).unwrap();
    }
    for key in &keys {
        // Another run sees it too.
        for store in [store, &*open()] {
            assert!(get(store, key) == "passwörd 🔑\n".as_bytes(), "{key}");
        }
    }
    listed(store, can, &keys);
    for key in &keys {
        store.delete(key).unwrap();
        assert!(matches!(store.get(key), Err(StoreError::Missing { .. })), "{key}");
        assert!(
            matches!(store.delete(key), Err(StoreError::Missing { .. })),
            "{key}"
        );
    }
    listed(store, can, &[]);
    let kinds: [(&str, &[u8], bool); 3] = [
        ("empty", b"", can.empty),
        ("binary", b"\xff\xfe\x00value", can.binary),
        ("zeros", b"a\x00b", can.binary),
    ];
    for (key, value, is_taken) in kinds {
        if is_taken {
            put(store, key, value).unwrap();
            assert!(get(&*open(), key) == value, "{key}");
            store.delete(key).unwrap();
        } else if let Err(error) = put(store, key, value) {
            assert!(matches!(error, StoreError::Unfit { .. }), "{error}");
            told(&error);
            assert!(matches!(store.get(key), Err(StoreError::Missing { .. })), "{key}");
        } else {
            // Zeros are UTF-8, so a store of texts may take them.
            assert!(
                std::str::from_utf8(value).is_ok() && !value.is_empty() && get(store, key) == value,
                "{key}"
            );
            store.delete(key).unwrap();
        }
    }
}

/// The longest value is kept, and one byte more is refused with its size and the limit.
fn longest(store: &dyn SecretStore, can: Capabilities) {
    let size = can.longest.unwrap_or(LONG);
    let value: Vec<u8> = (0..size).map(|index| b'a' + (index % 26) as u8).collect();
    // What all secrets have together can be less than one could have.
    if can.together.is_none_or(|together| size + 1_000 <= together) {
        put(store, "longest", &value).unwrap();
        assert!(get(store, "longest") == value);
    }
    if can.longest.is_some() {
        let mut value = value;
        value.push(b'!');
        let error = put(store, "longest", &value).unwrap_err();
        let StoreError::TooLong {
            size: given, longest, ..
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!((*given, Some(*longest)), (value.len(), can.longest));
        told(&error);
    }
    match store.delete("longest") {
        Ok(()) | Err(StoreError::Missing { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// As many secrets as are declared are kept, and one more is refused.
fn most(store: &dyn SecretStore, open: &dyn Fn() -> Box<dyn SecretStore>, can: Capabilities) {
    let count = can.most.unwrap_or(MANY).min(MANY);
    let keys: Vec<String> = (0..count).map(|index| format!("key-{index:04}")).collect();
    let mut full = None;
    for key in &keys {
        if let Err(error) = put(store, key, format!("value of {key}").as_bytes()) {
            full = Some((key, error));
            break;
        }
    }
    let kept: Vec<&str> = match &full {
        None => keys.iter().map(String::as_str).collect(),
        Some((last, _)) => keys
            .iter()
            .take_while(|key| key != last)
            .map(String::as_str)
            .collect(),
    };
    if let Some((_, error)) = full {
        // Other keys of this person count, too.
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(
            can.most.is_some() && kept.len() + 10 >= count,
            "{error} at {}",
            kept.len()
        );
        told(&error);
    }
    let again = open();
    for key in &kept {
        assert!(get(&*again, key) == format!("value of {key}").as_bytes(), "{key}");
    }
    listed(&*again, can, &kept);
    for key in &kept {
        again.delete(key).unwrap();
    }
    listed(store, can, &[]);
}

/// What was given is there, and nothing can be changed.
fn read_only(store: &dyn SecretStore, given: &[Given]) {
    let keys: Vec<&str> = given.iter().map(|(key, _)| *key).collect();
    for (key, value) in given {
        assert!(get(store, key) == *value, "{key}");
        for error in [
            put(store, key, b"changed"),
            put(store, "new", b"new"),
            store.delete(key),
        ] {
            let error = error.unwrap_err();
            assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
            told(&error);
        }
        assert!(get(store, key) == *value, "{key}");
    }
    listed(store, store.capabilities(), &keys);
}

/// The keys are listed, sorted, each once; or the store says that it cannot.
fn listed(store: &dyn SecretStore, can: Capabilities, keys: &[&str]) {
    let list = store.list();
    if !can.lists {
        let error = list.unwrap_err();
        assert!(matches!(error, StoreError::Unlisted { .. }), "{error}");
        told(&error);
        store.probe().unwrap();
        return;
    }
    let list: Vec<String> = list
        .unwrap()
        .into_iter()
        .map(|Metadata { key, .. }| key)
        .collect();
    let sorted: BTreeSet<&str> = keys.iter().copied().collect();
    assert!(
        list.iter().map(String::as_str).eq(sorted.iter().copied()),
        "{list:?}"
    );
    assert_eq!(store.probe().unwrap(), Some(keys.len()));
}

/// An error says which store, and what to do; and no value.
fn told(error: &StoreError) {
    let text = error.to_string();
    assert!(error.hint().is_some(), "{text}");
    assert!(!text.contains("value of key"), "a value is in an error");
}

fn put(store: &dyn SecretStore, key: &str, value: &[u8]) -> Result<(), StoreError> {
    store.put(key, &SecretValue::new(value.to_vec()))
}

/// Returns a value; compared with `==` and never printed.
fn get(store: &dyn SecretStore, key: &str) -> Vec<u8> {
    match store.get(key) {
        Ok(value) => value.expose().to_vec(),
        Err(error) => panic!("{key}: {error}"),
    }
}

/// What the environment of a process has.
#[derive(Debug, Default)]
pub struct Variables(pub BTreeMap<String, Vec<u8>>);

impl Caller for Variables {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        self.0.get(name).cloned().map(SecretValue::new)
    }

    fn variables(&self, prefix: &str) -> Vec<String> {
        let names = self.0.keys().filter(|name| name.starts_with(prefix));
        names.cloned().collect()
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, _question: &str) -> Option<SecretValue> {
        None
    }
}

/// Reads the definition of a store, as `sheaf.ron` has it.
pub fn definition(text: &str) -> StoreDefinition {
    let options = Options::default().with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES);
    options.from_str(text).unwrap()
}

#[test]
fn environment_variables() {
    let variables = [
        ("APP_HOST", "db.example.org".into()),
        ("APP_PASS_WORD", vec![0xff, 0]),
    ];
    let variables = variables.map(|(name, value): (&str, Vec<u8>)| (name.to_owned(), value));
    let opening = Opening {
        scope: "app".to_owned(),
        caller: Arc::new(Variables(variables.into())),
        ..Opening::default()
    };
    let definition = definition("environment(prefix: \"APP_\")");
    let given = [("host", "db.example.org".into()), ("pass_word", vec![0xff, 0])];
    suite(&|| definition.open(&opening).unwrap(), &given);
}

#[test]
fn encrypted_file() {
    let folder = tempfile::tempdir().unwrap();
    let opening = Opening {
        scope: "team".to_owned(),
        root: folder.path().to_owned(),
        ..Opening::default()
    };
    let definition = definition("file(path: \"secrets/team.age\", identity: \"keys/identity.txt\")");
    definition.create(&opening).unwrap();
    suite(&|| definition.open(&opening).unwrap(), &[]);
}

#[test]
fn folder_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let given = [
        ("A-b_c.9", b"db.example.org".to_vec()),
        ("empty", Vec::new()),
        ("password", vec![0xff, 0]),
    ];
    for (key, value) in &given {
        std::fs::write(folder.path().join(key), value).unwrap();
    }
    let opening = Opening {
        scope: "run".to_owned(),
        root: folder.path().to_owned(),
        ..Opening::default()
    };
    let definition = definition("folder(path: \".\")");
    suite(&|| definition.open(&opening).unwrap(), &given);
}
