//! The parameters of a run: from the command line, from a file, from the environment; those of a pipeline by their defaults.

use std::env;
use std::path::Path;

use serde_json::{Map, Value};

use super::error::CliError;
use crate::error::Error;
use crate::parameters::{Parameters, file, place};
use crate::pipeline::definition::Pipeline;
use crate::pipeline::kind_of;

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

/// Reads the values of a pipeline's parameters as a person types them: what is no text by its default is JSON, and of its type.
///
/// # Errors
///
/// One is given twice, or something of another type than its default.
pub(super) fn of_pipeline(
    pipeline: &Pipeline,
    given: &[(String, String)],
) -> Result<Map<String, Value>, CliError> {
    let mut values = Map::new();
    for (name, text) in given {
        let typed = || Value::String(text.clone());
        let value = match pipeline.parameters.get(name) {
            Some(Value::String(_)) | None => typed(),
            // Without a default, a value says itself what it is.
            Some(Value::Null) => serde_json::from_str(text).unwrap_or_else(|_| typed()),
            Some(default) => {
                let value = serde_json::from_str(text).ok();
                let value = value.filter(|value| kind_of(value) == kind_of(default));
                value.ok_or_else(|| CliError::ParameterType {
                    name: name.clone(),
                    expected: kind_of(default),
                    found: text.clone(),
                })?
            }
        };
        if values.insert(name.clone(), value).is_some() {
            return Err(CliError::RepeatedParameter { name: name.clone() });
        }
    }
    Ok(values)
}
