//! What puts the rows of frames together in another way: joins, groups, and rows that become columns.

use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::DictRef;
use starlark::values::none::NoneOr;
use starlark::values::tuple::UnpackTuple;

use super::expressions::expressions;
use super::frames::FrameValue;
use super::groups::GroupByValue;
use super::verbs::wrap;
use crate::frame::{Expression, Frame, JoinKeys};
use crate::language::arguments::Strings;
use crate::language::{OrFail, context};

fn keys(frame: &Frame, value: NoneOr<Value<'_>>) -> anyhow::Result<Vec<Expression>> {
    value
        .into_option()
        .map_or_else(|| Ok(Vec::new()), |value| expressions(frame, &[value], None))
}

#[starlark_module]
pub(in crate::language) fn reshaping(methods: &mut MethodsBuilder) {
    /// The rows beside those of `other` that have the same keys.
    ///
    /// `how` is `"inner"`, `"left"`, `"right"`, `"full"`, `"semi"`, `"anti"` or `"cross"`; columns that both have
    /// get `suffix` on the right.
    ///
    /// Effect: pure, dry
    /// * `other`: the other frame
    ///
    /// ```python
    /// people = frame({"id": [1, 2], "name": ["Ada", "Bo"]})
    /// people.join(frame({"id": [2], "age": [41]}), on="id", how="left")
    /// ```
    fn join<'v>(
        this: &FrameValue,
        other: &FrameValue,
        #[starlark(default = NoneOr::None)] on: NoneOr<Value<'v>>,
        #[starlark(default = "inner")] how: &str,
        #[starlark(require = named, default = NoneOr::None)] left_on: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] right_on: NoneOr<Value<'v>>,
        #[starlark(require = named, default = "_right")] suffix: &str,
    ) -> anyhow::Result<FrameValue> {
        let (left, right) = (this.frame(), other.frame());
        let on = on.into_option();
        let keys = match on {
            Some(on) => JoinKeys {
                left: expressions(left, &[on], None)?,
                right: expressions(right, &[on], None)?,
            },
            None => JoinKeys {
                left: keys(left, left_on)?,
                right: keys(right, right_on)?,
            },
        };
        wrap(left.join(right, &keys, how, suffix))
    }

    /// The rows in groups, for `agg`: `group_by("Sex").agg(rate="avg(Survived)")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.group_by("Sex").agg(rate="avg(Survived)")
    /// ```
    fn group_by<'v>(
        this: &FrameValue,
        #[starlark(args)] by: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: DictRef<'v>,
    ) -> anyhow::Result<GroupByValue> {
        let frame = this.frame();
        let keys = expressions(frame, &by.items, Some(&named))?;
        Ok(GroupByValue::new(frame.group_by(&keys).or_fail()?))
    }

    /// A wide frame: a row for each value of `index`, a column for each value of `on`.
    ///
    /// Where several `values` meet they are aggregated by `aggregate_function`: `"first"`, `"sum"`, `"mean"`, `"len"`, ….
    ///
    /// Effect: pure, dry
    /// * `on` (column): the column whose values become columns
    /// * `index` (column): the columns that identify a row
    /// * `values` (column): the column with the values of the cells
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.pivot("Pclass", index="Sex", values="Survived", aggregate_function="mean")
    /// ```
    fn pivot<'v>(
        this: &FrameValue,
        on: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] index: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] values: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] aggregate_function: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let index = index.into_option().map(Strings::into_vec);
        let values = values.into_option().map(Strings::into_vec);
        let interrupt = context(eval)?.interrupt();
        let fold = aggregate_function.into_option();
        wrap(this.frame().pivot(
            &on.into_vec(),
            index.as_deref(),
            values.as_deref(),
            fold,
            interrupt,
        ))
    }

    /// A long frame: a row for each row and each column of `on`, with the column's name and its value.
    ///
    /// Effect: pure, dry
    /// * `on` (column): the columns to stack
    /// * `index` (column): the columns to keep
    ///
    /// ```python
    /// frame({"id": [1, 2], "a": [3, 4], "b": [5, 6]}).unpivot(["a", "b"], index=["id"])
    /// ```
    fn unpivot<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] on: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] index: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] variable_name: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] value_name: NoneOr<&'v str>,
    ) -> anyhow::Result<FrameValue> {
        let on = on.into_option().map(Strings::into_vec);
        let index = index.into_option().map_or_else(Vec::new, Strings::into_vec);
        let (variable, value) = (variable_name.into_option(), value_name.into_option());
        wrap(this.frame().unpivot(on.as_deref(), &index, variable, value))
    }
}
