//! Values → text. Knows what a cell shows; knows no terminal, and reads no environment.

mod cell;
pub mod cells;
mod change;
mod failure;
mod fold;
mod graphics;
mod help;
pub mod highlight;
mod markdown;
mod model;
mod output;
mod paint;
pub mod plot;
mod profile;
pub mod style;
pub mod table;
mod text;

pub use cell::{cut, float_texts, full_text};
pub use change::change;
pub(crate) use failure::around;
pub use failure::{Origin, failure};
pub use fold::fold;
pub use graphics::Graphics;
pub use help::help;
pub use markdown::markdown;
pub use output::output;
pub use paint::Paint;
pub use style::Style;
pub use text::plain;
