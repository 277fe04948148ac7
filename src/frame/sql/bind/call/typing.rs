//! The types of arguments: what a function takes, the common type of several, and the type of the result.

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::{self, Binder};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, Expr, Kind};
use crate::frame::sql::functions::{self, Function, Gives, ParameterType};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Gives arguments the types that a function takes; returns them and the type of the result.
    pub(super) fn typed(
        &mut self,
        function: &'static Function,
        mut args: Vec<Expr>,
        place: Span,
    ) -> SqlResult<(Vec<Expr>, DataType)> {
        let takes = &function.takes;
        let most = if takes.rest.is_some() {
            usize::MAX
        } else {
            takes.parameters.len()
        };
        if args.len() > most || args.len() + takes.optional < takes.parameters.len() {
            let name = function.name.to_owned();
            let takes = format!("({})", function.usage);
            return Err(SqlErrorKind::ArgumentCount {
                function: name,
                takes,
                found: args.len(),
            }
            .at(place));
        }
        // `'1' + '2'`: nobody knows whether that is a sum.
        let is_text = |arg: &Expr| types::is_text(&arg.dtype);
        if functions::is_arithmetic(function)
            && args.iter().all(is_text)
            && let [_, odd] = args.as_slice()
        {
            return Err(not_taken(function, odd, "numbers", Some("DOUBLE"), &self.columns));
        }
        let parameter = |index: usize| {
            takes
                .parameters
                .get(index)
                .copied()
                .or(takes.rest)
                .unwrap_or(ParameterType::Any)
        };
        let is_same =
            |index: usize| matches!(parameter(index), ParameterType::Same | ParameterType::SameNumber);
        let same: Vec<usize> = (0..args.len()).filter(|index| is_same(*index)).collect();
        if !same.is_empty() {
            self.same(
                function,
                &mut args,
                &same,
                same.iter()
                    .any(|index| parameter(*index) == ParameterType::SameNumber),
            )?;
        }
        for (index, arg) in args.iter_mut().enumerate() {
            if !is_same(index) {
                let value = std::mem::replace(arg, Expr::boolean(false));
                *arg = coerce(function, index, value, parameter(index))?;
            }
        }
        let dtypes: Vec<DataType> = args.iter().map(|arg| arg.dtype.clone()).collect();
        let wrong = |reason: String| {
            SqlErrorKind::ArgumentType {
                function: function.name.to_owned(),
                argument: dtypes.iter().map(types::sql_name).collect::<Vec<_>>().join(", "),
                expected: reason,
                found: String::new(),
                cast: None,
            }
            .at(place)
        };
        let dtype = match function.gives {
            Gives::Is(dtype) => dtype.dtype(),
            Gives::Argument(index) => dtypes.get(index).cloned().unwrap_or(DataType::Null),
            Gives::By(dtype) => dtype(&dtypes).map_err(wrong)?,
            Gives::ByValue(dtype) => dtype(&args).map_err(wrong)?,
        };
        Ok((args, dtype))
    }

    /// Gives several arguments their common type.
    pub(super) fn same(
        &mut self,
        function: &'static Function,
        args: &mut [Expr],
        which: &[usize],
        numbers: bool,
    ) -> SqlResult<()> {
        let dtypes: Vec<DataType> = which
            .iter()
            .filter_map(|index| args.get(*index))
            .map(|arg| arg.dtype.clone())
            .collect();
        let mut common = types::common_of(dtypes.iter());
        // Spark does not guess whether `greatest('2', 1)` is of texts or of numbers.
        if matches!(function.name, "greatest" | "least") && dtypes.iter().any(types::is_text) {
            let is_one = |dtype: &DataType| types::is_text(dtype) || *dtype == DataType::Null;
            common = common.filter(|_| dtypes.iter().all(is_one));
        }
        if numbers {
            common = match common {
                Some(DataType::Null) => Some(DataType::Float64),
                Some(dtype) if types::is_text(&dtype) => Some(DataType::Float64),
                // Decimals and whole numbers are computed with as they are.
                Some(DataType::Decimal(..)) if functions::is_exact(function) => return Ok(()),
                Some(dtype) if types::is_number(&dtype) => Some(types::signed(&dtype)),
                _ => {
                    let odd = which.iter().filter_map(|index| args.get(*index));
                    let odd = odd
                        .filter(|arg| !types::is_number(&arg.dtype) && !arg.is_null())
                        .collect::<Vec<_>>();
                    if let Some(odd) = odd.first() {
                        return Err(not_taken(function, odd, "numbers", Some("DOUBLE"), &self.columns));
                    }
                    None
                }
            };
        }
        let Some(dtype) = common else {
            let known = dtypes
                .iter()
                .find(|dtype| **dtype != DataType::Null)
                .unwrap_or(&DataType::Null);
            let odd = dtypes
                .iter()
                .find(|dtype| types::common(known, dtype).is_none())
                .or_else(|| {
                    let is_other = |dtype: &&DataType| {
                        **dtype != DataType::Null && types::is_text(dtype) != types::is_text(known)
                    };
                    dtypes.iter().find(is_other)
                })
                .unwrap_or(known);
            let what = match function.name {
                "=" | "<>" | "<" | "<=" | ">" | ">=" | "<=>" | "in" => {
                    "the two sides of a comparison".to_owned()
                }
                name => format!("the arguments of {name}"),
            };
            let place = args.first().map_or(Span::empty(), |arg| arg.place);
            let kind = SqlErrorKind::Mismatch {
                what,
                left: types::sql_name(known),
                right: types::sql_name(odd),
            };
            return Err(kind.at(place));
        };
        for index in which {
            if let Some(arg) = args.get_mut(*index) {
                let value = std::mem::replace(arg, Expr::boolean(false));
                *arg = value.cast(&dtype, CastHow::Implicit);
            }
        }
        Ok(())
    }
}

/// Makes an argument what a function takes.
fn coerce(function: &'static Function, index: usize, arg: Expr, parameter: ParameterType) -> SqlResult<Expr> {
    use ParameterType as P;
    let dtype = arg.dtype.clone();
    let to = |arg: Expr, dtype: &DataType| Ok(arg.cast(dtype, CastHow::Implicit));
    let text = types::is_text(&dtype);
    let null = dtype == DataType::Null;
    let taken = match parameter {
        P::Any | P::Same | P::SameNumber => return Ok(arg),
        P::Lambda if matches!(arg.kind, Kind::Lambda { .. }) => return Ok(arg),
        P::Boolean if dtype == DataType::Boolean || null || text => return to(arg, &DataType::Boolean),
        P::Whole if null => return to(arg, &DataType::Int32),
        P::Whole if types::is_whole(&dtype) => return to(arg, &types::signed(&dtype)),
        P::Whole if text => return to(arg, &DataType::Int64),
        P::Int if null || types::is_whole(&dtype) || text => return to(arg, &DataType::Int32),
        P::Number if null || text => return to(arg, &DataType::Float64),
        P::Number if matches!(function.name, "sum" | "avg") && matches!(dtype, DataType::Duration(_)) => {
            return to(arg, &types::interval());
        }
        P::Number if types::is_number(&dtype) => return to(arg, &types::signed(&dtype)),
        P::Double if null || text || types::is_number(&dtype) => return to(arg, &DataType::Float64),
        P::Text if !null && !text && takes_text_alone(function) => "text",
        P::Text if !dtype.is_nested() && dtype != DataType::Binary => return to(arg, &DataType::String),
        P::Binary if null || text || dtype == DataType::Binary => return to(arg, &DataType::Binary),
        P::Date if function.name == "unix_date" && !null && dtype != DataType::Date => "a date",
        P::Date if null || text || types::is_moment(&dtype) => return to(arg, &DataType::Date),
        P::Timestamp if null || text || dtype == DataType::Date => return to(arg, &types::timestamp()),
        P::Timestamp if types::is_moment(&dtype) => return Ok(arg),
        P::Array | P::Map if null => return Ok(arg),
        P::Array if types::is_array(&dtype) => return Ok(arg),
        P::Map if types::as_map(&dtype).is_some() => return Ok(arg),
        P::Boolean => "true or false",
        P::Whole | P::Int => "a whole number",
        P::Number | P::Double => "a number",
        P::Text => "text",
        P::Binary => "binary data",
        P::Date | P::Timestamp => "a date or a timestamp",
        P::Array => "an array",
        P::Map => "a map",
        P::Lambda => "a function, x -> …",
    };
    let kind = SqlErrorKind::ArgumentType {
        function: function.name.to_owned(),
        argument: format!("argument {}", index + 1),
        expected: taken.to_owned(),
        found: types::sql_name(&dtype),
        cast: None,
    };
    Err(kind.at(arg.place))
}

/// Returns whether what is no text is no argument where a function takes a text: elsewhere numbers and dates are written as one.
fn takes_text_alone(function: &Function) -> bool {
    matches!(
        function.name,
        "get_json_object"
            | "json_array_length"
            | "json_object_keys"
            | "from_json"
            | "schema_of_json"
            | "from_csv"
            | "schema_of_csv"
            | "parse_url"
            | "try_parse_url"
            | "array_join"
            | "convert_timezone"
    )
}

fn not_taken(
    function: &'static Function,
    arg: &Expr,
    expected: &str,
    cast: Option<&str>,
    columns: &crate::frame::sql::rel::Columns,
) -> crate::frame::sql::error::SqlError {
    let shown = bind::names::name(arg, columns);
    SqlErrorKind::ArgumentType {
        function: function.name.to_owned(),
        argument: format!("`{shown}`"),
        expected: expected.to_owned(),
        found: types::sql_name(&arg.dtype),
        cast: cast
            .filter(|_| {
                !types::is_moment(&arg.dtype) && !arg.dtype.is_nested() && !types::is_interval(&arg.dtype)
            })
            .map(|dtype| format!("CAST({shown} AS {dtype})")),
    }
    .at(arg.place)
}
