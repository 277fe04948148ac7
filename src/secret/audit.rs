//! [`AuditLog`]: who used which secret, when and for what, allowed or not.
//!
//! A file of JSON lines in the person's own folder, to which lines are only ever added: each by one write to a file opened
//! for appending, so that lines of processes that run at the same time do not mix. No value and no part of one is ever in
//! it. Every use is one line, written when it is known how it ended.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::access::{Access, Origin};
use super::definition::Permission;
use super::destination::Destination;
use super::error::SecretError;
use super::trust::private_folder;

/// The log, in the person's own folder.
const FILE: &str = "audit.jsonl";

/// One use of a secret, as a line of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, as RFC 3339 in UTC.
    pub time: String,
    /// The user, as the operating system names them.
    pub user: String,
    /// What was done, by the name of its command: `get`, `send`, `put-secret`.
    pub action: String,
    /// The folder of the workspace.
    pub workspace: String,
    /// The scope.
    pub scope: String,
    /// The key; none where all of a scope is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The kind of store, where the scope is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// What the value went to: `shell`, `host`, `azure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<String>,
    /// The host or the account that the value went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whose permission was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What they may do from then on; none where a permission was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// The notebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notebook: Option<String>,
    /// The cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The command, where no cell asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Why it was not, or what went wrong after it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a log has: its entries, oldest first, and how many lines cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEntries {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Lines that are none: somebody else wrote into the file.
    pub unreadable: usize,
}

/// The log of one person.
#[derive(Debug, Clone)]
pub struct AuditLog {
    file: PathBuf,
}

impl AuditLog {
    /// Finds the log in a person's own folder, which may not exist yet.
    pub fn of(state_folder: &Path) -> Self {
        Self {
            file: state_folder.join(FILE),
        }
    }

    /// Returns the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Adds a line; it is in the file when this returns.
    ///
    /// # Errors
    ///
    /// The line could not be written as a whole.
    pub fn append(&self, entry: &AuditEntry) -> Result<(), SecretError> {
        self.write(entry).map_err(|error| self.failed(&error))
    }

    /// Checks that a line can be added, for whoever does something before its line is written.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or created.
    pub fn require_writable(&self) -> Result<(), SecretError> {
        self.open().map(drop).map_err(|error| self.failed(&error))
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.file.parent() {
            private_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.file)
    }

    fn write(&self, entry: &AuditEntry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let written = self.open()?.write(&line)?;
        if written == line.len() {
            return Ok(());
        }
        Err(io::ErrorKind::WriteZero.into())
    }

    /// Reads the log, from a time on; there is none before the first use.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(&self, since: Option<SystemTime>) -> Result<AuditEntries, SecretError> {
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(self.failed(&error)),
        };
        let mut found = AuditEntries::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let entry = serde_json::from_slice::<AuditEntry>(line).ok();
            match entry.and_then(|entry| Some((humantime::parse_rfc3339(&entry.time).ok()?, entry))) {
                Some((time, _)) if since.is_some_and(|since| time < since) => {}
                Some((_, entry)) => found.entries.push(entry),
                None => found.unreadable += 1,
            }
        }
        Ok(found)
    }

    fn failed(&self, error: &io::Error) -> SecretError {
        SecretError::Audit {
            path: self.file.display().to_string(),
            reason: error.to_string(),
        }
    }
}

impl AuditEntry {
    /// Describes an access now, as one that is allowed.
    pub(super) fn new(access: &Access, origin: &Origin) -> Self {
        let mut entry = Self {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            action: access.action().to_owned(),
            scope: access.scope().to_owned(),
            key: access.key().map(str::to_owned),
            notebook: origin.notebook.clone(),
            cell: origin.cell.clone(),
            command: origin.command.clone(),
            allowed: true,
            ..Self::default()
        };
        match access {
            Access::Send(_, destination) => {
                let (sink, host) = match destination {
                    Destination::Shell => ("shell", None),
                    Destination::Host(host) => ("host", Some(host.clone())),
                    Destination::Account { service, account } => (service.as_str(), Some(account.clone())),
                    Destination::Named(reference) => ("named", Some(reference.to_string())),
                };
                entry.sink = Some(sink.to_owned());
                entry.host = host;
            }
            Access::PutAcl {
                principal,
                permission,
                ..
            } => {
                entry.principal = Some(principal.clone());
                entry.permission = Some(*permission);
            }
            Access::DeleteAcl { principal, .. } => entry.principal = Some(principal.clone()),
            _ => {}
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::reference::Reference;

    fn entry(key: &str) -> AuditEntry {
        let reference = Reference::new("db", key).unwrap();
        let host = Destination::parse("db.example.com").unwrap();
        AuditEntry::new(&Access::Send(reference, host), &Origin::default())
    }

    #[test]
    fn lines_are_added_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::of(&folder.path().join("new"));
        assert_eq!(log.read(None).unwrap(), AuditEntries::default());
        let (one, other) = (entry("a"), entry("b"));
        log.append(&one).unwrap();
        log.append(&other).unwrap();
        let found = log.read(None).unwrap();
        assert_eq!(found.entries, [one, other]);
        let later = SystemTime::now() + std::time::Duration::from_mins(1);
        assert_eq!(log.read(Some(later)).unwrap().entries, []);
        fs::write(log.file(), "{}\nnonsense\n").unwrap();
        assert_eq!(log.read(None).unwrap().unreadable, 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_look_at_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::of(&folder.path().join("new"));
        log.append(&entry("a")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(log.file()), 0o600);
        assert_eq!(mode(&folder.path().join("new")), 0o700);
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let error = AuditLog::of(folder.path()).append(&entry("a")).unwrap_err();
        assert!(matches!(error, SecretError::Audit { .. }));
    }

    #[test]
    fn lines_of_many_threads_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::of(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..100).for_each(|_| log.append(&entry("k")).unwrap()));
            }
        });
        let found = log.read(None).unwrap();
        assert_eq!((found.entries.len(), found.unreadable), (800, 0));
    }
}
