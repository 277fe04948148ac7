//! The prompt: it reads cells, runs each through the session, and shows what comes of it.

pub mod completion;
mod prompt;

pub use prompt::{Prompt, Reply};
