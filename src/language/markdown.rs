//! `%md`: text between the code.

use starlark::environment::Module;

use crate::describe::Effect;
use crate::notebook::Cell;
use crate::output::Output;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError};

/// Shows markdown; binds and reads nothing.
pub(super) struct Markdown;

impl Runner for Markdown {
    fn words(&self) -> &'static [&'static str] {
        &["md", "md-sandbox", "markdown"]
    }

    fn analyze(&self, _cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        Ok(Analysis::default())
    }

    fn effect(&self, _source: &str) -> Option<Effect> {
        Some(Effect::Pure)
    }

    fn run<'v>(&self, cell: &Cell, _module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        evaluator
            .context()
            .show(Output::Markdown(cell.source().to_owned()));
        Ok(())
    }
}
