//! Operators: arithmetic, comparison, logic, bits. Whole-number arithmetic is checked: what does not fit is an error.

use polars::prelude::*;

use super::DataTypeOf as Type;
use super::Gives::{Argument, By, Is};
use super::ParameterType as P;
use super::kernels::{self, Checked};
use super::{Arguments, Function, checked, decimals, scalar};
use crate::frame::sql::expr::{Expr as Bound, Kind};
use crate::frame::sql::types;

pub(super) static OPERATORS: &[Function] = &[
    scalar(
        "+",
        "a + b",
        "the sum",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Add, dtypes)),
        |args| checked(args, Checked::Add),
    )
    .fails(),
    scalar(
        "-",
        "a - b",
        "the difference",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Subtract, dtypes)),
        |args| checked(args, Checked::Subtract),
    )
    .fails(),
    scalar(
        "*",
        "a * b",
        "the product",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Multiply, dtypes)),
        |args| checked(args, Checked::Multiply),
    )
    .fails(),
    scalar(
        "/",
        "a / b",
        "the quotient as a double; division by zero is an error",
        &[P::Double, P::Double],
        Is(Type::Double),
        |args| checked(args, Checked::Divide),
    )
    .fails(),
    scalar(
        "div",
        "a div b",
        "the whole part of the quotient",
        &[P::SameNumber, P::SameNumber],
        Is(Type::Bigint),
        |args| checked(args, Checked::Whole),
    )
    .fails(),
    scalar(
        "//",
        "a // b",
        "the quotient, rounded down",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Floor, dtypes)),
        |args| checked(args, Checked::Floor),
    )
    .fails(),
    scalar(
        "%",
        "a % b",
        "the rest, with the sign of `a`",
        &[P::SameNumber, P::SameNumber],
        By(|dtypes| arithmetic(Checked::Remainder, dtypes)),
        |args| checked(args, Checked::Remainder),
    )
    .fails()
    .also(&["mod"]),
    scalar(
        "negative",
        "a",
        "the value with the other sign",
        &[P::Number],
        Argument(0),
        |args| unary(args, Checked::Negate),
    )
    .fails(),
    scalar(
        "positive",
        "a",
        "the value",
        &[P::Number],
        Argument(0),
        |mut args| args.take(0),
    ),
    scalar(
        "=",
        "a = b",
        "whether both are equal",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::eq, Expr::eq),
    )
    .also(&["=="]),
    scalar(
        "<>",
        "a <> b",
        "whether they differ",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::neq, Expr::neq),
    )
    .also(&["!="]),
    scalar(
        "<",
        "a < b",
        "whether `a` comes before `b`",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::lt, Expr::gt),
    ),
    scalar(
        "<=",
        "a <= b",
        "whether `a` does not come after `b`",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::lt_eq, Expr::gt_eq),
    ),
    scalar(
        ">",
        "a > b",
        "whether `a` comes after `b`",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::gt, Expr::lt),
    ),
    scalar(
        ">=",
        "a >= b",
        "whether `a` does not come before `b`",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::gt_eq, Expr::lt_eq),
    ),
    scalar(
        "<=>",
        "a <=> b",
        "whether both are equal or both NULL",
        &[P::Same, P::Same],
        Is(Type::Boolean),
        |args| compare(args, Expr::eq_missing, Expr::eq_missing),
    ),
    scalar(
        "in",
        "a IN (b, …)",
        "whether `a` is one of them",
        &[P::Same],
        Is(Type::Boolean),
        super::membership::is_in,
    )
    .rest(P::Same),
    scalar(
        "not",
        "NOT a",
        "the opposite",
        &[P::Boolean],
        Is(Type::Boolean),
        |mut args| args.take(0).not(),
    ),
    scalar(
        "is null",
        "a IS NULL",
        "whether there is no value",
        &[P::Any],
        Is(Type::Boolean),
        |mut args| args.take(0).is_null(),
    ),
    scalar(
        "is not null",
        "a IS NOT NULL",
        "whether there is a value",
        &[P::Any],
        Is(Type::Boolean),
        |mut args| args.take(0).is_not_null(),
    ),
    scalar(
        "is true",
        "a IS TRUE",
        "whether it is true, and not NULL",
        &[P::Boolean],
        Is(Type::Boolean),
        |mut args| args.take(0).fill_null(lit(false)),
    ),
    scalar(
        "is false",
        "a IS FALSE",
        "whether it is false, and not NULL",
        &[P::Boolean],
        Is(Type::Boolean),
        |mut args| args.take(0).not().fill_null(lit(false)),
    ),
    scalar(
        "&",
        "a & b",
        "the bits of both",
        &[P::SameNumber, P::SameNumber],
        By(whole),
        |args| bits(args, kernels::BitOperation::And),
    ),
    scalar(
        "|",
        "a | b",
        "the bits of either",
        &[P::SameNumber, P::SameNumber],
        By(whole),
        |args| bits(args, kernels::BitOperation::Or),
    ),
    scalar(
        "^",
        "a ^ b",
        "the bits of one of them",
        &[P::SameNumber, P::SameNumber],
        By(whole),
        |args| bits(args, kernels::BitOperation::Xor),
    ),
    scalar("~", "~a", "the other bits", &[P::Whole], Argument(0), |args| {
        bits(args, kernels::BitOperation::Not)
    }),
    scalar(
        "<<",
        "a << n",
        "the bits moved up",
        &[P::Whole, P::Int],
        Argument(0),
        |args| bits(args, kernels::BitOperation::Left),
    )
    .also(&["shiftleft"]),
    scalar(
        ">>",
        "a >> n",
        "the bits moved down, with the sign",
        &[P::Whole, P::Int],
        Argument(0),
        |args| bits(args, kernels::BitOperation::Right),
    )
    .also(&["shiftright"]),
    // What `grouping` and `grouping_id` are made of: a number of these bits of another number.
    scalar(
        "grouping bits",
        "",
        "",
        &[P::Whole],
        Is(Type::Bigint),
        grouping_bits,
    )
    .rest(P::Whole),
];

/// The type of a sum, difference, product or rest.
pub(super) fn arithmetic(operation: Checked, dtypes: &[DataType]) -> Result<DataType, String> {
    let (Some(left), Some(right)) = (dtypes.first(), dtypes.get(1)) else {
        return Ok(DataType::Float64);
    };
    if let Some(dtype) = decimals::result(operation, left, right) {
        return Ok(dtype);
    }
    Ok(match left {
        DataType::Decimal(..) => DataType::Float64,
        _ if right.is_decimal() => DataType::Float64,
        dtype => types::signed(dtype),
    })
}

fn whole(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype) if types::is_whole(dtype) => Ok(dtype.clone()),
        _ => Err("whole numbers".to_owned()),
    }
}

fn checked(mut args: Arguments<'_>, operation: Checked) -> Expr {
    let (left, right) = (args.take(0), args.take(1));
    checked::arithmetic(operation, left, Some(right), args.gives.clone())
}

/// Returns the operation of an operator that computes whole numbers and decimals row by row.
fn operation(function: &Function) -> Option<Checked> {
    Some(match function.name {
        "+" => Checked::Add,
        "-" => Checked::Subtract,
        "*" => Checked::Multiply,
        "/" => Checked::Divide,
        "div" => Checked::Whole,
        "//" => Checked::Floor,
        "%" => Checked::Remainder,
        _ => return None,
    })
}

/// What a long chain of operators is made of: the first value, and what is done with it one after the other.
pub(in crate::frame::sql) struct Chain<'a> {
    pub(in crate::frame::sql) first: &'a Bound,
    pub(in crate::frame::sql) steps: Vec<(Step<'a>, &'a Bound)>,
}

/// An operator of a chain, and what it gives.
pub(in crate::frame::sql) struct Step<'a> {
    operation: Option<Checked>,
    gives: &'a DataType,
}

/// The shortest chain that is computed as one.
const LONG: usize = 6;

impl<'a> Chain<'a> {
    /// Returns the chain that an expression is, where that is long: polars would go down as deep as it is long, on the
    /// small stacks of its threads.
    pub(in crate::frame::sql) fn of(expr: &'a Bound) -> Option<Self> {
        let mut steps = Vec::new();
        let mut first = expr;
        let is_text = matches!(&expr.kind, Kind::Call { function, .. } if function.name == "||");
        while let Kind::Call { function, args } = &first.kind
            && let [left, right] = args.as_slice()
        {
            let operation = operation(function);
            let goes_on = match operation {
                // Of doubles, polars' own operators need no stack.
                Some(operation) => !is_text && (!first.dtype.is_float() || operation.divides()),
                None => is_text && function.name == "||",
            };
            if !goes_on {
                break;
            }
            let gives = &first.dtype;
            steps.push((Step { operation, gives }, right));
            first = left;
        }
        steps.reverse();
        (steps.len() >= LONG).then_some(Self { first, steps })
    }

    /// Makes the expression of the values of its parts.
    pub(in crate::frame::sql) fn lowered(&self, first: Expr, rest: Vec<Expr>) -> Expr {
        let steps: Option<Vec<(Checked, DataType)>> = self
            .steps
            .iter()
            .map(|(step, _)| Some((step.operation?, step.gives.clone())))
            .collect();
        match steps {
            Some(steps) => checked::chain(first, &rest, steps),
            None => super::strings::joined_texts(first, &rest),
        }
    }
}

fn unary(mut args: Arguments<'_>, operation: Checked) -> Expr {
    checked::arithmetic(operation, args.take(0), None, args.gives.clone())
}

/// Compares two values; `mirrored` is the comparison of the second with the first.
///
/// Of a constant and a column of one value, polars gives as many values as the left has: a constant stands right.
fn compare(
    mut args: Arguments<'_>,
    compare: fn(Expr, Expr) -> Expr,
    mirrored: fn(Expr, Expr) -> Expr,
) -> Expr {
    let is_constant = args.bound.first().is_some_and(super::membership::is_constant);
    let (mut left, mut right) = (args.take(0), args.take(1));
    // polars compares arrays and structs for equality alone, and NULLs in them as Spark does not.
    if args.dtype(0).is_nested() {
        (left, right) = (super::collections::keys(left), super::collections::keys(right));
    }
    if is_constant {
        mirrored(right, left)
    } else {
        compare(left, right)
    }
}

fn bits(mut args: Arguments<'_>, operation: kernels::BitOperation) -> Expr {
    let left = args.take(0);
    let right = (args.len() > 1).then(|| args.take(1));
    kernels::bits(operation, left, right, args.gives.clone())
}

fn grouping_bits(mut args: Arguments<'_>) -> Expr {
    let value = args.take(0);
    let bits: Vec<i64> = args
        .bound
        .iter()
        .skip(1)
        .filter_map(|bound| match bound.kind {
            crate::frame::sql::expr::Kind::Literal(crate::frame::sql::expr::Literal::Int(bit)) => Some(bit),
            _ => None,
        })
        .collect();
    let chosen = move |column: Column| {
        let column = column.cast(&DataType::Int64)?;
        let made = column
            .i64()?
            .apply_values(|value| bits.iter().fold(0, |all, bit| all << 1 | (value >> bit & 1)));
        Ok(made.into_column())
    };
    value.map(chosen, |_, field| {
        Ok(Field::new(field.name().clone(), DataType::Int64))
    })
}
