//! Finding and reading a workspace: `sheaf.ron` and the private `.sheaf/` folder.
//!
//! A workspace is the nearest folder upward with a `sheaf.ron`; a folder without one works as one too. This
//! folder reads the file once and makes the files of a new workspace. It knows nothing of notebooks and never
//! looks for the current folder or the environment: its caller says where to start.

mod configuration;
mod connection_definition;
mod connection_fault;
mod connections;
mod edit;
mod error;
mod init;
mod kept_mounts;
mod mount_access;
mod mounts;
mod rewrite;
mod runs;
mod runs_fault;
mod runs_section;
mod scopes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::secret::{
    Caller, ConnectionTerms, MountTerms, Reference, ReferenceError, ScopeDefinitions, Secrets,
};
use crate::storage::{Mounts, PRIVATE_FOLDER, create_folders};
use configuration::{Configuration, Keys};
pub use connection_definition::ConnectionDefinition;
pub use connection_fault::ConnectionFault;
pub use connections::is_connection_name;
pub use error::WorkspaceError;
pub use init::Initialized;
pub use mount_access::MountAccess;
pub use runs::RunsSettings;
pub use runs_fault::RunsFault;
pub use scopes::ScopeChange;

/// The name of the file that makes a folder a workspace.
pub const FILE: &str = "sheaf.ron";

/// A workspace: its folder, its mounts and connections, and what it allows.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    is_from_file: bool,
    configuration: Configuration,
    /// What there is to approve of its mounts.
    mount_terms: BTreeMap<String, MountTerms>,
    /// What there is to approve of its connections.
    connection_terms: BTreeMap<String, ConnectionTerms>,
    runs: RunsSettings,
}

impl Workspace {
    /// Finds the workspace that `start`, a file or a folder, is in: the nearest folder upward with a `sheaf.ron`.
    ///
    /// With none, the folder itself works as one, with `/mnt/data`, `/mnt/models` and `/mnt/out`.
    pub fn find(start: &Path) -> Result<Self> {
        let unreachable = |source| WorkspaceError::Unreachable {
            path: start.to_owned(),
            source,
        };
        // Absolute and without links, so that later names do not depend on the current folder.
        let mut start = fs::canonicalize(start).map_err(unreachable)?;
        if start.is_file() {
            start.pop();
        }
        // A `sheaf.ron` that cannot be read is an error, and must not make way for one further up.
        let found = start
            .ancestors()
            .map(|folder| folder.join(FILE))
            .find(|file| file.symlink_metadata().is_ok());
        match found {
            Some(file) => Self::read(&file),
            None => Ok(Self {
                root: start,
                is_from_file: false,
                configuration: Configuration::default(),
                mount_terms: BTreeMap::new(),
                connection_terms: BTreeMap::new(),
                runs: RunsSettings::default(),
            }),
        }
    }

    /// Creates a new workspace in `folder`, and the folder itself if it is missing.
    ///
    /// Existing files are not overwritten; an existing `sheaf.ron` is an error.
    pub fn init(folder: &Path) -> Result<Initialized> {
        Ok(init::init(folder)?)
    }

    fn read(file: &Path) -> Result<Self> {
        let path = file.to_owned();
        let bytes = fs::read(file).map_err(|source| WorkspaceError::Unreachable {
            path: path.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| WorkspaceError::NotText {
            path: path.clone(),
            position: error.utf8_error().valid_up_to(),
        })?;
        let configuration = Configuration::parse(file, &text)?;
        let root = file.parent().unwrap_or(Path::new("/"));
        Self::of(root, configuration, &text)
    }

    /// Checks what a file says, whose text is this.
    fn of(root: &Path, configuration: Configuration, text: &str) -> Result<Self> {
        let path = root.join(FILE);
        let mount_terms = mounts::check(root, &configuration, &path, text)?;
        let connection_terms = connections::check(&configuration, &path, text)?;
        let runs = runs::check(&configuration, &path, text)?;
        check_names(&configuration.secrets).map_err(|error| WorkspaceError::Name { path, error })?;
        Ok(Self {
            root: root.to_owned(),
            is_from_file: true,
            configuration,
            mount_terms,
            connection_terms,
            runs,
        })
    }

    /// Returns the workspace's folder: absolute, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns whether there is a `sheaf.ron`.
    pub fn is_from_file(&self) -> bool {
        self.is_from_file
    }

    /// Returns whether the prompt has vi key bindings.
    pub fn has_vi_keys(&self) -> bool {
        self.configuration.keys == Keys::Vi
    }

    /// Returns the private folder, which may not exist yet.
    pub fn private_dir(&self) -> PathBuf {
        self.root.join(PRIVATE_FOLDER)
    }

    /// Creates the private folder, kept out of version control, and returns it.
    pub fn create_private_dir(&self) -> Result<PathBuf> {
        let path = self.private_dir();
        match create_folders(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(WorkspaceError::Unwritable { path, source }.into()),
        }
    }

    /// Returns the mounts of `sheaf.ron` alone, which give nobody a secret: each call makes a table of its own.
    ///
    /// A folder that is missing is an error only when a name under its mount is used.
    pub fn mounts(&self) -> Arc<Mounts> {
        let table = Mounts::new(&self.root);
        for (mount_point, definition) in &self.configuration.mounts {
            // They were tried when the file was read, and those without a file are sound.
            let _ = mounts::declare(&table, mount_point, definition);
        }
        Arc::new(table)
    }

    /// Returns whether cells at the prompt may run shell commands.
    pub fn allows_shell(&self) -> bool {
        self.configuration.allow_shell
    }

    /// Returns what `sheaf.ron` says of scopes of secrets.
    pub fn scopes(&self) -> &ScopeDefinitions {
        &self.configuration.secrets
    }

    /// Returns the secrets, as the person uses them whose own files are in `state_folder`.
    pub fn secrets(&self, state_folder: Option<&Path>, caller: Arc<dyn Caller>) -> Arc<Secrets> {
        let scopes = self.configuration.secrets.clone();
        let secrets = Secrets::new(&self.root, scopes, state_folder, caller);
        Arc::new(
            secrets
                .with_mounts(self.mount_terms.clone())
                .with_connections(self.connection_terms.clone()),
        )
    }
}

/// Checks the names of scopes, and of the keys that are named with them.
fn check_names(scopes: &ScopeDefinitions) -> std::result::Result<(), ReferenceError> {
    for (name, definition) in scopes {
        Reference::check_scope(name)?;
        let keys = definition.bindings.keys().chain(definition.key_acls.keys());
        keys.map(String::as_str).try_for_each(Reference::check_key)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(workspace: &Workspace) -> Vec<String> {
        let line = |mount: crate::storage::MountInfo| format!("{} {}", mount.mount_point, mount.source);
        workspace.mounts().mounts().into_iter().map(line).collect()
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        (folder, root)
    }

    #[test]
    fn a_folder_without_a_file_works_as_a_workspace() {
        let (_folder, root) = folder();
        let workspace = Workspace::find(&root).unwrap();
        assert!(!workspace.is_from_file());
        assert_eq!(workspace.root(), root);
        let expected = [
            "/mnt/data file:datasets",
            "/mnt/models file:.sheaf/models",
            "/mnt/out file:.sheaf/out",
        ];
        assert_eq!(lines(&workspace), expected);
        let error = workspace.mounts().resolve("/mnt/data/x.csv").unwrap_err();
        let expected = format!(
            "the folder of /mnt/data does not exist: {}/datasets",
            root.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn the_nearest_file_upward_counts() {
        let (_folder, root) = folder();
        fs::create_dir_all(root.join("inner/sessions")).unwrap();
        fs::write(root.join("sheaf.ron"), "()").unwrap();
        fs::write(root.join("inner/sheaf.ron"), "(mounts: {\"/mnt/x\": \"file:.\"})").unwrap();
        fs::write(root.join("inner/sessions/a.py"), "").unwrap();
        for start in ["inner", "inner/sessions", "inner/sessions/a.py"] {
            let workspace = Workspace::find(&root.join(start)).unwrap();
            assert!(workspace.is_from_file());
            assert_eq!(workspace.root(), root.join("inner"), "{start}");
            assert_eq!(lines(&workspace), ["/mnt/x file:."]);
            let location = workspace.mounts().resolve("/mnt/x/sessions/a.py").unwrap();
            assert!(location.is_file().unwrap());
        }
        assert_eq!(Workspace::find(&root).unwrap().root(), root);
        let error = Workspace::find(&root.join("nowhere")).unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Unreadable);
    }

    #[test]
    fn a_mount_that_cannot_be_is_told_with_the_file() {
        let (_folder, root) = folder();
        let file = root.join("sheaf.ron");
        for (text, expected) in [
            (
                "(mounts: {\"/data\": \"file:x\"})",
                "1:11: the mount \"/data\" cannot be used: a mount point must be a name under /mnt, not \"/data\"",
            ),
            (
                "(mounts: {\"/mnt/x\": \"s4:x\"})",
                "1:11: the mount \"/mnt/x\" cannot be used: unknown scheme `s4:` in s4:x",
            ),
            (
                "(mounts: {\"/mnt/x\": \"file:x\", \"/mnt/x/\": \"file:y\"})",
                "1:31: the mount \"/mnt/x/\" cannot be used: directory already mounted: /mnt/x is file:x",
            ),
        ] {
            fs::write(&file, text).unwrap();
            let error = Workspace::find(&root).unwrap_err();
            assert_eq!(error.to_string(), format!("{}:{expected}", file.display()));
            assert_eq!(error.kind(), crate::Kind::Unreadable);
        }
        fs::write(&file, b"(mounts: {\"\xff").unwrap();
        let error = Workspace::find(&root).unwrap_err();
        let expected = format!(
            "{} is not UTF-8 text: the first invalid byte is at 11",
            file.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn sessions_do_not_see_each_others_mounts() {
        let (_folder, root) = folder();
        let workspace = Workspace::find(&root).unwrap();
        let session = workspace.mounts();
        session.unmount("/mnt/out").unwrap();
        assert_eq!(session.mounts().len(), 2);
        assert_eq!(workspace.mounts().mounts().len(), 3);
    }

    #[test]
    fn the_private_folder_is_kept_out_of_version_control() {
        let (_folder, root) = folder();
        let private = Workspace::find(&root).unwrap().create_private_dir().unwrap();
        assert_eq!(private, root.join(".sheaf"));
        assert_eq!(fs::read_to_string(private.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn this_repository_is_a_workspace_with_the_usual_mounts() {
        let workspace = Workspace::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap();
        assert!(workspace.is_from_file());
        let expected = [
            "/mnt/data file:datasets",
            "/mnt/models file:.sheaf/models",
            "/mnt/out file:.sheaf/out",
        ];
        assert_eq!(lines(&workspace), expected);
    }

    #[test]
    fn names_of_scopes_and_keys_are_checked() {
        let (_folder, root) = folder();
        for (scopes, expected) in [
            ("\"a/b\": ()", "\"a/b\" cannot be the name of a scope"),
            (
                "\"a\": (bindings: {\"k/\": (service: \"s\", account: \"a\")})",
                "\"k/\" cannot be the name of a key",
            ),
        ] {
            fs::write(root.join(FILE), format!("(secrets: {{{scopes}}})")).unwrap();
            let error = Workspace::find(&root).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{}/sheaf.ron: {expected}", root.display())
            );
        }
    }
}
