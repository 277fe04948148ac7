//! [`Tokens`]: who may use the monitor, in `.sheaf/access.ron`; of each token only what it can be recognised by.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::error::nearest;
use crate::file::replace_private;
use crate::monitor::error::MonitorError;
use crate::secret::SecretValue;
use crate::secret::redaction::register;
use crate::workspace::Workspace;

/// The name of the file in the private folder.
const FILE: &str = "access.ron";

/// How many bytes of chance a token has.
const BYTES: usize = 32;

/// Who may use the monitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    tokens: BTreeMap<String, Token>,
}

/// A token, without what makes it one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What its bearer may do.
    pub role: Role,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// What it is recognised by: Argon2id of its secret half.
    pub(super) hash: String,
}

impl Tokens {
    /// Returns where the tokens of a workspace are.
    pub fn path_of(workspace: &Workspace) -> PathBuf {
        workspace.private_dir().join(FILE)
    }

    /// Reads the tokens in a file; none where there is no file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or does not say what such a file says: nobody is let in then.
    pub fn read(path: &Path) -> Result<Self, MonitorError> {
        let damaged = |reason: String| MonitorError::Access {
            path: path.to_owned(),
            reason,
        };
        match fs::read_to_string(path) {
            Ok(text) => ron::from_str(&text).map_err(|error| damaged(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    /// Writes the tokens to a file that only this person can read.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), MonitorError> {
        let failed = |reason: String| MonitorError::Unwritable {
            path: path.to_owned(),
            reason,
        };
        let text = ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default())
            .map_err(|error| failed(error.to_string()))?;
        replace_private(path, format!("{text}\n").as_bytes()).map_err(|error| failed(error.to_string()))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Returns each token with its name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Token)> {
        self.tokens.iter().map(|(name, token)| (name.as_str(), token))
    }

    /// Returns the token of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Token> {
        self.tokens.get(name)
    }

    /// Makes a token and returns it; nothing can show it again.
    ///
    /// # Errors
    ///
    /// When the name is taken, or cannot be one.
    pub fn add(
        &mut self,
        name: &str,
        role: Role,
        created: DateTime<Utc>,
    ) -> Result<SecretValue, MonitorError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
            return Err(MonitorError::TokenName {
                name: name.to_owned(),
            });
        }
        if self.tokens.contains_key(name) {
            return Err(MonitorError::TokenTaken {
                name: name.to_owned(),
            });
        }
        let secret = random(BYTES)?;
        let hash = hash(&secret)?;
        self.tokens.insert(name.to_owned(), Token { role, created, hash });
        let token = SecretValue::new(format!("{name}.{secret}").into_bytes());
        register(&token);
        Ok(token)
    }

    /// Removes a token: who has it is let in no more, at once.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub fn remove(&mut self, name: &str) -> Result<(), MonitorError> {
        match self.tokens.remove(name) {
            Some(_) => Ok(()),
            None => Err(MonitorError::NoToken {
                name: name.to_owned(),
                nearest: nearest(name, self.tokens.keys().map(String::as_str)).map(str::to_owned),
            }),
        }
    }

    /// Returns the name of the token that was shown, if it is one of these; slow by intent.
    pub(super) fn recognised(&self, shown: &str) -> Option<&str> {
        let (name, secret) = shown.split_once('.').unwrap_or_default();
        let (name, token) = self.tokens.get_key_value(name)?;
        let hash = PasswordHash::new(&token.hash).ok()?;
        let is_it = Argon2::default()
            .verify_password(secret.as_bytes(), &hash)
            .is_ok();
        is_it.then_some(name)
    }
}

fn hash(secret: &str) -> Result<String, MonitorError> {
    let salt = chance::<16>()?;
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt);
    let hash = hash.map_err(|error| MonitorError::Chance {
        reason: error.to_string(),
    })?;
    Ok(hash.to_string())
}

/// Returns a text of so many bytes of chance that is safe in addresses, headers and files.
pub(super) fn random(bytes: usize) -> Result<String, MonitorError> {
    let chance = chance::<BYTES>()?;
    Ok(URL_SAFE_NO_PAD.encode(chance.get(..bytes).unwrap_or(&chance)))
}

/// Returns bytes of chance, of the system.
pub(super) fn chance<const N: usize>() -> Result<[u8; N], MonitorError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| MonitorError::Chance {
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_until_it_is_removed_and_its_file_does_not_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let mut tokens = Tokens::default();
        let token = tokens.add("ci", Role::Run, DateTime::UNIX_EPOCH).unwrap();
        tokens.add("ops", Role::Manage, DateTime::UNIX_EPOCH).unwrap();
        tokens.write(&file).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let secret = token.expose_text().unwrap().split_once('.').unwrap().1;
        assert!(!text.contains(secret) && text.contains("$argon2id$"), "{text}");
        let mut tokens = Tokens::read(&file).unwrap();
        assert_eq!(tokens.recognised(token.expose_text().unwrap()), Some("ci"));
        assert_eq!(tokens.recognised(&format!("ops.{secret}")), None);
        assert_eq!(tokens.recognised("ci."), None);
        assert_eq!(tokens.recognised(""), None);
        tokens.remove("ci").unwrap();
        assert_eq!(tokens.recognised(token.expose_text().unwrap()), None);
    }

    #[test]
    fn names_are_checked_and_not_given_twice() {
        let mut tokens = Tokens::default();
        tokens.add("ci", Role::View, DateTime::UNIX_EPOCH).unwrap();
        let mut refused = |name: &str| tokens.add(name, Role::View, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(matches!(refused("ci"), MonitorError::TokenTaken { .. }));
        assert!(matches!(refused("a.b"), MonitorError::TokenName { .. }));
        assert!(matches!(refused(""), MonitorError::TokenName { .. }));
        let unknown = tokens.remove("c").unwrap_err();
        assert!(matches!(unknown, MonitorError::NoToken { nearest: Some(name), .. } if name == "ci"));
    }
}
