//! [`Contents`]: what an encrypted file holds, as JSON with a version.
//!
//! `{"version":1,"secrets":{"password":{"value":"aHVudGVyMg==","modified":"2026-11-28T14:00:00.000Z"}}}`: values are base64,
//! so that any bytes can be one, and a person who decrypts the file with `age` can read the rest.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::reference::Reference;
use crate::secret::store::Metadata;
use crate::secret::value::SecretValue;

/// The version of the form that is written.
const VERSION: u32 = 1;

/// All secrets of a file, in memory that is zeroed.
#[derive(Clone, Default)]
pub(super) struct Contents(BTreeMap<String, Kept>);

#[derive(Clone)]
struct Kept {
    value: SecretValue,
    modified: SystemTime,
}

/// Why the decrypted bytes are not contents; never with a part of them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ContentsError {
    #[error("what is in it was written by a newer Sheaf (version {0})")]
    Newer(u32),
    #[error("what is in it is not a list of secrets: line {line}, column {column}")]
    Form { line: usize, column: usize },
    #[error("the secret {0:?} in it is not as Sheaf writes it")]
    Secret(String),
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm<'a> {
    version: u32,
    #[serde(borrow)]
    secrets: BTreeMap<&'a str, SecretForm<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretForm<'a> {
    value: &'a str,
    modified: &'a str,
}

impl Contents {
    /// Reads decrypted bytes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ContentsError> {
        // What the reader says of an error can hold a value: only the place is kept.
        let form = |error: serde_json::Error| ContentsError::Form {
            line: error.line(),
            column: error.column(),
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(form)?;
        if version > VERSION {
            return Err(ContentsError::Newer(version));
        }
        let written: FileForm<'_> = serde_json::from_slice(bytes).map_err(form)?;
        let secrets = written.secrets.into_iter();
        let secrets = secrets.map(|(key, secret)| {
            let kept = Reference::check_key(key).ok().and_then(|()| secret.kept());
            let kept = kept.ok_or_else(|| ContentsError::Secret(key.to_owned()))?;
            Ok((key.to_owned(), kept))
        });
        secrets.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the bytes to encrypt.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let encoded: Vec<(Zeroizing<String>, String)> = self
            .0
            .values()
            .map(|kept| {
                let value = Zeroizing::new(STANDARD.encode(kept.value.expose()));
                (value, humantime::format_rfc3339_millis(kept.modified).to_string())
            })
            .collect();
        let secrets = self.0.keys().zip(&encoded).map(|(key, (value, modified))| {
            let secret = SecretForm { value, modified };
            (key.as_str(), secret)
        });
        let form = FileForm {
            version: VERSION,
            secrets: secrets.collect(),
        };
        // Large enough at once: a buffer that grows leaves copies behind that nobody zeroes.
        let size = form
            .secrets
            .iter()
            .map(|(key, secret)| key.len() + secret.value.len() + 96)
            .sum::<usize>();
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 96));
        // Writing texts to memory cannot fail.
        let _ = serde_json::to_writer(&mut *bytes, &form);
        bytes.push(b'\n');
        bytes
    }

    pub(super) fn get(&self, key: &str) -> Option<&SecretValue> {
        self.0.get(key).map(|kept| &kept.value)
    }

    pub(super) fn put(&mut self, key: &str, value: SecretValue, modified: SystemTime) {
        self.0.insert(key.to_owned(), Kept { value, modified });
    }

    /// Removes a secret; returns whether there was one.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    pub(super) fn list(&self) -> Vec<Metadata> {
        let all = self.0.iter();
        all.map(|(key, kept)| Metadata {
            key: key.clone(),
            modified: Some(kept.modified),
        })
        .collect()
    }
}

impl SecretForm<'_> {
    fn kept(&self) -> Option<Kept> {
        let size = base64::decoded_len_estimate(self.value.len());
        let mut bytes = Zeroizing::new(vec![0; size]);
        let length = STANDARD.decode_slice(self.value, &mut bytes).ok()?;
        Some(Kept {
            value: SecretValue::new(bytes.get(..length)?.to_vec()),
            modified: humantime::parse_rfc3339(self.modified).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parse(text: &str) -> Result<Contents, ContentsError> {
        Contents::parse(text.as_bytes())
    }

    #[test]
    fn any_bytes_come_back_with_their_time() {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_874_400_123);
        let mut contents = Contents::default();
        let long = vec![7; 65_536];
        let values: [&[u8]; 4] = [b"", b"hunter2\n", &[0, 255, 128], &long];
        for (number, value) in values.iter().enumerate() {
            contents.put(
                &format!("key-{number}"),
                SecretValue::new(value.to_vec()),
                modified,
            );
        }
        let bytes = contents.to_bytes();
        assert!(bytes.len() < bytes.capacity());
        let read = Contents::parse(&bytes).unwrap();
        for (number, value) in values.iter().enumerate() {
            assert_eq!(read.get(&format!("key-{number}")).unwrap().expose(), *value);
        }
        assert_eq!(read.list(), contents.list());
        assert_eq!(read.list()[0].modified, Some(modified));
    }

    #[test]
    fn the_form_is_the_documented_one() {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_hours(498_854);
        let mut contents = Contents::default();
        contents.put("password", SecretValue::new(b"hunter2".to_vec()), modified);
        assert_eq!(
            std::str::from_utf8(&contents.to_bytes()).unwrap(),
            "{\"version\":1,\"secrets\":{\"password\":{\"value\":\"aHVudGVyMg==\",\"modified\":\"2026-11-28T14:00:00.000Z\"}}}\n"
        );
    }

    #[test]
    fn what_is_no_contents_is_refused_without_a_part_of_it() {
        for (text, expected) in [
            (
                "{\"version\":2,\"vaults\":[]}",
                "what is in it was written by a newer Sheaf (version 2)",
            ),
            (
                "password: hunter2",
                "what is in it is not a list of secrets: line 1, column 1",
            ),
            (
                "{\"version\":1,\"secrets\":\"hunter2\"}",
                "what is in it is not a list of secrets: line 1, column 32",
            ),
            (
                "{\"version\":1,\"secrets\":{\"a\":{\"value\":\"hunter2!\",\"modified\":\"2026-11-28T14:00:00Z\"}}}",
                "the secret \"a\" in it is not as Sheaf writes it",
            ),
            (
                "{\"version\":1,\"secrets\":{\"a/b\":{\"value\":\"\",\"modified\":\"2026-11-28T14:00:00Z\"}}}",
                "the secret \"a/b\" in it is not as Sheaf writes it",
            ),
        ] {
            assert_eq!(parse(text).err().unwrap().to_string(), expected, "{text}");
        }
    }
}
