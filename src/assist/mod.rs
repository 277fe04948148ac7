//! Help while writing: completion, signatures and highlighting. Draws nothing and computes nothing.

pub mod completion;
pub mod highlighter;
pub mod signature;
