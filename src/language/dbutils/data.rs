//! `dbutils.data`: what a frame holds.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::NoneType;

use super::context;
use crate::language::show::summarize as show_profile;

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Shows what a frame holds, column by column: missing and different values, mean, quartiles and a histogram.
    ///
    /// The figures are exact with and without `precise`.
    ///
    /// Examples:
    /// ```
    /// dbutils.data.summarize(read_csv("/mnt/data/titanic.csv"))
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
}
