//! What can go wrong between the command line and the library.

use std::path::PathBuf;

use crate::error::{Kind, Problem, nearest};

/// A failure of the program around its cells.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The reader of standard output is gone, as with `| head`.
    #[error("standard output is closed")]
    BrokenPipe,
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {reason}")]
    Output { reason: String },
    /// Signals cannot be caught.
    #[error("cannot listen for signals: {reason}")]
    Signals { reason: String },
    /// A parameter is given twice.
    #[error("the parameter `{name}` is given twice")]
    RepeatedParameter { name: String },
    /// A parameter is given what its default is not.
    #[error("the parameter `{name}` is {expected}, and is given {found}")]
    ParameterType {
        name: String,
        /// What it is by its default.
        expected: &'static str,
        /// What it is given, as it was typed.
        found: String,
    },
    /// `--until` names a cell that is not there.
    #[error("--until {until}: {file} has {cells} cell{plural}", file = file.display(), plural = if *.cells == 1 { "" } else { "s" })]
    UntilTooLarge { until: u32, file: PathBuf, cells: usize },
    /// There is no folder for a cache.
    #[error("there is no folder for the cache: no workspace here and no home folder")]
    NoCache,
    /// A notebook cannot be presented without keys.
    #[error("presenting needs a terminal")]
    NoTerminal,
    /// There is no terminal in which runs could be watched.
    #[error("`sheaf monitor` needs a terminal")]
    NobodyWatches,
    /// A path that a systemd unit cannot hold.
    #[error("a systemd unit cannot hold the path {path:?}")]
    NotInUnit { path: PathBuf },
    /// The terminal cannot be drawn on.
    #[error("the terminal cannot be used: {reason}")]
    Screen { reason: String },
    /// A run that did not begin again.
    #[error("{run} does not begin again: {reason}")]
    NotRepeated { run: String, reason: String },
    /// A flag is about comparing, and nothing is compared.
    #[error("{flag} needs --check")]
    NeedsCheck { flag: &'static str },
    /// The `JUnit` report cannot be written.
    #[error("cannot write the JUnit report {path}: {reason}", path = path.display())]
    Junit { path: PathBuf, reason: String },
    /// There is no place for the `JUnit` report, which is found before anything runs.
    #[error("--junit: {reason}")]
    JunitPlace { path: PathBuf, reason: String },
    /// There is no dataset of this name, or there are several.
    #[error("there {} {name:?}", if *.is_one_of_several { "is more than one dataset" } else { "is no dataset" })]
    NoDataset {
        name: String,
        known: Vec<String>,
        is_one_of_several: bool,
    },
    /// A definition whose text cannot be edited.
    #[error(
        "{file} cannot be edited without changing more than the schema of {dataset:?}, and was left as it is"
    )]
    NotEditable { file: String, dataset: String },
    /// A definition that cannot be written.
    #[error("{file} cannot be written, and was left as it is: {reason}")]
    Definition { file: String, reason: String },
    /// There is neither a command nor a notebook of this name.
    #[error("there is no notebook or command {name:?}")]
    NeitherFileNorCommand { name: String, near: Option<String> },
    /// An approval, which a person gives, without a person to ask.
    #[error("approving needs a terminal")]
    NobodyApproves,
    /// A person who does not approve.
    #[error("nothing was approved")]
    NotApproved,
    /// An approval that cannot be kept or removed.
    #[error("the approval cannot be {done}: {reason}")]
    Approval { done: &'static str, reason: String },
    /// A request that is not what its command takes.
    #[error("--json: {reason}")]
    Request { reason: String },
    /// A scope that is there already.
    #[error("there is a scope {scope:?} already")]
    ScopeExists { scope: String },
    /// A store that is not written as `sheaf.ron` has it.
    #[error("--store: {reason}")]
    Store { reason: String },
    /// A permission without which nobody would manage the scope.
    #[error("nobody would be left who may MANAGE the scope {scope:?}")]
    NobodyManages { scope: String },
    /// A permission that nobody gave.
    #[error("{principal} has no permission of their own for the scope {scope:?}")]
    NoAcl {
        scope: String,
        principal: String,
        known: Vec<String>,
    },
    /// A value in an argument.
    #[error(
        "a value is not taken from {what}: every user of this machine can read arguments, and shells keep them"
    )]
    ValueInArgument { what: &'static str },
    /// A value without a byte.
    #[error("the value is empty: nothing was stored")]
    EmptyValue,
    /// A value that was typed differently the second time.
    #[error("the two values differ: nothing was stored")]
    DifferentValues,
    /// A file with a value that cannot be read.
    #[error("cannot read the value from {path}: {reason}", path = path.display())]
    ValueFile { path: PathBuf, reason: String },
    /// Standard input that cannot be read.
    #[error("cannot read the value: {reason}")]
    Input { reason: String },
    /// An editor that does not give a value.
    #[error("the editor gave no value: {reason}")]
    Editor { reason: String },
    /// A value that would be shown to something else than a person.
    #[error("--reveal needs a terminal")]
    RevealNeedsTerminal,
    /// A mount point that is taken.
    #[error("{mount_point} is mounted already: it is {place}")]
    MountExists { mount_point: String, place: String },
    /// A setting of a mount that is given twice.
    #[error("the setting {name} is given twice")]
    RepeatedSetting { name: String },
    /// A secret that is not named by its scope and its key; what was typed could be a value.
    #[error("--secret: what follows the = is not SCOPE/KEY")]
    NoSecretName,
    /// An attempt in which no notebook ran.
    #[error("{}", no_notebook(.run, .path, *.attempt, .kind, *.attempts))]
    NoNotebookRan {
        run: String,
        path: String,
        attempt: u32,
        kind: String,
        attempts: u32,
    },
    /// More than one notebook is named for the prompt.
    #[error("the prompt opens one notebook, but was also given {more:?}")]
    MoreThanAFile { more: String },
}

/// Says why there is no notebook of an attempt.
fn no_notebook(run: &str, path: &str, attempt: u32, kind: &str, attempts: u32) -> String {
    match (kind, attempts) {
        (_, 0) => format!("{path:?} did not run in the run {run}"),
        ("Notebook", 1) => {
            format!("{path:?} ran no notebook in attempt {attempt} of the run {run}, which made 1 attempt")
        }
        ("Notebook", _) => {
            format!(
                "{path:?} ran no notebook in attempt {attempt} of the run {run}, which made {attempts} attempts"
            )
        }
        (kind, _) => format!("{path:?} is an activity {kind}, which runs no notebook"),
    }
}

/// Finds the dataset that was meant, with or without its pipeline.
fn near_dataset<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let own = |full: &'k str| full.rsplit('/').next().unwrap_or(full);
    let all = || known.iter().map(String::as_str);
    nearest(name, all()).or_else(|| {
        let near = nearest(name, all().map(own))?;
        all().find(|full| own(full) == near)
    })
}

impl Problem for CliError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::RepeatedParameter { name } => Some(format!("keep one `-p {name}=…`")),
            Self::ParameterType { name, .. } => Some(format!(
                "give one as JSON writes it, such as -p {name}=3, true or '[\"a\"]'"
            )),
            Self::UntilTooLarge { cells, .. } => Some(match cells {
                0 | 1 => "leave --until out".to_owned(),
                _ => format!("give a number from 1 to {cells}"),
            }),
            Self::NotEditable { .. } => {
                Some("`--json` prints the columns: write them into the dataset's `schema` yourself".to_owned())
            }
            Self::NoDataset { name, known, is_one_of_several } => {
                Some(match near_dataset(name, known) {
                    _ if *is_one_of_several => format!("name its pipeline with it: {}", known.join(", ")),
                    Some(near) => format!("did you mean {near:?}?"),
                    None if known.is_empty() => "no pipeline has `datasets`".to_owned(),
                    None => format!("there are: {}", known.join(", ")),
                })
            }
            Self::NoTerminal => Some(
                "without a terminal, use `--auto SECONDS`, or run the notebook with `sheaf run`".to_owned(),
            ),
            Self::NobodyWatches => Some(
                "without one, `sheaf runs` lists the runs, and `sheaf runs show ID` tells what happened in one".to_owned(),
            ),
            Self::NotInUnit { .. } => Some(
                "systemd reads UTF-8 without ends of lines, and no quotes in the path of a program: name it otherwise, or link to it".to_owned(),
            ),
            Self::NobodyApproves => Some(
                "look at the scopes above; if they are what you want, `sheaf trust --yes` approves them"
                    .to_owned(),
            ),
            Self::Request { .. } => {
                Some("give an object such as '{\"scope\": \"sqldbss\"}', or @FILE".to_owned())
            }
            Self::ScopeExists { .. } => {
                Some("`sheaf secrets list-scopes` lists them; what sheaf.ron says of it can be edited there".to_owned())
            }
            Self::Store { .. } => {
                Some("write it as in sheaf.ron: keyring, or 'environment(prefix: \"DB_\")'".to_owned())
            }
            Self::NobodyManages { .. } => Some("give somebody MANAGE first".to_owned()),
            Self::NoAcl { principal, known, scope } => Some(match nearest(principal, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("`sheaf secrets list-acls {scope}` lists the permissions"),
            }),
            Self::ValueInArgument { .. } => Some(
                "type it when you are asked for it, pipe it into the command, or use --file; if it was a real value, \
                 change it"
                    .to_owned(),
            ),
            Self::EmptyValue => Some("type it, pipe it into the command, or use --file".to_owned()),
            Self::DifferentValues => Some("run the command again".to_owned()),
            Self::Editor { .. } => Some("set EDITOR, or pipe the value into the command".to_owned()),
            Self::RevealNeedsTerminal => {
                Some("cells and connections get values by themselves; no script needs to see one".to_owned())
            }
            Self::NoCache => {
                Some("create a workspace with `sheaf init`, or set SHEAF_CACHE to a folder".to_owned())
            }
            Self::NeedsCheck { .. } => Some("add --check to compare with the record".to_owned()),
            Self::JunitPlace { path, .. } => path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
                .map(|folder| format!("create the folder first: mkdir -p {}", folder.display())),
            Self::NeitherFileNorCommand { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NeitherFileNorCommand { name, near: None } => Some(format!(
                "to create it, start `sheaf` and save with `%save {name}`; `sheaf --help` lists the commands"
            )),
            Self::MountExists { mount_point, .. } => Some(format!(
                "`sheaf mount remove {mount_point}` removes it; `sheaf mount list` lists all of them"
            )),
            Self::RepeatedSetting { .. } => Some("keep one of them".to_owned()),
            Self::NoSecretName => Some(
                "write --secret NAME=SCOPE/KEY; `sheaf secrets put-secret SCOPE KEY` stores a value, which never belongs \
                 into an argument"
                    .to_owned(),
            ),
            Self::NoNotebookRan { run, .. } => Some(format!("`sheaf runs show {run}` shows what happened")),
            Self::MoreThanAFile { .. } => Some("`sheaf --help` lists the commands".to_owned()),
            _ => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::RepeatedParameter { .. }
            | Self::ParameterType { .. }
            | Self::UntilTooLarge { .. }
            | Self::NoTerminal
            | Self::NobodyWatches
            | Self::JunitPlace { .. }
            | Self::Request { .. }
            | Self::Store { .. }
            | Self::ValueInArgument { .. }
            | Self::RevealNeedsTerminal
            | Self::RepeatedSetting { .. }
            | Self::NoSecretName
            | Self::MoreThanAFile { .. }
            | Self::NoDataset { .. }
            | Self::NeedsCheck { .. } => Kind::Usage,
            Self::NeitherFileNorCommand { .. } => Kind::Unreadable,
            Self::BrokenPipe => Kind::BrokenPipe,
            _ => Kind::Failure,
        }
    }
}
