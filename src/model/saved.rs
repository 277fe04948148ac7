//! A model as text: readable, versioned RON with exact numbers.
//!
//! What is read may be damaged or hostile, so size and depth are bounded before anything is parsed, and every
//! number is checked against the others before a model is made of it.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

use super::class::{Class, MAX_CLASSES};
use super::coefficients::Coefficients;
use super::column_type::{ColumnType, Family};
use super::error::ModelError;
use super::estimator::Settings;
use super::evaluation::Evaluation;
use super::fitted_model::FittedModel;
use super::provenance::Provenance;
use super::recipe::FittedRecipe;

const FORMAT: &str = "sheaf-model";
const VERSION: u32 = 1;

/// Larger files are not read.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Deeper files are not read; a model needs 9 levels.
const MAX_DEPTH: usize = 32;

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    format: String,
    version: u32,
    estimator: String,
    settings: Settings,
    target: String,
    target_type: ColumnType,
    classes: Vec<Class>,
    recipe: FittedRecipe,
    coefficients: Coefficients,
    rows: usize,
    metrics: Evaluation,
    provenance: Provenance,
}

impl FittedModel {
    /// Returns the model as text, the same text for the same model.
    pub fn to_ron(&self) -> Result<String, ModelError> {
        let saved = Saved {
            format: FORMAT.to_owned(),
            version: VERSION,
            estimator: self.estimator.name().to_owned(),
            settings: self.estimator.settings(),
            target: self.target.clone(),
            target_type: self.target_type,
            classes: self.classes.clone(),
            recipe: self.recipe.clone(),
            coefficients: self.coefficients.clone(),
            rows: self.rows,
            metrics: self.metrics.clone(),
            provenance: self.provenance.clone(),
        };
        let style = PrettyConfig::new()
            .new_line("\n")
            .indentor("  ")
            .extensions(Extensions::empty());
        let mut text = ron::ser::to_string_pretty(&saved, style)
            .map_err(|error| ModelError::Unwritable(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }

    /// Returns the model's digest: of all that decides what it predicts, and not of where it came from.
    pub fn digest(&self) -> Result<Digest, ModelError> {
        let bare = Self {
            provenance: Provenance::default(),
            ..self.clone()
        };
        Ok(Digest::of_bytes(bare.to_ron()?.as_bytes()))
    }

    /// Reads a model back from its text.
    pub fn from_ron(text: &str) -> Result<Self, ModelError> {
        if text.len() > MAX_BYTES {
            return Err(ModelError::TooBig {
                size: text.len(),
                limit: MAX_BYTES,
            });
        }
        if depth(text) > MAX_DEPTH {
            return Err(ModelError::TooDeep { limit: MAX_DEPTH });
        }
        let header: Header = match ron::from_str(text) {
            Ok(header) => header,
            // Something that names our format, and then breaks, is ours and damaged.
            Err(error) if text.contains(FORMAT) => return Err(damaged(error)),
            Err(_) => return Err(ModelError::Foreign),
        };
        if header.format != FORMAT {
            return Err(ModelError::Foreign);
        }
        if header.version > VERSION {
            return Err(ModelError::Newer {
                found: header.version,
                known: VERSION,
            });
        }
        let saved: Saved = ron::from_str(text).map_err(damaged)?;
        if let Some(reason) = saved.flaw() {
            return Err(ModelError::Nonsense { reason });
        }
        let estimator = (super::estimator(&saved.estimator)?.make)(&saved.settings)?;
        Ok(Self {
            estimator,
            recipe: saved.recipe,
            target: saved.target,
            target_type: saved.target_type,
            classes: saved.classes,
            coefficients: saved.coefficients,
            rows: saved.rows,
            metrics: saved.metrics,
            provenance: saved.provenance,
            warnings: Vec::new(),
        })
    }
}

impl Evaluation {
    /// Returns the metrics as text with exact numbers.
    pub fn to_ron(&self) -> Result<String, ModelError> {
        ron::to_string(self).map_err(|error| ModelError::Unwritable(error.to_string()))
    }

    /// Reads metrics back from their text.
    pub fn from_ron(text: &str) -> Result<Self, ModelError> {
        ron::from_str(text).map_err(damaged)
    }
}

impl Saved {
    /// Describes what does not fit together.
    fn flaw(&self) -> Option<String> {
        let count = self.classes.len();
        if !(2..=MAX_CLASSES).contains(&count) {
            return Some(format!("it has {count} classes"));
        }
        if !self.classes.is_sorted_by(|a, b| a < b) {
            return Some("its classes are not sorted, or not unique".to_owned());
        }
        let suits = |class: &Class| match class {
            Class::Boolean(_) => self.target_type.family() == Family::Boolean,
            Class::Text(_) => self.target_type.family() == Family::Text,
            Class::Float(value) => self.target_type.is_float() && value.is_finite(),
            Class::Integer(_) => self.target_type.family() == Family::Number && !self.target_type.is_float(),
        };
        if let Some(class) = self.classes.iter().find(|class| !suits(class)) {
            return Some(format!(
                "the class {class} is not of the type {}",
                self.target_type
            ));
        }
        if let Some(flaw) = self.recipe.flaw() {
            return Some(flaw);
        }
        let terms = self.recipe.terms().count();
        let rows = if count == 2 { 1 } else { count };
        let Coefficients { weights, intercepts } = &self.coefficients;
        if weights.len() != rows || intercepts.len() != rows {
            return Some(format!(
                "{count} classes need {rows} rows of coefficients and intercepts, and it has {} and {}",
                weights.len(),
                intercepts.len()
            ));
        }
        if let Some(row) = weights.iter().find(|row| row.len() != terms) {
            return Some(format!("it has {} coefficients for {terms} terms", row.len()));
        }
        if weights
            .iter()
            .flatten()
            .chain(intercepts)
            .any(|value| !value.is_finite())
        {
            return Some("a coefficient is infinite or not a number".to_owned());
        }
        if !self.metrics.is_sound(&self.classes) {
            return Some("its metrics are not of its classes, or not finite".to_owned());
        }
        None
    }
}

fn damaged(error: ron::error::SpannedError) -> ModelError {
    ModelError::Damaged {
        line: error.span.start.line,
        column: error.span.start.col,
        reason: error.code.to_string(),
    }
}

/// Returns the deepest nesting of brackets outside text; the parser has a bound of its own beneath this.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => loop {
                match bytes.next() {
                    Some(b'\\') => {
                        bytes.next();
                    }
                    Some(b'"') | None => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
    }
    deepest
}
