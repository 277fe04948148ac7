//! [`S3Place`]: the bucket and the folder that a source of S3 names, and where they are.

use url::Url;

use super::settings::{ENDPOINT, S3Settings};
use crate::storage::remote::place::{folder, is_this_machine};
use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

/// The region where nothing says which.
const DEFAULT_REGION: &str = "us-east-1";

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Place {
    pub(super) bucket: String,
    /// The folder in the bucket: parts joined by `/`.
    pub(super) prefix: String,
    pub(super) region: String,
    /// The address of the bucket, without a `/` at its end.
    pub(super) address: String,
    /// The host that credentials are for: without the bucket.
    pub(super) host: String,
    /// Whether it is a service of this machine.
    pub(super) is_local: bool,
    /// Whether the endpoint is one that the settings name, and not Amazon's or the environment's own.
    pub(super) is_own_endpoint: bool,
}

impl S3Place {
    /// Reads a source: `s3://BUCKET/FOLDER`.
    pub(super) fn read(source: &Source<'_>, settings: &S3Settings) -> Result<Self, SettingError> {
        let scheme = source.text.split(':').next().unwrap_or_default();
        let wrong = |reason: &str| SettingError::Place {
            source_text: source.text.to_owned(),
            reason: reason.to_owned(),
            hint: format!("write \"{scheme}://BUCKET/FOLDER\""),
        };
        let rest = source
            .place
            .strip_prefix("//")
            .ok_or_else(|| wrong("there is no // behind the scheme"))?;
        let (bucket, inner) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains('@') {
            return Err(wrong("keys do not belong into a source"));
        }
        if !is_bucket(bucket) {
            return Err(wrong(
                "the name of a bucket has 3 to 63 lower-case letters, digits, dashes and dots",
            ));
        }
        let prefix = folder(inner).ok_or_else(|| wrong("there is a .. in it"))?;
        let variable = |name: &str| {
            let value = source.access.caller.variable(name)?;
            Some(value.expose_text()?.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let of_environment = || variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
        let own = settings.endpoint.clone();
        let endpoint = match own.clone().or_else(of_environment) {
            Some(text) => Some(endpoint(&text)?),
            None => None,
        };
        let named = endpoint
            .as_ref()
            .and_then(usual)
            .filter(|region| !region.is_empty());
        let region = settings
            .region
            .clone()
            .or_else(|| named.map(str::to_owned))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| DEFAULT_REGION.to_owned());
        if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(SettingError::Unfit {
                name: super::settings::REGION.to_owned(),
                reason: "it is no name of a region".to_owned(),
                hint: "write it as in \"eu-central-1\"".to_owned(),
            });
        }
        let base = match endpoint {
            // Any other address of Amazon's has a meaning of its own: of a network, of dual stacks.
            Some(endpoint) if usual(&endpoint).is_none() => endpoint,
            _ => amazon_endpoint(&region)?,
        };
        let is_amazon = is_of_amazon(&base);
        // A certificate for one level of names does not hold for a bucket with a dot in it.
        let in_host = !bucket.contains('.') && !settings.path_style.unwrap_or(!is_amazon);
        let host = base.host_str().unwrap_or_default().to_owned();
        let authority = base.port().map_or(host.clone(), |port| format!("{host}:{port}"));
        let path = base.path().trim_end_matches('/');
        let scheme = base.scheme();
        let address = if in_host {
            format!("{scheme}://{bucket}.{authority}{path}")
        } else {
            format!("{scheme}://{authority}{path}/{bucket}")
        };
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix,
            region,
            address,
            host,
            is_local: is_this_machine(&base),
            is_own_endpoint: own.is_some() && !is_amazon,
        })
    }
}

/// Returns where Amazon's service of a region is.
fn amazon_endpoint(region: &str) -> Result<Url, SettingError> {
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    endpoint(&format!("https://s3.{region}.{domain}"))
}

/// Returns whether a host is Amazon's own.
fn is_of_amazon(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

/// Returns what a plain host of Amazon's says of the region: the usual one, or its name; nothing for another host.
fn usual(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    let name = host
        .strip_suffix(".amazonaws.com.cn")
        .or(host.strip_suffix(".amazonaws.com"))?;
    match name.split_once('.') {
        None if name == "s3" => Some(""),
        Some(("s3", region)) if !region.contains('.') => Some(region),
        _ => None,
    }
}

/// Reads an address of a service: a URL, or a host alone.
pub(super) fn endpoint(text: &str) -> Result<Url, SettingError> {
    let wrong = |reason: &str| SettingError::Unfit {
        name: ENDPOINT.to_owned(),
        reason: reason.to_owned(),
        hint: "write the address of the service, such as \"https://s3.example.com\"".to_owned(),
    };
    let text = text.trim();
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&whole).map_err(|_| wrong("it is not an address"))?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong("there is more in it than a host and a path"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(wrong("it has no TLS, and is not on this machine")),
        _ => Err(wrong("it is not https")),
    }
}

fn is_bucket(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let edges = [name.bytes().next(), name.bytes().last()];
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| is_letter(b) || matches!(b, b'-' | b'.'))
        && edges.into_iter().flatten().all(is_letter)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::storage::access::Access;
    use crate::storage::store::Configs;

    fn read(text: &str, configs: &[(&str, &str)]) -> Result<S3Place, SettingError> {
        let configs: Configs = configs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let access = Access::default();
        let (_, place) = text.split_once(':').unwrap();
        let source = Source {
            text,
            place,
            root: Path::new("/"),
            configs: &configs,
            access: &access,
        };
        S3Place::read(&source, &S3Settings::read(&source)?)
    }

    #[test]
    fn a_bucket_is_in_the_host_of_amazon_and_in_the_path_elsewhere() {
        for (text, configs, address, region) in [
            (
                "s3://data/a//b/",
                &[][..],
                "https://data.s3.us-east-1.amazonaws.com",
                "us-east-1",
            ),
            (
                "s3a://data",
                &[("fs.s3a.endpoint.region", "eu-central-1")],
                "https://data.s3.eu-central-1.amazonaws.com",
                "eu-central-1",
            ),
            (
                "s3a://data",
                &[("fs.s3a.endpoint", "s3.cn-north-1.amazonaws.com.cn")],
                "https://data.s3.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
            ),
            (
                "s3://data.of.mine",
                &[],
                "https://s3.us-east-1.amazonaws.com/data.of.mine",
                "us-east-1",
            ),
            (
                "s3://data",
                &[("fs.s3a.path.style.access", "true")],
                "https://s3.us-east-1.amazonaws.com/data",
                "us-east-1",
            ),
            (
                "s3://data",
                &[("fs.s3a.endpoint", "http://127.0.0.1:5000/")],
                "http://127.0.0.1:5000/data",
                "us-east-1",
            ),
            (
                "s3://data",
                &[
                    ("fs.s3a.bucket.data.endpoint", "https://s3.example.com"),
                    ("fs.s3a.path.style.access", "false"),
                ],
                "https://data.s3.example.com",
                "us-east-1",
            ),
        ] {
            let place = read(text, configs).unwrap();
            assert_eq!(
                (place.address.as_str(), place.region.as_str()),
                (address, region),
                "{text}"
            );
        }
        assert_eq!(read("s3://data/a//b/", &[]).unwrap().prefix, "a/b");
    }

    #[test]
    fn what_is_no_place_says_why() {
        for (text, configs, expected) in [
            ("s3:data", &[][..], "there is no // behind the scheme"),
            ("s3://Data", &[], "the name of a bucket has"),
            ("s3://key:secret@data", &[], "keys do not belong into a source"),
            ("s3://data/../x", &[], "there is a .. in it"),
            (
                "s3://data",
                &[("fs.s3a.endpoint", "http://s3.example.com")],
                "it has no TLS, and is not on this machine",
            ),
            (
                "s3://data",
                &[("fs.s3a.endpoint", "https://me:pw@s3.example.com")],
                "there is more in it than a host and a path",
            ),
        ] {
            let error = read(text, configs).unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }
}
