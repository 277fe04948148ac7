//! `%raw`: text of a Jupyter notebook that is meant for another program. It is kept, and does nothing.

use starlark::environment::Module;

use crate::describe::Effect;
use crate::notebook::Cell;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError};

/// Does nothing; binds and reads nothing.
pub(super) struct Raw;

impl Runner for Raw {
    fn words(&self) -> &'static [&'static str] {
        &["raw"]
    }

    fn analyze(&self, _cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        Ok(Analysis::default())
    }

    fn effect(&self, _source: &str) -> Option<Effect> {
        Some(Effect::Pure)
    }

    fn run<'v>(
        &self,
        _cell: &Cell,
        _module: &Module<'v>,
        _evaluator: &dyn Evaluate,
    ) -> Result<(), CellError> {
        Ok(())
    }
}
