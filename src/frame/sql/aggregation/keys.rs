//! Values as numbers: in the order of SQL for sorting, or only equal where the values are equal, for groups.
//!
//! NaN equals NaN and is greater than all other numbers, `-0.0` equals `0.0`, NULL equals NULL.

use polars::chunked_array::ops::row_encode;
use polars::prelude::*;

use super::parallel::sort;

/// Numbers that compare as the values do, and which rows have a value at all.
pub(super) struct Codes {
    pub(super) codes: Vec<u64>,
    /// None where all have.
    pub(super) valid: Option<Vec<bool>>,
}

/// Returns numbers in whose order the rows come; equal ones are ties.
pub(in crate::frame::sql) fn ordered(
    series: &Series,
    descending: bool,
    nulls_first: bool,
) -> PolarsResult<Vec<u64>> {
    let Codes { mut codes, valid } = codes(series)?;
    if descending {
        codes.iter_mut().for_each(|code| *code = !*code);
    }
    let Some(valid) = valid else { return Ok(codes) };
    // NULL takes one number, for which there has to be room.
    if codes
        .iter()
        .zip(&valid)
        .any(|(code, valid)| *valid && *code == u64::MAX)
    {
        codes = dense(&codes);
    }
    for (code, valid) in codes.iter_mut().zip(valid) {
        *code = match (valid, nulls_first) {
            (true, true) => *code + 1,
            (true, false) => *code,
            (false, true) => 0,
            (false, false) => u64::MAX,
        };
    }
    Ok(codes)
}

/// Returns numbers that compare as the values do, whatever they are where there is none; and where there is one.
pub(in crate::frame::sql) fn comparable(series: &Series) -> PolarsResult<(Vec<u64>, Option<Vec<bool>>)> {
    let Codes { codes, valid } = codes(series)?;
    Ok((codes, valid))
}

/// Values to compare two by two: that needs no order of all of them, as [`comparable`] makes it.
pub(in crate::frame::sql) struct Comparable {
    pub(in crate::frame::sql) codes: Vec<u64>,
    /// What decides between values whose codes are equal.
    pub(in crate::frame::sql) bytes: Option<BinaryOffsetChunked>,
    /// None where all rows have a value.
    pub(in crate::frame::sql) valid: Option<Vec<bool>>,
}

impl Comparable {
    pub(in crate::frame::sql) fn of(series: &Series) -> PolarsResult<Self> {
        if !series.dtype().is_nested() {
            let Codes { codes, valid } = codes(series)?;
            return Ok(Self {
                codes,
                bytes: None,
                valid,
            });
        }
        let rows = encoded(series)?.rechunk().into_owned();
        let codes = rows.iter().map(|row| first_bytes(row.unwrap_or_default()));
        Ok(Self {
            codes: codes.collect(),
            bytes: Some(rows),
            valid: validity(series),
        })
    }
}

/// Returns the first eight bytes as a number that compares as they do.
fn first_bytes(value: &[u8]) -> u64 {
    let mut bytes = [0_u8; 8];
    bytes.iter_mut().zip(value).for_each(|(byte, from)| *byte = *from);
    u64::from_be_bytes(bytes)
}

/// Returns which values are there.
pub(in crate::frame::sql) fn validity(series: &Series) -> Option<Vec<bool>> {
    (series.null_count() > 0).then(|| {
        series
            .is_not_null()
            .iter()
            .map(|valid| valid == Some(true))
            .collect()
    })
}

/// Returns whether a row has a value.
pub(in crate::frame::sql) fn is_there(valid: Option<&[bool]>, row: u32) -> bool {
    valid.is_none_or(|valid| valid.get(row as usize).copied().unwrap_or(false))
}

pub(super) fn codes(series: &Series) -> PolarsResult<Codes> {
    let valid = validity(series);
    let codes = match series.dtype() {
        DataType::Boolean => {
            let values = series.bool()?;
            values
                .iter()
                .map(|value| u64::from(value == Some(true)))
                .collect()
        }
        DataType::Float32 | DataType::Float64 => {
            let values = series.cast(&DataType::Float64)?;
            values
                .f64()?
                .iter()
                .map(|value| floating(value.unwrap_or(0.0)))
                .collect()
        }
        DataType::UInt64 => series.u64()?.iter().map(|value| value.unwrap_or(0)).collect(),
        DataType::Null => vec![0; series.len()],
        dtype if dtype.is_integer() || dtype.is_temporal() => {
            let values = series.to_physical_repr().cast(&DataType::Int64)?;
            let flip = |value: i64| value as u64 ^ (1 << 63);
            values
                .i64()?
                .iter()
                .map(|value| flip(value.unwrap_or(0)))
                .collect()
        }
        DataType::String => {
            let text = series.str()?;
            let texts: Vec<&[u8]> = text
                .iter()
                .map(|text| text.unwrap_or_default().as_bytes())
                .collect();
            byte_ranks(&texts)
        }
        DataType::Decimal(..) => {
            let values: Vec<i128> = series
                .decimal()?
                .physical()
                .iter()
                .map(Option::unwrap_or_default)
                .collect();
            ranks(&values)
        }
        DataType::Categorical(..) | DataType::Enum(..) => return codes(&series.cast(&DataType::String)?),
        _ => {
            let rows = encoded(series)?;
            let bytes: Vec<&[u8]> = rows.iter().map(Option::unwrap_or_default).collect();
            byte_ranks(&bytes)
        }
    };
    Ok(Codes { codes, valid })
}

/// Writes values as bytes that compare as they do.
pub(super) fn encoded(series: &Series) -> PolarsResult<BinaryOffsetChunked> {
    let column = series.clone().into_column();
    row_encode::_get_rows_encoded_ca(PlSmallStr::EMPTY, &[column], &[false], &[false], false)
}

fn floating(value: f64) -> u64 {
    if value.is_nan() {
        return u64::MAX - 1;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Numbers bytes in their order, equal ones alike.
fn byte_ranks(values: &[&[u8]]) -> Vec<u64> {
    let mut pairs: Vec<(u64, &[u8], u32)> = (0..)
        .zip(values)
        .map(|(row, value)| (prefix(value), *value, row))
        .collect();
    if values.iter().all(|value| value.len() < PREFIX) {
        return pairs.into_iter().map(|(prefix, _, _)| prefix).collect();
    }
    sort(&mut pairs);
    numbered_in_order(
        values.len(),
        pairs.iter().map(|(prefix, value, row)| ((*prefix, *value), *row)),
    )
}

/// From this length on the bytes in front do not say everything.
const PREFIX: usize = 8;

/// Returns the first seven bytes and the length, up to eight, as a number that compares as the bytes do.
fn prefix(value: &[u8]) -> u64 {
    let mut bytes = [0_u8; PREFIX];
    bytes
        .iter_mut()
        .zip(value.iter().take(PREFIX - 1))
        .for_each(|(byte, from)| *byte = *from);
    u64::from_be_bytes(bytes) | value.len().min(PREFIX) as u64
}

/// Numbers values in their order, equal ones alike.
fn ranks<T: Ord + Copy + Send>(values: &[T]) -> Vec<u64> {
    let mut pairs: Vec<(T, u32)> = values.iter().copied().zip(0..).collect();
    sort(&mut pairs);
    numbered_in_order(values.len(), pairs.into_iter())
}

/// Numbers rows that come in the order of their values.
fn numbered_in_order<T: PartialEq>(count: usize, sorted: impl Iterator<Item = (T, u32)>) -> Vec<u64> {
    let mut ranks = vec![0; count];
    let (mut rank, mut last) = (0, None);
    for (value, row) in sorted {
        rank += u64::from(last.as_ref().is_some_and(|last| *last != value));
        if let Some(place) = ranks.get_mut(row as usize) {
            *place = rank;
        }
        last = Some(value);
    }
    ranks
}

fn dense(codes: &[u64]) -> Vec<u64> {
    ranks(codes)
}

/// Returns the rows in the order of several keys, of which the first counts most; ties stay in their order.
pub(in crate::frame::sql) fn sorted(keys: &[Vec<u64>], rows: usize) -> Vec<u32> {
    const DIGIT: u32 = 11;
    let mut order: Vec<u32> = (0..rows as u32).collect();
    if rows < 1024 {
        order.sort_by(|one, other| {
            let differ = |key: &&Vec<u64>| key[*one as usize] != key[*other as usize];
            keys.iter().find(differ).map_or(std::cmp::Ordering::Equal, |key| {
                key[*one as usize].cmp(&key[*other as usize])
            })
        });
        return order;
    }
    let mut other = vec![0; rows];
    for key in keys.iter().rev() {
        if order.is_sorted_by_key(|row| key[*row as usize]) {
            continue;
        }
        // Digit by digit, from the lowest.
        let least = key.iter().min().copied().unwrap_or(0);
        let span = key.iter().max().copied().unwrap_or(0) - least;
        let bits = u64::BITS - span.leading_zeros();
        for shift in (0..bits).step_by(DIGIT as usize) {
            let digit = |row: u32| ((key[row as usize] - least) >> shift) as usize & ((1 << DIGIT) - 1);
            let mut places = vec![0_usize; 1 << DIGIT];
            for row in &order {
                places[digit(*row)] += 1;
            }
            let mut sum = 0;
            for place in &mut places {
                sum += std::mem::replace(place, sum);
            }
            for row in &order {
                let place = &mut places[digit(*row)];
                other[*place] = *row;
                *place += 1;
            }
            std::mem::swap(&mut order, &mut other);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_bytes_compare_as_the_bytes_do() {
        let texts: [&[u8]; 8] = [
            b"",
            b"a",
            b"a\0",
            b"ab",
            b"abcdefg",
            b"abcdefgh",
            b"abcdefgi",
            b"b",
        ];
        let ranks = byte_ranks(&texts);
        assert!(ranks.is_sorted_by(|one, next| one < next));
        let short = byte_ranks(texts.get(..5).unwrap_or_default());
        assert!(short.is_sorted_by(|one, next| one < next));
    }
}
