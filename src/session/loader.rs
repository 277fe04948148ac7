//! `load("lib/x.star", "f")`: modules of functions that several notebooks share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use starlark::environment::{FrozenModule, Module};
use starlark::eval::{Evaluator, FileLoader};

use super::context::CellContext;
use super::error::{IncludedCell, SessionError, Source};
use super::runner::Language;
use super::scope::Limits;
use super::syntax;
use super::trace::FileRead;
use crate::error::Error;
use crate::storage::Location;

/// What came from other files than the session's notebook.
#[derive(Default)]
pub(super) struct Loaded {
    /// Loaded modules, by path, with all files that went into them; one that changed on disk is loaded anew.
    modules: Mutex<HashMap<String, (Vec<FileRead>, FrozenModule)>>,
    /// The cells of included notebooks, by the name under which Starlark knows them.
    included: Mutex<HashMap<String, IncludedCell>>,
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
    pub(super) open: RefCell<Vec<String>>,
    /// The files that went into the innermost of these, so far.
    pub(super) files: RefCell<Vec<FileRead>>,
}

impl FileLoader for Loader<'_> {
    fn load(&self, path: &str) -> starlark::Result<FrozenModule> {
        self.module(path)
    }
}

impl Loader<'_> {
    /// Notes that the cell, and the file that is being loaded, read a file.
    fn reads(&self, location: &Location) {
        self.context.reads(location);
        self.files.borrow_mut().push(FileRead::of(location));
    }

    fn module(&self, path: &str) -> starlark::Result<FrozenModule> {
        let location = self.context.mounts().resolve(path).map_err(fail)?;
        let name = location.name.clone();
        let now = FileRead::of(&location);
        {
            let loaded = self.loaded.modules.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((files, module)) = loaded.get(&name)
                && !files.iter().any(FileRead::changed)
            {
                files.iter().for_each(|file| self.reads(&file.location));
                return Ok(module.clone());
            }
        }
        if self.open.borrow().contains(&name) {
            return Err(fail(SessionError::LoadCycle { path: name }.into()));
        }
        let source = fs::read_to_string(&location.path).map_err(|error| {
            fail(
                SessionError::Load {
                    path: path.to_owned(),
                    reason: error.to_string(),
                }
                .into(),
            )
        })?;
        self.open.borrow_mut().push(name.clone());
        let outer = self.files.replace(vec![now]);
        let mut readings = self.context.readings();
        let module = self.evaluate(&name, &source);
        self.open.borrow_mut().pop();
        let files = self.files.replace(outer);
        files.iter().for_each(|file| self.reads(&file.location));
        let module = module?;
        // One that read data of its own is evaluated for each cell, so that each is known to have read them.
        readings.extend(files.iter().map(|file| file.location.name.clone()));
        if readings == self.context.readings() {
            let mut loaded = self.loaded.modules.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.insert(name, (files, module.clone()));
        }
        Ok(module)
    }

    fn evaluate(&self, name: &str, source: &str) -> starlark::Result<FrozenModule> {
        let mut tree = syntax::parse(&Source::File(name.to_owned()).encode(), source)?;
        tree.replace_binary_operators(self.language.operators());
        Module::with_temp_heap(|module| {
            {
                let mut evaluator = Evaluator::new(&module);
                self.limits.apply(&mut evaluator, self.context)?;
                evaluator.set_loader(self);
                evaluator.eval_module(tree, self.language.globals())?;
            }
            module
                .freeze()
                .map_err(|error| starlark::Error::new_other(anyhow::Error::from(error)))
        })
    }
}

fn fail(error: Error) -> starlark::Error {
    starlark::Error::new_other(anyhow::Error::new(error))
}
