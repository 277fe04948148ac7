//! Help while writing: completion, signatures, highlighting, and code that Sheaf cannot run. Draws nothing and computes nothing.

pub mod completion;
pub mod highlighter;
pub mod signature;
pub mod unsupported;
