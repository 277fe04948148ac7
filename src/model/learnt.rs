//! What an estimator learnt, as a model keeps and saves it.
//!
//! An estimator says what it learnt as a type of its own that serde can write ([`State`]); a model keeps it behind a trait
//! of its task, all of which are [`Learnt`].

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ModelError;
use super::saved::Form;
use super::warning::Warning;

/// What an estimator learnt, as a type that can be written and read back.
pub trait State: Serialize + DeserializeOwned + fmt::Debug + Send + Sync + 'static {
    /// The field of a saved model that holds it.
    const FIELD: &'static str = "learnt";
}

/// What an estimator learnt, whatever its type.
pub trait Learnt: fmt::Debug + Send + Sync {
    /// Writes a saved model with it.
    fn write(&self, form: &Form<'_>) -> Result<String, ModelError>;
}

impl<S: State> Learnt for S {
    fn write(&self, form: &Form<'_>) -> Result<String, ModelError> {
        form.write(S::FIELD, self)
    }
}

/// The result of a fit; `T` is what a task asks of it.
#[derive(Debug)]
pub struct Fit<T: ?Sized> {
    /// What was learnt, on the scale of the design matrix.
    pub learnt: Arc<T>,
    /// What the user should know about it.
    pub warnings: Vec<Warning>,
}
