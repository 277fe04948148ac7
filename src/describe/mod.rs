//! What there is to say of builtins and values, as plain data: for help, completion and signatures.

mod catalogue;
mod documented;
mod effect;
mod help;
mod meaning;
mod outline;
mod summary;

pub use catalogue::{Builtin, Catalogue, Parameter, Passing, Usage};
pub use documented::Documented;
pub use effect::Effect;
pub use help::{Help, HelpList};
pub use meaning::Meaning;
pub use outline::{ColumnOutline, Outline};
pub use summary::Summary;
