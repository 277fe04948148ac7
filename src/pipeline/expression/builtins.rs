//! What expressions have beside the names of a run: functions and constants.

use std::sync::LazyLock;

use starlark::environment::{Globals, GlobalsBuilder};

use super::{bounds, data_factory, dates};

/// What expressions have beside the names of a run.
pub(super) static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
    GlobalsBuilder::standard()
        .with(bounds::functions)
        .with(data_factory::functions)
        .with(dates::functions)
        .build()
});

/// Returns whether every expression has this name.
pub(super) fn is_builtin(name: &str) -> bool {
    GLOBALS.names().any(|builtin| builtin.as_str() == name)
}
