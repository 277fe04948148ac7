use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::error::Problem as _;
use crate::secret::caller::Caller;
use crate::secret::value::SecretValue;

/// A person who types answers, in a process with one variable.
#[derive(Debug, Default)]
struct Person {
    answers: Mutex<VecDeque<&'static str>>,
    asked: Mutex<Vec<String>>,
    variable: Option<(&'static str, &'static str)>,
}

impl Person {
    fn typing(answers: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.iter().copied().collect()),
            ..Self::default()
        })
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Caller for Person {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        let (_, value) = self.variable.filter(|(known, _)| *known == name)?;
        Some(SecretValue::new(value.as_bytes().to_vec()))
    }

    fn variables(&self, _prefix: &str) -> Vec<String> {
        Vec::new()
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, question: &str) -> Option<SecretValue> {
        self.asked.lock().unwrap().push(question.to_owned());
        let answer = self.answers.lock().unwrap().pop_front()?;
        Some(SecretValue::new(answer.as_bytes().to_vec()))
    }
}

struct Place {
    _folder: tempfile::TempDir,
    root: PathBuf,
    opening: Opening,
}

impl Place {
    fn new(person: Arc<Person>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        Self {
            _folder: folder,
            opening: Opening {
                root: root.clone(),
                caller: person,
                ..Opening::default()
            },
            root,
        }
    }

    fn open(&self, definition: &FileDefinition) -> Box<dyn SecretStore> {
        definition.open(&self.opening).unwrap()
    }

    fn create(&self, definition: &FileDefinition) -> Result<Vec<String>, String> {
        let created = definition.create(&self.opening).map_err(|error| shown(&error))?;
        let root = self.root.display().to_string();
        Ok(created.iter().map(|line| line.replace(&root, "ROOT")).collect())
    }
}

fn shown(error: &StoreError) -> String {
    format!("{error} | {}", error.hint().unwrap_or_default())
}

fn value(text: &str) -> SecretValue {
    SecretValue::new(text.as_bytes().to_vec())
}

fn got(store: &dyn SecretStore, key: &str) -> Result<String, String> {
    let value = store.get(key).map_err(|error| shown(&error))?;
    Ok(value.expose_text().unwrap().to_owned())
}

fn by_identity() -> FileDefinition {
    FileDefinition {
        path: "secrets/team.age".to_owned(),
        identity: Some("keys/identity.txt".to_owned()),
        ..FileDefinition::default()
    }
}

fn by_passphrase(passphrase: PassphraseSource) -> FileDefinition {
    FileDefinition {
        path: "team.age".to_owned(),
        passphrase: Some(passphrase),
        ..FileDefinition::default()
    }
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_file_and_its_identity_are_created_and_keep_secrets() {
    let place = Place::new(Arc::default());
    let definition = by_identity();
    let created = place.create(&definition).unwrap();
    assert!(
        created[0].starts_with("created the identity ROOT/keys/identity.txt: keep it out of version control")
    );
    assert_eq!(created[1..], ["created the encrypted file secrets/team.age"]);
    assert_eq!(place.create(&definition).unwrap(), Vec::<String>::new());
    let store = place.open(&definition);
    assert_eq!(store.name(), "the encrypted file secrets/team.age");
    assert_eq!(store.list().unwrap(), []);
    store.put("password", &value("hunter2")).unwrap();
    store.put("host", &value("db.example.com")).unwrap();
    store.put("password", &value("correct horse")).unwrap();
    assert_eq!(got(&*store, "password").unwrap(), "correct horse");
    let again = place.open(&definition);
    assert_eq!(got(&*again, "password").unwrap(), "correct horse");
    let keys: Vec<_> = again.list().unwrap().into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["host", "password"]);
    again.delete("host").unwrap();
    let missing = "there is no secret \"host\" in the encrypted file secrets/team.age | store it with `sheaf secrets put-secret SCOPE host`";
    assert_eq!(shown(&again.delete("host").unwrap_err()), missing);
    // The other one sees what this one wrote.
    assert_eq!(got(&*store, "host").unwrap_err(), missing);
    let text = fs::read_to_string(place.root.join("secrets/team.age")).unwrap();
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n") && text.is_ascii());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_created_and_a_mode_that_is_set_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new(Arc::default());
    place.create(&by_identity()).unwrap();
    let file = place.root.join("secrets/team.age");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&place.root.join("keys/identity.txt")), 0o600);
    assert_eq!(mode(&place.root.join("keys")), 0o700);
    let store = place.open(&by_identity());
    store.put("a", &value("1")).unwrap();
    assert_eq!(mode(&file), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    store.put("a", &value("2")).unwrap();
    assert_eq!(mode(&file), 0o640);
    assert_eq!(store.concerns(), Vec::<String>::new());
    let identity = place.root.join("keys/identity.txt");
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o640)).unwrap();
    let path = identity.display();
    assert_eq!(
        store.concerns(),
        [format!(
            "others can read {path}, which opens the encrypted file secrets/team.age: `chmod 600 {path}`"
        )]
    );
}

#[test]
fn two_writers_lose_nothing() {
    let place = Place::new(Arc::default());
    place.create(&by_identity()).unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let place = &place;
            scope.spawn(move || {
                let store = place.open(&by_identity());
                for number in 0..10 {
                    store.put(&format!("key-{writer}-{number}"), &value("x")).unwrap();
                }
            });
        }
    });
    assert_eq!(place.open(&by_identity()).list().unwrap().len(), 40);
    let left: Vec<_> = fs::read_dir(place.root.join("secrets")).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn a_passphrase_is_asked_for_once_and_may_be_mistyped_twice() {
    let person = Person::typing(&["correct horse", "correct horse"]);
    let place = Place::new(person.clone());
    let definition = by_passphrase(PassphraseSource::Prompt);
    place.create(&definition).unwrap();
    assert_eq!(
        person.asked(),
        [
            "New passphrase for the encrypted file team.age: ",
            "The same again: "
        ]
    );
    person
        .answers
        .lock()
        .unwrap()
        .extend(["battery", "staple", "correct horse"]);
    let store = place.open(&definition);
    // Nobody is asked by what only looks.
    assert_eq!(
        shown(&store.probe().unwrap_err()),
        "the encrypted file team.age is locked | use one of its secrets: you are asked for the passphrase then"
    );
    assert_eq!(person.asked(), Vec::<String>::new());
    store.unlock().unwrap();
    assert_eq!(store.probe().unwrap(), Some(0));
    store.put("a", &value("1")).unwrap();
    assert_eq!(got(&*store, "a").unwrap(), "1");
    let again = "That is not the passphrase of the encrypted file team.age. Try again: ";
    assert_eq!(
        person.asked(),
        ["Passphrase of the encrypted file team.age: ", again, again]
    );
    person
        .answers
        .lock()
        .unwrap()
        .extend(["battery", "staple", "battery"]);
    let error = place.open(&definition).unlock().unwrap_err();
    assert_eq!(
        shown(&error),
        "the encrypted file team.age: the passphrase is wrong | run it again, and type the passphrase that the file was created with"
    );
    assert_eq!(person.asked().len(), 3);
    let error = place.open(&definition).unlock().unwrap_err();
    assert_eq!(
        shown(&error),
        "the encrypted file team.age: it is locked, and nobody typed its passphrase | without a terminal, Sheaf takes it \
         from where sheaf.ron says: `passphrase: variable(\"NAME\")` or `passphrase: file(\"PATH\")`"
    );
}

#[test]
fn two_different_passphrases_create_nothing() {
    let place = Place::new(Person::typing(&["correct horse", "correct house"]));
    let error = place
        .create(&by_passphrase(PassphraseSource::Prompt))
        .unwrap_err();
    assert_eq!(
        error,
        "the encrypted file team.age: the two passphrases are not the same | nothing was created: try again"
    );
    assert!(!place.root.join("team.age").exists());
}

#[test]
fn a_passphrase_comes_from_a_variable_or_a_file() {
    let place = Place::new(Arc::new(Person {
        variable: Some(("TEAM", "correct horse")),
        ..Person::default()
    }));
    let by_variable = by_passphrase(PassphraseSource::Variable("TEAM".to_owned()));
    place.create(&by_variable).unwrap();
    place.open(&by_variable).put("a", &value("1")).unwrap();
    fs::write(place.root.join("passphrase"), "correct horse\n").unwrap();
    let by_file = by_passphrase(PassphraseSource::File("passphrase".to_owned()));
    assert_eq!(got(&*place.open(&by_file), "a").unwrap(), "1");
    fs::write(place.root.join("passphrase"), "battery staple\n").unwrap();
    assert_eq!(
        got(&*place.open(&by_file), "a").unwrap_err(),
        "the encrypted file team.age: the passphrase is wrong | correct it where sheaf.ron says that it comes from"
    );
    fs::write(place.root.join("passphrase"), "\n").unwrap();
    assert_eq!(
        got(&*place.open(&by_file), "a").unwrap_err(),
        "the encrypted file team.age: its passphrase is empty, or not text | a passphrase is one line of text"
    );
    let unset = by_passphrase(PassphraseSource::Variable("OTHER".to_owned()));
    assert_eq!(
        got(&*place.open(&unset), "a").unwrap_err(),
        "the encrypted file team.age: it is locked: the environment variable OTHER is not set | set it to the passphrase where Sheaf is started"
    );
}

#[test]
fn a_new_member_gets_in_by_the_recipients() {
    let place = Place::new(Arc::default());
    place.create(&by_identity()).unwrap();
    place.open(&by_identity()).put("a", &value("1")).unwrap();
    let public = |created: &[String]| {
        let (_, public) = created[0].rsplit_once(' ').unwrap();
        public.to_owned()
    };
    let mut newcomer = FileDefinition {
        identity: Some("keys/newcomer.txt".to_owned()),
        ..by_identity()
    };
    let created = place.create(&newcomer).unwrap();
    let theirs = public(&created);
    assert!(theirs.starts_with("age1"), "{created:?}");
    assert!(created[1].starts_with(
        "the encrypted file secrets/team.age is there already: it opens for this identity when"
    ));
    let error = got(&*place.open(&newcomer), "a").unwrap_err();
    assert!(
        error.starts_with("the encrypted file secrets/team.age: the file is not encrypted for this identity | name the right identity"),
        "{error}"
    );
    // Whoever is in cannot shut themselves out.
    let mut member = by_identity();
    member.recipients = vec![theirs.clone()];
    let error = shown(&place.open(&member).put("b", &value("2")).unwrap_err());
    let (error, hint) = error.split_once(" | ").unwrap();
    assert_eq!(
        error,
        "the encrypted file secrets/team.age: you could not open what you write: your public key is not among its recipients"
    );
    let own = hint.split('"').nth(1).unwrap().to_owned();
    assert_eq!(hint, format!("add \"{own}\" to its recipients in sheaf.ron"));
    member.recipients.push(own);
    place.open(&member).put("b", &value("2")).unwrap();
    newcomer.recipients = member.recipients;
    assert_eq!(got(&*place.open(&newcomer), "a").unwrap(), "1");
    place.open(&newcomer).put("c", &value("3")).unwrap();
    assert_eq!(got(&*place.open(&by_identity()), "c").unwrap(), "3");
}

#[test]
fn what_is_missing_or_wrong_is_said_with_a_way_out() {
    let place = Place::new(Arc::default());
    let root = place.root.display().to_string();
    let error = |definition: &FileDefinition| {
        let opened = definition.open(&place.opening).and_then(|store| store.get("a"));
        shown(&opened.unwrap_err()).replace(&root, "ROOT")
    };
    let create = "`sheaf secrets create-scope SCOPE` creates what is missing";
    assert_eq!(
        error(&by_identity()),
        format!(
            "the encrypted file secrets/team.age is not available: there is no file ROOT/secrets/team.age | {create}"
        )
    );
    let put = place.open(&by_identity()).put("a", &value("1")).unwrap_err();
    assert_eq!(shown(&put).replace(&root, "ROOT"), error(&by_identity()));
    place.create(&by_identity()).unwrap();
    fs::rename(place.root.join("keys/identity.txt"), place.root.join("kept.txt")).unwrap();
    assert_eq!(
        error(&by_identity()),
        format!(
            "the encrypted file secrets/team.age is not available: there is no file ROOT/keys/identity.txt | {create}"
        )
    );
    for (text, expected) in [
        ("# nothing\n", "has no secret key in it"),
        ("AGE-SECRET-KEY-1\n", "has something else on line 1"),
        (
            "age-encryption.org/v1\n",
            "is itself encrypted, and Sheaf does not ask for its passphrase",
        ),
    ] {
        fs::write(place.root.join("keys/identity.txt"), text).unwrap();
        let expected =
            format!("the encrypted file secrets/team.age: the identity ROOT/keys/identity.txt {expected} | ");
        assert!(
            error(&by_identity()).starts_with(&expected),
            "{}",
            error(&by_identity())
        );
    }
    let both = FileDefinition {
        passphrase: Some(PassphraseSource::Prompt),
        ..by_identity()
    };
    assert_eq!(
        error(&both),
        "the encrypted file secrets/team.age: sheaf.ron gives both an identity and a passphrase for it | give one of the two"
    );
    let recipient = FileDefinition {
        recipients: vec!["age1x".to_owned()],
        ..by_identity()
    };
    assert!(error(&recipient).contains("the recipient \"age1x\" in sheaf.ron is not a public key"));
    let home = FileDefinition {
        identity: Some("~/identity.txt".to_owned()),
        ..by_identity()
    };
    assert_eq!(
        error(&home),
        "the encrypted file secrets/team.age: ~/identity.txt is below the home folder, and HOME is not set | write it as an \
         absolute path, or set HOME"
    );
}

#[test]
fn it_is_decrypted_again_only_when_it_has_changed() {
    let place = Place::new(Arc::default());
    place.create(&by_identity()).unwrap();
    let store = place.open(&by_identity());
    store.put("a", &value("1")).unwrap();
    // Without the identity nothing can be decrypted; what was is still there.
    let identity = place.root.join("keys/identity.txt");
    let secret = fs::read(&identity).unwrap();
    fs::remove_file(&identity).unwrap();
    assert_eq!(got(&*store, "a").unwrap(), "1");
    let file = place.root.join("secrets/team.age");
    fs::write(&file, fs::read(&file).unwrap()).unwrap();
    assert!(got(&*store, "a").is_err());
    fs::write(&identity, secret).unwrap();
    assert_eq!(got(&*store, "a").unwrap(), "1");
    fs::write(&file, "half a file").unwrap();
    assert_eq!(
        got(&*store, "a").unwrap_err(),
        "the encrypted file secrets/team.age: the file is not one that `age` encrypted | name another file in sheaf.ron, or remove \
         this one and run `sheaf secrets create-scope SCOPE`"
    );
}

#[test]
fn it_is_written_as_people_write_it() {
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES);
    let read = |text: &str| {
        options
            .from_str::<crate::secret::store::StoreDefinition>(text)
            .unwrap()
    };
    for (text, expected) in [
        (
            r#"file(path: "secrets/team.age", identity: "keys/identity.txt")"#,
            by_identity(),
        ),
        (
            r#"file(path: "team.age", passphrase: variable("TEAM"))"#,
            by_passphrase(PassphraseSource::Variable("TEAM".to_owned())),
        ),
        (
            r#"file(path: "team.age", passphrase: prompt)"#,
            by_passphrase(PassphraseSource::Prompt),
        ),
        (
            r#"file(path: "team.age", passphrase: file("p"))"#,
            by_passphrase(PassphraseSource::File("p".to_owned())),
        ),
    ] {
        let definition = read(text);
        assert_eq!(definition, crate::secret::store::StoreDefinition::File(expected));
        let written = options.to_string(&definition).unwrap();
        assert_eq!(read(&written), definition, "{written}");
    }
}
