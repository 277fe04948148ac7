//! What there is to say of builtins and values, as plain data: for help, completion and signatures.

mod help;
mod outline;
mod summary;
mod surface;

pub use help::{Help, HelpList};
pub use outline::{ColumnOutline, Outline};
pub use summary::Summary;
pub use surface::{Builtin, Parameter, Passing, Surface, Usage};
