//! What is in a folder of a container, and all that is below one, page by page.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use super::client::Client;
use super::folders::{self, Meaning};
use super::service::{Object, Page, Wanted};
use super::spelling::name_of;
use crate::storage::store::Entry;
use crate::work::{Interrupt, Task};

/// Lists what is directly below a prefix, sorted by name, or the first pages of it; `None` where nothing says that it
/// is a folder.
pub(super) fn folder(client: &Client, prefix: &str, pages: usize) -> io::Result<Option<Vec<Entry>>> {
    let mut entries: BTreeMap<(String, bool), Entry> = BTreeMap::new();
    let mut is_there = false;
    for page in Pages::new(client, prefix, false).take(pages) {
        let page = page?;
        is_there |= !page.objects.is_empty() || !page.folders.is_empty();
        for entry in level(&page, prefix) {
            entries.insert((entry.name.clone(), entry.is_folder()), entry);
        }
    }
    Ok(is_there.then(|| entries.into_values().collect()))
}

/// Returns what a page has directly in the folder of a prefix; a folder that has a marker is there twice.
fn level<'a>(page: &'a Page, prefix: &'a str) -> impl Iterator<Item = Entry> + 'a {
    let folders = page.folders.iter().map(move |below| {
        let name = below.strip_prefix(prefix).unwrap_or(below);
        Entry::folder(name_of(name.strip_suffix('/').unwrap_or(name)))
    });
    let objects = page.objects.iter().filter_map(move |object| {
        let rest = object.key.strip_prefix(prefix).unwrap_or(&object.key);
        match folders::meaning(object, rest) {
            Meaning::File(name) => Some(folders::entry(&name, object)),
            Meaning::Marker(name) => Some(Entry::folder(name)),
            Meaning::Own | Meaning::Hidden => None,
        }
    });
    folders.chain(objects)
}

/// Lists what is directly below a prefix and has a name that begins so, page by page; the names of folders are in memory.
pub(super) fn beginning<'a>(
    client: &'a Client,
    prefix: String,
    beginning: &str,
) -> impl Iterator<Item = io::Result<Entry>> + use<'a> {
    // What has its name spelled otherwise can begin with anything.
    let is_spelled = beginning.starts_with('%');
    let asked = if is_spelled {
        prefix.clone()
    } else {
        format!("{prefix}{beginning}")
    };
    let beginning = beginning.to_owned();
    let mut seen = BTreeSet::new();
    Pages::new(client, &asked, false).flat_map(move |page| {
        let entries: Vec<io::Result<Entry>> = match page {
            Ok(page) => level(&page, &prefix)
                .filter(|entry| entry.name.starts_with(&beginning))
                .filter(|entry| !entry.is_folder() || seen.insert(entry.name.clone()))
                .map(Ok)
                .collect(),
            Err(error) => vec![Err(error)],
        };
        entries
    })
}

/// The pages of a list, each asked for when it is needed.
struct Pages<'a> {
    client: &'a Client,
    wanted: Option<Wanted>,
}

impl<'a> Pages<'a> {
    fn new(client: &'a Client, prefix: &str, is_deep: bool) -> Self {
        let wanted = Wanted {
            prefix: prefix.to_owned(),
            is_deep,
            after: None,
            most: None,
        };
        Self {
            client,
            wanted: Some(wanted),
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = io::Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        let wanted = self.wanted.take()?;
        let page = self.client.ask(|objects| {
            let wanted = wanted.clone();
            async move { objects.page(&wanted).await }
        });
        if let Ok(Page { next: Some(next), .. }) = &page {
            self.wanted = Some(Wanted {
                after: Some(next.clone()),
                ..wanted
            });
        }
        Some(page)
    }
}

/// All objects below a prefix, markers and unfinished uploads among them.
pub(super) fn objects<'a>(
    client: &'a Client,
    prefix: &str,
) -> impl Iterator<Item = io::Result<Object>> + use<'a> {
    Pages::new(client, prefix, true).flat_map(|page| match page {
        Ok(page) => page.objects.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    })
}

/// All files below a folder, and the empty folders; one page is in memory, and the names of folders.
pub(super) struct Below<'a> {
    pages: Pages<'a>,
    prefix: String,
    entries: VecDeque<Entry>,
    /// Folders with a marker: some are known before what is in them, and some after.
    marked: BTreeSet<String>,
    /// Folders with something in them.
    filled: BTreeSet<String>,
    is_there: bool,
    /// What to do where nothing says that it is a folder.
    missing: Option<Box<dyn FnOnce() -> io::Result<()> + Send + 'a>>,
    task: Task,
}

impl<'a> Below<'a> {
    /// Starts to list; `missing` is asked where there is nothing at all.
    pub(super) fn new(
        client: &'a Arc<Client>,
        prefix: String,
        missing: impl FnOnce() -> io::Result<()> + Send + 'a,
    ) -> Self {
        Self {
            pages: Pages::new(client, &prefix, true),
            prefix,
            entries: VecDeque::new(),
            marked: BTreeSet::new(),
            filled: BTreeSet::new(),
            is_there: false,
            missing: Some(Box::new(missing)),
            task: Interrupt::of_thread().progress().count("listing", "files", 0),
        }
    }

    fn take(&mut self, page: &Page) {
        self.is_there |= !page.objects.is_empty();
        self.task.advance(page.objects.len() as u64);
        for object in &page.objects {
            let rest = object.key.strip_prefix(&self.prefix).unwrap_or(&object.key);
            match folders::meaning(object, rest) {
                Meaning::File(name) => {
                    self.has_something(&name);
                    self.entries.push_back(folders::entry(&name, object));
                }
                Meaning::Marker(name) => {
                    self.has_something(&name);
                    self.marked.insert(name);
                }
                Meaning::Own | Meaning::Hidden => {}
            }
        }
    }

    /// Notes that the folders above a name are not empty.
    fn has_something(&mut self, name: &str) {
        let mut above = name;
        while let Some((folder, _)) = above.rsplit_once('/') {
            // Those above it were noted together with it.
            if !self.filled.insert(folder.to_owned()) {
                break;
            }
            above = folder;
        }
    }
}

impl Iterator for Below<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.pop_front() {
                return Some(Ok(entry));
            }
            match self.pages.next() {
                Some(Ok(page)) => self.take(&page),
                Some(Err(error)) => {
                    self.marked.clear();
                    self.missing = None;
                    return Some(Err(error));
                }
                None => break,
            }
        }
        let missing = self.missing.take().filter(|_| !self.is_there);
        if let Some(Err(error)) = missing.map(|missing| missing()) {
            return Some(Err(error));
        }
        while let Some(name) = self.marked.pop_first() {
            if !self.filled.contains(&name) {
                return Some(Ok(Entry::folder(name)));
            }
        }
        None
    }
}
