//! Who the environment or the machine says that Sheaf is, in the order in which Amazon's own tools look: variables, a token of
//! a workload, a profile, the container, the machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredentialProvider};
use url::Url;

use super::keys::{AssumedRole, Keys, plain};
use super::place::S3Place;
use super::settings::Role;
use crate::secret::SecretValue;
use crate::storage::access::Access;
use crate::storage::remote::authorize::Refusal;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::place::is_this_machine;
use crate::storage::remote::transport::{Patience, Transport};

/// How long a service that gives keys is asked again where it is busy: most machines have none.
const PATIENCE: Patience = Patience {
    busy: Duration::from_secs(4),
    absent: Duration::ZERO,
};
/// The longest chain of profiles that name each other.
const CHAIN: usize = 4;

/// Returns where keys come from.
pub(super) fn keys(place: &S3Place, name: &str, access: &Access) -> Result<Keys, RemoteError> {
    let variable = |name: &str| access.caller.variable(name).filter(|value| !value.is_empty());
    let text = |name: &str| variable(name).and_then(|value| plain(&value));
    let path = |name: &str| variable(name).and_then(|value| Some(value.expose_text()?.to_owned()));
    if let (Some(id), Some(secret)) = (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Keys::fixed(id, secret, text("AWS_SESSION_TOKEN")));
    }
    let provider = |settings: &[(AmazonS3ConfigKey, String)]| provider(settings, place, name);
    if let (Some(file), Some(role)) = (path("AWS_WEB_IDENTITY_TOKEN_FILE"), text("AWS_ROLE_ARN")) {
        let session = text("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "sheaf".to_owned());
        let mut settings = vec![
            (AmazonS3ConfigKey::WebIdentityTokenFile, file),
            (AmazonS3ConfigKey::RoleArn, role),
            (AmazonS3ConfigKey::RoleSessionName, session),
        ];
        if let Some(address) = text("AWS_ENDPOINT_URL_STS") {
            if !is_safe(&address, &[]) {
                let reason =
                    "AWS_ENDPOINT_URL_STS is neither https nor an address of this machine".to_owned();
                return Err(identity(name, reason, "correct the variable, or remove it"));
            }
            settings.push((AmazonS3ConfigKey::StsEndpoint, address));
        }
        return Ok(Keys::Provided(provider(&settings)?));
    }
    let profile = text("AWS_PROFILE");
    if let Some(keys) = Profiles::read(access).keys(profile.as_deref(), place, name)? {
        return Ok(keys);
    }
    if let Some(rest) = text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let settings = [(AmazonS3ConfigKey::ContainerCredentialsRelativeUri, rest)];
        return Ok(Keys::Provided(provider(&settings)?));
    }
    let container = (
        text("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        path("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    );
    if let (Some(address), Some(file)) = container {
        if !is_safe(&address, &CONTAINER) {
            let reason =
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of the container"
                    .to_owned();
            return Err(identity(name, reason, "correct the variable, or remove it"));
        }
        let settings = [
            (AmazonS3ConfigKey::ContainerCredentialsFullUri, address),
            (AmazonS3ConfigKey::ContainerAuthorizationTokenFile, file),
        ];
        return Ok(Keys::Provided(provider(&settings)?));
    }
    if text("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Ok(Keys::Nobody);
    }
    let mut settings = Vec::new();
    if let Some(address) = text("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
        if !is_safe(&address, &MACHINE) {
            let reason =
                "AWS_EC2_METADATA_SERVICE_ENDPOINT is neither https nor an address of the machine".to_owned();
            return Err(identity(name, reason, "correct the variable, or remove it"));
        }
        let address = address.trim_end_matches('/').to_owned();
        settings.push((AmazonS3ConfigKey::MetadataEndpoint, address));
    }
    Ok(Keys::Machine {
        provider: provider(&settings)?,
        is_asked: AtomicBool::new(false),
    })
}

/// Returns what fetches keys as the settings say; without any from the machine.
fn provider(
    settings: &[(AmazonS3ConfigKey, String)],
    place: &S3Place,
    name: &str,
) -> Result<AwsCredentialProvider, RemoteError> {
    let nothing = |_: &Refusal| None;
    let is_direct = settings
        .iter()
        .all(|(key, _)| *key != AmazonS3ConfigKey::WebIdentityTokenFile);
    let transport = Transport::new(name, is_direct, nothing)?.with_patience(PATIENCE);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&place.bucket)
        .with_region(&place.region)
        .with_retry(Transport::no_retries())
        .with_http_connector(transport);
    for (key, value) in settings {
        builder = builder.with_config(*key, value);
    }
    let built = builder.build();
    let built = built.map_err(|_| {
        identity(
            name,
            "the environment's variables do not fit".to_owned(),
            "check AWS_…",
        )
    })?;
    Ok(Arc::clone(built.credentials()))
}

/// Where a container asks for its keys, and where a machine does.
const CONTAINER: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
const MACHINE: [&str; 2] = ["169.254.169.254", "[fd00:ec2::254]"];

/// Returns whether an address may be asked for keys: https, or one that does not leave the machine, as those that are known.
fn is_safe(address: &str, known: &[&str]) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.scheme() == "https"
            || is_this_machine(&url)
            || url.host_str().is_some_and(|host| known.contains(&host))
    })
}

fn identity(name: &str, reason: String, hint: &str) -> RemoteError {
    let hint = hint.to_owned();
    RemoteError::new(name, Failure::Identity { reason, hint })
}

/// What the files of profiles say, by the name of a profile.
#[derive(Default)]
struct Profiles(BTreeMap<String, BTreeMap<String, SecretValue>>);

impl Profiles {
    /// Reads the files that are there.
    fn read(access: &Access) -> Self {
        let file = |variable: &str, name: &str| {
            let named = access.caller.variable(variable);
            let named = named.and_then(|value| Some(PathBuf::from(value.expose_text()?)));
            named.or_else(|| Some(access.caller.home()?.join(".aws").join(name)))
        };
        let mut profiles = Self::default();
        for (variable, name) in [
            ("AWS_CONFIG_FILE", "config"),
            // Where both say something, this one holds.
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ] {
            if let Some(bytes) = file(variable, name).and_then(|path| fs::read(path).ok()) {
                profiles.add(&SecretValue::new(bytes));
            }
        }
        profiles
    }

    fn add(&mut self, text: &SecretValue) {
        let mut profile = None;
        for line in text.expose_text().unwrap_or_default().lines() {
            // A setting of a setting begins with a space.
            if line.starts_with(['#', ';', ' ', '\t']) {
                continue;
            }
            if let Some(section) = line
                .trim()
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                let section = section.trim();
                let name = section.strip_prefix("profile ").unwrap_or(section).trim();
                let is_profile = name == section || section.starts_with("profile ");
                profile = is_profile.then(|| name.to_owned());
            } else if let (Some(profile), Some((name, value))) = (&profile, line.split_once('=')) {
                let value = SecretValue::new(value.trim().as_bytes().to_vec());
                let settings = self.0.entry(profile.clone()).or_default();
                settings.insert(name.trim().to_lowercase(), value);
            }
        }
    }

    /// Returns the keys of a profile; none where none is named and there is no usual one.
    fn keys(&self, profile: Option<&str>, place: &S3Place, name: &str) -> Result<Option<Keys>, RemoteError> {
        if profile.is_none() && !self.0.contains_key("default") {
            return Ok(None);
        }
        let keys = self.of(profile.unwrap_or("default"), place, name, CHAIN)?;
        // The usual one may say a region alone.
        if keys.is_none()
            && let Some(profile) = profile
        {
            let reason = format!("the profile {profile:?} that AWS_PROFILE names has no keys");
            return Err(identity(name, reason, "`aws configure` stores them"));
        }
        Ok(keys)
    }

    fn of(
        &self,
        profile: &str,
        place: &S3Place,
        name: &str,
        left: usize,
    ) -> Result<Option<Keys>, RemoteError> {
        let Some(settings) = self.0.get(profile) else {
            let known: Vec<_> = self.0.keys().map(String::as_str).collect();
            let reason = format!("there is no profile {profile:?}");
            let hint = match crate::error::nearest(profile, known.iter().copied()) {
                Some(similar) => format!("did you mean {similar:?}?"),
                None => "`aws configure` makes it".to_owned(),
            };
            return Err(identity(name, reason, &hint));
        };
        let text = |name: &str| settings.get(name).and_then(plain);
        let keys = match (text("aws_access_key_id"), text("aws_secret_access_key")) {
            (Some(id), Some(secret)) => Some(Keys::fixed(id, secret, text("aws_session_token"))),
            _ => None,
        };
        if let Some(arn) = text("role_arn") {
            let source = match (keys, text("source_profile")) {
                (_, Some(source)) if left > 0 && source != profile => {
                    self.of(&source, place, name, left - 1)?
                }
                (keys, _) => keys,
            };
            let Some(source) = source else {
                let reason = format!("the profile {profile:?} takes a role, and has no keys to take it with");
                return Err(identity(name, reason, "give it a source_profile with keys"));
            };
            let role = Role {
                arn,
                session: text("role_session_name"),
                external_id: None,
                endpoint: None,
            };
            let role = AssumedRole::new(&role, text("external_id"), source, place, name)?;
            return Ok(Some(Keys::Role(Box::new(role))));
        }
        let others = [
            "sso_session",
            "sso_start_url",
            "credential_process",
            "login_session",
        ];
        if let Some(other) = others
            .into_iter()
            .find(|other| keys.is_none() && settings.contains_key(*other))
        {
            let reason =
                format!("the profile {profile:?} has no keys but {other}, which Sheaf does not follow");
            let hint = format!(
                "`eval \"$(aws configure export-credentials --profile {profile} --format env)\"` before Sheaf"
            );
            return Err(identity(name, reason, &hint));
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Caller;
    use crate::storage::remote::double::{Double, answer};
    use crate::storage::remote::runtime;
    use crate::storage::remote::s3::settings::S3Settings;
    use crate::storage::store::{Configs, Source};
    use crate::work::Interrupt;

    fn place() -> S3Place {
        let (configs, access) = (Configs::new(), Access::default());
        let source = Source {
            text: "s3://data",
            place: "//data",
            root: std::path::Path::new("/"),
            configs: &configs,
            access: &access,
        };
        S3Place::read(&source, &S3Settings::default()).unwrap()
    }

    fn found(profile: Option<&str>) -> String {
        let mut profiles = Profiles::default();
        let text = "[default]\nregion = eu-central-1\n\n[profile dev]\nsso_session = my\n[sso-session my]\nx = 1\n\
                    [profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\n";
        profiles.add(&SecretValue::new(text.as_bytes().to_vec()));
        let keys = "[keys]\n# mine\naws_access_key_id = AKIA\naws_secret_access_key=s/e+c\ns3 =\n  max = 3\n";
        profiles.add(&SecretValue::new(keys.as_bytes().to_vec()));
        match profiles.keys(profile, &place(), "the bucket data") {
            Ok(None) => "none".to_owned(),
            Ok(Some(Keys::Fixed(keys))) => format!("{} {:?}", keys.key_id, keys.token),
            Ok(Some(Keys::Role(_))) => "role".to_owned(),
            Ok(Some(_)) => "other".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn profiles_are_those_of_amazons_own_tools() {
        for (profile, expected) in [
            (None, "none"),
            (Some("keys"), "AKIA None"),
            (Some("role"), "role"),
            (
                Some("dev"),
                "the bucket data needs an identity: the profile \"dev\" has no keys but sso_session, which Sheaf does \
                 not follow",
            ),
            (
                Some("kexs"),
                "the bucket data needs an identity: there is no profile \"kexs\"",
            ),
        ] {
            assert_eq!(found(profile), expected);
        }
    }

    #[test]
    fn keys_of_a_container_are_asked_for_on_the_machine_or_over_tls() {
        assert!(is_safe("http://169.254.170.23/v1/credentials", &CONTAINER));
        assert!(!is_safe("http://169.254.169.254/", &CONTAINER));
        assert!(is_safe("http://[fd00:ec2::254]/", &MACHINE));
        assert!(is_safe("https://keys.example.com/", &[]));
        assert!(!is_safe("http://keys.example.com/", &CONTAINER));
    }

    /// An environment of variables alone.
    #[derive(Debug)]
    struct Variables(Vec<(&'static str, String)>);

    impl Caller for Variables {
        fn variable(&self, name: &str) -> Option<SecretValue> {
            let value = self.0.iter().find(|(other, _)| *other == name);
            value.map(|(_, value)| SecretValue::new(value.clone().into_bytes()))
        }

        fn variables(&self, _prefix: &str) -> Vec<String> {
            Vec::new()
        }

        fn home(&self) -> Option<PathBuf> {
            None
        }

        fn ask(&self, _question: &str) -> Option<SecretValue> {
            None
        }
    }

    /// Returns the keys that such an environment leads to.
    fn led_to(variables: &[(&'static str, String)]) -> String {
        let access = Access {
            caller: Arc::new(Variables(variables.to_vec())),
            ..Access::default()
        };
        let keys = match keys(&place(), "the bucket data", &access) {
            Ok(keys) => keys,
            Err(error) => return error.to_string(),
        };
        if let Keys::Machine { is_asked, .. } = &keys {
            // As after a refusal of a request that names nobody.
            is_asked.store(true, std::sync::atomic::Ordering::SeqCst);
        }
        let asked = runtime::wait(
            &Interrupt::default(),
            async move { keys.now("the bucket data").await },
        );
        match asked.unwrap() {
            Ok(Some(keys)) => format!("{} {} {:?}", keys.key_id, keys.secret_key, keys.token),
            Ok(None) => "nobody".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    const KEYS: &str = r#"{"AccessKeyId":"ASIA","SecretAccessKey":"secret","Token":"session","Code":"Success",
        "Expiration":"2100-01-01T00:00:00Z","LastUpdated":"2024-01-01T00:00:00Z","Type":"AWS-HMAC"}"#;

    #[test]
    fn what_a_cluster_vouches_for_becomes_the_keys_of_a_role() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        fs::write(&file, "vouched").unwrap();
        let body = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
            <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
            <SessionToken>session</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>\
            </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
        let double = Double::start(&[&answer(200, "", body)]);
        let variables = |endpoint: &str| {
            [
                ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap().to_owned()),
                ("AWS_ROLE_ARN", "arn:aws:iam::1:role/reader".to_owned()),
                ("AWS_ENDPOINT_URL_STS", endpoint.to_owned()),
            ]
        };
        assert_eq!(
            led_to(&variables(&double.address())),
            "ASIA secret Some(\"session\")"
        );
        let asked = double.requests().join("\n");
        for part in [
            "AssumeRoleWithWebIdentity",
            "arn%3Aaws%3Aiam%3A%3A1%3Arole%2Freader",
            "vouched",
            "RoleSessionName=sheaf",
        ] {
            assert!(asked.contains(part), "{asked}");
        }
        // No one is told on the way what the cluster vouches for.
        assert_eq!(
            led_to(&variables("http://sts.example.com")),
            "the bucket data needs an identity: AWS_ENDPOINT_URL_STS is neither https nor an address of this machine"
        );
        let refused = Double::start(&[&answer(403, "", "<Error><Code>AccessDenied</Code></Error>")]);
        let said = led_to(&variables(&refused.address()));
        assert!(
            said.starts_with("the bucket data needs an identity: what the environment names"),
            "{said}"
        );
        assert!(!said.contains("vouched"), "{said}");
    }

    #[test]
    fn a_container_and_a_machine_are_asked_for_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        fs::write(&file, "of the pod").unwrap();
        let container = Double::start(&[&answer(200, "", KEYS)]);
        let found = led_to(&[
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{}/v1/credentials", container.address()),
            ),
            (
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                file.to_str().unwrap().to_owned(),
            ),
        ]);
        assert_eq!(found, "ASIA secret Some(\"session\")");
        assert!(container.requests().join("").contains("of the pod"));
        let machine = Double::start(&[
            &answer(200, "", "ticket"),
            &answer(200, "", "reader"),
            &answer(200, "", KEYS),
        ]);
        let endpoint = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.address());
        assert_eq!(
            led_to(std::slice::from_ref(&endpoint)),
            "ASIA secret Some(\"session\")"
        );
        let asked = machine.requests();
        assert!(asked[0].starts_with("PUT /latest/api/token"), "{asked:?}");
        assert!(
            asked[2].contains("/security-credentials/reader") && asked[2].contains("ticket"),
            "{asked:?}"
        );
        let disabled = ("AWS_EC2_METADATA_DISABLED", "true".to_owned());
        assert_eq!(led_to(&[endpoint, disabled]), "nobody");
    }
}
