//! The parameters of a run: what it was given, and what its pipeline says where it was not.

use serde_json::{Map, Value};

use super::error::RunError;
use crate::pipeline::definition::Pipeline;

/// Returns the values of all parameters of a pipeline.
///
/// # Errors
///
/// One is given that it does not have, or one has no value.
pub fn parameters(pipeline: &Pipeline, given: Map<String, Value>) -> Result<Map<String, Value>, RunError> {
    if let Some(name) = given.keys().find(|name| !pipeline.parameters.contains_key(*name)) {
        return Err(RunError::UnknownParameter {
            name: name.clone(),
            known: pipeline.parameters.keys().cloned().collect(),
        });
    }
    let mut values = Map::new();
    for (name, default) in &pipeline.parameters {
        let value = given.get(name).unwrap_or(default);
        if value.is_null() {
            return Err(RunError::MissingParameter { name: name.clone() });
        }
        values.insert(name.clone(), value.clone());
    }
    Ok(values)
}
