//! What can go wrong with names, mounts and files.

use std::io;
use std::path::{Path, PathBuf};

use super::remote::{Failure, RemoteError, SettingError};
use crate::error::{Kind, Problem, nearest};
use crate::work::Stopped;

/// How many names a hint lists before it stops.
const LISTED: usize = 6;

/// A failure of a mount, a name or a file.
///
/// Names are the user's (`/mnt/data/titanic.csv`); places on this machine appear only where a mount's own
/// folder is the matter.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A name without a single character.
    #[error("the file name is empty")]
    EmptyName,
    /// A source or name with a scheme that no store has.
    #[error("unknown scheme `{scheme}:` in {source_text}")]
    UnknownScheme {
        /// The source or name as given.
        source_text: String,
        /// What is before its colon.
        scheme: String,
        /// The schemes there are.
        known: Vec<&'static str>,
    },
    /// A source that does not say which store it is in.
    #[error("the source {source_text:?} has no scheme")]
    NoScheme {
        /// The source as given.
        source_text: String,
        /// The schemes there are.
        known: Vec<&'static str>,
    },
    /// A URL that programs would read in different ways, or that holds what no URL should.
    #[error("the URL {name} cannot be used: {reason}")]
    BadUrl {
        /// The URL as given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A credential that is written into a file as text.
    #[error("{setting} is a credential, and is written as text")]
    CredentialAsText {
        /// The mount point.
        mount_point: String,
        /// The setting, or the parameter of the source.
        setting: String,
    },
    /// A mount point that is not a name under `/mnt`.
    #[error("a mount point must be a name under /mnt, not {mount_point:?}")]
    BadMountPoint {
        /// The mount point as given.
        mount_point: String,
    },
    /// A mount on a mount point that is taken.
    #[error("directory already mounted: {mount_point} is {source_text}")]
    AlreadyMounted {
        /// The mount point.
        mount_point: String,
        /// What is mounted there.
        source_text: String,
    },
    /// A mount point, or a name under `/mnt`, where nothing is mounted.
    #[error("directory not mounted: {mount_point}")]
    NotMounted {
        /// The mount point that was looked for.
        mount_point: String,
        /// The mount points there are.
        mounts: Vec<String>,
    },
    /// A name for all mounts together where one file or folder is needed.
    #[error("{name} is the list of mounts, not a file or folder")]
    MountList {
        /// The name as given.
        name: String,
    },
    /// A mount whose folder is not there.
    #[error("the folder of {mount_point} does not exist: {}", folder.display())]
    SourceMissing {
        /// The mount point.
        mount_point: String,
        /// The folder that its source names.
        folder: PathBuf,
    },
    /// A mount whose source is a file.
    #[error("the source of {mount_point} is not a folder: {}", folder.display())]
    SourceNotFolder {
        /// The mount point.
        mount_point: String,
        /// What its source names.
        folder: PathBuf,
    },
    /// A name that leaves its mount by `..` or by a symbolic link.
    #[error("{name} leads out of its mount {mount_point}{}", by_way_of(target.as_deref()))]
    ClimbsOut {
        /// The mount point.
        mount_point: String,
        /// The name as given.
        name: String,
        /// Where a link leads, if it was a link.
        target: Option<PathBuf>,
    },
    /// A DBFS name that is not under `/mnt`.
    #[error("{name} is not under a mount")]
    DbfsRoot {
        /// The name as given.
        name: String,
    },
    /// A file of a store that keeps no files on this machine, where one is needed.
    #[error("{name} is not a file on this machine: it is in {source_text}")]
    NotLocal {
        /// The name as given.
        name: String,
        /// The source of its mount.
        source_text: String,
    },
    /// A file or folder that is not there.
    #[error("{name} does not exist")]
    Missing {
        /// The name as given.
        name: String,
        /// The nearest folder above it that exists; empty where none can be listed.
        folder: String,
        /// The first folder on the way that does not exist, unless only the last part is missing.
        absent: Option<String>,
        /// What is in `folder`.
        there: Vec<String>,
    },
    /// A pattern that nothing matches.
    #[error("no file matches {pattern}")]
    NoMatch {
        /// The pattern as given.
        pattern: String,
        /// The folder it searched, up to its first wildcard.
        folder: String,
        /// What is in `folder`.
        there: Vec<String>,
    },
    /// A pattern that cannot be read.
    #[error("the pattern {pattern:?} cannot be read at character {position}: {reason}")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
        /// Where, counted from 1.
        position: usize,
        /// What the pattern reader says.
        reason: &'static str,
    },
    /// A file to be written into a folder that is not there.
    #[error("{name} cannot be written: the folder {folder} does not exist")]
    ParentMissing {
        /// The file's name.
        name: String,
        /// The folder's name.
        folder: String,
    },
    /// A file that may not be replaced.
    #[error("{name} exists already")]
    Exists {
        /// The file's name.
        name: String,
    },
    /// A folder where a file is needed.
    #[error("{name} is a folder, and a file is needed")]
    IsFolder {
        /// The folder's name.
        name: String,
    },
    /// A file where a folder is needed.
    #[error("{name} is a file, and a folder is needed")]
    IsFile {
        /// The file's name.
        name: String,
    },
    /// A command that would take a whole folder without being asked to.
    #[error("{command} takes a folder only with recurse=True, and {name} is {}", if *filled { "a folder with files in it" } else { "a folder" })]
    NeedsRecurse {
        /// `cp`, `mv` or `rm`.
        command: &'static str,
        /// The folder's name.
        name: String,
        /// Whether an empty folder would have been fine.
        filled: bool,
    },
    /// A folder to be copied or moved below itself.
    #[error("{from} cannot be copied or moved into itself, to {to}")]
    IntoItself {
        /// The folder.
        from: String,
        /// Where it should go.
        to: String,
    },
    /// A mount point that a file command would remove.
    #[error("{command} cannot remove {mount_point}, which is a mount point")]
    MountRoot {
        /// `mv` or `rm`.
        command: &'static str,
        /// The mount point.
        mount_point: String,
    },
    /// A folder that holds the workspace and that a file command would remove.
    #[error("{command} cannot remove {name}, which contains the workspace")]
    HoldsWorkspace {
        /// `mv` or `rm`.
        command: &'static str,
        /// The folder's name.
        name: String,
    },
    /// A link to a folder inside a folder that is copied.
    #[error("{name} is a link to a folder, and a copy does not follow such links")]
    LinkedFolder {
        /// The link's name.
        name: String,
    },
    /// Files that came, or changed, while the folder that they are in was moved.
    #[error("{name} was moved, but for {count} {} that came meanwhile: {first}", if *count == 1 { "file" } else { "files" })]
    Left {
        /// The folder's name.
        name: String,
        /// How many there are.
        count: usize,
        /// The name of one, from the folder.
        first: String,
    },
    /// Files that went, or changed, while the folder that they are in was copied.
    #[error("{name} was changed while it was copied: {count} of its files are not as they were")]
    Changed {
        /// The folder's name.
        name: String,
        /// How many there are.
        count: usize,
    },
    /// A file that is not UTF-8.
    #[error("{name} is not UTF-8 text: the first invalid byte is at {position}")]
    NotText {
        /// The file's name.
        name: String,
        /// The offset of the first wrong byte, from 0.
        position: usize,
    },
    /// A file or folder that this user may not touch.
    #[error("permission denied: {name} cannot be {doing}")]
    Denied {
        /// The file's name.
        name: String,
        /// The past participle of what was tried: `read`, `written`.
        doing: &'static str,
    },
    /// Someone asked for a stop while a file was read or copied.
    #[error(transparent)]
    Stopped(Stopped),
    /// A source or a setting that cannot be mounted.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A store that is far away and does not do it.
    #[error("{name} cannot be {doing}: {error}")]
    Remote {
        /// The file's name.
        name: String,
        /// The past participle of what was tried: `read`, `written`.
        doing: &'static str,
        /// What the store says.
        error: Box<RemoteError>,
    },
    /// Anything else that the system refuses.
    #[error("{name} cannot be {doing}: {source}")]
    Io {
        /// The file's name.
        name: String,
        /// The past participle of what was tried: `read`, `written`.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl StorageError {
    /// Describes in the user's terms what the system refused to do with the file that the user calls `name`.
    ///
    /// `doing` is a past participle: `read`, `written`, `listed`.
    pub fn from_io(name: &str, doing: &'static str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => {
                let folder = parent_name(&name);
                Self::Missing {
                    name,
                    folder,
                    absent: None,
                    there: Vec::new(),
                }
            }
            io::ErrorKind::PermissionDenied => Self::Denied { name, doing },
            io::ErrorKind::AlreadyExists => Self::Exists { name },
            io::ErrorKind::IsADirectory => Self::IsFolder { name },
            io::ErrorKind::NotADirectory => Self::IsFile {
                name: parent_name(&name),
            },
            _ => match source
                .downcast::<Stopped>()
                .map_err(io::Error::downcast::<RemoteError>)
            {
                Ok(stopped) => Self::Stopped(stopped),
                Err(Ok(error)) => {
                    let error = Box::new(error);
                    Self::Remote { name, doing, error }
                }
                Err(Err(source)) => Self::Io { name, doing, source },
            },
        }
    }
}

impl StorageError {
    /// Returns whether a store answered that these credentials may not do it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Denied { .. } => true,
            Self::Remote { error, .. } => matches!(error.failure, Failure::Denied),
            _ => false,
        }
    }
}

impl Problem for StorageError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::EmptyName => Some("give a name such as /mnt/data/titanic.csv".to_owned()),
            Self::UnknownScheme { scheme, known, .. } => Some(unknown_scheme_hint(scheme, known)),
            Self::NoScheme { source_text, .. } => {
                Some(format!("to mount a local folder, write \"file:{source_text}\""))
            }
            Self::BadUrl { .. } => Some(
                "write it like https://host/folder/file.csv; what needs a password is mounted, with a secret in its settings"
                    .to_owned(),
            ),
            Self::CredentialAsText { .. } => Some(
                "store it in a scope with `sheaf secrets put-secret SCOPE KEY`, and write \"{{secrets/SCOPE/KEY}}\" in its \
                 place; `sheaf secrets create-scope SCOPE` creates a scope"
                    .to_owned(),
            ),
            Self::BadMountPoint { mount_point } => {
                let name = mount_point.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('.'));
                Some(format!("write \"/mnt/{}\"", name.unwrap_or("data")))
            }
            Self::AlreadyMounted { mount_point, .. } => Some(format!(
                "unmount it first with dbutils.fs.unmount(\"{mount_point}\"), or change its source with \
                 dbutils.fs.updateMount(source, \"{mount_point}\")"
            )),
            Self::NotMounted { mount_point, mounts } => Some(not_mounted_hint(mount_point, mounts)),
            Self::MountList { .. } => {
                Some("name a file under one of the mounts, such as /mnt/data/titanic.csv".to_owned())
            }
            Self::SourceMissing { .. } => {
                Some("create the folder, or change the mount's source in sheaf.ron".to_owned())
            }
            Self::SourceNotFolder { .. } => Some("mount the folder that the file is in".to_owned()),
            Self::ClimbsOut { target: Some(_), .. } => {
                Some("mount the folder that it links to, and use its name under that mount".to_owned())
            }
            Self::ClimbsOut { target: None, .. } => Some("leave out the `..`".to_owned()),
            Self::DbfsRoot { .. } => {
                Some("use a name under /mnt, or a path without dbfs: for a local file".to_owned())
            }
            Self::NotLocal { .. } => Some("copy it to a folder first with dbutils.fs.cp".to_owned()),
            Self::Missing { name, folder, absent, there } => {
                Some(missing_hint(absent.as_deref().unwrap_or(name), folder, absent.is_some(), there))
            }
            Self::NoMatch { folder, there, .. } => Some(contents(folder, there)),
            Self::BadPattern { .. } => Some("write [*] or [[] for a character that is meant literally".to_owned()),
            Self::ParentMissing { folder, .. } => {
                Some(format!("create it with dbutils.fs.mkdirs(\"{folder}\")"))
            }
            Self::Exists { .. } => Some(
                "to replace it, pass mode=\"overwrite\" (in dbutils.fs.put: overwrite=True), or choose another name"
                    .to_owned(),
            ),
            Self::IsFolder { name } => Some(format!("list what is in it with dbutils.fs.ls(\"{name}\")")),
            Self::NeedsRecurse { .. } => Some("pass recurse=True to include everything in it".to_owned()),
            Self::IntoItself { .. } => Some("choose a place outside the folder".to_owned()),
            Self::MountRoot { mount_point, .. } => Some(format!(
                "to unmount it, use dbutils.fs.unmount(\"{mount_point}\"); to remove files, name a path under it"
            )),
            Self::LinkedFolder { .. } => Some("copy the folder that it links to, by its own name".to_owned()),
            Self::Changed { .. } => Some("copy it once more".to_owned()),
            Self::Left { .. } => Some("move it once more, to move these too".to_owned()),
            Self::NotText { .. } => {
                Some("read it with a reader that knows its format, such as read_csv(…, encoding=…)".to_owned())
            }
            Self::IsFile { .. } => Some("name the folder it is in, or choose another name".to_owned()),
            Self::Stopped(stopped) => stopped.hint(),
            Self::Setting(error) => error.hint(),
            Self::Remote { error, .. } => error.hint(),
            Self::HoldsWorkspace { .. } | Self::Denied { .. } | Self::Io { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Stopped(stopped) => stopped.kind(),
            Self::Remote { error, .. } => error.kind(),
            _ => Kind::Failure,
        }
    }
}

/// Returns the name of the folder that `name` is in.
pub(super) fn parent_name(name: &str) -> String {
    match name.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
        None => ".".to_owned(),
    }
}

fn last_part(name: &str) -> &str {
    name.trim_end_matches('/').rsplit('/').next().unwrap_or(name)
}

fn by_way_of(target: Option<&Path>) -> String {
    target
        .map(|target| format!(", to {}", target.display()))
        .unwrap_or_default()
}

fn unknown_scheme_hint(scheme: &str, known: &[&str]) -> String {
    match nearest(scheme, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}:`?"),
        None => format!(
            "the schemes are: {}",
            known
                .iter()
                .map(|name| format!("{name}:"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn not_mounted_hint(mount_point: &str, mounts: &[String]) -> String {
    // Without the part that all have in common, which would make any two look alike.
    let bare = |name| str::strip_prefix(name, "/mnt/").unwrap_or(name);
    if let Some(similar) = nearest(bare(mount_point), mounts.iter().map(|mount| bare(mount))) {
        format!("did you mean /mnt/{similar}?")
    } else if mounts.is_empty() {
        "nothing is mounted; add a mount in sheaf.ron, or use dbutils.fs.mount(source, mount_point)"
            .to_owned()
    } else {
        format!("the mounts are: {}", mounts.join(", "))
    }
}

fn missing_hint(wanted: &str, folder: &str, is_folder: bool, there: &[String]) -> String {
    let similar = nearest(
        last_part(wanted),
        there.iter().map(|name| name.trim_end_matches('/')),
    );
    match similar {
        Some(similar) if folder == "." => format!("did you mean {similar}?"),
        Some(similar) => format!("did you mean {}/{similar}?", folder.trim_end_matches('/')),
        None if is_folder => format!(
            "the folder {wanted} does not exist either; {}",
            contents(folder, there)
        ),
        None => contents(folder, there),
    }
}

fn contents(folder: &str, there: &[String]) -> String {
    if folder.is_empty() {
        return "check the name; what else is there cannot be listed".to_owned();
    }
    let folder = if folder == "." {
        "the workspace folder"
    } else {
        folder
    };
    let listed = there
        .iter()
        .take(LISTED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match there.len() {
        0 => format!("{folder} is empty or does not exist"),
        count if count > LISTED => format!("{folder} contains {listed} and {} more", count - LISTED),
        1 => format!("{folder} contains only {listed}"),
        _ => format!("{folder} contains {listed}"),
    }
}
