//! Reading a model's text, which may be damaged or hostile.
//!
//! Size and depth are bounded before anything is parsed; what the parts must have in common is checked by the task that
//! the model is of.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};

use super::{FORMAT, VERSION};
use crate::model::class::Class;
use crate::model::column_type::ColumnType;
use crate::model::error::ModelError;
use crate::model::provenance::Provenance;
use crate::model::recipe::FittedRecipe;
use crate::model::setting::Settings;

/// Larger files are not read.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Deeper files are not read; a model needs 9 levels.
const MAX_DEPTH: usize = 32;

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
struct Name {
    estimator: String,
}

/// A saved model, of which `S` was learnt, and whose metrics are `M`.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    bound(deserialize = "S: DeserializeOwned, M: DeserializeOwned")
)]
pub(crate) struct Saved<S, M> {
    #[serde(rename = "format")]
    _format: IgnoredAny,
    #[serde(rename = "version")]
    _version: IgnoredAny,
    #[serde(rename = "estimator")]
    _estimator: IgnoredAny,
    settings: Settings,
    #[serde(default, deserialize_with = "present")]
    target: Option<String>,
    #[serde(default, deserialize_with = "present")]
    target_type: Option<ColumnType>,
    #[serde(default, deserialize_with = "present")]
    classes: Option<Vec<Class>>,
    recipe: FittedRecipe,
    /// A linear model's is called by its name.
    #[serde(rename = "coefficients", alias = "learnt")]
    learnt: S,
    rows: usize,
    #[serde(default, deserialize_with = "present")]
    metrics: Option<M>,
    provenance: Provenance,
}

/// What every model has, and `F`, which differs from task to task.
#[derive(Debug)]
pub struct Loaded<F> {
    pub(crate) settings: Settings,
    pub(crate) recipe: FittedRecipe,
    pub(crate) rows: usize,
    pub(crate) provenance: Provenance,
    pub(crate) fitted: F,
}

/// What a model of one task has.
pub(crate) struct Parts<S, M> {
    pub(crate) target: Option<String>,
    pub(crate) target_type: Option<ColumnType>,
    pub(crate) classes: Option<Vec<Class>>,
    pub(crate) learnt: S,
    pub(crate) metrics: Option<M>,
    /// How many terms the recipe makes.
    pub(crate) terms: usize,
}

impl<F> Loaded<F> {
    /// Reads a model of which `S` was learnt; `check` makes sense of the parts, or says why they make none.
    pub(crate) fn read<S: DeserializeOwned, M: DeserializeOwned>(
        text: &str,
        check: impl FnOnce(Parts<S, M>) -> Result<F, String>,
    ) -> Result<Self, ModelError> {
        let saved: Saved<S, M> = ron::from_str(text).map_err(damaged)?;
        let fitted = match saved.recipe.flaw() {
            None => check(Parts {
                target: saved.target,
                target_type: saved.target_type,
                classes: saved.classes,
                learnt: saved.learnt,
                metrics: saved.metrics,
                terms: saved.recipe.terms().count(),
            }),
            Some(flaw) => Err(flaw),
        };
        Ok(Self {
            settings: saved.settings,
            recipe: saved.recipe,
            rows: saved.rows,
            provenance: saved.provenance,
            fitted: fitted.map_err(|reason| ModelError::Nonsense { reason })?,
        })
    }

    /// Changes what differs from task to task.
    pub(crate) fn map<T>(self, change: impl FnOnce(F) -> T) -> Loaded<T> {
        Loaded {
            settings: self.settings,
            recipe: self.recipe,
            rows: self.rows,
            provenance: self.provenance,
            fitted: change(self.fitted),
        }
    }
}

/// Checks that a text is a model of ours, and returns the name of its estimator.
pub(crate) fn estimator_of(text: &str) -> Result<String, ModelError> {
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
    let Name { estimator } = ron::from_str(text).map_err(damaged)?;
    Ok(estimator)
}

/// Reads a value that is there; one that is not there is none.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

pub(super) fn damaged(error: ron::error::SpannedError) -> ModelError {
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
