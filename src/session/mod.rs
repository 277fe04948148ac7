//! A live run of a notebook: which cell reads which, freezing, staleness, running cells.
//!
//! Everything that runs a cell (the headless run, the prompt) goes through [`Session::run_all`]. The session knows
//! its cells' language only through [`Language`] and [`Runner`], prints nothing and reads no environment.

mod around;
mod asks;
mod binding;
mod by_name;
mod cells;
mod child;
mod conditions;
mod connections;
#[allow(
    unsafe_code,
    reason = "starlark's derive of ProvidesStaticType expands to an unsafe impl"
)]
mod context;
mod entry;
mod error;
mod error_context;
mod evaluator;
mod explain;
mod gone;
mod grants;
mod include;
mod inclusion;
mod kept_rows;
mod limits;
mod lint;
mod loader;
mod outlet;
pub(crate) mod passwords;
mod redacted;
mod redacted_table;
mod resolver;
mod runner;
mod sequence;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod session;
mod show;
mod snapshot;
mod surroundings;
mod task_values;
mod worker;

pub use asks::Asks;
pub use binding::BindingSummary;
pub use child::Child;
pub(crate) use child::{ChildEnd, Inherited, Launcher};
pub(crate) use conditions::runnable;
pub use connections::Connections;
pub use context::{CellContext, Exit};
pub use entry::State;
pub use error::{Going, SessionError};
pub use inclusion::Inclusion;
pub use kept_rows::KeptRows;
pub use limits::Limits;
pub use resolver::NamedResolver;
pub use runner::{AnalysisContext, Evaluate, Language, Runner};
pub use session::{CellReport, Session, Step};
pub use snapshot::Snapshot;
pub use surroundings::Surroundings;
pub use task_values::{MemoryTaskValues, TaskValues};

use crate::source::{Analysis, CellError, Source, syntax};

/// Parses Python-shaped source and reads its inputs and outputs off the tree.
pub fn analyze_source(source: &str) -> Result<Analysis, CellError> {
    match syntax::parse(&Source::of_text(source).encode(), source) {
        Ok(tree) => Ok(Analysis::of(&tree)),
        Err(error) => Err(explain::syntax(&error)),
    }
}
