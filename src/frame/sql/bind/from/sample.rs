//! `TABLESAMPLE`: its size and its seed.

use sqlparser::ast;
use sqlparser::tokenizer::Span;

use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::rel::{Rel, SampleSize};

/// Takes a sample of the rows, where one is asked for.
pub(super) fn sampled(rel: Rel, sample: Option<&ast::TableSampleKind>) -> SqlResult<Rel> {
    let Some(ast::TableSampleKind::BeforeTableAlias(sample) | ast::TableSampleKind::AfterTableAlias(sample)) =
        sample
    else {
        return Ok(rel);
    };
    let place = Span::empty();
    let number = |expr: &ast::Expr| expr.to_string().parse::<f64>().ok();
    let seed = match &sample.seed {
        None => 0,
        Some(seed) => seed.value.to_string().parse::<u64>().map_err(|_| {
            SqlErrorKind::NotConstant {
                function: "REPEATABLE".to_owned(),
                argument: "the seed".to_owned(),
            }
            .at(place)
        })?,
    };
    let refused = |what: &str| {
        let instead = "write TABLESAMPLE (10 PERCENT), TABLESAMPLE (5 ROWS) or TABLESAMPLE (BUCKET 1 OUT OF 10), with REPEATABLE (seed)";
        Err(unsupported(what, instead, place))
    };
    if sample.offset.is_some() || sample.name.is_some() {
        return refused("a method or an offset of TABLESAMPLE");
    }
    let size = match (&sample.quantity, &sample.bucket) {
        (None, Some(bucket)) => {
            let whole = |value: &ast::ValueWithSpan| value.value.to_string().parse::<u64>().ok();
            match (whole(&bucket.bucket), whole(&bucket.total), &bucket.on) {
                (Some(one), Some(of), None) if (1..=of).contains(&one) => {
                    SampleSize::Bucket { bucket: one, of }
                }
                _ => return refused("these buckets of TABLESAMPLE"),
            }
        }
        (Some(quantity), None) => {
            let value = number(&quantity.value);
            match (&quantity.unit, value) {
                (Some(ast::TableSampleUnit::Rows), Some(rows)) if rows >= 0.0 && rows.fract() == 0.0 => {
                    SampleSize::Rows(rows as u64)
                }
                (Some(ast::TableSampleUnit::Percent), Some(percent)) if (0.0..=100.0).contains(&percent) => {
                    SampleSize::Percent(percent)
                }
                _ => return refused("this size of TABLESAMPLE"),
            }
        }
        _ => return refused("TABLESAMPLE without a size"),
    };
    Ok(Rel::Sample {
        input: Box::new(rel),
        size,
        seed,
    })
}
