//! [`Closure`]: a notebook with all that it reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Sources;
use super::error::SourceError;
use super::path;
use super::source_file::{Need, Purpose, SourceFile};
use crate::error::Problem as _;
use crate::pipeline::definition::Finding;
use crate::ron_text::Place;

/// A notebook with all that it reaches.
#[derive(Debug, Default)]
pub(crate) struct Closure {
    files: BTreeMap<String, Rc<SourceFile>>,
    wrong: Vec<Finding>,
    loose: Vec<Finding>,
    widgets: BTreeSet<String>,
    declares_more: bool,
}

impl Closure {
    /// Reads the notebook at `path`, and all that it reaches.
    pub(super) fn of(sources: &Sources, path: &str) -> Result<Self, SourceError> {
        let mut closure = Self::default();
        closure.add(sources, path, Purpose::Run)?;
        closure.declare(sources, path, &mut BTreeSet::new());
        Ok(closure)
    }

    /// Returns the files with their bytes, by their paths from the folder.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, file)| (path.as_str(), file.bytes.as_slice()))
    }

    /// Returns what is wrong in any of the files.
    pub(crate) fn wrong(&self) -> &[Finding] {
        &self.wrong
    }

    /// Returns what of the files would not be frozen with them.
    pub(crate) fn loose(&self) -> &[Finding] {
        &self.loose
    }

    /// Returns the widgets that the notebook declares, also by what it includes.
    pub(crate) fn widgets(&self) -> &BTreeSet<String> {
        &self.widgets
    }

    /// Returns whether only running it tells which widgets it declares.
    pub(crate) fn declares_more(&self) -> bool {
        self.declares_more
    }

    fn add(&mut self, sources: &Sources, path: &str, purpose: Purpose) -> Result<(), SourceError> {
        if self.files.contains_key(path) {
            return Ok(());
        }
        let file = sources.file(path, purpose == Purpose::Library)?;
        self.files.insert(path.to_owned(), Rc::clone(&file));
        self.wrong.extend(file.wrong.iter().cloned());
        for place in &file.computed {
            self.loose.push(Finding::new(
                path,
                *place,
                "which notebook this runs is only known when it runs, so that it cannot be published",
                Some("write its path out: dbutils.notebook.run(\"./other\")".to_owned()),
            ));
        }
        for need in &file.needs {
            match needed(sources, path, need) {
                Ok(inner) => {
                    if let Err(error) = self.add(sources, &inner, need.purpose) {
                        self.refused(path, need.place, &error);
                    }
                }
                Err(error) => self.refused(path, need.place, &error),
            }
        }
        Ok(())
    }

    /// Notes that a file which is needed cannot be had.
    fn refused(&mut self, path: &str, place: Place, error: &SourceError) {
        let finding = Finding::new(path, place, error.to_string(), error.hint());
        match error {
            SourceError::Outside { .. } => self.loose.push(finding),
            _ => self.wrong.push(finding),
        }
    }

    /// Collects the widgets of a notebook, and of those that it includes.
    fn declare(&mut self, sources: &Sources, path: &str, seen: &mut BTreeSet<String>) {
        if !seen.insert(path.to_owned()) {
            return;
        }
        let Some(file) = self.files.get(path).map(Rc::clone) else {
            return;
        };
        self.widgets.extend(file.widgets.iter().cloned());
        self.declares_more |= file.declares_more;
        for need in file.needs.iter().filter(|need| need.purpose == Purpose::Included) {
            match needed(sources, path, need) {
                Ok(inner) => self.declare(sources, &inner, seen),
                Err(_) => self.declares_more = true,
            }
        }
    }
}

/// Returns the path from the folder of a file that the file at `path` needs.
fn needed(sources: &Sources, path: &str, need: &Need) -> Result<String, SourceError> {
    let is_beside = need.written.starts_with("./") || need.written.starts_with("../");
    let folder = match need.purpose {
        Purpose::Library if !is_beside => "",
        _ => path::folder_of(path),
    };
    path::inside(&sources.root, folder, &need.written)
}
