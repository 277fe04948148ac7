//! The notebooks and libraries that pipelines reach: what each of them needs, and what is wrong in them.
//!
//! Reads and parses; runs nothing.

mod closure;
mod error;
mod path;
mod reading;
mod source_file;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(crate) use closure::Closure;
pub(crate) use error::SourceError;
use reading::Reading;
use source_file::SourceFile;

/// The notebooks and libraries below a folder; each is read once.
#[derive(Debug)]
pub(crate) struct Sources {
    root: PathBuf,
    files: RefCell<BTreeMap<String, Rc<SourceFile>>>,
}

impl Sources {
    /// Looks into a workspace's folder, or that of a version.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: RefCell::default(),
        }
    }

    /// Returns a notebook with all that it reaches; `name` is its file, from the folder.
    ///
    /// # Errors
    ///
    /// There is no such file below the folder, or it cannot be read as a notebook.
    pub(crate) fn closure(&self, name: &str) -> Result<Closure, SourceError> {
        let path = path::inside(&self.root, "", name)?;
        Closure::of(self, &path)
    }

    /// Returns a file, which is read where it was not yet.
    fn file(&self, path: &str, is_library: bool) -> Result<Rc<SourceFile>, SourceError> {
        if let Some(file) = self.files.borrow().get(path) {
            return Ok(Rc::clone(file));
        }
        let file = Rc::new(Reading::file(&self.root, path, is_library)?);
        self.files.borrow_mut().insert(path.to_owned(), Rc::clone(&file));
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
