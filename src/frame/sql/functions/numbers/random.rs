//! Random numbers of a seed: Spark's own, as it gives them for rows of one partition.

use polars::prelude::*;

use crate::frame::sql::expr::{Expr as Bound, Kind as BoundKind, Literal};
use crate::frame::sql::functions::{Arguments, Function};
use crate::frame::sql::types;

/// How the numbers are distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distribution {
    /// From 0 to 1.
    Even,
    Normal,
    /// Between two bounds.
    Between,
}

/// Returns why a function is not there: it would give another value at each run; and what to write in its place.
pub(in crate::frame::sql::functions) fn refusal(function: &Function) -> Option<(String, String)> {
    let (what, instead) = match function.name {
        "uuid" => (
            "uuid(), which is another value at each run,",
            "number the rows with row_number() OVER (ORDER BY …), or write sha2(concat_ws('|', a, b), 256)",
        ),
        "current_user" => (
            "current_user(), which is another value for each who runs it,",
            "give the name as a parameter, `:name`, or as a widget: CREATE WIDGET TEXT name DEFAULT '…'",
        ),
        _ => return None,
    };
    Some((what.to_owned(), instead.to_owned()))
}

/// Returns the constant that an argument is.
fn constant(arg: Option<&Bound>) -> Option<f64> {
    let mut arg = arg?;
    while let BoundKind::Cast { input, .. } = &arg.kind {
        arg = input;
    }
    match &arg.kind {
        BoundKind::Literal(Literal::Int(value)) => Some(*value as f64),
        BoundKind::Literal(Literal::Double(value)) => Some(*value),
        _ => None,
    }
}

fn seed(arg: Option<&Bound>) -> Option<i64> {
    let mut arg = arg?;
    while let BoundKind::Cast { input, .. } = &arg.kind {
        arg = input;
    }
    match &arg.kind {
        BoundKind::Literal(Literal::Int(value)) => Some(*value),
        BoundKind::Literal(Literal::Null) => Some(0),
        _ => None,
    }
}

pub(super) fn needs_seed(args: &[Bound]) -> Result<DataType, String> {
    match seed(args.first()) {
        Some(_) => Ok(DataType::Float64),
        None => Err("a constant seed".to_owned()),
    }
}

pub(super) fn between(args: &[Bound]) -> Result<DataType, String> {
    let bounds = (constant(args.first()), constant(args.get(1)), seed(args.get(2)));
    let (Some(_), Some(_), Some(_)) = bounds else {
        return Err("constant bounds and a constant seed".to_owned());
    };
    Ok(args.first().map_or(DataType::Float64, |arg| arg.dtype.clone()))
}

pub(super) fn random(args: Arguments<'_>, kind: Distribution) -> Expr {
    let gives = args.gives.clone();
    let dtype = gives.clone();
    let seed = seed(args.bound.last()).unwrap_or_default();
    let low = constant(args.bound.first()).unwrap_or_default();
    let high = constant(args.bound.get(1)).unwrap_or_default();
    let work = move |columns: &mut [Column]| {
        let length = match columns.first() {
            Some(length) => length.cast(&DataType::UInt32)?.u32()?.get(0).unwrap_or(0),
            None => 0,
        };
        let mut random = XorShift::new(seed);
        let values: Float64Chunked = (0..length)
            .map(|_| match kind {
                Distribution::Even => random.double(),
                Distribution::Normal => random.normal(),
                Distribution::Between if types::is_whole(&gives) => {
                    (low + (random.double() * (high - low)).trunc()).trunc()
                }
                Distribution::Between => low + random.double() * (high - low),
            })
            .map(Some)
            .collect();
        values.into_series().cast(&gives).map(IntoColumn::into_column)
    };
    len().apply_many(work, &[], move |_, _| {
        Ok(Field::new(PlSmallStr::from_static("random"), dtype.clone()))
    })
}

/// Marsaglia's xorshift, seeded as Spark seeds it.
struct XorShift {
    state: i64,
    spare: Option<f64>,
}

impl XorShift {
    fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = murmur3(bytes, 0x3c07_4a61);
        let high = murmur3(bytes, low);
        Self {
            state: (i64::from(high as i32) << 32) | i64::from(low),
            spare: None,
        }
    }

    fn next(&mut self, bits: u32) -> i64 {
        let mut next = self.state ^ (self.state << 21);
        next ^= ((next as u64) >> 35) as i64;
        next ^= next << 4;
        self.state = next;
        next & ((1 << bits) - 1)
    }

    fn double(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 * (1.0 / (1_i64 << 53) as f64)
    }

    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.double() - 1.0, 2.0 * self.double() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }
}

/// Murmur3 of 32 bits over whole words.
fn murmur3(bytes: [u8; 8], seed: u32) -> u32 {
    let mut hash = seed;
    for word in bytes.chunks_exact(4) {
        let mut word = word
            .iter()
            .rev()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        word = word
            .wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593);
        hash = (hash ^ word)
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    hash ^= 8;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "the numbers are the same to the last bit")]
    fn a_seed_gives_the_numbers_that_spark_gives() {
        let mut random = XorShift::new(0);
        assert_eq!(random.double(), 0.760_495_375_828_591_5);
        assert_eq!(random.double(), 0.523_419_425_688_557_1);
        assert_eq!(XorShift::new(42).double(), 0.619_189_370_225_301);
        assert_eq!(XorShift::new(0).normal(), 1.603_499_160_927_843_3);
    }
}
