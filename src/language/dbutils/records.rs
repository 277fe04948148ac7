//! What `dbutils.fs` returns: records with Databricks' fields.

use std::fmt;

use allocative::Allocative;
use polars::prelude::{Column, DataFrame};
use starlark::any::ProvidesStaticType;
use starlark::collections::StarlarkHasher;
use starlark::docs::DocType;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::typing::Ty;
use starlark::values::list::ListRef;
use starlark::values::{NoSerialize, StarlarkValue, Value, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};

use crate::error::Error;
use crate::output::Output;
use crate::storage::{FileInfo, MountInfo};

/// One line of `dbutils.fs.ls`.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct FileInfoValue(#[allocative(skip)] pub(super) FileInfo);
starlark_simple_value!(FileInfoValue);
methods_static!(FILE_INFO = file_info);

impl fmt::Display for FileInfoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileInfo {
            path,
            name,
            size,
            modification_time,
        } = &self.0;
        write!(
            f,
            "FileInfo(path={path:?}, name={name:?}, size={size}, modificationTime={modification_time})"
        )
    }
}

#[starlark_value(type = "FileInfo")]
impl<'v> StarlarkValue<'v> for FileInfoValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(FILE_INFO.methods())
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| self.0 == other.0))
    }

    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        std::hash::Hash::hash(&self.0.path, hasher);
        Ok(())
    }
}

#[starlark_module]
fn file_info(methods: &mut MethodsBuilder) {
    /// The whole name, as other commands take it; a folder's ends with a slash.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.fs.ls("/mnt/data")[0].path
    /// ```
    #[starlark(attribute)]
    fn path(this: &FileInfoValue) -> anyhow::Result<String> {
        Ok(this.0.path.clone())
    }

    /// The last part of the name; a folder's ends with a slash.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// [file.name for file in dbutils.fs.ls("/mnt/data")]
    /// ```
    #[starlark(attribute)]
    fn name(this: &FileInfoValue) -> anyhow::Result<String> {
        Ok(this.0.name.clone())
    }

    /// The length in bytes; 0 for a folder.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// sum([file.size for file in dbutils.fs.ls("/mnt/data")])
    /// ```
    #[starlark(attribute)]
    fn size(this: &FileInfoValue) -> anyhow::Result<u64> {
        Ok(this.0.size)
    }

    /// When it was last written, in milliseconds since 1970 UTC.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.fs.ls("/mnt/data")[0].modificationTime
    /// ```
    #[starlark(attribute)]
    fn modificationTime(this: &FileInfoValue) -> anyhow::Result<i64> {
        Ok(this.0.modification_time)
    }

    /// Returns whether it is a folder.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// [file.name for file in dbutils.fs.ls("/mnt/data") if file.isDir()]
    /// ```
    fn isDir(this: &FileInfoValue) -> anyhow::Result<bool> {
        Ok(this.0.name.ends_with('/'))
    }

    /// Returns whether it is a file.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// [file.name for file in dbutils.fs.ls("/mnt/data") if file.isFile()]
    /// ```
    fn isFile(this: &FileInfoValue) -> anyhow::Result<bool> {
        Ok(!this.0.name.ends_with('/'))
    }
}

/// Returns what the records have, for help and completion.
pub(super) fn types() -> Vec<DocType> {
    let file = Ty::starlark_value::<FileInfoValue>();
    let mount = Ty::starlark_value::<MountInfoValue>();
    vec![
        FILE_INFO.methods().documentation(file),
        MOUNT_INFO.methods().documentation(mount),
    ]
}

/// One line of `dbutils.fs.mounts`.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct MountInfoValue(#[allocative(skip)] pub(super) MountInfo);
starlark_simple_value!(MountInfoValue);
methods_static!(MOUNT_INFO = mount_info);

impl fmt::Display for MountInfoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MountInfo { mount_point, source } = &self.0;
        write!(
            f,
            "MountInfo(mountPoint={mount_point:?}, source={source:?}, encryptionType=\"\")"
        )
    }
}

#[starlark_value(type = "MountInfo")]
impl<'v> StarlarkValue<'v> for MountInfoValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(MOUNT_INFO.methods())
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| self.0 == other.0))
    }

    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        std::hash::Hash::hash(&self.0.mount_point, hasher);
        Ok(())
    }
}

#[starlark_module]
fn mount_info(methods: &mut MethodsBuilder) {
    /// The mount point, a name under /mnt.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// [mount.mountPoint for mount in dbutils.fs.mounts()]
    /// ```
    #[starlark(attribute)]
    fn mountPoint(this: &MountInfoValue) -> anyhow::Result<String> {
        Ok(this.0.mount_point.clone())
    }

    /// The place, as it was given.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// {mount.mountPoint: mount.source for mount in dbutils.fs.mounts()}
    /// ```
    #[starlark(attribute)]
    fn source(this: &MountInfoValue) -> anyhow::Result<String> {
        Ok(this.0.source.clone())
    }

    /// How the place is encrypted; always empty.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.fs.mounts()[0].encryptionType
    /// ```
    #[starlark(attribute)]
    fn encryptionType(this: &MountInfoValue) -> anyhow::Result<&'static str> {
        let _ = this;
        Ok("")
    }
}

/// Returns a list of records as a table; nothing for any other value, and for an empty list.
pub(super) fn table(value: Value<'_>) -> Option<Result<Output, Error>> {
    let list = ListRef::from_value(value).filter(|list| !list.is_empty())?;
    let columns = if let Some(files) = all(list, FileInfoValue::from_value) {
        let text = |of: fn(&FileInfo) -> &str| files.iter().map(|file| of(&file.0)).collect::<Vec<_>>();
        vec![
            Column::new("path".into(), text(|file| &file.path)),
            Column::new("name".into(), text(|file| &file.name)),
            Column::new(
                "size".into(),
                files.iter().map(|file| file.0.size).collect::<Vec<_>>(),
            ),
            Column::new(
                "modificationTime".into(),
                files
                    .iter()
                    .map(|file| file.0.modification_time)
                    .collect::<Vec<_>>(),
            ),
        ]
    } else {
        let mounts = all(list, MountInfoValue::from_value)?;
        let text = |of: fn(&MountInfo) -> &str| mounts.iter().map(|mount| of(&mount.0)).collect::<Vec<_>>();
        vec![
            Column::new("mountPoint".into(), text(|mount| &mount.mount_point)),
            Column::new("source".into(), text(|mount| &mount.source)),
            Column::new("encryptionType".into(), text(|_| "")),
        ]
    };
    let rows = DataFrame::new_infer_height(columns).ok()?;
    Some(Ok(Output::Frame {
        height: Some(rows.height()),
        rows,
    }))
}

fn all<'v, T>(list: &ListRef<'v>, record: fn(Value<'v>) -> Option<&'v T>) -> Option<Vec<&'v T>> {
    list.iter().map(record).collect()
}
