//! [`Comparison`]: finding the first difference between two values, however they are nested.

use std::fmt::Write as _;

use polars::prelude::DataFrame;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{UnpackValue as _, Value, ValueLike};

use super::AssertError;
use super::difference::{Difference, first_cells};
use crate::digest::Digest;
use crate::error::Error;
use crate::frame;
use crate::language::BUILTIN_MODULES;
use crate::language::frame::FrameValue;
use crate::language::frame::SeriesValue;
use crate::language::show::short;
use crate::language::texts::repr;
use crate::model::{Evaluation, FittedModel};
use crate::output::Output;
use crate::session::CellContext;

/// How deep values may be nested: a list may even hold itself.
const DEEPEST: usize = 64;

/// Finds the first difference between two values.
pub(super) struct Comparison<'a> {
    context: &'a CellContext,
    tolerance: f64,
    /// Where in the values: `[2]["name"]`.
    path: String,
}

/// The first difference, if there is one.
type Found = Result<Option<Difference>, Error>;

impl<'a> Comparison<'a> {
    /// Compares in a cell; two floats may be apart by `tolerance`, as a share of the larger.
    pub(super) fn new(context: &'a CellContext, tolerance: f64) -> Self {
        Self {
            context,
            tolerance,
            path: String::new(),
        }
    }

    /// Finds the first difference, and where in the values it is.
    pub(super) fn find<'v>(
        mut self,
        left: Value<'v>,
        right: Value<'v>,
    ) -> Result<Option<(String, Difference)>, Error> {
        let found = self.values(left, right, 0)?;
        Ok(found.map(|difference| (self.path, difference)))
    }

    fn values<'v>(&mut self, left: Value<'v>, right: Value<'v>, depth: usize) -> Found {
        if depth > DEEPEST {
            return Err(AssertError::TooDeep { deepest: DEEPEST }.into());
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
                    .map(|(key, value)| (format!("[{}]", repr(key)), value))
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
        let outputs = BUILTIN_MODULES
            .iter()
            .find_map(|module| module.output(value, self.context));
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
        Ok(Some(Difference::Tables(Box::new(differences))))
    }

    fn evaluations(&mut self, left: &Evaluation, right: &Evaluation) -> Option<Difference> {
        let names = |of: &Evaluation| -> Vec<&str> { of.figures().iter().map(|(name, _)| *name).collect() };
        let tasks = [("", names(left).join(", "), names(right).join(", "))];
        if let Some(found) = self.texts(&tasks) {
            return Some(found);
        }
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
        let confusion = |of: &Evaluation| of.classification().map(|of| format!("{:?}", of.confusion));
        let rest = [
            (".n", left.n().to_string(), right.n().to_string()),
            (
                ".confusion",
                confusion(left).unwrap_or_default(),
                confusion(right).unwrap_or_default(),
            ),
        ];
        self.texts(&rest)
    }

    fn models(&mut self, left: &FittedModel, right: &FittedModel) -> Found {
        let terms = |model: &FittedModel| model.recipe().terms().collect::<Vec<_>>().join(", ");
        let target = |model: &FittedModel| model.target().unwrap_or("None").to_owned();
        let texts = [
            (
                ".estimator",
                left.estimator().to_string(),
                right.estimator().to_string(),
            ),
            (".target", target(left), target(right)),
            (".terms", terms(left), terms(right)),
        ];
        if let Some(found) = self.texts(&texts) {
            return Ok(Some(found));
        }
        if left.linear().is_none() || right.linear().is_none() {
            // What was learnt has no form that a tolerance could be measured in.
            let (left, right) = (left.digest()?, right.digest()?);
            let learnt = |digest: Digest| format!("the model of digest {}", digest.short());
            return Ok(self.texts(&[("", learnt(left), learnt(right))]));
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
        text: repr(value),
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
