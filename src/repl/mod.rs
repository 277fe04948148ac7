//! The prompt: it reads cells, runs each through the session, and shows what comes of it.

mod prompt;

pub use prompt::{Prompt, Reply};
