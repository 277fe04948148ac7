//! What a vault answers: secrets, pages of a list, and complaints.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::WWW_AUTHENTICATE;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::secret::azure::AzureCredentials;
use crate::secret::http::{Reply, retry_after};
use crate::secret::reference::Reference;
use crate::secret::store::{Metadata, StoreError};
use crate::secret::value::SecretValue;

/// A secret with its value.
pub(super) struct Secret {
    id: Option<String>,
    pub(super) value: SecretValue,
}

/// A part of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    value: Vec<Item>,
    #[serde(default, rename = "nextLink")]
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
struct Attributes {
    updated: Option<u64>,
}

/// Why the vault does not do what it was asked.
pub(super) struct Complaint {
    status: u16,
    code: String,
    inner: String,
    /// How long it wants to be left alone.
    wait: Option<Duration>,
    /// The directory whose tokens it takes, where that is not the one of the credentials.
    other_tenant: Option<String>,
}

/// Reads a secret.
pub(super) fn secret(body: &[u8]) -> Option<Secret> {
    #[derive(Deserialize)]
    struct Answered {
        id: Option<String>,
        value: String,
    }
    let Answered { id, value } = serde_json::from_slice(body).ok()?;
    Some(Secret {
        id,
        value: SecretValue::new(value.into_bytes()),
    })
}

/// Reads a page of the list.
pub(super) fn page(body: &[u8]) -> Option<Page> {
    let mut page: Page = serde_json::from_slice(body).ok()?;
    page.next = page.next.filter(|link| !link.is_empty());
    Some(page)
}

/// Returns what is sent to store a value.
pub(super) fn body(value: &str) -> Zeroizing<Vec<u8>> {
    // Large enough at once, also where every letter is escaped: a buffer that grows leaves copies behind that nobody zeroes.
    let mut body = Zeroizing::new(Vec::with_capacity(value.len() * 6 + 16));
    body.extend_from_slice(b"{\"value\":");
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(&mut *body, value);
    body.push(b'}');
    body
}

impl Secret {
    /// Returns its name as the vault has it.
    pub(super) fn name(&self) -> Option<&str> {
        self.id.as_deref().and_then(name)
    }
}

impl Page {
    /// Returns its secrets, without those whose names are no keys.
    pub(super) fn entries(&self) -> Vec<Metadata> {
        let items = self.value.iter();
        let entries = items.filter_map(|item| {
            let key = name(&item.id).filter(|name| Reference::check_key(name).is_ok())?;
            let since = item.attributes.updated.map(Duration::from_secs);
            Some(Metadata {
                key: key.to_owned(),
                modified: since.and_then(|since| UNIX_EPOCH.checked_add(since)),
            })
        });
        entries.collect()
    }
}

/// Returns the name in an id, `https://HOST/secrets/NAME` with or without a version behind it.
fn name(id: &str) -> Option<&str> {
    let (_, rest) = id.split_once("/secrets/")?;
    rest.split('/').next().filter(|name| !name.is_empty())
}

impl Complaint {
    pub(super) fn of(reply: &Reply, credentials: &AzureCredentials) -> Self {
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        // Codes alone: what else is written there could hold what was sent.
        let code = |place: &str| {
            let text = body
                .pointer(place)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default();
            let letters = text.chars().take_while(char::is_ascii_alphanumeric);
            letters.take(60).collect::<String>()
        };
        Self {
            status: reply.status,
            code: code("/error/code"),
            inner: code("/error/innererror/code"),
            wait: retry_after(&reply.headers),
            other_tenant: tenant(reply).filter(|tenant| match credentials {
                AzureCredentials::ManagedIdentity(_) => false,
                AzureCredentials::ServicePrincipal(principal) => *tenant != principal.tenant,
            }),
        }
    }

    /// Returns whether the secret is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404
    }

    /// Returns it as an error; `vault` is what Azure's own tools call the vault.
    pub(super) fn error(&self, store: &str, vault: &str, key: &str) -> StoreError {
        if self.status == 429 || self.status >= 500 {
            return StoreError::Unavailable {
                store: store.to_owned(),
                reason: match self.status {
                    429 => "it is asked too often".to_owned(),
                    status => format!("it is out of order (status {status})"),
                },
                hint: Some(match self.wait {
                    Some(wait) => format!("it wants to be left alone for {} seconds", wait.as_secs()),
                    None => "try again in some minutes".to_owned(),
                }),
            };
        }
        let (reason, hint) = self.reason(vault, key);
        StoreError::Unusable {
            store: store.to_owned(),
            reason,
            hint,
        }
    }

    fn reason(&self, vault: &str, key: &str) -> (String, String) {
        let code = if self.inner.is_empty() {
            &self.code
        } else {
            &self.inner
        };
        let with_code = |text: &str| {
            if code.is_empty() {
                format!("{text} (status {})", self.status)
            } else {
                format!("{text} ({code})")
            }
        };
        match (self.status, self.inner.as_str()) {
            (401, _) => match &self.other_tenant {
                Some(tenant) => (
                    format!("it takes tokens of the tenant {tenant} alone"),
                    "give that `tenant` in sheaf.ron, with an application that it knows".to_owned(),
                ),
                None => (
                    with_code("it does not accept who Sheaf is"),
                    "compare the credentials in sheaf.ron with the vault's page in Azure".to_owned(),
                ),
            },
            (403, "SecretDisabled") => (
                format!("the secret {key:?} is disabled"),
                format!("enable it: az keyvault secret set-attributes --vault-name {vault} --name {key} --enabled true"),
            ),
            (403, "ForbiddenByFirewall") => (
                "its firewall does not let this machine in".to_owned(),
                "allow this network on the vault's page in Azure".to_owned(),
            ),
            (403, _) => (
                with_code("it does not allow that"),
                "give the identity the role \"Key Vault Secrets User\" to read, or \"Key Vault Secrets Officer\" to write, \
                 or the same by an access policy; that takes some minutes to count"
                    .to_owned(),
            ),
            (404, _) => (
                with_code("there is no such vault"),
                "check its url in sheaf.ron".to_owned(),
            ),
            (409, "ObjectIsDeletedButRecoverable") => (
                format!("{key:?} was deleted, and the vault keeps it, and its name, until it is purged"),
                format!(
                    "bring it back and put it again: az keyvault secret recover --vault-name {vault} --name {key}; or remove it \
                     for ever: az keyvault secret purge --vault-name {vault} --name {key}"
                ),
            ),
            (409, _) => (
                with_code(&format!("{key:?} is being changed")),
                "try again in a minute".to_owned(),
            ),
            (300..=399, _) => (
                with_code("it sends requests on to another address, which Sheaf does not follow"),
                "check its url in sheaf.ron".to_owned(),
            ),
            _ => (
                with_code("it refuses"),
                "compare the url in sheaf.ron with the vault's page in Azure".to_owned(),
            ),
        }
    }
}

/// Returns the directory that the vault names with a 401: `Bearer authorization="https://login…/TENANT", resource="…"`.
fn tenant(reply: &Reply) -> Option<String> {
    let challenge = reply.headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, rest) = challenge.split_once("authorization=\"")?;
    let (address, _) = rest.split_once('"')?;
    let tenant = address.trim_end_matches('/').rsplit('/').next()?;
    let is_id = tenant
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    (is_id && !tenant.is_empty()).then(|| tenant.to_owned())
}
