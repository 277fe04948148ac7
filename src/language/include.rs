//! `%run ./other`: another notebook's cells, run here, whose bindings join this cell's.
//!
//! The path starts from the folder of the notebook that holds the cell; `.py` may be left out. `$name="value"` after it
//! sets a widget of that notebook. The analysis reads the notebook, so that what the cell reads and binds is known before
//! it runs; when the file changes, the cell is stale.

use std::collections::BTreeMap;
use std::path::Path;

use starlark::environment::Module;

use super::dbutils::split;
use crate::error::{Error, Problem, nearest};
use crate::notebook::{Cell, Notebook};
use crate::session::{AnalysisContext, Evaluate, Inclusion, Runner, Surroundings};
use crate::source::{Analysis, CellError};
use crate::storage::{Location, StorageError};

/// How deep notebooks may include each other.
const DEEPEST: usize = 20;

/// Runs `%run` cells.
pub(super) struct Include;

/// A `%run` cell that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum IncludeError {
    #[error("%run needs the path of a notebook")]
    NoName,
    #[error("a %run cell is one line, and line {line} of this one has more")]
    MoreLines { line: usize },
    #[error("`{word}` is not a parameter")]
    NotAParameter { word: String },
    #[error("the parameter `{name}` is given twice")]
    Repeated { name: String },
    #[error("`{notebook}` declares no widget named `{name}`")]
    Undeclared {
        name: String,
        notebook: String,
        declared: Vec<String>,
    },
    #[error("there is no notebook `{name}`")]
    Missing {
        name: String,
        /// The name of a notebook in the same folder that is much like it, as it would be written.
        near: Option<String>,
    },
    #[error("`{name}` is not a file")]
    NotAFile { name: String },
    #[error("the notebook runs itself: {}", chain.join(" → "))]
    Cycle { chain: Vec<String> },
    #[error("notebooks run each other more than {DEEPEST} levels deep: {}", chain.join(" → "))]
    TooDeep { chain: Vec<String> },
}

impl Problem for IncludeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoName => "write its path: %run ./setup".to_owned(),
            Self::MoreLines { .. } => "put the rest into a cell of its own".to_owned(),
            Self::NotAParameter { word } => {
                format!(
                    "parameters are written $name=\"value\"; quote a path that has spaces: \"./my {word}\""
                )
            }
            Self::Repeated { name } => format!("keep one ${name}=\"…\""),
            Self::Undeclared { name, declared, .. } => {
                match nearest(name, declared.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if declared.is_empty() => {
                        format!("declare it there: dbutils.widgets.text(\"{name}\", \"default\")")
                    }
                    None => format!("it declares: {}", declared.join(", ")),
                }
            }
            Self::Missing { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Missing { near: None, .. } => {
                "a relative path starts from the folder of the notebook with this cell".to_owned()
            }
            Self::NotAFile { .. } => "name a notebook's file".to_owned(),
            Self::Cycle { .. } | Self::TooDeep { .. } => {
                "move what several notebooks need into one that runs none of them".to_owned()
            }
        })
    }
}

impl Runner for Include {
    fn words(&self) -> &'static [&'static str] {
        &["run"]
    }

    fn analyze(&self, cell: &Cell, context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        let request = Request::read(cell).map_err(CellError::of)?;
        let inclusion = request.open(context.surroundings).map_err(CellError::of)?;
        let analysis = inclusion.analyze(cell, context)?;
        request
            .check_parameters(inclusion.location().name(), &analysis)
            .map_err(CellError::of)?;
        Ok(analysis)
    }

    fn reads_files(&self) -> bool {
        true
    }

    fn run<'v>(&self, cell: &Cell, module: &Module<'v>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        let inclusion = Request::read(cell)
            .and_then(|request| request.open(evaluator.context().surroundings()))
            .map_err(CellError::of)?;
        evaluator.include(&inclusion, cell, module)
    }
}

/// What a `%run` cell asks for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    name: String,
    parameters: BTreeMap<String, String>,
}

impl Request {
    /// Reads the cell's one line; comments may stand around it.
    fn read(cell: &Cell) -> Result<Self, Error> {
        let mut lines = cell
            .source()
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let (_, line) = lines.next().ok_or(IncludeError::NoName)?;
        if let Some((index, _)) = lines.next() {
            return Err(IncludeError::MoreLines { line: index + 1 }.into());
        }
        let mut words = split(line)?.into_iter().map(|word| word.text);
        let name = words.next().unwrap_or_default();
        if name.is_empty() || name.starts_with('$') {
            return Err(IncludeError::NoName.into());
        }
        let mut parameters = BTreeMap::new();
        for word in words {
            match word.strip_prefix('$').and_then(|rest| rest.split_once('=')) {
                Some((name, value)) if !name.is_empty() => {
                    if parameters.insert(name.to_owned(), value.to_owned()).is_some() {
                        let name = name.to_owned();
                        return Err(IncludeError::Repeated { name }.into());
                    }
                }
                _ => return Err(IncludeError::NotAParameter { word }.into()),
            }
        }
        Ok(Self { name, parameters })
    }

    /// Finds and reads the notebook; its texts are left out.
    fn open(&self, surroundings: &Surroundings) -> Result<Inclusion, Error> {
        let location = locate(&self.name, surroundings)?;
        let notebook = read(&location)?;
        let cells = notebook.cells().iter().enumerate();
        let cells = cells
            .map(|(index, cell)| (index + 1, cell))
            .filter(|(_, cell)| !cell.kind().is_markdown());
        Ok(Inclusion::new(location, cells, self.parameters.clone()))
    }

    /// Refuses a parameter for which the notebook declares no widget.
    fn check_parameters(&self, notebook: &str, analysis: &Analysis) -> Result<(), IncludeError> {
        let declared = &analysis.widgets_declared;
        match self.parameters.keys().find(|name| !declared.contains(*name)) {
            Some(name) if !analysis.declares_more => Err(IncludeError::Undeclared {
                name: name.clone(),
                notebook: notebook.to_owned(),
                declared: declared.iter().cloned().collect(),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Finds the file of the notebook that `name` means, with or without `.py` or `.ipynb`; refuses one that is being run already.
pub(super) fn locate(name: &str, surroundings: &Surroundings) -> Result<Location, Error> {
    let location = find(name, surroundings)?;
    if surroundings.is_open(&location) {
        let chain = chain(surroundings, &location);
        return Err(IncludeError::Cycle { chain }.into());
    }
    if surroundings.chain().len() > DEEPEST {
        let chain = chain(surroundings, &location);
        return Err(IncludeError::TooDeep { chain }.into());
    }
    Ok(location)
}

/// Reads the notebook at a location.
pub(super) fn read(location: &Location) -> Result<Notebook, Error> {
    let name = Path::new(location.name());
    let bytes = location.range(0..Notebook::size_limit(name) + 1);
    let bytes = bytes.map_err(|error| StorageError::from_io(location.name(), "read", error))?;
    Ok(Notebook::from_bytes(name, bytes)?)
}

/// Returns the names of the notebooks that run each other down to `location`, outermost first.
pub(super) fn chain(surroundings: &Surroundings, location: &Location) -> Vec<String> {
    let open = surroundings.chain().map(str::to_owned);
    open.chain([location.name().to_owned()]).collect()
}

fn find(name: &str, surroundings: &Surroundings) -> Result<Location, Error> {
    let written = surroundings.resolve(name)?;
    if written.is_file()? {
        return Ok(written);
    }
    let whole = surroundings.resolve(&format!("{name}.py"))?;
    for extension in ["py", "ipynb"] {
        let whole = surroundings.resolve(&format!("{name}.{extension}"))?;
        if whole.is_file()? {
            return Ok(whole);
        }
    }
    let name = name.to_owned();
    // A pipe or a device would be waited for.
    Err(if written.exists()? && !written.is_folder()? {
        IncludeError::NotAFile { name }
    } else {
        IncludeError::Missing {
            near: similar(&name, &whole),
            name,
        }
    }
    .into())
}

/// Looks beside `missing` for a notebook that `name` may mean.
fn similar(name: &str, missing: &Location) -> Option<String> {
    let names = missing.parent()?.names().ok()?;
    let bare = |name: &'_ String| {
        name.strip_suffix(".py")
            .or_else(|| name.strip_suffix(".ipynb"))
            .map(str::to_owned)
    };
    let names: Vec<String> = names.iter().filter_map(bare).collect();
    let (before, last) = name
        .rsplit_once('/')
        .map_or(("", name), |(folder, last)| (folder, last));
    let last = last.strip_suffix(".py").unwrap_or(last);
    let near = nearest(last, names.iter().map(String::as_str))?;
    Some(if before.is_empty() {
        near.to_owned()
    } else {
        format!("{before}/{near}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Request::read(&Cell::from_prompt(text)) {
            Ok(Request { name, parameters }) => format!("{name} {parameters:?}"),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn a_line_is_a_path_and_parameters() {
        for (text, expected) in [
            ("%run ./setup", "./setup {}"),
            ("%run\n# shared\n../lib/setup.py  ", "../lib/setup.py {}"),
            ("%run \"./my setup\"", "./my setup {}"),
            (
                "%run ./setup $day=\"31 January\" $size=L $empty=''",
                "./setup {\"day\": \"31 January\", \"empty\": \"\", \"size\": \"L\"}",
            ),
            (
                "%run",
                "%run needs the path of a notebook | write its path: %run ./setup",
            ),
            (
                "%run $a=1",
                "%run needs the path of a notebook | write its path: %run ./setup",
            ),
            (
                "%run ./a\nx = 1",
                "a %run cell is one line, and line 2 of this one has more | put the rest into a cell of its own",
            ),
            (
                "%run ./my setup",
                "`setup` is not a parameter | parameters are written $name=\"value\"; quote a path that \
                 has spaces: \"./my setup\"",
            ),
            (
                "%run ./a $x=1 $x=2",
                "the parameter `x` is given twice | keep one $x=\"…\"",
            ),
            (
                "%run ./a $x=\"1",
                "a quote is opened at column 8 and not closed | close it on the same line, or write \\\" for a quote \
                 itself",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(text in "%run (\\./a|\\$|=|x| |\"|'|\\\\|\n|#|\\PC){0,12}") {
            let _ = read(&text);
        }
    }
}
