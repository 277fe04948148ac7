//! [`WebSettings`]: who asks a web server, by a name and a password or by a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

use crate::secret::Destination;
use crate::storage::access::Access;
use crate::storage::remote::failure::RemoteError;
use crate::storage::remote::settings::{SettingError, unfit, value, values};
use crate::storage::store::Source;

const USERNAME: &str = "username";
const PASSWORD: &str = "password";
const HEADER: &str = "header.";
/// What a request has anyway, and what would change its meaning.
const RESERVED: [&str; 8] = [
    "host",
    "range",
    "content-length",
    "transfer-encoding",
    "connection",
    "if-match",
    "accept-encoding",
    "user-agent",
];

/// What a mount says; the texts have references to secrets in them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct WebSettings {
    basic: Option<(String, String)>,
    /// The settings' names, the headers', and their texts.
    headers: Vec<(String, HeaderName, String)>,
}

impl WebSettings {
    /// Reads the settings of a source; none is ignored.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SettingError> {
        let mut settings = Self::default();
        for (name, text) in source.configs {
            if matches!(name.as_str(), USERNAME | PASSWORD) {
                continue;
            }
            let Some(header) = name.strip_prefix(HEADER) else {
                return Err(SettingError::Unknown {
                    name: name.clone(),
                    source_text: source.text.to_owned(),
                    known: vec![
                        USERNAME.to_owned(),
                        PASSWORD.to_owned(),
                        "header.Authorization".to_owned(),
                    ],
                });
            };
            let reserved = RESERVED.contains(&header.to_lowercase().as_str());
            let header = HeaderName::from_bytes(header.as_bytes())
                .ok()
                .filter(|_| !reserved);
            let header = header.ok_or_else(|| SettingError::Unfit {
                name: name.clone(),
                reason: "it is no header that a mount can have".to_owned(),
                hint: "write \"header.Authorization\", or what the server asks for".to_owned(),
            })?;
            settings.headers.push((name.clone(), header, text.clone()));
        }
        let text = |name: &str| source.configs.get(name).cloned();
        settings.basic = match (text(USERNAME), text(PASSWORD)) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, None) => None,
            (username, _) => {
                let (given, missing) = match username {
                    Some(_) => (USERNAME, PASSWORD),
                    None => (PASSWORD, USERNAME),
                };
                return Err(SettingError::Unfit {
                    name: given.to_owned(),
                    reason: format!("{missing} is missing"),
                    hint: "give both, or neither of them".to_owned(),
                });
            }
        };
        if settings.basic.is_some()
            && let Some((name, ..)) = settings
                .headers
                .iter()
                .find(|(_, header, _)| *header == AUTHORIZATION)
        {
            return Err(SettingError::Unfit {
                name: name.clone(),
                reason: format!("{USERNAME} says already who asks"),
                hint: "keep one of them".to_owned(),
            });
        }
        Ok(settings)
    }

    /// Returns the headers that prove who asks a server.
    pub(super) fn headers(
        &self,
        server: &Url,
        name: &str,
        access: &Access,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, RemoteError> {
        let destination = || {
            let host = server.host_str().unwrap_or_default();
            Destination::parse(host).map_err(|_| unfit(name, PASSWORD, "the host of the source is no sink"))
        };
        let sensitive = |text: &str, setting: &str| {
            let header = HeaderValue::from_str(text);
            let mut header =
                header.map_err(|_| unfit(name, setting, "it has letters that no header can have"))?;
            header.set_sensitive(true);
            Ok(header)
        };
        let mut headers = Vec::new();
        if let Some((username, password)) = &self.basic {
            let texts = [(USERNAME, username.as_str()), (PASSWORD, password)];
            let found = values(access, name, destination()?, &texts)?;
            let mut pair = Zeroizing::new(Vec::new());
            for (at, value) in found.iter().enumerate() {
                if at > 0 {
                    pair.push(b':');
                }
                pair.extend_from_slice(value.expose());
            }
            let text = Zeroizing::new(format!("Basic {}", BASE64.encode(&*pair)));
            headers.push((AUTHORIZATION, sensitive(&text, PASSWORD)?));
        }
        for (setting, header, text) in &self.headers {
            let value = value(access, name, destination()?, (setting, text))?;
            let text = value.expose_text().unwrap_or_default().trim();
            headers.push((header.clone(), sensitive(text, setting)?));
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::storage::store::Configs;

    #[test]
    fn a_setting_is_never_ignored() {
        let access = Access::default();
        for (configs, expected) in [
            (
                &[("user", "me")][..],
                "the setting \"user\" is not known for https://example.com",
            ),
            (
                &[("username", "me")],
                "the setting \"username\" cannot be used: password is missing",
            ),
            (
                &[("header.Host", "x")],
                "the setting \"header.Host\" cannot be used: it is no header that a mount can have",
            ),
            (
                &[
                    ("username", "me"),
                    ("password", "p"),
                    ("header.authorization", "x"),
                ],
                "the setting \"header.authorization\" cannot be used: username says already who asks",
            ),
        ] {
            let configs: Configs = configs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            let error = WebSettings::read(&Source {
                text: "https://example.com",
                place: "//example.com",
                root: Path::new("/"),
                configs: &configs,
                access: &access,
            });
            assert_eq!(error.unwrap_err().to_string(), expected);
        }
    }
}
