//! Names under `/mnt`, taken apart, and what is below the top of a store.

use std::sync::Arc;

use super::error::StorageError;
use super::location::Location;
use super::store::Store;

/// Names what the parts of a name lead to from the top of a store, which they cannot leave.
pub(super) fn below(
    name: &str,
    top: String,
    store: Arc<dyn Store>,
    parts: &[&str],
) -> Result<Location, StorageError> {
    let mut kept = Vec::new();
    for part in parts {
        if *part != ".." {
            kept.push(*part);
        } else if kept.pop().is_none() {
            return Err(climbs_out(&top, name));
        }
    }
    store.check(&top)?;
    let inner = kept.join("/");
    let name = if inner.is_empty() {
        top.clone()
    } else {
        format!("{}/{inner}", top.trim_end_matches('/'))
    };
    Ok(Location::new(name, Some(top), inner, store))
}

/// Returns the parts of a name behind `/mnt`, if it is one: `/mnt/x`, `dbfs:/mnt/x`, `/dbfs/mnt/x`.
pub(super) fn mounted_parts(name: &str) -> Option<Vec<&str>> {
    let path = match name.strip_prefix("dbfs:") {
        Some(path) => path,
        None => name
            .strip_prefix("/dbfs")
            .filter(|path| path.starts_with('/'))
            .unwrap_or(name),
    };
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    (path.starts_with('/') && parts.next() == Some("mnt")).then(|| parts.collect())
}

/// Returns a mount point in the one way to write it.
pub(super) fn checked_mount_point(mount_point: &str) -> Result<String, StorageError> {
    let is_plain =
        |part: &&str| *part != ".." && !part.contains(|c: char| c.is_control() || "*?[]".contains(c));
    match mounted_parts(mount_point) {
        Some(parts) if !parts.is_empty() && parts.iter().all(is_plain) => {
            Ok(format!("/mnt/{}", parts.join("/")))
        }
        _ => Err(StorageError::BadMountPoint {
            mount_point: mount_point.to_owned(),
        }),
    }
}

pub(super) fn climbs_out(mount_point: &str, name: &str) -> StorageError {
    StorageError::ClimbsOut {
        mount_point: mount_point.to_owned(),
        name: name.to_owned(),
        target: None,
    }
}
