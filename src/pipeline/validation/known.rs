//! What expressions know where they stand in a pipeline.

use super::order::ancestors;
use crate::pipeline::definition::{Action, Activity, Pipeline};
use crate::pipeline::expression::{Known, Shape};

/// The names of what expressions know.
const ACTIVITIES: &str = "activities";

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
pub(super) fn of_activity(list: &[Activity], index: usize, outer: &Known) -> Known {
    let before = ancestors(list, index);
    let mut known = outer.clone();
    for (at, activity) in list.iter().enumerate() {
        if before.contains(&at) && at != index {
            done(&mut known, activity);
        } else {
            known.undone.insert(activity.name.clone());
        }
    }
    known
}

/// Returns what is known when a round of a list is over.
pub(super) fn after_all(list: &[Activity], outer: &Known) -> Known {
    let mut known = outer.clone();
    list.iter().for_each(|activity| done(&mut known, activity));
    known
}

/// Returns what is known within a `ForEach`.
pub(super) fn of_item(outer: &Known, item: Shape) -> Known {
    let mut known = outer.clone();
    known.names.insert("item".to_owned(), item);
    known
}

fn done(known: &mut Known, activity: &Activity) {
    let fields = [
        ("output", output(&activity.action)),
        ("status", Shape::Text),
        ("error", Shape::Any),
    ];
    known.undone.remove(&activity.name);
    if let Some(Shape::Object { fields: all, .. }) = known.names.get_mut(ACTIVITIES) {
        all.insert(activity.name.clone(), Shape::closed(fields));
    }
}

fn trigger() -> Shape {
    let times = ["name", "scheduled_time", "window_start", "window_end"];
    let times = times.map(|name| (name, Shape::Text));
    let files = [("files", Shape::List(Box::new(Shape::Text)))];
    Shape::closed(times.into_iter().chain(files))
}

/// Returns what an activity gives.
fn output(action: &Action) -> Shape {
    match action {
        Action::Notebook(_) => Shape::closed([("exit_value", Shape::Any), ("task_values", Shape::open([]))]),
        Action::Script(_) => Shape::closed([("rows_changed", Shape::Any)]),
        Action::Lookup(lookup) if lookup.rows.is_some() => Shape::closed([
            ("count", Shape::Number),
            ("rows", Shape::List(Box::new(Shape::open([])))),
        ]),
        Action::Lookup(_) => Shape::closed([("first_row", Shape::Any)]),
        Action::Wait(_) => Shape::closed([("waited", Shape::Text)]),
        Action::Http(_) => Shape::closed([
            ("status", Shape::Number),
            ("headers", Shape::open([])),
            ("body", Shape::Any),
        ]),
        Action::Copy(_)
        | Action::Validate(_)
        | Action::Pipeline(_)
        | Action::Fail(_)
        | Action::If(_)
        | Action::Switch(_)
        | Action::ForEach(_)
        | Action::Until(_) => Shape::open([]),
    }
}
