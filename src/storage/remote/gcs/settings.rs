//! [`GcsSettings`]: the settings of a mount of Google's Cloud Storage, as Hadoop and Databricks name them.

use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

pub(super) const ROOT: &str = "fs.gs.storage.root.url";
/// The file of a service account: here a secret with what is in that file.
pub(super) const KEY_FILE: &str = "google.cloud.auth.service.account.json.keyfile";
pub(super) const EMAIL: &str = "fs.gs.auth.service.account.email";
pub(super) const KEY_ID: &str = "fs.gs.auth.service.account.private.key.id";
pub(super) const KEY: &str = "fs.gs.auth.service.account.private.key";
const ENABLE: &str = "google.cloud.auth.service.account.enable";
const TYPE: &str = "fs.gs.auth.type";
const PROJECT: &str = "fs.gs.project.id";

const KNOWN: [&str; 8] = [KEY_FILE, EMAIL, KEY_ID, KEY, TYPE, ENABLE, PROJECT, ROOT];

/// What a mount says of its bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GcsSettings {
    /// Where the service is, if not at Google's own address.
    pub(super) root: Option<String>,
    pub(super) who: GcsIdentity,
}

/// Who asks; the texts have references to secrets in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GcsIdentity {
    /// Who the environment or the machine is, or nobody.
    Environment,
    /// The machine.
    Machine,
    /// Nobody.
    Nobody,
    /// A service account, by the contents of its file.
    File(String),
    /// A service account, by the parts of its file.
    Parts {
        email: String,
        key_id: String,
        key: String,
    },
}

impl GcsSettings {
    /// Reads the settings of a source; none is ignored.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SettingError> {
        for name in source.configs.keys() {
            if !KNOWN.contains(&name.as_str()) {
                return Err(SettingError::Unknown {
                    name: name.clone(),
                    source_text: source.text.to_owned(),
                    known: KNOWN.map(str::to_owned).to_vec(),
                });
            }
        }
        let text = |name: &str| source.configs.get(name).cloned();
        let who = match (text(KEY_FILE), text(EMAIL), text(KEY_ID), text(KEY)) {
            (Some(file), None, None, None) => GcsIdentity::File(file),
            (Some(_), ..) => {
                let reason = format!("{KEY_FILE} says already who asks");
                let other = [EMAIL, KEY_ID, KEY].into_iter().find(|name| text(name).is_some());
                return Err(SettingError::unfit(
                    other.unwrap_or(KEY),
                    &reason,
                    "keep one of them",
                ));
            }
            (None, Some(email), Some(key_id), Some(key)) => GcsIdentity::Parts { email, key_id, key },
            (None, None, None, None) => GcsIdentity::Environment,
            (None, ..) => {
                let (given, missing): (Vec<_>, Vec<_>) = [EMAIL, KEY_ID, KEY]
                    .into_iter()
                    .partition(|name| text(name).is_some());
                let reason = format!("without {} it says nothing", missing.join(" and "));
                return Err(SettingError::unfit(
                    given.first().unwrap_or(&KEY),
                    &reason,
                    "give all three",
                ));
            }
        };
        let is_enabled = text(ENABLE).is_none_or(|text| text.eq_ignore_ascii_case("true"));
        let who = match (text(TYPE).as_deref(), who) {
            (None, who) if is_enabled => who,
            (None | Some("UNAUTHENTICATED"), GcsIdentity::Environment) => GcsIdentity::Nobody,
            (None, _) => {
                return Err(SettingError::unfit(
                    ENABLE,
                    "it is not true, and there are keys",
                    "leave it out",
                ));
            }
            (
                Some("SERVICE_ACCOUNT_JSON_KEYFILE"),
                who @ (GcsIdentity::File(_) | GcsIdentity::Parts { .. }),
            ) => who,
            (Some("APPLICATION_DEFAULT"), GcsIdentity::Environment) => GcsIdentity::Environment,
            (Some("COMPUTE_ENGINE"), GcsIdentity::Environment) => GcsIdentity::Machine,
            (Some(_), _) => {
                return Err(SettingError::unfit(
                    TYPE,
                    "it does not fit the other settings",
                    "write SERVICE_ACCOUNT_JSON_KEYFILE with a key, and without one APPLICATION_DEFAULT, COMPUTE_ENGINE or \
                     UNAUTHENTICATED",
                ));
            }
        };
        Ok(Self {
            root: text(ROOT),
            who,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::storage::access::Access;
    use crate::storage::store::Configs;

    fn read(configs: &[(&str, &str)]) -> Result<GcsIdentity, SettingError> {
        let configs: Configs = configs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let access = Access::default();
        let source = Source {
            text: "gs://data",
            place: "//data",
            root: Path::new("/"),
            configs: &configs,
            access: &access,
        };
        GcsSettings::read(&source).map(|settings| settings.who)
    }

    #[test]
    fn settings_are_those_of_databricks_and_none_is_ignored() {
        assert_eq!(read(&[]).unwrap(), GcsIdentity::Environment);
        assert_eq!(read(&[(TYPE, "COMPUTE_ENGINE")]).unwrap(), GcsIdentity::Machine);
        assert_eq!(read(&[(KEY_FILE, "r")]).unwrap(), GcsIdentity::File("r".into()));
        let parts = [
            (EMAIL, "e"),
            (KEY_ID, "i"),
            (KEY, "k"),
            (PROJECT, "p"),
            (ENABLE, "true"),
        ];
        assert!(matches!(read(&parts).unwrap(), GcsIdentity::Parts { .. }));
        assert_eq!(read(&[(TYPE, "UNAUTHENTICATED")]).unwrap(), GcsIdentity::Nobody);
        for (configs, expected) in [
            (
                &[("fs.gs.auth.servce.account.email", "")][..],
                "is not known for gs://data",
            ),
            (
                &[(EMAIL, "")],
                "without fs.gs.auth.service.account.private.key.id and",
            ),
            (&[(EMAIL, ""), (KEY_FILE, "")], "says already who asks"),
            (&[(TYPE, "USER_CREDENTIALS")], "does not fit the other settings"),
        ] {
            let error = read(configs).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
