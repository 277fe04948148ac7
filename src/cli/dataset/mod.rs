//! `sheaf dataset`: the files and tables that pipelines name.

mod contents;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::columns::print;
use super::error::CliError;
use super::pipeline::described;
use super::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::Definitions;
use crate::pipeline::definition::{Dataset, SchemaColumn};
use crate::render::{Paint, plain};
use crate::repl::Screen as _;
use contents::{ImportSchema, Open, Preview, import_schema, preview};

/// Look at the files and tables that pipelines name.
#[derive(Debug, Args)]
#[command(after_help = "\
A dataset is named with its pipeline: nightly/predictions. The name alone does where only one pipeline has it.

Examples:
  sheaf dataset list
  sheaf dataset show nightly/predictions
  sheaf dataset preview predictions -p date=1912-04-15
  sheaf dataset import-schema predictions")]
pub(super) struct DatasetArguments {
    #[command(subcommand)]
    verb: DatasetVerb,
}

#[derive(Debug, Subcommand)]
enum DatasetVerb {
    /// List the datasets of all pipelines.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the columns of a dataset, as its definition says them.
    Show {
        /// The dataset: PIPELINE/NAME, or NAME.
        name: String,
        /// Print the definition as JSON.
        #[arg(long)]
        json: bool,
    },
    ImportSchema(ImportSchema),
    Preview(Preview),
}

pub(super) fn execute(arguments: &DatasetArguments, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let definitions = Definitions::read(&workspace)?;
    let datasets = datasets(&definitions);
    let paint = Paint::new(&terminal.error_style());
    for finding in definitions
        .files()
        .values()
        .filter_map(|file| file.pipeline.as_ref().err())
    {
        // Its datasets are not among the others.
        terminal.error(&format!(
            "{}{}\n",
            paint.hint("warning: "),
            plain(&finding.to_string())
        ));
    }
    match &arguments.verb {
        DatasetVerb::List { json } => list(&datasets, *json, terminal),
        DatasetVerb::Show { name, json } => show(&datasets, name, *json, terminal),
        DatasetVerb::ImportSchema(arguments) => {
            let (name, _) = find(&datasets, &arguments.name)?;
            import_schema(
                arguments,
                name,
                &Open {
                    workspace: &workspace,
                    definitions: &definitions,
                },
                terminal,
            )
        }
        DatasetVerb::Preview(arguments) => {
            let (name, _) = find(&datasets, &arguments.name)?;
            preview(
                arguments,
                name,
                &Open {
                    workspace: &workspace,
                    definitions: &definitions,
                },
                terminal,
            )
        }
    }
}

/// Returns the datasets of the pipelines that can be read, each as `PIPELINE/NAME`.
fn datasets(definitions: &Definitions) -> Vec<(String, &Dataset)> {
    let pipelines = definitions.files().iter();
    let readable = pipelines.filter_map(|(name, file)| Some((name, file.pipeline.as_ref().ok()?)));
    readable
        .flat_map(|(pipeline, definition)| {
            let datasets = definition.datasets.iter();
            datasets.map(move |(name, dataset)| (format!("{pipeline}/{name}"), dataset))
        })
        .collect()
}

fn schema(dataset: &Dataset) -> &[SchemaColumn] {
    match dataset {
        Dataset::File(file) => &file.schema,
        Dataset::Table(table) => &table.schema,
    }
}

fn list(datasets: &[(String, &Dataset)], is_json: bool, terminal: &Terminal) -> Result<(), Error> {
    let rows = datasets.iter().map(|(name, dataset)| {
        let columns = match schema(dataset).len() {
            0 => "-".to_owned(),
            columns => columns.to_string(),
        };
        vec![name.clone(), described(dataset), columns]
    });
    let json = datasets
        .iter()
        .map(|(name, dataset)| json!({ "name": name, "definition": dataset }));
    print(
        is_json,
        &["Dataset", "What", "Columns"],
        &rows.collect::<Vec<_>>(),
        Value::Array(json.collect()),
        terminal,
    )
}

/// Finds a dataset by its name, with or without its pipeline.
fn find<'d>(datasets: &'d [(String, &'d Dataset)], wanted: &str) -> Result<(&'d str, &'d Dataset), CliError> {
    let is_it = |name: &str| name == wanted || name.split_once('/').is_some_and(|(_, own)| own == wanted);
    let found: Vec<_> = datasets.iter().filter(|(name, _)| is_it(name)).collect();
    if let [(name, dataset)] = found.as_slice() {
        return Ok((name, dataset));
    }
    let is_one_of_several = !found.is_empty();
    let known = datasets
        .iter()
        .filter(|(name, _)| !is_one_of_several || is_it(name));
    Err(CliError::NoDataset {
        name: wanted.to_owned(),
        known: known.map(|(name, _)| name.clone()).collect(),
        is_one_of_several,
    })
}

fn show(
    datasets: &[(String, &Dataset)],
    wanted: &str,
    is_json: bool,
    terminal: &Terminal,
) -> Result<(), Error> {
    let (name, dataset) = find(datasets, wanted)?;
    let rows = schema(dataset)
        .iter()
        .map(|column| vec![column.name.clone(), column.dtype.clone()]);
    let what = described(dataset);
    print(
        is_json,
        &[name, &what],
        &rows.collect::<Vec<_>>(),
        json!({ "name": name, "definition": dataset }),
        terminal,
    )
}
