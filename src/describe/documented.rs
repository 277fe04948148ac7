//! [`Documented`]: something whose builtins are described.

use std::fmt;

use super::Catalogue;

/// Something whose builtins are described: a language of cells.
pub trait Documented: Send + Sync {
    /// Returns all that is known of the builtins; it is built when it is first asked for.
    fn catalogue(&self) -> &Catalogue;
}

impl fmt::Debug for dyn Documented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Documented")
    }
}
