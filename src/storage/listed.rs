//! [`Listed`]: which files a list had, in 16 bytes for each, so that a later list of the same folder can be compared.

use std::collections::HashSet;

use super::store::Entry;
use super::version::{FileVersion, Tag};
use crate::digest::Digester;

/// How many bytes stand for a file: no two of all that there will ever be have the same.
const LENGTH: usize = 16;

/// Files of a list, each by its name and version.
#[derive(Debug, Default)]
pub(super) struct Listed(HashSet<[u8; LENGTH]>);

impl Listed {
    pub(super) fn add(&mut self, file: &Entry) {
        self.0.insert(short(file));
    }

    /// Returns whether a file was in the list, in this version.
    pub(super) fn has(&self, file: &Entry) -> bool {
        self.0.contains(&short(file))
    }
}

fn short(file: &Entry) -> [u8; LENGTH] {
    let mut digester = Digester::new("listed file");
    digester.text("name", &file.name);
    match &file.version {
        // A list may know the time of writing less precisely, or each time anew.
        Some(FileVersion {
            size,
            tag: Tag::Opaque(tag),
            ..
        }) if !tag.is_empty() => _ = digester.number("size", *size).text("tag", tag),
        Some(version) => version.write(&mut digester),
        None => _ = digester.number("size", file.size()),
    }
    let mut short = [0; LENGTH];
    for (to, byte) in short.iter_mut().zip(digester.finish().bytes()) {
        *to = *byte;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::super::store::EntryKind;
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_and_version() {
        let file = |name: &str, tag: &str| {
            let version = FileVersion {
                size: 1,
                modified: None,
                tag: Tag::Opaque(tag.to_owned()),
            };
            Entry {
                name: name.to_owned(),
                kind: EntryKind::File,
                is_link: false,
                version: Some(version),
            }
        };
        let mut listed = Listed::default();
        listed.add(&file("a/b", "1"));
        assert!(listed.has(&file("a/b", "1")));
        assert!(!listed.has(&file("a/b", "2")) && !listed.has(&file("a/c", "1")));
    }
}
