//! A builtin, as whoever adds one writes it: all that is known of it is here.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;

#[starlark_module]
pub fn builtins(globals: &mut GlobalsBuilder) {
    /// Counts the letters of a condition.
    ///
    /// Effect: pure, dry
    /// * `condition` (SQL): what to count
    /// * `unit`: what to count by: "letters" or "words"
    ///
    /// ```python
    /// lettercount("a > 1")
    /// ```
    fn lettercount(condition: &str, #[starlark(default = "letters")] unit: &str) -> anyhow::Result<i32> {
        let count = match unit {
            "words" => condition.split_whitespace().count(),
            _ => condition.chars().count(),
        };
        Ok(i32::try_from(count)?)
    }

    /// Sends a text to somewhere; nobody has declared what that does.
    fn telegraph(text: &str) -> anyhow::Result<String> {
        Ok(text.to_owned())
    }
}
