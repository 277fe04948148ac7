//! [`S3Settings`]: the settings of a mount of S3, as Hadoop and Databricks name them.

use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

pub(super) const ENDPOINT: &str = "fs.s3a.endpoint";
pub(super) const REGION: &str = "fs.s3a.endpoint.region";
pub(super) const ACCESS_KEY: &str = "fs.s3a.access.key";
pub(super) const SECRET_KEY: &str = "fs.s3a.secret.key";
pub(super) const SESSION_TOKEN: &str = "fs.s3a.session.token";
pub(super) const STS_ENDPOINT: &str = "fs.s3a.assumed.role.sts.endpoint";
const PATH_STYLE: &str = "fs.s3a.path.style.access";
const PROVIDER: &str = "fs.s3a.aws.credentials.provider";
const ROLE: &str = "fs.s3a.assumed.role.arn";
const ROLE_SESSION: &str = "fs.s3a.assumed.role.session.name";
pub(super) const ROLE_EXTERNAL: &str = "fs.s3a.assumed.role.external.id";

/// All of them, in the order in which they are named to a person.
const KNOWN: [&str; 11] = [
    ACCESS_KEY,
    SECRET_KEY,
    SESSION_TOKEN,
    ENDPOINT,
    REGION,
    PATH_STYLE,
    PROVIDER,
    ROLE,
    ROLE_SESSION,
    ROLE_EXTERNAL,
    STS_ENDPOINT,
];

/// What a mount says of its bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct S3Settings {
    pub(super) endpoint: Option<String>,
    pub(super) region: Option<String>,
    /// Whether the bucket is in the path of addresses, and not in the host.
    pub(super) path_style: Option<bool>,
    pub(super) who: S3Identity,
    pub(super) role: Option<Role>,
}

/// Who asks; the texts have references to secrets in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum S3Identity {
    /// Who the environment or the machine is, or nobody.
    #[default]
    Environment,
    /// Nobody.
    Nobody,
    /// Whoever has these keys.
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
}

/// A role that whoever asks takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session: Option<String>,
    /// What the owner of the role wants to hear; a text with references to secrets in it.
    pub(super) external_id: Option<String>,
    /// Where roles are given out, if not at Amazon's own.
    pub(super) endpoint: Option<String>,
}

impl S3Settings {
    /// Reads the settings of a source; none is ignored.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SettingError> {
        let bucket = source.place.trim_start_matches('/');
        let bucket = bucket.split('/').next().unwrap_or_default();
        let of_bucket = format!("fs.s3a.bucket.{bucket}.");
        let mut given: Vec<(&'static str, &str)> = Vec::new();
        for (name, text) in source.configs {
            let plain = match name.strip_prefix(&of_bucket) {
                Some(rest) => format!("fs.s3a.{rest}"),
                None => name.clone(),
            };
            let Some(known) = KNOWN.into_iter().find(|known| *known == plain) else {
                return Err(unknown(name, source, bucket));
            };
            if given.iter().any(|(other, _)| *other == known) {
                let reason = "it is given twice, with the bucket and without";
                return Err(SettingError::unfit(name, reason, "keep one of them"));
            }
            given.push((known, text));
        }
        let text = |name: &str| {
            let found = given.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        let path_style = match text(PATH_STYLE).map(|text| text.to_ascii_lowercase()) {
            None => None,
            Some(text) => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => {
                    return Err(SettingError::unfit(
                        PATH_STYLE,
                        "it is neither true nor false",
                        "write \"true\"",
                    ));
                }
            },
        };
        let of_role = [ROLE_SESSION, ROLE_EXTERNAL, STS_ENDPOINT];
        let role = text(ROLE).map(|arn| Role {
            arn,
            session: text(ROLE_SESSION),
            external_id: text(ROLE_EXTERNAL),
            endpoint: text(STS_ENDPOINT),
        });
        if role.is_none()
            && let Some(name) = of_role.into_iter().find(|name| text(name).is_some())
        {
            let reason = format!("without {ROLE} it says nothing");
            return Err(SettingError::unfit(name, &reason, "give the role, too"));
        }
        Ok(Self {
            endpoint: text(ENDPOINT),
            region: text(REGION),
            path_style,
            who: who(text)?,
            role,
        })
    }
}

/// Returns who asks, by the keys and the name of a provider.
fn who(text: impl Fn(&str) -> Option<String>) -> Result<S3Identity, SettingError> {
    let given = match (text(ACCESS_KEY), text(SECRET_KEY)) {
        (Some(id), Some(secret)) => S3Identity::Keys {
            id,
            secret,
            token: text(SESSION_TOKEN),
        },
        (None, None) => match text(SESSION_TOKEN) {
            Some(_) => return Err(incomplete(SESSION_TOKEN, ACCESS_KEY)),
            None => S3Identity::Environment,
        },
        (Some(_), None) => return Err(incomplete(ACCESS_KEY, SECRET_KEY)),
        (None, Some(_)) => return Err(incomplete(SECRET_KEY, ACCESS_KEY)),
    };
    let Some(provider) = text(PROVIDER) else {
        return Ok(given);
    };
    let needs_keys = |needed: &str| match &given {
        S3Identity::Keys { .. } => Ok(given.clone()),
        _ => Err(incomplete(PROVIDER, needed)),
    };
    match provider.rsplit('.').next().unwrap_or_default() {
        "TemporaryAWSCredentialsProvider" if text(SESSION_TOKEN).is_none() => {
            Err(incomplete(PROVIDER, SESSION_TOKEN))
        }
        "SimpleAWSCredentialsProvider" | "TemporaryAWSCredentialsProvider" => needs_keys(ACCESS_KEY),
        "AssumedRoleCredentialProvider" if text(ROLE).is_none() => Err(incomplete(PROVIDER, ROLE)),
        "AssumedRoleCredentialProvider" => Ok(given),
        _ if given != S3Identity::Environment => {
            let reason = format!("{ACCESS_KEY} says already who asks");
            Err(SettingError::unfit(PROVIDER, &reason, "keep one of them"))
        }
        "AnonymousAWSCredentialsProvider" => Ok(S3Identity::Nobody),
        "EnvironmentVariableCredentialsProvider"
        | "IAMInstanceCredentialsProvider"
        | "InstanceProfileCredentialsProvider"
        | "ProfileCredentialsProvider"
        | "WebIdentityTokenFileCredentialsProvider"
        | "WebIdentityTokenCredentialsProvider"
        | "ContainerCredentialsProvider"
        | "DefaultAWSCredentialsProviderChain"
        | "DefaultCredentialsProvider" => Ok(S3Identity::Environment),
        _ => Err(SettingError::unfit(
            PROVIDER,
            "there is no such provider here",
            "write SimpleAWSCredentialsProvider, AnonymousAWSCredentialsProvider or DefaultCredentialsProvider",
        )),
    }
}

fn incomplete(name: &str, missing: &str) -> SettingError {
    SettingError::unfit(
        name,
        &format!("{missing} is missing"),
        "give both, or neither of them",
    )
}

fn unknown(name: &str, source: &Source<'_>, bucket: &str) -> SettingError {
    if let Some((other, _)) = name
        .strip_prefix("fs.s3a.bucket.")
        .and_then(|rest| {
            KNOWN
                .iter()
                .find_map(|known| rest.split_once(known.strip_prefix("fs.s3a")?))
        })
        .filter(|(other, rest)| *other != bucket && rest.is_empty())
    {
        let reason = format!("it is for the bucket {other}, and the source is in the bucket {bucket}");
        return SettingError::unfit(
            name,
            &reason,
            &format!("write {bucket} in it, or mount what it is for"),
        );
    }
    SettingError::Unknown {
        name: name.to_owned(),
        source_text: source.text.to_owned(),
        known: KNOWN.map(str::to_owned).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Problem as _;
    use crate::storage::access::Access;
    use crate::storage::store::Configs;

    fn read(configs: &[(&str, &str)]) -> Result<S3Settings, SettingError> {
        let configs: Configs = configs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let access = Access::default();
        S3Settings::read(&Source {
            text: "s3://data/folder",
            place: "//data/folder",
            root: Path::new("/"),
            configs: &configs,
            access: &access,
        })
    }

    #[test]
    fn settings_are_those_of_hadoop() {
        let (id, secret) = ("{{secrets/aws/id}}", "{{secrets/aws/key}}");
        let keys = |token: Option<&str>| S3Identity::Keys {
            id: id.into(),
            secret: secret.into(),
            token: token.map(str::to_owned),
        };
        let plain = [(ACCESS_KEY, id), (SECRET_KEY, secret)];
        assert_eq!(read(&plain).unwrap().who, keys(None));
        let of_bucket = [
            ("fs.s3a.bucket.data.access.key", id),
            (SECRET_KEY, secret),
            (SESSION_TOKEN, "t"),
        ];
        assert_eq!(read(&of_bucket).unwrap().who, keys(Some("t")));
        let anonymous = [(
            PROVIDER,
            "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
        )];
        assert_eq!(read(&anonymous).unwrap().who, S3Identity::Nobody);
        assert_eq!(read(&[]).unwrap(), S3Settings::default());
        let role = read(&[(ROLE, "arn:aws:iam::1:role/r"), (ROLE_SESSION, "s")])
            .unwrap()
            .role
            .unwrap();
        assert_eq!(
            (role.arn.as_str(), role.session.as_deref()),
            ("arn:aws:iam::1:role/r", Some("s"))
        );
    }

    #[test]
    fn a_setting_is_never_ignored() {
        for (configs, message, hint) in [
            (
                &[("fs.s3a.acess.key", "")][..],
                "the setting \"fs.s3a.acess.key\" is not known for s3://data/folder",
                "did you mean \"fs.s3a.access.key\"?",
            ),
            (
                &[("fs.s3a.bucket.other.access.key", "")],
                "the setting \"fs.s3a.bucket.other.access.key\" cannot be used: it is for the bucket other, and the \
                 source is in the bucket data",
                "write data in it, or mount what it is for",
            ),
            (
                &[(ACCESS_KEY, "")],
                "the setting \"fs.s3a.access.key\" cannot be used: fs.s3a.secret.key is missing",
                "give both, or neither of them",
            ),
            (
                &[(ROLE_SESSION, "")],
                "the setting \"fs.s3a.assumed.role.session.name\" cannot be used: without fs.s3a.assumed.role.arn it \
                 says nothing",
                "give the role, too",
            ),
            (
                &[(PATH_STYLE, "yes")],
                "the setting \"fs.s3a.path.style.access\" cannot be used: it is neither true nor false",
                "write \"true\"",
            ),
        ] {
            let error = read(configs).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.hint().as_deref(), Some(hint));
        }
    }
}
