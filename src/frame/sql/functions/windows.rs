//! Functions that exist only over windows; aggregates can be over windows, too.

use super::Gives::{Argument, Is};
use super::ParameterType as P;
use super::{DataTypeOf as Type, Function, FunctionKind, Gives, WindowFunction};

pub(super) static WINDOWS: &[Function] = &[
    window(
        "row_number",
        "",
        "the number of the row in the order, from 1",
        &[],
        Is(Type::Int),
        WindowFunction::RowNumber,
    ),
    window(
        "rank",
        "",
        "the number of the first of the rows that tie with this one, from 1",
        &[],
        Is(Type::Int),
        WindowFunction::Rank,
    ),
    window(
        "dense_rank",
        "",
        "how many different places there are up to this row's",
        &[],
        Is(Type::Int),
        WindowFunction::DenseRank,
    ),
    window(
        "percent_rank",
        "",
        "the rank from 0 to 1: (rank - 1) / (rows - 1)",
        &[],
        Is(Type::Double),
        WindowFunction::PercentRank,
    ),
    window(
        "cume_dist",
        "",
        "the part of the rows that come before this one or tie with it",
        &[],
        Is(Type::Double),
        WindowFunction::CumeDist,
    ),
    window(
        "ntile",
        "n",
        "the number of the row's part, of n parts that are about equally large",
        &[P::Int],
        Is(Type::Int),
        WindowFunction::Ntile,
    ),
    window(
        "lag",
        "x[, offset[, default]]",
        "the value of an earlier row",
        &[P::Same, P::Int, P::Same],
        Argument(0),
        WindowFunction::Lag,
    )
    .optional(2),
    window(
        "lead",
        "x[, offset[, default]]",
        "the value of a later row",
        &[P::Same, P::Int, P::Same],
        Argument(0),
        WindowFunction::Lead,
    )
    .optional(2),
    window(
        "nth_value",
        "x, n",
        "the value of the n-th row of the frame",
        &[P::Any, P::Int],
        Argument(0),
        WindowFunction::NthValue,
    ),
];

/// Makes the line of a window function.
const fn window(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    parameters: &'static [P],
    gives: Gives,
    function: WindowFunction,
) -> Function {
    Function::new(
        name,
        usage,
        summary,
        parameters,
        gives,
        FunctionKind::Window(function),
    )
}
