//! Refuses what would compare or order maps, which have no order.

use sqlparser::tokenizer::Span;

use super::{Binder, OutputColumn};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Order};
use crate::frame::sql::types;

/// Refuses a key of ORDER BY that is a map or holds one.
pub(super) fn refuse_order(keys: &[Order]) -> SqlResult<()> {
    refuse_maps(
        keys.iter().map(|key| &key.expr),
        "ORDER BY of maps",
        "sort by map_keys(map) or map_values(map)",
    )
}

/// Refuses keys of groups or partitions that are maps or hold some.
pub(super) fn refuse_keys<'a>(keys: impl IntoIterator<Item = &'a Expr>, what: &str) -> SqlResult<()> {
    refuse_maps(keys, what, "group by array_sort(map_entries(map))")
}

/// Refuses values that are maps or hold some; `what` is done with them.
pub(super) fn refuse_maps<'a>(
    exprs: impl IntoIterator<Item = &'a Expr>,
    what: &str,
    instead: &str,
) -> SqlResult<()> {
    match exprs.into_iter().find(|expr| types::has_map(&expr.dtype)) {
        Some(map) => Err(unsupported(what, instead, map.place)),
        None => Ok(()),
    }
}

impl Binder<'_> {
    /// Refuses columns of a result whose rows are compared.
    pub(super) fn refuse_map_columns(
        &self,
        outputs: &[OutputColumn],
        what: &str,
        place: Span,
    ) -> SqlResult<()> {
        let is_map = |output: &&OutputColumn| types::has_map(&self.columns.dtype(output.id));
        match outputs.iter().find(is_map) {
            Some(map) => {
                let instead = "select array_sort(map_entries(map))";
                Err(unsupported(
                    format!("{what} with the map `{}`", map.name),
                    instead,
                    place,
                ))
            }
            None => Ok(()),
        }
    }
}
