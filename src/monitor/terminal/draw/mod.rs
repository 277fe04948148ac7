//! [`draw`]: the board on the screen, from the board alone.

mod bar;
mod columns;
mod cover;
mod frame;
mod run;
mod runs;
mod triggers;

pub use frame::draw;
