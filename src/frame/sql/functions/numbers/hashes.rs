//! Hashes of values, bit by bit those of Spark.

use polars::prelude::*;

use crate::frame::sql::functions::rows::Rows;

/// What a value is hashed as.
enum Hashed<'a> {
    Nothing,
    Word(i32),
    Long(i64),
    Bytes(&'a [u8]),
}

/// A column whose values are hashed.
enum HashSource {
    Nothing,
    Words(Int32Chunked),
    Longs(Int64Chunked),
    Bytes(BinaryChunked),
}

pub(super) fn can_hash(dtypes: &[DataType], gives: DataType) -> Result<DataType, String> {
    if dtypes.iter().any(DataType::is_nested) {
        return Err("values that are no arrays, maps or structs".to_owned());
    }
    Ok(gives)
}

fn source(series: &Series) -> PolarsResult<HashSource> {
    Ok(match series.dtype() {
        DataType::Null => HashSource::Nothing,
        DataType::Boolean | DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Date => {
            HashSource::Words(series.cast(&DataType::Int32)?.i32()?.clone())
        }
        DataType::Float32 => {
            let bits = series
                .f32()?
                .iter()
                .map(|value| value.map(|value| (value + 0.0).to_bits() as i32));
            HashSource::Words(bits.collect())
        }
        DataType::Float64 => {
            let bits = series
                .f64()?
                .iter()
                .map(|value| value.map(|value| (value + 0.0).to_bits() as i64));
            HashSource::Longs(bits.collect())
        }
        DataType::Decimal(precision, _) => {
            let values = series.decimal()?;
            let values = values.physical();
            if *precision <= 18 {
                HashSource::Longs(
                    values
                        .iter()
                        .map(|value| value.map(|value| value as i64))
                        .collect(),
                )
            } else {
                let bytes = values.iter().map(|value| value.map(least_bytes));
                HashSource::Bytes(BinaryChunked::from_iter_options(PlSmallStr::EMPTY, bytes))
            }
        }
        DataType::Datetime(..) => {
            let micros = series.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            HashSource::Longs(micros.cast(&DataType::Int64)?.i64()?.clone())
        }
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => HashSource::Bytes(
            series
                .cast(&DataType::String)?
                .cast(&DataType::Binary)?
                .binary()?
                .clone(),
        ),
        DataType::Binary => HashSource::Bytes(series.binary()?.clone()),
        _ => HashSource::Longs(series.cast(&DataType::Int64)?.i64()?.clone()),
    })
}

/// Returns a number as Java's `BigInteger.toByteArray` does.
fn least_bytes(value: i128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let sign = if value < 0 { 0xff } else { 0 };
    let mut start = 0;
    while let (Some(first), Some(second)) = (bytes.get(start), bytes.get(start + 1))
        && *first == sign
        && second & 0x80 == sign & 0x80
    {
        start += 1;
    }
    bytes.get(start..).unwrap_or_default().to_vec()
}

impl HashSource {
    fn at(&self, row: usize) -> Hashed<'_> {
        match self {
            Self::Nothing => Hashed::Nothing,
            Self::Words(values) => values.get(row).map_or(Hashed::Nothing, Hashed::Word),
            Self::Longs(values) => values.get(row).map_or(Hashed::Nothing, Hashed::Long),
            Self::Bytes(values) => values.get(row).map_or(Hashed::Nothing, Hashed::Bytes),
        }
    }
}

fn sources(rows: &Rows) -> PolarsResult<Vec<HashSource>> {
    (0..rows.width())
        .map(|index| source(&rows.spread(index)?))
        .collect()
}

pub(super) fn murmur(rows: &Rows) -> PolarsResult<Series> {
    let sources = sources(rows)?;
    rows.make::<Int32Type>(|row| {
        let hash = sources.iter().fold(42_u32, |seed, source| match source.at(row) {
            Hashed::Nothing => seed,
            Hashed::Word(value) => finish32(mix32(seed, value as u32), 4),
            Hashed::Long(value) => finish32(mix32(mix32(seed, value as u32), (value >> 32) as u32), 8),
            Hashed::Bytes(bytes) => murmur_bytes(bytes, seed),
        });
        Ok(Some(hash as i32))
    })
}

fn mix32(hash: u32, word: u32) -> u32 {
    let word = word
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593);
    (hash ^ word)
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

fn finish32(hash: u32, length: usize) -> u32 {
    let hash = hash ^ length as u32;
    let hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The bytes behind the last whole word are mixed one by one, each with its sign.
fn murmur_bytes(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    let hash = words.fold(seed, |hash, word| mix32(hash, little(word) as u32));
    let hash = rest
        .iter()
        .fold(hash, |hash, byte| mix32(hash, i32::from(*byte as i8) as u32));
    finish32(hash, bytes.len())
}

fn little(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

const PRIME1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME5: u64 = 0x27D4_EB2F_1656_67C5;

pub(super) fn xxhash(rows: &Rows) -> PolarsResult<Series> {
    let sources = sources(rows)?;
    rows.make::<Int64Type>(|row| {
        let hash = sources.iter().fold(42_u64, |seed, source| match source.at(row) {
            Hashed::Nothing => seed,
            Hashed::Word(value) => {
                let start = seed.wrapping_add(PRIME5).wrapping_add(4);
                finish64(four(start, u64::from(value as u32)))
            }
            Hashed::Long(value) => {
                let start = seed.wrapping_add(PRIME5).wrapping_add(8);
                finish64(eight(start, value as u64))
            }
            Hashed::Bytes(bytes) => xxhash_bytes(bytes, seed),
        });
        Ok(Some(hash as i64))
    })
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME2))
        .rotate_left(31)
        .wrapping_mul(PRIME1)
}

fn four(hash: u64, word: u64) -> u64 {
    (hash ^ word.wrapping_mul(PRIME1))
        .rotate_left(23)
        .wrapping_mul(PRIME2)
        .wrapping_add(PRIME3)
}

fn eight(hash: u64, word: u64) -> u64 {
    (hash ^ round(0, word))
        .rotate_left(27)
        .wrapping_mul(PRIME1)
        .wrapping_add(PRIME4)
}

fn finish64(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 33).wrapping_mul(PRIME2);
    let hash = (hash ^ hash >> 29).wrapping_mul(PRIME3);
    hash ^ hash >> 32
}

fn xxhash_bytes(bytes: &[u8], seed: u64) -> u64 {
    let stripes = bytes.chunks_exact(32);
    let mut rest = stripes.remainder();
    let mut hash = if bytes.len() >= 32 {
        let mut lanes = [
            seed.wrapping_add(PRIME1).wrapping_add(PRIME2),
            seed.wrapping_add(PRIME2),
            seed,
            seed.wrapping_sub(PRIME1),
        ];
        for stripe in stripes {
            for (lane, word) in lanes.iter_mut().zip(stripe.chunks_exact(8)) {
                *lane = round(*lane, little(word));
            }
        }
        let turns = [1, 7, 12, 18];
        let start = lanes.iter().zip(turns).fold(0_u64, |hash, (lane, turn)| {
            hash.wrapping_add(lane.rotate_left(turn))
        });
        lanes.iter().fold(start, |hash, lane| {
            (hash ^ round(0, *lane)).wrapping_mul(PRIME1).wrapping_add(PRIME4)
        })
    } else {
        seed.wrapping_add(PRIME5)
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    while let Some((word, more)) = rest.split_at_checked(8) {
        hash = eight(hash, little(word));
        rest = more;
    }
    if let Some((word, more)) = rest.split_at_checked(4) {
        hash = four(hash, little(word));
        rest = more;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(PRIME5))
            .rotate_left(11)
            .wrapping_mul(PRIME1);
    }
    finish64(hash)
}
