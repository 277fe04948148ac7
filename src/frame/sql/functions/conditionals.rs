//! Functions of this family; see `mod.rs`.

use super::Function;

pub(super) static CONDITIONALS: &[Function] = &[];
