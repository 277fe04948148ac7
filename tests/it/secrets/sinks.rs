//! Where values may go: what a scope lists, what is of one scope, whom a person is asked about, and nothing in part.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use sheaf::secret::{
    Address, Answer, Ask, AuditLog, Caller, Component, Consent, Destination, Origin, Question, Reference,
    Resolver, ScopeDefinition, ScopeDefinitions, SecretError, SecretValue, Secrets, Sink, Template, Trust,
    open,
};
use tempfile::TempDir;

/// An environment with values for two scopes.
#[derive(Debug)]
struct Container;

impl Caller for Container {
    fn variable(&self, name: &str) -> Option<SecretValue> {
        let value = match name {
            "DB_HOST" => "Db.Example.com",
            "DB_PASSWORD" => "p@evil.example.com/x",
            "WEB_KEY" => "line one\r\nX-Admin: yes",
            _ => return None,
        };
        Some(SecretValue::new(value.into()))
    }

    fn variables(&self, prefix: &str) -> Vec<String> {
        let names = ["DB_HOST", "DB_PASSWORD", "WEB_KEY"].into_iter();
        names
            .filter(|name| name.starts_with(prefix))
            .map(str::to_owned)
            .collect()
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn ask(&self, _question: &str) -> Option<SecretValue> {
        None
    }
}

/// A person who always answers the same, and what they were asked.
struct Person {
    answer: Answer,
    asked: Mutex<Vec<String>>,
}

impl Ask for Person {
    fn ask(&self, question: &Question<'_>) -> Answer {
        let proofs: Vec<String> = question.proofs.iter().map(ToString::to_string).collect();
        let text = format!("{} to {}", proofs.join(" and "), question.destination);
        self.asked.lock().unwrap().push(text);
        self.answer
    }
}

struct Desk {
    secrets: Secrets,
    consent: Consent,
    folder: TempDir,
}

impl Desk {
    fn new(consent: Consent) -> Self {
        let scope = |prefix: &str, sinks: &[&str]| {
            let text = format!("(store: environment(prefix: {prefix:?}), sinks: {sinks:?})");
            let options = ron::Options::default()
                .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES);
            options.from_str::<ScopeDefinition>(&text).unwrap()
        };
        let scopes: ScopeDefinitions = [
            (
                "db".to_owned(),
                scope("DB_", &["db.example.com", "azure:mystore"]),
            ),
            ("web".to_owned(), scope("WEB_", &[])),
        ]
        .into();
        let folder = tempfile::tempdir().unwrap();
        Trust::of(folder.path()).approve(folder.path(), &scopes).unwrap();
        let secrets = Secrets::new(folder.path(), scopes, Some(folder.path()), Arc::new(Container));
        Self {
            secrets,
            consent,
            folder,
        }
    }

    /// Opens an address, and returns it as one text, or why it is refused.
    fn open(&self, address: &str) -> String {
        let address = Address::parse(address).unwrap();
        match open(address, self) {
            Ok(address) => address.to_text().expose_text().unwrap().to_owned(),
            Err(error) => format!("refused: {error}"),
        }
    }

    /// Returns what the audit log says of values that were sent.
    fn sent(&self) -> Vec<(String, bool)> {
        let entries = AuditLog::of(self.folder.path()).read(None).unwrap();
        let sent = entries.entries.iter().filter(|entry| entry.action == "send");
        sent.map(|entry| (entry.key.clone().unwrap_or_default(), entry.allowed))
            .collect()
    }
}

impl Resolver for Desk {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<std::collections::BTreeMap<Reference, SecretValue>, SecretError> {
        self.secrets
            .send(references, destination, &Origin::default(), &self.consent)
    }
}

fn asking(answer: Answer) -> (Desk, Arc<Person>) {
    let person = Arc::new(Person {
        answer,
        asked: Mutex::default(),
    });
    (
        Desk::new(Consent::of(Arc::clone(&person) as Arc<dyn Ask>)),
        person,
    )
}

#[test]
fn a_value_goes_to_the_hosts_that_its_scope_lists_and_to_those_of_the_same_scope() {
    let desk = Desk::new(Consent::default());
    for (address, expected) in [
        (
            "postgres://me:{{secrets/db/password}}@DB.example.com/x",
            "postgres://me:p%40evil.example.com%2Fx@db.example.com/x",
        ),
        (
            "postgres://me:{{secrets/db/password}}@{{secrets/db/host}}/x",
            "postgres://me:p%40evil.example.com%2Fx@db.example.com/x",
        ),
        (
            "https://mystore.dfs.core.windows.net/x?sig={{secrets/db/host}}",
            "https://mystore.dfs.core.windows.net/x?sig=Db.Example.com",
        ),
        (
            "postgres://me:{{secrets/db/password}}@db.example.com.evil.com/x",
            "refused: the value of {{secrets/db/password}} may not go to db.example.com.evil.com",
        ),
        (
            "postgres://db.example.com:{{secrets/db/password}}@evil.com/x",
            "refused: the value of {{secrets/db/password}} may not go to evil.com",
        ),
        (
            "https://{{secrets/db/host}}/?key={{secrets/web/key}}",
            "refused: the value of {{secrets/web/key}} may not go to {{secrets/db/host}}",
        ),
        (
            "postgres://me:{{secrets/nowhere/password}}@db.example.com/x",
            "refused: there is no scope \"nowhere\" in this workspace",
        ),
    ] {
        assert_eq!(desk.open(address), expected, "{address}");
    }
}

#[test]
fn nothing_is_looked_up_where_one_value_may_not_go_there() {
    let desk = Desk::new(Consent::default());
    let mixed = "postgres://{{secrets/web/key}}:{{secrets/db/password}}@db.example.com/x";
    assert_eq!(
        desk.open(mixed),
        "refused: the value of {{secrets/web/key}} may not go to db.example.com"
    );
    assert_eq!(desk.sent(), [("key".to_owned(), false)]);
}

#[test]
fn a_person_is_asked_once_for_all_and_by_session_never_again() {
    let address = "https://other.example.com/?a={{secrets/db/host}}&b={{secrets/web/key}}";
    let asked = "{{secrets/db/host}} and {{secrets/web/key}} to other.example.com";
    let (desk, person) = asking(Answer::Session);
    for _ in 0..2 {
        assert!(
            desk.open(address)
                .starts_with("https://other.example.com/?a=Db.Example.com&b=")
        );
    }
    assert_eq!(*person.asked.lock().unwrap(), [asked]);
    // Another place is another question.
    desk.open("https://third.example.com/?a={{secrets/db/host}}");
    assert_eq!(person.asked.lock().unwrap().len(), 2);
    let (desk, person) = asking(Answer::Once);
    for _ in 0..2 {
        assert!(desk.open(address).starts_with("https://"));
    }
    assert_eq!(*person.asked.lock().unwrap(), [asked, asked]);
    let (desk, _) = asking(Answer::No);
    assert_eq!(
        desk.open(address),
        "refused: the value of {{secrets/db/host}} may not go to other.example.com"
    );
    assert!(desk.sent().iter().all(|(_, allowed)| !allowed));
}

/// A request, as one that comes later will be: its headers are components.
struct Request(Vec<(Component, Template)>);

impl Sink for Request {
    type Open = usize;

    fn destination(&self) -> Destination {
        Destination::parse("db.example.com").unwrap()
    }

    fn components(&self) -> Vec<(Component, Template)> {
        self.0.clone()
    }

    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<usize, SecretError> {
        Ok(components.len())
    }
}

#[test]
fn a_header_is_one_line() {
    let (desk, _) = asking(Answer::Once);
    let request = |text: &str| {
        let header = Component::Header("Authorization".to_owned());
        let opened = open(Request(vec![(header, Template::of(text))]), &desk);
        opened.map_err(|error| error.to_string())
    };
    assert_eq!(request("Bearer {{secrets/db/password}}"), Ok(1));
    assert_eq!(
        request("Bearer {{secrets/web/key}}").unwrap_err(),
        "the value for the header \"Authorization\" cannot be used: it has a line break"
    );
}
