//! [`Environment`]: the sink of `%sh`, which puts values of secrets into the variables that a cell names.
//!
//! A value is in the environment of the command alone: not in its arguments, which `ps` shows, not in the script, and in no
//! file.

use std::ffi::OsStr;

use starlark::environment::Module;
use starlark::values::Value;

use crate::error::{Problem, nearest};
use crate::language::arguments::described;
use crate::notebook::ShellVariable;
use crate::secret::{Component, Destination, SecretError, SecretValue, Sink, Template};
use crate::session::CellContext;

/// Variables that change what a shell runs before the first line of its script, or how it reads each line.
const REFUSED: [&str; 10] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "GLOBIGNORE",
    "CDPATH",
];
/// What variables begin with by which the system loads other code into every command.
const LOADERS: [&str; 3] = ["LD_", "DYLD_", "BASH_FUNC_"];

/// Why a variable cannot be set.
#[derive(Debug, thiserror::Error)]
pub(super) enum VariableError {
    #[error("the variable {name} would change how the shell itself runs")]
    Refused { name: String },
    #[error("--env {variable}={name}: there is no `{name}` above")]
    Unknown {
        variable: String,
        name: String,
        known: Vec<String>,
    },
    #[error("--env {variable}={name}: `{name}` is {found}, and a variable is a text or a secret")]
    NoText {
        variable: String,
        name: String,
        found: String,
    },
}

impl Problem for VariableError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Refused { name } => {
                format!("give it another name, and set {name} in the script where it is needed")
            }
            Self::Unknown { name, known, .. } => match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("bind it in a cell above: {name} = dbutils.secrets.get(scope=\"…\", key=\"…\")")
                }
            },
            Self::NoText { name, .. } => {
                format!("bind a text in a cell above, as in {name}_text = str({name})")
            }
        })
    }
}

/// The variables that a cell names, each with the text of its value.
pub(super) struct Environment(Vec<(String, Template)>);

/// The variables with the values of secrets in them.
pub(super) struct Variables(Vec<(String, SecretValue)>);

impl Environment {
    /// Reads the values of the names that a cell gives to variables.
    pub(super) fn read(
        variables: &[ShellVariable<'_>],
        module: &Module<'_>,
        context: &CellContext,
    ) -> Result<Self, VariableError> {
        let read = variables.iter().map(|variable| {
            let unknown = || VariableError::Unknown {
                variable: variable.name.to_owned(),
                name: variable.value.to_owned(),
                known: context.names_above(),
            };
            let value = context.bound(module, variable.value).ok_or_else(unknown)?;
            let text = text_of(value).ok_or_else(|| VariableError::NoText {
                variable: variable.name.to_owned(),
                name: variable.value.to_owned(),
                found: described(value),
            })?;
            Ok((variable.name.to_owned(), Template::of(&text)))
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

impl Sink for Environment {
    type Open = Variables;

    fn destination(&self) -> Destination {
        Destination::Shell
    }

    fn components(&self) -> Vec<(Component, Template)> {
        let variables = self.0.iter();
        variables
            .map(|(name, template)| (Component::Variable(name.clone()), template.clone()))
            .collect()
    }

    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<Variables, SecretError> {
        let names = self.0.into_iter().map(|(name, _)| name);
        let values = components.into_iter().map(|(_, value)| value);
        Ok(Variables(names.zip(values).collect()))
    }
}

impl Variables {
    /// Returns the variables as a command takes them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.0
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), os_text(value.expose())?)))
    }

    /// Returns no variables.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }
}

/// Refuses variables that are not the script's own.
pub(super) fn check(name: &str) -> Result<(), VariableError> {
    let upper = name.to_ascii_uppercase();
    if REFUSED.contains(&upper.as_str()) || LOADERS.iter().any(|loader| upper.starts_with(loader)) {
        return Err(VariableError::Refused {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Returns the text of a value that is one, or of a secret.
fn text_of(value: Value<'_>) -> Option<String> {
    let is_secret = value.get_type() == "Secret";
    value
        .unpack_str()
        .map(str::to_owned)
        .or_else(|| is_secret.then(|| value.to_str()))
}

#[cfg(unix)]
#[allow(
    clippy::unnecessary_wraps,
    reason = "elsewhere only text can be in the environment"
)]
fn os_text(bytes: &[u8]) -> Option<&OsStr> {
    Some(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os_text(bytes: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(bytes).ok().map(OsStr::new)
}
