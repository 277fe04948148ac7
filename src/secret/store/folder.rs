//! A folder of files as a store, one file for each secret: what Docker, systemd and Kubernetes hand to a process. Read-only.
//!
//! A file's name is the key, its bytes are the value, without one line break at the end: `echo password > file` and
//! `printf password > file` give the same secret, as in the images of Docker that read `PASSWORD_FILE`; `exact: true` keeps
//! every byte. Hidden names are not secrets: Kubernetes keeps its versions there, and links lead through them. A link that
//! leads out of the folder is refused.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Capabilities, Metadata, Opening, SecretStore, StoreError};
use crate::digest::Digester;
use crate::secret::reference::Reference;
use crate::secret::value::SecretValue;

/// How a path begins that systemd gives: a service's credentials.
const CREDENTIALS: (&str, &str) = ("$CREDENTIALS_DIRECTORY", "CREDENTIALS_DIRECTORY");
/// The longest file that is taken for a secret, in bytes, as in Kubernetes.
const LONGEST: u64 = 1 << 20;

/// What `sheaf.ron` says: `folder(path: "/run/secrets")`, or `folder(path: "$CREDENTIALS_DIRECTORY")` for systemd.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderDefinition {
    /// The folder: absolute, below the home folder (`~/…`), below `$CREDENTIALS_DIRECTORY`, or from the workspace's folder.
    pub path: String,
    /// Whether a line break at the end of a file belongs to the value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
}

/// A folder of files.
struct FolderStore {
    name: String,
    folder: PathBuf,
    is_exact: bool,
}

/// Why a file is not a secret.
enum NoSecret {
    Missing,
    Wrong(&'static str, &'static str),
    Unreadable(io::Error),
}

impl FolderDefinition {
    pub(super) fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        let name = format!("the folder {}", self.path);
        let unavailable = |reason: String, hint: &str| StoreError::Unavailable {
            store: name.clone(),
            reason,
            hint: Some(hint.to_owned()),
        };
        let (written, variable) = CREDENTIALS;
        let below = self.path.strip_prefix(written);
        let below = below.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let folder = match below {
            Some(below) => {
                let given = opening.caller.variable(variable);
                let given = given.as_ref().and_then(SecretValue::expose_text);
                let given = given.filter(|folder| !folder.is_empty()).ok_or_else(|| {
                    let hint = "systemd sets it for a service with `LoadCredential=` or `SetCredential=`";
                    unavailable(format!("{variable} is not set"), hint)
                })?;
                PathBuf::from(format!("{given}{below}"))
            }
            None => opening
                .path(&self.path)
                .map_err(|reason| unavailable(reason, "write it as an absolute path, or set HOME"))?,
        };
        Ok(Box::new(FolderStore {
            name,
            folder,
            is_exact: self.exact,
        }))
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("path", &self.path);
        digester.number("exact", u64::from(self.exact));
    }
}

impl FolderStore {
    /// Returns the folder without links.
    fn folder(&self) -> Result<PathBuf, StoreError> {
        let folder = fs::canonicalize(&self.folder);
        let folder = folder.and_then(|folder| {
            if folder.is_dir() {
                Ok(folder)
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        });
        folder.map_err(|error| StoreError::Unavailable {
            store: self.name.clone(),
            reason: match error.kind() {
                io::ErrorKind::NotFound => format!("there is no folder {}", self.folder.display()),
                io::ErrorKind::NotADirectory => format!("{} is not a folder", self.folder.display()),
                _ => format!("{} cannot be read: {error}", self.folder.display()),
            },
            hint: Some("mount the secrets where Sheaf runs, or name another folder in sheaf.ron".to_owned()),
        })
    }

    fn file(&self, key: &str) -> Result<File, StoreError> {
        let folder = self.folder()?;
        self::file(&folder, key).map_err(|problem| match problem {
            NoSecret::Missing => StoreError::Missing {
                key: key.to_owned(),
                store: self.name.clone(),
                hint: Some(format!("put a file of that name into {}", self.folder.display())),
            },
            NoSecret::Wrong(reason, hint) => self.unusable(key, reason, hint),
            NoSecret::Unreadable(error) => self.unusable(
                key,
                &format!("cannot be read: {error}"),
                "it must be a file that you can read",
            ),
        })
    }

    fn unusable(&self, key: &str, reason: &str, hint: &str) -> StoreError {
        StoreError::Unusable {
            store: self.name.clone(),
            reason: format!("{key:?} {reason}"),
            hint: hint.to_owned(),
        }
    }

    fn read_only(&self) -> StoreError {
        StoreError::ReadOnly {
            store: self.name.clone(),
            hint: format!("change its file in {}", self.folder.display()),
        }
    }

    /// Returns the names of the files that can be secrets, and their files.
    fn files(&self) -> Result<Vec<(String, File)>, StoreError> {
        let folder = self.folder()?;
        let entries = fs::read_dir(&folder).map_err(|error| StoreError::Unavailable {
            store: self.name.clone(),
            reason: format!("{} cannot be read: {error}", folder.display()),
            hint: Some("it must be a folder that you can read".to_owned()),
        })?;
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let files = names.filter_map(|name| file(&folder, &name).ok().map(|file| (name, file)));
        let mut files: Vec<_> = files.collect();
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(files)
    }
}

/// Opens the file of a key in a folder, whose path has no links.
fn file(folder: &Path, key: &str) -> Result<File, NoSecret> {
    // Names of keys have no `/`; a hidden one is Kubernetes' own.
    if Reference::check_key(key).is_err() || key.starts_with('.') {
        return Err(NoSecret::Missing);
    }
    let named = folder.join(key);
    let path = match fs::canonicalize(&named) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named.is_symlink() => {
            return Err(NoSecret::Missing);
        }
        Err(error) => return Err(NoSecret::Unreadable(error)),
    };
    if !path.starts_with(folder) {
        let hint = "Sheaf follows links only inside the folder: copy the file into it, or name its folder in sheaf.ron";
        return Err(NoSecret::Wrong("is a link that leads out of the folder", hint));
    }
    // Not opened before it is known to be a file: opening a pipe waits for its writer.
    let metadata = fs::metadata(&path).map_err(NoSecret::Unreadable)?;
    if metadata.is_dir() {
        return Err(NoSecret::Missing);
    }
    if !metadata.is_file() {
        return Err(NoSecret::Wrong("is not a file", "a secret is an ordinary file"));
    }
    if metadata.len() > LONGEST {
        let hint = "a secret has at most 1 MiB; data are read from a mount";
        return Err(NoSecret::Wrong("is too large for a secret", hint));
    }
    File::open(&path).map_err(NoSecret::Unreadable)
}

impl SecretStore for FolderStore {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            longest: Some(LONGEST as usize),
            ..Capabilities::READ_ONLY
        }
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let file = self.file(key)?;
        let size = file
            .metadata()
            .map_or(LONGEST, |metadata| metadata.len().min(LONGEST));
        let mut bytes = Zeroizing::new(Vec::with_capacity(size as usize + 1));
        let read = file.take(LONGEST + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unusable(key, &format!("cannot be read: {error}"), "read it again"))?;
        let value = if self.is_exact {
            &bytes
        } else {
            without_line_break(&bytes)
        };
        Ok(SecretValue::new(value.to_vec()))
    }

    fn put(&self, _key: &str, _value: &SecretValue) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn delete(&self, _key: &str) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let files = self.files()?.into_iter();
        let entry = |(key, file): (String, File)| Metadata {
            key,
            modified: file.metadata().and_then(|metadata| metadata.modified()).ok(),
        };
        Ok(files.map(entry).collect())
    }

    #[cfg(unix)]
    fn concerns(&self) -> Vec<String> {
        use std::os::unix::fs::PermissionsExt as _;
        let files = self.files().unwrap_or_default().into_iter();
        let is_open = |file: &File| {
            file.metadata()
                .is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
        };
        let open: Vec<String> = files
            .filter(|(_, file)| is_open(file))
            .map(|(key, _)| key)
            .collect();
        if open.is_empty() {
            return Vec::new();
        }
        vec![format!(
            "everyone on this machine can read {} of {}: {}",
            open.len(),
            self.name,
            open.join(", ")
        )]
    }
}

/// Returns bytes without the line break at their end, of which there may be one.
fn without_line_break(bytes: &[u8]) -> &[u8] {
    match bytes.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => bytes,
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::sync::Arc;

    use super::*;
    use crate::error::Problem as _;
    use crate::secret::caller::Caller;

    #[derive(Debug)]
    struct Service(PathBuf);

    impl Caller for Service {
        fn variable(&self, name: &str) -> Option<SecretValue> {
            let is_set = name == "CREDENTIALS_DIRECTORY" && !self.0.as_os_str().is_empty();
            is_set.then(|| SecretValue::new(self.0.as_os_str().as_encoded_bytes().to_vec()))
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

    fn store(root: &Path, path: &str) -> Box<dyn SecretStore> {
        let definition = FolderDefinition {
            path: path.to_owned(),
            exact: false,
        };
        let opening = Opening {
            root: root.to_owned(),
            ..Opening::default()
        };
        definition.open(&opening).unwrap()
    }

    fn got(store: &dyn SecretStore, key: &str) -> String {
        match store.get(key) {
            Ok(value) => value.expose_text().unwrap().to_owned(),
            Err(error) => format!("{error} | {}", error.hint().unwrap()),
        }
    }

    fn keys(store: &dyn SecretStore) -> Vec<String> {
        store.list().unwrap().into_iter().map(|entry| entry.key).collect()
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("a", "x"),
            ("b", "x\n"),
            ("c", "x\r\n"),
            ("d", "x\n\n"),
            ("e", "\n"),
            ("f", " x "),
        ];
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let read = |exact: bool| -> Vec<String> {
            let path = folder.path().to_str().unwrap().to_owned();
            let store = FolderDefinition { path, exact }
                .open(&Opening::default())
                .unwrap();
            files.iter().map(|(name, _)| got(&*store, name)).collect()
        };
        assert_eq!(read(false), ["x", "x", "x", "x\n", "", " x "]);
        assert_eq!(read(true), files.map(|(_, text)| text));
    }

    #[test]
    fn the_layout_of_kubernetes_is_followed_and_nothing_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("outside"), "a file of someone else").unwrap();
        let secrets = root.join("secrets");
        for (version, text) in [("..2026_11_27", "old"), ("..2026_11_28", "new")] {
            fs::create_dir_all(secrets.join(version)).unwrap();
            fs::write(secrets.join(version).join("password"), text).unwrap();
        }
        symlink("..2026_11_27", secrets.join("..data")).unwrap();
        symlink("..data/password", secrets.join("password")).unwrap();
        symlink("../outside", secrets.join("outside")).unwrap();
        symlink("/etc/passwd", secrets.join("passwd")).unwrap();
        symlink("nowhere", secrets.join("broken")).unwrap();
        fs::create_dir(secrets.join("folder")).unwrap();
        fs::write(secrets.join(".hidden"), "x").unwrap();
        fs::write(secrets.join("no key"), "x").unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, secrets.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
        File::create(secrets.join("large"))
            .unwrap()
            .set_len(LONGEST + 1)
            .unwrap();
        let store = store(root, "secrets");
        assert_eq!(keys(&*store), ["password"]);
        assert_eq!(got(&*store, "password"), "old");
        // Kubernetes changes all of them in one step.
        fs::remove_file(secrets.join("..data")).unwrap();
        symlink("..2026_11_28", secrets.join("..data")).unwrap();
        assert_eq!(got(&*store, "password"), "new");
        let missing = |key: &str| {
            format!(
                "there is no secret {key:?} in the folder secrets | put a file of that name into {}",
                secrets.display()
            )
        };
        for key in [
            "other",
            "folder",
            ".hidden",
            "..data",
            "..",
            "../outside",
            "no key",
            "folder/x",
        ] {
            assert_eq!(got(&*store, key), missing(key));
        }
        let out = "is a link that leads out of the folder | Sheaf follows links only inside the folder: copy the file into it, or name \
                   its folder in sheaf.ron";
        for (key, expected) in [
            ("outside", out),
            ("passwd", out),
            (
                "broken",
                "cannot be read: No such file or directory (os error 2) | it must be a file that you can read",
            ),
            ("pipe", "is not a file | a secret is an ordinary file"),
            (
                "large",
                "is too large for a secret | a secret has at most 1 MiB; data are read from a mount",
            ),
        ] {
            assert_eq!(
                got(&*store, key),
                format!("the folder secrets: {key:?} {expected}")
            );
        }
    }

    #[test]
    fn the_folder_of_systemd_is_where_its_variable_says() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "t\n").unwrap();
        let open = |place: &Path| {
            let definition = FolderDefinition {
                path: "$CREDENTIALS_DIRECTORY".to_owned(),
                exact: false,
            };
            definition.open(&Opening {
                caller: Arc::new(Service(place.to_owned())),
                ..Opening::default()
            })
        };
        let store = open(folder.path()).unwrap();
        assert_eq!(store.name(), "the folder $CREDENTIALS_DIRECTORY");
        assert_eq!(
            (keys(&*store), got(&*store, "token")),
            (vec!["token".to_owned()], "t".to_owned())
        );
        let error = open(Path::new("")).err().unwrap();
        assert_eq!(
            format!("{error} | {}", error.hint().unwrap()),
            "the folder $CREDENTIALS_DIRECTORY is not available: CREDENTIALS_DIRECTORY is not set | systemd sets it for a service with \
             `LoadCredential=` or `SetCredential=`"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_and_files_that_everyone_reads_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let away = store(root, "away");
        let place = root.join("away");
        let hint = "mount the secrets where Sheaf runs, or name another folder in sheaf.ron";
        assert_eq!(
            got(&*away, "a"),
            format!(
                "the folder away is not available: there is no folder {} | {hint}",
                place.display()
            )
        );
        fs::write(&place, "").unwrap();
        assert_eq!(
            got(&*away, "a"),
            format!(
                "the folder away is not available: {} is not a folder | {hint}",
                place.display()
            )
        );
        let store = store(root, ".");
        let mode = |mode| fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        assert_eq!(store.concerns(), Vec::<String>::new());
        mode(0o644);
        assert_eq!(
            store.concerns(),
            ["everyone on this machine can read 1 of the folder .: away"]
        );
        let refused = store.put("away", &SecretValue::new(Vec::new())).unwrap_err();
        assert_eq!(refused.to_string(), "the folder . is read-only");
        assert_eq!(
            refused.hint().unwrap(),
            format!("change its file in {}", root.join(".").display())
        );
    }
}
