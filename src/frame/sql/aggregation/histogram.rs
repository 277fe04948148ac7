//! `histogram_numeric`: few bins that together stand for all values, by joining the two that are nearest, as Spark does.

use polars::prelude::*;

use super::sums::Doubles;
use super::{Aggregator, AggregatorInput, Value};
use crate::frame::sql::functions::kernels::failed;

struct Histogram {
    values: Doubles,
    most: usize,
}

/// `histogram_numeric(x, bins)`.
pub(in crate::frame::sql) fn histogram_numeric(
    args: &AggregatorInput<'_>,
) -> PolarsResult<Box<dyn Aggregator>> {
    let most = args.column(1).cast(&DataType::Int64)?;
    let most = most.i64()?.iter().next().flatten();
    // Without rows nothing tells, and nothing is counted.
    let most = if args.column(0).is_empty() { Some(2) } else { most };
    let Some(most) = most
        .and_then(|most| usize::try_from(most).ok())
        .filter(|most| *most >= 2)
    else {
        return Err(failed(
            "a histogram has at least 2 bins",
            "write histogram_numeric(x, 10)",
        ));
    };
    let column = args.column(0);
    let values = match column.dtype() {
        dtype if dtype.is_temporal() => column.to_physical_repr().into_owned(),
        _ => column,
    };
    Ok(Box::new(Histogram {
        values: Doubles::new(&values)?,
        most,
    }))
}

/// Java's random numbers, which decide between pairs that are equally near.
struct Random(u64);

impl Random {
    const fn new(seed: u64) -> Self {
        Self((seed ^ 0x5_DEEC_E66D) & ((1 << 48) - 1))
    }

    fn bits(&mut self, count: u32) -> u64 {
        self.0 = (self.0.wrapping_mul(0x5_DEEC_E66D).wrapping_add(0xB)) & ((1 << 48) - 1);
        self.0 >> (48 - count)
    }

    fn double(&mut self) -> f64 {
        let high = self.bits(26) << 27;
        (high + self.bits(27)) as f64 / (1_u64 << 53) as f64
    }
}

impl Aggregator for Histogram {
    fn over(&self, rows: &[u32]) -> PolarsResult<Value> {
        let mut random = Random::new(31_183);
        // Where each bin is, and how many values it stands for.
        let mut bins: Vec<(f64, f64)> = Vec::new();
        for value in rows.iter().filter_map(|row| self.values.get(*row as usize)) {
            match bins.binary_search_by(|(x, _)| x.total_cmp(&value)) {
                Ok(found) => {
                    if let Some((_, count)) = bins.get_mut(found) {
                        *count += 1.0;
                    }
                }
                Err(place) => {
                    bins.insert(place, (value, 1.0));
                    if bins.len() > self.most {
                        join_nearest(&mut bins, &mut random);
                    }
                }
            }
        }
        Ok(if bins.is_empty() {
            Value::Null
        } else {
            Value::Pairs(bins)
        })
    }
}

/// Joins the two bins that are nearest to one another.
fn join_nearest(bins: &mut Vec<(f64, f64)>, random: &mut Random) {
    let (mut nearest, mut least, mut alike) = (0, f64::INFINITY, 1.0);
    for (index, pair) in bins.windows(2).enumerate() {
        let [(one, _), (other, _)] = pair else { continue };
        let apart = other - one;
        if index == 0 || apart < least {
            (nearest, least, alike) = (index, apart, 1.0);
        } else if apart.total_cmp(&least).is_eq() {
            alike += 1.0;
            if random.double() <= 1.0 / alike {
                nearest = index;
            }
        }
    }
    if let Some([(x, count), (other, more)]) = bins.get(nearest..nearest + 2) {
        let all = count + more;
        let joined = (x * (count / all) + other / all * more, all);
        bins.splice(nearest..nearest + 2, [joined]);
    }
}
