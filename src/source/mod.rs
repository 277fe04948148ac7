//! The source text of cells: parsing it, what it reads, binds and may do, and the places in it that errors are about.
//!
//! Runs nothing and knows no values.

pub(crate) mod analysis;
mod brackets;
pub(crate) mod canonical;
pub(crate) mod effects;
mod error;
mod functions;
pub(crate) mod passwords;
pub(crate) mod reference;
pub(crate) mod rewrite;
pub(crate) mod syntax;

pub use analysis::Analysis;
pub(crate) use analysis::Included;
pub(crate) use brackets::Brackets;
pub use canonical::canonical;
pub use error::{Call, CellError, CellId, IncludedCell, Source, Spot};
pub(crate) use functions::Functions;

pub(crate) use reference::reference;
pub(crate) use rewrite::{Original, original, rewrite_more};
pub use syntax::{goes_on, is_complete};
