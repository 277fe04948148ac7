//! [`Limits`]: the bounds of one cell's Starlark.

/// The bounds of one cell's Starlark.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The memory for Starlark values, in bytes; frames and models are not counted.
    pub heap: usize,
    /// How deep calls may be nested.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heap: 1 << 30,
            calls: 1000,
        }
    }
}
