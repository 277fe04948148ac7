//! `dbutils.data`: what a frame holds.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::{NoneOr, NoneType};

use super::{context, help};
use crate::language::show::summarize as show_profile;
use crate::output::Output;

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Summarizes a frame, column by column: missing and different values, mean, quartiles and a histogram.
    ///
    /// The figures are exact with and without `precise`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.data.summarize(read_csv("/mnt/data/titanic.csv").select("Age", "Sex"))
    /// ```
    fn summarize<'v>(
        df: Value<'v>,
        #[starlark(default = false)] precise: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let _ = precise;
        show_profile(df, "dbutils.data.summarize", context(eval)?)?;
        Ok(NoneType)
    }

    /// Shows the commands of dbutils.data, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.data.help()
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.data", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}
