//! Values from outside a notebook: where they come from, and the widgets that they are for.

pub(crate) mod file;
#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod parameters;
mod widgets;

pub(crate) use file::place;
pub use parameters::{Origin, ParameterValue, Parameters};
pub(crate) use widgets::WidgetChange;
pub use widgets::{Widget, WidgetError, WidgetKind, Widgets};
