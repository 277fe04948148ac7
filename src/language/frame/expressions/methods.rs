//! What SQL has for a column, as methods.

use starlark::environment::MethodsBuilder;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::list_or_tuple::UnpackListOrTuple;

use super::{ExpressionValue, operand};
use crate::frame::{Expression, parse_dtype};
use crate::language::OrFail;
use crate::language::scalars::scalar;

/// Calls an SQL function on an expression.
fn call(this: &ExpressionValue, function: &str) -> anyhow::Result<ExpressionValue> {
    Ok(ExpressionValue(this.0.call(function, &[]).or_fail()?))
}

#[starlark_module]
pub(super) fn methods(methods: &mut MethodsBuilder) {
    /// The SQL text of the expression.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// (col("Passenger Class") > 2).sql()
    /// ```
    #[starlark(attribute)]
    fn sql(this: &ExpressionValue) -> anyhow::Result<String> {
        Ok(this.0.sql())
    }

    /// Names the result.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").alias("y"))
    /// ```
    fn alias(this: &ExpressionValue, name: &str) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(this.0.alias(name)))
    }

    /// True where there is no value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).filter(col("x").is_null())
    /// ```
    fn is_null(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(this.0.is_null().or_fail()?))
    }

    /// True where there is a value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).filter(col("x").is_not_null())
    /// ```
    fn is_not_null(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(this.0.is_not_null().or_fail()?))
    }

    /// True where the value is one of `values`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).filter(col("x").is_in([1, 2]))
    /// ```
    fn is_in<'v>(
        this: &ExpressionValue,
        values: UnpackListOrTuple<Value<'v>>,
    ) -> anyhow::Result<ExpressionValue> {
        let values: Vec<_> = values
            .items
            .into_iter()
            .map(|value| scalar(value, "is_in", "values"))
            .collect::<anyhow::Result<_>>()?;
        Ok(ExpressionValue(this.0.is_in(&values).or_fail()?))
    }

    /// True from `lower_bound` to `upper_bound`, both included.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).filter(col("x").is_between(2, 5))
    /// ```
    fn is_between<'v>(
        this: &ExpressionValue,
        lower_bound: Value<'v>,
        upper_bound: Value<'v>,
    ) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(
            this.0
                .between(&operand(lower_bound)?, &operand(upper_bound)?)
                .or_fail()?,
        ))
    }

    /// The value as another type, such as `"Float64"` or `"String"`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").cast("Int64"))
    /// ```
    fn cast(this: &ExpressionValue, dtype: &str) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(
            this.0.cast(&parse_dtype(dtype).or_fail()?).or_fail()?,
        ))
    }

    /// `value` where this is null.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").fill_null(0))
    /// ```
    fn fill_null<'v>(this: &ExpressionValue, value: Value<'v>) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(
            this.0.call("coalesce", &[operand(value)?]).or_fail()?,
        ))
    }

    /// The number rounded to `decimals` places.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.234]}).select(col("x").round(1))
    /// ```
    fn round(
        this: &ExpressionValue,
        #[starlark(default = 0)] decimals: i32,
    ) -> anyhow::Result<ExpressionValue> {
        let decimals = Expression::lit(&crate::frame::Scalar::Int(decimals.into())).or_fail()?;
        Ok(ExpressionValue(this.0.call("round", &[decimals]).or_fail()?))
    }

    /// The number without its sign.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [-1, 2]}).select(col("x").abs())
    /// ```
    fn abs(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "abs")
    }

    /// The natural logarithm.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").log())
    /// ```
    fn log(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "ln")
    }

    /// The natural logarithm of one more.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").log1p())
    /// ```
    fn log1p(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "log1p")
    }

    /// *e* to the power of the number.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").exp())
    /// ```
    fn exp(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "exp")
    }

    /// The number to the power of `exponent`.
    ///
    /// Effect: pure, dry
    /// * `exponent`: the power
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").pow(2))
    /// ```
    fn pow<'v>(this: &ExpressionValue, exponent: Value<'v>) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(
            this.0.call("pow", &[operand(exponent)?]).or_fail()?,
        ))
    }

    /// The square root.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").sqrt())
    /// ```
    fn sqrt(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "sqrt")
    }

    /// The text in lower case.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"s": ["Ada"]}).select(col("s").lower())
    /// ```
    fn lower(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "lower")
    }

    /// The text in upper case.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"s": ["Ada"]}).select(col("s").upper())
    /// ```
    fn upper(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "upper")
    }

    /// The sum.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").sum())
    /// ```
    fn sum(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "sum")
    }

    /// The mean.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").mean())
    /// ```
    fn mean(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "avg")
    }

    /// The smallest value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").min())
    /// ```
    fn min(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "min")
    }

    /// The largest value.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").max())
    /// ```
    fn max(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "max")
    }

    /// The median.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").median())
    /// ```
    fn median(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "median")
    }

    /// The sample standard deviation.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").std())
    /// ```
    fn std(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "stddev")
    }

    /// The number of values that are not null.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").count())
    /// ```
    fn count(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        call(this, "count")
    }

    /// The number of different values.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1.0, 4.0, None]}).select(col("x").n_unique())
    /// ```
    fn n_unique(this: &ExpressionValue) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(this.0.n_unique().or_fail()?))
    }
}
