//! Mount points, folders and files in path strings.
//!
//! Looks into folders of this machine only, at so many entries and for so long: a folder on a network may hang. Of a store
//! that is far away it offers what was listed before: no request is made while someone types.

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use super::columns::closing;
use super::context::Nesting;
use super::offer::{Item, Offer};
use super::quoting::in_text;
use super::{Request, Source};
use crate::describe::Meaning;

/// The most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 2000;

/// Completes paths.
pub(crate) struct Paths;

impl Source for Paths {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code().filter(|context| context.index.is_none())?;
        let text = context.text.as_ref()?;
        let call = context.call()?;
        let meaning = request.parameter().map(|parameter| parameter.meaning);
        let is_source = super::called(&call.callee) == Some("load");
        let looks_so = [
            "/", "./", "../", "dbfs:/", "abfss://", "wasbs://", "s3://", "gs://",
        ]
        .iter()
        .any(|start| text.body.starts_with(start));
        let is_path = meaning == Some(Meaning::Path) || is_source || looks_so;
        if !is_path || matches!(call.nesting, Nesting::Key) {
            return None;
        }
        let closing = closing(request, text);
        let write = |name: &str| in_text(name, &text.quotes);
        Some(entries(request, text.start, text.body, write, &closing))
    }
}

/// Offers what the path `typed`, which begins at byte `start`, could continue with; `closing` ends a file's name.
pub(crate) fn entries(
    request: &Request<'_>,
    start: usize,
    typed: &str,
    write: impl Fn(&str) -> String,
    closing: &str,
) -> Offer {
    let folder = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (folder_name, partial) = typed.split_at(folder);
    let mut items = mount_points(request, folder_name);
    let is_hidden = partial.starts_with('.');
    for (name, is_folder) in listed(request, folder_name) {
        if name.starts_with('.') && !is_hidden {
            continue;
        }
        let (written, detail) = if is_folder {
            (format!("{}/", write(&name)), "folder")
        } else {
            (write(&name) + closing, "file")
        };
        let shown = if is_folder { format!("{name}/") } else { name };
        items.push(Item::new(&shown, written, detail, 1));
    }
    Offer {
        start: start + folder,
        typed: partial.to_owned(),
        items,
        is_all: true,
    }
}

/// Returns the mount points, part by part, below a folder's name.
fn mount_points(request: &Request<'_>, folder: &str) -> Vec<Item> {
    let folder = folder.strip_prefix("dbfs:").unwrap_or(folder);
    let folder = folder
        .strip_prefix("/dbfs")
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(folder);
    let mounts = request.view.snapshot.mounts().mounts();
    if folder.is_empty() {
        let whole = mounts.into_iter();
        return whole
            .map(|mount| Item::plain(mount.mount_point + "/", format!("mount {}", mount.source), 0))
            .collect();
    }
    let mut items: Vec<Item> = Vec::new();
    for mount in mounts {
        let Some(rest) = mount
            .mount_point
            .strip_prefix(folder)
            .filter(|_| folder.starts_with('/'))
        else {
            continue;
        };
        let (part, is_mount) = rest
            .split_once('/')
            .map_or((rest, true), |(part, _)| (part, false));
        let name = format!("{part}/");
        if part.is_empty() || items.iter().any(|item| item.name == name) {
            continue;
        }
        let detail = if is_mount {
            format!("mount {}", mount.source)
        } else {
            "folder".to_owned()
        };
        items.push(Item::plain(name, detail, 0));
    }
    items
}

/// Lists a folder: names, and whether each is a folder, sorted; what is not there in time is left out.
fn listed(request: &Request<'_>, folder: &str) -> Vec<(String, bool)> {
    let budget = request.view.left();
    let (mounts, folder) = (Arc::clone(request.view.snapshot.mounts()), folder.to_owned());
    let (sender, receiver) = sync_channel(1);
    let deadline = Instant::now() + budget;
    let look = move || {
        let mut found = mounts.listed_before(&folder);
        let entries = mounts
            .local_folder(&folder)
            .and_then(|folder| fs::read_dir(folder).ok());
        for entry in entries.into_iter().flatten().take(MOST_ENTRIES) {
            if Instant::now() > deadline {
                break;
            }
            let Ok(entry) = entry else { continue };
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let is_folder = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).is_ok_and(|data| data.is_dir()),
                Ok(kind) => kind.is_dir(),
                Err(_) => false,
            };
            found.push((name, is_folder));
        }
        found.sort();
        // No one listens any more when it took too long.
        let _ = sender.send(found);
    };
    match thread::Builder::new().name("folder".to_owned()).spawn(look) {
        Ok(_) => receiver.recv_timeout(budget).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}
