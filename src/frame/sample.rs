//! Choosing rows at random, the same ones for the same seed on every machine.
//!
//! The generator is `SplitMix64` (Steele, Lea and Flood 2014) and the shuffle Fisher and Yates's from the end, with
//! numbers below a bound taken by Lemire's method of rejection. Both are part of what Sheaf promises: a change of
//! either changes what every notebook's `split` gives.

use std::collections::HashMap;

use polars::prelude::{DataFrame, IdxCa, IdxSize, NamedFrom};

use super::error::FrameError;
use super::frame::Frame;
use super::scalar::scalars;
use crate::work::Interrupt;

/// The generator: 64 bits of state, of output, and of seed.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `bound`, each as likely.
    fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        loop {
            let product = u128::from(self.next()) * u128::from(bound);
            // Products whose low half is below 2^64 mod bound would favour some numbers.
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            values.swap(last, other);
        }
    }
}

/// How many rows to choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleSize {
    /// So many.
    Rows(usize),
    /// A share of all, rounded.
    Fraction(f64),
}

impl Frame {
    /// Returns rows chosen at random, in random order.
    ///
    /// Without replacement no row comes twice, and there may not be more than there are.
    pub fn sample(
        &self,
        size: SampleSize,
        seed: u64,
        with_replacement: bool,
        interrupt: &Interrupt,
    ) -> Result<Self, FrameError> {
        let table = self.collect(interrupt)?;
        let height = table.height();
        let count = match size {
            SampleSize::Rows(count) => count,
            SampleSize::Fraction(fraction) if fraction.is_finite() && fraction >= 0.0 => {
                (fraction * height as f64).round() as usize
            }
            SampleSize::Fraction(fraction) => {
                return Err(FrameError::Argument {
                    verb: "sample",
                    argument: "fraction",
                    expected: "0 or more".to_owned(),
                    found: fraction.to_string(),
                });
            }
        };
        if count > height && (!with_replacement || height == 0) {
            return Err(FrameError::Argument {
                verb: "sample",
                argument: "n",
                expected: format!("at most {height}, the number of rows, without replacement"),
                found: count.to_string(),
            });
        }
        let mut random = SplitMix64(seed);
        let rows = if with_replacement {
            (0..count)
                .map(|_| random.below(height as u64) as IdxSize)
                .collect()
        } else {
            let mut rows: Vec<IdxSize> = (0..height as IdxSize).collect();
            random.shuffle(&mut rows);
            rows.truncate(count);
            rows
        };
        take(&table, rows, "sample")
    }

    /// Splits the table in two: a share of `fraction` of its rows, chosen at random, and the others.
    ///
    /// The first part has `fraction × height` rows, rounded. Both keep the table's order. With `stratify`, the name of
    /// a column, each of its values (missing is one) has its share in both parts, to the nearest row.
    pub fn split(
        &self,
        fraction: f64,
        seed: u64,
        stratify: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<(Self, Self), FrameError> {
        if !(0.0..=1.0).contains(&fraction) {
            return Err(FrameError::Argument {
                verb: "split",
                argument: "fraction",
                expected: "from 0 to 1".to_owned(),
                found: fraction.to_string(),
            });
        }
        if let Some(column) = stratify {
            self.require(&[column.to_owned()], "split")?;
        }
        let table = self.collect(interrupt)?;
        let strata = match stratify {
            Some(column) => strata(&table, column)?,
            None => vec![(0..table.height()).collect()],
        };
        let mut random = SplitMix64(seed);
        let mut chosen = vec![false; table.height()];
        for (mut rows, share) in strata.iter().cloned().zip(shares(&strata, fraction)) {
            random.shuffle(&mut rows);
            for row in rows.into_iter().take(share) {
                if let Some(slot) = chosen.get_mut(row) {
                    *slot = true;
                }
            }
        }
        let part = |wanted: bool| {
            let rows = chosen
                .iter()
                .zip(0..)
                .filter(|(chosen, _)| **chosen == wanted)
                .map(|(_, row)| row)
                .collect();
            take(&table, rows, "split")
        };
        Ok((part(true)?, part(false)?))
    }
}

/// Returns the rows of each value of a column, in the order of first appearance.
fn strata(table: &DataFrame, column: &str) -> Result<Vec<Vec<usize>>, FrameError> {
    let values = table
        .column(column)
        .map_err(|error| FrameError::from_polars(&error, "split", &[]))?;
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut strata: Vec<Vec<usize>> = Vec::new();
    for (row, value) in scalars(values.as_materialized_series()).iter().enumerate() {
        let place = *places
            .entry(format!("{}:{value}", value.kind()))
            .or_insert_with(|| {
                strata.push(Vec::new());
                strata.len() - 1
            });
        if let Some(rows) = strata.get_mut(place) {
            rows.push(row);
        }
    }
    Ok(strata)
}

/// Returns how many rows of each stratum are chosen: the whole is rounded once, and what the strata lack of it goes
/// to those with the largest remainders.
fn shares(strata: &[Vec<usize>], fraction: f64) -> Vec<usize> {
    let total = strata.iter().map(Vec::len).sum::<usize>();
    let wanted = (fraction * total as f64).round() as usize;
    let exact: Vec<f64> = strata.iter().map(|rows| fraction * rows.len() as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..strata.len()).collect();
    let remainder = |index: &usize| exact.get(*index).map_or(0.0, |share| share - share.floor());
    order.sort_by(|one, two| remainder(two).total_cmp(&remainder(one)));
    let lacking = wanted.saturating_sub(shares.iter().sum());
    for index in order.into_iter().take(lacking) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    shares
}

fn take(table: &DataFrame, rows: Vec<IdxSize>, verb: &'static str) -> Result<Frame, FrameError> {
    let rows = IdxCa::new("row".into(), rows);
    let taken = table
        .take(&rows)
        .map_err(|error| FrameError::from_polars(&error, verb, &[]))?;
    Ok(Frame::from_dataframe(taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Scalar;

    fn numbers(count: i128, class: impl Fn(i128) -> &'static str) -> Frame {
        Frame::from_columns(vec![
            ("n".to_owned(), (0..count).map(Scalar::Int).collect()),
            (
                "class".to_owned(),
                (0..count).map(|n| Scalar::String(class(n).to_owned())).collect(),
            ),
        ])
        .unwrap()
    }

    fn column(frame: &Frame) -> Vec<i128> {
        let values = frame.column("n", &Interrupt::default()).unwrap().to_list();
        values
            .iter()
            .map(|value| if let Scalar::Int(n) = value { *n } else { -1 })
            .collect()
    }

    #[test]
    fn the_generator_is_splitmix64() {
        let mut random = SplitMix64(1_234_567);
        let drawn = [random.next(), random.next(), random.next()];
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_split_has_exact_sizes_keeps_the_order_and_repeats() {
        let interrupt = Interrupt::default();
        let frame = numbers(11, |_| "a");
        let (train, test) = frame.split(0.7, 7, None, &interrupt).unwrap();
        let (train, test) = (column(&train), column(&test));
        assert_eq!((train.len(), test.len()), (8, 3));
        assert!(train.is_sorted() && test.is_sorted());
        let mut all = [train.clone(), test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert_eq!(train, column(&frame.split(0.7, 7, None, &interrupt).unwrap().0));
        assert_ne!(train, column(&frame.split(0.7, 8, None, &interrupt).unwrap().0));
    }

    #[test]
    fn a_stratified_split_keeps_the_proportions() {
        let interrupt = Interrupt::default();
        let frame = numbers(100, |n| if n % 10 == 0 { "rare" } else { "common" });
        let (train, test) = frame.split(0.8, 1, Some("class"), &interrupt).unwrap();
        for (part, rare, common) in [(train, 8, 72), (test, 2, 18)] {
            let counts = part
                .value_counts("class", true)
                .unwrap()
                .rows(&interrupt)
                .unwrap();
            let of = |name: &str, count| vec![Scalar::String(name.to_owned()), Scalar::Int(count)];
            assert_eq!(counts, [of("common", common), of("rare", rare)]);
        }
    }

    #[test]
    fn a_sample_without_replacement_repeats_no_row_and_refuses_more_than_all() {
        let interrupt = Interrupt::default();
        let frame = numbers(20, |_| "a");
        let mut sample = column(&frame.sample(SampleSize::Rows(20), 3, false, &interrupt).unwrap());
        sample.sort_unstable();
        assert_eq!(sample, (0..20).collect::<Vec<_>>());
        let error = frame
            .sample(SampleSize::Rows(21), 3, false, &interrupt)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "sample: n must be at most 20, the number of rows, without replacement, not 21"
        );
        assert_eq!(
            frame
                .sample(SampleSize::Rows(50), 3, true, &interrupt)
                .unwrap()
                .height(&interrupt)
                .unwrap(),
            50
        );
    }
}
