//! `sheaf pipeline show NAME`: what a pipeline does, in which order.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::Definitions;
use crate::pipeline::activity::Source;
use crate::pipeline::definition::{Action, Activity, Dataset, Pipeline, Trigger};
use crate::render::plain;
use crate::repl::Screen as _;

/// Show what a pipeline does, in which order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf pipeline show nightly
  sheaf pipeline show nightly --json | jq .definition.activities")]
pub(super) struct ShowPipeline {
    /// The pipeline: the name of its file in pipelines/, without .ron.
    name: String,
    /// Print the definition as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn show(arguments: &ShowPipeline, terminal: &Terminal) -> Result<(), Error> {
    let definitions = Definitions::read(&current_workspace()?)?;
    let pipeline = definitions.get(&arguments.name)?;
    if arguments.json {
        let definition = json!({ "name": arguments.name, "definition": pipeline });
        return terminal.verbatim(&format!("{definition:#}\n"));
    }
    terminal.out(&plain(&text(&arguments.name, pipeline)))
}

fn text(name: &str, pipeline: &Pipeline) -> String {
    let mut text = match pipeline.description.as_str() {
        "" => format!("{name}\n"),
        description => format!("{name}: {description}\n"),
    };
    let parameters = pipeline.parameters.iter().map(|(name, default)| {
        let default = match default {
            Value::Null => "has to be given".to_owned(),
            default => default.to_string(),
        };
        (name.clone(), default)
    });
    section(&mut text, "Parameters", parameters);
    let datasets = pipeline.datasets.iter();
    section(
        &mut text,
        "Datasets",
        datasets.map(|(name, dataset)| (name.clone(), described(dataset))),
    );
    let mut activities = Vec::new();
    lines(&pipeline.activities, 0, &mut activities);
    section(&mut text, "Activities", activities.into_iter());
    let triggers = pipeline
        .triggers
        .iter()
        .map(|(name, trigger)| (name.clone(), when(trigger)));
    section(&mut text, "Triggers", triggers);
    text
}

/// Adds a heading, and below it names and what they are in two columns.
fn section(text: &mut String, heading: &str, lines: impl Iterator<Item = (String, String)>) {
    let lines: Vec<_> = lines.collect();
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or_default();
    if !lines.is_empty() {
        text.push_str(&format!("\n{heading}\n"));
    }
    for (name, what) in lines {
        text.push_str(format!("  {name:width$}  {what}").trim_end());
        text.push('\n');
    }
}

fn lines(list: &[Activity], depth: usize, found: &mut Vec<(String, String)>) {
    for activity in list {
        let after = activity
            .after
            .iter()
            .map(|(name, condition)| format!("{name} {condition:?}"));
        let after: Vec<String> = after.collect();
        let mut what = format!("{} {}", activity.action.kind(), does(&activity.action));
        if !after.is_empty() {
            what = format!("{}  after {}", what.trim_end(), after.join(", "));
        }
        found.push((format!("{}{}", "  ".repeat(depth), activity.name), what));
        for within in activity.action.within() {
            lines(within, depth + 1, found);
        }
    }
}

/// Says in a few words what an activity works on.
fn does(action: &Action) -> String {
    let source = |source: &Source| match source {
        Source::Dataset(name) => name.clone(),
        Source::Query { connection, .. } => format!("a query on {connection}"),
    };
    match action {
        Action::Notebook(notebook) => notebook.path.to_string(),
        Action::Copy(copy) => {
            let sinks: Vec<&str> = copy.sinks.iter().map(|sink| sink.dataset.as_str()).collect();
            format!("{} → {}", source(&copy.source), sinks.join(", "))
        }
        Action::Script(script) => format!("on {}", script.connection),
        Action::Lookup(lookup) => source(&lookup.source),
        Action::Validate(validate) => validate.dataset.clone(),
        Action::Pipeline(invoke) => invoke.pipeline.clone(),
        Action::Wait(wait) => wait.duration.to_string(),
        Action::Fail(fail) => fail.message.to_string(),
        Action::Http(http) => http.url.to_string(),
        Action::If(branches) => branches.condition.to_string(),
        Action::Switch(switch) => switch.on.to_string(),
        Action::ForEach(each) => each.items.to_string(),
        Action::Until(until) => until.condition.to_string(),
    }
}

/// Says in a few words what a dataset is.
pub(in crate::cli) fn described(dataset: &Dataset) -> String {
    match dataset {
        Dataset::File(file) => format!("File {}", file.path),
        Dataset::Table(table) => format!("Table {} of {}", table.table, table.connection),
    }
}

fn when(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Schedule(schedule) => {
            format!(
                "Schedule {} ({})",
                schedule.cron,
                schedule.zone.as_deref().unwrap_or("UTC")
            )
        }
        Trigger::Window(window) => format!("Window {} from {}", window.size, window.start),
        Trigger::Event(event) => format!("Event {}", event.path),
    }
}
