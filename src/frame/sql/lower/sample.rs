//! `TABLESAMPLE`: which rows are taken depends on their numbers and the seed alone.

use polars::prelude::*;

use crate::frame::sql::rel::SampleSize;

/// Takes a part of the rows, in their order.
pub(super) fn sampled(input: LazyFrame, size: SampleSize, seed: u64) -> LazyFrame {
    let keeps = move |row: u64| match size {
        SampleSize::Percent(percent) => unit(mixed(row, seed)) * 100.0 < percent,
        SampleSize::Bucket { bucket, of } => (unit(mixed(row, seed)) * of as f64) as u64 + 1 == bucket,
        SampleSize::Rows(_) => true,
    };
    match size {
        SampleSize::Rows(rows) => input.limit(u32::try_from(rows).unwrap_or(u32::MAX)),
        SampleSize::Percent(percent) if percent >= 100.0 => input,
        _ => input.map(
            move |rows| {
                let kept = (0..rows.height() as u64).map(keeps);
                rows.filter(&BooleanChunked::from_iter_values(PlSmallStr::EMPTY, kept))
            },
            AllowedOptimizations::empty(),
            None,
            Some("TABLESAMPLE"),
        ),
    }
}

/// Scatters the bits of a row's number and of the seed (the finalizer of `SplitMix64`).
fn mixed(row: u64, seed: u64) -> u64 {
    let scatter = |value: u64| {
        let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ value >> 31
    };
    scatter(row ^ scatter(seed))
}

/// Makes a number from 0 to below 1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
