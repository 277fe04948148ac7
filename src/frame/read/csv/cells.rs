//! The search for the cell a CSV reader stumbled over. Runs only after a failure, so it may be slow.

use polars::prelude::*;

use crate::frame::read::error::{BadCell, quoted};
use crate::storage::Location;

use super::layout::Layout;
use super::options::CheckedOptions;
use super::records::Records;

/// How many characters of a cell are shown.
const SHOWN: usize = 40;

/// A column whose cells are looked at.
struct Suspect<'a> {
    number: usize,
    name: &'a str,
    dtype: DataType,
    asked: bool,
}

/// Finds the first cell that is not of its column's type.
///
/// `types` are the types the reader expected of columns whose type no one asked for. Where there are none, a
/// column of whole numbers is searched for one that is too large for 64 bits.
pub(super) fn first_bad_cell(
    location: &Location,
    text: &[u8],
    layout: &Layout,
    options: &CheckedOptions,
    types: Option<&Schema>,
) -> Option<BadCell> {
    let suspects: Vec<Suspect<'_>> = layout
        .columns
        .iter()
        .enumerate()
        .filter_map(|(index, name)| {
            let asked = options.overrides.iter().find(|(column, _)| column == name);
            let dtype = match asked {
                Some((_, dtype)) => dtype.clone(),
                None => match types {
                    Some(types) => types.get(name.as_str())?.clone(),
                    None => DataType::Int64,
                },
            };
            let asked = asked.is_some();
            let whole = asked || types.is_some() || is_whole(text, layout, options, index);
            whole.then_some(Suspect {
                number: index + 1,
                name,
                dtype,
                asked,
            })
        })
        .collect();
    let body = text.get(layout.start..layout.end).unwrap_or_default();
    let mut records = Records::new(layout.dialect, body, layout.first_line, true).filter_map(Result::ok);
    if options.has_header {
        records.next();
    }
    for record in records {
        let fields = record.split(layout.dialect);
        for suspect in &suspects {
            let Some(field) = fields.get(suspect.number - 1) else {
                continue;
            };
            let null = field.is_empty() || options.null_values.iter().any(|null| null == field);
            if !null && !fits(field, &suspect.dtype) {
                return Some(BadCell {
                    file: location.name().to_owned(),
                    line: record.line,
                    column: suspect.name.to_owned(),
                    number: suspect.number,
                    expected: suspect.dtype.to_string(),
                    found: quoted(field, SHOWN),
                    asked: suspect.asked,
                });
            }
        }
    }
    None
}

fn is_whole(text: &[u8], layout: &Layout, options: &CheckedOptions, index: usize) -> bool {
    let body = text.get(layout.start..layout.end).unwrap_or_default();
    Records::new(layout.dialect, body, layout.first_line, true)
        .filter_map(Result::ok)
        .skip(usize::from(options.has_header))
        .all(|record| {
            record.split(layout.dialect).get(index).is_none_or(|field| {
                let digits = field.trim().trim_start_matches(['-', '+']);
                digits.bytes().all(|byte| byte.is_ascii_digit())
                    || options.null_values.iter().any(|null| null == field)
            })
        })
}

fn fits(field: &str, dtype: &DataType) -> bool {
    let text = field.trim();
    match dtype {
        DataType::String => true,
        DataType::Boolean => matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE"),
        DataType::Int8 => text.parse::<i8>().is_ok(),
        DataType::Int16 => text.parse::<i16>().is_ok(),
        DataType::Int32 => text.parse::<i32>().is_ok(),
        DataType::Int64 => text.parse::<i64>().is_ok(),
        DataType::UInt8 => text.parse::<u8>().is_ok(),
        DataType::UInt16 => text.parse::<u16>().is_ok(),
        DataType::UInt32 => text.parse::<u32>().is_ok(),
        DataType::UInt64 => text.parse::<u64>().is_ok(),
        DataType::Float32 | DataType::Float64 => text.parse::<f64>().is_ok(),
        _ => {
            let cell = Series::new(PlSmallStr::EMPTY, &[text]);
            crate::work::catch_panic(|| cell.strict_cast(dtype)).is_ok_and(|cast| cast.is_ok())
        }
    }
}
