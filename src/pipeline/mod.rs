//! Pipelines: what runs after what, on which conditions, and what became of it.
//!
//! Owns the definitions in `pipelines/NAME.ron`, their expressions, what they are checked for before they run, the
//! activities (one file each behind [`activity::Perform`]), and the run of one pipeline, which says every change of state to a
//! [`Journal`] before it acts on it. When a pipeline is run, and where its runs are kept, is not known here.

pub mod activity;
mod data;
mod dataset_reader;
pub mod definition;
pub mod expression;
mod facts;
pub mod import;
mod journal;
pub mod published;
pub mod run;
mod scribe;
mod sources;
mod span;
mod status;
mod telling;
mod text;
mod validation;

pub use dataset_reader::DatasetReader;
pub use definition::{DefinitionError, Definitions, Finding};
pub use facts::TriggerFacts;
pub use journal::{Admission, Entry, Journal};
pub use span::Span;
pub use status::{ActivityStatus, RunStatus};
pub use telling::{activity_around, activity_name, kind_of, progress, rows_of_output, throughput};
pub use text::Text;
pub use validation::{validate, validate_some};

/// The folder of definitions, in the workspace's.
pub const FOLDER: &str = "pipelines";
