//! `IN`: whether a value is one of several.

use std::collections::HashSet;

use polars::prelude::arity::unary_elementwise;
use polars::prelude::*;

use super::Arguments;
use crate::frame::sql::expr::{Expr as Bound, Kind, Literal};
use crate::frame::sql::lower::any_of;
use crate::frame::sql::types;

/// The longest list whose values are compared one by one: polars can push those comparisons into files.
const COMPARED: usize = 16;

/// Makes `IN`: NULL where none is equal and one is NULL.
pub(super) fn is_in(mut args: Arguments<'_>) -> Expr {
    let is_nested = args.dtype(0).is_nested();
    let key = |value: Expr| {
        if is_nested {
            super::collections::keys(value)
        } else {
            value
        }
    };
    if let Some(set) = Set::of(args.bound) {
        return set.holds(args.take(0));
    }
    let is_constant = args.bound.first().is_some_and(is_constant);
    let value = key(args.take(0));
    let equal = (1..args.len())
        .map(|index| {
            let one = key(args.take(index));
            if is_constant {
                one.eq(value.clone())
            } else {
                value.clone().eq(one)
            }
        })
        .collect::<Vec<_>>();
    any_of(equal)
}

/// The values of a long list of constants.
struct Set {
    values: ValueSet,
    has_null: bool,
}

enum ValueSet {
    /// Whole numbers, days and microseconds.
    Whole(HashSet<i64>),
    Text(HashSet<String>),
}

impl Set {
    /// Returns the list behind the first argument; `None` where it is short or no list of constants.
    fn of(args: &[Bound]) -> Option<Self> {
        let (first, list) = args.split_first()?;
        if list.len() <= COMPARED {
            return None;
        }
        let dtype = &first.dtype;
        let is_whole = types::is_whole(dtype) || matches!(dtype, DataType::Date | DataType::Datetime(..));
        let mut set = Self {
            values: if is_whole {
                ValueSet::Whole(HashSet::new())
            } else if types::is_text(dtype) {
                ValueSet::Text(HashSet::new())
            } else {
                return None;
            },
            has_null: false,
        };
        for one in list {
            let literal = match &one.kind {
                Kind::Literal(literal) if one.dtype == *dtype || one.is_null() => literal,
                Kind::Cast { input, .. } if one.dtype == *dtype => match &input.kind {
                    Kind::Literal(literal @ Literal::Int(_)) if types::is_whole(dtype) => literal,
                    Kind::Literal(literal @ Literal::Null) => literal,
                    _ => return None,
                },
                _ => return None,
            };
            match (&mut set.values, literal) {
                (_, Literal::Null) => set.has_null = true,
                (ValueSet::Whole(all), Literal::Int(value) | Literal::Timestamp(value)) => {
                    all.insert(*value);
                }
                (ValueSet::Whole(all), Literal::Date(days)) => {
                    all.insert(i64::from(*days));
                }
                (ValueSet::Text(all), Literal::Text(text)) => {
                    all.insert(text.clone());
                }
                _ => return None,
            }
        }
        Some(set)
    }

    /// Makes the expression that looks a value up.
    fn holds(self, value: Expr) -> Expr {
        let or_unknown = if self.has_null { None } else { Some(false) };
        let found = move |is_in: bool| if is_in { Some(true) } else { or_unknown };
        let work = move |column: Column| {
            let values = column.as_materialized_series();
            let made: BooleanChunked = match &self.values {
                ValueSet::Whole(all) => {
                    let values = values.to_physical_repr().cast(&DataType::Int64)?;
                    unary_elementwise(values.i64()?, |value| found(all.contains(&value?)))
                }
                ValueSet::Text(all) => unary_elementwise(values.str()?, |value| found(all.contains(value?))),
            };
            Ok(made.with_name(column.name().clone()).into_column())
        };
        value.map(work, |_, field| {
            Ok(Field::new(field.name().clone(), DataType::Boolean))
        })
    }
}

/// Returns whether an expression reads no column.
pub(super) fn is_constant(expr: &crate::frame::sql::expr::Expr) -> bool {
    let mut read = std::collections::BTreeSet::new();
    expr.columns(&mut read);
    read.is_empty()
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use crate::frame::sql::{Tables, plan};

    /// Asks of 1, 3, NULL and 40 whether they are in a list.
    fn answer(list: &str) -> Vec<Option<bool>> {
        let frame = df!("x" => [Some(1_i64), Some(3), None, Some(40)]).unwrap();
        let schema = frame.schema().clone();
        let tables = Tables {
            tables: vec![("t".to_owned(), frame.lazy(), schema)],
        };
        let plan = plan(
            &format!(
                "SELECT x IN ({list}) AS a, CAST(x AS STRING) IN ('{}') AS b FROM t",
                list.replace(", ", "', '")
            ),
            &tables,
        );
        let made = plan.unwrap().collect().unwrap();
        let both: Vec<Vec<Option<bool>>> = ["a", "b"]
            .iter()
            .map(|name| made.column(name).unwrap().bool().unwrap().iter().collect())
            .collect();
        if !list.contains("NULL") {
            assert_eq!(both[0], both[1], "{list}");
        }
        both[0].clone()
    }

    #[test]
    fn long_lists_are_as_short_ones() {
        let (yes, no) = (Some(true), Some(false));
        let long: Vec<String> = (3..60).map(|n| if n == 40 { 4 } else { n }.to_string()).collect();
        assert_eq!(answer("3, 5"), [no, yes, None, no]);
        assert_eq!(answer(&long.join(", ")), [no, yes, None, no]);
        assert_eq!(answer("3, NULL"), [None, yes, None, None]);
        assert_eq!(
            answer(&format!("{}, NULL", long.join(", "))),
            [None, yes, None, None]
        );
    }
}
