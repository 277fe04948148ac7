//! Python-shaped code, the kind of a cell without a magic.

use starlark::environment::Module;

use crate::describe::Effect;
use crate::notebook::Cell;
use crate::session::{AnalysisContext, Evaluate, Runner, analyze_source};
use crate::source::{Analysis, CellError, canonical};

/// Runs Python-shaped code.
pub(super) struct Python;

impl Runner for Python {
    fn words(&self) -> &'static [&'static str] {
        &["python", "py"]
    }

    fn analyze(&self, cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        analyze_source(cell.source())
    }

    fn canonical(&self, source: &str) -> String {
        canonical(source)
    }

    fn effect(&self, _source: &str) -> Option<Effect> {
        None
    }

    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        evaluator.evaluate(cell.source(), module)
    }
}
