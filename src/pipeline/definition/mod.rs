//! What a file in `pipelines/` says, as data: a [`Pipeline`] with its activities, datasets, triggers and alerts;
//! and reading these files, with the place of what is wrong in one.

mod action;
mod alert;
mod dataset;
mod definition_file;
mod definitions;
mod error;
mod finding;
mod pipeline;
mod schema_edit;
mod skeleton;
mod trigger;

pub use action::{Action, Activity, Case, Condition, Each, If, Switch, Until};
pub use alert::{Alert, Occasion};
pub use dataset::{Dataset, FileDataset, FileFormat, SchemaColumn, TableDataset};
pub use definition_file::DefinitionFile;
pub(in crate::pipeline) use definition_file::NO_COUNTERPART;
pub use definitions::Definitions;
pub use error::DefinitionError;
pub use finding::Finding;
pub use pipeline::Pipeline;
pub use skeleton::SKELETON;
pub use trigger::{CatchUp, Change, Dependency, Event, Schedule, Trigger, Window};
