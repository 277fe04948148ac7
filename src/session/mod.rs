//! A live run of a notebook: which cell reads which, freezing, staleness, running cells.
//!
//! Everything that runs a cell (the headless run, the prompt) goes through [`Session::run_all`]. The session knows
//! its cells' language only through [`Language`] and [`Runner`], prints nothing and reads no environment.

mod analysis;
mod around;
mod bound;
mod brackets;
mod cache;
mod canonical;
mod cells;
mod checkpoint;
mod child;
mod conditions;
#[allow(
    unsafe_code,
    reason = "starlark's derive of ProvidesStaticType expands to an unsafe impl"
)]
mod context;
mod elsewhere;
mod entry;
mod error;
mod explain;
mod fingerprints;
mod functions;
mod gone;
mod help;
mod inclusion;
mod kept;
mod lint;
mod loader;
mod machine;
mod outline;
mod packed;
mod parameters;
mod probe;
mod reach;
mod reference;
mod rewrite;
mod runner;
mod scope;
mod sequence;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod session;
mod stamp;
mod summary;
mod surface;
mod surroundings;
mod syntax;
mod task_values;
mod trace;
mod widgets;
mod worker;

pub use analysis::Analysis;
pub use bound::BoundFact;
pub use cache::{Cache, Cleaned, Contents, DEFAULT_SIZE};
pub use canonical::canonical;
pub use checkpoint::Checkpoint;
pub use child::{Child, ChildError};
pub use conditions::Asks;
pub use context::{CellContext, Exit, Output, Warning};
pub use elsewhere::{kind_elsewhere, member_elsewhere};
pub use entry::State;
pub use error::{Call, CellError, CellId, Going, IncludedCell, SessionError, Source, Spot};
pub use help::{Help, HelpList};
pub use inclusion::Inclusion;
pub use kept::Kept;
pub use machine::machine;
pub use outline::{ColumnOutline, Outline};
pub use packed::{Packed, PackedTable, Written};
pub use parameters::{Origin, Parameters, Supplied};
pub use probe::{Probe, Probed};
pub use reach::Reach;
pub(crate) use reference::reference;
pub use runner::{Language, Runner};
pub use scope::{Limits, Scope};
pub use session::{Facts, FileFact, Session, Snapshot, Step};
pub use summary::Summary;
pub use surface::{Builtin, Parameter, Passing, Surface, Usage};
pub use surroundings::{AnalysisContext, Surroundings};
pub use syntax::{goes_on, is_complete};
pub use task_values::{MemoryTaskValues, TaskValues};
pub use trace::{Act, FileRead, Identity};
pub use widgets::{Widget, WidgetError, WidgetKind, Widgets};

pub use crate::frame::{Progress, Stage};

/// Parses Python-shaped source and reads its inputs and outputs off the tree.
pub fn analyze_source(source: &str) -> Result<Analysis, CellError> {
    match syntax::parse(&Source::of_text(source).encode(), source) {
        Ok(tree) => Ok(Analysis::of(&tree)),
        Err(error) => Err(explain::syntax(&error)),
    }
}
