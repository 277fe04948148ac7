//! The settings of an estimator as it tells them itself.

use std::fmt;

use super::setting::Settings;

/// An estimator with its settings, whatever it learns to do.
pub trait Configured: fmt::Debug + Send + Sync {
    /// Returns the name users write.
    fn name(&self) -> &'static str;

    /// Returns all settings, defaults included, as they are saved and shown.
    fn settings(&self) -> Settings;
}
