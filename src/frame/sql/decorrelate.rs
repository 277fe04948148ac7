//! Makes joins of subqueries: after it there is no [`Rel::Apply`].

use sqlparser::tokenizer::Span;

use super::error::{SqlResult, unsupported};
use super::rel::{Columns, Rel};

/// Replaces every `Apply` of a query.
pub(super) fn decorrelate(rel: Rel, _columns: &mut Columns) -> SqlResult<Rel> {
    refuse(&rel)?;
    Ok(rel)
}

fn refuse(rel: &Rel) -> SqlResult<()> {
    match rel {
        Rel::Apply { .. } => Err(unsupported("a query in a query", "join it", Span::empty())),
        Rel::Recursive(_) => Err(unsupported("WITH RECURSIVE", "", Span::empty())),
        _ => rel.inputs().into_iter().try_for_each(refuse),
    }
}
