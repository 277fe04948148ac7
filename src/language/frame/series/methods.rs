//! What can be asked of a column, and made of it.

use starlark::environment::MethodsBuilder;
use starlark::starlark_module;
use starlark::values::float::UnpackFloat;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::{Heap, Value};

use super::super::frames::FrameValue;
use super::SeriesValue;
use crate::error::Error;
use crate::frame::{Expression, Scalar, dtype_name, parse_dtype};
use crate::language::OrFail;
use crate::language::arguments::count;
use crate::language::scalars::{scalar, value};
use crate::work::Interrupt;

/// Returns the Starlark value of a statistic.
fn statistic<'v, E: Into<Error>>(result: Result<Scalar, E>, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
    Ok(value(&result.or_fail()?, heap))
}

#[starlark_module]
pub(super) fn methods(methods: &mut MethodsBuilder) {
    /// The name of the column.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].name
    /// ```
    #[starlark(attribute)]
    fn name(this: &SeriesValue) -> anyhow::Result<String> {
        Ok(this.0.name().to_owned())
    }

    /// The type of the column, such as `"Float64"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].dtype
    /// ```
    #[starlark(attribute)]
    fn dtype(this: &SeriesValue) -> anyhow::Result<String> {
        Ok(dtype_name(this.0.dtype()))
    }

    /// The mean of the values, nulls left out.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// round(read_csv("/mnt/data/titanic.csv")["Age"].mean(), 2)
    /// ```
    fn mean<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        statistic(this.0.mean(), heap)
    }

    /// The sum of the values, nulls left out.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Survived"].sum()
    /// ```
    fn sum<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        statistic(this.0.sum(), heap)
    }

    /// The smallest value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].min()
    /// ```
    fn min<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        statistic(this.0.min(), heap)
    }

    /// The largest value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].max()
    /// ```
    fn max<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        statistic(this.0.max(), heap)
    }

    /// The standard deviation; `ddof=1` is that of a sample.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// round(read_csv("/mnt/data/titanic.csv")["Age"].std(), 2)
    /// ```
    fn std<'v>(
        this: &SeriesValue,
        #[starlark(default = 1)] ddof: u32,
        heap: Heap<'v>,
    ) -> anyhow::Result<Value<'v>> {
        statistic(this.0.std(u8::try_from(ddof).unwrap_or(u8::MAX)), heap)
    }

    /// The variance; `ddof=1` is that of a sample.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2, 3, 4]})["x"].var()
    /// ```
    fn var<'v>(
        this: &SeriesValue,
        #[starlark(default = 1)] ddof: u32,
        heap: Heap<'v>,
    ) -> anyhow::Result<Value<'v>> {
        statistic(this.0.var(u8::try_from(ddof).unwrap_or(u8::MAX)), heap)
    }

    /// The median.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].median()
    /// ```
    fn median<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        statistic(this.0.median(), heap)
    }

    /// The value below which a share of `quantile` of the values lies.
    ///
    /// `interpolation` is `"nearest"`, `"lower"`, `"higher"`, `"midpoint"` or `"linear"`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Fare"].quantile(0.9)
    /// ```
    fn quantile<'v>(
        this: &SeriesValue,
        quantile: UnpackFloat,
        #[starlark(default = "nearest")] interpolation: &str,
        heap: Heap<'v>,
    ) -> anyhow::Result<Value<'v>> {
        statistic(this.0.quantile(quantile.0, interpolation), heap)
    }

    /// The number of different values; null is one.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Pclass"].n_unique()
    /// ```
    fn n_unique(this: &SeriesValue) -> anyhow::Result<u64> {
        Ok(this.0.n_unique().or_fail()? as u64)
    }

    /// The number of nulls.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].null_count()
    /// ```
    fn null_count(this: &SeriesValue) -> anyhow::Result<u64> {
        Ok(this.0.null_count() as u64)
    }

    /// The number of values, nulls included.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].len()
    /// ```
    fn len(this: &SeriesValue) -> anyhow::Result<u64> {
        Ok(this.0.len() as u64)
    }

    /// The values as a list.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2, 3]})["x"].to_list()
    /// ```
    fn to_list<'v>(this: &SeriesValue, heap: Heap<'v>) -> anyhow::Result<Vec<Value<'v>>> {
        Ok(this.0.to_list().iter().map(|item| value(item, heap)).collect())
    }

    /// How often each value comes, the most frequent first.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Pclass"].value_counts()
    /// ```
    fn value_counts(
        this: &SeriesValue,
        #[starlark(require = named, default = true)] sort: bool,
    ) -> anyhow::Result<FrameValue> {
        Ok(FrameValue::new(this.0.value_counts(sort).or_fail()?))
    }

    /// Each value once, in the order of first appearance.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Embarked"].unique()
    /// ```
    fn unique(this: &SeriesValue) -> anyhow::Result<SeriesValue> {
        Ok(SeriesValue::new(this.0.unique().or_fail()?))
    }

    /// The values in order.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [2, 3, 1]})["x"].sort(descending=True)
    /// ```
    fn sort(
        this: &SeriesValue,
        #[starlark(require = named, default = false)] descending: bool,
        #[starlark(require = named, default = false)] nulls_last: bool,
    ) -> anyhow::Result<SeriesValue> {
        Ok(SeriesValue::new(this.0.sort(descending, nulls_last).or_fail()?))
    }

    /// The first `n` values.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].head(3)
    /// ```
    fn head(this: &SeriesValue, #[starlark(default = 10)] n: i64) -> anyhow::Result<SeriesValue> {
        Ok(SeriesValue::new(this.0.head(count(n, "head", "n")?)))
    }

    /// The last `n` values.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2, 3]})["x"].tail(2)
    /// ```
    fn tail(this: &SeriesValue, #[starlark(default = 10)] n: i64) -> anyhow::Result<SeriesValue> {
        Ok(SeriesValue::new(this.0.tail(count(n, "tail", "n")?)))
    }

    /// True where there is no value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// df = read_csv("/mnt/data/titanic.csv")
    /// df.filter(df["Age"].is_null()).height
    /// ```
    fn is_null(this: &SeriesValue) -> anyhow::Result<SeriesValue> {
        let each = this.0.each(Expression::is_null, &Interrupt::of_thread());
        Ok(SeriesValue::new(each.or_fail()?))
    }

    /// True where there is a value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv")["Age"].is_not_null().sum()
    /// ```
    fn is_not_null(this: &SeriesValue) -> anyhow::Result<SeriesValue> {
        let each = this.0.each(Expression::is_not_null, &Interrupt::of_thread());
        Ok(SeriesValue::new(each.or_fail()?))
    }

    /// True where the value is one of `values`.
    ///
    /// Effect: pure, dry
    /// * `values`: the values to look for
    ///
    /// ```python
    /// df = read_csv("/mnt/data/titanic.csv")
    /// df.filter(df["Embarked"].is_in(["S", "Q"])).height
    /// ```
    fn is_in<'v>(this: &SeriesValue, values: UnpackListOrTuple<Value<'v>>) -> anyhow::Result<SeriesValue> {
        let values = values.items.into_iter();
        let values = values.map(|value| scalar(value, "is_in", "values"));
        let values = values.collect::<anyhow::Result<Vec<Scalar>>>()?;
        let each = this
            .0
            .each(|column| column.is_in(&values), &Interrupt::of_thread());
        Ok(SeriesValue::new(each.or_fail()?))
    }

    /// True from `lower_bound` to `upper_bound`, both included.
    ///
    /// Effect: pure, dry
    /// * `lower_bound`: the smallest value to keep
    /// * `upper_bound`: the largest value to keep
    ///
    /// ```python
    /// ages = read_csv("/mnt/data/titanic.csv")["Age"]
    /// ages.is_between(18, 30).sum()
    /// ```
    fn is_between<'v>(
        this: &SeriesValue,
        lower_bound: Value<'v>,
        upper_bound: Value<'v>,
    ) -> anyhow::Result<SeriesValue> {
        let low = scalar(lower_bound, "is_between", "lower_bound")?;
        let high = scalar(upper_bound, "is_between", "upper_bound")?;
        let between = |column: &Expression| column.between(&Expression::lit(&low)?, &Expression::lit(&high)?);
        let each = this.0.each(between, &Interrupt::of_thread());
        Ok(SeriesValue::new(each.or_fail()?))
    }

    /// The values as another type, such as `"Float64"`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": ["1", "2"]})["x"].cast("Float64").sum()
    /// ```
    fn cast(this: &SeriesValue, dtype: &str) -> anyhow::Result<SeriesValue> {
        Ok(SeriesValue::new(
            this.0.cast(&parse_dtype(dtype).or_fail()?).or_fail()?,
        ))
    }

    /// A frame of this one column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": [3, 4]})["y"].to_frame()
    /// ```
    fn to_frame(this: &SeriesValue) -> anyhow::Result<FrameValue> {
        Ok(FrameValue::new(this.0.to_frame().or_fail()?))
    }
}
