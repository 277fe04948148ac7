//! `col`, `lit` and the operators on them: expressions built in Python's syntax that print as SQL.

use std::cmp::Ordering;
use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::indexing::Misused;
use super::series::SeriesValue;
use crate::cache::Packed;
use crate::error::{Error, Problem};
use crate::frame::{Expression, Frame, Operator};
use crate::language::scalars::scalar;
use crate::language::{BuiltinModule, OrFail, operators};
use crate::output::Output;
use crate::session::CellContext;

mod methods;

/// An expression in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct ExpressionValue(#[allocative(skip)] Expression);

starlark_simple_value!(ExpressionValue);

impl fmt::Display for ExpressionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("expression", methods::methods);

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
pub(in crate::language) struct Expressions;

impl BuiltinModule for Expressions {
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
        let is_own = |value: Value<'v>| value.downcast_ref::<ExpressionValue>().is_some();
        let operator = operators::of_own(symbol, is_own, left, right)?;
        Some(operand(left).and_then(|left| combine(operator, &left, &operand(right)?, heap)))
    }

    fn empty_like<'v>(&self, value: Value<'v>, _heap: Heap<'v>) -> Option<Value<'v>> {
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
pub(in crate::language) fn expression(value: Value<'_>, frame: &Frame) -> anyhow::Result<Expression> {
    match value.unpack_str() {
        Some(text) => frame.expression(text).or_fail(),
        None => operand(value),
    }
}

/// Reads the arguments of a verb: expressions, lists of them, and named ones.
pub(in crate::language) fn expressions<'v>(
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
