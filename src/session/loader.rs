//! `load("lib/x.star", "f")`: modules of functions that several notebooks share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use starlark::environment::{FrozenModule, Module};
use starlark::eval::{Evaluator, FileLoader};

use super::context::{CellContext, FileRead};
use super::error::{SessionError, Source};
use super::runner::Language;
use super::scope::Limits;
use super::syntax;
use crate::error::Error;

/// Loaded modules, by path; one that changed on disk is loaded anew.
#[derive(Default)]
pub(super) struct Loaded(Mutex<HashMap<String, (FileRead, FrozenModule)>>);

/// Loads files on behalf of one running cell.
pub(super) struct Loader<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) context: &'a CellContext,
    pub(super) language: &'a dyn Language,
    pub(super) limits: Limits,
    /// The files being loaded, outermost first.
    pub(super) open: RefCell<Vec<String>>,
}

impl FileLoader for Loader<'_> {
    fn load(&self, path: &str) -> starlark::Result<FrozenModule> {
        self.module(path)
    }
}

impl Loader<'_> {
    fn module(&self, path: &str) -> starlark::Result<FrozenModule> {
        let location = self.context.mounts().resolve(path).map_err(fail)?;
        let name = location.name.clone();
        self.context.reads(&location);
        let now = FileRead::of(&location);
        {
            let loaded = self.loaded.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((then, module)) = loaded.get(&name)
                && *then == now
            {
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
        let module = self.evaluate(&name, &source);
        self.open.borrow_mut().pop();
        let module = module?;
        let mut loaded = self.loaded.0.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.insert(name, (now, module.clone()));
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
