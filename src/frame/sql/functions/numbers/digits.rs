//! Numbers as digits of other bases, and as bits.

use std::fmt::Write as _;

use polars::prelude::*;

use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, some};
use crate::frame::sql::types;

pub(super) fn of_bits(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype) if types::is_whole(dtype) || matches!(dtype, DataType::Boolean | DataType::Null) => {
            Ok(DataType::Int32)
        }
        _ => Err("a whole number".to_owned()),
    }
}

pub(super) fn bit_count(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.bigints(0)?;
    rows.make::<Int32Type>(|row| Ok(values.at(row).map(|value| value.count_ones() as i32)))
}

pub(super) fn bit(rows: &Rows) -> PolarsResult<Series> {
    let width = match rows.series(0)?.0.dtype() {
        DataType::Int8 => 8,
        DataType::Int16 => 16,
        DataType::Int32 => 32,
        _ => 64,
    };
    let (values, positions) = (rows.bigints(0)?, rows.ints(1)?);
    rows.make::<Int8Type>(|row| {
        let (value, position) = (some!(values.at(row)), some!(positions.at(row)));
        if !(0..width).contains(&position) {
            return Err(failed(
                &format!("there is no bit {position}"),
                &format!("bits are numbered from 0 to {}", width - 1),
            ));
        }
        Ok(Some((value >> position & 1) as i8))
    })
}

pub(super) fn of_hex(dtypes: &[DataType]) -> Result<DataType, String> {
    match dtypes.first() {
        Some(dtype)
            if types::is_number(dtype)
                || types::is_text(dtype)
                || matches!(dtype, DataType::Binary | DataType::Null) =>
        {
            Ok(DataType::String)
        }
        _ => Err("a whole number, text or binary data".to_owned()),
    }
}

pub(super) fn hex(rows: &Rows) -> PolarsResult<Series> {
    let dtype = rows.series(0)?.0.dtype().clone();
    if types::is_number(&dtype) {
        let values = rows.bigints(0)?;
        return rows.make_texts(|row, text| {
            let value = some!(values.at(row));
            let _ = write!(text, "{value:X}");
            Ok(Some(()))
        });
    }
    let values = rows.bytes(0)?;
    rows.make_texts(|row, text| {
        for byte in some!(values.at(row)) {
            let _ = write!(text, "{byte:02X}");
        }
        Ok(Some(()))
    })
}

pub(super) fn unhex(rows: &Rows) -> PolarsResult<Series> {
    let texts = rows.texts(0)?;
    rows.make_bytes(|row, bytes| {
        let text = some!(texts.at(row));
        let mut digits = Vec::new();
        for digit in text.chars() {
            digits.push(some!(digit.to_digit(16)) as u8);
        }
        // An odd number of digits: the first byte has one.
        let (first, rest) = digits.split_at(digits.len() % 2);
        bytes.extend_from_slice(first);
        bytes.extend(rest.chunks_exact(2).filter_map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        }));
        Ok(Some(()))
    })
}

pub(super) fn bin(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.bigints(0)?;
    rows.make_texts(|row, text| {
        let value = some!(values.at(row));
        let _ = write!(text, "{value:b}");
        Ok(Some(()))
    })
}

pub(super) fn conv(rows: &Rows) -> PolarsResult<Series> {
    let (texts, froms, tos) = (rows.texts(0)?, rows.ints(1)?, rows.ints(2)?);
    rows.make_texts(|row, out| {
        let (text, from, to) = (some!(texts.at(row)), some!(froms.at(row)), some!(tos.at(row)));
        let text = text.trim_matches(' ');
        if !(2..=36).contains(&from) || !(2..=36).contains(&to.abs()) || text.is_empty() {
            return Ok(None);
        }
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut value: u64 = 0;
        for digit in digits.chars() {
            let Some(digit) = digit.to_digit(from.unsigned_abs()) else {
                break;
            };
            let next = value
                .checked_mul(u64::from(from.unsigned_abs()))
                .and_then(|value| value.checked_add(u64::from(digit)));
            value = next.ok_or_else(|| failed("the number in conv does not fit into 64 bits", ""))?;
        }
        let mut value = if is_negative { value.wrapping_neg() } else { value };
        // A negative base keeps the sign; else the number is one without.
        if to < 0 && (value as i64) < 0 {
            out.push('-');
            value = value.wrapping_neg();
        }
        let base = u64::from(to.unsigned_abs());
        let mut reversed = String::new();
        loop {
            reversed.push(
                char::from_digit((value % base) as u32, to.unsigned_abs())
                    .unwrap_or('0')
                    .to_ascii_uppercase(),
            );
            value /= base;
            if value == 0 {
                break;
            }
        }
        out.extend(reversed.chars().rev());
        Ok(Some(()))
    })
}
