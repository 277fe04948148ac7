//! [`Function`]: every function and operator of the dialect, one line each: its names, what it takes and gives, how polars
//! computes it. Help, completion and "did you mean" read the same lines.
//!
//! A function is in the file of its family; [`FAMILIES`] lists the families.

mod aggregates;
mod checked;
mod collections;
mod conditionals;
mod csv;
mod dates;
mod decimals;
mod function_summary;
mod json;
pub(super) mod kernels;
mod membership;
mod numbers;
mod one_row;
pub(super) mod operators;
mod rows;
mod statistics;
mod strings;
mod whole;
mod windows;

pub(super) use self::function_summary::names;
pub use self::function_summary::{FunctionSummary, sql_functions};
pub(super) use self::one_row::ONE_ROW;

use std::collections::HashMap;
use std::sync::LazyLock;

use polars::prelude::{DataType, Expr as PolarsExpr};

use super::expr::Expr;

/// All functions, by family.
pub(super) static FAMILIES: &[(&str, &[Function])] = &[
    ("operators", operators::OPERATORS),
    ("operators", dates::SPANS),
    ("numbers", numbers::ROUNDING),
    ("numbers", numbers::DOUBLES),
    ("numbers", numbers::DIGITS),
    ("operators", strings::LIKE),
    ("operators", strings::CONCATENATION),
    ("text", strings::CASE),
    ("text", strings::PIECES),
    ("text", strings::SEARCH),
    ("text", strings::JOINING),
    ("text", strings::MATCHING),
    ("text", strings::ENCODINGS),
    ("text", strings::FORMATS),
    ("text", strings::NUMBER_FORMATS),
    ("text", strings::CHECKS),
    ("text", strings::ADDRESSES),
    ("dates and times", dates::PARTS),
    ("dates and times", dates::LATER),
    ("dates and times", dates::CONVERSIONS),
    ("dates and times", dates::ZONES),
    ("intervals", dates::INTERVALS),
    ("conditions", conditionals::CONDITIONALS),
    ("conditions", conditionals::TRIES),
    ("arrays, maps and structs", collections::ARRAYS),
    ("arrays, maps and structs", collections::LAMBDAS),
    ("arrays, maps and structs", collections::MAPS),
    ("arrays, maps and structs", collections::STRUCTS),
    ("JSON", json::JSON),
    ("CSV", csv::CSV),
    ("aggregates", aggregates::AGGREGATES),
    ("aggregates", aggregates::BY_ROWS),
    ("aggregates", statistics::STATISTICS),
    ("operators", aggregates::GROUPING),
    ("windows", windows::WINDOWS),
];

/// A function or an operator.
pub(super) struct Function {
    /// Spark's name in small letters; of an operator its sign.
    pub(super) name: &'static str,
    pub(super) also: &'static [&'static str],
    /// For help: `text, start[, length]`.
    pub(super) usage: &'static str,
    /// For help: what it gives.
    pub(super) summary: &'static str,
    pub(super) takes: Takes,
    pub(super) gives: Gives,
    /// Whether it can fail for the values of a row: it is not evaluated for rows whose result is not needed.
    pub(super) fails: bool,
    /// Whether an argument that is NULL, or any other, may give a value: such functions are not NULL for NULL.
    pub(super) kind: FunctionKind,
}

/// What a function takes.
pub(super) struct Takes {
    pub(super) parameters: &'static [ParameterType],
    /// How many of the last ones may be left out.
    pub(super) optional: usize,
    /// What may follow, any number of times.
    pub(super) rest: Option<ParameterType>,
}

/// What an argument has to be. Arguments are cast where that loses nothing, text as Spark does in ANSI mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterType {
    Any,
    Boolean,
    /// A whole number of any width.
    Whole,
    /// A whole number as `INT`.
    Int,
    /// Whole, decimal or floating; text becomes a double.
    Number,
    Double,
    Text,
    Binary,
    Date,
    Timestamp,
    /// All arguments that are `Same` get their common type.
    Same,
    /// As `Same`, and these have to be numbers.
    SameNumber,
    Array,
    Map,
    /// A function `x -> …`; the function's `gives` types its parameters (see `bind/lambda.rs`).
    Lambda,
}

/// The type of the result.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    Is(DataTypeOf),
    /// That of an argument (after casts), by position.
    Argument(usize),
    /// Made of the arguments' types (after casts); `Err` says what is wrong in words that go behind "…: ".
    By(fn(&[DataType]) -> Result<DataType, String>),
    /// Made of the arguments themselves, where a constant decides.
    ByValue(fn(&[Expr]) -> Result<DataType, String>),
}

/// Types that a table of constants can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataTypeOf {
    Boolean,
    Int,
    Bigint,
    Double,
    Text,
    Binary,
    Date,
    Timestamp,
}

impl DataTypeOf {
    pub(super) fn dtype(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Text => DataType::String,
            Self::Binary => DataType::Binary,
            Self::Date => DataType::Date,
            Self::Timestamp => super::types::timestamp(),
        }
    }
}

/// What a function is, and how polars computes it.
#[derive(Clone, Copy)]
pub(super) enum FunctionKind {
    /// One value for each row.
    Scalar(fn(Arguments<'_>) -> PolarsExpr),
    /// One of its arguments; the others are not computed.
    Picks(Picks),
    /// One value for a group, by polars' own kernel where it is right; else by rows (see `lower/group.rs`).
    Aggregate(Option<fn(AggregateArguments<'_>) -> PolarsExpr>),
    /// Only over a window.
    Window(WindowFunction),
}

/// Which of its arguments a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picks {
    /// The first that is not NULL.
    First,
    /// The second where the first is true, else the third.
    If,
    /// The second where the first is not NULL, else the third.
    IfThere,
    /// The one behind the first argument that equals the first of all; a last one without a pair for none.
    Equal,
}

/// The functions that exist only over windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    Lag,
    Lead,
    NthValue,
}

/// The arguments of a scalar function, on the way to polars.
pub(super) struct Arguments<'a> {
    /// As polars' expressions, cast to what the function takes.
    pub(super) exprs: Vec<PolarsExpr>,
    /// As they are bound: constants can be read here, and types.
    pub(super) bound: &'a [Expr],
    /// The type of the result.
    pub(super) gives: &'a DataType,
    /// Makes polars' expression of a lambda's body, where its parameters are these.
    pub(super) lambda: &'a dyn Fn(&Expr, &[PolarsExpr]) -> PolarsExpr,
}

/// The arguments of an aggregate function, on the way to polars.
pub(super) struct AggregateArguments<'a> {
    /// Columns of the group, cast to what the function takes; DISTINCT, FILTER and ORDER BY are applied. Empty for `count(*)`.
    pub(super) exprs: Vec<PolarsExpr>,
    pub(super) bound: &'a [Expr],
    pub(super) gives: &'a DataType,
    pub(super) ignore_nulls: bool,
}

impl Arguments<'_> {
    /// Takes an argument; NULL where there is none.
    pub(super) fn take(&mut self, index: usize) -> PolarsExpr {
        let null = || polars::prelude::lit(polars::prelude::NULL);
        self.exprs
            .get_mut(index)
            .map_or_else(null, |expr| std::mem::replace(expr, null()))
    }

    /// Returns the type of an argument.
    pub(super) fn dtype(&self, index: usize) -> DataType {
        self.bound
            .get(index)
            .map_or(DataType::Null, |expr| expr.dtype.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.bound.len()
    }
}

impl AggregateArguments<'_> {
    /// Takes an argument; NULL where there is none.
    pub(super) fn take(&mut self, index: usize) -> PolarsExpr {
        let null = || polars::prelude::lit(polars::prelude::NULL);
        self.exprs
            .get_mut(index)
            .map_or_else(null, |expr| std::mem::replace(expr, null()))
    }

    /// Returns the type of an argument.
    pub(super) fn dtype(&self, index: usize) -> DataType {
        self.bound
            .get(index)
            .map_or(DataType::Null, |expr| expr.dtype.clone())
    }
}

impl Function {
    const fn new(
        name: &'static str,
        usage: &'static str,
        summary: &'static str,
        parameters: &'static [ParameterType],
        gives: Gives,
        kind: FunctionKind,
    ) -> Self {
        let takes = Takes {
            parameters,
            optional: 0,
            rest: None,
        };
        Self {
            name,
            also: &[],
            usage,
            summary,
            takes,
            gives,
            fails: false,
            kind,
        }
    }

    /// Lets the last arguments be left out.
    const fn optional(mut self, optional: usize) -> Self {
        self.takes.optional = optional;
        self
    }

    /// Takes more arguments, any number of times.
    const fn rest(mut self, rest: ParameterType) -> Self {
        self.takes.rest = Some(rest);
        self
    }

    /// Says that values of a row can make it fail.
    const fn fails(mut self) -> Self {
        self.fails = true;
        self
    }

    /// Gives it other names.
    const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    pub(super) fn is_aggregate(&self) -> bool {
        matches!(self.kind, FunctionKind::Aggregate(_))
    }

    pub(super) fn is_window(&self) -> bool {
        matches!(self.kind, FunctionKind::Window(_))
    }

    /// Returns whether it is written as a sign or a word between, before or behind its arguments.
    pub(super) fn is_operator(&self) -> bool {
        [
            operators::OPERATORS,
            dates::SPANS,
            strings::LIKE,
            strings::CONCATENATION,
        ]
        .into_iter()
        .flatten()
        .any(|operator| operator.name == self.name)
            || matches!(self.name, "subscript" | "entry" | "field")
    }
}

/// Makes the line of a scalar function.
const fn scalar(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    parameters: &'static [ParameterType],
    gives: Gives,
    lower: fn(Arguments<'_>) -> PolarsExpr,
) -> Function {
    Function::new(
        name,
        usage,
        summary,
        parameters,
        gives,
        FunctionKind::Scalar(lower),
    )
}

/// Makes the line of an aggregate function.
const fn aggregate(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    parameters: &'static [ParameterType],
    gives: Gives,
    lower: fn(AggregateArguments<'_>) -> PolarsExpr,
) -> Function {
    Function::new(
        name,
        usage,
        summary,
        parameters,
        gives,
        FunctionKind::Aggregate(Some(lower)),
    )
}

/// Makes the line of an aggregate function that is computed by rows.
const fn by_rows(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    parameters: &'static [ParameterType],
    gives: Gives,
) -> Function {
    Function::new(
        name,
        usage,
        summary,
        parameters,
        gives,
        FunctionKind::Aggregate(None),
    )
}

/// Finds a function by a name, in letters of any size.
pub(super) fn function(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        let all = FAMILIES.iter().flat_map(|(_, functions)| functions.iter());
        all.flat_map(|function| {
            let names = std::iter::once(function.name).chain(function.also.iter().copied());
            names.map(move |name| (name, function))
        })
        .collect()
    });
    if let Some(function) = BY_NAME.get(name) {
        return Some(function);
    }
    BY_NAME.get(name.to_lowercase().as_str()).copied()
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Functions are what their names say.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Returns why a function is not there for these arguments, and what to write in its place.
pub(super) fn refusal(function: &Function, args: &[Expr]) -> Option<(String, String)> {
    collections::refusal(function, args)
        .or_else(|| dates::refusal(function, args))
        .or_else(|| strings::refusal(function, args))
        .or_else(|| numbers::refusal(function))
}

/// Returns whether an operator may be called by this name of its, too: `in` may not.
pub(super) fn is_callable(name: &str) -> bool {
    matches!(
        name,
        "not"
            | "div"
            | "mod"
            | "shiftleft"
            | "shiftright"
            | "like"
            | "regexp"
            | "regexp_like"
            | "ilike"
            | "rlike"
            | "negative"
            | "positive"
            | "in"
    )
}

/// Returns whether decimals of different precision are arguments as they are.
pub(super) fn is_exact(function: &Function) -> bool {
    matches!(
        function.name,
        "+" | "-" | "*" | "%" | "pmod" | "try_add" | "try_subtract" | "try_multiply" | "try_mod"
    )
}

/// Makes bytes that are equal where values are, and NULL where they are NULL.
pub(super) fn keys(values: PolarsExpr) -> PolarsExpr {
    collections::keys(values)
}

/// Returns whether a function computes with two numbers, so that two texts are no arguments of it.
pub(super) fn is_arithmetic(function: &Function) -> bool {
    matches!(function.name, "/" | "div" | "//" | "try_divide") || is_exact(function)
}

/// Returns the types of the parameters of a lambda, from the arguments before it; `None` where no such lambda fits.
pub(super) fn lambda_types(function: &Function, before: &[Expr], count: usize) -> Option<Vec<DataType>> {
    collections::lambda_types(function, before, count)
}

/// Returns the function that a name means for arrays or dates, where it is one for text or numbers, too.
pub(super) fn of_arguments(function: &'static Function, args: &[Expr]) -> &'static Function {
    let is_moment = |arg: &Expr| super::types::is_moment(&arg.dtype);
    let name = match function.name {
        "to_char" if args.first().is_some_and(is_moment) => Some("date_format"),
        name => collections::of_arrays_by_name(name, args),
    };
    name.and_then(self::function).unwrap_or(function)
}
