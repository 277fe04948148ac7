//! `col`, `lit` and the operators on them: expressions built in Python's syntax that print as SQL.

use std::cmp::Ordering;
use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::indexing::Misused;
use super::scalars::scalar;
use super::series::SeriesValue;
use super::{Family, OrFail};
use crate::cache::Packed;
use crate::error::{Error, Problem};
use crate::frame::{Expression, Frame, FrameError, Operator, parse_dtype};
use crate::output::Output;
use crate::session::CellContext;

/// An expression in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct ExpressionValue(#[allocative(skip)] Expression);

starlark_simple_value!(ExpressionValue);

impl fmt::Display for ExpressionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("expression", methods);

#[starlark_value(type = "expression")]
impl<'v> StarlarkValue<'v> for ExpressionValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn add(&self, rhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        Some(
            operand(rhs)
                .and_then(|right| combine(Operator::Add, &self.0, &right, heap))
                .map_err(Into::into),
        )
    }

    fn radd(&self, lhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        Some(
            operand(lhs)
                .and_then(|left| combine(Operator::Add, &left, &self.0, heap))
                .map_err(Into::into),
        )
    }

    fn floor_div(&self, rhs: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(combine(Operator::FloorDivide, &self.0, &operand(rhs)?, heap)?)
    }

    fn minus(&self, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(heap.alloc(Self(self.0.negate().or_fail()?)))
    }

    fn bit_not(&self, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(heap.alloc(Self(self.0.not().or_fail()?)))
    }

    /// Asked by `in` of a list, and where lists are compared: whether columns are equal differs from row to row.
    fn equals(&self, _other: Value<'v>) -> starlark::Result<bool> {
        Ok(Err(Compared::Equal).or_fail()?)
    }

    fn compare(&self, _other: Value<'v>) -> starlark::Result<Ordering> {
        Ok(Err(Compared::Ordered).or_fail()?)
    }

    fn is_in(&self, _other: Value<'v>) -> starlark::Result<bool> {
        Ok(Err(Compared::In).or_fail()?)
    }
}

/// A column expression was compared as if it were one value.
#[derive(Debug, thiserror::Error)]
enum Compared {
    #[error("`in` cannot search for a column expression: whether it is equal differs from row to row")]
    Equal,
    #[error("column expressions cannot be ordered: their order differs from row to row")]
    Ordered,
    #[error("`in` cannot search a column expression: it has no values of its own")]
    In,
}

impl Problem for Compared {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Equal => "write col(\"x\").is_in([1, 2])",
            Self::Ordered => "write df.select(\"min(x)\"), df.sort(\"x\"), or within a row \"least(a, b)\"",
            Self::In => "write df.filter(\"x LIKE '%a%'\") for part of a text, or 3 in df[\"x\"].to_list()",
        };
        Some(hint.to_owned())
    }
}

/// Expressions and what makes them.
pub(super) struct Expressions;

impl Family for Expressions {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        let expression = value.downcast_ref::<ExpressionValue>()?;
        Some(Ok(Output::Text {
            text: expression.to_string(),
            whole: None,
        }))
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        let expression = value.downcast_ref::<ExpressionValue>()?;
        Some(Packed::described("expression", expression.to_string()))
    }

    fn binary<'v>(
        &self,
        symbol: &str,
        left: Value<'v>,
        right: Value<'v>,
        heap: Heap<'v>,
    ) -> Option<anyhow::Result<Value<'v>>> {
        let ours = |value: Value<'v>| value.downcast_ref::<ExpressionValue>().is_some();
        if !ours(left) && !ours(right) {
            return None;
        }
        let operator = Operator::from_symbol(symbol)?;
        Some(operand(left).and_then(|left| combine(operator, &left, &operand(right)?, heap)))
    }

    fn hollow<'v>(&self, value: Value<'v>, _heap: Heap<'v>) -> Option<Value<'v>> {
        value.downcast_ref::<ExpressionValue>().map(|_| value)
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            METHODS
                .methods()
                .documentation(Ty::starlark_value::<ExpressionValue>()),
        ]
    }
}

fn combine<'v>(
    operator: Operator,
    left: &Expression,
    right: &Expression,
    heap: Heap<'v>,
) -> anyhow::Result<Value<'v>> {
    Ok(heap.alloc(ExpressionValue(left.binary(operator, right).or_fail()?)))
}

/// Reads one side of an operator: an expression, or a constant.
fn operand(value: Value<'_>) -> anyhow::Result<Expression> {
    match value.downcast_ref::<ExpressionValue>() {
        Some(expression) => Ok(expression.0.clone()),
        None if value.downcast_ref::<SeriesValue>().is_some() => Err(Misused::Mixed).or_fail(),
        None => Expression::lit(&scalar(value, "expression", "a constant")?).or_fail(),
    }
}

/// Reads an expression about `frame`: a string is a column or SQL text, anything else a constant.
pub(super) fn expression(value: Value<'_>, frame: &Frame) -> anyhow::Result<Expression> {
    match value.unpack_str() {
        Some(text) => frame.expression(text).or_fail(),
        None => operand(value),
    }
}

/// Reads the arguments of a verb: expressions, lists of them, and named ones.
pub(super) fn expressions<'v>(
    frame: &Frame,
    positional: &[Value<'v>],
    named: Option<&DictRef<'v>>,
) -> anyhow::Result<Vec<Expression>> {
    let mut found = Vec::new();
    for value in positional {
        let items = ListRef::from_value(*value)
            .map(|list| list.iter().collect::<Vec<_>>())
            .or_else(|| TupleRef::from_value(*value).map(|tuple| tuple.iter().collect()))
            .unwrap_or_else(|| vec![*value]);
        for item in items {
            found.push(expression(item, frame)?);
        }
    }
    for (name, value) in named.iter().flat_map(|named| named.iter()) {
        found.push(expression(value, frame)?.alias(name.unpack_str().unwrap_or_default()));
    }
    Ok(found)
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// The column `name`, to build an expression with operators: `col("Age") > 30`.
    ///
    /// Effect: pure, dry
    /// * `name` (column)
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.filter((col("Age") > 60) & (col("Sex") == "female")).height
    /// ```
    fn col(#[starlark(require = pos)] name: &str) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(Expression::col(name)))
    }

    /// A constant, to build an expression with operators: `lit("male") == col("Sex")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2]}).with_columns(y=lit("it's text"))
    /// ```
    fn lit<'v>(#[starlark(require = pos)] value: Value<'v>) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(operand(value)?))
    }

    /// SQL text as an expression, to build on: `expr("Age / 10").alias("decades")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2]}).select(expr("x * 2 AS double"))
    /// ```
    fn expr(#[starlark(require = pos)] text: &str) -> anyhow::Result<ExpressionValue> {
        Ok(ExpressionValue(Expression::parse(text).or_fail()?))
    }
}

/// Calls an SQL function on an expression.
fn call(this: &ExpressionValue, function: &str) -> anyhow::Result<ExpressionValue> {
    Ok(ExpressionValue(this.0.call(function, &[]).or_fail()?))
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
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

/// Refuses a verb's argument.
pub(super) fn refuse<T>(
    verb: &'static str,
    argument: &'static str,
    expected: &str,
    found: Value<'_>,
) -> anyhow::Result<T> {
    let found = described(found);
    Err(FrameError::Argument {
        verb,
        argument,
        expected: expected.to_owned(),
        found,
    })
    .or_fail()
}

/// Describes what kind of value this is: `an int`, `a list`.
pub(super) fn described(value: Value<'_>) -> String {
    let kind = value.get_type();
    match kind {
        "NoneType" => "None".to_owned(),
        _ if kind.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
