//! What expressions do across rows, and how each gives the same at any number of threads.
//!
//! Every expression and function of polars is listed, so that one which a new version brings is looked at here before
//! anything compiles.

use std::sync::{Arc, LazyLock};

use polars::error::abort::try_raise_polars_abort;
use polars::lazy::dsl::FunctionExpr;
use polars::prelude::{AggExpr, Column, DataType, Expr, Field, Operator, Schema, apply_multiple, col, lit};

/// A key as it passes through a function that does nothing. One function for all keys, so that equal plans stay
/// equal and are run once.
static THROUGH: LazyLock<Expr> = LazyLock::new(|| col("key").map(Ok, |_, field| Ok(field.clone())));

/// A condition that is asked of all rows at once.
static WHOLE: LazyLock<Expr> = LazyLock::new(|| col("key").apply(Ok, |_, field| Ok(field.clone())));

/// The sum of a column, taken in one go. A query of many sums can be stopped between them.
static SUM: LazyLock<Expr> = LazyLock::new(|| {
    let sum = |columns: &mut [Column]| {
        try_raise_polars_abort();
        let column = columns.first().cloned().unwrap_or_default().rechunk();
        Ok(column.sum_reduce()?.into_column(column.name().clone()))
    };
    let output = |_: &Schema, fields: &[Field]| {
        let field = fields
            .first()
            .cloned()
            .unwrap_or_else(|| Field::new("sum".into(), DataType::Null));
        let none = Column::new_empty(field.name().clone(), field.dtype()).sum_reduce()?;
        Ok(Field::new(field.name().clone(), none.dtype().clone()))
    };
    apply_multiple(sum, [col("column")], output, true)
});

/// What a part of an expression does across rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Across {
    /// Each row's value comes from that row.
    Nothing,
    /// It may look at all rows; how they are split makes no difference.
    Rows,
    /// It may take rows as they come: a sum of floats depends on their order.
    Order,
}

/// Tells what a part of an expression does by itself, without what is inside of it.
fn across(part: &Expr) -> Across {
    match part {
        Expr::Element
        | Expr::Alias(..)
        | Expr::Column(_)
        | Expr::Selector(_)
        | Expr::Literal(_)
        | Expr::DataTypeFunction(_)
        | Expr::BinaryExpr { .. }
        | Expr::Cast { .. }
        | Expr::Ternary { .. }
        | Expr::KeepName(_)
        | Expr::RenameAlias { .. }
        | Expr::Field(_)
        | Expr::Display { .. }
        // These give rows, and what is made of them is told by what is around.
        | Expr::Sort { .. }
        | Expr::SortBy { .. }
        | Expr::Gather { .. }
        | Expr::Explode { .. }
        | Expr::Filter { .. }
        | Expr::Slice { .. }
        | Expr::Len
        // Lists and structs are computed row by row.
        | Expr::Eval { .. }
        | Expr::StructEval { .. }
        // Polars replaces it before the plan is run.
        | Expr::SubPlan(..) => Across::Nothing,
        Expr::AnonymousFunction { .. } => Across::Rows,
        Expr::Over { .. } => Across::Order,
        Expr::Agg(fold) => match fold {
            AggExpr::Min { .. } | AggExpr::Max { .. } | AggExpr::Count { .. } | AggExpr::NUnique(_) => Across::Rows,
            AggExpr::Median(_)
            | AggExpr::First(_)
            | AggExpr::FirstNonNull(_)
            | AggExpr::Last(_)
            | AggExpr::LastNonNull(_)
            | AggExpr::Item { .. }
            | AggExpr::Mean(_)
            | AggExpr::Implode { .. }
            | AggExpr::Sum(_)
            | AggExpr::AggGroups(_)
            | AggExpr::Std(..)
            | AggExpr::Var(..) => Across::Order,
        },
        Expr::Function { function, .. } => function_across(function),
    }
}

fn function_across(function: &FunctionExpr) -> Across {
    match function {
        // They add up, or multiply, a whole column.
        FunctionExpr::Product | FunctionExpr::Random { .. } => Across::Order,
        FunctionExpr::Append { .. }
        | FunctionExpr::ArgMax
        | FunctionExpr::ArgMin
        | FunctionExpr::ArgSort { .. }
        | FunctionExpr::ArgUnique
        | FunctionExpr::ArgWhere
        | FunctionExpr::ArrayExpr(_)
        | FunctionExpr::AsList
        | FunctionExpr::AsStruct
        | FunctionExpr::BinaryExpr(_)
        | FunctionExpr::Boolean(_)
        | FunctionExpr::Categorical(_)
        | FunctionExpr::Coalesce
        | FunctionExpr::ConcatExpr(_)
        | FunctionExpr::CumFoldHorizontal { .. }
        | FunctionExpr::CumReduceHorizontal { .. }
        | FunctionExpr::DropNans
        | FunctionExpr::DropNulls
        | FunctionExpr::ExtendConstant
        | FunctionExpr::FillNull
        | FunctionExpr::FillNullWithStrategy(_)
        | FunctionExpr::FoldHorizontal { .. }
        | FunctionExpr::GatherEvery { .. }
        | FunctionExpr::ListExpr(_)
        | FunctionExpr::LowerBound
        | FunctionExpr::MaxBy
        | FunctionExpr::MaxHorizontal
        | FunctionExpr::MeanHorizontal { .. }
        | FunctionExpr::MinBy
        | FunctionExpr::MinHorizontal
        | FunctionExpr::Negate
        | FunctionExpr::NullCount
        | FunctionExpr::PeakMax
        | FunctionExpr::PeakMin
        | FunctionExpr::Pow(_)
        | FunctionExpr::Quantile { .. }
        | FunctionExpr::RLE
        | FunctionExpr::RLEID
        | FunctionExpr::Range(_)
        | FunctionExpr::Rechunk
        | FunctionExpr::ReduceHorizontal { .. }
        | FunctionExpr::Repeat
        | FunctionExpr::Reshape(_)
        | FunctionExpr::Reverse
        | FunctionExpr::RowDecode(..)
        | FunctionExpr::RowEncode(_)
        | FunctionExpr::SetSortedFlag(_)
        | FunctionExpr::Shift
        | FunctionExpr::ShiftAndFill
        | FunctionExpr::StringExpr(_)
        | FunctionExpr::StructExpr(_)
        | FunctionExpr::SumHorizontal { .. }
        | FunctionExpr::TemporalExpr(_)
        | FunctionExpr::ToPhysical
        | FunctionExpr::Unique(_)
        | FunctionExpr::UniqueCounts
        | FunctionExpr::UpperBound
        | FunctionExpr::ValueCounts { .. } => Across::Rows,
    }
}

/// Tells whether an expression folds a whole column, or may.
pub(super) fn aggregates(expression: &Expr) -> bool {
    expression.into_iter().any(|part| across(part) != Across::Nothing)
}

/// Tells whether an expression takes rows as they come, so that it may not be streamed: counts, minima and maxima do
/// not depend on an order.
pub(super) fn adds(expression: &Expr) -> bool {
    expression.into_iter().any(|part| across(part) == Across::Order)
}

/// Lets a key pass through a function, unless it already is more than a column.
pub(super) fn through(key: &Expr) -> Expr {
    let plain = match key {
        Expr::Column(_) => true,
        Expr::Alias(inner, _) => matches!(**inner, Expr::Column(_)),
        _ => false,
    };
    let mut passed = THROUGH.clone();
    match &mut passed {
        Expr::AnonymousFunction { input, .. } if plain => {
            *input = vec![key.clone()];
            passed
        }
        _ => key.clone(),
    }
}

/// Makes a condition that is false where it was NULL, each part that `AND` joins by itself, so that each can still go to its files.
pub(super) fn null_is_false(condition: &Expr) -> Expr {
    match condition {
        Expr::BinaryExpr {
            left,
            op: Operator::And | Operator::LogicalAnd,
            right,
        } => null_is_false(left).and(null_is_false(right)),
        part => part.clone().fill_null(lit(false)),
    }
}

/// Makes a condition that is asked of all rows at once.
pub(super) fn whole(condition: &Expr) -> Expr {
    let mut asked = WHOLE.clone();
    match &mut asked {
        Expr::AnonymousFunction { input, .. } => {
            *input = vec![condition.clone()];
            asked
        }
        _ => condition.clone(),
    }
}

/// Takes the sums of whole columns in one go; those within windows are of groups, which are summed in row order.
pub(super) fn in_one_go(expression: &Expr) -> Expr {
    let inner = |part: &Arc<Expr>| Arc::new(in_one_go(part));
    match expression {
        Expr::Agg(AggExpr::Sum(summed)) => {
            let mut sum = SUM.clone();
            match &mut sum {
                Expr::AnonymousFunction { input, .. } => {
                    *input = vec![in_one_go(summed)];
                    sum
                }
                _ => expression.clone(),
            }
        }
        Expr::Alias(part, name) => Expr::Alias(inner(part), name.clone()),
        Expr::KeepName(part) => Expr::KeepName(inner(part)),
        Expr::BinaryExpr { left, op, right } => Expr::BinaryExpr {
            left: inner(left),
            op: *op,
            right: inner(right),
        },
        Expr::Cast { expr, dtype, options } => Expr::Cast {
            expr: inner(expr),
            dtype: dtype.clone(),
            options: *options,
        },
        Expr::Ternary {
            predicate,
            truthy,
            falsy,
        } => Expr::Ternary {
            predicate: inner(predicate),
            truthy: inner(truthy),
            falsy: inner(falsy),
        },
        Expr::Function { input, function } => Expr::Function {
            input: input.iter().map(in_one_go).collect(),
            function: function.clone(),
        },
        Expr::Element
        | Expr::Column(_)
        | Expr::Selector(_)
        | Expr::Literal(_)
        | Expr::DataTypeFunction(_)
        | Expr::Sort { .. }
        | Expr::Gather { .. }
        | Expr::SortBy { .. }
        | Expr::Agg(_)
        | Expr::Explode { .. }
        | Expr::Filter { .. }
        | Expr::Over { .. }
        | Expr::Slice { .. }
        | Expr::Len
        | Expr::Field(_)
        | Expr::AnonymousFunction { .. }
        | Expr::Eval { .. }
        | Expr::StructEval { .. }
        | Expr::SubPlan(..)
        | Expr::RenameAlias { .. }
        | Expr::Display { .. } => expression.clone(),
    }
}

/// Makes what has equal rows in any order keep the order that they had.
pub(super) fn in_order(expression: &Expr) -> Expr {
    let needs_order = |part: &Expr| ordered(part.clone()) != *part;
    if expression.into_iter().any(needs_order) {
        expression.clone().map_expr(ordered)
    } else {
        expression.clone()
    }
}

/// Makes one part of an expression keep an order; which parts need it, [`across`] has to be looked at for, too.
fn ordered(mut part: Expr) -> Expr {
    match &mut part {
        Expr::SortBy { sort_options, .. } => sort_options.maintain_order = true,
        Expr::Sort { options, .. }
        | Expr::Over {
            order_by: Some((_, options)),
            ..
        } => options.maintain_order = true,
        Expr::Agg(AggExpr::Implode { maintain_order, .. })
        | Expr::Function {
            function: FunctionExpr::Unique(maintain_order),
            ..
        } => *maintain_order = true,
        _ => {}
    }
    part
}
