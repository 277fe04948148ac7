//! The command line, as clap reads it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::dataset::DatasetArguments;
use super::monitor::MonitorArguments;
use super::mount::Arguments as Mount;
use super::parameters::parameter;
use super::pipeline::PipelineArguments;
use super::runs::RunsArguments;
use super::secrets::Arguments as Secrets;
use super::serve::ServeArguments;
use super::trigger::TriggerArguments;
use crate::export::Target;

const EXAMPLES: &str = "\
Examples:
  sheaf                                         Start a prompt
  sheaf notes.py                                Open a notebook at the prompt
  sheaf init                                    Create a workspace in this folder
  sheaf run sessions/titanic_train.py           Run a notebook from start to end
  sheaf run nightly.py -p day=2026-01-31        Give a notebook a parameter
  sheaf run sessions/titanic_train.py --check   Run it and compare the results with its record
  sheaf test                                    Do this for every notebook that has a record
  sheaf present sessions/tour.py                Step through a notebook in front of a class
  sheaf show sessions/titanic_train.py          Print a notebook's cells
  sheaf convert notes.py --to percent           Print it in another format
  sheaf pipeline run nightly                    Run a pipeline: notebooks, copies, checks
  sheaf pipeline validate                       Check the pipelines in pipelines/
  sheaf monitor                                 Watch runs, down to the cell that failed

Exit codes: 0 success, 1 a cell failed, 2 wrong usage, 3 the notebook, its record or the workspace cannot be \
read, 4 results differ from the record, 130 interrupted, 141 the output was closed.";

/// A notebook for tabular machine learning that lives in the terminal and always replays.
#[derive(Debug, Parser)]
#[command(name = "sheaf", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(override_usage = "sheaf [FILE]\n       sheaf <COMMAND>")]
pub(super) struct Arguments {
    /// Open this notebook at the prompt.
    pub(super) file: Option<PathBuf>,
    /// What to do; without it, a prompt starts.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Run(Run),
    Test(Test),
    Present(Present),
    Show(Show),
    Cache(Cache),
    Convert(Convert),
    Init(Init),
    Monitor(MonitorArguments),
    Mount(Mount),
    Pipeline(PipelineArguments),
    Dataset(DatasetArguments),
    Runs(RunsArguments),
    Secrets(Secrets),
    Serve(ServeArguments),
    Trigger(TriggerArguments),
    Trust(Approve),
    Completions(Completions),
    /// What comes after a notebook, where nothing belongs.
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Run a notebook's cells in order, and stop at the first that fails.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  sheaf run sessions/titanic_train.py
  sheaf run sessions/titanic_score.py -p model=/mnt/models/titanic.ron
  sheaf run nightly.py -f params.yaml -p day=2026-01-31
  SHEAF_PARAM_DAY=2026-01-31 sheaf run nightly.py
  sheaf run sessions/titanic_explore.py --until 3
  sheaf run sessions/titanic_train.py --json | jq .seconds
  sheaf run nightly.py --resume
  sheaf run sessions/titanic_train.py --record
  sheaf run sessions/titanic_train.py --check --tolerance 1e-6")]
pub(super) struct Run {
    /// The notebook.
    pub(super) file: PathBuf,
    /// Set a parameter (the value of a widget); may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(super) parameters: Vec<(String, String)>,
    /// Read parameters from FILE (.yaml, .json or .ron); -p overrides it.
    #[arg(short = 'f', long = "parameter-file", value_name = "FILE")]
    pub(super) parameter_file: Option<PathBuf>,
    /// Stop after cell N, counted from 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) until: Option<u32>,
    /// Print one line of JSON for each cell.
    #[arg(long)]
    pub(super) json: bool,
    /// Allow %sh cells to run shell commands.
    #[arg(long)]
    pub(super) allow_shell: bool,
    /// Run up to N independent cells at the same time [default: one per core].
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) jobs: Option<u32>,
    /// Run every cell, without reading or writing the cache.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Resume a run that failed or was interrupted: from its first unfinished cell, with its parameters; -p
    /// overrides them.
    #[arg(long, conflicts_with = "no_cache")]
    pub(super) resume: bool,
    /// Write the results to NAME.record.ron beside the notebook; cells run one at a time unless -j is given.
    #[arg(long, conflicts_with = "until")]
    pub(super) record: bool,
    /// Run every cell and compare the results with the record; the exit code is 4 when they differ.
    #[arg(long, conflicts_with_all = ["record", "until", "resume"])]
    pub(super) check: bool,
    #[command(flatten)]
    pub(super) checking: Checking,
}

/// How results are compared with recorded ones.
#[derive(Debug, Args)]
pub(super) struct Checking {
    /// Relative tolerance for floats, as a share of the larger one [default: 1e-9].
    #[arg(long, value_name = "SHARE", value_parser = tolerance)]
    pub(super) tolerance: Option<f64>,
    /// Accept the results: write them to the record and show what changed.
    #[arg(long)]
    pub(super) update: bool,
    #[arg(long, value_name = "PATH", help = "Also write a JUnit XML report to PATH")]
    pub(super) junit: Option<PathBuf>,
}

impl Checking {
    /// Returns how much floats may differ, as a share of the larger one.
    pub(super) fn tolerance(&self) -> f64 {
        self.tolerance.unwrap_or(1e-9)
    }

    /// Returns the first of its flags that is given.
    pub(super) fn flag(&self) -> Option<&'static str> {
        let flags = [
            (self.tolerance.is_some(), "--tolerance"),
            (self.update, "--update"),
            (self.junit.is_some(), "--junit"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// Run every notebook that has a record and compare the results with it.
#[derive(Debug, Args)]
#[command(after_help = "\
Notebooks write to their mounts, as in any run. A notebook that reads what another one writes runs after it.

Examples:
  sheaf test
  sheaf test sessions -j 2
  sheaf test sessions/titanic_train.py --tolerance 1e-6
  sheaf test --junit target/notebooks.xml")]
pub(super) struct Test {
    /// Notebooks, and folders to search for notebooks with records.
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Run up to N notebooks at the same time [default: one per core].
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) jobs: Option<u32>,
    #[command(flatten)]
    pub(super) checking: Checking,
    /// Print one line of JSON for each notebook.
    #[arg(long)]
    pub(super) json: bool,
    /// Allow %sh cells to run shell commands.
    #[arg(long)]
    pub(super) allow_shell: bool,
}

/// Show the size of the cache, or clean it.
#[derive(Debug, Args)]
#[command(after_help = "\
The cache is in the workspace, or in the folder that SHEAF_CACHE names, which may be on a shared mount.

Examples:
  sheaf cache
  sheaf cache clean --older-than 30d
  sheaf cache clean --max-size 1GiB")]
pub(super) struct Cache {
    /// What to do; without it, the size is shown.
    #[command(subcommand)]
    pub(super) verb: Option<CacheVerb>,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheVerb {
    /// Remove results by age or down to a size; without an option, all of them.
    Clean {
        /// Remove results not used for this long, such as 30d or 12h.
        #[arg(long, value_name = "AGE", value_parser = age)]
        older_than: Option<Duration>,
        /// Then remove the least recently used results until the cache has this size, such as 500MB or 2GiB.
        #[arg(long, value_name = "SIZE", value_parser = size)]
        max_size: Option<u64>,
    },
}

/// Step through a notebook in front of a class: one key shows a cell, the next runs it.
#[derive(Debug, Args)]
#[command(after_help = "\
Keys: Enter run and continue, b back, r run again, g go to a number, / go to a title, p prompt, l list, ? all keys, q leave.

Examples:
  sheaf present sessions/tour.py
  sheaf present sessions/tour.py --type
  sheaf present sessions/tour.py --auto 10")]
pub(super) struct Present {
    /// The notebook.
    pub(super) file: PathBuf,
    /// Type code out, character by character; a key shows the rest at once.
    #[arg(long = "type")]
    pub(super) typed: bool,
    /// Advance without keys, SECONDS after each cell is shown.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub(super) auto: Option<Duration>,
    /// Allow %sh cells to run shell commands; without --auto, `allow_shell` in sheaf.ron does so too.
    #[arg(long)]
    pub(super) allow_shell: bool,
    /// Run every cell, without reading or writing the cache.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Set a parameter (the value of a widget); may be repeated.
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(super) parameters: Vec<(String, String)>,
    /// Read parameters from FILE (.yaml, .json or .ron); -p overrides it.
    #[arg(short = 'f', long = "parameter-file", value_name = "FILE")]
    pub(super) parameter_file: Option<PathBuf>,
}

/// Print a notebook's cells, highlighted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf show sessions/titanic_train.py
  sheaf show sessions/titanic_train.py --outputs
  sheaf show sessions/titanic_train.py | less -R")]
pub(super) struct Show {
    /// The notebook.
    pub(super) file: PathBuf,
    /// Also show each cell's recorded output; nothing is run.
    #[arg(long)]
    pub(super) outputs: bool,
}

/// Print a notebook in another format; html, ipynb and markdown include the recorded outputs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf convert sessions/titanic_train.py --to percent
  sheaf convert notes.ipynb --to databricks --out sessions/notes.py
  sheaf convert sessions/titanic_train.py --to html --out train.html")]
pub(super) struct Convert {
    /// The notebook.
    pub(super) file: PathBuf,
    /// The format to write.
    #[arg(long, value_name = "FORMAT", value_parser = target())]
    pub(super) to: Target,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replace the file of `--out` if it exists.
    #[arg(long, requires = "out")]
    pub(super) overwrite: bool,
}

/// Create a workspace: `sheaf.ron`, `sessions/` and `datasets/`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf init
  sheaf init ~/titanic")]
pub(super) struct Init {
    /// The folder; it is created if it is missing.
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
}

/// Approve the scopes of secrets, and the mounts and connections with credentials, of a workspace.
#[derive(Debug, Args)]
#[command(after_help = "\
A sheaf.ron that someone else wrote could name any entry of your keyring and any host to send it to. So its scopes, \
their stores, bindings and sinks, its mounts that send a secret or your identity, and its connections that send a secret, \
count only after you have approved them, and only as they are then; so do mounts that notebooks of others made in .sheaf/. What you approve is \
kept in your own folder, outside the workspace.

Examples:
  sheaf trust
  sheaf trust --yes
  sheaf trust --list
  sheaf trust ~/titanic --revoke")]
pub(super) struct Approve {
    /// A folder of the workspace.
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// Approve without asking, for scripts.
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Withdraw the approval.
    #[arg(long, conflicts_with_all = ["yes", "list"])]
    pub(super) revoke: bool,
    /// List the workspaces whose scopes you have approved.
    #[arg(long, conflicts_with = "yes")]
    pub(super) list: bool,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf completions bash > ~/.local/share/bash-completion/completions/sheaf
  sheaf completions zsh > ~/.zfunc/_sheaf
  sheaf completions fish > ~/.config/fish/completions/sheaf.fish")]
pub(super) struct Completions {
    /// The shell.
    pub(super) shell: Shell,
}

/// Takes the name of what a notebook can be converted to.
fn target() -> impl TypedValueParser<Value = Target> {
    let names = Target::all().map(Target::name);
    PossibleValuesParser::new(names).try_map(|name| Target::named(&name).ok_or("no such format"))
}

fn tolerance(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share: &f64| *share >= 0.0 && share.is_finite());
    share.ok_or_else(|| "expected a number of 0 or more, such as 1e-6".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 2.5".to_owned())
}

/// Reads a number of bytes: `500MB`, `2 GiB`, `1000`.
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1.0),
        "k" | "kb" => Some(1e3),
        "m" | "mb" => Some(1e6),
        "g" | "gb" => Some(1e9),
        "t" | "tb" => Some(1e12),
        "kib" => Some(1024.0),
        "mib" => Some(1024.0_f64.powi(2)),
        "gib" => Some(1024.0_f64.powi(3)),
        "tib" => Some(1024.0_f64.powi(4)),
        _ => None,
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) => Ok((number * factor) as u64),
        _ => Err("expected a size, such as 500MB or 2GiB".to_owned()),
    }
}

/// Reads a length of time: `30d`, `12h`, `2weeks`.
fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; expected a length of time, such as 30d or 12h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("1000", 1000),
            ("2 KiB", 2048),
            ("1.5MB", 1_500_000),
            ("5GiB", 5 << 30),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "x", "5 bananas", "1.2.3", "-1"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
