//! A kind of cell, as whoever adds one writes it: all that is known of it is here.

use sheaf::notebook::Cell;
use sheaf::output::Output;
use sheaf::session::{AnalysisContext, Evaluate, Runner};
use sheaf::source::{Analysis, CellError};
use starlark::environment::Module;

/// Shows the text of a cell in capitals.
pub struct Shout;

impl Runner for Shout {
    fn words(&self) -> &'static [&'static str] {
        &["shout"]
    }

    fn analyze(&self, _cell: &Cell, _context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        Ok(Analysis::default())
    }

    fn run<'v>(&self, cell: &Cell, _module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        let text = cell.source().to_uppercase();
        evaluator.context().show(Output::Printed(text));
        Ok(())
    }
}
