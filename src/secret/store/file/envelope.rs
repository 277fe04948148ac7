//! [`Key`]: what opens an encrypted file, and what is written so that it can be opened again: the format of `age`.
//!
//! Files are armored, so that version control takes them as text. The `age` and `rage` commands read and write the same.

use std::borrow::Cow;
use std::io::{self, Read as _, Write as _};
use std::iter::once;
use std::time::{Duration, Instant};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, EncryptError, Encryptor, Identity, Recipient, scrypt, x25519};
use zeroize::Zeroizing;

/// How a file begins, armored and not.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const MAGIC: &[u8] = b"age-encryption.org/";
/// How a file begins in the version of the format that is read.
const VERSION: &[u8] = b"age-encryption.org/v1\n";
/// What deriving a key from a passphrase may take when a file is written.
const DERIVATION: Duration = Duration::from_secs(1);
/// The least and the most work of deriving it, as powers of two: 64 and 256 MiB of memory; the most is what `age` takes.
const WORK: (u8, u8) = (16, 18);
/// The work up to which the time that it takes is measured.
const MEASURED: u8 = 12;
/// The most work that a file may ask for: 1 GiB of memory. A file that somebody else wrote could ask for hours.
const MOST_WORK: u8 = 20;

/// What opens a file.
pub(super) enum Key {
    /// Secret keys, of which one is enough.
    Identities(Vec<x25519::Identity>),
    /// A passphrase.
    Passphrase(SecretString),
}

/// Why a file is not opened or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnvelopeError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is not one that `age` encrypted")]
    Foreign,
    #[error("the file has the marks of a merge in it")]
    Merged,
    #[error("the file is damaged: a part of it is missing or was changed")]
    Damaged,
    #[error("the file was encrypted by a newer version of `age`")]
    Newer,
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    #[error("the file is not encrypted for this identity")]
    WrongIdentity,
    #[error("the file is encrypted by a passphrase, and sheaf.ron names an identity")]
    NeedsPassphrase,
    #[error("the file is encrypted for identities, and sheaf.ron names none")]
    NeedsIdentity,
    #[error("the passphrase of the file takes too much work to check (2^{0}, the most is 2^{MOST_WORK})")]
    TooMuchWork(u8),
    #[error("it cannot be encrypted: {0}")]
    Encryption(#[from] EncryptError),
    #[error("it cannot be encrypted: {0}")]
    Writing(#[from] io::Error),
}

impl Key {
    /// Reads the text of a file of identities, as `age-keygen` writes it; an error is the number of the line.
    pub(super) fn identities(text: &str) -> Result<Vec<x25519::Identity>, usize> {
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|(number, line)| line.parse().map_err(|_| number + 1))
            .collect()
    }

    /// Decrypts the bytes of a file.
    pub(super) fn open(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        check_beginning(bytes)?;
        let binary = unarmored(bytes).ok_or(EnvelopeError::Damaged)?;
        if !binary.starts_with(VERSION) {
            return Err(if binary.starts_with(MAGIC) {
                EnvelopeError::Newer
            } else {
                EnvelopeError::Damaged
            });
        }
        let decryptor = Decryptor::new_buffered(&*binary).map_err(|_| EnvelopeError::Damaged)?;
        let reader = match self {
            Self::Identities(_) if decryptor.is_scrypt() => return Err(EnvelopeError::NeedsPassphrase),
            Self::Passphrase(_) if !decryptor.is_scrypt() => return Err(EnvelopeError::NeedsIdentity),
            Self::Identities(identities) => {
                decryptor.decrypt(identities.iter().map(|identity| identity as &dyn Identity))
            }
            Self::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(MOST_WORK);
                decryptor.decrypt(once(&identity as &dyn Identity))
            }
        };
        let mut reader = reader.map_err(|error| match (self, error) {
            (
                Self::Passphrase(_),
                DecryptError::DecryptionFailed
                | DecryptError::KeyDecryptionFailed
                | DecryptError::NoMatchingKeys,
            ) => EnvelopeError::WrongPassphrase,
            (Self::Identities(_), DecryptError::NoMatchingKeys) => EnvelopeError::WrongIdentity,
            (_, DecryptError::ExcessiveWork { required, .. }) => EnvelopeError::TooMuchWork(required),
            _ => EnvelopeError::Damaged,
        })?;
        // Large enough at once: a buffer that grows leaves copies behind that nobody zeroes.
        let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
        reader
            .read_to_end(&mut plain)
            .map_err(|_| EnvelopeError::Damaged)?;
        Ok(plain)
    }

    /// Encrypts what this key, or with identities every recipient, can open.
    pub(super) fn seal(
        &self,
        plain: &[u8],
        recipients: &[x25519::Recipient],
    ) -> Result<Vec<u8>, EnvelopeError> {
        let encryptor = match self {
            Self::Identities(_) => {
                Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn Recipient))?
            }
            Self::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(work()?);
                Encryptor::with_recipients(once(&recipient as &dyn Recipient))?
            }
        };
        let mut sealed = Vec::new();
        let armored = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armored)?;
        writer.write_all(plain)?;
        writer.finish()?.finish()?;
        Ok(sealed)
    }
}

/// Returns whether bytes begin as those that `age` encrypted.
pub(super) fn is_encrypted(text: &[u8]) -> bool {
    text.starts_with(ARMOR) || text.starts_with(MAGIC)
}

/// Measures how much work a passphrase may take on this machine.
fn work() -> Result<u8, EnvelopeError> {
    let mut trial = scrypt::Recipient::new(SecretString::from(String::new()));
    trial.set_work_factor(MEASURED);
    let begun = Instant::now();
    Encryptor::with_recipients(once(&trial as &dyn Recipient))?;
    let taken = begun.elapsed();
    let (least, most) = WORK;
    let fits = |work: &u8| taken * (1 << (work - MEASURED)) <= DERIVATION;
    Ok((least..=most).rev().find(fits).unwrap_or(least))
}

/// Returns the bytes that text stands for, or those that are there.
fn unarmored(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if bytes.starts_with(MAGIC) {
        return Some(Cow::Borrowed(bytes));
    }
    let mut binary = Vec::new();
    ArmoredReader::new(bytes).read_to_end(&mut binary).ok()?;
    Some(Cow::Owned(binary))
}

fn check_beginning(bytes: &[u8]) -> Result<(), EnvelopeError> {
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Err(EnvelopeError::Empty);
    }
    let is_mark = |line: &[u8]| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> ");
    if text.split(|byte| *byte == b'\n').any(is_mark) {
        return Err(EnvelopeError::Merged);
    }
    if is_encrypted(text) {
        Ok(())
    } else {
        Err(EnvelopeError::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> (Key, Vec<x25519::Recipient>) {
        let identity = x25519::Identity::generate();
        let recipient = identity.to_public();
        (Key::Identities(vec![identity]), vec![recipient])
    }

    fn opened(key: &Key, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let opened = key.open(bytes).map_err(|error| error.to_string())?;
        Ok(opened.to_vec())
    }

    #[test]
    fn every_recipient_opens_what_was_sealed_and_nobody_else() {
        let (first, mut recipients) = identity();
        let (second, others) = identity();
        let (stranger, _) = identity();
        recipients.extend(others);
        let sealed = first.seal(b"plain", &recipients).unwrap();
        assert!(sealed.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert_eq!(opened(&first, &sealed).unwrap(), b"plain");
        assert_eq!(opened(&second, &sealed).unwrap(), b"plain");
        assert_eq!(
            opened(&stranger, &sealed).unwrap_err(),
            "the file is not encrypted for this identity"
        );
        let passphrase = Key::Passphrase(SecretString::from("correct horse"));
        assert_eq!(
            opened(&passphrase, &sealed).unwrap_err(),
            "the file is encrypted for identities, and sheaf.ron names none"
        );
    }

    #[test]
    fn a_passphrase_opens_what_it_sealed_and_no_other_does() {
        let key = Key::Passphrase(SecretString::from("correct horse"));
        let sealed = key.seal(b"plain", &[]).unwrap();
        assert_eq!(opened(&key, &sealed).unwrap(), b"plain");
        let wrong = Key::Passphrase(SecretString::from("battery staple"));
        assert_eq!(opened(&wrong, &sealed).unwrap_err(), "the passphrase is wrong");
        let (identity, _) = identity();
        assert_eq!(
            opened(&identity, &sealed).unwrap_err(),
            "the file is encrypted by a passphrase, and sheaf.ron names an identity"
        );
    }

    #[test]
    fn what_is_damaged_or_something_else_is_said() {
        let (key, recipients) = identity();
        let sealed = key.seal(b"plain", &recipients).unwrap();
        let merged = [b"<<<<<<< HEAD\n".as_slice(), &sealed].concat();
        for (bytes, expected) in [
            (b" \n".as_slice(), "the file is empty"),
            (b"password=hunter2\n", "the file is not one that `age` encrypted"),
            (&merged, "the file has the marks of a merge in it"),
            (
                b"age-encryption.org/v9\n-> X\n\n--- a\n",
                "the file was encrypted by a newer version of `age`",
            ),
        ] {
            assert_eq!(opened(&key, bytes).unwrap_err(), expected);
        }
        let damaged = "the file is damaged: a part of it is missing or was changed";
        let marker = "-----BEGIN AGE ENCRYPTED FILE-----".len();
        for length in marker..sealed.trim_ascii_end().len() {
            assert_eq!(opened(&key, &sealed[..length]).unwrap_err(), damaged, "{length}");
        }
        for position in marker..sealed.trim_ascii_end().len() {
            let mut changed = sealed.clone();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let error = opened(&key, &changed).unwrap_err();
            assert!(
                [
                    damaged,
                    "the file is not encrypted for this identity",
                    "the file was encrypted by a newer version of `age`"
                ]
                .contains(&error.as_str()),
                "{position}: {error}"
            );
        }
    }

    #[test]
    fn a_file_that_asks_for_hours_is_refused() {
        let mut recipient = scrypt::Recipient::new(SecretString::from("x"));
        recipient.set_work_factor(1);
        let encryptor = Encryptor::with_recipients(once(&recipient as &dyn Recipient)).unwrap();
        let mut bytes = Vec::new();
        encryptor.wrap_output(&mut bytes).unwrap().finish().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (salt, rest) = text.split_once(" 1\n").unwrap();
        let more = format!("{salt} 30\n{rest}");
        let key = Key::Passphrase(SecretString::from("x"));
        assert_eq!(
            opened(&key, more.as_bytes()).unwrap_err(),
            "the passphrase of the file takes too much work to check (2^30, the most is 2^20)"
        );
    }

    #[test]
    fn identities_are_read_as_age_keygen_writes_them() {
        let identity = x25519::Identity::generate();
        let text = {
            use age::secrecy::ExposeSecret as _;
            format!("# created: now\n\n  {}  \n", identity.to_string().expose_secret())
        };
        let read = Key::identities(&text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].to_public().to_string(), identity.to_public().to_string());
        assert_eq!(Key::identities("# x\nssh-ed25519 AAAA").err(), Some(2));
        assert!(Key::identities("# nothing\n").unwrap().is_empty());
    }
}
