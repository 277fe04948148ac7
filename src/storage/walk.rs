//! [`Walk`]: all files below a folder, folder by folder, for stores that list only what is directly in one.

use std::collections::VecDeque;
use std::io;

use super::entry::Entry;

/// What is left to list, and the entries that are listed.
pub(super) struct Walk<F> {
    list: F,
    top: String,
    /// Names of folders from the top; a folder is listed when the entries before it are used up.
    folders: Vec<String>,
    entries: VecDeque<Entry>,
}

impl<F: FnMut(&str) -> io::Result<Vec<Entry>>> Walk<F> {
    /// Starts at the folder `top` of a store, whose folders `list` lists.
    pub(super) fn new(top: &str, list: F) -> Self {
        Self {
            list,
            top: top.to_owned(),
            folders: vec![String::new()],
            entries: VecDeque::new(),
        }
    }

    /// Lists one folder; returns it where it is empty and not the top.
    fn open(&mut self, folder: String) -> io::Result<Option<String>> {
        let inner = match (self.top.as_str(), folder.as_str()) {
            ("", _) => folder.clone(),
            (top, "") => top.to_owned(),
            (top, folder) => format!("{top}/{folder}"),
        };
        let entries = (self.list)(&inner)?;
        let is_empty = entries.is_empty() && !folder.is_empty();
        for mut entry in entries {
            if !folder.is_empty() {
                entry.name = format!("{folder}/{}", entry.name);
            }
            if entry.is_folder() && !entry.is_link {
                self.folders.push(entry.name);
            } else {
                self.entries.push_back(entry);
            }
        }
        Ok(is_empty.then_some(folder))
    }
}

impl<F: FnMut(&str) -> io::Result<Vec<Entry>>> Iterator for Walk<F> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.pop_front() {
                return Some(Ok(entry));
            }
            let folder = self.folders.pop()?;
            match self.open(folder) {
                Ok(Some(empty)) => return Some(Ok(Entry::folder(empty))),
                Ok(None) => {}
                Err(error) => {
                    self.folders.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
