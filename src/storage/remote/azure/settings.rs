//! [`Settings`]: what the settings of a mount say of who asks, by the names that Databricks has for them.

use super::place::{AzurePlace, ENDPOINT};
use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

const KEY: &str = "fs.azure.account.key";
const SAS: &str = "fs.azure.sas";
const FIXED_SAS: &str = "fs.azure.sas.fixed.token";
const SAS_PROVIDER: &str = "fs.azure.sas.token.provider.type";
const AUTH_TYPE: &str = "fs.azure.account.auth.type";
const PROVIDER: &str = "fs.azure.account.oauth.provider.type";
pub(super) const CLIENT_ID: &str = "fs.azure.account.oauth2.client.id";
pub(super) const CLIENT_SECRET: &str = "fs.azure.account.oauth2.client.secret";
pub(super) const CLIENT_ENDPOINT: &str = "fs.azure.account.oauth2.client.endpoint";
/// What many write after an example, and which there is no use for here: containers are never created.
const CREATES: &str = "fs.azure.createRemoteFileSystemDuringInitialization";

/// The settings that may have the account behind them.
const OF_ACCOUNT: [&str; 8] = [
    KEY,
    FIXED_SAS,
    SAS_PROVIDER,
    AUTH_TYPE,
    PROVIDER,
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_ENDPOINT,
];

/// Who asks; the texts have references to secrets in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settings {
    /// Who the environment or the machine is, or nobody.
    Environment,
    /// The owner of the account: the name of the setting, and the key.
    Key(String, String),
    /// Whoever has this signature.
    Sas(String, String),
    /// An application.
    Application {
        id: String,
        secret: String,
        endpoint: String,
    },
    /// The machine, with the identity of this client where it has several.
    Machine { client_id: Option<String> },
    /// An application that the cluster vouches for, as the environment says.
    Workload,
}

/// What was said of each thing: the name of the setting, and its text.
#[derive(Default)]
struct Said<'a> {
    key: Option<(&'a str, &'a str)>,
    sas: Option<(&'a str, &'a str)>,
    auth: Option<(&'a str, &'a str)>,
    provider: Option<(&'a str, &'a str)>,
    id: Option<(&'a str, &'a str)>,
    secret: Option<(&'a str, &'a str)>,
    endpoint: Option<(&'a str, &'a str)>,
}

impl Settings {
    /// Reads the settings of a source; none is ignored.
    pub(super) fn read(source: &Source<'_>, place: &AzurePlace) -> Result<Self, SettingError> {
        let mut said = Said::default();
        for (name, text) in source.configs {
            let pair = (name.as_str(), text.as_str());
            let slot = match stem(name, place)? {
                Some(KEY) => &mut said.key,
                Some(FIXED_SAS | SAS) => &mut said.sas,
                Some(AUTH_TYPE) => &mut said.auth,
                Some(PROVIDER) => &mut said.provider,
                Some(CLIENT_ID) => &mut said.id,
                Some(CLIENT_SECRET) => &mut said.secret,
                Some(CLIENT_ENDPOINT) => &mut said.endpoint,
                Some(SAS_PROVIDER) if last_part(text) == "FixedSASTokenProvider" => continue,
                Some(SAS_PROVIDER) => {
                    return Err(SettingError::unfit(
                        name,
                        "there is no such provider here",
                        "write FixedSASTokenProvider",
                    ));
                }
                Some(CREATES) if text.eq_ignore_ascii_case("false") => continue,
                Some(CREATES) => {
                    let hint = "leave it out, and create the container in Azure's portal";
                    return Err(SettingError::unfit(
                        name,
                        "a mount does not create its container",
                        hint,
                    ));
                }
                Some(_) => continue,
                None => {
                    return Err(SettingError::Unknown {
                        name: name.clone(),
                        source_text: source.text.to_owned(),
                        known: known(place),
                    });
                }
            };
            if slot.replace(pair).is_some() {
                return Err(SettingError::unfit(
                    name,
                    "it is given twice, with the account and without",
                    "keep one of them",
                ));
            }
        }
        said.settings()
    }

    /// Returns whether what it opens is one container, and not the account.
    pub(super) fn is_of_one_container(&self) -> bool {
        matches!(self, Self::Sas(..))
    }
}

impl Said<'_> {
    fn settings(self) -> Result<Settings, SettingError> {
        let kinds = [
            self.key,
            self.sas,
            self.id.or(self.secret).or(self.endpoint).or(self.provider),
        ];
        let mut given = kinds.into_iter().flatten();
        if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
            let reason = format!("{first} says already who asks");
            return Err(SettingError::unfit(second, &reason, "keep one of them"));
        }
        if let Some((name, text)) = self.auth {
            let (is_given, needed) = match text.to_ascii_lowercase().as_str() {
                "sharedkey" => (self.key.is_some(), KEY),
                "sas" => (self.sas.is_some(), FIXED_SAS),
                "oauth" => (self.id.or(self.provider).is_some(), CLIENT_ID),
                _ => {
                    return Err(SettingError::unfit(
                        name,
                        "there is no such way to sign",
                        "write OAuth, SAS or SharedKey",
                    ));
                }
            };
            if !is_given {
                return Err(SettingError::unfit(
                    name,
                    &format!("{needed} is missing"),
                    "give both, or neither of them",
                ));
            }
        }
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        if let Some((name, text)) = self.key.map(owned) {
            return Ok(Settings::Key(name, text));
        }
        if let Some((name, text)) = self.sas.map(owned) {
            return Ok(Settings::Sas(name, text));
        }
        let provider = self.provider.map(|(name, text)| (name, last_part(text)));
        match provider {
            Some((_, "MsiTokenProvider")) => {
                if let Some((name, _)) = self.secret.or(self.endpoint) {
                    return Err(SettingError::unfit(
                        name,
                        "a machine has no use for it",
                        "leave it out",
                    ));
                }
                let client_id = self.id.map(|(_, id)| id.to_owned());
                return Ok(Settings::Machine { client_id });
            }
            Some((_, "WorkloadIdentityTokenProvider")) => {
                if let Some((name, _)) = self.secret.or(self.endpoint).or(self.id) {
                    let reason = "a workload is known from its environment";
                    return Err(SettingError::unfit(
                        name,
                        reason,
                        "leave it out: AZURE_CLIENT_ID and others say it",
                    ));
                }
                return Ok(Settings::Workload);
            }
            Some((_, "ClientCredsTokenProvider")) | None => {}
            Some((name, _)) => {
                let hint =
                    "write ClientCredsTokenProvider, MsiTokenProvider or WorkloadIdentityTokenProvider";
                return Err(SettingError::unfit(name, "there is no such provider here", hint));
            }
        }
        let parts = [
            (CLIENT_ID, self.id),
            (CLIENT_SECRET, self.secret),
            (CLIENT_ENDPOINT, self.endpoint),
        ];
        let given = parts.iter().find_map(|(_, part)| part.map(|(name, _)| name));
        let Some(given) = given.or(provider.map(|(name, _)| name)) else {
            return Ok(Settings::Environment);
        };
        if let (Some((_, id)), Some((_, secret)), Some((_, endpoint))) = (self.id, self.secret, self.endpoint)
        {
            return Ok(Settings::Application {
                id: id.to_owned(),
                secret: secret.to_owned(),
                endpoint: endpoint.to_owned(),
            });
        }
        let missing = parts
            .iter()
            .filter(|(_, part)| part.is_none())
            .map(|(name, _)| *name);
        let reason = format!(
            "without {} it says nothing",
            missing.collect::<Vec<_>>().join(" and ")
        );
        Err(SettingError::unfit(
            given,
            &reason,
            "give all three, as Databricks wants them",
        ))
    }
}

/// Returns which setting a name is, without the account behind it; `None` for no known one.
fn stem(name: &str, place: &AzurePlace) -> Result<Option<&'static str>, SettingError> {
    if matches!(name, ENDPOINT | CREATES) {
        return Ok(Some(if name == ENDPOINT { ENDPOINT } else { CREATES }));
    }
    for stem in OF_ACCOUNT {
        let Some(rest) = name.strip_prefix(stem) else {
            continue;
        };
        if rest.is_empty() {
            return Ok(Some(stem));
        }
        if let Some(account) = rest.strip_prefix('.').and_then(account_of) {
            is_for("account", account, &place.account, name)?;
            return Ok(Some(stem));
        }
    }
    let of_container = name
        .strip_prefix(SAS)
        .and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
    if let Some((container, rest)) = of_container
        && let Some(account) = account_of(rest)
    {
        is_for("container", container, &place.container, name)?;
        is_for("account", account, &place.account, name)?;
        return Ok(Some(SAS));
    }
    Ok(None)
}

/// Returns the account in `acme.blob.core.windows.net`.
fn account_of(host: &str) -> Option<&str> {
    let (account, rest) = host.split_once('.')?;
    let (kind, domain) = rest.split_once('.')?;
    (matches!(kind, "blob" | "dfs") && domain.starts_with("core.")).then_some(account)
}

fn is_for(what: &str, named: &str, own: &str, setting: &str) -> Result<(), SettingError> {
    if named == own {
        return Ok(());
    }
    let reason = format!("it is for the {what} {named}, and the source is in the {what} {own}");
    Err(SettingError::unfit(
        setting,
        &reason,
        &format!("write {own} in it, or mount what it is for"),
    ))
}

/// Returns the settings as one would write them for an account.
fn known(place: &AzurePlace) -> Vec<String> {
    let (account, container) = (&place.account, &place.container);
    vec![
        format!("{KEY}.{account}.blob.core.windows.net"),
        format!("{KEY}.{account}.dfs.core.windows.net"),
        format!("{SAS}.{container}.{account}.blob.core.windows.net"),
        format!("{FIXED_SAS}.{account}.dfs.core.windows.net"),
        AUTH_TYPE.to_owned(),
        PROVIDER.to_owned(),
        CLIENT_ID.to_owned(),
        CLIENT_SECRET.to_owned(),
        CLIENT_ENDPOINT.to_owned(),
        ENDPOINT.to_owned(),
    ]
}

fn last_part(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Problem as _;
    use crate::storage::access::Access;
    use crate::storage::store::Configs;

    fn read(configs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        let configs: Configs = configs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let access = Access::default();
        let source = Source {
            text: "wasbs://data@acme.blob.core.windows.net",
            place: "//data@acme.blob.core.windows.net",
            root: Path::new("/"),
            configs: &configs,
            access: &access,
        };
        Settings::read(&source, &AzurePlace::read(&source).unwrap())
    }

    #[test]
    fn settings_are_those_of_databricks() {
        let reference = "{{secrets/prod/key}}";
        let key = "fs.azure.account.key.acme.blob.core.windows.net";
        assert_eq!(
            read(&[(key, reference)]).unwrap(),
            Settings::Key(key.into(), reference.into())
        );
        let sas = "fs.azure.sas.data.acme.blob.core.windows.net";
        assert_eq!(
            read(&[(sas, reference)]).unwrap(),
            Settings::Sas(sas.into(), reference.into())
        );
        let fixed = "fs.azure.sas.fixed.token.acme.dfs.core.windows.net";
        let of_sas = [
            ("fs.azure.account.auth.type.acme.dfs.core.windows.net", "SAS"),
            (
                "fs.azure.sas.token.provider.type.acme.dfs.core.windows.net",
                "org.apache.hadoop.fs.azurebfs.sas.FixedSASTokenProvider",
            ),
            (fixed, reference),
        ];
        assert_eq!(
            read(&of_sas).unwrap(),
            Settings::Sas(fixed.into(), reference.into())
        );
        let provider = "org.apache.hadoop.fs.azurebfs.oauth2.ClientCredsTokenProvider";
        let endpoint = "https://login.microsoftonline.com/t/oauth2/token";
        let application = [
            ("fs.azure.account.auth.type", "OAuth"),
            ("fs.azure.account.oauth.provider.type", provider),
            ("fs.azure.account.oauth2.client.id", "id"),
            ("fs.azure.account.oauth2.client.secret", reference),
            ("fs.azure.account.oauth2.client.endpoint", endpoint),
        ];
        let expected = Settings::Application {
            id: "id".into(),
            secret: reference.into(),
            endpoint: endpoint.into(),
        };
        assert_eq!(read(&application).unwrap(), expected);
        assert_eq!(read(&[]).unwrap(), Settings::Environment);
        let provider = "fs.azure.account.oauth.provider.type";
        let of = |class: &str| read(&[(provider, &format!("org.apache.hadoop.fs.azurebfs.oauth2.{class}"))]);
        assert_eq!(of("WorkloadIdentityTokenProvider").unwrap(), Settings::Workload);
        let machine = Settings::Machine { client_id: None };
        assert_eq!(of("MsiTokenProvider").unwrap(), machine);
    }

    #[test]
    fn a_setting_is_never_ignored() {
        for (configs, message, hint) in [
            (
                &[("fs.azure.acount.key.acme.blob.core.windows.net", "")][..],
                "the setting \"fs.azure.acount.key.acme.blob.core.windows.net\" is not known for \
                 wasbs://data@acme.blob.core.windows.net",
                "did you mean \"fs.azure.account.key.acme.blob.core.windows.net\"?",
            ),
            (
                &[("fs.azure.account.key.other.blob.core.windows.net", "")],
                "the setting \"fs.azure.account.key.other.blob.core.windows.net\" cannot be used: it is for the \
                 account other, and the source is in the account acme",
                "write acme in it, or mount what it is for",
            ),
            (
                &[("fs.azure.account.key", ""), ("fs.azure.sas.fixed.token", "")],
                "the setting \"fs.azure.sas.fixed.token\" cannot be used: fs.azure.account.key says already who asks",
                "keep one of them",
            ),
            (
                &[("fs.azure.account.oauth2.client.id", "id")],
                "the setting \"fs.azure.account.oauth2.client.id\" cannot be used: without \
                 fs.azure.account.oauth2.client.secret and fs.azure.account.oauth2.client.endpoint it says nothing",
                "give all three, as Databricks wants them",
            ),
            (
                &[("fs.azure.account.auth.type", "Kerberos")],
                "the setting \"fs.azure.account.auth.type\" cannot be used: there is no such way to sign",
                "write OAuth, SAS or SharedKey",
            ),
        ] {
            let error = read(configs).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.hint().as_deref(), Some(hint));
        }
    }
}
