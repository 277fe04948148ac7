//! What every fitted step can do.

use super::values::Values;
use crate::model::error::ModelError;
use crate::model::formula::Operation;
use crate::model::unseen::Unseen;

/// A step that has learnt what it needs.
pub(crate) trait Prepare {
    /// Changes a feature's values; categories that training did not have are added to `unseen`.
    fn apply(&self, feature: &str, values: Values, unseen: &mut Vec<Unseen>) -> Result<Values, ModelError>;

    /// Returns what it does to one value.
    fn operation(&self) -> Operation;

    /// Returns whether its learnt state makes sense, for a state that was read from a file.
    fn is_sound(&self) -> bool;
}
