//! Values → text.

mod cell;
pub mod style;
pub mod table;
