//! [`Mounts`]: the table of the mounts of a session.
//!
//! What a name means by it is in [`names`](super::names). A mount that a cell makes is written down by a [`Keeper`], and so
//! is there in later sessions; this file knows neither `sheaf.ron` nor who may send what where.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SCHEMES;
use super::access::Access;
use super::definition::{MountDefinition, Switch};
use super::error::StorageError;
use super::folder::Folder;
use super::keeper::{Keeper, Keeping, KeptMount};
use super::layered::Layered;
use super::mount_point::checked_mount_point;
use super::overlay::Overlay;
use super::recent::Recent;
use super::store::{Configs, Scheme, Source, Store};
use super::url_stores::UrlStores;
use crate::error::Result;
use crate::secret::{Resolver, SecretError, Sendings};

pub(super) type Table = BTreeMap<String, Mounted>;

/// A resolver that a mount shares with its store.
#[derive(Clone)]
pub(super) struct Shared(Arc<dyn Resolver + Send + Sync>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// One line of the table of mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountInfo {
    /// The mount point: `/mnt/data`.
    pub mount_point: String,
    /// The place, as it was written: `file:datasets`.
    pub source: String,
}

/// What is mounted at a mount point.
#[derive(Debug, Clone)]
pub(super) struct Mounted {
    pub(super) store: Arc<dyn Store>,
    /// What gives values to it.
    pub(super) resolver: Shared,
    pub(super) definition: MountDefinition,
    pub(super) keeping: Keeping,
    /// Where the source is as everyone would write it, without settings that lead elsewhere; only of a remote one.
    pub(super) plain: Option<String>,
}

/// The mounts of a session.
///
/// Clones share one table, so that a mount made in a running cell is there for everything that follows.
#[derive(Debug, Clone)]
pub struct Mounts {
    pub(super) root: PathBuf,
    pub(super) local: Arc<dyn Store>,
    pub(super) schemes: Vec<&'static Scheme>,
    access: Access,
    table: Arc<Mutex<Table>>,
    pub(super) urls: Arc<UrlStores>,
    pub(super) recent: Arc<Recent>,
    keeper: Option<Arc<dyn Keeper>>,
    /// Where what is written goes instead, where nothing may last.
    scratch: Option<PathBuf>,
}

impl Mounts {
    /// Creates an empty table, for the workspace whose folder is `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            local: Arc::new(Folder::anywhere(root.clone())),
            root,
            schemes: SCHEMES.iter().collect(),
            access: Access::default(),
            table: Arc::default(),
            urls: Arc::default(),
            recent: Arc::default(),
            keeper: None,
            scratch: None,
        }
    }

    /// Returns the same mounts, with the files that `folder` has read from there, and not from the workspace.
    #[must_use]
    pub fn with_files_of(&self, folder: &Path) -> Self {
        Self {
            local: Arc::new(Layered::new(folder.to_owned(), Arc::clone(&self.local))),
            ..self.clone()
        }
    }

    /// Returns the same mounts, in which nothing that is written lasts: below each mount it goes into a folder of `scratch`, and
    /// is read from there first; elsewhere nothing can be written. No mount that a cell makes is written down.
    #[must_use]
    pub fn rehearsed(&self, scratch: &Path) -> Self {
        let mut table = self.lock().clone();
        for (mount_point, mounted) in &mut table {
            let folder = scratch.join(mount_point.trim_start_matches('/'));
            mounted.store = Arc::new(Overlay::new(Arc::clone(&mounted.store), folder));
        }
        Self {
            local: Arc::new(Overlay::read_only(Arc::clone(&self.local))),
            table: Arc::new(Mutex::new(table)),
            urls: Arc::default(),
            recent: Arc::default(),
            keeper: None,
            scratch: Some(scratch.to_owned()),
            ..self.clone()
        }
    }

    /// Returns the same mounts, of which those that are made from now on work with `access`.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Returns the same mounts, of which those that cells make are written down by `keeper`.
    #[must_use]
    pub fn with_keeper(mut self, keeper: Arc<dyn Keeper>) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// Adds a kind of place that can be mounted.
    #[must_use]
    pub fn with_scheme(mut self, scheme: &'static Scheme) -> Self {
        self.schemes.push(scheme);
        self
    }

    /// Returns whether a mount of `source` has use for settings.
    pub fn has_configs(&self, source: &str) -> bool {
        let scheme = source.split_once(':').map(|(scheme, _)| scheme);
        let known = self.schemes.iter().find(|known| Some(known.name) == scheme);
        known.is_some_and(|scheme| scheme.has_configs)
    }

    /// Returns what a mount would send where to prove who one is; makes no request.
    ///
    /// # Errors
    ///
    /// A source or a setting that cannot be.
    pub fn sendings(&self, definition: &MountDefinition) -> Result<Sendings> {
        Ok(self.open(definition, &Access::default())?.sends())
    }

    /// Mounts `source` as `mount_point`, for this session; the place has to be there.
    ///
    /// A mount point that is taken is an error, as on Databricks.
    pub fn mount(&self, source: &str, mount_point: &str) -> Result<()> {
        let (definition, access) = (MountDefinition::of(source), self.access.clone());
        self.mount_as(mount_point, &definition, access.resolver)
    }

    /// Mounts what `definition` says, and writes it down if it has no credential as text; the place has to be there.
    ///
    /// Mounting the same again changes nothing. A mount point that is taken by something else is an error, as on Databricks.
    pub fn mount_as(
        &self,
        mount_point: &str,
        definition: &MountDefinition,
        resolver: Arc<dyn Resolver + Send + Sync>,
    ) -> Result<()> {
        let mount_point = checked_mount_point(mount_point)?;
        let mut mounted = self.mounted(definition, resolver)?;
        if let Some(taken) = self.lock().get(&mount_point) {
            if taken.definition != *definition {
                return Err(already_mounted(&mount_point, &taken.definition.source));
            }
            mounted.keeping = taken.keeping;
        }
        mounted.store.check(&mount_point)?;
        if mounted.keeping == Keeping::Session && self.keep(&mount_point, definition, false)? {
            mounted.keeping = Keeping::Lasting;
        }
        self.lock().insert(mount_point, mounted);
        Ok(())
    }

    /// Mounts `source` as `mount_point` without looking whether the place is there.
    ///
    /// So a workspace can name a disk that is not plugged in; the first use of the mount says so.
    pub fn declare(&self, source: &str, mount_point: &str) -> Result<()> {
        self.add(KeptMount {
            mount_point: mount_point.to_owned(),
            definition: MountDefinition::of(source),
            keeping: Keeping::Declared,
            resolver: Arc::clone(&self.access.resolver),
        })
    }

    /// Adds a mount that is written down; what is mounted is not looked at.
    pub fn add(&self, kept: KeptMount) -> Result<()> {
        let mount_point = checked_mount_point(&kept.mount_point)?;
        let mounted = Mounted {
            keeping: kept.keeping,
            ..self.mounted(&kept.definition, kept.resolver)?
        };
        let mut table = self.lock();
        if let Some(taken) = table.get(&mount_point) {
            return Err(already_mounted(&mount_point, &taken.definition.source));
        }
        table.insert(mount_point, mounted);
        Ok(())
    }

    /// Gives an existing mount point another source and other settings, and writes that down as [`mount_as`](Self::mount_as)
    /// does, unless `sheaf.ron` names the mount.
    pub fn update_mount(
        &self,
        mount_point: &str,
        definition: &MountDefinition,
        resolver: Arc<dyn Resolver + Send + Sync>,
    ) -> Result<()> {
        let mount_point = checked_mount_point(mount_point)?;
        let mut mounted = self.mounted(definition, resolver)?;
        mounted.store.check(&mount_point)?;
        let before = {
            let table = self.lock();
            let before = table.get(&mount_point).map(|before| before.keeping);
            before.ok_or_else(|| not_mounted(mount_point.clone(), &table))?
        };
        if before != Keeping::Declared {
            if self.keep(&mount_point, definition, true)? {
                mounted.keeping = Keeping::Lasting;
            } else if before == Keeping::Lasting {
                self.forget(&mount_point)?;
            }
        }
        self.lock().insert(mount_point, mounted);
        Ok(())
    }

    /// Removes a mount, also from what is written down of those that cells made; the files stay where they are.
    pub fn unmount(&self, mount_point: &str) -> Result<()> {
        let mount_point = checked_mount_point(mount_point)?;
        let keeping = {
            let mut table = self.lock();
            let removed = table.remove(&mount_point);
            removed
                .ok_or_else(|| not_mounted(mount_point.clone(), &table))?
                .keeping
        };
        if keeping == Keeping::Lasting {
            self.forget(&mount_point)?;
        }
        Ok(())
    }

    /// Reads again what is written down, by `sheaf.ron` and by other sessions; mounts of this session alone stay.
    pub fn refresh(&self) -> Result<()> {
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let kept = keeper.kept()?;
        let mut fresh = Table::new();
        for KeptMount {
            mount_point,
            definition,
            keeping,
            resolver,
        } in kept
        {
            let mount_point = checked_mount_point(&mount_point)?;
            let known = self.lock().get(&mount_point).cloned();
            let mounted = match known {
                // What is connected stays so.
                Some(known) if known.definition == definition && known.keeping == keeping => known,
                _ => Mounted {
                    keeping,
                    ..self.mounted(&definition, resolver)?
                },
            };
            fresh.insert(mount_point, mounted);
        }
        let mut table = self.lock();
        table.retain(|_, mounted| mounted.keeping == Keeping::Session);
        for (mount_point, mounted) in fresh {
            table.entry(mount_point).or_insert(mounted);
        }
        Ok(())
    }

    /// Lists the mounts, sorted by mount point.
    pub fn mounts(&self) -> Vec<MountInfo> {
        let info = |(mount_point, mounted): (&String, &Mounted)| MountInfo {
            mount_point: mount_point.clone(),
            source: mounted.definition.source.clone(),
        };
        self.lock().iter().map(info).collect()
    }

    /// Returns how long a mount lasts; `None` where there is none.
    pub fn keeping(&self, mount_point: &str) -> Option<Keeping> {
        let mount_point = checked_mount_point(mount_point).ok()?;
        self.lock().get(&mount_point).map(|mounted| mounted.keeping)
    }

    /// Checks that what a mount sends may be sent, as its first use would; nothing is sent.
    ///
    /// # Errors
    ///
    /// The person has not approved it.
    pub fn check_approval(&self, mount_point: &str) -> Result<(), SecretError> {
        let mounted = self.lock().get(mount_point).cloned();
        match mounted {
            Some(mounted) if !mounted.store.sends().is_empty() => mounted.resolver.0.check(),
            _ => Ok(()),
        }
    }

    /// Returns whether this is mounted there already.
    pub fn is_mounted_as(&self, mount_point: &str, definition: &MountDefinition) -> bool {
        let Ok(mount_point) = checked_mount_point(mount_point) else {
            return false;
        };
        let table = self.lock();
        table
            .get(&mount_point)
            .is_some_and(|mounted| mounted.definition == *definition)
    }

    /// Returns a mount point in the one way to write it: `/mnt/x` for `dbfs:/mnt/x/`.
    ///
    /// # Errors
    ///
    /// What is not a name under `/mnt`.
    pub fn check_mount_point(&self, mount_point: &str) -> Result<String> {
        Ok(checked_mount_point(mount_point)?)
    }

    /// Returns the folder that relative names start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn keep(&self, mount_point: &str, definition: &MountDefinition, replaces: bool) -> Result<bool> {
        match &self.keeper {
            Some(keeper) if definition.credential_as_text().is_none() => {
                keeper.keep(mount_point, definition, replaces)
            }
            _ => Ok(false),
        }
    }

    fn forget(&self, mount_point: &str) -> Result<()> {
        self.keeper
            .as_ref()
            .map_or(Ok(()), |keeper| keeper.forget(mount_point))
    }

    /// Opens what is to be mounted, for this session.
    fn mounted(
        &self,
        definition: &MountDefinition,
        resolver: Arc<dyn Resolver + Send + Sync>,
    ) -> Result<Mounted, StorageError> {
        let blocks = self.access.blocks.clone().filter(|_| definition.cache.is_on());
        let access = Access {
            resolver: Arc::clone(&resolver),
            blocks,
            ..self.access.clone()
        };
        let mut store = self.open(definition, &access)?;
        if let Some(scratch) = &self.scratch {
            // It is another place than any that was mounted before.
            let count = self.lock().len();
            store = Arc::new(Overlay::new(store, scratch.join(format!("new/{count}"))));
        }
        let plain = store.is_remote().then(|| {
            let bare = MountDefinition {
                configs: Configs::new(),
                cache: Switch::Off,
                source: definition.source.clone(),
            };
            let opened = self.open_anonymous(&bare.source);
            opened.map_or_else(|_| store.address(""), |bare| bare.address(""))
        });
        Ok(Mounted {
            store,
            resolver: Shared(resolver),
            definition: definition.clone(),
            keeping: Keeping::Session,
            plain,
        })
    }

    /// Opens a place that nothing is sent to that says who asks.
    pub(super) fn open_anonymous(&self, source: &str) -> Result<Arc<dyn Store>, StorageError> {
        let access = Access {
            is_anonymous: true,
            blocks: self.access.blocks.clone(),
            ..Access::default()
        };
        let store = self.open(&MountDefinition::of(source), &access)?;
        Ok(match self.scratch {
            Some(_) => Arc::new(Overlay::read_only(store)),
            None => store,
        })
    }

    fn open(&self, definition: &MountDefinition, access: &Access) -> Result<Arc<dyn Store>, StorageError> {
        let source = definition.source.as_str();
        let Some((scheme, place)) = source.split_once(':') else {
            return Err(StorageError::NoScheme {
                source_text: source.to_owned(),
                known: self.known(),
            });
        };
        match self.schemes.iter().find(|known| known.name == scheme) {
            Some(scheme) => (scheme.open)(&Source {
                text: source,
                place,
                root: &self.root,
                configs: &definition.configs,
                access,
            }),
            None => Err(StorageError::UnknownScheme {
                source_text: source.to_owned(),
                scheme: scheme.to_owned(),
                known: self.known(),
            }),
        }
    }

    pub(super) fn known(&self) -> Vec<&'static str> {
        self.schemes.iter().map(|scheme| scheme.name).collect()
    }

    /// Locks the table; a panic elsewhere cannot have left it half changed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn already_mounted(mount_point: &str, source: &str) -> crate::error::Error {
    StorageError::AlreadyMounted {
        mount_point: mount_point.to_owned(),
        source_text: source.to_owned(),
    }
    .into()
}

pub(super) fn not_mounted(mount_point: String, table: &Table) -> StorageError {
    StorageError::NotMounted {
        mount_point,
        mounts: table.keys().cloned().collect(),
    }
}

#[cfg(test)]
mod tests;
