//! Getting secrets again and again, and at the same time.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::secret::granted::Granted;
use crate::secret::store::{EnvironmentDefinition, StoreDefinition};

/// An environment with one variable, which says how it was asked.
#[derive(Debug, Default)]
struct Changing {
    value: Mutex<Option<String>>,
    takes: Mutex<Duration>,
    /// How often it was asked.
    count: AtomicUsize,
    is_asked: AtomicBool,
}

impl Changing {
    fn set(&self, value: Option<&str>) {
        *self.value.lock().unwrap() = value.map(str::to_owned);
    }
}

impl Caller for Changing {
    fn variable(&self, _name: &str) -> Option<SecretValue> {
        assert!(
            !self.is_asked.swap(true, Ordering::SeqCst),
            "two questions at once"
        );
        self.count.fetch_add(1, Ordering::SeqCst);
        let takes = *self.takes.lock().unwrap();
        thread::sleep(takes);
        self.is_asked.store(false, Ordering::SeqCst);
        let value = self.value.lock().unwrap().clone()?;
        Some(SecretValue::new(value.into_bytes()))
    }

    fn variables(&self, prefix: &str) -> Vec<String> {
        vec![format!("{prefix}PASSWORD")]
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, _question: &str) -> Option<SecretValue> {
        None
    }
}

/// A workspace whose one scope is that environment.
struct Place {
    secrets: Arc<Secrets>,
    caller: Arc<Changing>,
    reference: Reference,
    state: tempfile::TempDir,
}

/// `lasts` is for how long the store is not asked again.
fn place(lasts: Duration) -> Place {
    let state = tempfile::tempdir().unwrap();
    let root = Path::new("/nowhere");
    let scope = ScopeDefinition {
        store: StoreDefinition::Environment(EnvironmentDefinition {
            prefix: "DB_".to_owned(),
            ..EnvironmentDefinition::default()
        }),
        ..ScopeDefinition::default()
    };
    let definitions = ScopeDefinitions::from([("db".to_owned(), scope)]);
    Trust::of(state.path()).approve(root, &definitions).unwrap();
    let caller = Arc::new(Changing::default());
    caller.set(Some("the first value"));
    let handed: Arc<dyn Caller> = caller.clone();
    let mut secrets = Secrets::new(root, definitions, Some(state.path()), handed);
    secrets.memory.lasts = lasts;
    Place {
        secrets: Arc::new(secrets),
        caller,
        reference: Reference::new("db", "password").unwrap(),
        state,
    }
}

impl Place {
    fn get(&self) -> Result<Granted, SecretError> {
        self.secrets.get(&self.reference, &Origin::default())
    }
}

#[test]
fn a_secret_that_was_got_a_moment_ago_is_not_looked_up_again() {
    let place = place(Duration::from_mins(1));
    let first = place.get().unwrap();
    assert_eq!(place.get().unwrap(), first);
    assert_eq!(place.secrets.current(&place.reference), Some(first.fingerprint));
    assert_eq!(place.caller.count.load(Ordering::SeqCst), 1);
    // What this program itself changes is looked up.
    place.secrets.memory.forget(&place.reference);
    place.get().unwrap();
    assert_eq!(place.caller.count.load(Ordering::SeqCst), 2);
}

#[test]
fn who_types_a_key_is_told_the_keys_and_nothing_is_noted() {
    let place = place(Duration::from_mins(1));
    assert_eq!(place.secrets.keys_at_once("db"), ["password"]);
    assert!(place.secrets.keys_at_once("another").is_empty());
    let noted = std::fs::read_dir(place.state.path()).unwrap();
    let noted = noted.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(noted.collect::<Vec<_>>(), ["trust"]);
    Trust::of(place.state.path())
        .revoke(Path::new("/nowhere"))
        .unwrap();
    assert!(place.secrets.keys_at_once("db").is_empty());
}

#[test]
fn a_secret_that_was_changed_or_deleted_meanwhile_is_noticed() {
    let place = place(Duration::ZERO);
    let first = place.get().unwrap().fingerprint;
    assert_eq!(place.secrets.current(&place.reference), Some(first));
    place.caller.set(Some("another value"));
    let changed = place.secrets.current(&place.reference);
    assert_ne!(changed, Some(first));
    assert_eq!(changed, Some(place.get().unwrap().fingerprint));
    place.caller.set(None);
    assert_eq!(place.secrets.current(&place.reference), None);
    assert!(place.get().is_err());
    place.caller.set(Some("the first value"));
    assert_eq!(place.secrets.current(&place.reference), Some(first));
}

#[test]
fn a_store_that_does_not_answer_holds_up_nobody_who_only_wants_to_know_whether_a_secret_is_the_same() {
    let place = place(Duration::from_millis(1));
    let first = place.get().unwrap().fingerprint;
    *place.caller.takes.lock().unwrap() = Duration::from_secs(2);
    place.caller.set(Some("another value"));
    thread::sleep(Duration::from_millis(5));
    let begun = Instant::now();
    assert_eq!(place.secrets.current(&place.reference), Some(first));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn cells_that_ask_at_the_same_time_ask_one_after_the_other() {
    let place = place(Duration::ZERO);
    *place.caller.takes.lock().unwrap() = Duration::from_millis(2);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| place.get().unwrap());
        }
    });
    assert_eq!(place.caller.count.load(Ordering::SeqCst), 8);
    let expected = BTreeMap::from([("db".to_owned(), "the environment (DB_…)".to_owned())]);
    assert_eq!(place.secrets.answered(), expected);
}
