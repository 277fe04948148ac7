//! `load("lib/x.star", "f")`: modules of functions that several notebooks share.
//!
//! A path starts from the workspace's folder; one that begins with `./` or `../` starts from the folder of the notebook
//! or library that loads it. What a library loads in turn counts as read by the cell, too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use starlark::environment::{FrozenModule, Module};
use starlark::eval::{Evaluator, FileLoader};

use super::conditions::runnable;
use super::context::CellContext;
use super::error::SessionError;
use super::limits::Limits;
use super::runner::Language;
use crate::cache::FileRead;
use crate::error::{Error, nearest};
use crate::source::{IncludedCell, Source, syntax};
use crate::storage::Location;

/// What some editors begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What came from other files than the session's notebook.
#[derive(Default)]
pub(super) struct Loaded {
    /// Loaded modules, by path; one that changed on disk, or loads one that did, is loaded again.
    modules: Mutex<HashMap<String, Library>>,
    /// The cells of included notebooks, by the name under which Starlark knows them.
    included: Mutex<HashMap<String, IncludedCell>>,
}

/// A loaded module, and the files it came from: its own, and those of what it loads.
#[derive(Clone)]
struct Library {
    module: FrozenModule,
    files: Vec<FileRead>,
}

impl Loaded {
    /// Remembers where a cell of an included notebook stands, for errors in its functions.
    pub(super) fn include(&self, source: &Source, place: &IncludedCell) {
        let mut included = self.included.lock().unwrap_or_else(PoisonError::into_inner);
        included.insert(source.encode(), place.clone());
    }

    /// Finds the cell of an included notebook that has a text.
    pub(super) fn included(&self, source: &Source) -> Option<IncludedCell> {
        let included = self.included.lock().unwrap_or_else(PoisonError::into_inner);
        included.get(&source.encode()).cloned()
    }
}

/// Loads files on behalf of one running cell.
pub(super) struct Loader<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) context: &'a CellContext,
    pub(super) language: &'a dyn Language,
    pub(super) limits: Limits,
    /// The files being loaded, outermost first.
    pub(super) open: RefCell<Vec<OpenLibrary>>,
}

/// A file being loaded, and the files read for it so far.
pub(super) struct OpenLibrary {
    location: Location,
    /// Its address without links.
    identity: String,
    files: Vec<FileRead>,
}

impl FileLoader for Loader<'_> {
    fn load(&self, path: &str) -> starlark::Result<FrozenModule> {
        let library = self.library(path)?;
        if let Some(outer) = self.open.borrow_mut().last_mut() {
            outer.files.extend(library.files.iter().cloned());
        }
        for file in library.files {
            self.context.loads(file);
        }
        Ok(library.module)
    }
}

impl Loader<'_> {
    /// Finds the file that `path` means to whoever loads it.
    fn resolve(&self, path: &str) -> Result<Location, Error> {
        if !path.starts_with("./") && !path.starts_with("../") {
            return self.context.mounts().resolve(path);
        }
        let surroundings = self.context.surroundings();
        match self.open.borrow().last() {
            Some(outer) => surroundings.inside(&outer.location).resolve(path),
            None => surroundings.resolve(path),
        }
    }

    fn library(&self, path: &str) -> starlark::Result<Library> {
        let location = self.resolve(path).map_err(fail)?;
        let name = location.name().to_owned();
        // Also a file that cannot be read: the cell is to be run again when it can.
        let now = FileRead::of(&location);
        self.context.loads(now.clone());
        {
            let loaded = self.loaded.modules.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(library) = loaded.get(&name)
                && library.files.first() == Some(&now)
                && !library.files.iter().any(FileRead::changed)
            {
                return Ok(library.clone());
            }
        }
        // One file may have many names: `../lib/a.star` in `lib`.
        let identity = location.identity();
        if self.open.borrow().iter().any(|open| open.identity == identity) {
            return Err(fail(SessionError::LoadCycle { path: name }.into()));
        }
        let source = location.text().map_err(|error| {
            let near = near(path, &location);
            let reason = match error.kind() {
                io::ErrorKind::NotFound => "it does not exist".to_owned(),
                _ => error.to_string(),
            };
            let path = path.to_owned();
            fail(SessionError::Load { path, reason, near }.into())
        })?;
        let source = source.trim_start_matches(BYTE_ORDER_MARK);
        self.open.borrow_mut().push(OpenLibrary {
            location,
            identity,
            files: vec![now],
        });
        let (module, ledger) = self.context.apart(|| self.evaluate(&name, source));
        let files = self
            .open
            .borrow_mut()
            .pop()
            .map_or_else(Vec::new, |open| open.files);
        let library = Library {
            module: module?,
            files,
        };
        // One that read data of its own is evaluated for each cell, so that each is known to have read them.
        let is_library = |read: &str| library.files.iter().any(|file| file.location.name() == read);
        if ledger.read_only_files(is_library) {
            let mut loaded = self.loaded.modules.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.insert(name, library.clone());
        }
        Ok(library)
    }

    fn evaluate(&self, name: &str, source: &str) -> starlark::Result<FrozenModule> {
        let tree = syntax::parse(&Source::File(name.to_owned()).encode(), source)?;
        let tree = runnable(tree, self.language)?;
        Module::with_temp_heap(|module| {
            {
                let mut evaluator = Evaluator::new(&module);
                self.context.bound_evaluator(&mut evaluator, self.limits)?;
                evaluator.set_loader(self);
                evaluator.eval_module(tree, self.language.globals())?;
            }
            module
                .freeze()
                .map_err(|error| starlark::Error::new_other(anyhow::Error::from(error)))
        })
    }
}

/// Looks beside a missing file for a library that `path` may mean.
fn near(path: &str, missing: &Location) -> Option<String> {
    let names = missing.parent()?.names().ok()?;
    let names: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".star"))
        .collect();
    let (before, last) = path
        .rsplit_once('/')
        .map_or(("", path), |(before, last)| (before, last));
    let last = last.strip_suffix(".star").unwrap_or(last);
    let found = nearest(last, names)?;
    Some(if before.is_empty() {
        format!("{found}.star")
    } else {
        format!("{before}/{found}.star")
    })
}

fn fail(error: Error) -> starlark::Error {
    starlark::Error::new_other(anyhow::Error::new(error))
}
