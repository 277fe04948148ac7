//! [`AzurePlace`]: the account, the container and the folder that a source of Azure names.

use url::Url;

use crate::storage::remote::place::{folder, is_this_machine};
use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

/// The domains of Azure's clouds.
const DOMAINS: [&str; 3] = [
    "core.windows.net",
    "core.chinacloudapi.cn",
    "core.usgovcloudapi.net",
];
/// The setting for a service that is not at Azure's own host.
pub(super) const ENDPOINT: &str = "endpoint";

/// A place in a container of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AzurePlace {
    pub(super) account: String,
    pub(super) container: String,
    /// The folder in the container: parts joined by `/`.
    pub(super) prefix: String,
    /// The address of the account, without a `/` at its end.
    pub(super) endpoint: String,
    /// The host of that.
    pub(super) host: String,
    /// The address of the container.
    pub(super) address: String,
    /// Whether it is a service of this machine.
    pub(super) is_local: bool,
    /// Whether the endpoint is one that the settings name.
    pub(super) is_own_endpoint: bool,
}

impl AzurePlace {
    /// Reads a source: `wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/FOLDER`.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SettingError> {
        let scheme = source.text.split(':').next().unwrap_or_default();
        let wrong = |reason: &str| SettingError::Place {
            source_text: source.text.to_owned(),
            reason: reason.to_owned(),
            hint: format!(
                "write \"{scheme}://CONTAINER@ACCOUNT.{}.core.windows.net/FOLDER\"",
                kind(scheme)
            ),
        };
        let rest = source
            .place
            .strip_prefix("//")
            .ok_or_else(|| wrong("there is no // behind the scheme"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (container, host) = match authority.split_once('@') {
            Some((container, host)) => (container, host.to_ascii_lowercase()),
            None if scheme == "az" => (authority, named_account(source).unwrap_or_default()),
            None => return Err(wrong("it does not say which container of which account")),
        };
        if host.is_empty() {
            return Err(wrong("it does not say which account"));
        }
        if !is_container(container) {
            return Err(wrong(
                "the name of a container has 3 to 63 lower-case letters, digits and single dashes",
            ));
        }
        let (account, domain) = match host.split_once('.') {
            None if scheme == "az" => (host.as_str(), "core.windows.net"),
            None => return Err(wrong("the host of the account is not complete")),
            Some((account, rest)) => {
                let domain = rest.strip_prefix("blob.").or_else(|| rest.strip_prefix("dfs."));
                let known = domain.and_then(|domain| DOMAINS.iter().find(|known| **known == domain));
                (
                    account,
                    *known.ok_or_else(|| wrong("its host is not one of Azure's storage"))?,
                )
            }
        };
        if !is_account(account) {
            return Err(wrong(
                "the name of an account has 3 to 24 lower-case letters and digits",
            ));
        }
        let prefix = folder(path).ok_or_else(|| wrong("there is a .. in it"))?;
        let own = source.configs.get(ENDPOINT);
        let endpoint = match own {
            Some(endpoint) => endpoint_of(endpoint, account)?,
            None => Endpoint {
                host: format!("{account}.blob.{domain}"),
                address: format!("https://{account}.blob.{domain}"),
                is_local: false,
            },
        };
        if scheme == "wasb" && !endpoint.is_local {
            return Err(SettingError::Place {
                source_text: source.text.to_owned(),
                reason: "wasb: has no TLS, so that everyone on the way reads along".to_owned(),
                hint: format!("write wasbs:{}", source.place),
            });
        }
        Ok(Self {
            account: account.to_owned(),
            container: container.to_owned(),
            prefix,
            address: format!("{}/{container}", endpoint.address),
            endpoint: endpoint.address,
            host: endpoint.host,
            is_local: endpoint.is_local,
            is_own_endpoint: own.is_some(),
        })
    }
}

/// The address of an account.
struct Endpoint {
    host: String,
    address: String,
    is_local: bool,
}

/// Reads the setting for a service that is not at Azure's own host.
fn endpoint_of(text: &str, account: &str) -> Result<Endpoint, SettingError> {
    let wrong = |reason: &str| SettingError::Unfit {
        name: ENDPOINT.to_owned(),
        reason: reason.to_owned(),
        hint: "write the address of the account, such as \"https://storage.example.com/ACCOUNT\"".to_owned(),
    };
    let url = Url::parse(text).map_err(|_| wrong("it is not an address"))?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong("there is more in it than a host and a path"));
    }
    let is_local = is_this_machine(&url);
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        "http" => return Err(wrong("it has no TLS, and is not on this machine")),
        _ => return Err(wrong("it is not https")),
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let path = url.path().trim_matches('/');
    // An address has the account in its path, or in its host.
    let is_named = path.split('/').any(|part| part == account) || host.split('.').next() == Some(account);
    let mut address = url.as_str().trim_end_matches('/').to_owned();
    if !is_named {
        address = format!("{address}/{account}");
    }
    Ok(Endpoint {
        host,
        address,
        is_local,
    })
}

/// Returns the account that the settings of an `az:` source, or the environment, name.
fn named_account(source: &Source<'_>) -> Option<String> {
    let by_setting = source.configs.keys().find_map(|name| {
        let parts = name.split('.').collect::<Vec<_>>();
        let kind = parts.iter().rposition(|part| matches!(*part, "blob" | "dfs"))?;
        Some((*parts.get(kind.checked_sub(1)?)?).to_owned())
    });
    let by_endpoint = || {
        let url = Url::parse(source.configs.get(ENDPOINT)?).ok()?;
        let path = url.path().trim_matches('/').to_owned();
        (!path.is_empty()).then_some(path)
    };
    let by_environment = || {
        let names = ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"];
        let found = names
            .iter()
            .find_map(|name| source.access.caller.variable(name))?;
        Some(found.expose_text()?.to_owned())
    };
    by_setting.or_else(by_endpoint).or_else(by_environment)
}

fn kind(scheme: &str) -> &'static str {
    if scheme == "abfss" { "dfs" } else { "blob" }
}

fn is_account(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_container(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let parts_are_plain = name
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(is_plain));
    (3..=63).contains(&name.len()) && parts_are_plain || matches!(name, "$root" | "$web" | "$logs")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::storage::access::Access;
    use crate::storage::store::Configs;

    fn read(text: &str, configs: &[(&str, &str)]) -> Result<AzurePlace, SettingError> {
        let configs: Configs = configs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let access = Access::default();
        let (_, place) = text.split_once(':').unwrap();
        AzurePlace::read(&Source {
            text,
            place,
            root: Path::new("/"),
            configs: &configs,
            access: &access,
        })
    }

    #[test]
    fn a_place_is_the_same_however_it_is_spelled() {
        for (text, configs, address, prefix) in [
            (
                "wasbs://data@acme.blob.core.windows.net",
                &[][..],
                "https://acme.blob.core.windows.net/data",
                "",
            ),
            (
                "wasbs://data@ACME.blob.core.windows.net/",
                &[],
                "https://acme.blob.core.windows.net/data",
                "",
            ),
            (
                "abfss://data@acme.dfs.core.windows.net/a//b/",
                &[],
                "https://acme.blob.core.windows.net/data",
                "a/b",
            ),
            (
                "az://data@acme/a",
                &[],
                "https://acme.blob.core.windows.net/data",
                "a",
            ),
            (
                "az://data/a",
                &[("fs.azure.account.key.acme.blob.core.windows.net", "")],
                "https://acme.blob.core.windows.net/data",
                "a",
            ),
            (
                "wasb://data@devstoreaccount1.blob.core.windows.net/a",
                &[("endpoint", "http://127.0.0.1:10000/devstoreaccount1/")],
                "http://127.0.0.1:10000/devstoreaccount1/data",
                "a",
            ),
            (
                "wasbs://data@acme.blob.core.windows.net",
                &[("endpoint", "http://localhost:1")],
                "http://localhost:1/acme/data",
                "",
            ),
        ] {
            let place = read(text, configs).unwrap();
            assert_eq!(
                (place.address.as_str(), place.prefix.as_str()),
                (address, prefix),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_place_says_why() {
        for (text, configs, expected) in [
            ("wasbs:data", &[][..], "there is no // behind the scheme"),
            (
                "wasbs://data",
                &[],
                "it does not say which container of which account",
            ),
            ("az://data", &[], "it does not say which account"),
            (
                "wasbs://data@acme",
                &[],
                "the host of the account is not complete",
            ),
            (
                "wasbs://data@acme.blob.core.windows.net.evil.org",
                &[],
                "its host is not one of Azure's storage",
            ),
            (
                "wasbs://da_ta@acme.blob.core.windows.net",
                &[],
                "the name of a container has",
            ),
            (
                "wasbs://data@acme.blob.core.windows.net/a/../b",
                &[],
                "there is a .. in it",
            ),
            ("wasb://data@acme.blob.core.windows.net", &[], "wasb: has no TLS"),
            (
                "wasbs://data@acme.blob.core.windows.net",
                &[("endpoint", "http://storage.example.com")],
                "it has no TLS, and is not on this machine",
            ),
            (
                "wasbs://data@acme.blob.core.windows.net",
                &[("endpoint", "https://me:pw@storage.example.com")],
                "there is more in it than a host and a path",
            ),
        ] {
            let error = read(text, configs).unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }
}
