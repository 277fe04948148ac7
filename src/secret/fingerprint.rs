//! [`FingerprintKey`]: what makes fingerprints of values, one person's own.
//!
//! A fingerprint tells one version of a value from another. Made without a key, anyone who sees it could try words until one
//! has it; so a random key goes in, which a person's folder has and nothing else, and a fingerprint means nothing to anybody
//! without that. The key is made once, also where two programs start at the same time, and is never sent anywhere.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::SecretError;
use super::reference::Reference;
use super::trust::private_folder;
use super::value::SecretValue;
use crate::digest::{Digest, Digester};

/// The file of the key, in the person's own folder.
const FILE: &str = "fingerprints.key";
/// How many bytes it has.
const LENGTH: usize = 32;

/// The key of a person's fingerprints.
pub(super) struct FingerprintKey(Zeroizing<[u8; LENGTH]>);

/// A secret that a cell used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    /// The secret.
    pub(crate) reference: &'a Reference,
    /// Whether the session of the cell got it, and not only one of a notebook that the cell ran.
    pub(crate) is_granted: bool,
    /// The fingerprint of its value; `None` where that does not matter.
    pub(crate) fingerprint: Option<&'a Digest>,
}

impl FingerprintKey {
    /// Reads the key in a person's own folder, and makes one where there is none.
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or the file is not a key, or others can read it.
    pub(super) fn of(state_folder: &Path) -> Result<Self, SecretError> {
        let path = state_folder.join(FILE);
        let failed = |reason: String| SecretError::Fingerprint {
            path: path.display().to_string(),
            reason,
        };
        let found = match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(state_folder, &path).and_then(|()| read(&path))
            }
            found => found,
        };
        found.map(Self).map_err(|error| failed(error.to_string()))
    }

    /// Returns the fingerprint of a value.
    pub(super) fn of_value(&self, reference: &Reference, value: &SecretValue) -> Digest {
        Digester::keyed(&self.0, "value")
            .text("scope", reference.scope())
            .text("key", reference.key())
            .field("value", value.expose())
            .finish()
    }

    /// Returns what shows that this person's own run of a cell has used secrets, whatever their values were.
    ///
    /// `cell` is what decides the cell's values, so that it shows nothing about any other.
    pub(super) fn of_use<'a>(&self, cell: &Digest, uses: impl IntoIterator<Item = Use<'a>>) -> Digest {
        let mut digester = Digester::keyed(&self.0, "use");
        digester.digest("cell", cell);
        for Use {
            reference,
            is_granted,
            fingerprint,
        } in uses
        {
            digester
                .text("scope", reference.scope())
                .text("key", reference.key())
                .number("granted", u64::from(is_granted))
                .field("value", fingerprint.map_or(&[][..], |value| value.bytes()));
        }
        digester.finish()
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<[u8; LENGTH]>> {
    let bytes = Zeroizing::new(fs::read(path)?);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions());
        if mode & 0o077 != 0 {
            return Err(io::Error::other("others can read it"));
        }
    }
    let key = <[u8; LENGTH]>::try_from(bytes.as_slice());
    key.map(Zeroizing::new)
        .map_err(|_| io::Error::other(format!("it has {} bytes instead of {LENGTH}", bytes.len())))
}

/// Writes a new key, unless another program has done so meanwhile: then that one counts.
fn create(folder: &Path, path: &PathBuf) -> io::Result<()> {
    private_folder(folder)?;
    let mut key = Zeroizing::new([0; LENGTH]);
    getrandom::fill(&mut *key).map_err(io::Error::other)?;
    // Only its owner can read such a file, from the first moment on.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&*key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;

    fn value(text: &str) -> SecretValue {
        SecretValue::new(text.as_bytes().to_vec())
    }

    #[test]
    fn programs_that_start_together_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/sheaf");
        let reference = Reference::new("a", "b").unwrap();
        let all: BTreeSet<Digest> = thread::scope(|scope| {
            let start = || {
                FingerprintKey::of(&state)
                    .unwrap()
                    .of_value(&reference, &value("x"))
            };
            let all: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(all.len(), 1);
        let files: Vec<_> = fs::read_dir(&state).unwrap().flatten().collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn a_fingerprint_is_of_one_person_one_secret_and_one_value() {
        let [mine, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let of = |folder: &Path, scope: &str, key: &str, text: &str| {
            let reference = Reference::new(scope, key).unwrap();
            FingerprintKey::of(folder)
                .unwrap()
                .of_value(&reference, &value(text))
        };
        let here = mine.path();
        let first = of(here, "a", "bc", "value");
        assert_eq!(first, of(here, "a", "bc", "value"));
        for another in [
            of(here, "ab", "c", "value"),
            of(here, "a", "bc", "value2"),
            of(here, "a", "b", "cvalue"),
            of(other.path(), "a", "bc", "value"),
            Digester::new("value")
                .text("scope", "a")
                .text("key", "bc")
                .text("value", "value")
                .finish(),
        ] {
            assert_ne!(first, another);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_or_that_is_damaged_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        FingerprintKey::of(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = || {
            FingerprintKey::of(folder.path())
                .map(drop)
                .unwrap_err()
                .to_string()
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refused().ends_with("others can read it"), "{}", refused());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(
            refused().ends_with("it has 5 bytes instead of 32"),
            "{}",
            refused()
        );
    }
}
