//! [`Show`]: where what a cell shows goes.

use std::fmt;
use std::sync::Arc;

use crate::output::Output;

/// Where what a cell shows goes.
#[derive(Clone)]
pub(super) struct Show(pub(super) Arc<dyn Fn(Output) + Send + Sync>);

impl fmt::Debug for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Show")
    }
}
