//! An encrypted file as a store: what a team can commit, and what works on a server without a keyring.
//!
//! The format is that of `age`: opened by an identity, a file with a secret key, or by a passphrase. This file has what
//! `sheaf.ron` says of one, and creates it.

mod contents;
mod encrypted;
mod envelope;
mod failure;
mod lock;
mod unlocking;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Opening, SecretStore, StoreError};
use crate::digest::Digester;
use crate::secret::plain_option;
use encrypted::EncryptedFile;
use failure::Failure;
use unlocking::Unlocking;

/// What `sheaf.ron` says: `file(path: "secrets/team.age", identity: "~/.config/sheaf/identity.txt")`.
///
/// Paths are absolute, below the home folder (`~/…`), or from the workspace's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDefinition {
    /// The encrypted file.
    pub path: String,
    /// The file with the secret key that opens it, as `age-keygen` writes it.
    #[serde(with = "plain_option", default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Where the passphrase is that opens it; the person is asked where neither this nor an identity is given.
    #[serde(with = "plain_option", default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<PassphraseSource>,
    /// The public keys of all whom it opens for; only the identity's own where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
}

/// Where a passphrase comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassphraseSource {
    /// The person at the terminal.
    #[default]
    Prompt,
    /// An environment variable; written `variable("TEAM_PASSPHRASE")`.
    Variable(String),
    /// A file, without a line break at its end; written `file("/run/secrets/passphrase")`.
    File(String),
}

impl FileDefinition {
    pub(super) fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        Ok(Box::new(self.file(opening)?))
    }

    /// Returns the name of the variable that its passphrase is in.
    pub(super) fn variable(&self) -> Option<String> {
        match &self.passphrase {
            Some(PassphraseSource::Variable(name)) => Some(name.clone()),
            Some(PassphraseSource::Prompt | PassphraseSource::File(_)) | None => None,
        }
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("path", &self.path);
        digester.text("identity", self.identity.as_deref().unwrap_or_default());
        match &self.passphrase {
            None => digester.text("passphrase", ""),
            Some(PassphraseSource::Prompt) => digester.text("passphrase", "prompt"),
            Some(PassphraseSource::Variable(name)) => digester.text("variable", name),
            Some(PassphraseSource::File(path)) => digester.text("file", path),
        };
        digester.number("recipients", self.recipients.len() as u64);
        for recipient in &self.recipients {
            digester.text("recipient", recipient);
        }
    }

    /// Creates the identity and the file where they are missing, and checks that the one opens the other; returns what
    /// was created, in sentences.
    pub(super) fn create(&self, opening: &Opening) -> Result<Vec<String>, StoreError> {
        let file = self.file(opening)?;
        let mut created = Vec::new();
        if let Unlocking::Identity(path) = file.unlocking()
            && !path.exists()
        {
            let public = file.create_identity(path)?;
            created.push(format!(
                "created the identity {}: keep it out of version control, and a copy of it in a safe place. Its public \
                 key, for the recipients of this scope, is {public}",
                path.display()
            ));
            if file.exists() {
                created.push(format!(
                    "{} is there already: it opens for this identity when someone whom it opens for has added that \
                     public key to the recipients and has stored a secret",
                    file.name()
                ));
                return Ok(created);
            }
        }
        if file.exists() {
            file.unlock()?;
        } else {
            file.create()?;
            created.push(format!("created {}", file.name()));
        }
        Ok(created)
    }

    fn file(&self, opening: &Opening) -> Result<EncryptedFile, StoreError> {
        let failure = Failure::of(&self.path);
        let path = |written: &str| {
            let outside = "write it as an absolute path, or set HOME";
            opening
                .path(written)
                .map_err(|reason| failure.definition(&reason, outside))
        };
        let unlocking = match (&self.identity, &self.passphrase) {
            (Some(_), Some(_)) => {
                let reason = "sheaf.ron gives both an identity and a passphrase for it";
                return Err(failure.definition(reason, "give one of the two"));
            }
            (Some(identity), None) => Unlocking::Identity(path(identity)?),
            (None, None | Some(PassphraseSource::Prompt)) => Unlocking::Prompt,
            (None, Some(PassphraseSource::Variable(variable))) => Unlocking::Variable(variable.clone()),
            (None, Some(PassphraseSource::File(file))) => Unlocking::File(path(file)?),
        };
        if !self.recipients.is_empty() && self.identity.is_none() {
            let reason = "sheaf.ron gives recipients for it, and no identity";
            let hint =
                "a file is encrypted either for recipients or by one passphrase: give an `identity` instead";
            return Err(failure.definition(reason, hint));
        }
        let recipients = self.recipients.iter().map(|text| {
            text.parse().map_err(|_| {
                let reason = format!("the recipient {text:?} in sheaf.ron is not a public key");
                let hint = "a public key begins with `age1`; `age-keygen -y` prints the one of an identity";
                failure.definition(&reason, hint)
            })
        });
        let recipients = recipients.collect::<Result<_, _>>()?;
        let path = path(&self.path)?;
        Ok(EncryptedFile::new(
            path,
            unlocking,
            recipients,
            Arc::clone(&opening.caller),
            failure,
        ))
    }
}

#[cfg(test)]
mod tests;
