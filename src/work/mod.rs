//! Work that can be watched: stopped, shown how far it is, kept from taking the process along when it panics.
//!
//! The ground floor: knows nothing of what the work is about.

mod abandoned;
mod interrupt;
mod notices;
mod progress;
mod stack;

pub use interrupt::{Interrupt, Stopped, catch_panic};
pub use notices::Notices;
pub use progress::{Progress, Quiet, Stage, Tally, Task};
pub(crate) use stack::on_deep_stack;
