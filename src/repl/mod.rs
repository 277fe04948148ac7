//! The prompt: it reads cells, runs each through the session, and shows what comes of it.

mod progress;
mod prompt;

pub use progress::Indicator;
pub use prompt::{Prompt, Reply};
