//! What Data Factory keeps in git, as definitions: `pipeline/`, `dataset/`, `linkedService/` and `trigger/` with their JSON.
//!
//! What has no counterpart is listed. Where leaving it out would change what a pipeline does, it is also kept as a comment, and
//! written so that validation refuses it with its place: a pipeline that was imported does what it did, or does not run.

mod actions;
mod activities;
mod copies;
mod datasets;
mod error;
mod expression;
mod factory;
mod formats;
mod functions;
mod leftover;
mod meaning;
mod notes;
mod parser;
mod pipelines;
mod references;
mod refused;
mod remarks;
mod schedules;
mod times;
mod triggers;
mod untranslated;
mod written;
mod zones;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::ImportError;
use factory::Factory;
use notes::Notes;
use written::key;

/// The definitions that were made of a folder of Data Factory's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The texts, by the names of their pipelines.
    pub pipelines: BTreeMap<String, String>,
    /// What has no counterpart, and what is left to do.
    pub notes: Vec<String>,
}

/// Reads a folder of Data Factory's, and writes its pipelines as ours.
///
/// # Errors
///
/// The folder has no pipelines, a file of it cannot be read, or two pipelines would be one file.
pub fn import(folder: &Path) -> Result<Imported, ImportError> {
    let factory = Factory::read(folder)?;
    let mut notes = Notes::default();
    let mut texts = BTreeMap::new();
    for (name, json) in &factory.pipelines {
        let text = pipelines::written(name, json, &factory, &mut notes);
        if texts.insert(key(name), text).is_some() {
            return Err(ImportError::SameFile {
                folder: folder.to_owned(),
                name: key(name),
            });
        }
    }
    Ok(Imported {
        pipelines: texts,
        notes: notes.into_lines(),
    })
}

#[cfg(test)]
mod tests;
