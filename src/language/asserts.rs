//! `assert_equal` and `assert_true`: cells that test, and say what differs.

use std::fmt;
use std::fmt::Write as _;

use polars::prelude::{DataFrame, NamedFrom, Series};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{UnpackValue as _, Value, ValueLike};

use super::frames::FrameValue;
use super::series::SeriesValue;
use super::show::short;
use super::{FAMILIES, Family, OrFail, context};
use crate::error::{Error, Problem};
use crate::frame::{self, CellDifference, Differences, Scalar, SchemaDifference};
use crate::model::{Evaluation, FittedModel};
use crate::session::{CellContext, Output};

/// How deep values may be nested: a list may even hold itself.
const DEEPEST: usize = 64;

/// Floats this close, as a share of the larger, differ by rounding alone.
const ROUNDING: f64 = 1e-9;

/// Builtins that test.
pub(super) struct Asserts;

impl Family for Asserts {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

/// A test that failed, or cannot be made.
#[derive(Debug, thiserror::Error)]
enum AssertError {
    #[error("{}{}{difference}", prefix(message.as_deref()), at(path))]
    NotEqual {
        message: Option<String>,
        /// Where in the values: `[2]["name"]`.
        path: String,
        difference: Difference,
    },
    #[error("{}", message.as_deref().unwrap_or("the condition is not true"))]
    NotTrue { message: Option<String> },
    #[error("assert_true takes a bool, and this is of type {found}")]
    NotABool { found: &'static str },
    #[error("the tolerance is a number from 0, and {found} is not")]
    Tolerance { found: f64 },
    #[error("the values are nested more than {DEEPEST} levels deep")]
    TooDeep,
}

/// How two values differ.
#[derive(Debug)]
enum Difference {
    Values {
        left: String,
        right: String,
        /// How far two numbers are apart, as a share of the larger.
        relative: Option<f64>,
    },
    Types {
        left: &'static str,
        right: &'static str,
    },
    Lengths {
        left: usize,
        right: usize,
    },
    OnlyLeft {
        key: String,
    },
    OnlyRight {
        key: String,
    },
    Tables(Differences),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values { left, right, .. } => write!(f, "{left} is not equal to {right}"),
            Self::Types { left, right } => {
                write!(f, "the left is of type {left} and the right of type {right}")
            }
            Self::Lengths { left, right } => write!(f, "the left has {left} items and the right {right}"),
            Self::OnlyLeft { key } => write!(f, "only the left has {key}"),
            Self::OnlyRight { key } => write!(f, "only the right has {key}"),
            Self::Tables(differences) => tables(f, differences),
        }
    }
}

/// Writes how two tables differ: in their columns, or else in their rows, or else in their cells.
fn tables(f: &mut fmt::Formatter<'_>, differences: &Differences) -> fmt::Result {
    if let Some(first) = differences.schema.first() {
        return match first {
            SchemaDifference::OnlyLeft { column, .. } => write!(f, "only the left has a column `{column}`"),
            SchemaDifference::OnlyRight { column, .. } => write!(f, "only the right has a column `{column}`"),
            SchemaDifference::Type { column, left, right } => {
                write!(
                    f,
                    "column `{column}` is {left} on the left and {right} on the right"
                )
            }
            SchemaDifference::Order { left, right } => write!(
                f,
                "the columns are {} on the left and {} on the right",
                left.join(", "),
                right.join(", ")
            ),
        };
    }
    let (left, right) = differences.heights;
    if left != right {
        return write!(f, "the left has {left} rows and the right {right}");
    }
    let Some(first) = differences.cells.first() else {
        return Ok(());
    };
    let count = differences.count();
    write!(
        f,
        "{count} {} of {left} rows, first `{}` in row {}: {} is not equal to {}",
        if count == 1 {
            "cell differs"
        } else {
            "cells differ"
        },
        first.column,
        first.row,
        shown(&first.left),
        shown(&first.right)
    )
}

/// Writes a value of a table as it stands in source.
fn shown(value: &Scalar) -> String {
    match value {
        Scalar::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn prefix(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!("{message}: "))
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("at {path}, ")
    }
}

impl Problem for AssertError {
    fn hint(&self) -> Option<String> {
        let apart = match self {
            Self::NotEqual { difference, .. } => match difference {
                Difference::Values { relative, .. } => *relative,
                Difference::Tables(differences) => differences.largest,
                _ => None,
            },
            Self::NotTrue { .. } => None,
            Self::NotABool { .. } => {
                return Some("write a comparison, such as df.height() > 0".to_owned());
            }
            Self::Tolerance { .. } => return Some("write it like this: tolerance=1e-9".to_owned()),
            Self::TooDeep => return Some("compare parts of them".to_owned()),
        }?;
        (apart > 0.0 && apart <= ROUNDING).then(|| {
            format!("they differ by {apart:.0e} of their size: tolerance={ROUNDING:e} takes that for equal")
        })
    }
}

/// Finds the first difference between two values.
struct Comparison<'a> {
    context: &'a CellContext,
    tolerance: f64,
    /// Where in the values: `[2]["name"]`.
    path: String,
}

/// The first difference, if there is one.
type Found = Result<Option<Difference>, Error>;

impl Comparison<'_> {
    fn values<'v>(&mut self, left: Value<'v>, right: Value<'v>, depth: usize) -> Found {
        if depth > DEEPEST {
            return Err(AssertError::TooDeep.into());
        }
        if let (Some(left), Some(right)) = (number(left), number(right)) {
            return Ok(self.numbers((left, right)));
        }
        if left.get_type() != right.get_type() {
            let (left, right) = (left.get_type(), right.get_type());
            return Ok(Some(Difference::Types { left, right }));
        }
        if let (Some(one), Some(other)) = (table(left), table(right)) {
            return self.tables(&one.collected(self.context)?, &other.collected(self.context)?);
        }
        if let (Some(left), Some(right)) = (ListRef::from_value(left), ListRef::from_value(right)) {
            return self.items(left.content(), right.content(), depth);
        }
        if let (Some(left), Some(right)) = (TupleRef::from_value(left), TupleRef::from_value(right)) {
            return self.items(left.content(), right.content(), depth);
        }
        if let (Some(left), Some(right)) = (DictRef::from_value(left), DictRef::from_value(right)) {
            let pairs = |dict: &DictRef<'v>| -> Vec<(String, Value<'v>)> {
                let pairs = dict.iter();
                pairs
                    .map(|(key, value)| (format!("[{}]", key.to_repr()), value))
                    .collect()
            };
            return self.named(&pairs(&left), &pairs(&right), depth);
        }
        if let (Some(left), Some(right)) = (StructRef::from_value(left), StructRef::from_value(right)) {
            let fields = |of: &StructRef<'v>| -> Vec<(String, Value<'v>)> {
                let fields = of.iter();
                fields
                    .map(|(name, value)| (format!(".{}", name.as_str()), value))
                    .collect()
            };
            return self.named(&fields(&left), &fields(&right), depth);
        }
        match (self.output(left), self.output(right)) {
            (Some(Output::Evaluation(left)), Some(Output::Evaluation(right))) => {
                return Ok(self.evaluations(&left, &right));
            }
            (Some(Output::Model(left)), Some(Output::Model(right))) => return self.models(&left, &right),
            _ => {}
        }
        let equal = left.equals(right).unwrap_or(false) || left.ptr_eq(right);
        Ok((!equal).then(|| Difference::Values {
            left: short(left),
            right: short(right),
            relative: None,
        }))
    }

    fn output(&self, value: Value<'_>) -> Option<Output> {
        let outputs = FAMILIES
            .iter()
            .find_map(|family| family.output(value, self.context));
        outputs?.ok()
    }

    fn numbers(&self, (left, right): (Number, Number)) -> Option<Difference> {
        let relative = frame::relative(left.value, right.value);
        // Long whole numbers are alike as floats.
        let exact = left.is_int && right.is_int;
        let equal = if exact {
            left.text == right.text
        } else {
            relative <= self.tolerance
        };
        (!equal).then_some(Difference::Values {
            left: left.text,
            right: right.text,
            relative: (!exact).then_some(relative),
        })
    }

    fn items<'v>(&mut self, left: &[Value<'v>], right: &[Value<'v>], depth: usize) -> Found {
        for (position, (one, other)) in left.iter().zip(right).enumerate() {
            if let Some(found) = self.inside(&format!("[{position}]"), *one, *other, depth)? {
                return Ok(Some(found));
            }
        }
        let (left, right) = (left.len(), right.len());
        Ok((left != right).then_some(Difference::Lengths { left, right }))
    }

    fn named<'v>(
        &mut self,
        left: &[(String, Value<'v>)],
        right: &[(String, Value<'v>)],
        depth: usize,
    ) -> Found {
        for (key, one) in left {
            let Some((_, other)) = right.iter().find(|(known, _)| known == key) else {
                return Ok(Some(Difference::OnlyLeft { key: key.clone() }));
            };
            if let Some(found) = self.inside(key, *one, *other, depth)? {
                return Ok(Some(found));
            }
        }
        let only = right
            .iter()
            .find(|(key, _)| left.iter().all(|(known, _)| known != key));
        Ok(only.map(|(key, _)| Difference::OnlyRight { key: key.clone() }))
    }

    /// Compares a part of the values; its name stays in the path where it differs.
    fn inside<'v>(&mut self, part: &str, left: Value<'v>, right: Value<'v>, depth: usize) -> Found {
        let length = self.path.len();
        self.path.push_str(part);
        let found = self.values(left, right, depth + 1)?;
        if found.is_none() {
            self.path.truncate(length);
        }
        Ok(found)
    }

    /// Compares two tables, and shows the first cells that differ.
    fn tables(&self, left: &DataFrame, right: &DataFrame) -> Found {
        let differences = frame::compare(left, right, self.tolerance);
        if differences.is_empty() {
            return Ok(None);
        }
        if let Some(rows) = first_cells(&differences) {
            self.context.show(Output::Frame {
                height: Some(rows.height()),
                rows,
            });
        }
        Ok(Some(Difference::Tables(differences)))
    }

    fn evaluations(&mut self, left: &Evaluation, right: &Evaluation) -> Option<Difference> {
        for ((name, one), (_, other)) in left.figures().into_iter().zip(right.figures()) {
            let equal = match (one, other) {
                (Some(one), Some(other)) => frame::close(one, other, self.tolerance),
                (one, other) => one == other,
            };
            if !equal {
                let _ = write!(self.path, ".{name}");
                let text =
                    |figure: Option<f64>| figure.map_or_else(|| "None".to_owned(), |it| format!("{it:?}"));
                return Some(Difference::Values {
                    left: text(one),
                    right: text(other),
                    relative: one.zip(other).map(|(one, other)| frame::relative(one, other)),
                });
            }
        }
        let rest = [
            (".n", left.n.to_string(), right.n.to_string()),
            (
                ".confusion",
                format!("{:?}", left.confusion),
                format!("{:?}", right.confusion),
            ),
        ];
        self.texts(&rest)
    }

    fn models(&mut self, left: &FittedModel, right: &FittedModel) -> Found {
        let terms = |model: &FittedModel| model.recipe().terms().collect::<Vec<_>>().join(", ");
        let texts = [
            (
                ".estimator",
                left.estimator().to_string(),
                right.estimator().to_string(),
            ),
            (".target", left.target().to_owned(), right.target().to_owned()),
            (".terms", terms(left), terms(right)),
        ];
        if let Some(found) = self.texts(&texts) {
            return Ok(Some(found));
        }
        let found = self.tables(&left.coefficients()?, &right.coefficients()?)?;
        if found.is_some() {
            self.path.push_str(".coefficients()");
        }
        Ok(found)
    }

    /// Finds the first pair of texts that differ, and adds its name to the path.
    fn texts(&mut self, pairs: &[(&str, String, String)]) -> Option<Difference> {
        let (name, left, right) = pairs.iter().find(|(_, left, right)| left != right)?;
        self.path.push_str(name);
        Some(Difference::Values {
            left: left.clone(),
            right: right.clone(),
            relative: None,
        })
    }
}

/// A number as it is written.
struct Number {
    value: f64,
    is_int: bool,
    text: String,
}

fn number(value: Value<'_>) -> Option<Number> {
    let is_int = value.get_type() == "int";
    if !is_int && value.get_type() != "float" {
        return None;
    }
    let float = UnpackFloat::unpack_value(value).ok().flatten()?;
    Some(Number {
        value: float.0,
        is_int,
        text: value.to_repr(),
    })
}

/// A frame, or a column as a frame of one.
enum Table<'v> {
    Frame(&'v FrameValue),
    Column(DataFrame),
}

impl Table<'_> {
    fn collected(self, context: &CellContext) -> Result<DataFrame, Error> {
        match self {
            Self::Frame(frame) => Ok(frame.frame().collect(context.interrupt())?),
            Self::Column(table) => Ok(table),
        }
    }
}

fn table(value: Value<'_>) -> Option<Table<'_>> {
    if let Some(frame) = value.downcast_ref::<FrameValue>() {
        return Some(Table::Frame(frame));
    }
    let column = value.downcast_ref::<SeriesValue>()?.series().as_polars().clone();
    Some(Table::Column(column.into_frame()))
}

/// Returns the first cells that differ as a table of rows, columns and values; nothing where none do.
fn first_cells(differences: &Differences) -> Option<DataFrame> {
    let cells = &differences.cells;
    if cells.is_empty() {
        return None;
    }
    let texts =
        |text: &dyn Fn(&CellDifference) -> String| -> Vec<String> { cells.iter().map(text).collect() };
    let rows: Vec<u64> = cells.iter().map(|cell| cell.row as u64).collect();
    let columns = vec![
        Series::new("row".into(), rows).into(),
        Series::new("column".into(), texts(&|cell| cell.column.clone())).into(),
        Series::new("left".into(), texts(&|cell| cell.left.to_string())).into(),
        Series::new("right".into(), texts(&|cell| cell.right.to_string())).into(),
    ];
    DataFrame::new(cells.len(), columns).ok()
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Fails where two values differ, and says where: numbers, texts, lists, dicts, structs, frames, series, models and
    /// their metrics.
    ///
    /// Frames are the same when their columns have the same names and types in the same order, and their rows the same
    /// values in the same order. Two values that are not a number are equal.
    fn assert_equal<'v>(
        left: Value<'v>,
        right: Value<'v>,
        #[starlark(require = named, default = NoneOr::None)] tolerance: NoneOr<UnpackFloat>,
        #[starlark(require = named, default = NoneOr::None)] message: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let tolerance = tolerance.into_option().map_or(0.0, |tolerance| tolerance.0);
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(AssertError::Tolerance { found: tolerance }).or_fail();
        }
        let mut comparison = Comparison {
            context: context(eval)?,
            tolerance,
            path: String::new(),
        };
        match comparison.values(left, right, 0).or_fail()? {
            None => Ok(NoneType),
            Some(difference) => Err(AssertError::NotEqual {
                message: message.into_option().map(str::to_owned),
                path: comparison.path,
                difference,
            })
            .or_fail(),
        }
    }

    /// Fails where a condition is not true.
    fn assert_true<'v>(
        condition: Value<'v>,
        #[starlark(default = NoneOr::None)] message: NoneOr<&str>,
    ) -> anyhow::Result<NoneType> {
        match condition.unpack_bool() {
            Some(true) => Ok(NoneType),
            Some(false) => Err(AssertError::NotTrue {
                message: message.into_option().map(str::to_owned),
            })
            .or_fail(),
            None => Err(AssertError::NotABool {
                found: condition.get_type(),
            })
            .or_fail(),
        }
    }
}
