//! [`GcsPlace`]: the bucket and the folder that a source of Google's names, and where they are.

use url::Url;

use super::settings::{GcsSettings, ROOT};
use crate::storage::remote::place::{folder, is_this_machine};
use crate::storage::remote::settings::SettingError;
use crate::storage::store::Source;

/// Where the service is.
const SERVICE: &str = "https://storage.googleapis.com";

/// Where a bucket is.
#[derive(Debug)]
pub(super) struct GcsPlace {
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// The address of the service, without a `/` at its end.
    pub(super) service: String,
    /// The host of that.
    pub(super) host: String,
    /// The address of the bucket.
    pub(super) address: String,
    pub(super) is_local: bool,
    pub(super) is_own_endpoint: bool,
}

impl GcsPlace {
    /// Reads a source: `gs://BUCKET/FOLDER`.
    pub(super) fn read(source: &Source<'_>, settings: &GcsSettings) -> Result<Self, SettingError> {
        let wrong = |reason: &str| SettingError::Place {
            source_text: source.text.to_owned(),
            reason: reason.to_owned(),
            hint: "write \"gs://BUCKET/FOLDER\"".to_owned(),
        };
        let rest = source
            .place
            .strip_prefix("//")
            .ok_or_else(|| wrong("there is no // behind the scheme"))?;
        let (bucket, inner) = rest.split_once('/').unwrap_or((rest, ""));
        let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_bucket = (3..=222).contains(&bucket.len())
            && bucket
                .bytes()
                .all(|b| is_letter(b) || matches!(b, b'-' | b'_' | b'.'))
            && !bucket.contains("..");
        if !is_bucket {
            return Err(wrong(
                "the name of a bucket has 3 or more lower-case letters, digits, dashes, dots and _",
            ));
        }
        let service = settings.root.as_deref().unwrap_or(SERVICE);
        let unfit = |reason: &str| SettingError::Unfit {
            name: ROOT.to_owned(),
            reason: reason.to_owned(),
            hint: format!("leave it out, or write it as in \"{SERVICE}\""),
        };
        let url = Url::parse(service).map_err(|_| unfit("it is not an address"))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(unfit("there is more in it than a host and a path"));
        }
        let is_local = is_this_machine(&url);
        if url.scheme() != "https" && !(is_local && url.scheme() == "http") {
            return Err(unfit("it has no TLS, and is not on this machine"));
        }
        let service = service.trim_end_matches('/').to_owned();
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: folder(inner).ok_or_else(|| wrong("there is a .. in it"))?,
            host: url.host_str().unwrap_or_default().to_owned(),
            address: format!("{service}/{bucket}"),
            is_local,
            is_own_endpoint: service != SERVICE,
            service,
        })
    }
}
