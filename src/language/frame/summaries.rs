//! What is told of a frame's rows: counts, figures, and the rows themselves as values.

use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::NoneOr;
use starlark::values::tuple::AllocTuple;

use super::frames::FrameValue;
use super::verbs::wrap;
use crate::frame::FrameError;
use crate::language::scalars::{record, value};
use crate::language::{OrFail, context};

#[starlark_module]
pub(in crate::language) fn summaries(methods: &mut MethodsBuilder) {
    /// The number of nulls in each column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Age", "Cabin").null_count()
    /// ```
    fn null_count(this: &FrameValue) -> anyhow::Result<FrameValue> {
        wrap(this.frame().null_count())
    }

    /// How often each value of `column` comes, the most frequent first.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").value_counts("Embarked")
    /// ```
    fn value_counts(
        this: &FrameValue,
        column: &str,
        #[starlark(require = named, default = true)] sort: bool,
    ) -> anyhow::Result<FrameValue> {
        wrap(this.frame().value_counts(column, sort))
    }

    /// Count, nulls, mean, standard deviation, least, quartiles and greatest of each column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.select("Age", "Fare").describe()
    /// ```
    fn describe<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        wrap(this.frame().describe(context(eval)?.interrupt()))
    }

    /// The rows as a list of dicts.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": ["a", "b"]}).to_dicts()
    /// ```
    fn to_dicts<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<Value<'v>>> {
        let rows = this.frame().to_dicts(context(eval)?.interrupt()).or_fail()?;
        Ok(rows.iter().map(|row| record(row, eval.heap())).collect())
    }

    /// The rows as a list of tuples.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": ["a", "b"]}).rows()
    /// ```
    fn rows<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<Value<'v>>> {
        let rows = this.frame().rows(context(eval)?.interrupt()).or_fail()?;
        let heap = eval.heap();
        Ok(rows
            .iter()
            .map(|row| heap.alloc(AllocTuple(row.iter().map(|item| value(item, heap)))))
            .collect())
    }

    /// One value: that of a frame of one row and one column, or that in a `row` and a `column`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": [3, 4]}).item(1, "y")
    /// ```
    fn item<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] row: NoneOr<i64>,
        #[starlark(default = NoneOr::None)] column: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let interrupt = context(eval)?.interrupt();
        let found = match (row.into_option(), column.into_option()) {
            (None, None) => this.frame().only_item(interrupt).or_fail()?,
            (Some(row), Some(column)) => this.frame().item(row, column, interrupt).or_fail()?,
            (row, _) => {
                return Err(FrameError::Argument {
                    verb: "item",
                    argument: "the place",
                    expected: "both a row and a column, or neither".to_owned(),
                    found: if row.is_some() {
                        "a row alone"
                    } else {
                        "a column alone"
                    }
                    .to_owned(),
                })
                .or_fail();
            }
        };
        Ok(value(&found, eval.heap()))
    }
}
