//! The parameters of a run: from the command line, from a file, from the environment.

use std::env;
use std::path::Path;

use super::error::CliError;
use crate::error::Error;
use crate::parameters::{Parameters, file, place};

/// Gathers what is given as `-p NAME=VALUE`, what the file of `-f` says, and `SHEAF_PARAM_` variables.
pub(super) fn gather(given: &[(String, String)], file: Option<&Path>) -> Result<Parameters, Error> {
    let mut parameters = from_environment();
    if let Some(file) = file {
        for entry in file::read(file)? {
            let place = format!("{}{}", file.display(), place(entry.at));
            parameters.set_from_file(entry.name, entry.value, place);
        }
    }
    for (position, (name, value)) in given.iter().enumerate() {
        let mut before = given.iter().take(position);
        if before.any(|(other, _)| other == name) {
            return Err(CliError::RepeatedParameter { name: name.clone() }.into());
        }
        parameters.set(name, value);
    }
    Ok(parameters)
}

/// Reads the parameters of the environment; what is not text there is none.
pub(super) fn from_environment() -> Parameters {
    let mut parameters = Parameters::default();
    for (name, value) in env::vars_os() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str()) {
            parameters.add_variable(name, value);
        }
    }
    parameters
}

/// Reads the name and the value of a parameter.
pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as day=2026-01-31".to_owned()),
    }
}
