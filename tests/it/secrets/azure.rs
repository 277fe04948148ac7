//! Azure Key Vault, against a double of its documented interface.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use sheaf::error::Problem as _;
use sheaf::secret::store::{Opening, SecretStore, StoreError};
use sheaf::secret::{Nobody, Origin, Reference, ScopeDefinitions, SecretValue, Secrets, Trust};
use sheaf::work::Interrupt;

use super::stores::{Variables, definition, suite};
use super::vault_double::{CLIENT, IDENTITY_HEADER, TENANT, Trouble, VaultDouble};

/// Opens a vault as an app service does that has an identity.
fn open(vault: &VaultDouble) -> Box<dyn SecretStore> {
    opened(vault, "managed_identity()").unwrap()
}

fn opened(vault: &VaultDouble, credentials: &str) -> Result<Box<dyn SecretStore>, StoreError> {
    let text = format!(
        "azure_key_vault(url: {:?}, credentials: {credentials})",
        vault.url
    );
    definition(&text).open(&Opening {
        scope: "app".to_owned(),
        caller: Arc::new(identity(vault)),
        ..Opening::default()
    })
}

fn identity(vault: &VaultDouble) -> Variables {
    let variables = [
        ("IDENTITY_ENDPOINT", format!("{}/msi/token", vault.url)),
        ("IDENTITY_HEADER", IDENTITY_HEADER.to_owned()),
    ];
    Variables(
        variables
            .map(|(name, value)| (name.to_owned(), value.into_bytes()))
            .into(),
    )
}

fn value(text: &str) -> SecretValue {
    SecretValue::new(text.as_bytes().to_vec())
}

/// Returns what came of a question: the value, or the error with its hint.
fn shown(vault: &VaultDouble, result: Result<SecretValue, StoreError>) -> String {
    let text = match result {
        Ok(value) => value.expose_text().unwrap().to_owned(),
        Err(error) => {
            let text = format!("{error} | {}", error.hint().unwrap_or_default());
            assert!(
                !text.contains("hunter2") && !text.contains("the-token"),
                "a secret is in an error"
            );
            text
        }
    };
    text.replace(&vault.url, "VAULT")
}

#[test]
fn it_does_what_it_declares() {
    let vault = VaultDouble::start();
    suite(&|| open(&vault), &[]);
}

#[test]
fn a_token_is_kept_and_a_list_has_many_pages() {
    let vault = VaultDouble::start();
    let store = open(&vault);
    for number in 0..60 {
        store.put(&format!("key-{number:02}"), &value("hunter2")).unwrap();
    }
    vault.requests();
    let list = store.list().unwrap();
    let keys: Vec<String> = (0..60).map(|number| format!("key-{number:02}")).collect();
    assert_eq!(
        list.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>(),
        keys
    );
    let updated = SystemTime::UNIX_EPOCH + Duration::from_hours(498_854);
    assert_eq!(list[0].modified, Some(updated));
    assert_eq!(shown(&vault, store.get("key-07")), "hunter2");
    assert_eq!(
        vault.requests(),
        [
            "GET /secrets",
            "GET /secrets",
            "GET /secrets",
            "GET /secrets/key-07"
        ]
    );
    // One that is not accepted any more is renewed, and one that has nearly expired.
    vault.revoke();
    assert_eq!(shown(&vault, store.get("key-07")), "hunter2");
    assert_eq!(
        vault.requests(),
        ["GET /secrets/key-07", "GET /msi/token", "GET /secrets/key-07"]
    );
    vault.lasts(1);
    vault.revoke();
    store.get("key-07").unwrap();
    vault.requests();
    thread::sleep(Duration::from_millis(1_100));
    store.get("key-07").unwrap();
    assert_eq!(vault.requests(), ["GET /msi/token", "GET /secrets/key-07"]);
}

#[test]
fn what_is_deleted_keeps_its_name_until_it_is_purged() {
    let vault = VaultDouble::start();
    let store = open(&vault);
    store.put("password", &value("hunter2")).unwrap();
    store.delete("password").unwrap();
    assert_eq!(
        store
            .left_of_deleted("password")
            .unwrap()
            .replace(&vault.url, "VAULT"),
        "the vault VAULT keeps what was deleted, and its name, until it is purged; `az keyvault secret recover --vault-name 127 --name \
         password` brings it back"
    );
    let missing = "there is no secret \"password\" in the vault VAULT | store it with `sheaf secrets put-secret SCOPE password`";
    assert_eq!(shown(&vault, store.get("password")), missing);
    let put = || store.put("password", &value("hunter2")).map(|()| value("put"));
    assert_eq!(
        shown(&vault, put()),
        "the vault VAULT: \"password\" was deleted, and the vault keeps it, and its name, until it is purged | bring it back and put \
         it again: az keyvault secret recover --vault-name 127 --name password; or remove it for ever: az keyvault secret purge \
         --vault-name 127 --name password"
    );
    vault.purge("password");
    assert_eq!(shown(&vault, put()), "put");
}

#[test]
fn names_and_values_that_it_cannot_have_are_refused_before_anything_is_sent() {
    let vault = VaultDouble::start();
    let store = open(&vault);
    store.put("SqlPassword", &value("hunter2")).unwrap();
    vault.requests();
    assert_eq!(
        shown(&vault, store.get("sql_password.1")),
        "the vault VAULT: the key \"sql_password.1\" cannot be a name there | a name there has 1 to 127 letters, digits and dashes, \
         such as \"sql-password-1\""
    );
    assert!(store.get(&"k".repeat(128)).is_err());
    assert_eq!(vault.requests(), Vec::<String>::new());
    assert_eq!(
        shown(&vault, store.get("sqlpassword")),
        "the vault VAULT: the key \"sqlpassword\" is called \"SqlPassword\" there | use the key \"SqlPassword\""
    );
}

#[test]
fn every_refusal_has_its_message() {
    let vault = VaultDouble::start();
    let store = open(&vault);
    store.put("password", &value("hunter2")).unwrap();
    let code = |status, code: &str| {
        let error =
            json!({"error": {"code": "Forbidden", "message": "hunter2", "innererror": {"code": code}}});
        Trouble::Answer(status, String::new(), error)
    };
    let after = |status, header: &str| Trouble::Answer(status, header.to_owned(), json!({}));
    let role = "give the identity the role \"Key Vault Secrets User\" to read, or \"Key Vault Secrets Officer\" to write, or the same \
                by an access policy; that takes some minutes to count";
    for (trouble, expected) in [
        (
            vec![code(403, "ForbiddenByRbac")],
            format!("the vault VAULT: it does not allow that (ForbiddenByRbac) | {role}"),
        ),
        (
            vec![code(403, "ForbiddenByFirewall")],
            "the vault VAULT: its firewall does not let this machine in | allow this network on the vault's page in Azure".to_owned(),
        ),
        (
            vec![code(400, "")],
            "the vault VAULT: it refuses (Forbidden) | compare the url in sheaf.ron with the vault's page in Azure".to_owned(),
        ),
        (
            vec![after(429, "Retry-After: 60")],
            "the vault VAULT is not available: it is asked too often | it wants to be left alone for 60 seconds".to_owned(),
        ),
        (
            vec![after(503, ""); 4],
            "the vault VAULT is not available: it is out of order (status 503) | try again in some minutes".to_owned(),
        ),
        // In between it gets well.
        (vec![after(429, "Retry-After: 1"), after(500, "")], "hunter2".to_owned()),
        (
            vec![after(302, "Location: http://127.0.0.1:1/secrets/password")],
            "the vault VAULT: it sends requests on to another address, which Sheaf does not follow (status 302) | check its url in \
             sheaf.ron"
                .to_owned(),
        ),
        (
            vec![after(200, "")],
            "the vault VAULT: its answer is not that of a vault | check the url in sheaf.ron; a proxy may have answered".to_owned(),
        ),
    ] {
        vault.troubles(trouble);
        assert_eq!(shown(&vault, store.get("password")), expected);
    }
    vault.troubles([]);
    vault.disable("password");
    assert_eq!(
        shown(&vault, store.get("password")),
        "the vault VAULT: the secret \"password\" is disabled | enable it: az keyvault secret set-attributes --vault-name 127 --name \
         password --enabled true"
    );
}

#[test]
fn a_list_does_not_continue_elsewhere() {
    let (vault, other) = (VaultDouble::start(), VaultDouble::start());
    let store = open(&vault);
    for link in [
        format!("{}/secrets?api-version=7.4&maxresults=25", other.url),
        "nowhere".to_owned(),
    ] {
        vault.troubles([Trouble::Continues(link)]);
        let listed = store.list().map(|_| value("listed"));
        assert_eq!(
            shown(&vault, listed),
            "the vault VAULT: its list continues at another host, to which nothing is sent | check the url in sheaf.ron; a proxy may \
             have changed the answer"
        );
    }
    assert_eq!(other.requests(), Vec::<String>::new());
}

#[test]
fn a_vault_that_is_silent_is_given_up_and_someone_can_stop_waiting() {
    let vault = VaultDouble::start();
    let store = open(&vault);
    store.unlock().unwrap();
    vault.troubles([
        Trouble::Silence(Duration::from_secs(20)),
        Trouble::Silence(Duration::from_secs(20)),
    ]);
    let begun = Instant::now();
    assert_eq!(
        shown(&vault, store.get("password")),
        "the vault VAULT did not answer within 8 seconds | a dialog may be waiting for you; otherwise restart the store"
    );
    assert!(begun.elapsed() < Duration::from_secs(12));
    let interrupt = Interrupt::default();
    let presser = interrupt.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        presser.trigger();
    });
    let begun = Instant::now();
    let stopped = interrupt.watched(|| store.get("password"));
    assert_eq!(shown(&vault, stopped), "the vault VAULT: interrupted | ");
    assert!(begun.elapsed() < Duration::from_secs(3));
    // Nobody is there.
    let gone = opened(&vault, "managed_identity()").unwrap();
    gone.unlock().unwrap();
    let url = vault.url.clone();
    drop(vault);
    thread::sleep(Duration::from_millis(100));
    let error = gone
        .get("password")
        .unwrap_err()
        .to_string()
        .replace(&url, "VAULT");
    assert!(error.starts_with("the vault VAULT is not available: "), "{error}");
}

#[test]
fn identities_that_are_not_there_or_not_taken_are_said() {
    let vault = VaultDouble::start();
    let principal = |tenant: &str, more: &str| {
        format!(
            "service_principal(tenant: {tenant:?}, client_id: {:?}, client_secret: \"{{{{secrets/own/client}}}}\"{more})",
            CLIENT.0
        )
    };
    let local = format!(", authority: {:?}", vault.url);
    let open = |credentials: &str, secret: &str| {
        let text = format!(
            "azure_key_vault(url: {:?}, credentials: {credentials})",
            vault.url
        );
        let reference = Reference::new("own", "client").unwrap();
        let secrets = (!secret.is_empty()).then(|| (reference, value(secret)));
        let opening = Opening {
            secrets: secrets.into_iter().collect(),
            caller: Arc::new(identity(&vault)),
            ..Opening::default()
        };
        let opened = definition(&text).open(&opening);
        shown(
            &vault,
            opened.and_then(|store| store.put("a", &value("hunter2")).map(|()| value("put"))),
        )
    };
    for (credentials, secret, expected) in [
        (principal(TENANT, &local), CLIENT.1, "put"),
        (
            principal(TENANT, &local),
            "hunter2",
            "the vault VAULT: Azure gives no token: the client secret is wrong or has expired (AADSTS7000215) | create a new one in \
             Azure, and store it with `sheaf secrets put-secret` where `client_secret` says",
        ),
        (
            principal("nowhere.example.com", &local),
            CLIENT.1,
            "the vault VAULT: Azure gives no token: there is no such tenant (AADSTS90002) | take the tenant's id from the application's \
             page in Azure",
        ),
        (
            principal("../evil", &local),
            CLIENT.1,
            "the vault VAULT: the tenant \"../evil\" in sheaf.ron is not an id | take it from the application's page in Azure",
        ),
        (
            principal(TENANT, ", authority: \"https://login.evil.com\""),
            CLIENT.1,
            "the vault VAULT: the authority https://login.evil.com is not one of Azure | leave it out: it is known from the vault",
        ),
        (
            principal(TENANT, &local),
            "",
            "the vault VAULT is locked | use one of its secrets: {{secrets/own/client}} is looked up then",
        ),
        (
            principal(TENANT, &local).replace("{{secrets/own/client}}", "hunter2"),
            "",
            "the vault VAULT: the client_secret in sheaf.ron is not a reference to a secret | write it as \"{{secrets/scope/key}}\", of \
             another scope",
        ),
        (
            "managed_identity(client_id: \"11111111-0000-0000-0000-000000000000\")".to_owned(),
            "",
            "the vault VAULT: Azure gives no token: this machine does not have that identity (invalid_request) | assign it to the \
             machine, or correct the `client_id` of `managed_identity`",
        ),
    ] {
        assert_eq!(open(&credentials, secret), expected, "{credentials}");
    }
    let text = format!("azure_key_vault(url: {:?})", vault.url);
    let without = definition(&text).open(&Opening {
        caller: Arc::new(Nobody),
        ..Opening::default()
    });
    assert_eq!(
        shown(&vault, without.and_then(|store| store.get("a"))),
        "the vault VAULT: a token of Azure is not sent to a host of this machine | name a vault of Azure: https://NAME.vault.azure.net"
    );
    let evil = definition("azure_key_vault(url: \"https://myvault.vault.azure.net.evil.com\")");
    assert_eq!(
        evil.open(&Opening::default()).err().unwrap().to_string(),
        "the vault https://myvault.vault.azure.net.evil.com: its url: its host is not a vault of Azure"
    );
}

#[test]
fn a_client_secret_comes_from_another_scope_and_never_from_a_circle() {
    let vault = VaultDouble::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("client"), CLIENT.1).unwrap();
    let scopes = |reference: &str| -> ScopeDefinitions {
        let credentials = format!(
            "service_principal(tenant: {TENANT:?}, client_id: {:?}, client_secret: {reference:?}, authority: {:?})",
            CLIENT.0, vault.url
        );
        let store = |credentials: &str| {
            format!(
                "(store: azure_key_vault(url: {:?}, credentials: {credentials}))",
                vault.url
            )
        };
        let back = credentials.replace(reference, "{{secrets/app/key}}");
        let text = format!(
            "{{\"app\": {}, \"own\": (store: folder(path: \".\")), \"back\": {}}}",
            store(&credentials),
            store(&back)
        );
        let options = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES);
        options.from_str(&text).unwrap()
    };
    let open = |reference: &str| {
        let scopes = scopes(reference);
        let state = folder.path().join("state");
        Trust::of(&state).approve(folder.path(), &scopes).unwrap();
        Secrets::new(folder.path(), scopes, Some(&state), Arc::new(Nobody))
    };
    let (key, origin) = (Reference::new("app", "password").unwrap(), Origin::default());
    let secrets = open("{{secrets/own/client}}");
    secrets.put(&key, value("hunter2"), &origin).unwrap();
    assert_eq!(secrets.reveal(&key, &origin).unwrap().expose(), b"hunter2");
    let authority = format!("POST /{TENANT}/oauth2/v2.0/token");
    assert_eq!(
        vault.requests(),
        [
            authority.as_str(),
            "PUT /secrets/password",
            "GET /secrets/password"
        ]
    );
    let error = open("{{secrets/back/key}}").get(&key, &origin).unwrap_err();
    assert_eq!(
        error.to_string(),
        "scope \"app\": its credentials: they come from a scope that needs them: app → back → app"
    );
    let error = open("{{secrets/own/gone}}").get(&key, &origin).unwrap_err();
    assert_eq!(
        error.to_string(),
        "scope \"own\": there is no secret \"gone\" in the folder ."
    );
    assert_eq!(vault.requests(), Vec::<String>::new());
}
