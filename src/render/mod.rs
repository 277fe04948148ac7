//! Values → text. Knows what a cell shows; knows no terminal, and reads no environment.

mod cell;
mod failure;
pub mod highlight;
mod model;
mod output;
mod paint;
pub mod plot;
mod profile;
pub mod style;
pub mod table;
mod text;

pub use failure::{Origin, failure};
pub use output::output;
pub use paint::Paint;
pub use style::Style;
pub use text::plain;
