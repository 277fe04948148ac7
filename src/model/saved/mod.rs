//! Models and evaluations as text.

mod evaluation;
mod form;
mod model;
mod read;

pub use form::Form;
pub use read::Loaded;

const FORMAT: &str = "sheaf-model";
const VERSION: u32 = 1;
