//! What expressions know where they stand in a pipeline.

use std::collections::BTreeMap;

use polars::prelude::DataType;

use super::order::ancestors;
use crate::frame::parse_dtype;
use crate::pipeline::activity::Source;
use crate::pipeline::definition::{Action, Activity, Condition, Dataset, Pipeline};
use crate::pipeline::expression::{Known, Shape};

/// The names of what expressions know.
const ACTIVITIES: &str = "activities";
/// The datasets of a pipeline, by name.
type Datasets = BTreeMap<String, Dataset>;

/// The name of what an activity gave.
const OUTPUT: &str = "output";

/// Returns what expressions know where nothing has run: the parameters, the trigger and the run.
pub(super) fn of_pipeline(pipeline: &Pipeline) -> Known {
    let parameters = pipeline.parameters.iter();
    let parameters = parameters.map(|(name, default)| (name.as_str(), Shape::of(default)));
    let names = [
        ("parameters", Shape::closed(parameters)),
        ("trigger", trigger()),
        (
            "run",
            Shape::closed(["id", "pipeline", "started", "trigger"].map(|name| (name, Shape::Text))),
        ),
        (ACTIVITIES, Shape::closed([])),
    ];
    Known {
        names: names.map(|(name, shape)| (name.to_owned(), shape)).into(),
        ..Known::default()
    }
}

/// Returns what expressions of a trigger's parameters know.
pub(super) fn of_trigger() -> Known {
    Known {
        names: [("trigger".to_owned(), trigger())].into(),
        ..Known::default()
    }
}

/// Returns what expressions of an alert know: the facts of the run, beside what all know.
pub(super) fn of_alert(pipeline: &Pipeline) -> Known {
    let mut known = of_pipeline(pipeline);
    let facts = ["id", "pipeline", "started", "trigger", "status"];
    known.names.insert(
        "run".to_owned(),
        Shape::open(facts.map(|name| (name, Shape::Text))),
    );
    known.names.insert(ACTIVITIES.to_owned(), Shape::open([]));
    known
}

/// Returns what an activity of a list knows, where `outer` is known around the list.
pub(super) fn of_activity(list: &[Activity], index: usize, outer: &Known, datasets: &Datasets) -> Known {
    let before = ancestors(list, index);
    let own = list.get(index);
    let mut known = outer.clone();
    for (at, activity) in list.iter().enumerate() {
        if before.contains(&at) && at != index {
            done(&mut known, activity, datasets);
            if matches!(
                own.and_then(|own| own.after.get(&activity.name)),
                Some(Condition::Failed | Condition::Skipped)
            ) {
                without_output(&mut known, activity);
            }
        } else {
            known.undone.insert(activity.name.clone());
        }
    }
    known
}

/// Returns what is known when a round of a list is over.
pub(super) fn after_all(list: &[Activity], outer: &Known, datasets: &Datasets) -> Known {
    let mut known = outer.clone();
    list.iter()
        .for_each(|activity| done(&mut known, activity, datasets));
    known
}

/// Returns what is known within a `ForEach`.
pub(super) fn of_item(outer: &Known, item: Shape) -> Known {
    let mut known = outer.clone();
    known.names.insert("item".to_owned(), item);
    known
}

fn done(known: &mut Known, activity: &Activity, datasets: &Datasets) {
    let fields = [
        (OUTPUT, output(&activity.action, datasets)),
        ("status", Shape::Text),
        ("error", Shape::Any),
    ];
    known.undone.remove(&activity.name);
    if let Some(Shape::Object { fields: all, .. }) = known.names.get_mut(ACTIVITIES) {
        all.insert(activity.name.clone(), Shape::closed(fields));
    }
}

/// Says that an activity gave nothing: it is certain to have failed, or not to have run.
fn without_output(known: &mut Known, activity: &Activity) {
    if let Some(Shape::Object { fields: all, .. }) = known.names.get_mut(ACTIVITIES)
        && let Some(Shape::Object { fields, .. }) = all.get_mut(&activity.name)
    {
        fields.remove(OUTPUT);
    }
}

fn trigger() -> Shape {
    let times = ["name", "scheduled_time", "window_start", "window_end"];
    let times = times.map(|name| (name, Shape::Text));
    let files = [("files", Shape::List(Box::new(Shape::Text)))];
    Shape::closed(times.into_iter().chain(files))
}

/// Returns a row of a source: of a dataset, its columns, which a run checks before it reads them.
fn row(source: &Source, datasets: &Datasets) -> Shape {
    let dataset = match source {
        Source::Dataset(name) => datasets.get(name),
        Source::Query { .. } => None,
    };
    let schema = match dataset {
        Some(Dataset::File(file)) => file.schema.as_slice(),
        Some(Dataset::Table(table)) => table.schema.as_slice(),
        None => &[],
    };
    if schema.is_empty() {
        return Shape::open([]);
    }
    Shape::closed(schema.iter().map(|column| {
        let shape = match parse_dtype(&column.dtype) {
            Ok(DataType::Boolean) => Shape::Truth,
            Ok(DataType::String) => Shape::Text,
            // A decimal with many digits is a text.
            Ok(dtype) if dtype.is_primitive_numeric() => Shape::Number,
            _ => Shape::Any,
        };
        (column.name.as_str(), shape)
    }))
}

/// Returns the field of what activities within gave, by name.
fn within() -> (&'static str, Shape) {
    (ACTIVITIES, Shape::open([]))
}

/// Returns what an activity gives.
fn output(action: &Action, datasets: &Datasets) -> Shape {
    match action {
        Action::Notebook(_) => Shape::closed([("exit_value", Shape::Any), ("task_values", Shape::open([]))]),
        Action::Script(_) => Shape::closed([("rows_changed", Shape::Any)]),
        Action::Lookup(lookup) if lookup.rows.is_some() => Shape::closed([
            ("count", Shape::Number),
            ("rows", Shape::List(Box::new(row(&lookup.source, datasets)))),
        ]),
        Action::Lookup(lookup) => Shape::closed([("first_row", row(&lookup.source, datasets))]),
        Action::Wait(_) => Shape::closed([("waited", Shape::Text)]),
        Action::Http(_) => Shape::closed([
            ("status", Shape::Number),
            ("headers", Shape::open([])),
            ("body", Shape::Any),
        ]),
        Action::Copy(_) => Shape::closed([
            ("rows_read", Shape::Number),
            ("rows_written", Shape::Number),
            ("rows_rejected", Shape::Number),
            ("sinks", Shape::List(Box::new(Shape::open([])))),
        ]),
        Action::Validate(_) => Shape::closed([
            ("rows", Shape::Number),
            ("held", Shape::List(Box::new(Shape::Text))),
        ]),
        Action::Pipeline(_) => Shape::closed([within()]),
        Action::Fail(_) => Shape::closed([]),
        Action::If(_) => Shape::closed([("condition", Shape::Truth), within()]),
        Action::Switch(_) => Shape::closed([("case", Shape::Any), within()]),
        Action::ForEach(_) => Shape::closed([
            ("count", Shape::Number),
            ("items", Shape::List(Box::new(Shape::open([])))),
        ]),
        Action::Until(_) => Shape::closed([("rounds", Shape::Number), within()]),
    }
}
