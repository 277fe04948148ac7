//! [`Validate`]: checks what is in a dataset.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polars::prelude::{AnyValue, DataFrame};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::assertion::{Assertion, count, name};
use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::reading::{Opened, open_dataset};
use super::uses::Uses;
use crate::error::nearest;
use crate::frame::{Expression, Frame, Scalar};
use crate::pipeline::data::check_schema;
use crate::pipeline::span::Span;

/// Checks what is in a dataset, and fails where it is not what it should be; its output has the rows and what holds of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    /// The dataset.
    pub dataset: String,
    /// What has to hold.
    pub assertions: Vec<Assertion>,
}

/// What was found of an assertion: whether it holds, and what of it does not.
type Judgement = Result<(), String>;

impl Perform for Validate {
    fn kind(&self) -> &'static str {
        "Validate"
    }

    fn uses(&self) -> Uses<'_> {
        let mut uses = Uses::default().dataset(&self.dataset);
        for (index, assertion) in self.assertions.iter().enumerate() {
            for (field, value) in assertion.values() {
                uses = uses.value(format!("assertions[{index}].{field}"), value);
            }
            if let Assertion::Holds(condition) = assertion {
                uses = uses.text(format!("assertions[{index}]"), condition);
            }
        }
        uses
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let opened = open_dataset(&self.dataset, false, context)?;
        let frame = &opened.frame;
        self.check_columns(frame)?;
        let faults = self.count_faults(frame, context)?;
        let mut results = Vec::new();
        let mut broken = Vec::new();
        for (assertion, faults) in self.assertions.iter().zip(&faults.counts) {
            context.check()?;
            let verdict = match faults {
                Some(0) => Ok(()),
                Some(1) => Err("violated by 1 row".to_owned()),
                Some(faults) => Err(format!("violated by {faults} rows")),
                None => whole(assertion, &opened, context)?,
            };
            let told = assertion.to_string();
            results.push(told.clone());
            broken.extend(verdict.err().map(|found| format!("{told}: {found}")));
        }
        if broken.is_empty() {
            return Ok(json!({ "rows": faults.rows, "held": results }));
        }
        Err(ActivityError::Invalid {
            dataset: self.dataset.clone(),
            broken,
        })
    }
}

/// How many rows there are, and how many of them do not keep each assertion that is about single rows.
struct Faults {
    rows: u64,
    counts: Vec<Option<u64>>,
}

impl Validate {
    /// Checks that the dataset has the columns that assertions name.
    fn check_columns(&self, frame: &Frame) -> Result<(), ActivityError> {
        let known = frame.columns().map_err(ActivityError::of)?;
        let mut named = self.assertions.iter().flat_map(Assertion::columns);
        match named.find(|column| !known.iter().any(|other| other == column)) {
            None => Ok(()),
            Some(column) => Err(ActivityError::NoColumn {
                dataset: self.dataset.clone(),
                column: column.to_owned(),
                hint: match nearest(column, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("it has {}", known.join(", ")),
                },
            }),
        }
    }

    /// Counts the rows, and those that do not keep an assertion, all in one pass.
    fn count_faults(&self, frame: &Frame, context: &PerformContext<'_>) -> Result<Faults, ActivityError> {
        let mut selected = vec![Expression::parse("count(*) AS all_rows").map_err(ActivityError::of)?];
        let mut places = Vec::new();
        for assertion in &self.assertions {
            places.push(match assertion.fault(context.scope())? {
                None => None,
                Some(fault) => {
                    let place = selected.len();
                    let counted = Expression::parse(&format!("count_if({fault}) AS faults_{place}"));
                    selected.push(counted.map_err(ActivityError::of)?);
                    Some(place)
                }
            });
        }
        let counted = frame.select(&selected).map_err(ActivityError::of)?;
        let counted = counted.collect(context.interrupt()).map_err(ActivityError::of)?;
        let number = |place: usize| first(&counted, place);
        Ok(Faults {
            rows: number(0)?,
            counts: places
                .into_iter()
                .map(|place| place.map(number).transpose())
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Judges an assertion that is about all rows.
fn whole(
    assertion: &Assertion,
    opened: &Opened<'_>,
    context: &PerformContext<'_>,
) -> Result<Judgement, ActivityError> {
    Ok(match assertion {
        Assertion::RowCount { min, max } => {
            let rows = opened
                .frame
                .height(context.interrupt())
                .map_err(ActivityError::of)? as u64;
            let bound = |value: &Option<Value>, field| {
                let bound = value.as_ref().map(|value| count(value, field, context.scope()));
                bound.transpose()
            };
            let (min, max) = (bound(min, "min")?, bound(max, "max")?);
            if min.is_some_and(|min| rows < min) || max.is_some_and(|max| rows > max) {
                Err(format!("there are {rows}"))
            } else {
                Ok(())
            }
        }
        Assertion::Unique(columns) => match repeated(&opened.frame, columns, context)? {
            0 => Ok(()),
            1 => Err("1 value occurs more than once".to_owned()),
            repeated => Err(format!("{repeated} values occur more than once")),
        },
        Assertion::Schema => {
            check_schema(opened.name, opened.schema(), &opened.frame).map_err(|error| error.to_string())
        }
        Assertion::Freshness { within, column } => fresh(opened, *within, column.as_deref(), context)?,
        // They are about single rows.
        Assertion::NotNull(_) | Assertion::Range { .. } | Assertion::InSet { .. } | Assertion::Holds(_) => {
            Ok(())
        }
    })
}

/// Counts the values of columns that more than one row has.
fn repeated(frame: &Frame, columns: &[String], context: &PerformContext<'_>) -> Result<u64, ActivityError> {
    let keys = columns.iter().map(|column| Expression::col(column));
    let keys: Vec<Expression> = keys.collect();
    let known = columns
        .iter()
        .map(|column| format!("{} IS NOT NULL", name(column)));
    let known: Vec<String> = known.collect();
    let known = Expression::parse(&known.join(" AND ")).map_err(ActivityError::of)?;
    let often = |text: &str| Expression::parse(text).map_err(ActivityError::of);
    let all = frame
        .filter(&[known])
        .and_then(|frame| {
            frame
                .group_by(&keys)?
                .agg(&[Expression::parse("count(*) AS how_often")?])
        })
        .map_err(ActivityError::of)?;
    let counted = all
        .select(&[often("count_if(how_often > 1) AS repeated")?])
        .and_then(|counted| counted.collect(context.interrupt()))
        .map_err(ActivityError::of)?;
    first(&counted, 0)
}

/// Judges how old what is in a dataset is.
fn fresh(
    opened: &Opened<'_>,
    within: Span,
    column: Option<&str>,
    context: &PerformContext<'_>,
) -> Result<Judgement, ActivityError> {
    let latest = if let Some(column) = column {
        latest_value(&opened.frame, column, context)?
    } else {
        if opened.is_table {
            return Err(ActivityError::Value {
                field: "Freshness".to_owned(),
                found: "asked of a table without a `column`".to_owned(),
                expected: "asked of a file, or given a `column` of times",
            });
        }
        let times = opened.frame.sources().iter().map(|file| file.version()?.modified);
        // The oldest of the files counts.
        let times: Option<Vec<SystemTime>> = times.collect();
        times.and_then(|times| times.into_iter().min())
    };
    let Some(latest) = latest else {
        return Ok(Err("it has no time".to_owned()));
    };
    let age = SystemTime::now().duration_since(latest).unwrap_or_default();
    if age <= within.0 {
        return Ok(Ok(()));
    }
    let age = Duration::from_secs(age.as_secs());
    Ok(Err(format!("it is {} old", humantime::format_duration(age))))
}

/// Returns the largest value of a column of times.
fn latest_value(
    frame: &Frame,
    column: &str,
    context: &PerformContext<'_>,
) -> Result<Option<SystemTime>, ActivityError> {
    let largest =
        Expression::parse(&format!("max({}) AS latest", name(column))).map_err(ActivityError::of)?;
    let found = frame
        .select(&[largest])
        .and_then(|found| found.collect(context.interrupt()))
        .map_err(ActivityError::of)?;
    let value = found.columns().first().and_then(|column| column.get(0).ok());
    let nanoseconds = match value.as_ref().map(Scalar::from) {
        None | Some(Scalar::Null) => return Ok(None),
        Some(Scalar::Date(days)) => i128::from(days) * 86_400_000_000_000,
        Some(Scalar::Datetime(nanoseconds, _)) => nanoseconds,
        Some(other) => {
            return Err(ActivityError::Value {
                field: format!("column {column:?}"),
                found: format!("of {} values", other.kind()),
                expected: "of dates or times",
            });
        }
    };
    let since = u64::try_from(nanoseconds).map(Duration::from_nanos);
    Ok(Some(since.map_or(UNIX_EPOCH, |since| UNIX_EPOCH + since)))
}

/// Reads a number of the only row.
fn first(table: &DataFrame, place: usize) -> Result<u64, ActivityError> {
    let value = table.columns().get(place).and_then(|column| column.get(0).ok());
    value
        .as_ref()
        .and_then(AnyValue::extract)
        .ok_or_else(|| ActivityError::Within("the rows could not be counted".to_owned()))
}
