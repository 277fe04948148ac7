//! [`Unlocking`]: where the key of an encrypted file comes from.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use age::x25519;
use zeroize::Zeroizing;

use super::envelope::{Key, is_encrypted};
use super::failure::Failure;
use crate::secret::caller::Caller;
use crate::secret::store::StoreError;
use crate::secret::value::SecretValue;

/// Where the key of a file comes from.
pub(super) enum Unlocking {
    /// A file with secret keys.
    Identity(PathBuf),
    /// A person who types a passphrase.
    Prompt,
    /// An environment variable with a passphrase.
    Variable(String),
    /// A file with a passphrase.
    File(PathBuf),
}

impl Unlocking {
    /// Returns whether a person types the passphrase.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self, Self::Prompt)
    }

    /// Returns the file that the key is in.
    #[cfg(unix)]
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Identity(path) | Self::File(path) => Some(path),
            Self::Prompt | Self::Variable(_) => None,
        }
    }

    /// Gets the key, asking `question` where a person has it.
    pub(super) fn key(
        &self,
        caller: &dyn Caller,
        question: &str,
        failure: &Failure,
    ) -> Result<Key, StoreError> {
        let passphrase = match self {
            Self::Identity(path) => return identities(path, failure).map(Key::Identities),
            Self::Prompt => caller.ask(question).ok_or_else(|| {
                failure.definition(
                    "it is locked, and nobody typed its passphrase",
                    "without a terminal, Sheaf takes it from where sheaf.ron says: `passphrase: variable(\"NAME\")` or \
                     `passphrase: file(\"PATH\")`",
                )
            })?,
            Self::Variable(variable) => caller.variable(variable).ok_or_else(|| {
                let reason = format!("it is locked: the environment variable {variable} is not set");
                failure.definition(&reason, "set it to the passphrase where Sheaf is started")
            })?,
            Self::File(path) => read(path).map_err(|error| failure.unreadable(path, &error))?,
        };
        let text = passphrase.expose_text();
        let text = text.map(|text| text.strip_suffix('\n').unwrap_or(text));
        let text = text.map(|text| text.strip_suffix('\r').unwrap_or(text));
        match text.filter(|text| !text.is_empty()) {
            Some(text) => Ok(Key::Passphrase(SecretString::from(text))),
            None => Err(failure.definition(
                "its passphrase is empty, or not text",
                "a passphrase is one line of text",
            )),
        }
    }
}

fn identities(path: &Path, failure: &Failure) -> Result<Vec<x25519::Identity>, StoreError> {
    let wrong = |reason: &str| {
        let reason = format!("the identity {} {reason}", path.display());
        let hint = "an identity is a file with a line `AGE-SECRET-KEY-…`, as `age-keygen` writes it; name another in \
                    sheaf.ron, or remove it and run `sheaf secrets create-scope SCOPE`, which creates one";
        failure.definition(&reason, hint)
    };
    let bytes = read(path).map_err(|error| failure.unreadable(path, &error))?;
    if is_encrypted(bytes.expose()) {
        return Err(wrong(
            "is itself encrypted, and Sheaf does not ask for its passphrase",
        ));
    }
    let text = bytes.expose_text().ok_or_else(|| wrong("is not text"))?;
    match Key::identities(text) {
        Ok(identities) if identities.is_empty() => Err(wrong("has no secret key in it")),
        Ok(identities) => Ok(identities),
        Err(line) => Err(wrong(&format!("has something else on line {line}"))),
    }
}

/// Reads a file that has a secret in it.
fn read(path: &Path) -> io::Result<SecretValue> {
    let mut file = File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.read_to_end(&mut bytes)?;
    Ok(SecretValue::new(bytes.to_vec()))
}
